// Turns a generic lambda over scalars into span kernels for float and double.
#pragma once

#include <ebb_plugin.h>

#include <algorithm>
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

// For lambdas: each of these takes float and double. What is no number in a stays it.
using std::abs, std::sqrt, std::exp, std::expm1, std::log, std::log1p, std::pow, std::tanh,
    std::floor, std::ceil;
template <class T, class U>
T maximum(T a, U b) {
  return a < static_cast<T>(b) ? static_cast<T>(b) : a;
}
template <class T, class U>
T minimum(T a, U b) {
  return a > static_cast<T>(b) ? static_cast<T>(b) : a;
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

// On x86-64 each loop is compiled twice: for every processor, and for those with AVX2. The
// processor at hand decides when the op is registered. Both give the same bits, as AVX2 alone has
// no fused multiply-add.
#if defined(__x86_64__) && defined(__GNUC__)
#define EBB_DETAIL_WIDE __attribute__((target("avx2")))
inline bool has_wide() { return __builtin_cpu_supports("avx2") != 0; }
#else
#define EBB_DETAIL_WIDE
inline bool has_wide() { return false; }
#endif

// What is always inlined is compiled for the processors that its caller is compiled for. A loop's
// steps are independent: an output that lies on an input lies on the whole of it.
#if defined(__clang__)
#define EBB_DETAIL_INLINE __attribute__((always_inline)) inline
#define EBB_DETAIL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety) interleave_count(1)")
// It warns of loops that cannot be vectorized.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#elif defined(__GNUC__)
#define EBB_DETAIL_INLINE __attribute__((always_inline)) inline
#define EBB_DETAIL_INDEPENDENT _Pragma("GCC ivdep")
#else
#define EBB_DETAIL_INLINE inline
#define EBB_DETAIL_INDEPENDENT
#endif

// Span kernels of a stateless function F: inputs first, then `Attrs` attributes as numbers of type
// T.
template <class F, int Attrs, class Signature>
struct SpanKernel;

template <class F, int Attrs, class Out, class... In>
struct SpanKernel<F, Attrs, Out(In...)> {
  static constexpr std::size_t arity = sizeof...(In);
  using Inputs = std::make_index_sequence<arity>;
  using Numbers = std::make_index_sequence<static_cast<std::size_t>(Attrs)>;

  // Bit i of Mask says that input i is one element for the whole span: the loop then keeps it in a
  // register.
  template <class T, unsigned Mask, std::size_t... I, std::size_t... A>
  static EBB_DETAIL_INLINE void loop(const void* const* inputs, element<Out, T>* out,
                                     std::int64_t n, const ebb_attr* attrs,
                                     std::index_sequence<I...>, std::index_sequence<A...>) {
    const std::tuple<const element<In, T>*...> in{static_cast<const element<In, T>*>(inputs[I])...};
    const std::tuple<element<In, T>...> first{*std::get<I>(in)...};
    const std::tuple<decltype(static_cast<void>(A), T{})...> numbers{static_cast<T>(attrs[A].r)...};
    EBB_DETAIL_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = static_cast<element<Out, T>>(
          F{}(((Mask >> I & 1u) != 0 ? std::get<I>(first) : std::get<I>(in)[i])...,
              std::get<A>(numbers)...));
  }

  // Where all inputs are one element, the result is: calculated once, then repeated.
  template <class T, unsigned... Masks>
  static EBB_DETAIL_INLINE void run(const void* const* inputs, const std::int64_t* steps,
                                    void* output, std::int64_t n, const ebb_attr* attrs,
                                    std::integer_sequence<unsigned, Masks...>) {
    if (n == 0) return;
    auto* const out = static_cast<element<Out, T>*>(output);
    unsigned mask = 0;
    for (std::size_t i = 0; i < arity; ++i) mask |= (steps[i] == 0 ? 1u : 0u) << i;
    const bool once = mask == sizeof...(Masks);
    const std::int64_t count = once ? 1 : n;
    if (once) mask = 0;
    (void)((mask == Masks &&
            (loop<T, Masks>(inputs, out, count, attrs, Inputs{}, Numbers{}), true)) ||
           ...);
    if (once) std::fill_n(out + 1, n - 1, out[0]);
  }

  // All but the one in which each input is one element.
  using Masks = std::make_integer_sequence<unsigned, std::max(1u, (1u << arity) - 1)>;

  template <class T>
  static void plain(const void*, const void* const* inputs, const std::int64_t* steps, void* output,
                    std::int64_t n, const ebb_attr* attrs) noexcept {
    run<T>(inputs, steps, output, n, attrs, Masks{});
  }
  template <class T>
  EBB_DETAIL_WIDE static void wide(const void*, const void* const* inputs,
                                   const std::int64_t* steps, void* output, std::int64_t n,
                                   const ebb_attr* attrs) noexcept {
    run<T>(inputs, steps, output, n, attrs, Masks{});
  }

  static ebb_signature signature() {
    ebb_signature s{};
    s.size = sizeof(ebb_signature);
    s.output = dtype_of<Out>;
    std::size_t i = 0;
    ((s.inputs[i++] = dtype_of<In>), ...);
    s.f32 = kernel<float>();
    s.f64 = kernel<double>();
    return s;
  }

  // Where nothing is real, attributes are doubles, and both kernels the same one.
  template <class T>
  static ebb_span_kernel kernel() {
    if constexpr (!(std::is_same_v<Out, real> || ... || std::is_same_v<In, real>))
      return &plain<double>;
    else
      return has_wide() ? &wide<T> : &plain<T>;
  }
};

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
#undef EBB_DETAIL_WIDE
#undef EBB_DETAIL_INLINE
#undef EBB_DETAIL_INDEPENDENT

// T, whatever the index is: for lists of equal types.
template <class T, std::size_t>
using repeated = T;

// The number of doubles that F takes after arguments of the types First: N or more, up to 6.
template <class F, std::size_t N, class... First>
constexpr std::size_t doubles_after() {
  constexpr bool fits = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::is_invocable_v<F, First..., repeated<double, I>...>;
  }
  (std::make_index_sequence<N>{});
  static_assert(fits || N < 6, "the kernel does not take its inputs, then at most 6 numbers");
  if constexpr (fits)
    return N;
  else
    return doubles_after<F, N + 1, First...>();
}

template <class F, class Signature>
constexpr int attributes_of = 0;
template <class F, class Out, class... In>
constexpr int attributes_of<F, Out(In...)> =
    static_cast<int>(doubles_after<F, 0, element<In, double>...>());

// What the lambda takes after the signature's inputs are attributes.
template <class Signature, class F>
ebb_signature signature() {
  return SpanKernel<F, attributes_of<F, Signature>, Signature>::signature();
}

template <class Sequence>
struct reals;
template <std::size_t... I>
struct reals<std::index_sequence<I...>> {
  using signature = real(repeated<real, I>...);
};

// real(real, ...) with `inputs` of the lambda's arguments as inputs and the rest as attributes.
template <class F, std::size_t Inputs = 1>
ebb_signature real_signature(std::size_t inputs) {
  constexpr std::size_t arity = doubles_after<F, 1>();
  if constexpr (Inputs < arity && Inputs < 4) {
    if (inputs != Inputs) return real_signature<F, Inputs + 1>(inputs);
  }
  return signature<typename reals<std::make_index_sequence<Inputs>>::signature, F>();
}

}  // namespace detail
}  // namespace ebb::sdk
