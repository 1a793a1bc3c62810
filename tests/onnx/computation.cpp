#include "tests/onnx/computation.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "graph/compile/simplify.hpp"
#include "graph/core/evaluate.hpp"
#include "graph/run/executor.hpp"
#include "tests/support/model.hpp"

namespace ebb::test::onnx {

namespace {

// "" or how they differ.
std::string difference(const Array& got, const Literal& expected) {
  const Array& want = expected.array;
  if (got.dims != want.dims)
    return "has shape " + to_string(Shape(got.dims)) + ", not " + to_string(Shape(want.dims));
  const bool is_float = expected.element == Element::f32;
  const bool exact = !is_float && expected.element != Element::f64;
  double largest = 0;
  for (std::int64_t i = 0; i < want.elements(); ++i)
    if (std::isfinite(want.at(i))) largest = std::max(largest, std::abs(want.at(i)));
  for (std::int64_t i = 0; i < want.elements(); ++i) {
    const double a = got.at(i), b = want.at(i);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double bound =
        is_float ? 1e-5 * std::abs(b) + 1e-6 * largest : 1e-12 * (std::abs(b) + largest);
    if (!exact && std::isfinite(b) && std::abs(a - b) <= bound) continue;
    return "has " + to_string(Attr(a)) + " at " + std::to_string(i) + ", not " + to_string(Attr(b));
  }
  return {};
}

void compare(const std::string& how, std::size_t output, const Tensor& got,
             const Literal& expected) {
  const std::string text = difference(to_array(got), expected);
  if (!text.empty())
    throw std::runtime_error(how + ": output " + std::to_string(output + 1) + " " + text);
}

void evaluate(const Computation& c, const std::vector<Literal>& expected, Precision precision) {
  Evaluator evaluate(c.graph, precision, c.samples);
  for (const auto& leaf : c.leaves) evaluate.set(leaf.value, leaf.tensor);
  for (std::size_t i = 0; i < c.outputs.size(); ++i)
    compare(precision == Precision::f32 ? "in float" : "in double", i, evaluate(c.outputs[i]),
            expected.at(i));
}

void copy(const Tensor& from, DType dtype, void* to) {
  const Tensor converted = from.converted(dtype);
  std::memcpy(to, converted.bytes(), converted.size_bytes());
}

// The algebra that every script brings.
const std::vector<Rewrite>& rewrites() {
  static const auto script = model_of("");
  return script->rewrites;
}

void run_plan(const Computation& c, const std::vector<Literal>& expected, Precision precision) {
  const auto fetches = Simplifier(c.graph, rewrites())(std::span<const Value>(c.outputs));
  Store store;
  for (const auto& [value, tensor] : c.leaves) {
    if (!c.graph.is(value, c.graph.registry().core().variable)) continue;
    Tensor& stored = store.get(c.graph.node(value).key, c.graph.type(value), precision);
    copy(tensor, stored.type().dtype, stored.bytes());
  }
  Executor executor(make_plan(c.graph, {fetches, {}, precision, c.samples}), store);
  for (const auto& [value, tensor] : c.leaves)
    if (const ebb_tensor* memory = executor.leaf(c.graph.node(value).key))
      copy(tensor, static_cast<DType>(memory->type.dtype), memory->data);
  executor.run(c.samples);
  for (std::size_t i = 0; i < fetches.size(); ++i)
    compare("by a plan", i, executor.fetch_tensor(fetches[i]), expected.at(i));
}

}  // namespace

void check(Computation& computation, const std::vector<Literal>& expected, Precision precision) {
  evaluate(computation, expected, Precision::f64);
  if (precision == Precision::f32) evaluate(computation, expected, Precision::f32);
  run_plan(computation, expected, precision);
}

}  // namespace ebb::test::onnx
