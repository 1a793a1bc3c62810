// Turns a generic lambda over scalars into span kernels for float and double.
#pragma once

#include <ebb_plugin.h>

#include <cmath>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ebb::sdk {

// Element types in a signature: elementwise<boolean(real, real)>(...).
struct real {};
struct integer {};
struct boolean {};

// For lambdas: each of these takes float and double.
using std::abs, std::sqrt, std::exp, std::expm1, std::log, std::log1p, std::pow, std::tanh,
    std::floor, std::ceil;
template <class T, class U>
T maximum(T a, U b) {
  return a > static_cast<T>(b) ? a : static_cast<T>(b);
}
template <class T, class U>
T minimum(T a, U b) {
  return a < static_cast<T>(b) ? a : static_cast<T>(b);
}

namespace detail {

template <class Tag, class T>
using element = std::conditional_t<
    std::is_same_v<Tag, real>, T,
    std::conditional_t<std::is_same_v<Tag, integer>, std::int64_t, std::uint8_t>>;
template <class Tag>
constexpr std::int32_t dtype_of = std::is_same_v<Tag, real>      ? EBB_REAL
                                  : std::is_same_v<Tag, integer> ? EBB_I64
                                                                 : EBB_BOOL;

// Span kernels of a stateless function F: inputs first, then `Attrs` attributes as numbers of type
// T.
template <class F, int Attrs, class Signature>
struct SpanKernel;

template <class F, int Attrs, class Out, class... In>
struct SpanKernel<F, Attrs, Out(In...)> {
  static constexpr std::size_t arity = sizeof...(In);

  // Bit i of Mask says that input i is one element for the whole span: the loop then keeps it in a
  // register.
  template <class T, unsigned Mask, std::size_t... I, std::size_t... A>
  static void loop(const std::tuple<const element<In, T>*...>& in, element<Out, T>* out,
                   std::int64_t n, const ebb_attr* attrs, std::index_sequence<I...>,
                   std::index_sequence<A...>) {
    const std::tuple<element<In, T>...> first{*std::get<I>(in)...};
    const std::tuple<decltype(static_cast<void>(A), T{})...> numbers{static_cast<T>(attrs[A].r)...};
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = static_cast<element<Out, T>>(
          F{}(((Mask >> I & 1u) != 0 ? std::get<I>(first) : std::get<I>(in)[i])...,
              std::get<A>(numbers)...));
  }

  template <class T, unsigned... Masks>
  static void dispatch(unsigned mask, const std::tuple<const element<In, T>*...>& in,
                       element<Out, T>* out, std::int64_t n, const ebb_attr* attrs,
                       std::integer_sequence<unsigned, Masks...>) {
    (void)((mask == Masks &&
            (loop<T, Masks>(in, out, n, attrs, std::make_index_sequence<arity>{},
                            std::make_index_sequence<static_cast<std::size_t>(Attrs)>{}),
             true)) ||
           ...);
  }

  template <class T>
  static void run(const void*, const void* const* inputs, const std::int64_t* steps, void* output,
                  std::int64_t n, const ebb_attr* attrs) {
    if (n == 0) return;
    unsigned mask = 0;
    for (std::size_t i = 0; i < arity; ++i) mask |= (steps[i] == 0 ? 1u : 0u) << i;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      dispatch<T>(mask, {static_cast<const element<In, T>*>(inputs[I])...},
                  static_cast<element<Out, T>*>(output), n, attrs,
                  std::make_integer_sequence<unsigned, (1u << arity)>{});
    }
    (std::make_index_sequence<arity>{});
  }

  static ebb_signature signature() {
    ebb_signature s{};
    s.size = sizeof(ebb_signature);
    s.output = dtype_of<Out>;
    std::size_t i = 0;
    ((s.inputs[i++] = dtype_of<In>), ...);
    s.f32 = &run<float>;
    s.f64 = &run<double>;
    return s;
  }
};

template <std::size_t>
using double_at = double;

// The number of arguments (1 to 6) a generic lambda takes.
template <class F, std::size_t N = 1>
constexpr std::size_t arity_of() {
  constexpr bool fits = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::is_invocable_v<F, double_at<I>...>;
  }
  (std::make_index_sequence<N>{});
  if constexpr (fits)
    return N;
  else if constexpr (N < 6)
    return arity_of<F, N + 1>();
  else
    return 0;
}

template <class Signature>
constexpr int inputs_of = 0;
template <class Out, class... In>
constexpr int inputs_of<Out(In...)> = static_cast<int>(sizeof...(In));

template <class Sequence>
struct all_real;
template <std::size_t... I>
struct all_real<std::index_sequence<I...>> {
  template <std::size_t>
  using tag = real;
  using type = real(tag<I>...);
};

// real(real, ...) with `inputs` of the lambda's arguments as inputs and the rest as attributes.
template <class F, std::size_t Inputs = 1>
ebb_signature real_signature(std::size_t inputs) {
  constexpr std::size_t arity = arity_of<F>();
  static_assert(arity > 0, "an elementwise kernel takes 1 to 6 numbers");
  if constexpr (Inputs < arity && Inputs < 4) {
    if (inputs != Inputs) return real_signature<F, Inputs + 1>(inputs);
  }
  using Tags = typename all_real<std::make_index_sequence<Inputs>>::type;
  return SpanKernel<F, static_cast<int>(arity - Inputs), Tags>::signature();
}

}  // namespace detail
}  // namespace ebb::sdk
