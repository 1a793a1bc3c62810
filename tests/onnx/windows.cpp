// Ops of ONNX that move a window: convolution and pooling. The first dimension is the batch.
#include <algorithm>

#include "tests/onnx/importer.hpp"

namespace ebb::test::onnx {

namespace {

// What both kinds have in common, per spatial dimension.
struct Window {
  std::size_t rank = 0;
  Dims input, kernel, stride, dilation, before, after;

  std::int64_t extent(std::size_t d) const { return (kernel[d] - 1) * dilation[d] + 1; }
  // Total padding: half before, half after; the odd one after, or before.
  void pad(std::size_t d, std::int64_t total, bool odd_after) {
    total = std::max<std::int64_t>(total, 0);
    before[d] = odd_after ? total / 2 : total - total / 2;
    after[d] = total - before[d];
  }
  Dims padding() const {
    Dims pairs;
    for (std::size_t d = 0; d < rank; ++d) {
      pairs.push_back(before[d]);
      pairs.push_back(after[d]);
    }
    return pairs;
  }
};

Window window(Call& c, const Dims& kernel) {
  Window w;
  const Dims x = c.dims(c[0]);
  w.input.assign(x.begin() + 1, x.end());
  w.rank = w.input.size();
  w.kernel = kernel;
  w.stride = c.integers("strides", Dims(w.rank, 1));
  w.dilation = c.integers("dilations", Dims(w.rank, 1));
  const Dims pads = c.integers("pads", Dims(2 * w.rank, 0));
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(w.rank);
  w.before.assign(pads.begin(), middle);
  w.after.assign(middle, pads.end());
  return w;
}

// The spatial dimensions of a weight [out, in, kernel..].
Dims kernel_of(Call& c) {
  const Dims w = c.dims(c[1]);
  return {w.begin() + 2, w.end()};
}

// SAME: as many results as there are strides in the input.
void pad_same(Window& w, const std::string& how) {
  if (how == "NOTSET" || how == "VALID") return;
  for (std::size_t d = 0; d < w.rank; ++d) {
    const std::int64_t results = (w.input[d] + w.stride[d] - 1) / w.stride[d];
    w.pad(d, (results - 1) * w.stride[d] + w.extent(d) - w.input[d], how == "SAME_UPPER");
  }
}

// conv2d, conv2d_transpose
std::string numbered(std::size_t rank, const char* kind) {
  return "conv" + std::to_string(rank) + "d" + kind;
}

// The bias, if there is one: a number per channel.
Value biased(Call& c, Value y) {
  if (!c.has(2)) return y;
  Dims dims(c.dims(y).size(), 1);
  dims[0] = c.dims(c[2])[0];
  return c.add("add", {y, c.reshaped(c[2], dims)});
}

Value convolution(Call& c) {
  c.ignore("kernel_shape");  // that of the weight
  Window w = window(c, kernel_of(c));
  pad_same(w, c.text("auto_pad", "NOTSET"));
  const Value y = c.add(numbered(w.rank, ""), {c[0], c[1]},
                        {{"stride", w.stride},
                         {"padding", w.padding()},
                         {"dilation", w.dilation},
                         {"groups", c.integer("group", 1)}});
  return biased(c, y);
}

// Where the size of the result is given, padding takes away what is too much, and output padding
// adds what is missing.
void pad_to(Window& w, const Dims& results, Dims& output_padding, bool odd_after) {
  for (std::size_t d = 0; d < w.rank; ++d) {
    const std::int64_t total =
        w.stride[d] * (w.input[d] - 1) + output_padding[d] + w.extent(d) - results[d];
    w.pad(d, total, odd_after);
    output_padding[d] += std::max<std::int64_t>(-total, 0);
  }
}

Value transposed_convolution(Call& c) {
  c.ignore("kernel_shape");
  Window w = window(c, kernel_of(c));
  Dims output_padding = c.integers("output_padding", Dims(w.rank, 0));
  const std::string how = c.text("auto_pad", "NOTSET");
  Dims results = c.integers("output_shape", Dims{});
  if (results.empty() && how.starts_with("SAME"))
    for (std::size_t d = 0; d < w.rank; ++d) results.push_back(w.input[d] * w.stride[d]);
  if (!results.empty()) pad_to(w, results, output_padding, how == "SAME_UPPER");
  const Value y = c.add(numbered(w.rank, "_transpose"), {c[0], c[1]},
                        {{"stride", w.stride},
                         {"padding", w.padding()},
                         {"dilation", w.dilation},
                         {"groups", c.integer("group", 1)},
                         {"output_padding", output_padding}});
  return biased(c, y);
}

Window pooling_window(Call& c) {
  Window w = window(c, c.integers("kernel_shape", Dims{}));
  pad_same(w, c.text("auto_pad", "NOTSET"));
  return w;
}

Value max_pool(Call& c) {
  c.ignore("storage_order");  // of the second output
  const Window w = pooling_window(c);
  return c.add("max_pool", {c[0]},
               {{"size", w.kernel},
                {"stride", w.stride},
                {"padding", w.padding()},
                {"dilation", w.dilation},
                {"ceil", c.integer("ceil_mode", 0) != 0}});
}

Value average_pool(Call& c) {
  const Window w = pooling_window(c);
  return c.add("avg_pool", {c[0]},
               {{"size", w.kernel},
                {"stride", w.stride},
                {"padding", w.padding()},
                {"ceil", c.integer("ceil_mode", 0) != 0},
                {"count_padding", c.integer("count_include_pad", 0) != 0}});
}

}  // namespace

void translate_windows(Table& table) {
  const auto one = [&](const char* onnx, auto make) {
    table[onnx] = {[make](Call& c) -> Values { return {make(c)}; }, 1};
  };
  one("Conv", convolution);
  one("ConvTranspose", transposed_convolution);
  one("MaxPool", max_pool);
  one("AveragePool", average_pool);
}

}  // namespace ebb::test::onnx
