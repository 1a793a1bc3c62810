// Orders of dimensions, diagonals and triangles.
#include "ops/matrices.hpp"

namespace ebb::ops {

namespace {

void infer_permute(Inference& c) {
  const Ints dims = c.attrs.dims(0);
  Ints sorted = dims;
  std::sort(sorted.begin(), sorted.end());
  bool complete = static_cast<int>(dims.size()) == c.in[0].rank();
  for (std::size_t d = 0; complete && d < sorted.size(); ++d)
    complete = sorted[d] == static_cast<std::int64_t>(d);
  if (!complete)
    c.fail("dims " + to_string(dims) + " is no order of the dimensions of {0}, which is " +
               to_string(c.in[0].dims),
           "each dimension is named once, counted from 0");
  c.out[0].dtype = c.in[0].dtype;
  for (auto d : dims) c.out[0].dims.push_back(c.in[0].dims[static_cast<std::size_t>(d)]);
}

void permute_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto y = k.out<T>();
    const auto dims = k.attrs.integers(0);
    Loops loops;
    std::int64_t to = 1;
    for (std::size_t d = 0; d < dims.size(); to *= y.dims()[d++])
      loops.add(y.dims()[d], product(x.dims().first(static_cast<std::size_t>(dims[d]))), to);
    for (std::int64_t s = 0; s < k.samples(); ++s) copy(loops, x.data(s), y.data(s));
  });
}

Value permute_vjp(const Call& c) {
  const auto dims = c.attrs.integers(0);
  Ints inverse(dims.size());
  for (std::size_t d = 0; d < dims.size(); ++d)
    inverse[static_cast<std::size_t>(dims[d])] = static_cast<std::int64_t>(d);
  return call("permute", {c.g}, {{"dims", inverse}});
}

// Calls f(x, y) for the memory of every sample of input 0 and output 0, both of one element type.
template <class F>
void for_each_sample(const Kernel& k, F f) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    for (std::int64_t s = 0; s < k.samples(); ++s) f(k.in<T>(0).data(s), k.out<T>().data(s));
  });
}

void diag_kernel(const Kernel& k) {
  const std::int64_t n = k.out<std::uint8_t>().dim(0);
  for_each_sample(k, [n]<class T>(const T* x, T* y) {
    std::fill_n(y, n * n, T{});
    for (std::int64_t i = 0; i < n; ++i) y[i * (n + 1)] = x[i];
  });
}

void diagonal_kernel(const Kernel& k) {
  const std::int64_t n = k.out<std::uint8_t>().dim(0), rows = k.in<std::uint8_t>(0).dim(0);
  for_each_sample(k, [=]<class T>(const T* x, T* y) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = x[i * (rows + 1)];
  });
}

Value diagonal_vjp(const Call& c) {
  const Ints dims = c[0].type().dims;
  const std::int64_t n = std::min(dims[0], dims[1]);
  const Value square = call("diag", c.g);
  if (dims[0] == dims[1]) return square;
  return call("pad", {square}, {{"before", Ints{0, 0}}, {"after", Ints{dims[0] - n, dims[1] - n}}});
}

template <class T>
void trace_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    double sum = 0;
    for (std::int64_t i = 0; i < x.dim(0); ++i) sum += x.data(s)[i * (x.dim(0) + 1)];
    *k.out<T>().data(s) = static_cast<T>(sum);
  }
}

// Keeps what lies on the kept side of diagonal k, where column - row = k, and that diagonal.
template <bool Upper>
void triangle_kernel(const Kernel& kernel) {
  const auto rows = kernel.out<std::uint8_t>().dim(0), columns = kernel.out<std::uint8_t>().dim(1);
  const auto k = kernel.attrs.integer(0);
  for_each_sample(kernel, [=]<class T>(const T* x, T* y) {
    for (std::int64_t j = 0; j < columns; ++j)
      for (std::int64_t i = 0; i < rows; ++i, ++x, ++y)
        *y = (Upper ? j - i >= k : j - i <= k) ? *x : T{};
  });
}

void infer_triangle(Inference& c) {
  check_matrix(c);
  c.out[0] = c.in[0];
}

void orders(Plugin& plugin) {
  plugin.op("permute")
      .doc("x with its dimensions in another order: dimension i of the result is dims[i] of x.")
      .input("x", EBB_ANY)
      .attr("dims", required, EBB_ATTR_INTS, "the new order of the dimensions of x", non_negative)
      .infer(infer_permute)
      .kernel(permute_kernel)
      .vjp(permute_vjp)
      .selects()
      .notation("permute({0}, {dims})")
      .range("(-inf, inf)")
      .example("permute([[[1, 2]], [[3, 4]]], [2, 0, 1])", "[[[1], [3]], [[2], [4]]]");
}

void diagonals(Plugin& plugin) {
  plugin.op("diag")
      .doc("The matrix whose diagonal is a vector, with zeros elsewhere.")
      .input("x", EBB_ANY)
      .infer([](Inference& c) {
        if (c.in[0].rank() != 1)
          c.fail("{0} is " + to_string(c.in[0].dims) + ", but must be a vector",
                 "diagonal takes the diagonal of a matrix");
        c.out[0].dtype = c.in[0].dtype;
        c.out[0].dims = {c.in[0].dims[0], c.in[0].dims[0]};
      })
      .kernel(diag_kernel)
      .vjp([](const Call& c) { return call("diagonal", c.g); })
      .notation("diag({0})")
      .range("(-inf, inf)")
      .example("diag([1, 2])", "[[1, 0], [0, 2]]");

  plugin.op("diagonal")
      .doc("The diagonal of a matrix, a vector.")
      .input("x", EBB_ANY)
      .infer([](Inference& c) {
        check_matrix(c);
        c.out[0].dtype = c.in[0].dtype;
        c.out[0].dims = {std::min(c.in[0].dims[0], c.in[0].dims[1])};
      })
      .kernel(diagonal_kernel)
      .vjp(diagonal_vjp)
      .selects()
      .notation("diagonal({0})")
      .range("(-inf, inf)")
      .example("diagonal([[1, 2], [3, 4]])", "[1, 4]");

  plugin.op("trace")
      .doc("The sum of the diagonal of a square matrix.")
      .input("x")
      .infer([](Inference& c) { check_square(c); })
      .kernel([]<class T>(const Kernel& k, T) { trace_kernel<T>(k); })
      .vjp([](const Call& c) {
        const Ints dims = c[0].type().dims;
        return call("diag", call("broadcast", {c.g}, {{"shape", Ints{dims[0]}}}));
      })
      .notation("tr({0})")
      .range("(-inf, inf)")
      .example("trace([[1, 2], [3, 4]])", "5");
}

void triangles(Plugin& plugin) {
  plugin.op("triu")
      .doc("The upper triangle of a matrix, with zeros below diagonal k.")
      .input("x", EBB_ANY)
      .attr("k", 0, "the lowest diagonal that stays; 0 is the main one, 1 the one above it")
      .infer(infer_triangle)
      .kernel(triangle_kernel<true>)
      .vjp([](const Call& c) {
        return call("triu", {c.g}, {{"k", c.attrs[0]}});
      })
      .notation("triu({0}, {k})")
      .range("(-inf, inf)")
      .example("triu([[1, 2], [3, 4]])", "[[1, 2], [0, 4]]");

  plugin.op("tril")
      .doc("The lower triangle of a matrix, with zeros above diagonal k.")
      .input("x", EBB_ANY)
      .attr("k", 0, "the highest diagonal that stays; 0 is the main one, -1 the one below it")
      .infer(infer_triangle)
      .kernel(triangle_kernel<false>)
      .vjp([](const Call& c) {
        return call("tril", {c.g}, {{"k", c.attrs[0]}});
      })
      .notation("tril({0}, {k})")
      .range("(-inf, inf)")
      .example("tril([[1, 2], [3, 4]])", "[[1, 0], [3, 4]]");
}

}  // namespace

void matrices(Plugin& plugin) {
  plugin.family("linear algebra");
  orders(plugin);
  diagonals(plugin);
  triangles(plugin);
}

}  // namespace ebb::ops
