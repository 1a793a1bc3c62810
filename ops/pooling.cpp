// Pooling: one number for each channel of each window over an image [channels, positions..].
//
// Each op has its transpose, which sends numbers back to where they came from; so the gradients of
// either are the other, to any order. Max pooling goes by positions, whole numbers that have no
// gradient of their own.
#include "ops/families.hpp"
#include "ops/pooling_kernels.hpp"

namespace ebb::ops {

using namespace sdk;
using namespace pooling_kernels;

namespace {

// The shape of what is pooled from `image`; every window must see something of it.
Ints pooled_dims(const Inference& c, const Ints& image, const WindowLists& lists, bool ceil) {
  const int n = static_cast<int>(image.size()) - 1;
  if (n < 1 || n > 3)
    c.fail("{0} is " + to_string(image) +
           ", but must have channels and one to three dimensions of space");
  check_windows(c, lists, n);
  Windows windows = windows_over(image, lists);
  count_windows(c, windows, n, ceil);
  for (const Axis& axis : windows.axes)
    for (std::int64_t w = 0; w < axis.windows; ++w)
      if (const auto inside = axis.inside(w); inside.first >= inside.last)
        c.fail("a window sees nothing but padding: {0} is " + to_string(c.in[0].dims) +
               ", the padding " + to_string(Ints(lists.padding.begin(), lists.padding.end())));
  return dims_of_windows(image[0], windows, n);
}

// The image that numbers are sent back to: the channels of the input that holds them, and the
// attribute's positions.
Ints image_dims(const Inference& c, const char* name, const Type& pooled_type,
                const WindowLists& lists, bool ceil) {
  Ints image = c.attrs.dims(image_attr);
  image.insert(image.begin(), pooled_type.rank() > 0 ? pooled_type.dims[0] : 0);
  const Ints pooled = pooled_dims(c, image, lists, ceil);
  if (pooled_type.dims != pooled)
    c.fail(std::string(name) + " is " + to_string(pooled_type.dims) + ", but windows over " +
           to_string(image) + " give " + to_string(pooled));
  return image;
}

Op& with_window_attributes(Op& op, bool dilated) {
  const Interval counts{1, infinity};
  op.attr("size", required, EBB_ATTR_INTS, "points of the window, in all dimensions or in each",
          counts)
      .attr("stride", Ints{}, "how far the window moves; none: as far as it is large", counts)
      .attr("padding", Ints{0},
            "positions added round the image: in all dimensions, in each, or before and after each",
            non_negative);
  if (dilated) op.attr("dilation", Ints{1}, "how far the points of the window lie apart", counts);
  op.attr("ceil", false, "one window more where positions would be left over");
  if (!dilated) op.attr("count_padding", false, "whether the mean counts the padding, as zeros");
  return op.range("(-inf, inf)");
}

Value pool(const Call& c, const char* op, std::initializer_list<Value> inputs) {
  return call(op, inputs,
              {{"size", c.attrs[size_attr]},
               {"stride", c.attrs[stride_attr]},
               {"padding", c.attrs[padding_attr]},
               {"dilation", c.attrs[dilation_attr]},
               {"ceil", c.attrs[ceil_attr]}});
}

Value spread(const Call& c, const Value& positions, const Value& y, const Ints& image) {
  return call("max_pool_scatter", {positions, y},
              {{"size", c.attrs[size_attr]},
               {"stride", c.attrs[stride_attr]},
               {"padding", c.attrs[padding_attr]},
               {"dilation", c.attrs[dilation_attr]},
               {"ceil", c.attrs[ceil_attr]},
               {"image", Dims(image).subspan(1)}});
}

void max_pool(Plugin& plugin) {
  Op pool_op = plugin.op("max_pool");
  with_window_attributes(
      pool_op
          .doc("The largest number in each window over an image [channels, positions..], for each "
               "channel; padding is never the largest. Of equal ones the first, in C order, takes "
               "the gradient.")
          .input("x"),
      true)
      .infer([](Inference& c) {
        c.out[0].dims =
            pooled_dims(c, c.in[0].dims, max_lists(c.attrs), c.attrs.boolean(ceil_attr));
      })
      .kernel([]<class T>(const Kernel& k, T) { max_kernel<T>(k); })
      .vjp([](const Call& c) {
        return spread(c, pool(c, "max_pool_positions", {c[0]}), c.g, c[0].type().dims);
      })
      .selects()
      .notation("max_pool({0})")
      .example("max_pool([[1, 4, 3, 2]], 2)", "[[4, 3]]");

  Op positions = plugin.op("max_pool_positions");
  with_window_attributes(
      positions
          .doc("Where in its window the number stands that max_pool gives: the points of a window "
               "are counted from 0 in C order.")
          .input("x"),
      true)
      .infer([](Inference& c) {
        c.out[0].dims =
            pooled_dims(c, c.in[0].dims, max_lists(c.attrs), c.attrs.boolean(ceil_attr));
        c.out[0].dtype = EBB_I64;
      })
      .kernel([]<class T>(const Kernel& k, T) { positions_kernel<T>(k); })
      .scratch([](const ScratchRequest& r) { return bytes_of_point_scratch(r.inputs[0].dims[0]); })
      .zero_gradient()
      .notation("max_pool_positions({0})")
      .range("[0, inf)")
      .example("max_pool_positions([[1, 4, 3, 2]], 2)", "[[1, 0]]");
}

void max_pool_moves(Plugin& plugin) {
  Op gather = plugin.op("max_pool_gather");
  with_window_attributes(
      gather
          .doc("Of an image x the numbers that stand at positions from max_pool_positions; 0 where "
               "a window has no such position.")
          .input("positions", EBB_I64)
          .input("x"),
      true)
      .infer([](Inference& c) {
        const Ints pooled =
            pooled_dims(c, c.in[1].dims, max_lists(c.attrs), c.attrs.boolean(ceil_attr));
        if (c.in[0].dims != pooled)
          c.fail("{0} is " + to_string(c.in[0].dims) + ", but windows over {1}, which is " +
                 to_string(c.in[1].dims) + ", give " + to_string(pooled));
        c.out[0].dims = pooled;
      })
      .kernel([]<class T>(const Kernel& k, T) { max_pool_gather_kernel<T>(k); })
      .scratch([](const ScratchRequest& r) { return bytes_of_point_scratch(r.inputs[1].dims[0]); })
      .vjp(no_gradient, [](const Call& c) { return spread(c, c[0], c.g, c[1].type().dims); })
      .notation("max_pool_gather({0}, {1})")
      .example("max_pool_gather([[1, 0]], [[5, 6, 7, 8]], 2)", "[[6, 7]]");

  Op scatter = plugin.op("max_pool_scatter");
  with_window_attributes(
      scatter
          .doc("Adds the numbers of y up in an image where positions from max_pool_positions say: "
               "the gradient of max_pool.")
          .input("positions", EBB_I64)
          .input("y"),
      true)
      .attr("image", required, EBB_ATTR_INTS, "the image's dimensions of space", non_negative)
      .infer([](Inference& c) {
        c.out[0].dims =
            image_dims(c, "{1}", c.in[1], max_lists(c.attrs), c.attrs.boolean(ceil_attr));
        if (c.in[0].dims != c.in[1].dims)
          c.fail("{0} is " + to_string(c.in[0].dims) + ", but {1} is " + to_string(c.in[1].dims));
      })
      .kernel([]<class T>(const Kernel& k, T) { scatter_kernel<T>(k); })
      .scratch([](const ScratchRequest& r) { return bytes_of_point_scratch(r.inputs[1].dims[0]); })
      .vjp(no_gradient,
           [](const Call& c) {
             return pool(c, "max_pool_gather", {c[0], c.g});
           })
      .notation("max_pool_scatter({0}, {1})")
      .example("max_pool_scatter([[1, 0]], [[6, 7]], 2, image = 4)", "[[0, 6, 7, 0]]");
}

void avg_pool(Plugin& plugin) {
  Op pool_op = plugin.op("avg_pool");
  with_window_attributes(pool_op
                             .doc("The mean of each window over an image [channels, positions..], "
                                  "for each channel, without the padding unless it is to count.")
                             .input("x"),
                         false)
      .infer([](Inference& c) {
        c.out[0].dims =
            pooled_dims(c, c.in[0].dims, avg_lists(c.attrs), c.attrs.boolean(avg_ceil_attr));
      })
      .kernel([]<class T>(const Kernel& k, T) { avg_kernel<T>(k); })
      .vjp([](const Call& c) {
        const Ints image = c[0].type().dims;
        return call("avg_pool_scatter", {c.g},
                    {{"size", c.attrs[size_attr]},
                     {"stride", c.attrs[stride_attr]},
                     {"padding", c.attrs[padding_attr]},
                     {"ceil", c.attrs[avg_ceil_attr]},
                     {"count_padding", c.attrs[count_padding_attr]},
                     {"image", Dims(image).subspan(1)}});
      })
      .notation("avg_pool({0})")
      .example("avg_pool([[1, 4, 3, 2]], 2)", "[[2.5, 2.5]]");

  Op scatter = plugin.op("avg_pool_scatter");
  with_window_attributes(
      scatter
          .doc("The transpose of avg_pool: each number of y in equal shares over its window, added "
               "up in an image.")
          .input("y"),
      false)
      .attr("image", required, EBB_ATTR_INTS, "the image's dimensions of space", non_negative)
      .infer([](Inference& c) {
        c.out[0].dims =
            image_dims(c, "{0}", c.in[0], avg_lists(c.attrs), c.attrs.boolean(avg_ceil_attr));
      })
      .kernel([]<class T>(const Kernel& k, T) { avg_scatter_kernel<T>(k); })
      .vjp([](const Call& c) {
        return call("avg_pool", {c.g},
                    {{"size", c.attrs[size_attr]},
                     {"stride", c.attrs[stride_attr]},
                     {"padding", c.attrs[padding_attr]},
                     {"ceil", c.attrs[avg_ceil_attr]},
                     {"count_padding", c.attrs[count_padding_attr]}});
      })
      .notation("avg_poolᵀ({0})")
      .example("avg_pool_scatter([[3, 1]], 2, image = 4)", "[[1.5, 1.5, 0.5, 0.5]]");
}

}  // namespace

void pooling(Plugin& plugin) {
  plugin.family("pooling");
  max_pool(plugin);
  max_pool_moves(plugin);
  avg_pool(plugin);
}

}  // namespace ebb::ops
