// Ops of ONNX on matrices.
#include "tests/onnx/importer.hpp"

namespace ebb::test::onnx {

namespace {

Value matmul(Call& c) {
  return c.add(c.rank(c[0]) > 2 || c.rank(c[1]) > 2 ? "batched_matmul" : "matmul", c.all());
}

// alpha A B + beta C
Value gemm(Call& c) {
  const bool ta = c.integer("transA", 0) != 0, tb = c.integer("transB", 0) != 0;
  const Value ab = c.add("matmul", {c[0], c[1]}, {{"ta", ta}, {"tb", tb}});
  const Value scaled = c.add("scale", {ab}, {{"factor", c.real("alpha", 1)}});
  const double beta = c.real("beta", 1);
  if (!c.has(2)) return scaled;
  return c.add("add", c.aligned({scaled, c.add("scale", {c[2]}, {{"factor", beta}})}));
}

Value triangle(Call& c) {
  const std::int64_t k = c.has(1) ? c.integers(1).at(0) : 0;
  return c.add(c.integer("upper", 1) != 0 ? "triu" : "tril", {c[0]}, {{"k", k}});
}

}  // namespace

void translate_algebra(Table& table) {
  const auto one = [&](const char* onnx, Value (*make)(Call&), std::int64_t batch_from) {
    table[onnx] = {[make](Call& c) -> Values { return {make(c)}; }, batch_from};
  };
  one("MatMul", matmul, Translation::never);
  one("Gemm", gemm, Translation::never);
  one(
      "Det", [](Call& c) { return c.add("det", {c[0]}); }, 3);
  one("Trilu", triangle, 3);
}

}  // namespace ebb::test::onnx
