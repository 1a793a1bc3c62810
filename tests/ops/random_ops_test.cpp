#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(random_ops)

namespace {

constexpr std::int64_t n = 20000;

// One random node for the samples of the given numbers, in an epoch; `inputs` are its own.
Tensor draw(const std::string& op, std::vector<Tensor> inputs, NamedAttrs attrs,
            const std::vector<double>& numbers = {0}, double epoch = 0, std::int64_t key = 1,
            Precision precision = Precision::f64) {
  inputs.push_back(whole({}, {epoch}));
  inputs.push_back(samples(DType::i64, {}, numbers));
  attrs.emplace_back("key", key);
  return OneOp(op, inputs, attrs).evaluate(inputs, precision);
}

struct Moments {
  double mean = 0, variance = 0;
  explicit Moments(const Tensor& tensor) {
    const auto count = tensor.elements_per_sample() * tensor.samples();
    for (std::int64_t i = 0; i < count; ++i) mean += tensor.at(i) / static_cast<double>(count);
    for (std::int64_t i = 0; i < count; ++i)
      variance += std::pow(tensor.at(i) - mean, 2) / static_cast<double>(count);
  }
};

// Of a mean of n numbers of the given variance: five standard deviations.
double tolerance(double variance) { return 5 * std::sqrt(variance / static_cast<double>(n)); }

NamedAttrs shaped(const Ints& shape) { return {{"shape", shape}}; }

}  // namespace

BOOST_AUTO_TEST_CASE(uniform_numbers_fill_their_interval_evenly) {
  const Tensor x =
      draw("random_uniform", {}, {{"shape", Ints{n}}, {"lower", -1.0}, {"upper", 3.0}});
  for (std::int64_t i = 0; i < n; ++i) BOOST_REQUIRE((-1 <= x.at(i) && x.at(i) <= 3));
  const Moments moments(x);
  BOOST_TEST(std::abs(moments.mean - 1) < tolerance(16.0 / 12));
  // The fourth central moment of a uniform distribution of width 4 is 4^4 / 80.
  BOOST_TEST(std::abs(moments.variance - 16.0 / 12) < tolerance(256.0 / 80 - 256.0 / 144));
}

BOOST_AUTO_TEST_CASE(normal_numbers_have_their_mean_and_spread) {
  const Moments moments(
      draw("random_normal", {}, {{"shape", Ints{n}}, {"mean", 2.0}, {"sd", 3.0}}));
  BOOST_TEST(std::abs(moments.mean - 2) < tolerance(9));
  // The fourth central moment is 3 sd^4.
  BOOST_TEST(std::abs(moments.variance - 9) < tolerance(2 * 81));
}

BOOST_AUTO_TEST_CASE(bernoulli_is_true_as_often_as_p_says) {
  const Tensor x = draw("random_bernoulli", {real({n}, std::vector<double>(n, 0.3))}, {});
  BOOST_TEST((x.type().dtype == DType::boolean));
  BOOST_TEST(std::abs(Moments(x).mean - 0.3) < tolerance(0.3 * 0.7));
  BOOST_TEST(print(draw("random_bernoulli", {real({2}, {0, 1})}, {})) == "bool [[false, true]]");
}

BOOST_AUTO_TEST_CASE(gaussian_noise_is_added) {
  const Tensor x = samples(DType::f64, {n}, std::vector<double>(n, 5.0));
  const Moments moments(draw("gaussian_noise", {x}, {{"sd", 0.5}}));
  BOOST_TEST(std::abs(moments.mean - 5) < tolerance(0.25));
  BOOST_TEST(std::abs(moments.variance - 0.25) < tolerance(2 * 0.0625));
}

BOOST_AUTO_TEST_CASE(a_sample_draws_the_same_in_any_mini_batch) {
  for (const char* op : {"random_uniform", "random_normal"}) {
    const Tensor together = draw(op, {}, shaped({4}), {10, 11, 12}, 2);
    for (int s = 0; s < 3; ++s) {
      const Tensor alone = draw(op, {}, shaped({4}), {10.0 + s}, 2);
      for (int i = 0; i < 4; ++i) BOOST_TEST(alone.at(i) == together.at(4 * s + i), op);
    }
  }
}

BOOST_AUTO_TEST_CASE(key_epoch_and_sample_choose_what_is_drawn) {
  const Tensor base = draw("random_normal", {}, shaped({8}), {0}, 0, 1);
  BOOST_TEST(base.same_bits(draw("random_normal", {}, shaped({8}), {0}, 0, 1)));
  BOOST_TEST(!base.same_bits(draw("random_normal", {}, shaped({8}), {1}, 0, 1)));
  BOOST_TEST(!base.same_bits(draw("random_normal", {}, shaped({8}), {0}, 1, 1)));
  BOOST_TEST(!base.same_bits(draw("random_normal", {}, shaped({8}), {0}, 0, 2)));
}

BOOST_AUTO_TEST_CASE(draws_depend_neither_on_storage_nor_on_precision) {
  const Array vector = to_array(draw("random_uniform", {}, shaped({6})));
  const Array matrix = to_array(draw("random_uniform", {}, shaped({2, 3})));
  const Tensor floats = draw("random_uniform", {}, shaped({6}), {0}, 0, 1, Precision::f32);
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST(vector.at(i) == matrix.at(i));
    BOOST_TEST(floats.at(i) == static_cast<double>(static_cast<float>(vector.at(i))));
  }
}

BOOST_AUTO_TEST_CASE(a_permutation_gives_each_sample_to_one_other) {
  std::vector<double> numbers, values;
  for (int s = 0; s < 50; ++s) {
    numbers.push_back(s);
    values.insert(values.end(), {s + 0.25, s + 0.5});
  }
  const Tensor x = samples(DType::f64, {2}, values);
  const Tensor y = draw("sample_permutation", {x}, {}, numbers);
  std::set<double> given;
  for (int s = 0; s < 50; ++s) {
    BOOST_TEST(y.at(2 * s + 1) == y.at(2 * s) + 0.25);
    given.insert(y.at(2 * s));
  }
  BOOST_TEST(given.size() == 50u);
  BOOST_TEST(!x.same_bits(y));
  BOOST_TEST(x.same_bits(draw("sample_permutation", {y}, {{"inverse", true}}, numbers)));
  BOOST_TEST(!y.same_bits(draw("sample_permutation", {x}, {}, numbers, 1)));
  BOOST_TEST(refusal("sample_permutation", {real(1), whole({}, {0}), whole({}, {0})},
                     {{"key", std::int64_t{1}}}) ==
             "there is nothing to permute: x is shared by all samples");
}

BOOST_AUTO_TEST_CASE(bounds_that_are_the_wrong_way_round_are_refused) {
  const std::vector<Tensor> inputs = {whole({}, {0}), whole({}, {0})};
  BOOST_TEST(
      refusal("random_uniform", inputs,
              {{"shape", Ints{1}}, {"lower", 1.0}, {"key", std::int64_t{1}}, {"upper", 0.0}}) ==
      "lower is above upper");
  BOOST_TEST(refusal("random_normal", inputs,
                     {{"shape", Ints{1}}, {"sd", -1.0}, {"key", std::int64_t{1}}}) ==
             "random_normal: sd must lie in [0, inf), but is -1");
}

BOOST_AUTO_TEST_SUITE_END()
