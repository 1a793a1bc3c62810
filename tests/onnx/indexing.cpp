// Ops of ONNX that look up and put down by index.
#include <numeric>

#include "tests/onnx/importer.hpp"

namespace ebb::test::onnx {

namespace {

// Indices that may count from the end as such that count from 0.
Value from_start(Call& c, Value indices, std::int64_t size) {
  const Value wrapped = c.add("add", {indices, c.whole(size)});
  return c.add("where", {c.add("less", {indices, c.whole(0)}), wrapped, indices});
}

Value from_start(Call& c, Value indices, std::int64_t axis, Value of) {
  return from_start(c, indices, c.dims(of).at(static_cast<std::size_t>(axis)));
}

Value gather(Call& c, const char* op) {
  const std::int64_t axis = c.dim(c.integer("axis", 0), c.rank(c[0]));
  return c.add(op, {c[0], from_start(c, c[1], axis, c[0])}, {{"dim", axis}});
}

Value filled(Call& c, double number, Value like) {
  return c.add("broadcast", {c.constant(number)}, {{"shape", c.dims(like)}});
}

// Ebb adds. What ONNX overwrites is set to 0 before.
Value scatter(Call& c) {
  const std::int64_t axis = c.dim(c.integer("axis", 0), c.rank(c[0]));
  const NamedAttrs along{{"dim", axis}};
  const Value indices = from_start(c, c[1], axis, c[0]);
  Value x = c[0];
  const std::string reduction = c.text("reduction", "none");
  if (reduction == "none") {
    const Value hits =
        c.add("scatter_elements_add", {filled(c, 0, x), indices, filled(c, 1, c[2])}, along);
    x = c.add("where", {c.add("greater", {hits, c.constant(0)}), c.constant(0), x});
  } else if (reduction != "add") {
    throw std::runtime_error("ScatterElements with reduction " + reduction);
  }
  return c.add("scatter_elements_add", {x, indices, c[2]}, along);
}

// Ebb puts the classes first, ONNX at an axis.
Value one_hot(Call& c) {
  const auto classes = c.integers(1).at(0);
  const auto values = c.numbers(2);
  const Value labels = from_start(c, c.convert(c[0], DType::i64), classes);
  const Value hot = c.add("one_hot", {labels},
                          {{"classes", classes}, {"off", values.at(0)}, {"on", values.at(1)}});
  const std::int64_t rank = c.rank(hot), axis = c.dim(c.integer("axis", -1), rank);
  Dims order(static_cast<std::size_t>(rank - 1));
  std::iota(order.begin(), order.end(), 1);
  order.insert(order.begin() + axis, 0);
  return c.add("permute", {hot}, {{"dims", order}});
}

}  // namespace

void translate_indexing(Table& table) {
  const auto one = [&](const char* onnx, auto make) {
    table[onnx] = {[make](Call& c) -> Values { return {make(c)}; }};
  };
  one("Gather", [](Call& c) { return gather(c, "gather"); });
  one("GatherElements", [](Call& c) { return gather(c, "gather_elements"); });
  one("Scatter", scatter);  // the former name
  one("ScatterElements", scatter);
  one("OneHot", one_hot);
}

}  // namespace ebb::test::onnx
