#include <boost/test/unit_test.hpp>
#include <ebb/random.hpp>
#include <functional>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(convolution)

namespace {

// One dimension of space, as the formula of convolution has it.
struct Along {
  std::int64_t image = 1, size = 1, stride = 1, before = 0, after = 0, dilation = 1;
  std::int64_t windows() const {
    return (before + image + after - dilation * (size - 1) - 1) / stride + 1;
  }
  std::int64_t left_over() const {
    return (before + image + after - dilation * (size - 1) - 1) % stride;
  }
};

struct Setting {
  std::vector<Along> space;
  std::int64_t channels, outputs, groups;

  Ints list(std::int64_t Along::*member) const {
    Ints values;
    for (const Along& along : space) values.push_back(along.*member);
    return values;
  }
  NamedAttrs attrs() const {
    Ints padding;
    for (const Along& along : space) padding.insert(padding.end(), {along.before, along.after});
    return {{"stride", list(&Along::stride)},
            {"padding", padding},
            {"dilation", list(&Along::dilation)},
            {"groups", groups}};
  }
  std::string op(const char* suffix) const {
    return "conv" + std::to_string(space.size()) + "d" + suffix;
  }
  Along along(std::size_t d) const { return d < space.size() ? space[d] : Along{}; }
};

Ints shape(std::int64_t first, Ints rest) {
  rest.insert(rest.begin(), first);
  return rest;
}

// Calls f(x, w, y) with the places in memory of each term of Σ y w x.
void for_each_term(const Setting& s,
                   const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& f) {
  const Along a = s.along(0), b = s.along(1), c = s.along(2);
  const std::int64_t per_group = s.channels / s.groups;
  const auto position = [](const Along& d, std::int64_t window, std::int64_t point) {
    return window * d.stride - d.before + point * d.dilation;
  };
  const auto inside = [](const Along& d, std::int64_t i) { return 0 <= i && i < d.image; };
  for (std::int64_t o = 0; o < s.outputs; ++o)
    for (std::int64_t channel = 0; channel < per_group; ++channel)
      for (std::int64_t p = 0; p < a.windows() * b.windows() * c.windows(); ++p)
        for (std::int64_t k = 0; k < a.size * b.size * c.size; ++k) {
          const auto i = position(a, p % a.windows(), k % a.size);
          const auto j = position(b, p / a.windows() % b.windows(), k / a.size % b.size);
          const auto l = position(c, p / a.windows() / b.windows(), k / a.size / b.size);
          if (!inside(a, i) || !inside(b, j) || !inside(c, l)) continue;
          const auto in = o / (s.outputs / s.groups) * per_group + channel;
          f(in + s.channels * (i + a.image * (j + b.image * l)),
            o + s.outputs * (channel + per_group * k), o + s.outputs * p);
        }
}

Tensor numbers(const Ints& dims, bool per_sample, std::uint64_t key) {
  Tensor tensor(Type{DType::f64, per_sample, Shape(dims)}, per_sample ? 2 : 1);
  const sdk::RandomStream stream{key};
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
    tensor.set(i, stream.normal(static_cast<std::uint64_t>(i)));
  return tensor;
}

double difference(const Tensor& a, const Tensor& b) {
  BOOST_REQUIRE(a.type().shape == b.type().shape);
  BOOST_REQUIRE(a.samples() == b.samples());
  double worst = 0;
  for (std::int64_t i = 0; i < a.elements_per_sample() * a.samples(); ++i)
    worst = std::max(worst, std::abs(a.at(i) - b.at(i)));
  return worst;
}

// How far the op is off.
double error_of(const Setting& s, const char* suffix, const std::vector<Tensor>& inputs,
                NamedAttrs attrs, const Tensor& expected) {
  for (const auto& attr : s.attrs()) attrs.push_back(attr);
  return difference(OneOp(s.op(suffix), inputs, attrs).evaluate(inputs, Precision::f64), expected);
}

// Two samples of the image and of the response, shared weights: each op against the sum of terms.
void check(const Setting& s) {
  Ints windows, left_over;
  for (const Along& along : s.space) {
    windows.push_back(along.windows());
    left_over.push_back(along.left_over());
  }
  Ints kernel = shape(s.outputs, shape(s.channels / s.groups, s.list(&Along::size)));
  const Tensor x = numbers(shape(s.channels, s.list(&Along::image)), true, 1);
  const Tensor w = numbers(kernel, false, 2), y = numbers(shape(s.outputs, windows), true, 3);
  Tensor conv(y.type(), 2), transpose(x.type(), 2), each({DType::f64, true, Shape(kernel)}, 2);
  Tensor total(w.type());
  const auto add = [](Tensor& to, std::int64_t at, double term) { to.set(at, to.at(at) + term); };
  for (std::int64_t n = 0; n < 2; ++n)
    for_each_term(s, [&](std::int64_t i, std::int64_t k, std::int64_t p) {
      const auto ix = i + n * x.elements_per_sample(), iy = p + n * y.elements_per_sample();
      add(conv, iy, w.at(k) * x.at(ix));
      add(transpose, ix, w.at(k) * y.at(iy));
      add(each, k + n * w.elements_per_sample(), y.at(iy) * x.at(ix));
      add(total, k, y.at(iy) * x.at(ix));
    });
  const Ints points = s.list(&Along::size);
  BOOST_TEST(error_of(s, "", {x, w}, {}, conv) < 1e-13);
  BOOST_TEST(error_of(s, "_transpose", {y, w}, {{"output_padding", left_over}}, transpose) < 1e-13);
  BOOST_TEST(error_of(s, "_weights", {x, y}, {{"kernel", points}}, each) < 1e-13);
  BOOST_TEST(error_of(s, "_weights", {x, y}, {{"kernel", points}, {"over_samples", true}}, total) <
             1e-13);
}

const Tensor image = real({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
const Tensor square = real({1, 1, 2, 2}, {1, 2, 3, 4});

}  // namespace

BOOST_AUTO_TEST_CASE(values_by_hand) {
  BOOST_TEST(run("conv1d", {real({1, 4}, {1, 2, 3, 4}), real({1, 1, 2}, {1, 10})}) ==
             "[[21, 32, 43]]");
  BOOST_TEST(run("conv2d", {image, square}) == "[[[37, 47], [67, 77]]]");
  BOOST_TEST(run("conv2d", {image, square}, {{"stride", Ints{2}}, {"padding", Ints{1, 0}}}) ==
             "[[[11], [67]]]");
  BOOST_TEST(run("conv2d", {image, square}, {{"padding", Ints{1, 0, 0, 1}}}) ==
             "[[[11, 18, 9], [37, 47, 21], [67, 77, 33]]]");
  BOOST_TEST(run("conv2d", {image, square}, {{"dilation", Ints{2}}}) == "[[[64]]]");
  BOOST_TEST(run("conv1d", {real({2, 2}, {1, 2, 3, 4}), real({2, 1, 2}, {1, 1, 10, 10})},
                 {{"groups", std::int64_t{2}}}) == "[[3], [70]]");
  BOOST_TEST(run("conv2d", {image, real({2, 1, 1, 1}, {1, -1})}, {{"stride", Ints{2}}}) ==
             "[[[1, 3], [7, 9]], [[-1, -3], [-7, -9]]]");
  BOOST_TEST(run("conv2d_transpose", {real({1, 2, 1}, {1, 2}), square}, {{"stride", Ints{2}}}) ==
             "[[[1, 2], [3, 4], [2, 4], [6, 8]]]");
  BOOST_TEST(run("conv2d_weights", {image, real({1, 2, 2}, {1, 0, 0, 10})},
                 {{"kernel", Ints{2, 2}}}) == "[[[[51, 62], [84, 95]]]]");
}

BOOST_AUTO_TEST_CASE(gradients_by_hand) {
  BOOST_TEST(gradient("conv2d", {image, square}, 0) == "[[[1, 3, 2], [4, 10, 6], [3, 7, 4]]]");
  BOOST_TEST(gradient("conv2d", {image, square}, 1) == "[[[[12, 16], [24, 28]]]]");
  BOOST_TEST(gradient("conv2d", {image, square}, 0, {{"stride", Ints{2}}}) ==
             "[[[1, 2, 0], [3, 4, 0], [0, 0, 0]]]");
}

BOOST_AUTO_TEST_CASE(every_combination_agrees_with_the_sum_of_terms) {
  const std::vector<Along> choices = {{5, 2, 1, 0, 0, 1}, {5, 3, 2, 1, 1, 1}, {6, 2, 3, 0, 2, 2},
                                      {4, 1, 2, 1, 0, 1}, {4, 4, 1, 3, 0, 1}, {3, 2, 2, 2, 2, 3},
                                      {7, 2, 1, 2, 1, 2}};
  const std::vector<std::array<std::int64_t, 3>> channels = {{1, 1, 1}, {1, 5, 1}, {3, 2, 1},
                                                             {2, 4, 2}, {3, 3, 3}, {20, 18, 1}};
  for (const auto& [in, out, groups] : channels)
    for (const Along& a : choices)
      BOOST_TEST_CONTEXT(in << " channels, " << out << " outputs, " << groups << " groups") {
        check({{a}, in, out, groups});
        for (const Along& b : choices) check({{a, b}, in, out, groups});
        if (in < 4) check({{choices[1], a, choices[2]}, in, out, groups});
      }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const Tensor row = real({1, 3}, {1, 2, 3});
  BOOST_TEST(refusal("conv2d", {row, square}) ==
             "x is [1, 3], but must have channels and 2 dimensions of space\n"
             "hint: one channel is a dimension, too: declare [1, 1, 3]");
  BOOST_TEST(refusal("conv1d", {image, square}) ==
             "x is [1, 3, 3], but must have channels and 1 dimension of space\n"
             "hint: such a value is [channels, positions..]");
  BOOST_TEST(refusal("conv2d", {image, image}) ==
             "y is [1, 3, 3], but must have channels of two sides and 2 dimensions of space\n"
             "hint: kernels are [channels out, channels in, points..]");
  BOOST_TEST(refusal("conv2d", {image, real({1, 2, 1, 1}, {1, 2})}) ==
             "x is [1, 3, 3] and has 1 channels, but y is [1, 2, 1, 1] and takes 2");
  BOOST_TEST(refusal("conv2d", {image, square}, {{"groups", std::int64_t{2}}}) ==
             "y is [1, 1, 2, 2]: 1 channels do not divide into 2 groups");
  BOOST_TEST(refusal("conv2d", {image, square}, {{"dilation", Ints{1, 3}}}) ==
             "no window fits: along dimension 2 it reaches over 4 positions, but x is [1, 3, 3]");
  BOOST_TEST(refusal("conv1d", {row, real({1, 1, 6}, {1, 1, 1, 1, 1, 1})}, {{"padding", 1.0}}) ==
             "no window fits: along dimension 1 it reaches over 6 positions, but x is [1, 3] and "
             "padded to 5");
  const std::string hint =
      "\nhint: give one number for all of them, or one for each; padding may have two for each";
  BOOST_TEST(refusal("conv2d", {image, square}, {{"stride", Ints{1, 1, 1}}}) ==
             "stride has 3 numbers, but x has 2 dimensions of space" + hint);
  BOOST_TEST(refusal("conv2d", {image, square}, {{"padding", Ints{1, 1, 1}}}) ==
             "padding has 3 numbers, but x has 2 dimensions of space" + hint);
  BOOST_TEST(refusal("conv1d", {row, real({1, 1, 1}, {1})}, {{"dilation", Ints{1, 1}}}) ==
             "dilation has 2 numbers, but x has 1 dimension of space" + hint);
  BOOST_TEST(refusal("conv2d", {image, square}, {{"stride", Ints{0}}}) ==
             "conv2d: stride must lie in [1, inf), but is 0");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_a_transpose_or_its_weights_is_refused) {
  BOOST_TEST(refusal("conv2d_transpose", {image, square}, {{"output_padding", Ints{0, 1}}}) ==
             "output_padding must be less than the stride, but is 1 where the stride is 1");
  BOOST_TEST(refusal("conv1d_transpose", {real({1, 1}, {1}), real({1, 1, 2}, {1, 1})},
                     {{"padding", Ints{1}}}) ==
             "nothing is left along dimension 1: x is [1, 1] and the padding takes all that it "
             "makes");
  BOOST_TEST(refusal("conv2d_transpose", {image, real({2, 1, 1, 1}, {1, 2})}) ==
             "x is [1, 3, 3] and has 1 channels, but y is [2, 1, 1, 1] and takes 2");
  BOOST_TEST(refusal("conv2d_weights", {image, image}, {{"kernel", Ints{2, 2}}}) ==
             "y is [1, 3, 3], but x is [1, 3, 3], which gives [1, 2, 2]");
  BOOST_TEST(refusal("conv2d_weights", {image, real({1, 2, 2}, {1, 2, 3, 4})},
                     {{"kernel", Ints{2, 2}}, {"over_samples", true}}) ==
             "a sum over samples needs a value that is per sample");
  BOOST_TEST(refusal("conv2d_weights", {image, image},
                     {{"kernel", Ints{1, 1}}, {"groups", std::int64_t{2}}}) ==
             "x is [1, 3, 3]: 1 channels do not divide into 2 groups");
}

BOOST_AUTO_TEST_SUITE_END()
