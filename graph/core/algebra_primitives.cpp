// Sums and products.
#include <algorithm>
#include <ebb/plugin.hpp>

#include "graph/core/primitives.hpp"

namespace ebb {

namespace {

using sdk::call;
using sdk::Call;
using sdk::Inference;
using sdk::Kernel;

// One operand of a product as the kernel walks it.
struct Operand {
  std::int64_t row_step, column_step;
  Operand(std::span<const std::int64_t> dims, bool transposed) : row_step(1), column_step(1) {
    (transposed ? row_step : column_step) = dims.empty() ? 1 : dims[0];
  }
};

// Of a product whose inner sizes differ. Where matrices are [inputs, outputs], or samples are the
// first dimension, one that is turned, or has a dimension less, would fit.
std::string advice_on_product(const sdk::Type& a, const sdk::Type& b, std::int64_t columns,
                              std::int64_t rows) {
  const auto counted = [](std::int64_t count, const std::string& one) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
  };
  if (a.rank() == 2 && a.dims[0] == rows)
    return "a matrix is [outputs, inputs]: " + to_string(sdk::Ints{a.dims[1], a.dims[0]}) +
           " would fit, and `{0}.T * {1}` does";
  if (b.rank() == 2 && b.per_sample && b.dims[1] == columns)
    return "a script describes one sample, without a dimension of the batch: is {1} [" +
           std::to_string(columns) + "]?";
  return "{0} has " + counted(columns, "column") + " where {1} has " + counted(rows, "row");
}

void infer_matmul(Inference& c) {
  const auto &a = c.in[0], &b = c.in[1];
  const bool ta = c.attrs.boolean(0), tb = c.attrs.boolean(1);
  if (a.rank() > 2 || b.rank() > 2)
    c.fail("the matrix product takes matrices, but {" + std::string(a.rank() > 2 ? "0" : "1") +
               "} is " + to_string(a.rank() > 2 ? a.dims : b.dims),
           "batched_matmul multiplies stacks of matrices");
  const auto ma = matrix_shape(a.dims, ta), mb = matrix_shape(b.dims, tb);
  if (ma.columns != mb.rows) {
    if (a.rank() == 1 && a.dims == b.dims)
      c.fail("two vectors have no matrix product: {0} and {1} are both " + to_string(a.dims),
             "`.*` multiplies element by element; `{0}.T * {1}` is the inner product");
    c.fail("inner sizes differ: {0} is " + to_string(a.dims) + ", {1} is " + to_string(b.dims),
           advice_on_product(a, b, ma.columns, mb.rows));
  }
  auto& out = c.out[0];
  const bool column = b.rank() < 2 && !tb;
  if (!column)
    out.dims = {ma.rows, mb.columns};
  else if (ma.rows != 1 || (a.rank() == 1 && !ta))
    out.dims = {ma.rows};
  if (c.attrs.boolean(2)) {
    if (!out.per_sample) c.fail("a sum over samples needs a value that is per sample", {});
    out.per_sample = false;
  }
}

template <class T>
void matmul(const Kernel& k, T) {
  const auto a = k.in<T>(0), b = k.in<T>(1);
  const auto c = k.out<T>();
  const bool ta = k.attrs.boolean(0), tb = k.attrs.boolean(1), over = k.attrs.boolean(2);
  const auto ma = matrix_shape(a.dims(), ta), mb = matrix_shape(b.dims(), tb);
  const Operand pa(a.dims(), ta), pb(b.dims(), tb);
  if (over) std::fill_n(c.data(), c.elements(), T{});
  const auto samples = over ? std::max(a.samples(), b.samples()) : c.samples();
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t j = 0; j < mb.columns; ++j)
      for (std::int64_t i = 0; i < ma.rows; ++i) {
        T sum{};
        for (std::int64_t l = 0; l < ma.columns; ++l)
          sum += a.data(s)[i * pa.row_step + l * pa.column_step] *
                 b.data(s)[l * pb.row_step + j * pb.column_step];
        T& result = c.data(over ? 0 : s)[i + j * ma.rows];
        result = over ? result + sum : sum;
      }
}

// G as the matrix that op(A) op(B) is, where the result was written as a scalar or a vector.
sdk::Value as_matrix(const sdk::Value& g, const Call& c) {
  if (g.type().rank() > 0) return g;
  const bool vector = c[0].type().rank() <= 1;
  return call("reshape", {g}, {{"shape", std::vector<std::int64_t>(vector ? 1 : 2, 1)}});
}

sdk::Value product(const sdk::Value& a, bool ta, const sdk::Value& b, bool tb,
                   const std::vector<std::int64_t>& dims) {
  const auto result = call("matmul", {a, b}, {{"ta", ta}, {"tb", tb}});
  return result.type().dims == dims ? result : call("reshape", {result}, {{"shape", dims}});
}

sdk::Value matmul_left(const Call& c) {
  const bool ta = c.attrs.boolean(0), tb = c.attrs.boolean(1);
  const auto g = as_matrix(c.g, c);
  const auto dims = c[0].type().dims;
  return ta ? product(c[1], tb, g, true, dims) : product(g, false, c[1], !tb, dims);
}

sdk::Value matmul_right(const Call& c) {
  const bool ta = c.attrs.boolean(0), tb = c.attrs.boolean(1);
  const auto g = as_matrix(c.g, c);
  const auto dims = c[1].type().dims;
  return tb ? product(g, true, c[0], ta, dims) : product(c[0], !ta, g, false, dims);
}

}  // namespace

void register_algebra(sdk::Plugin& p) {
  p.op("add")
      .doc("The sum, element by element with broadcasting.")
      .input("a")
      .input("b")
      .elementwise<sdk::integer(sdk::integer, sdk::integer)>([](auto a, auto b) { return a + b; })
      .elementwise([](auto a, auto b) { return a + b; })
      .vjp([](const Call& c) { return c.g; }, [](const Call& c) { return c.g; })
      .commutative()
      .monotone()
      .notation("{0} + {1}", 5)
      .operator_text("+")
      .example("[1, 2] + 3", "[4, 5]");
  p.op("mul")
      .doc("The product, element by element with broadcasting (the Hadamard product).")
      .input("a")
      .input("b")
      .elementwise<sdk::integer(sdk::integer, sdk::integer)>([](auto a, auto b) { return a * b; })
      .elementwise([](auto a, auto b) { return a * b; })
      .vjp([](const Call& c) { return c.g * c[1]; }, [](const Call& c) { return c.g * c[0]; })
      .commutative()
      .monotone()
      .notation("{0} ⊙ {1}", 6)
      .operator_text(".*")
      .example("[1, 2] .* [3, 4]", "[3, 8]");
  p.op("scale")
      .doc("The product with a constant number.")
      .input("x")
      .attr("factor", sdk::required, EBB_ATTR_REAL, "the number")
      .elementwise([](auto x, auto factor) { return factor * x; })
      .vjp([](const Call& c) { return c.attrs.real(0) * c.g; })
      .monotone()
      .notation("{factor} {0}", 6)
      .example("scale([1, 2], factor = 3)", "[3, 6]");
  p.op("matmul")
      .doc(
          "The matrix product of A, or its transpose, and B, or its transpose. A vector is a "
          "column; a row "
          "times a column is a scalar. `over_samples` sums the products of all samples.")
      .input("a")
      .input("b")
      .attr("ta", false, "transpose A")
      .attr("tb", false, "transpose B")
      .attr("over_samples", false, "sum over the samples")
      .over_samples("over_samples")
      .infer(infer_matmul)
      .kernel([](const Kernel& k, auto zero) { matmul(k, zero); })
      .vjp(matmul_left, matmul_right)
      .notation("{over_samples?Σ }{0}{ta?ᵀ} {1}{tb?ᵀ}", 6)
      .example("[[1, 2], [3, 4]] * [5, 6]", "[17, 39]");
}

}  // namespace ebb
