#include <boost/test/unit_test.hpp>
#include <cstring>

#include "tests/ops/simd.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(simd_slow)

namespace {

constexpr std::size_t block = 4096;

// The largest error in ulp over all floats; the function in double is as good as exact for them.
template <class F>
double largest_error(const sdk::SpanKernels& kernels, F exact) {
  double largest = 0;
  std::vector<float> x(block), y(block);
  for (std::uint64_t first = 0; first < std::uint64_t{1} << 32; first += block) {
    for (std::size_t i = 0; i < block; ++i) {
      const auto bits = static_cast<std::uint32_t>(first + i);
      std::memcpy(&x[i], &bits, sizeof bits);
    }
    apply(kernels, x.data(), y.data(), block);
    for (std::size_t i = 0; i < block; ++i) {
      const double wanted = exact(static_cast<double>(x[i])), got = y[i];
      const auto rounded = static_cast<float>(wanted);
      const bool same = y[i] == rounded || (std::isnan(y[i]) && std::isnan(rounded));
      if (same) continue;
      const double error = std::abs(got - wanted) / ulp<float>(wanted);
      if (!(error <= largest)) largest = error;
    }
  }
  return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_float_is_correct_to_2_ulp) {
  const SimdKernels kernels = ops::simd_kernels();
  BOOST_TEST(largest_error(kernels.exp, [](double x) { return std::exp(x); }) <= 2);
  BOOST_TEST(largest_error(kernels.log, [](double x) { return std::log(x); }) <= 2);
  BOOST_TEST(largest_error(kernels.tanh, [](double x) { return std::tanh(x); }) <= 2);
  BOOST_TEST(largest_error(kernels.sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }) <= 2);
  BOOST_TEST(largest_error(kernels.erf, [](double x) { return std::erf(x); }) <= 2);
}

BOOST_AUTO_TEST_SUITE_END()
