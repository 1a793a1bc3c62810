#include "graph/core/primitives.hpp"

#include <algorithm>
#include <ebb/plugin.hpp>

#include "graph/core/diagnostic.hpp"
#include "graph/core/tensor.hpp"

namespace ebb {

namespace {

using sdk::call;
using sdk::Call;
using sdk::Inference;
using sdk::Kernel;

sdk::Plugin& primitives() {
  static sdk::Plugin plugin;
  return plugin;
}

MatrixShape matrix_shape(std::span<const std::int64_t> dims, bool transposed) {
  MatrixShape m{dims.empty() ? 1 : dims[0], dims.size() < 2 ? 1 : dims[1]};
  if (transposed) std::swap(m.rows, m.columns);
  return m;
}

// One operand of a product as the kernel walks it.
struct Operand {
  std::int64_t row_step, column_step;
  Operand(std::span<const std::int64_t> dims, bool transposed) : row_step(1), column_step(1) {
    (transposed ? row_step : column_step) = dims.empty() ? 1 : dims[0];
  }
};

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
    const std::string columns = std::to_string(ma.columns), rows = std::to_string(mb.rows);
    c.fail("inner sizes differ: {0} is " + to_string(a.dims) + ", {1} is " + to_string(b.dims),
           "{0} has " + columns + (ma.columns == 1 ? " column" : " columns") + " where {1} has " +
               rows + (mb.rows == 1 ? " row" : " rows"));
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

void register_algebra(sdk::Plugin& p) {
  p.family("structure");
  p.op("add")
      .doc("The sum, element by element with broadcasting.")
      .input("a")
      .input("b")
      .elementwise<sdk::integer(sdk::integer, sdk::integer)>([](auto a, auto b) { return a + b; })
      .elementwise([](auto a, auto b) { return a + b; })
      .vjp([](const Call& c) { return c.g; }, [](const Call& c) { return c.g; })
      .commutative()
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
      .notation("{0} ⊙ {1}", 6)
      .operator_text(".*")
      .example("[1, 2] .* [3, 4]", "[3, 8]");
  p.op("scale")
      .doc("The product with a constant number.")
      .input("x")
      .attr("factor", sdk::required, EBB_ATTR_REAL, "the number")
      .elementwise([](auto x, auto factor) { return factor * x; })
      .vjp([](const Call& c) { return c.attrs.real(0) * c.g; })
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
      .infer(infer_matmul)
      .kernel([](const Kernel& k, auto zero) { matmul(k, zero); })
      .vjp(matmul_left, matmul_right)
      .notation("{over_samples?Σ }{0}{ta?ᵀ} {1}{tb?ᵀ}", 6)
      .example("[[1, 2], [3, 4]] * [5, 6]", "[17, 39]");
}

void infer_transpose(Inference& c) {
  const auto& x = c.in[0];
  if (x.rank() > 2) c.fail("only a matrix has a transpose, but {0} is " + to_string(x.dims), {});
  c.out[0].dtype = x.dtype;
  if (x.rank() > 0) c.out[0].dims = {x.rank() == 2 ? x.dims[1] : 1, x.dims[0]};
}

template <class T>
void transpose(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const auto m = matrix_shape(x.dims(), false);
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for (std::int64_t j = 0; j < m.columns; ++j)
      for (std::int64_t i = 0; i < m.rows; ++i)
        y.data(s)[j + i * m.columns] = x.data(s)[i + j * m.rows];
}

// Runs f<T> for the element type of input 0, whatever the precision is.
template <class F, class T>
void by_dtype(const Kernel& k, T zero, F f) {
  switch (k.in_dtype(0)) {
    case EBB_BOOL:
      return f(k, std::uint8_t{});
    case EBB_I64:
      return f(k, std::int64_t{});
    default:
      return f(k, zero);
  }
}

void infer_reshape(Inference& c) {
  const auto shape = c.attrs.integers(0);
  c.out[0].dtype = c.in[0].dtype;
  c.out[0].dims.assign(shape.begin(), shape.end());
  if (!is_valid_shape(shape) || c.out[0].elements() != c.in[0].elements())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and can not be reshaped to " +
               to_string(c.out[0].dims),
           "the number of elements must stay: " + std::to_string(c.in[0].elements()));
}

// C order on both sides; the storage is column-major.
template <class T>
void reshape(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const Shape from(x.dims()), to(y.dims());
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    const auto p = column_major_index(from, i), q = column_major_index(to, i);
    for (std::int64_t s = 0; s < k.samples(); ++s) y.data(s)[q] = x.data(s)[p];
  }
}

void infer_broadcast(Inference& c) {
  const auto shape = c.attrs.integers(0);
  c.out[0].dtype = c.in[0].dtype;
  c.out[0].dims.assign(shape.begin(), shape.end());
  c.out[0].per_sample = c.in[0].per_sample || c.attrs.boolean(1);
  Shape joined;
  const Shape wanted(shape);
  if (!ebb::broadcast(Shape(c.in[0].dims), wanted, joined) || !(joined == wanted))
    c.fail("{0} is " + to_string(c.in[0].dims) + " and can not be broadcast to " +
               to_string(c.out[0].dims),
           "shapes align at the first dimension; each must agree or be 1");
}

// Position in `from` (dimensions of 1 stretch, missing ones too) of element `i` of `to`,
// column-major.
std::int64_t stretched(const Shape& from, const Shape& to, std::int64_t i) {
  std::int64_t position = 0, stride = 1;
  for (int d = 0; d < from.rank(); ++d) {
    position += (from[d] == 1 ? 0 : i % to[d]) * stride;
    stride *= from[d];
    i /= to[d];
  }
  return position;
}

template <class T>
void broadcast_kernel(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const Shape from(x.dims()), to(y.dims());
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    const auto p = stretched(from, to, i);
    for (std::int64_t s = 0; s < k.samples(); ++s) y.data(s)[i] = x.data(s)[p];
  }
}

void infer_sum_to(Inference& c) {
  const auto shape = c.attrs.integers(0);
  c.out[0].dims.assign(shape.begin(), shape.end());
  Shape joined;
  const Shape from(c.in[0].dims);
  if (!ebb::broadcast(from, Shape(shape), joined) || !(joined == from))
    c.fail("{0} is " + to_string(c.in[0].dims) + " and can not be summed to " +
               to_string(c.out[0].dims),
           {});
}

template <class T>
void sum_to(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const Shape from(x.dims()), to(y.dims());
  auto* sums = static_cast<double*>(k.scratch());
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::fill_n(sums, y.elements(), 0.0);
    const T* in = x.data(s);
    for (std::int64_t i = 0; i < x.elements(); ++i) sums[stretched(to, from, i)] += in[i];
    std::transform(sums, sums + y.elements(), y.data(s),
                   [](double v) { return static_cast<T>(v); });
  }
}

template <class T>
void sample_sum(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const auto n = y.elements();
  auto* sums = static_cast<double*>(k.scratch());
  std::fill_n(sums, n, 0.0);
  for (std::int64_t s = 0; s < x.samples(); ++s) {
    const T* in = x.data(s);
    for (std::int64_t i = 0; i < n; ++i) sums[i] += in[i];
  }
  std::transform(sums, sums + n, y.data(), [](double v) { return static_cast<T>(v); });
}

std::size_t doubles_of_output(const sdk::ScratchRequest& r) {
  return static_cast<std::size_t>(sdk::Type(r.outputs[0]).elements()) * sizeof(double);
}

void register_shapes(sdk::Plugin& p) {
  p.family("structure");
  const auto pass = [](const Call& c) { return c.g; };
  p.op("transpose")
      .doc("The transpose of a matrix; of a vector, a row.")
      .input("x", EBB_ANY)
      .infer(infer_transpose)
      .kernel([](const Kernel& k, auto zero) {
        by_dtype(k, zero, [](auto& c, auto z) { transpose(c, z); });
      })
      .vjp([](const Call& c) {
        const auto dims = c[0].type().dims;
        return dims.size() == 2 ? call("transpose", c.g)
                                : call("reshape", {c.g}, {{"shape", dims}});
      })
      .notation("{0}ᵀ", 10)
      .example("[[1, 2], [3, 4]].T", "[[1, 3], [2, 4]]");
  p.op("reshape")
      .doc("The same elements in another shape, in C order (the last index fastest).")
      .input("x", EBB_ANY)
      .attr("shape", sdk::required, EBB_ATTR_INTS, "the new shape, of as many elements")
      .infer(infer_reshape)
      .kernel([](const Kernel& k, auto zero) {
        by_dtype(k, zero, [](auto& c, auto z) { reshape(c, z); });
      })
      .vjp([](const Call& c) {
        return call("reshape", {c.g}, {{"shape", c[0].type().dims}});
      })
      .notation("{0}", 10)
      .example("reshape([[1, 2], [3, 4]], [4])", "[1, 2, 3, 4]");
  p.op("broadcast")
      .doc("The value stretched to a shape (aligned at the first dimension), or to every sample.")
      .input("x", EBB_ANY)
      .attr("shape", sdk::required, EBB_ATTR_INTS, "the wider shape")
      .attr("per_sample", false, "whether each sample gets a copy")
      .infer(infer_broadcast)
      .kernel([](const Kernel& k, auto zero) {
        by_dtype(k, zero, [](auto& c, auto z) { broadcast_kernel(c, z); });
      })
      .vjp(pass)
      .notation("{0}", 10)
      .example("broadcast([1, 2], [2, 2])", "[[1, 1], [2, 2]]");
  p.op("sum_to")
      .doc("The sum down to a shape that broadcasting would stretch to that of x.")
      .input("x")
      .attr("shape", sdk::required, EBB_ATTR_INTS, "the narrower shape")
      .infer(infer_sum_to)
      .kernel([](const Kernel& k, auto zero) { sum_to(k, zero); })
      .scratch(doubles_of_output)
      .vjp(pass)
      .notation("sum({0})", 10)
      .example("sum_to([[1, 2], [3, 4]], [2])", "[3, 7]");
}

void register_samples(sdk::Plugin& p) {
  p.family("structure");
  p.op("sample_sum")
      .doc("The sum over the samples of the mini-batch.")
      .input("x")
      .infer([](Inference& c) {
        if (!c.in[0].per_sample)
          c.fail("there is nothing to sum: {0} is shared by all samples",
                 "sample_sum and sample_mean reduce values that are per sample");
        c.out[0].dims = c.in[0].dims;
        c.out[0].per_sample = false;
      })
      .kernel([](const Kernel& k, auto zero) { sample_sum(k, zero); })
      .scratch(doubles_of_output)
      .vjp([](const Call& c) { return c.g; })
      .notation("Σ {0}", 7);
  p.op("sample_weight")
      .doc("1/n for a mini-batch of n samples: what a mean over samples multiplies with.")
      .infer([](Inference&) {})
      .kernel([](const Kernel& k, auto zero) {
        using T = decltype(zero);
        *k.out<T>().data() = T{1} / static_cast<T>(k.run_samples());
      })
      .notation("1/n", 7);
}

// Calls f with a zero of the C++ type that holds elements of `dtype`.
template <class F>
void with_dtype(std::int32_t dtype, F f) {
  switch (dtype) {
    case EBB_BOOL:
    case EBB_U8:
      return f(std::uint8_t{});
    case EBB_I8:
      return f(std::int8_t{});
    case EBB_I16:
      return f(std::int16_t{});
    case EBB_I32:
      return f(std::int32_t{});
    case EBB_I64:
      return f(std::int64_t{});
    case EBB_F32:
      return f(float{});
    case EBB_F64:
      return f(double{});
    default:
      throw InternalError("convert: not a concrete element type");
  }
}

void convert_kernel(const Kernel& k) {
  const auto to_dtype = k.out<std::uint8_t>().dtype();
  with_dtype(k.in_dtype(0), [&](auto from) {
    with_dtype(to_dtype, [&](auto to) {
      const auto x = k.in<decltype(from)>(0);
      const auto y = k.out<decltype(to)>();
      for (std::int64_t s = 0; s < k.samples(); ++s)
        std::transform(x.data(s), x.data(s) + x.elements(), y.data(s), [&](auto v) {
          return to_dtype == EBB_BOOL ? static_cast<decltype(to)>(v != 0)
                                      : static_cast<decltype(to)>(v);
        });
    });
  });
}

void register_convert(sdk::Plugin& p) {
  p.family("structure");
  p.op("convert")
      .doc("Another element type; a whole number becomes real, a bool 0 or 1.")
      .input("x", EBB_ANY)
      .attr("dtype", sdk::required, EBB_ATTR_INT,
            "the element type, as the plugin header numbers them", {EBB_BOOL, EBB_REAL})
      .infer([](Inference& c) {
        c.out[0].dtype = static_cast<std::int32_t>(c.attrs.integer(0));
        c.out[0].dims = c.in[0].dims;
      })
      .kernel([](const Kernel& k, auto) { convert_kernel(k); })
      .vjp([](const Call& c) { return c.g; })
      .notation("{0}", 10);
}

}  // namespace

MatrixShape matrix_shape(const Shape& shape, bool transposed) {
  return matrix_shape(shape.dims(), transposed);
}

std::vector<OpDef> core_leaves() {
  const auto leaf = [](const char* name, const char* doc) {
    OpDef op;
    op.name = name;
    op.family = "leaves";
    op.doc = doc;
    op.leaf = true;
    return op;
  };
  return {leaf("const", "A constant of the script."),
          leaf("input", "A value that is given for each run."),
          leaf("variable", "A value that lives from run to run: a parameter or a state."),
          leaf("data", "A column of a data source, in its own element type.")};
}

int core_primitives_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  info->major = EBB_SDK_MAJOR;
  info->minor = EBB_SDK_MINOR;
  info->name = "core";
  info->version = "1.0";
  static const bool built = [] {
    register_algebra(primitives());
    register_shapes(primitives());
    register_samples(primitives());
    register_convert(primitives());
    return true;
  }();
  return built ? primitives().register_all(host, context) : EBB_FAILED;
}

}  // namespace ebb
