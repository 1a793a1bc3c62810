#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(initializers)

namespace {

Tensor initial(const char* op, Ints shape, NamedAttrs attrs = {},
               Precision precision = Precision::f64) {
  attrs.emplace_back("shape", std::move(shape));
  return OneOp(op, {}, attrs).evaluate({}, precision);
}

struct Moments {
  double mean, variance, lowest, highest;
};
Moments moments(const Tensor& x) {
  const auto n = x.elements_per_sample();
  Moments m{0, 0, x.at(0), x.at(0)};
  for (std::int64_t i = 0; i < n; ++i) m.mean += x.at(i) / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    m.variance += std::pow(x.at(i) - m.mean, 2) / static_cast<double>(n);
    m.lowest = std::min(m.lowest, x.at(i));
    m.highest = std::max(m.highest, x.at(i));
  }
  return m;
}

}  // namespace

BOOST_AUTO_TEST_CASE(fixed_values) {
  BOOST_TEST(print(initial("zeros", {2, 2})) == "[[0, 0], [0, 0]]");
  BOOST_TEST(print(initial("constant", {3}, {{"value", 0.5}})) == "[0.5, 0.5, 0.5]");
  BOOST_TEST(print(initial("constant", {}, {{"value", -1.0}})) == "-1");
  BOOST_TEST(refusal("constant", {}, {{"shape", Ints{2}}}) ==
             "constant needs its attribute `value`: the value");
}

BOOST_AUTO_TEST_CASE(uniform_has_its_bounds_and_moments) {
  const auto m = moments(initial("uniform", {100, 100}, {{"lower", -1.0}, {"upper", 3.0}}));
  BOOST_TEST(m.lowest >= -1);
  BOOST_TEST(m.highest <= 3);
  BOOST_TEST(std::abs(m.mean - 1) < 0.06);
  BOOST_TEST(std::abs(m.variance - 16.0 / 12) < 0.06);
}

BOOST_AUTO_TEST_CASE(normal_has_its_moments) {
  const auto m = moments(initial("normal", {100, 100}, {{"mean", 2.0}, {"sd", 0.5}}));
  BOOST_TEST(std::abs(m.mean - 2) < 0.025);
  BOOST_TEST(std::abs(m.variance - 0.25) < 0.02);
  BOOST_TEST(refusal("normal", {}, {{"sd", -1.0}, {"shape", Ints{2}}}) ==
             "normal: sd must lie in [0, inf), but is -1");
}

BOOST_AUTO_TEST_CASE(glorot_and_he_go_by_the_numbers_of_inputs_and_outputs) {
  const auto dense = moments(initial("glorot", {60, 90}));
  BOOST_TEST(dense.highest <= 0.2);  // sqrt(6 / (90 + 60))
  BOOST_TEST(dense.highest > 0.199);
  BOOST_TEST(std::abs(dense.mean) < 0.01);
  const auto window = moments(initial("glorot", {6, 9, 5, 2}));
  BOOST_TEST(window.highest <= 0.2);
  BOOST_TEST(window.highest > 0.195);
  const auto he = moments(initial("he", {100, 200}));
  BOOST_TEST(std::abs(he.variance - 0.01) < 0.0005);
  BOOST_TEST(refusal("he", {}, {{"shape", Ints{10}}}) ==
             "a weight needs two dimensions, [outputs, inputs], to have a number of inputs\n"
             "hint: start a bias with zeros");
}

BOOST_AUTO_TEST_CASE(values_depend_on_the_key_and_the_index_in_c_order) {
  const NamedAttrs key = {{"key", std::int64_t{42}}};
  const Tensor vector = initial("normal", {6}, key);
  const Array a = to_array(vector), b = to_array(initial("normal", {2, 3}, key));
  for (int i = 0; i < 6; ++i) BOOST_TEST(a.at(i) == b.at(i));
  BOOST_TEST(!vector.same_bits(initial("normal", {6})));
  const Tensor f32 = initial("normal", {6}, key, Precision::f32);
  for (int i = 0; i < 6; ++i) BOOST_TEST(f32.at(i) == static_cast<float>(vector.at(i)));
  BOOST_TEST(print(vector) ==
             "[0.8864975, -0.1566096, -0.4941005, -0.6798917, -0.6603672, 1.440542]");
}

BOOST_AUTO_TEST_CASE(orthogonal_rows_or_columns_are_orthonormal) {
  for (const auto& size : {std::pair{4, 7}, {7, 4}, {5, 5}, {1, 3}}) {
    const int rows = size.first, columns = size.second;
    const Tensor x = initial("orthogonal", {rows, columns});
    const auto at = [&](int i, int j) {
      return x.at(rows <= columns ? i + j * rows : j + i * rows);
    };
    for (int i = 0; i < std::min(rows, columns); ++i)
      for (int k = 0; k <= i; ++k) {
        double product = 0;
        for (int j = 0; j < std::max(rows, columns); ++j) product += at(i, j) * at(k, j);
        BOOST_TEST(std::abs(product - (i == k ? 1 : 0)) < 1e-14);
      }
  }
  BOOST_TEST(refusal("orthogonal", {}, {{"shape", Ints{3}}}) ==
             "a weight needs two dimensions, [outputs, inputs], to have a number of inputs\n"
             "hint: start a bias with zeros");
}

BOOST_AUTO_TEST_SUITE_END()
