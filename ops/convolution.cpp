// Convolution in one to three dimensions of space, on top of matrix products.
//
// Three ops are the partial derivatives of one form, linear in the image x, the weights w and the
// response y:
//   Σ y[o, p] w[o, c, k] x[c, stride p - before + dilation k]  over o, p, c, k.
// conv(x, w) is its derivative by y, conv_transpose(y, w) that by x, conv_weights(x, y) that by w.
// So the gradients of each are made of the other two, to any order. Formulas of the sizes: Dumoulin
// and Visin, "A guide to convolution arithmetic for deep learning" (2016).
#include "ops/convolution_kernels.hpp"
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;
using namespace convolution_kernels;

namespace {

std::string space(int n) {
  return std::to_string(n) + (n == 1 ? " dimension of space" : " dimensions of space");
}

std::string described(const Type& type) {
  return type.dims.empty() ? "a scalar" : to_string(type.dims);
}

void check_image(const Inference& c, const char* name, const Type& type, int n) {
  if (type.rank() == n + 1) return;
  Ints one_channel = type.dims;
  one_channel.insert(one_channel.begin(), 1);
  c.fail(std::string(name) + " is " + described(type) + ", but must have channels and " + space(n),
         type.rank() == n ? "one channel is a dimension, too: declare " + to_string(one_channel)
                          : "such a value is [channels, positions..]");
}

// That a side's channels fall into as many groups as the attribute says.
void check_groups(const Inference& c, const char* name, const Type& type) {
  const auto groups = c.attrs.integer(groups_attr);
  if (type.dims[0] % groups != 0)
    c.fail(std::string(name) + " is " + to_string(type.dims) + ": " + std::to_string(type.dims[0]) +
           " channels do not divide into " + std::to_string(groups) + " groups");
}

void check_weights(const Inference& c, int n) {
  if (c.in[1].rank() != n + 2)
    c.fail("{1} is " + described(c.in[1]) + ", but must have channels of two sides and " + space(n),
           c.in[1].rank() == 0 && n == 2
               ? "this op takes kernels; the layer `conv(x, channels, width)` has its own"
               : "kernels are [channels out, channels in, points..]");
  check_groups(c, "{1}", c.in[1]);
}

void check_channels(const Inference& c, std::int64_t taken) {
  if (c.in[0].dims[0] != taken)
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has " + std::to_string(c.in[0].dims[0]) +
           " channels, but {1} is " + to_string(c.in[1].dims) + " and takes " +
           std::to_string(taken));
}

void infer_conv(Inference& c, int n) {
  check_image(c, "{0}", c.in[0], n);
  check_weights(c, n);
  check_channels(c, c.in[1].dims[1] * c.attrs.integer(groups_attr));
  const WindowLists lists = lists_of(c.attrs, Dims(c.in[1].dims).subspan(2));
  check_windows(c, lists, n);
  Windows windows = windows_over(c.in[0].dims, lists);
  count_windows(c, windows, n);
  c.out[0].dims = dims_of_windows(c.in[1].dims[0], windows, n);
}

void infer_transpose(Inference& c, int n) {
  check_image(c, "{0}", c.in[0], n);
  check_weights(c, n);
  check_channels(c, c.in[1].dims[0]);
  const WindowLists lists = lists_of(c.attrs, Dims(c.in[1].dims).subspan(2));
  check_windows(c, lists, n);
  const auto more = c.attrs.integers(output_padding_attr);
  check_windows(c, {lists.size, lists.stride, more, lists.dilation}, n);
  const Windows windows = windows_over(c.in[0].dims, lists);
  c.out[0].dims = {c.in[1].dims[1] * c.attrs.integer(groups_attr)};
  for (std::size_t d = 0; d < static_cast<std::size_t>(n); ++d) {
    const Axis& axis = windows.axes[d];
    const auto extra = more.size() == 1 ? more[0] : more[d];
    if (extra >= axis.stride)
      c.fail("output_padding must be less than the stride, but is " + std::to_string(extra) +
             " where the stride is " + std::to_string(axis.stride));
    const auto size =
        (axis.image - 1) * axis.stride + axis.reach() + extra - axis.before - axis.after;
    if (size < 1)
      c.fail("nothing is left along dimension " + std::to_string(d + 1) + ": {0} is " +
             to_string(c.in[0].dims) + " and the padding takes all that it makes");
    c.out[0].dims.push_back(size);
  }
}

void infer_weights(Inference& c, int n) {
  check_image(c, "{0}", c.in[0], n);
  check_image(c, "{1}", c.in[1], n);
  check_groups(c, "{0}", c.in[0]);
  check_groups(c, "{1}", c.in[1]);
  const WindowLists lists = lists_of(c.attrs, c.attrs.integers(kernel_attr));
  check_windows(c, lists, n);
  Windows windows = windows_over(c.in[0].dims, lists);
  count_windows(c, windows, n);
  const Ints response = dims_of_windows(c.in[1].dims[0], windows, n);
  if (c.in[1].dims != response)
    c.fail("{1} is " + to_string(c.in[1].dims) + ", but {0} is " + to_string(c.in[0].dims) +
           ", which gives " + to_string(response));
  c.out[0].dims = {c.in[1].dims[0], c.in[0].dims[0] / c.attrs.integer(groups_attr)};
  for (std::size_t d = 0; d < static_cast<std::size_t>(n); ++d)
    c.out[0].dims.push_back(windows.axes[d].size);
  if (!c.attrs.boolean(over_samples_attr)) return;
  if (!c.out[0].per_sample) c.fail("a sum over samples needs a value that is per sample");
  c.out[0].per_sample = false;
}

// How the ops of n dimensions of space are called.
struct Names {
  const char *conv, *transpose, *weights;
};
constexpr Names names[] = {{"conv1d", "conv1d_transpose", "conv1d_weights"},
                           {"conv2d", "conv2d_transpose", "conv2d_weights"},
                           {"conv3d", "conv3d_transpose", "conv3d_weights"}};

// The three derivatives of the form, with the attributes of the op whose gradient is wanted.
Value conv(const Call& c, int n, const Value& image, const Value& weights) {
  return call(names[n - 1].conv, {image, weights},
              {{"stride", c.attrs[stride_attr]},
               {"padding", c.attrs[padding_attr]},
               {"dilation", c.attrs[dilation_attr]},
               {"groups", c.attrs[groups_attr]}});
}

// `dims` are those of the image; what no window reached behind the last one is output_padding.
Value transpose(const Call& c, int n, const Value& response, const Value& weights, Dims dims) {
  const Ints kernel = weights.type().dims;
  const Windows windows = windows_over(dims, lists_of(c.attrs, Dims(kernel).subspan(2)));
  Ints rest;
  for (std::size_t d = 0; d < static_cast<std::size_t>(n); ++d) {
    const Axis& axis = windows.axes[d];
    rest.push_back((axis.padded() - axis.reach()) % axis.stride);
  }
  return call(names[n - 1].transpose, {response, weights},
              {{"stride", c.attrs[stride_attr]},
               {"padding", c.attrs[padding_attr]},
               {"dilation", c.attrs[dilation_attr]},
               {"groups", c.attrs[groups_attr]},
               {"output_padding", rest}});
}

Value weights(const Call& c, int n, const Value& image, const Value& response, Dims kernel) {
  return call(names[n - 1].weights, {image, response},
              {{"stride", c.attrs[stride_attr]},
               {"padding", c.attrs[padding_attr]},
               {"dilation", c.attrs[dilation_attr]},
               {"groups", c.attrs[groups_attr]},
               {"kernel", kernel}});
}

// What all three have in common.
Op& with_window_attributes(Op& op) {
  const Interval counts{1, infinity};
  return op
      .attr("stride", Ints{1}, "how far the window moves, in all dimensions or in each", counts)
      .attr("padding", Ints{0},
            "zeros put round the image: in all dimensions, in each, or before and after each",
            non_negative)
      .attr("dilation", Ints{1}, "how far the points of the window lie apart", counts)
      .attr("groups", 1, "parts into which the channels fall, each convolved by itself", counts)
      .range("(-inf, inf)");
}

// Each number of the response is the sum of products with all weights of its channel.
double flops(std::int64_t samples, const ebb_type& response, const ebb_type& weights) {
  const auto numbers = [](const ebb_type& type) {
    return static_cast<double>(Type(type).elements());
  };
  const double sums = static_cast<double>(samples) * numbers(response);
  return 2 * sums * numbers(weights) / static_cast<double>(weights.dims[0]);
}

void register_conv(Plugin& plugin, int n) {
  static constexpr const char* examples[][2] = {
      {"conv1d([[1, 2, 3, 4]], [[[1, 1]]])", "[[3, 5, 7]]"},
      {"conv2d([[[1, 2], [3, 4]]], [[[[1, 1], [1, 1]]]])", "[[[10]]]"},
      {"conv3d([[[[1, 2], [3, 4]]]], [[[[[1, 1], [1, 1]]]]])", "[[[[10]]]]"}};
  Op op = plugin.op(names[n - 1].conv);
  with_window_attributes(
      op.doc(
            "The convolution of an image x [channels, positions..] with kernels w [out, channels / "
            "groups, points..]: Σ w[o, c, k] x[c, stride p - padding + dilation k], without a "
            "bias.")
          .input("x")
          .input("w"))
      .infer([n](Inference& c) { infer_conv(c, n); })
      .kernel([]<class T>(const Kernel& k, T) { conv_kernel<T>(k); })
      .scratch([](const ScratchRequest& r) {
        return scratch_bytes(r, r.inputs[0], r.inputs[1], r.outputs[0]);
      })
      .flops([](const ScratchRequest& r) { return flops(r.samples, r.outputs[0], r.inputs[1]); })
      .vjp([n](const Call& c) { return transpose(c, n, c.g, c[1], c[0].type().dims); },
           [n](const Call& c) {
             const Ints dims = c[1].type().dims;
             return weights(c, n, c[0], c.g, Dims(dims).subspan(2));
           })
      .notation("conv({0}, {1})")
      .example(examples[n - 1][0], examples[n - 1][1]);
}

void register_transpose(Plugin& plugin, int n) {
  static constexpr const char* examples[][2] = {
      {"conv1d_transpose([[1, 2]], [[[1, 1]]])", "[[1, 3, 2]]"},
      {"conv2d_transpose([[[1, 2]]], [[[[1, 1]]]])", "[[[1, 3, 2]]]"},
      {"conv3d_transpose([[[[1, 2]]]], [[[[[1, 1]]]]])", "[[[[1, 3, 2]]]]"}};
  Op op = plugin.op(names[n - 1].transpose);
  with_window_attributes(
      op.doc(
            "The transpose of a convolution: spreads x [in, positions..] with kernels w [in, out / "
            "groups, points..] over a larger image.")
          .input("x")
          .input("w"))
      .attr("output_padding", Ints{0},
            "positions behind the last window, fewer than the stride, in all dimensions or in each",
            non_negative)
      .infer([n](Inference& c) { infer_transpose(c, n); })
      .kernel([]<class T>(const Kernel& k, T) { transpose_kernel<T>(k); })
      .scratch([](const ScratchRequest& r) {
        return scratch_bytes(r, r.outputs[0], r.inputs[1], r.inputs[0]);
      })
      .flops([](const ScratchRequest& r) { return flops(r.samples, r.inputs[0], r.inputs[1]); })
      .vjp([n](const Call& c) { return conv(c, n, c.g, c[1]); },
           [n](const Call& c) {
             const Ints dims = c[1].type().dims;
             return weights(c, n, c.g, c[0], Dims(dims).subspan(2));
           })
      .notation("convᵀ({0}, {1})")
      .example(examples[n - 1][0], examples[n - 1][1]);
}

void register_weights(Plugin& plugin, int n) {
  static constexpr const char* examples[][2] = {
      {"conv1d_weights([[1, 2, 3]], [[1, 1]], kernel = 2)", "[[[3, 5]]]"},
      {"conv2d_weights([[[1, 2, 3]]], [[[1, 1]]], kernel = [1, 2])", "[[[[3, 5]]]]"},
      {"conv3d_weights([[[[1, 2, 3]]]], [[[[1, 1]]]], kernel = [1, 1, 2])", "[[[[[3, 5]]]]]"}};
  Op op = plugin.op(names[n - 1].weights);
  with_window_attributes(
      op.doc("The gradient of a convolution of x with respect to its kernels, where y is that with "
             "respect to its result: Σ y[o, p] x[c, stride p - padding + dilation k] over p.")
          .input("x")
          .input("y"))
      .attr("kernel", required, EBB_ATTR_INTS, "points of the kernels", Interval{1, infinity})
      .attr("over_samples", false, "sum over the samples")
      .over_samples("over_samples")
      .infer([n](Inference& c) { infer_weights(c, n); })
      .kernel([]<class T>(const Kernel& k, T) { weights_kernel<T>(k); })
      .scratch([](const ScratchRequest& r) {
        return scratch_bytes(r, r.inputs[0], r.outputs[0], r.inputs[1]);
      })
      .flops([](const ScratchRequest& r) { return flops(r.samples, r.inputs[1], r.outputs[0]); })
      .vjp([n](const Call& c) { return transpose(c, n, c[1], c.g, c[0].type().dims); },
           [n](const Call& c) { return conv(c, n, c[0], c.g); })
      .notation("{over_samples?Σ }conv_w({0}, {1})", 7)
      .example(examples[n - 1][0], examples[n - 1][1]);
}

}  // namespace

void convolution(Plugin& plugin) {
  plugin.family("convolution");
  for (int n = 1; n <= 3; ++n) {
    register_conv(plugin, n);
    register_transpose(plugin, n);
    register_weights(plugin, n);
  }
}

}  // namespace ebb::ops
