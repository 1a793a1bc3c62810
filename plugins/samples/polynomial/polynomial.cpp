// A polynomial and its derivative: a list as an attribute, and an op with two results, which a
// script counts: p = polynomial(x, [1, 0, 2]) gives p[0], the value, and p[1], the slope.
#include <ebb/plugin.hpp>

using namespace ebb::sdk;

namespace {

// Both by Horner's scheme, in one pass over the coefficients, the highest first.
template <class T>
void evaluate(const Kernel& k, T) {
  const auto coefficients = k.attrs.reals(0);
  const auto x = k.in<T>(0);
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      const T at = x.data(s)[i];
      T value = 0, slope = 0;
      for (std::size_t c = coefficients.size(); c-- > 0;) {
        slope = slope * at + value;
        value = value * at + static_cast<T>(coefficients[c]);
      }
      k.out<T>(0).data(s)[i] = value;
      k.out<T>(1).data(s)[i] = slope;
    }
}

// The coefficients of the derivative; of a constant that of 0.
std::vector<double> differentiated(std::span<const double> coefficients) {
  std::vector<double> result;
  for (std::size_t c = 1; c < coefficients.size(); ++c)
    result.push_back(static_cast<double>(c) * coefficients[c]);
  if (result.empty()) result.push_back(0);
  return result;
}

// Each result that reaches the objective adds its part: p' of the value's gradient, p'' of the
// slope's. Both come from the polynomial p', so the rule can be differentiated again.
Value gradient(const Call& c) {
  const std::vector<double> slope = differentiated(c.attrs.reals(0));
  const auto part = [&](int output) {
    return c.gradient(output) * call("polynomial", {c[0]}, {{"coefficients", slope}}, output);
  };
  if (!c.gradient(1)) return part(0);
  if (!c.gradient(0)) return part(1);
  return part(0) + part(1);
}

}  // namespace

EBB_PLUGIN(polynomial, "1.0") {
  plugin.family("polynomials");
  plugin.op("polynomial")
      .doc("A polynomial and its derivative, element by element: two results.")
      .input("x")
      .attr("coefficients", required, EBB_ATTR_REALS, "those of 1, x, x^2 and so on")
      .outputs(2)
      .infer([](Inference& c) {
        if (c.attrs.reals(0).empty()) c.fail("a polynomial has at least one coefficient");
        c.out[0].dims = c.out[1].dims = c.in[0].dims;
      })
      .kernel([](const Kernel& k, auto zero) { evaluate(k, zero); })
      .vjp(&gradient)
      .notation("polynomial({0}; {coefficients})")
      .prove_at({{3}}, {{"coefficients", std::vector<double>{1, -2, 0.5, 0.25}}})
      .prove_at({{2, 2}}, {{"coefficients", std::vector<double>{0, 1, 3}}})
      .example("polynomial([-1, 0, 2], [1, 0, 2])[1]", "[-4, 0, 8]");
}
