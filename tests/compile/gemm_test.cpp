#include "graph/compile/gemm/gemm.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace ebb {

namespace {

double number(std::int64_t i) { return static_cast<double>(i * 7 % 11) - 5; }

// The largest error of one call, on whole numbers that both types hold exactly.
template <class T>
double error_of(const GemmCall& call, void (*multiply)(const GemmCall&, const T*, const T*, T*)) {
  const auto make = [](std::int64_t n, std::int64_t shift) {
    std::vector<T> values;
    for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<T>(number(i + shift)));
    return values;
  };
  const auto a = make(call.m * call.k, 0), b = make(call.k * call.n, 3);
  auto c = make(call.m * call.n, 5);
  const auto before = c;
  multiply(call, a.data(), b.data(), c.data());
  double worst = 0;
  for (std::int64_t i = 0; i < call.m; ++i)
    for (std::int64_t j = 0; j < call.n; ++j) {
      const auto at = static_cast<std::size_t>(i + j * call.m);
      double sum = call.accumulate ? static_cast<double>(before[at]) : 0;
      for (std::int64_t l = 0; l < call.k; ++l)
        sum += static_cast<double>(
                   a[static_cast<std::size_t>(call.ta ? l + i * call.k : i + l * call.m)]) *
               static_cast<double>(
                   b[static_cast<std::size_t>(call.tb ? j + l * call.n : l + j * call.k)]);
      worst = std::max(worst, std::abs(sum - static_cast<double>(c[at])));
    }
  return worst;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gemm)

BOOST_AUTO_TEST_CASE(every_provider_computes_every_form_and_size) {
  const GemmProvider& provider = arma_gemm();
  const std::int64_t sizes[] = {0, 1, 2, 5, 35};
  for (const auto m : sizes)
    for (const auto n : sizes)
      for (const auto k : sizes)
        for (int flags = 0; flags < 8; ++flags) {
          const GemmCall call{(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, m, n, k};
          BOOST_TEST(error_of(call, provider.f32) == 0);
          BOOST_TEST(error_of(call, provider.f64) == 0);
        }
}

BOOST_AUTO_TEST_CASE(a_product_says_what_its_samples_do) {
  const auto type = [](Shape shape, bool per_sample) {
    return Type{DType::f32, per_sample, shape};
  };
  const auto samples = [&](Type a, Type b, bool ta, bool tb, bool over) {
    return plan_gemm(a, b, ta, tb, over).gemm.samples;
  };
  using S = Gemm::Samples;
  const Type w = type({4, 3}, false), x = type({3}, true), m = type({4, 3}, true);
  BOOST_TEST((samples(w, x, false, false, false) == S::in_n));
  BOOST_TEST((samples(w, w, true, false, false) == S::none));
  BOOST_TEST((samples(w, m, true, false, false) == S::in_n));
  BOOST_TEST((samples(w, m, false, true, false) == S::batch));
  BOOST_TEST((samples(m, x, false, false, false) == S::batch));
  BOOST_TEST((samples(x, x, false, true, true) == S::in_k));
  BOOST_TEST((samples(m, m, false, true, true) == S::in_k));
  BOOST_TEST((samples(m, m, true, false, true) == S::summed));
  BOOST_TEST(plan_gemm(x, w, true, true, false).swapped);
  BOOST_TEST(!plan_gemm(m, w, false, true, false).swapped);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
