#include <hwy/highway.h>
#include <hwy/targets.h>

#include <boost/math/special_functions/erf.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "tests/ops/simd.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(simd)

namespace {

using Exact = boost::multiprecision::cpp_bin_float_50;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Function {
  const char* name;
  sdk::SpanKernels SimdKernels::*kernels;
  Exact (*exact)(const Exact&);
  double low, high;  // where it is neither 0, nor infinite, nor undefined, nor as good as constant
  const char* special_values;  // at the points of `specials`
};

// Beyond it these functions are as good as constant, but Boost's take long.
Exact near(const Exact& x) { return std::clamp(x, Exact(-1000), Exact(1000)); }

Exact softplus(const Exact& x) {
  const Exact rest = log1p(exp(-abs(near(x))));
  return x > 0 ? Exact(x + rest) : rest;
}

constexpr double specials[] = {nan, -inf, -1e30, -0.0, 0, 1e30, inf};

const Function functions[] = {
    {"exp", &SimdKernels::exp, [](const Exact& x) { return Exact(exp(near(x))); }, -708, 709,
     "nan 0 0 1 1 inf inf"},
    {"log", &SimdKernels::log, [](const Exact& x) { return Exact(log(x)); }, 0, 4,
     "nan nan nan -inf -inf 69.0776 inf"},
    {"tanh", &SimdKernels::tanh, [](const Exact& x) { return Exact(tanh(near(x))); }, -20, 20,
     "nan -1 -1 -0 0 1 1"},
    {"sigmoid", &SimdKernels::sigmoid,
     [](const Exact& x) { return Exact(1 / (1 + exp(-near(x)))); }, -708, 40,
     "nan 0 0 0.5 0.5 1 1"},
    {"erf", &SimdKernels::erf, [](const Exact& x) { return Exact(boost::math::erf(near(x))); }, -6,
     6, "nan -1 -1 -0 0 1 1"},
    {"softplus", &SimdKernels::softplus, [](const Exact& x) { return softplus(x); }, -708, 40,
     "nan 0 0 0.693147 0.693147 1e+30 inf"},
    {"log_sigmoid", &SimdKernels::log_sigmoid, [](const Exact& x) { return Exact(-softplus(-x)); },
     -40, 708, "nan -inf -1e+30 -0.693147 -0.693147 0 0"},
};

// Numbers of any exponent, then numbers spread evenly where the function is of interest.
template <class T>
std::vector<T> points(const Function& function, std::size_t n) {
  std::mt19937_64 random(1);
  using Bits = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  std::vector<T> result;
  while (result.size() < n / 2) {
    const auto bits = static_cast<Bits>(random());
    T x;
    std::memcpy(&x, &bits, sizeof x);
    const bool defined = function.low < 0 || x > 0;
    if (std::isfinite(x) && defined) result.push_back(x);
  }
  // As std::uniform_real_distribution, but the same with every library.
  while (result.size() < n) {
    const double part = std::ldexp(static_cast<double>(random() >> 11), -53);
    result.push_back(static_cast<T>(function.low + part * (function.high - function.low)));
  }
  return result;
}

// |got - exact| in ulp of T; 0 where the exact value is too large for T and got is infinite.
template <class T>
double error_in_ulp(T got, const Exact& exact) {
  constexpr T largest = std::numeric_limits<T>::max();
  if (std::isinf(got) && abs(exact) > largest) return (exact > 0) == (got > 0) ? 0 : inf;
  if (std::isnan(got)) return inf;
  const Exact error = abs(Exact(got) - exact);
  const Exact bounded = std::min(Exact(abs(exact)), Exact(largest));
  return static_cast<double>(error) / ulp<T>(static_cast<double>(bounded));
}

template <class T>
void check_errors(const Function& function, std::size_t n) {
  const std::vector<T> x = points<T>(function, n);
  std::vector<Exact> exact;
  for (const T each : x) exact.push_back(function.exact(each));
  for_each_target([&](const char* target, const SimdKernels& kernels) {
    std::vector<T> y(n);
    apply(kernels.*function.kernels, x.data(), y.data(), n);
    std::size_t worst = 0;
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double error = error_in_ulp(y[i], exact[i]);
      if (error > largest) worst = i, largest = error;
    }
    BOOST_TEST(largest <= 2, target << ": " << function.name << "(" << x[worst]
                                    << ") = " << y[worst] << " is wrong by " << largest << " ulp");
  });
}

template <class T>
std::string special_values(const sdk::SpanKernels& kernels) {
  std::string text;
  for (const double x : specials) {
    const T in = static_cast<T>(x);
    T out;
    apply(kernels, &in, &out, 1);
    char number[32];
    std::snprintf(number, sizeof number, "%s%g", text.empty() ? "" : " ",
                  std::isnan(out) ? nan : static_cast<double>(out));
    text += number;
  }
  return text;
}

// Every length up to two vectors and one element, where the vectors may not touch what lies beside
// the span: each in memory of its own, so that the address sanitizer sees it, and at each place in
// a vector. `each` holds the results one by one.
template <class T>
void check_lengths(const sdk::SpanKernels& kernels, const std::vector<T>& x,
                   const std::vector<T>& each, bool in_place) {
  for (std::size_t n = 0; n <= x.size(); ++n)
    for (std::size_t shift = 0; shift < 3; ++shift) {
      const auto in = std::make_unique<T[]>(shift + n), other = std::make_unique<T[]>(shift + n);
      std::copy_n(x.data(), n, in.get() + shift);
      T* out = in_place ? in.get() : other.get();
      apply(kernels, in.get() + shift, out + shift, n);
      BOOST_TEST(std::memcmp(out + shift, each.data(), n * sizeof(T)) == 0);
      BOOST_TEST(std::all_of(out, out + shift, [](T before) { return before == 0; }));
    }
}

template <class T>
void check_spans(const Function& function, const sdk::SpanKernels& kernels) {
  const std::vector<T> x = points<T>(function, 2 * 64 / sizeof(T) + 1);
  std::vector<T> each(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) apply(kernels, &x[i], &each[i], 1);
  check_lengths(kernels, x, each, false);
  check_lengths(kernels, x, each, true);
  for (std::size_t n = 0; n <= x.size(); ++n) {
    std::vector<T> same(n);
    apply(kernels, &x[7], same.data(), n, 0);
    BOOST_TEST(same == std::vector<T>(n, each[7]));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(functions_are_correct_to_2_ulp) {
  for (const Function& function : functions) {
    check_errors<float>(function, 3000);
    check_errors<double>(function, 3000);
  }
}

BOOST_AUTO_TEST_CASE(subnormal_arguments_and_results_are_too) {
  for (const Function& function : functions) {
    const bool positive = function.low == 0;
    Function near = function;
    near.low = positive ? 0 : -745;
    near.high = positive ? 2e-308 : -708;
    check_errors<double>(near, 500);
    near.low = positive ? 0 : -104;
    near.high = positive ? 1e-38 : -87;
    check_errors<float>(near, 500);
    near.low = positive ? 0 : -2e-308;
    near.high = 2e-308;
    check_errors<double>(near, 500);
  }
}

BOOST_AUTO_TEST_CASE(special_values_are_those_of_the_functions) {
  for_each_target([](const char* target, const SimdKernels& kernels) {
    for (const Function& function : functions) BOOST_TEST_CONTEXT(target << ": " << function.name) {
        BOOST_TEST(special_values<float>(kernels.*function.kernels) == function.special_values);
        BOOST_TEST(special_values<double>(kernels.*function.kernels) == function.special_values);
      }
  });
}

BOOST_AUTO_TEST_CASE(an_element_gives_the_same_bits_wherever_it_stands) {
  for_each_target([](const char* target, const SimdKernels& kernels) {
    for (const Function& function : functions) BOOST_TEST_CONTEXT(target << ": " << function.name) {
        check_spans<float>(function, kernels.*function.kernels);
        check_spans<double>(function, kernels.*function.kernels);
      }
  });
}

BOOST_AUTO_TEST_CASE(targets_are_those_that_highway_finds) {
  std::vector<std::string> found, expected;
  for_each_target([&](const char* target, const SimdKernels&) { found.push_back(target); });
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets())
    expected.push_back(hwy::TargetName(target));
  BOOST_TEST(found == expected, boost::test_tools::per_element());
#if HWY_ARCH_X86_64
  BOOST_TEST(found.size() > 1);
#endif
}

BOOST_AUTO_TEST_CASE(the_best_is_chosen) {
  BOOST_TEST((ops::simd_kernels().exp.f32 == ops::simd_targets()[0].kernels().exp.f32));
}

BOOST_AUTO_TEST_SUITE_END()
