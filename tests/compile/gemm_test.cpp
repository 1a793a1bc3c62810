#include "graph/compile/gemm/gemm.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "graph/core/tensor.hpp"

namespace ebb {

BOOST_AUTO_TEST_SUITE(gemm)

namespace {

double number(std::int64_t i) { return static_cast<double>(i * 7 % 11) - 5; }

// The largest error of one call, on whole numbers that both types hold exactly; no number where the
// provider does not compute such products.
template <class T>
double error_of(const GemmProvider& provider, const GemmCall& call) {
  const auto product = provider.prepare<T>(call);
  if (!product) return std::numeric_limits<double>::quiet_NaN();
  const auto make = [](std::int64_t n, std::int64_t shift) {
    std::vector<T> values;
    for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<T>(number(i + shift)));
    return values;
  };
  const auto a = make(call.m * call.k, 0), b = make(call.k * call.n, 3);
  auto c = make(call.m * call.n, 5);
  const auto before = c;
  const GemmScratch bytes =
      provider.scratch(call, sizeof(T) == 4 ? Precision::f32 : Precision::f64);
  const auto scratch = allocate_aligned(own_scratch(bytes));
  product->run(a.data(), b.data(), c.data(), own_scratch(bytes, scratch.get()));
  // Tests are not optimised: the inner loop holds as little as it can.
  const std::int64_t step_a = call.ta ? 1 : call.m, step_b = call.tb ? call.n : 1;
  const T *left = a.data(), *right = b.data();
  double worst = 0;
  for (std::int64_t i = 0; i < call.m; ++i)
    for (std::int64_t j = 0; j < call.n; ++j) {
      const auto at = static_cast<std::size_t>(i + j * call.m);
      std::int64_t at_a = call.ta ? i * call.k : i, at_b = call.tb ? j : j * call.k;
      double sum = call.accumulate ? static_cast<double>(before[at]) : 0;
      for (std::int64_t l = 0; l < call.k; ++l, at_a += step_a, at_b += step_b)
        sum += static_cast<double>(left[at_a]) * static_cast<double>(right[at_b]);
      worst = std::max(worst, std::abs(sum - static_cast<double>(c[at])));
    }
  return worst;
}

std::vector<GemmCall> forms(std::int64_t m, std::int64_t n, std::int64_t k) {
  std::vector<GemmCall> calls;
  for (int flags = 0; flags < 8; ++flags)
    calls.push_back({(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, m, n, k});
  return calls;
}

// What only BLAS computes is left out: products without numbers.
void check(const GemmProvider& provider, const GemmCall& call) {
  if (&provider != &arma_gemm() && (call.m == 0 || call.n == 0 || call.k == 0)) {
    BOOST_TEST(std::isnan(error_of<float>(provider, call)));
    return;
  }
  BOOST_TEST_CONTEXT(provider.name << " " << call.m << "x" << call.n << "x" << call.k << " "
                                   << call.ta << call.tb << call.accumulate) {
    BOOST_TEST(error_of<float>(provider, call) == 0);
    BOOST_TEST(error_of<double>(provider, call) == 0);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_provider_computes_every_form_and_size) {
  const std::int64_t sizes[] = {0, 1, 2, 5, 35};
  for (const GemmProvider* provider : gemm_providers())
    for (const auto m : sizes)
      for (const auto n : sizes)
        for (const auto k : sizes)
          for (const GemmCall& call : forms(m, n, k)) check(*provider, call);
}

BOOST_AUTO_TEST_CASE(every_provider_computes_products_that_are_cut_into_blocks) {
  const std::int64_t sizes[][3] = {{64, 70, 600},  {65, 128, 64}, {130, 33, 513},
                                   {300, 257, 70}, {784, 10, 30}, {31, 520, 96}};
  for (const GemmProvider* provider : gemm_providers())
    for (const auto& [m, n, k] : sizes)
      for (const GemmCall& call : forms(m, n, k)) check(*provider, call);
}

BOOST_AUTO_TEST_CASE(every_provider_computes_products_that_are_cut_into_parts) {
  // Parts of the inner dimension, of the columns, of the rows, and of blocks in both dimensions.
  const std::int64_t sizes[][3] = {{30, 10, 784},  {30, 784, 10},  {100, 8, 1100}, {100, 60, 70},
                                   {300, 12, 120}, {1100, 64, 64}, {530, 270, 64}, {1, 600, 600},
                                   {600, 1, 600},  {1025, 20, 40}};
  for (const GemmProvider* provider : gemm_providers())
    for (const auto& [m, n, k] : sizes)
      for (const GemmCall& call : forms(m, n, k)) check(*provider, call);
}

namespace {

// C of numbers that are no whole ones, so that their sums depend on the order; A packed before
// where the call says that it is constant and the provider wants it so.
template <class T>
std::vector<T> computed(const GemmProvider& provider, const GemmCall& call) {
  const auto make = [](std::int64_t n, double shift) {
    std::vector<T> values;
    for (std::int64_t i = 0; i < n; ++i)
      values.push_back(static_cast<T>(std::sin(shift + static_cast<double>(i))));
    return values;
  };
  const auto a = make(call.m * call.k, 0), b = make(call.k * call.n, 0.3);
  auto c = make(call.m * call.n, 0.5);
  const GemmScratch bytes =
      provider.scratch(call, sizeof(T) == 4 ? Precision::f32 : Precision::f64);
  const auto scratch = allocate_aligned(own_scratch(bytes)),
             packed = allocate_aligned(bytes.packed);
  const auto product = provider.prepare<T>(call);
  const T* left = a.data();
  if (bytes.packed > 0) {
    product->pack(left, reinterpret_cast<T*>(packed.get()));
    left = reinterpret_cast<const T*>(packed.get());
  }
  product->run(left, b.data(), c.data(), own_scratch(bytes, scratch.get()));
  return c;
}

std::size_t packed_bytes(const GemmProvider& provider, const GemmCall& call) {
  return provider.scratch(call, Precision::f32).packed;
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_with_a_packed_operand_are_the_same_bits) {
  // Copied otherwise; read in place, whole and in parts of the inner dimension, the columns and the
  // rows; with blocks of B; with rows for one register alone.
  const std::int64_t sizes[][3] = {{1030, 20, 260}, {300, 40, 250}, {300, 10, 784}, {100, 100, 784},
                                   {530, 9, 135},   {300, 70, 512}, {784, 10, 300}, {5, 3, 7},
                                   {65, 33, 130},   {30, 2, 784}};
  for (const GemmProvider* provider : gemm_providers())
    for (const auto& [m, n, k] : sizes)
      for (const GemmCall& call : forms(m, n, k)) {
        GemmCall constant = call;
        constant.constant_a = true;
        BOOST_TEST_CONTEXT(provider->name << " " << m << "x" << n << "x" << k << " " << call.ta
                                          << call.tb << call.accumulate) {
          BOOST_TEST((computed<float>(*provider, call) == computed<float>(*provider, constant)));
          BOOST_TEST((computed<double>(*provider, call) == computed<double>(*provider, constant)));
          BOOST_TEST(packed_bytes(*provider, call) == 0u);
        }
      }
}

BOOST_AUTO_TEST_CASE(what_is_packed_is_large_or_transposed_and_read_often) {
  const GemmProvider& provider = *gemm_providers().back();
  if (&provider == &arma_gemm()) return;
  const auto bytes = [&](bool ta, std::int64_t m, std::int64_t n, std::int64_t k) {
    return packed_bytes(provider, {ta, false, false, m, n, k, true});
  };
  BOOST_TEST(bytes(false, 1024, 100, 1024) == 1024u * 1024 * 4);
  BOOST_TEST(bytes(false, 300, 8, 784) == 304u * 784 * 4);
  BOOST_TEST(bytes(false, 300, 7, 784) == 0u);
  BOOST_TEST(bytes(false, 30, 100, 784) == 0u);
  BOOST_TEST(bytes(true, 30, 100, 10) == 32u * 10 * 4);
}

BOOST_AUTO_TEST_CASE(the_choice_is_one_of_those_that_are_there_and_blas_computes_all) {
  BOOST_TEST(gemm_providers().front() == &arma_gemm());
  for (const std::int64_t size : {0, 1, 2, 10, 100, 1000})
    for (const GemmCall& call : forms(size, 10, size)) {
      const GemmProvider& chosen = choose_gemm(call, Precision::f32);
      BOOST_TEST(std::ranges::count(gemm_providers(), &chosen) == 1);
      BOOST_TEST((chosen.prepare<float>(call) != nullptr));
      BOOST_TEST((arma_gemm().prepare<float>(call) != nullptr));
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
