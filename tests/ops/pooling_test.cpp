#include <boost/test/unit_test.hpp>
#include <ebb/random.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(pooling)

namespace {

const Tensor image = real({1, 3, 3}, {1, 2, 3, 6, 5, 4, 7, 8, 9});
const NamedAttrs two = {{"size", Ints{2}}};

NamedAttrs with(NamedAttrs attrs, const NamedAttrs& more) {
  attrs.insert(attrs.end(), more.begin(), more.end());
  return attrs;
}

// Sizes of a window along one dimension of space.
struct Along {
  std::int64_t image, size, stride, before, after, dilation;
};

// The numbers that a window sees, and where they stand, along both dimensions of one channel.
template <class F>
void for_each_seen(const Along& a, const Along& b, std::int64_t i, std::int64_t j, F f) {
  for (std::int64_t p = 0; p < a.size; ++p)
    for (std::int64_t q = 0; q < b.size; ++q) {
      const auto x = i * a.stride - a.before + p * a.dilation;
      const auto y = j * b.stride - b.before + q * b.dilation;
      if (0 <= x && x < a.image && 0 <= y && y < b.image) f(x, y);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(largest_numbers) {
  BOOST_TEST(run("max_pool", {real({1, 4}, {1, 4, 3, 2})}, two) == "[[4, 3]]");
  BOOST_TEST(run("max_pool", {image}, two) == "[[[6]]]");
  BOOST_TEST(run("max_pool", {image}, with(two, {{"ceil", true}})) == "[[[6, 4], [8, 9]]]");
  BOOST_TEST(run("max_pool", {image}, with(two, {{"stride", Ints{1}}})) == "[[[6, 5], [8, 9]]]");
  BOOST_TEST(run("max_pool", {image}, with(two, {{"padding", Ints{1}}})) == "[[[1, 3], [7, 9]]]");
  BOOST_TEST(run("max_pool", {image}, with(two, {{"padding", Ints{1, 0, 0, 1}}})) ==
             "[[[2, 3], [8, 9]]]");
  BOOST_TEST(run("max_pool", {image}, with(two, {{"dilation", Ints{2}}})) == "[[[9]]]");
  BOOST_TEST(run("max_pool", {real({2, 2}, {-1, -2, -3, -4})},
                 {{"size", Ints{2}}, {"padding", Ints{1}}}) == "[[-1, -2], [-3, -4]]");
  BOOST_TEST(run("max_pool", {real({1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})},
                 {{"size", Ints{1, 2, 2}}}) == "[[[[4]], [[8]]]]");
}

BOOST_AUTO_TEST_CASE(the_first_of_equal_ones_takes_the_gradient) {
  const Tensor equal = real({1, 2, 2}, {0, 3, 3, 3});
  BOOST_TEST(run("max_pool_positions", {equal}, two) == "int [[[1]]]");
  BOOST_TEST(gradient("max_pool", {equal}, 0, two) == "[[[0, 1], [0, 0]]]");
  const Tensor zeros = real({1, 2, 2}, {0, 0, 0, 0});
  BOOST_TEST(gradient("max_pool", {zeros}, 0, two) == "[[[1, 0], [0, 0]]]");
}

BOOST_AUTO_TEST_CASE(windows_that_overlap_add_up_their_gradients) {
  BOOST_TEST(gradient("max_pool", {real({1, 3}, {1, 5, 2})}, 0, with(two, {{"stride", Ints{1}}})) ==
             "[[0, 2, 0]]");
}

BOOST_AUTO_TEST_CASE(positions_that_no_window_has_touch_nothing) {
  const Tensor positions = whole({1, 2}, {-1, 2}), y = real({1, 2}, {6, 7});
  BOOST_TEST(run("max_pool_gather", {positions, real({1, 4}, {1, 2, 3, 4})}, two) == "[[0, 0]]");
  BOOST_TEST(run("max_pool_scatter", {positions, y}, with(two, {{"image", Ints{4}}})) ==
             "[[0, 0, 0, 0]]");
  const Tensor far = whole({1, 2}, {4294967296, -4294967295});
  BOOST_TEST(run("max_pool_gather", {far, real({1, 4}, {1, 2, 3, 4})}, two) == "[[0, 0]]");
  BOOST_TEST(run("max_pool_scatter", {far, y}, with(two, {{"image", Ints{4}}})) ==
             "[[0, 0, 0, 0]]");
  // Point 0 of the first window lies in the padding.
  const NamedAttrs padded = {{"size", Ints{2}}, {"padding", Ints{1, 0}}, {"image", Ints{3}}};
  BOOST_TEST(run("max_pool_scatter", {whole({1, 2}, {0, 0}), y}, padded) == "[[0, 7, 0]]");
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_is_seen) {
  const double nan = std::nan("");
  const OneOp node("max_pool", {real({1, 3}, {nan, 1, 2})}, {{"size", Ints{3}}});
  for (const auto& values : {Ints{0, 1, 2}, Ints{1, 0, 2}, Ints{1, 2, 0}}) {
    std::vector<double> row;
    for (const auto v : values) row.push_back(v == 0 ? nan : static_cast<double>(v));
    BOOST_TEST(std::isnan(node.evaluate({real({1, 3}, row)}, Precision::f64).at(0)));
  }
}

BOOST_AUTO_TEST_CASE(means) {
  BOOST_TEST(run("avg_pool", {real({1, 4}, {1, 4, 3, 2})}, two) == "[[2.5, 2.5]]");
  BOOST_TEST(run("avg_pool", {image}, two) == "[[[3.5]]]");
  BOOST_TEST(run("avg_pool", {image}, with(two, {{"ceil", true}})) == "[[[3.5, 3.5], [7.5, 9]]]");
  BOOST_TEST(run("avg_pool", {image}, with(two, {{"padding", Ints{1}}})) ==
             "[[[1, 2.5], [6.5, 6.5]]]");
  const NamedAttrs counted = {{"count_padding", true}, {"padding", Ints{1}}};
  BOOST_TEST(run("avg_pool", {image}, with(two, counted)) == "[[[0.25, 1.25], [3.25, 6.5]]]");
  // What the last window reaches beyond the padding does not count.
  BOOST_TEST(run("avg_pool", {real({1, 3}, {1, 2, 6})},
                 with(two, {{"count_padding", true}, {"ceil", true}})) == "[[1.5, 6]]");
}

BOOST_AUTO_TEST_CASE(gradients_of_means) {
  BOOST_TEST(gradient("avg_pool", {real({1, 4}, {1, 4, 3, 2})}, 0, two) ==
             "[[0.5, 0.5, 0.5, 0.5]]");
  BOOST_TEST(gradient("avg_pool", {image}, 0, with(two, {{"ceil", true}})) ==
             "[[[0.25, 0.25, 0.5], [0.25, 0.25, 0.5], [0.5, 0.5, 1]]]");
}

BOOST_AUTO_TEST_CASE(every_combination_agrees_with_plain_loops) {
  const std::vector<Along> choices = {{4, 2, 2, 0, 0, 1},
                                      {5, 3, 1, 1, 1, 1},
                                      {6, 2, 3, 1, 0, 1},
                                      {7, 3, 2, 0, 2, 2},
                                      {3, 1, 1, 0, 0, 1}};
  constexpr std::int64_t channels = 2;
  for (const Along& a : choices)
    for (const Along& b : choices) {
      Tensor x(Type{DType::f64, true, {channels, a.image, b.image}}, 2);
      const sdk::RandomStream stream{7};
      for (std::int64_t i = 0; i < x.elements_per_sample() * 2; ++i)
        x.set(i, stream.normal(static_cast<std::uint64_t>(i)));
      NamedAttrs attrs = {{"size", Ints{a.size, b.size}},
                          {"stride", Ints{a.stride, b.stride}},
                          {"padding", Ints{a.before, a.after, b.before, b.after}}};
      const Tensor mean = OneOp("avg_pool", {x}, attrs).evaluate({x}, Precision::f64);
      attrs.push_back({"dilation", Ints{a.dilation, b.dilation}});
      const Tensor max = OneOp("max_pool", {x}, attrs).evaluate({x}, Precision::f64);
      const bool dilated = a.dilation > 1 || b.dilation > 1;
      const auto rows = max.type().shape[1], columns = max.type().shape[2];
      for (std::int64_t p = 0; p < 2 * channels * rows * columns; ++p) {
        const auto sample = p / (channels * rows * columns), c = p % channels;
        const auto i = p / channels % rows, j = p / channels / rows % columns;
        double largest = -INFINITY, sum = 0, count = 0;
        for_each_seen(a, b, i, j, [&](std::int64_t u, std::int64_t v) {
          const double value = x.at(c + channels * (u + a.image * (v + b.image * sample)));
          largest = std::max(largest, value);
          sum += value;
          ++count;
        });
        BOOST_TEST(max.at(p) == largest);
        if (!dilated) BOOST_TEST(std::abs(mean.at(p) - sum / count) < 1e-14);
      }
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  BOOST_TEST(refusal("max_pool", {real({3}, {1, 2, 3})}, two) ==
             "x is [3], but must have channels and one to three dimensions of space");
  BOOST_TEST(refusal("max_pool", {image}) ==
             "max_pool needs its attribute `size`: points of the window, in all dimensions or in "
             "each");
  BOOST_TEST(refusal("avg_pool", {image}, {{"size", Ints{4}}}) ==
             "no window fits: along dimension 1 it reaches over 4 positions, but x is [1, 3, 3]");
  BOOST_TEST(refusal("max_pool", {image}, with(two, {{"padding", Ints{2}}})) ==
             "a window sees nothing but padding: x is [1, 3, 3], the padding [2]");
  BOOST_TEST(refusal("max_pool", {image}, {{"size", Ints{2, 2, 2}}}) ==
             "size has 3 numbers, but x has 2 dimensions of space\nhint: give one number for all "
             "of them, or one for each; padding may have two for each");
  BOOST_TEST(refusal("max_pool_gather", {whole({1, 1}, {0}), real({1, 4}, {1, 2, 3, 4})}, two) ==
             "x is [1, 1], but windows over y, which is [1, 4], give [1, 2]");
  BOOST_TEST(refusal("max_pool_scatter", {whole({1, 2}, {0, 0}), real({1, 2}, {1, 2})},
                     with(two, {{"image", Ints{6}}})) ==
             "y is [1, 2], but windows over [1, 6] give [1, 3]");
  BOOST_TEST(refusal("max_pool_scatter", {whole({1, 1}, {0}), real({1, 2}, {1, 2})},
                     with(two, {{"image", Ints{4}}})) == "x is [1, 1], but y is [1, 2]");
  BOOST_TEST(refusal("avg_pool_scatter", {real({1, 2}, {1, 2})}, with(two, {{"image", Ints{6}}})) ==
             "x is [1, 2], but windows over [1, 6] give [1, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
