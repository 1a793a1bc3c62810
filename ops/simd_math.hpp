// Elementary functions of vectors, float and double, for every target of Highway. Included once per
// target, hence the guard that flips. All are within 2 ulp, whatever x is, and also where the
// target has no fused multiply-add; what is no number stays it.
#if defined(EBB_OPS_SIMD_MATH_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef EBB_OPS_SIMD_MATH_HPP
#undef EBB_OPS_SIMD_MATH_HPP
#else
#define EBB_OPS_SIMD_MATH_HPP
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <limits>

#include "ops/simd_coefficients.hpp"

HWY_BEFORE_NAMESPACE();
namespace ebb::ops::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// What the formats and ln 2 come to. `magic` is 1.5 times the power of two whose ulp is 1: a number
// added to it is rounded to a whole one, which then stands in its lowest bits. ln 2 is ln2_high +
// ln2_low, and ln2_high times an exponent is exact.
template <class T>
struct Format;
template <>
struct Format<float> {
  using Bits = std::uint32_t;
  static constexpr int digits = 23;
  static constexpr Bits bias = 127, one = 0x3F800000, root_half = 0x3F3504F3, power = 0x4B000000;
  static constexpr float magic = 0x1.8p23f, power_and_bias = 0x1p23f + 127, lift = 0x1p24f,
                         lift_digits = 24;
  static constexpr float log2_e = 0x1.715476p0f, ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
  // Times `lift` subnormal numbers are normal. exp is 0 up to `lowest`, infinite from `highest` on;
  // tanh is 1 from `tanh_one` on, erf at 1 + `erf_one`.
  static constexpr float lowest = -104, highest = 89, tanh_one = 10, erf_one = 3;
};
template <>
struct Format<double> {
  using Bits = std::uint64_t;
  static constexpr int digits = 52;
  static constexpr Bits bias = 1023, one = 0x3FF0000000000000, root_half = 0x3FE6A09E667F3BCD,
                        power = 0x4330000000000000;
  static constexpr double magic = 0x1.8p52, power_and_bias = 0x1p52 + 1023, lift = 0x1p54,
                          lift_digits = 54;
  static constexpr double log2_e = 0x1.71547652b82fep0, ln2_high = 0x1.62e42feep-1,
                          ln2_low = 0x1.a39ef35793c76p-33;
  static constexpr double lowest = -746, highest = 710, tanh_one = 20, erf_one = 5;
};

// c[0] + c[1] x + ..., by Horner's rule.
template <class D, class V, class T, std::size_t N>
HWY_INLINE V polynomial(D d, V x, const T (&c)[N]) {
  V sum = hn::Set(d, c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, c[i]));
  return sum;
}

// A whole number k in the lowest bits of each lane; those above it are anything that shifts out.
template <class D>
using Bits = hn::Vec<hn::RebindToUnsigned<D>>;

// x = k ln 2 + r with |r| <= ln 2 / 2, for lowest <= x <= highest.
template <class D>
struct Reduced {
  hn::Vec<D> r;
  Bits<D> k;
};
template <class D, class V>
HWY_INLINE Reduced<D> reduce(D d, V x) {
  using F = Format<hn::TFromD<D>>;
  const V magic = hn::Set(d, F::magic);
  const V shifted = hn::MulAdd(x, hn::Set(d, F::log2_e), magic);
  const V k = hn::Sub(shifted, magic);
  const V r = hn::NegMulAdd(k, hn::Set(d, F::ln2_high), x);
  return {hn::NegMulAdd(k, hn::Set(d, F::ln2_low), r),
          hn::BitCast(hn::RebindToUnsigned<D>(), shifted)};
}

// exp(r) - 1 for |r| <= ln 2 / 2.
template <class D, class V>
HWY_INLINE V expm1_of_reduced(D d, V r) {
  return hn::MulAdd(hn::Mul(r, r), polynomial(d, r, SimdCoefficients<hn::TFromD<D>>::exp), r);
}

// 2^k where that is a normal number.
template <class D>
HWY_INLINE hn::Vec<D> power_of_two(D d, Bits<D> k) {
  using F = Format<hn::TFromD<D>>;
  const hn::RebindToUnsigned<D> du;
  return hn::BitCast(d, hn::ShiftLeft<F::digits>(hn::Add(k, hn::Set(du, F::bias))));
}

// y 2^k for any k that `reduce` gives, rounded once: 2^k alone may be too large or too small.
template <class D, class V>
HWY_INLINE V scale(D d, V y, Bits<D> k) {
  const Bits<D> half = hn::ShiftRight<1>(k);
  return hn::Mul(hn::Mul(y, power_of_two(d, half)), power_of_two(d, hn::Sub(k, half)));
}

template <class D, class V>
HWY_INLINE V exp_between(D d, V x) {  // lowest <= x <= highest
  const Reduced<D> reduced = reduce(d, x);
  const V one = hn::Set(d, hn::TFromD<D>{1});
  return scale(d, hn::Add(one, expm1_of_reduced(d, reduced.r)), reduced.k);
}

template <class D, class V>
HWY_INLINE V exp_of_moderate(D d, V x) {  // where the result is a normal number
  const Reduced<D> reduced = reduce(d, x);
  const V power = power_of_two(d, reduced.k);
  return hn::MulAdd(power, expm1_of_reduced(d, reduced.r), power);
}

template <class D, class V>
HWY_INLINE V exp(D d, V x) {
  using F = Format<hn::TFromD<D>>;
  const V between = hn::Min(hn::Max(x, hn::Set(d, F::lowest)), hn::Set(d, F::highest));
  return hn::IfThenElse(hn::IsNaN(x), x, exp_between(d, between));
}

template <class D, class V>
HWY_INLINE V exp_of_minus_abs(D d, V x) {  // anything where x is no number
  const V lowest = hn::Set(d, Format<hn::TFromD<D>>::lowest);
  return exp_between(d, hn::Max(hn::Neg(hn::Abs(x)), lowest));
}

// With e = exp(-|x|): 1 / (1 + e) for x >= 0 and e / (1 + e) for x < 0, so that small results keep
// their digits. What the sum's rounding lost is made good to first order.
template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, hn::TFromD<D>{1});
  const V e = exp_of_minus_abs(d, x);
  const V sum = hn::Add(one, e);
  const V lost = hn::Sub(e, hn::Sub(sum, one));
  const V quotient = hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), sum);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::NegMulAdd(lost, quotient, quotient));
}

// x + x P(x^2) for |x| < 0.6, else 1 - 2 u / (1 + u) with u = exp(-2 |x|).
template <class D, class V>
HWY_INLINE V tanh(D d, V x) {
  using T = hn::TFromD<D>;
  const V one = hn::Set(d, T{1}), size = hn::Abs(x);
  const V inner = hn::MulAdd(x, polynomial(d, hn::Mul(x, x), SimdCoefficients<T>::tanh), x);
  const V between = hn::Min(size, hn::Set(d, Format<T>::tanh_one));
  const V u = exp_of_moderate(d, hn::Mul(between, hn::Set(d, T{-2})));
  const V outer = hn::Sub(one, hn::Div(hn::Add(u, u), hn::Add(one, u)));
  const auto large = hn::Ge(size, hn::Set(d, static_cast<T>(0.6)));
  return hn::CopySign(hn::IfThenElse(large, outer, inner), x);
}

// log(1 + f) + k ln 2 for sqrt(1/2) <= 1 + f <= sqrt(2).
template <class D, class V, HWY_IF_NOT_LANE_SIZE(hn::TFromD<D>, 8)>
HWY_INLINE V log_of_reduced(D d, V f, V k) {
  using F = Format<float>;
  const V square = hn::Mul(f, f);
  const V cubic = hn::Mul(hn::Mul(f, square), polynomial(d, f, SimdCoefficients<float>::log));
  const V rest = hn::MulAdd(k, hn::Set(d, F::ln2_low), cubic);
  const V sum = hn::Sub(f, hn::Sub(hn::Mul(square, hn::Set(d, 0.5F)), rest));
  return hn::MulAdd(k, hn::Set(d, F::ln2_high), sum);
}
// With s = f / (2 + f): log(1 + f) = 2 atanh(s), and 2 s = f - f^2 / 2 + s f^2 / 2.
template <class D, class V, HWY_IF_LANE_SIZE(hn::TFromD<D>, 8)>
HWY_INLINE V log_of_reduced(D d, V f, V k) {
  using F = Format<double>;
  const V s = hn::Div(f, hn::Add(f, hn::Set(d, 2.0)));
  const V z = hn::Mul(s, s);
  const V series = hn::Mul(z, polynomial(d, z, SimdCoefficients<double>::log));
  const V half_square = hn::Mul(hn::Mul(f, f), hn::Set(d, 0.5));
  const V rest = hn::MulAdd(s, hn::Add(half_square, series), hn::Mul(k, hn::Set(d, F::ln2_low)));
  return hn::MulAdd(k, hn::Set(d, F::ln2_high), hn::Sub(f, hn::Sub(half_square, rest)));
}

// log(x) for 0 < x < infinity: x = 2^k (1 + f).
template <class D, class V>
HWY_INLINE V log_of_positive(D d, V x) {
  using T = hn::TFromD<D>;
  using F = Format<T>;
  const hn::RebindToUnsigned<D> du;
  const auto subnormal = hn::Lt(x, hn::Set(d, std::numeric_limits<T>::min()));
  const V normal = hn::IfThenElse(subnormal, hn::Mul(x, hn::Set(d, F::lift)), x);
  const auto bits = hn::BitCast(du, normal);
  const auto biased = hn::ShiftRight<F::digits>(hn::Add(bits, hn::Set(du, F::one - F::root_half)));
  const auto fraction = hn::Sub(bits, hn::ShiftLeft<F::digits>(biased));
  const V f = hn::Sub(hn::BitCast(d, hn::Add(fraction, hn::Set(du, F::one))), hn::Set(d, T{1}));
  const V number = hn::BitCast(d, hn::Or(biased, hn::Set(du, F::power)));
  const V zero = hn::IfThenElse(subnormal, hn::Set(d, F::power_and_bias + F::lift_digits),
                                hn::Set(d, F::power_and_bias));
  return log_of_reduced(d, f, hn::Sub(number, zero));
}

template <class D, class V>
HWY_INLINE V log(D d, V x) {
  using Limits = std::numeric_limits<hn::TFromD<D>>;
  const V zero = hn::Zero(d), infinity = hn::Set(d, Limits::infinity());
  const V undefined = hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, Limits::quiet_NaN()), x);
  const V special = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), undefined);
  const auto regular = hn::And(hn::Gt(x, zero), hn::Lt(x, infinity));
  return hn::IfThenElse(regular, log_of_positive(d, x), special);
}

// log(1 + e) for 0 <= e <= 1, with the digits that 1 + e loses.
template <class D, class V>
HWY_INLINE V log_of_one_plus(D d, V e) {
  const V one = hn::Set(d, hn::TFromD<D>{1});
  const V sum = hn::Add(one, e);
  const V lost = hn::Sub(e, hn::Sub(sum, one));
  return hn::Add(log_of_positive(d, sum), hn::Div(lost, sum));
}

// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
template <class D, class V>
HWY_INLINE V softplus(D d, V x) {
  const V rest = log_of_one_plus(d, exp_of_minus_abs(d, x));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Add(hn::Max(x, hn::Zero(d)), rest));
}

// x + x P(x^2) for |x| < 1, else 1 - erfc(|x|) with the logarithm of erfc as a polynomial.
template <class D, class V>
HWY_INLINE V erf(D d, V x) {
  using T = hn::TFromD<D>;
  using C = SimdCoefficients<T>;
  const V one = hn::Set(d, T{1}), size = hn::Abs(x);
  const V inner = hn::MulAdd(x, polynomial(d, hn::Mul(x, x), C::erf), x);
  const V t = hn::Min(hn::Sub(size, one), hn::Set(d, Format<T>::erf_one));
  const V erfc = exp_of_moderate(d, polynomial(d, t, C::log_erfc));
  return hn::IfThenElse(hn::Ge(size, one), hn::CopySign(hn::Sub(one, erfc), x), inner);
}

}  // namespace ebb::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
