// Determinants, inverses and systems of linear equations. VJP rules: Giles, "Collected matrix
// derivative results for forward and reverse mode algorithmic differentiation", 2008, section 2.
#include "ops/lapack.hpp"
#include "ops/matrices.hpp"

namespace ebb::ops {

namespace {

// The LU factors of every sample of input 0: f(is_regular, lu, pivots, s).
template <class T, class F>
void for_each_lu(const Kernel& k, F f) {
  const auto a = k.in<T>(0);
  const auto n = a.dim(0);
  Workspace<T> room(k);
  T* lu = room.take(n * n);
  blas_int* pivots = room.take_pivots(n);
  bool is_regular = false;
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    if (s == 0 || a.per_sample()) {
      std::copy_n(a.data(s), n * n, lu);
      is_regular = factor_lu(n, lu, pivots);
    }
    f(is_regular, lu, pivots, s);
  }
}

std::size_t lu_scratch(const ScratchRequest& r) {
  const auto n = r.inputs[0].dims[0];
  return scratch_of(n * n + n, r);
}

template <class T>
void det_kernel(const Kernel& k) {
  const auto n = k.in<T>(0).dim(0);
  for_each_lu<T>(k, [&](bool, const T* lu, const blas_int* pivots, std::int64_t s) {
    double det = 1;
    for (std::int64_t i = 0; i < n; ++i)
      det *= (pivots[i] == i + 1 ? 1 : -1) * static_cast<double>(lu[i * (n + 1)]);
    *k.out<T>().data(s) = static_cast<T>(det);
  });
}

template <class T>
void logdet_kernel(const Kernel& k) {
  const auto n = k.in<T>(0).dim(0);
  for_each_lu<T>(k, [&](bool, const T* lu, const blas_int*, std::int64_t s) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += log(abs(static_cast<double>(lu[i * (n + 1)])));
    *k.out<T>().data(s) = static_cast<T>(sum);
  });
}

template <class T>
void inv_kernel(const Kernel& k) {
  const auto n = k.in<T>(0).dim(0);
  for_each_lu<T>(k, [&](bool is_regular, T* lu, blas_int* pivots, std::int64_t s) {
    T* y = k.out<T>().data(s);
    if (!is_regular) return fill_nan(y, n * n);
    std::fill_n(y, n * n, T{});
    for (std::int64_t i = 0; i < n; ++i) y[i * (n + 1)] = 1;
    solve_lu(n, n, lu, pivots, y);
  });
}

// Columns of the right side of a system of equations.
template <class V>
std::int64_t columns_of(const V& b) {
  return b.rank() == 1 ? 1 : b.dim(1);
}

template <class T>
void solve_kernel(const Kernel& k) {
  const auto b = k.in<T>(1);
  const auto n = b.dim(0);
  for_each_lu<T>(k, [&](bool is_regular, T* lu, blas_int* pivots, std::int64_t s) {
    T* y = k.out<T>().data(s);
    if (!is_regular) return fill_nan(y, b.elements());
    std::copy_n(b.data(s), b.elements(), y);
    solve_lu(n, columns_of(b), lu, pivots, y);
  });
}

template <class T>
void solve_triangular_kernel(const Kernel& k) {
  const auto a = k.in<T>(0), b = k.in<T>(1);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* y = k.out<T>().data(s);
    std::copy_n(b.data(s), b.elements(), y);
    if (!solve_triangle(k.attrs.boolean(0), k.attrs.boolean(1), b.dim(0), columns_of(b), a.data(s),
                        y))
      fill_nan(y, b.elements());
  }
}

template <class T>
void solve_spd_kernel(const Kernel& k) {
  const auto a = k.in<T>(0), b = k.in<T>(1);
  const auto n = b.dim(0);
  T* l = static_cast<T*>(k.scratch());
  bool is_definite = false;
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    if (s == 0 || a.per_sample()) {
      copy_symmetrised(n, a.data(s), l);
      is_definite = factor_cholesky(n, l);
    }
    T* y = k.out<T>().data(s);
    std::copy_n(b.data(s), b.elements(), y);
    if (is_definite)
      solve_cholesky(n, columns_of(b), l, y);
    else
      fill_nan(y, b.elements());
  }
}

void infer_system(Inference& c) {
  check_square(c);
  const auto &a = c.in[0], &b = c.in[1];
  if (b.rank() < 1 || b.rank() > 2)
    c.fail("{1} is " + to_string(b.dims) + ", but must be a vector or a matrix");
  if (a.dims[0] != b.dims[0])
    c.fail("sizes differ: {0} is " + to_string(a.dims) + ", {1} is " + to_string(b.dims));
  c.out[0].dims = b.dims;
}

// Of A x = b: the gradient with respect to b is A⁻ᵀ g, that with respect to A is -(A⁻ᵀ g) xᵀ.
Value solve_right(const Call& c) { return call("solve", {transposed(c[0]), c.g}); }
Value spd_right(const Call& c) { return call("solve_spd", {c[0], c.g}); }

Value triangular_right(const Call& c) {
  return call("solve_triangular", {c[0], c.g},
              {{"lower", c.attrs[0]}, {"transposed", !c.attrs.boolean(1)}});
}

Value triangular_left(const Call& c) {
  const Value gb = triangular_right(c);
  const Value full =
      c.attrs.boolean(1) ? product(c.out(), gb, false, true) : product(gb, c.out(), false, true);
  return -call(c.attrs.boolean(0) ? "tril" : "triu", full);
}

void determinants(Plugin& plugin) {
  plugin.op("det")
      .doc(
          "The determinant of a square matrix. Its gradient is found by the inverse, and is nan "
          "where the matrix is singular.")
      .input("a")
      .infer([](Inference& c) { check_square(c); })
      .kernel([]<class T>(const Kernel& k, T) { det_kernel<T>(k); })
      .scratch(lu_scratch)
      .vjp([](const Call& c) { return c.g * c.out() * transposed(call("inv", c[0])); })
      .notation("det({0})")
      .range("(-inf, inf)")
      .example("det([[1, 2], [3, 4]])", "-2");

  plugin.op("logdet")
      .doc(
          "log |det(A)| of a square matrix, without overflow; -inf where it is singular, and its "
          "gradient is nan there.")
      .input("a")
      .infer([](Inference& c) { check_square(c); })
      .kernel([]<class T>(const Kernel& k, T) { logdet_kernel<T>(k); })
      .scratch(lu_scratch)
      .vjp([](const Call& c) { return c.g * transposed(call("inv", c[0])); })
      .notation("log |det({0})|")
      .range("(-inf, inf)")
      .example("logdet([[1, 2], [3, 4]])", "0.6931472");

  plugin.op("inv")
      .doc("The inverse of a square matrix; nan where it is singular.")
      .input("a")
      .infer([](Inference& c) {
        check_square(c);
        c.out[0].dims = c.in[0].dims;
      })
      .kernel([]<class T>(const Kernel& k, T) { inv_kernel<T>(k); })
      .scratch(lu_scratch)
      .vjp(
          [](const Call& c) { return -product(product(c.out(), c.g, true), c.out(), false, true); })
      .notation("{0}^(-1)", 9)
      .range("(-inf, inf)")
      .example("inv([[1, 2], [0, 4]])", "[[1, -0.5], [0, 0.25]]");
}

void systems(Plugin& plugin) {
  plugin.op("solve")
      .doc(
          "The x with A x = b, for a square matrix A and a vector b or a matrix of such columns; "
          "nan "
          "where A is singular.")
      .input("a")
      .input("b")
      .infer(infer_system)
      .kernel([]<class T>(const Kernel& k, T) { solve_kernel<T>(k); })
      .scratch(lu_scratch)
      .vjp([](const Call& c) { return -product(solve_right(c), c.out(), false, true); },
           solve_right)
      .notation("{0}^(-1) {1}", 6)
      .range("(-inf, inf)")
      .example("solve([[2, 0], [0, 4]], [2, 2])", "[1, 0.5]");

  plugin.op("solve_triangular")
      .doc(
          "The x with A x = b, for a triangular matrix A, of which the other triangle is not read; "
          "nan where its diagonal has a 0.")
      .input("a")
      .input("b")
      .attr("lower", true, "A is the lower triangle, not the upper")
      .attr("transposed", false, "solve with the transpose of A")
      .infer(infer_system)
      .kernel([]<class T>(const Kernel& k, T) { solve_triangular_kernel<T>(k); })
      .vjp(triangular_left, triangular_right)
      .notation("solve_triangular({0}{transposed?ᵀ}, {1})")
      .range("(-inf, inf)")
      .example("solve_triangular([[2, 0], [1, 4]], [2, 5])", "[1, 1]");

  plugin.op("solve_spd")
      .doc(
          "The x with A x = b, for a symmetric positive definite matrix A, by Cholesky's "
          "decomposition of (A + Aᵀ) / 2; nan where that is not positive definite.")
      .input("a")
      .input("b")
      .infer(infer_system)
      .kernel([]<class T>(const Kernel& k, T) { solve_spd_kernel<T>(k); })
      .scratch([](const ScratchRequest& r) {
        return scratch_of(r.inputs[0].dims[0] * r.inputs[0].dims[0], r);
      })
      .vjp([](const Call& c) { return -symmetrised(product(spd_right(c), c.out(), false, true)); },
           spd_right)
      .notation("{0}^(-1) {1}", 6)
      .range("(-inf, inf)")
      .example("solve_spd([[2, 1], [1, 2]], [3, 3])", "[1, 1]");
}

}  // namespace

void solvers(Plugin& plugin) {
  plugin.family("linear algebra");
  determinants(plugin);
  systems(plugin);
}

}  // namespace ebb::ops
