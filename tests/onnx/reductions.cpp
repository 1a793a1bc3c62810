// Ops of ONNX that reduce dimensions, and those that work along one.
#include "tests/onnx/importer.hpp"

namespace ebb::test::onnx {

namespace {

// The dimensions that a reduction is over: an attribute, or from opset 13 on an input; all where
// none is given. Sets `none` where none at all is meant.
Dims axes(Call& c, bool& none) {
  const std::int64_t rank = c.rank(c[0]);
  const Dims given = c.has(1) ? c.integers(1) : c.integers("axes", Dims{});
  none = given.empty() && c.integer("noop_with_empty_axes", 0) != 0;
  return c.dims_in_order(given, rank);
}

// The dimensions with those reduced as 1.
Dims kept(const Dims& dims, const Dims& reduced) {
  Dims result = dims;
  if (reduced.empty()) result.assign(dims.size(), 1);
  for (const std::int64_t dim : reduced) result.at(static_cast<std::size_t>(dim)) = 1;
  return result;
}

// after(op(before(x))), where an empty name does nothing.
struct Reduction {
  const char *onnx, *before, *op, *after;
};
constexpr Reduction reductions[] = {
    {"ReduceSum", "", "sum", ""},          {"ReduceMean", "", "mean", ""},
    {"ReduceProd", "", "prod", ""},        {"ReduceMax", "", "max", ""},
    {"ReduceMin", "", "min", ""},          {"ReduceL1", "abs", "sum", ""},
    {"ReduceL2", "square", "sum", "sqrt"}, {"ReduceSumSquare", "square", "sum", ""},
    {"ReduceLogSum", "", "sum", "log"},    {"ReduceLogSumExp", "", "logsumexp", ""},
};

Values reduce(Call& c, const Reduction& reduction) {
  bool none = false;
  const Dims over = axes(c, none);
  const Dims result = kept(c.dims(c[0]), over);
  const bool keep = c.integer("keepdims", 1) != 0;
  Value x = c[0];
  if (*reduction.before != '\0') x = c.add(reduction.before, {x});
  if (!none) x = c.add(reduction.op, {x}, {{"dims", over}});
  if (*reduction.after != '\0') x = c.add(reduction.after, {x});
  return {keep && !none ? c.reshaped(x, result) : x};
}

Values arg(Call& c, const char* op) {
  const std::int64_t axis = c.dim(c.integer("axis", 0), c.rank(c[0]));
  const Value index =
      c.add(op, {c[0]}, {{"dim", axis}, {"last", c.integer("select_last_index", 0) != 0}});
  return {c.integer("keepdims", 1) != 0 ? c.reshaped(index, kept(c.dims(c[0]), {axis})) : index};
}

Values cumulated(Call& c) {
  return {c.add("cumsum", {c[0]},
                {{"dim", c.dim(c.integers(1).at(0), c.rank(c[0]))},
                 {"exclusive", c.integer("exclusive", 0) != 0},
                 {"reverse", c.integer("reverse", 0) != 0}})};
}

}  // namespace

void translate_reductions(Table& table) {
  for (const Reduction& reduction : reductions)
    table[reduction.onnx] = {[&reduction](Call& c) { return reduce(c, reduction); }};
  for (const auto& [onnx, op] : {std::pair{"ArgMax", "argmax"}, {"ArgMin", "argmin"}})
    table[onnx] = {[op = op](Call& c) { return arg(c, op); }};
  for (const auto& [onnx, op] : {std::pair{"Softmax", "softmax"}, {"LogSoftmax", "log_softmax"}})
    table[onnx] = {[op = op](Call& c) -> Values {
      return {c.add(op, {c[0]}, {{"dim", c.dim(c.integer("axis", -1), c.rank(c[0]))}})};
    }};
  table["CumSum"] = {cumulated};
}

}  // namespace ebb::test::onnx
