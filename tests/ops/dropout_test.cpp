#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(dropout)

namespace {

// dropout of `x` in an epoch, of the samples with the given numbers.
Tensor drop(const Tensor& x, double p, std::int64_t key, double epoch,
            const std::vector<double>& numbers, Precision precision = Precision::f64) {
  const Tensor index =
      x.type().per_sample ? samples(DType::i64, {}, numbers) : whole({}, {numbers[0]});
  const std::vector<Tensor> inputs = {x, whole({}, {epoch}), index};
  return OneOp("dropout", inputs, {{"p", p}, {"key", key}}).evaluate(inputs, precision);
}

}  // namespace

BOOST_AUTO_TEST_CASE(drops_with_probability_p_and_keeps_the_mean) {
  const std::int64_t n = 20000;
  const Tensor x = real({n}, std::vector<double>(n, 3.0));
  const Tensor y = drop(x, 0.25, 1, 0, {0});
  std::int64_t dropped = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    dropped += y.at(i) == 0 ? 1 : 0;
    BOOST_TEST((y.at(i) == 0 || y.at(i) == 4));
  }
  // Five standard deviations of a binomial distribution.
  BOOST_TEST(std::abs(static_cast<double>(dropped) - 5000) < 5 * std::sqrt(20000 * 0.25 * 0.75));
}

BOOST_AUTO_TEST_CASE(a_sample_drops_the_same_in_any_mini_batch) {
  const Tensor all = samples(DType::f64, {4}, std::vector<double>(12, 1.0));
  const Tensor one = samples(DType::f64, {4}, std::vector<double>(4, 1.0));
  const Tensor together = drop(all, 0.5, 7, 2, {10, 11, 12});
  for (int s = 0; s < 3; ++s) {
    const Tensor alone = drop(one, 0.5, 7, 2, {10.0 + s});
    for (int i = 0; i < 4; ++i) BOOST_TEST(alone.at(i) == together.at(4 * s + i));
  }
}

BOOST_AUTO_TEST_CASE(key_epoch_and_sample_choose_what_is_dropped) {
  const Tensor x = samples(DType::f64, {64}, std::vector<double>(64, 1.0));
  const Tensor base = drop(x, 0.5, 1, 0, {0});
  BOOST_TEST(base.same_bits(drop(x, 0.5, 1, 0, {0})));
  BOOST_TEST(!base.same_bits(drop(x, 0.5, 2, 0, {0})));
  BOOST_TEST(!base.same_bits(drop(x, 0.5, 1, 1, {0})));
  BOOST_TEST(!base.same_bits(drop(x, 0.5, 1, 0, {1})));
}

BOOST_AUTO_TEST_CASE(what_is_dropped_depends_neither_on_storage_nor_on_precision) {
  // C order: a matrix drops what the vector of its elements drops.
  const Tensor vector = drop(real({6}, {1, 1, 1, 1, 1, 1}), 0.5, 3, 0, {0});
  const Tensor matrix = drop(real({2, 3}, {1, 1, 1, 1, 1, 1}), 0.5, 3, 0, {0});
  const Array a = to_array(vector), b = to_array(matrix);
  for (int i = 0; i < 6; ++i) BOOST_TEST(a.at(i) == b.at(i));
  BOOST_TEST(print(vector) == "[2, 0, 2, 0, 2, 2]");
  BOOST_TEST(print(drop(real({6}, {1, 1, 1, 1, 1, 1}), 0.5, 3, 0, {0}, Precision::f32)) ==
             print(vector));
}

BOOST_AUTO_TEST_CASE(a_probability_of_one_is_refused) {
  const std::vector<Tensor> inputs = {real(1), whole({}, {0}), whole({}, {0})};
  BOOST_TEST(refusal("dropout", inputs, {{"p", 1.0}}) == "dropout: p must lie in [0, 1), but is 1");
}

BOOST_AUTO_TEST_SUITE_END()
