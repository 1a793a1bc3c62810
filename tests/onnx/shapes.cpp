// Ops of ONNX that change shapes, and the values that such ops are told with.
#include <algorithm>
#include <limits>
#include <numeric>

#include "tests/onnx/importer.hpp"

namespace ebb::test::onnx {

namespace {

std::int64_t product(const Dims& dims, std::size_t begin, std::size_t end) {
  std::int64_t result = 1;
  for (std::size_t d = begin; d < end; ++d) result *= dims[d];
  return result;
}

Value whole_numbers(Call& c, const Dims& numbers) {
  Array array = Array::make(DType::i64, {static_cast<std::int64_t>(numbers.size())});
  std::ranges::copy(numbers, array.data<std::int64_t>());
  return c.constant(array);
}

// 0 keeps a dimension (unless `allowzero`), one -1 takes what is left.
Value reshape(Call& c) {
  const Dims from = c.dims(c[0]);
  Dims to = c.integers(1);
  const bool zero = c.integer("allowzero", 0) != 0;
  std::int64_t known = 1;
  for (std::size_t d = 0; d < to.size(); ++d) {
    if (to[d] == 0 && !zero) to[d] = from.at(d);
    if (to[d] != -1) known *= to[d];
  }
  for (std::int64_t& dim : to)
    if (dim == -1) dim = product(from, 0, from.size()) / known;
  return c.add("reshape", {c[0]}, {{"shape", to}});
}

// A matrix: the dimensions before the axis, and the others.
Value flatten(Call& c) {
  const Dims dims = c.dims(c[0]);
  const auto axis = static_cast<std::size_t>(c.dim(c.integer("axis", 1), c.rank(c[0])));
  const Dims matrix{product(dims, 0, axis), product(dims, axis, dims.size())};
  return c.add("reshape", {c[0]}, {{"shape", matrix}});
}

Dims axes(Call& c, std::int64_t rank) {
  return c.dims_in_order(c.has(1) ? c.integers(1) : c.integers("axes", Dims{}), rank);
}

Value squeeze(Call& c) {
  const Dims dims = c.dims(c[0]), dropped = axes(c, c.rank(c[0]));
  Dims kept;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    const bool named = std::ranges::count(dropped, static_cast<std::int64_t>(d)) > 0;
    if (!named && (!dropped.empty() || dims[d] != 1)) kept.push_back(dims[d]);
  }
  return c.add("reshape", {c[0]}, {{"shape", kept}});
}

Value unsqueeze(Call& c) {
  const std::size_t added = (c.has(1) ? c.integers(1) : c.integers("axes", Dims{})).size();
  Dims dims = c.dims(c[0]);
  for (const std::int64_t dim : axes(c, c.rank(c[0]) + static_cast<std::int64_t>(added)))
    dims.insert(dims.begin() + dim, 1);
  return c.add("reshape", {c[0]}, {{"shape", dims}});
}

Value transpose(Call& c) {
  Dims reversed(c.dims(c[0]).size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return c.add("permute", {c[0]}, {{"dims", c.integers("perm", reversed)}});
}

Value concat(Call& c) {
  return c.add("concat", c.all(), {{"dim", c.dim(c.integer("axis", 0), c.rank(c[0]))}});
}

// The whole of x but along one dimension.
Value part(Call& c, std::size_t dim, std::int64_t begin, std::int64_t end) {
  Dims first(dim + 1, 0), last = c.dims(c[0]);
  last.resize(dim + 1);
  first[dim] = begin;
  last[dim] = end;
  return c.add("slice", {c[0]}, {{"begin", first}, {"end", last}});
}

Values split(Call& c) {
  const auto dim = static_cast<std::size_t>(c.dim(c.integer("axis", 0), c.rank(c[0])));
  const auto parts = static_cast<std::int64_t>(c.outputs());
  Dims sizes = c.has(1) ? c.integers(1) : c.integers("split", Dims{});
  if (sizes.empty()) sizes.assign(c.outputs(), c.dims(c[0])[dim] / parts);
  Values result;
  std::int64_t begin = 0;
  for (const std::int64_t size : sizes) {
    result.push_back(part(c, dim, begin, begin + size));
    begin += size;
  }
  return result;
}

// Steps of either sign; ends are clamped to the dimension.
Value slice(Call& c) {
  const Dims dims = c.dims(c[0]), starts = c.integers(1), ends = c.integers(2);
  Dims which(starts.size());
  std::iota(which.begin(), which.end(), 0);
  if (c.has(3)) which = c.integers(3);
  Dims begin(dims.size(), 0), end = dims, step(dims.size(), 1);
  for (std::size_t i = 0; i < which.size(); ++i) {
    const auto d = static_cast<std::size_t>(c.dim(which[i], c.rank(c[0])));
    if (c.has(4)) step[d] = c.integers(4).at(i);
    const bool back = step[d] < 0;
    const auto place = [&](std::int64_t index) {
      const std::int64_t from_start = index < 0 ? index + dims[d] : index;
      return std::clamp<std::int64_t>(from_start, back ? -1 : 0, back ? dims[d] - 1 : dims[d]);
    };
    begin[d] = place(starts[i]);
    end[d] = back ? std::min(begin[d], place(ends[i])) : std::max(begin[d], place(ends[i]));
  }
  return c.add("slice", {c[0]}, {{"begin", begin}, {"end", end}, {"step", step}});
}

Value pad(Call& c) {
  const Dims pads = c.integers(1);
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  return c.add("pad", {c[0]},
               {{"before", Dims(pads.begin(), middle)},
                {"after", Dims(middle, pads.end())},
                {"mode", c.text("mode", "constant")},
                {"value", c.has(2) ? c.numbers(2).at(0) : 0.0}});
}

Value constant(Call& c) {
  if (const Literal* value = c.tensor("value")) return c.constant(value->array);
  if (c.has("value_float")) return c.constant(c.real("value_float", 0));
  if (c.has("value_int")) return c.reshaped(whole_numbers(c, {c.integer("value_int", 0)}), Dims{});
  if (c.has("value_ints")) return whole_numbers(c, c.integers("value_ints", Dims{}));
  throw NotCovered("constants of strings");
}

Value constant_of_shape(Call& c) {
  const Literal* value = c.tensor("value");
  const Value number = value ? c.reshaped(c.constant(value->array), Dims{}) : c.constant(0);
  return c.add("broadcast", {number}, {{"shape", c.integers(0)}});
}

Value shape(Call& c) {
  Dims dims = c.dims(c[0]);
  const auto place = [&](std::int64_t index) {
    return std::clamp<std::int64_t>(c.dim(index, c.rank(c[0])), 0, c.rank(c[0]));
  };
  const std::int64_t begin = place(c.integer("start", 0));
  const std::int64_t end = place(c.integer("end", std::numeric_limits<std::int64_t>::max()));
  if (begin >= end) return whole_numbers(c, {});
  return whole_numbers(c, Dims(dims.begin() + begin, dims.begin() + end));
}

}  // namespace

void translate_shapes(Table& table) {
  const auto one = [&](const char* onnx, Value (*make)(Call&)) {
    table[onnx] = {[make](Call& c) -> Values { return {make(c)}; }};
  };
  one("Reshape", reshape);
  one("Flatten", flatten);
  one("Squeeze", squeeze);
  one("Unsqueeze", unsqueeze);
  one("Transpose", transpose);
  one("Concat", concat);
  table["Split"] = {split};
  one("Slice", slice);
  one("Pad", pad);
  one("Tile", [](Call& c) { return c.add("tile", {c[0]}, {{"repeats", c.integers(1)}}); });
  one("Constant", constant);
  one("ConstantOfShape", constant_of_shape);
  one("Shape", shape);
  one("Size", [](Call& c) {
    const Dims dims = c.dims(c[0]);
    return c.reshaped(whole_numbers(c, {product(dims, 0, dims.size())}), Dims{});
  });
}

}  // namespace ebb::test::onnx
