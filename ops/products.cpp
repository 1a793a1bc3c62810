// Products of stacks of matrices, of vectors, and the Kronecker product.
#include "ops/blas.hpp"
#include "ops/matrices.hpp"

namespace ebb::ops {

namespace {

// One operand of a batched product, or its result: `batch` matrices, whose index is the fastest in
// memory.
struct Stack {
  std::int64_t batch = 1, rows, columns;

  explicit Stack(std::span<const std::int64_t> dims)
      : rows(dims[dims.size() - 2]), columns(dims[dims.size() - 1]) {
    for (auto d : dims.first(dims.size() - 2)) batch *= d;
  }
  std::int64_t elements() const { return batch * rows * columns; }
};

void infer_batched(Inference& c) {
  const auto &a = c.in[0], &b = c.in[1];
  for (std::size_t i = 0; i < 2; ++i)
    if (c.in[i].rank() < 2)
      c.fail("{" + std::to_string(i) + "} is " + to_string(c.in[i].dims) +
             ", but must have at least two dimensions");
  const std::string shapes = ": {0} is " + to_string(a.dims) + ", {1} is " + to_string(b.dims);
  const Ints batch(a.dims.begin(), a.dims.end() - 2);
  if (batch != Ints(b.dims.begin(), b.dims.end() - 2))
    c.fail("leading dimensions differ" + shapes,
           "all dimensions but the last two count the matrices");
  const bool ta = c.attrs.boolean(0), tb = c.attrs.boolean(1);
  const Stack sa(a.dims), sb(b.dims);
  if ((ta ? sa.rows : sa.columns) != (tb ? sb.columns : sb.rows))
    c.fail("inner sizes differ" + shapes);
  c.out[0].dims = batch;
  c.out[0].dims.push_back(ta ? sa.columns : sa.rows);
  c.out[0].dims.push_back(tb ? sb.rows : sb.columns);
}

// The matrices one after the other, each transposed if asked for; x itself where it is so already.
// OpenBLAS allocates in small products of no transposed operand, which is why A comes transposed.
template <class T>
const T* packed(const Stack& stack, bool transpose, const T* x, T* room) {
  if (stack.batch == 1 && !transpose) return x;
  const std::int64_t rows = stack.rows, columns = stack.columns, batch = stack.batch;
  Loops loops;
  if (transpose) {
    loops.add(columns, batch * rows, 1);
    loops.add(rows, batch, columns);
  } else {
    loops.add(rows, batch, 1);
    loops.add(columns, batch * rows, rows);
  }
  loops.add(batch, 1, rows * columns);
  copy(loops, x, room);
  return room;
}

template <class T>
void batched_kernel(const Kernel& k) {
  const auto a = k.in<T>(0), b = k.in<T>(1);
  const auto c = k.out<T>();
  const Stack sa(a.dims()), sb(b.dims()), sc(c.dims());
  const bool ta = k.attrs.boolean(0), tb = k.attrs.boolean(1);
  const std::int64_t inner = ta ? sa.rows : sa.columns;
  T* room_a = static_cast<T*>(k.scratch());
  T* room_b = room_a + sa.elements();
  T* room_c = room_b + sb.elements();
  const T *pa = nullptr, *pb = nullptr;
  Loops unpacking;
  unpacking.add(sc.batch, sc.rows * sc.columns, 1);
  unpacking.add(sc.rows * sc.columns, 1, sc.batch);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    if (s == 0 || a.per_sample()) pa = packed(sa, !ta, a.data(s), room_a);
    if (s == 0 || b.per_sample()) pb = packed(sb, tb, b.data(s), room_b);
    T* pc = sc.batch == 1 ? c.data(s) : room_c;
    for (std::int64_t i = 0; i < sc.batch; ++i)
      multiply<T>({pa + i * sc.rows * inner, inner, true}, {pb + i * inner * sc.columns, inner},
                  {pc + i * sc.rows * sc.columns, sc.rows}, sc.rows, sc.columns, inner, false);
    if (sc.batch != 1) copy(unpacking, static_cast<const T*>(room_c), c.data(s));
  }
}

std::size_t batched_scratch(const ScratchRequest& r) {
  const auto elements =
      Type(r.inputs[0]).elements() + Type(r.inputs[1]).elements() + Type(r.outputs[0]).elements();
  return static_cast<std::size_t>(elements) * r.element_size;
}

double batched_flops(const ScratchRequest& r) {
  const Type a(r.inputs[0]), c(r.outputs[0]);
  const auto inner = a.dims[a.dims.size() - (r.attrs.boolean(0) ? 2 : 1)];
  const auto sums =
      static_cast<double>(c.per_sample ? r.samples : 1) * static_cast<double>(c.elements());
  return 2 * sums * static_cast<double>(inner);
}

Value batched(const Value& a, bool ta, const Value& b, bool tb) {
  return call("batched_matmul", {a, b}, {{"ta", ta}, {"tb", tb}});
}

void check_vectors(const Inference& c) {
  for (std::size_t i = 0; i < 2; ++i)
    if (c.in[i].rank() != 1)
      c.fail("{" + std::to_string(i) + "} is " + to_string(c.in[i].dims) +
             ", but must be a vector");
}

void infer_dot(Inference& c) {
  check_vectors(c);
  if (c.in[0].dims != c.in[1].dims)
    c.fail("sizes differ: {0} is " + to_string(c.in[0].dims) + ", {1} is " +
           to_string(c.in[1].dims));
}

template <class T>
void dot_kernel(const Kernel& k) {
  const auto a = k.in<T>(0), b = k.in<T>(1);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    double sum = 0;
    for (std::int64_t i = 0; i < a.dim(0); ++i)
      sum += static_cast<double>(a.data(s)[i]) * static_cast<double>(b.data(s)[i]);
    *k.out<T>().data(s) = static_cast<T>(sum);
  }
}

void infer_outer(Inference& c) {
  check_vectors(c);
  c.out[0].dims = {c.in[0].dims[0], c.in[1].dims[0]};
}

template <class T>
void outer_kernel(const Kernel& k) {
  const auto a = k.in<T>(0), b = k.in<T>(1);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* y = k.out<T>().data(s);
    for (std::int64_t j = 0; j < b.dim(0); ++j)
      for (std::int64_t i = 0; i < a.dim(0); ++i) *y++ = a.data(s)[i] * b.data(s)[j];
  }
}

void infer_kron(Inference& c) {
  check_matrix(c, 0);
  check_matrix(c, 1);
  c.out[0].dims = {c.in[0].dims[0] * c.in[1].dims[0], c.in[0].dims[1] * c.in[1].dims[1]};
}

template <class T>
void kron_kernel(const Kernel& k) {
  const auto a = k.in<T>(0), b = k.in<T>(1);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* y = k.out<T>().data(s);
    for (std::int64_t ja = 0; ja < a.dim(1); ++ja)
      for (std::int64_t jb = 0; jb < b.dim(1); ++jb)
        for (std::int64_t ia = 0; ia < a.dim(0); ++ia)
          for (std::int64_t ib = 0; ib < b.dim(0); ++ib)
            *y++ = a.data(s)[ia + ja * a.dim(0)] * b.data(s)[ib + jb * b.dim(0)];
  }
}

// The gradient of kron(a, b) with respect to a or b: the sum over the elements of the other.
Value kron_vjp(const Call& c, int input) {
  const Ints a = c[0].type().dims, b = c[1].type().dims;
  const Value g = reshaped(c.g, {a[0], b[0], a[1], b[1]});
  const Value other =
      input == 0 ? reshaped(c[1], {1, b[0], 1, b[1]}) : reshaped(c[0], {a[0], 1, a[1], 1});
  return call("sum", {g * other}, {{"dims", input == 0 ? Ints{1, 3} : Ints{0, 2}}});
}

void of_vectors(Plugin& plugin) {
  plugin.op("dot")
      .doc("The inner product of two vectors, a scalar.")
      .input("a")
      .input("b")
      .infer(infer_dot)
      .kernel([]<class T>(const Kernel& k, T) { dot_kernel<T>(k); })
      .vjp([](const Call& c) { return c.g * c[1]; }, [](const Call& c) { return c.g * c[0]; })
      .commutative()
      .notation("{0}ᵀ {1}", 6)
      .range("(-inf, inf)")
      .example("dot([1, 2], [3, 4])", "11");

  plugin.op("outer")
      .doc("The outer product of two vectors, the matrix of a[i] b[j].")
      .input("a")
      .input("b")
      .infer(infer_outer)
      .kernel([]<class T>(const Kernel& k, T) { outer_kernel<T>(k); })
      .vjp([](const Call& c) { return product(c.g, c[1]); },
           [](const Call& c) { return product(c.g, c[0], true); })
      .notation("{0} {1}ᵀ", 6)
      .range("(-inf, inf)")
      .example("outer([1, 2], [3, 4])", "[[3, 4], [6, 8]]");
}

void of_matrices(Plugin& plugin) {
  plugin.op("batched_matmul")
      .doc(
          "The matrix products of two stacks of matrices: the last two dimensions are those of the "
          "matrices, the leading ones count them and must agree.")
      .input("a")
      .input("b")
      .attr("ta", false, "transpose the matrices of A")
      .attr("tb", false, "transpose the matrices of B")
      .infer(infer_batched)
      .kernel([]<class T>(const Kernel& k, T) { batched_kernel<T>(k); })
      .scratch(batched_scratch)
      .flops(batched_flops)
      .vjp(
          [](const Call& c) {
            const bool ta = c.attrs.boolean(0), tb = c.attrs.boolean(1);
            return ta ? batched(c[1], tb, c.g, true) : batched(c.g, false, c[1], !tb);
          },
          [](const Call& c) {
            const bool ta = c.attrs.boolean(0), tb = c.attrs.boolean(1);
            return tb ? batched(c.g, true, c[0], ta) : batched(c[0], !ta, c.g, false);
          })
      .notation("{0}{ta?ᵀ} {1}{tb?ᵀ}", 6)
      .range("(-inf, inf)")
      .example("batched_matmul([[[1, 2]], [[3, 4]]], [[[5], [6]], [[7], [8]]])",
               "[[[17]], [[53]]]");

  plugin.op("kron")
      .doc("The Kronecker product of two matrices: the block matrix of a[i, j] B.")
      .input("a")
      .input("b")
      .infer(infer_kron)
      .kernel([]<class T>(const Kernel& k, T) { kron_kernel<T>(k); })
      .vjp([](const Call& c) { return kron_vjp(c, 0); },
           [](const Call& c) { return kron_vjp(c, 1); })
      .notation("{0} ⊗ {1}", 6)
      .range("(-inf, inf)")
      .example("kron([[1, 2]], [[1], [3]])", "[[1, 2], [3, 6]]");
}

}  // namespace

void products(Plugin& plugin) {
  plugin.family("linear algebra");
  of_vectors(plugin);
  of_matrices(plugin);
}

}  // namespace ebb::ops
