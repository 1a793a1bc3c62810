// Cholesky's decomposition, eigenvalues of symmetric matrices, singular values, and norms. A
// decomposition of a symmetric matrix is that of (A + Aᵀ) / 2, so that its derivative with respect
// to each element is defined.
#include "ops/lapack.hpp"
#include "ops/matrices.hpp"

namespace ebb::ops {

namespace {

template <class T>
void cholesky_kernel(const Kernel& k) {
  const auto a = k.in<T>(0);
  const auto n = a.dim(0);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* l = k.out<T>().data(s);
    copy_symmetrised(n, a.data(s), l);
    if (!factor_cholesky(n, l)) {
      fill_nan(l, n * n);
      continue;
    }
    for (std::int64_t j = 1; j < n; ++j) std::fill_n(l + j * n, j, T{});
  }
}

// L⁻ᵀ Φ(Lᵀ g) L⁻¹, symmetrised, where Φ takes the lower triangle with half the diagonal; Murray,
// "Differentiation of the Cholesky decomposition", 2016, eq. 10.
Value cholesky_vjp(const Call& c) {
  const Value l = c.out();
  const auto solved = [&](const Value& b) {
    return call("solve_triangular", {l, b}, {{"transposed", true}});
  };
  const Value full = product(l, call("tril", c.g), true);
  const Value half = call("tril", full) - 0.5 * call("diag", call("diagonal", full));
  return symmetrised(solved(transposed(solved(half))));
}

// The first element of largest magnitude of n.
template <class T>
T leading_element(const T* x, std::int64_t n) {
  return *std::max_element(x, x + n, [](T a, T b) { return abs(a) < abs(b); });
}

template <class T>
void eigenvalues_kernel(const Kernel& k) {
  const auto a = k.in<T>(0);
  const auto n = a.dim(0);
  Workspace<T> room(k);
  T *copy = room.take(n * n), *work = room.take(eigen_work(n));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    copy_symmetrised(n, a.data(s), copy);
    T* w = k.out<T>().data(s);
    if (!eigen(false, n, copy, w, work)) fill_nan(w, n);
  }
}

template <class T>
void eigenvectors_kernel(const Kernel& k) {
  const auto a = k.in<T>(0);
  const auto n = a.dim(0);
  Workspace<T> room(k);
  T *w = room.take(n), *work = room.take(eigen_work(n));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* v = k.out<T>().data(s);
    copy_symmetrised(n, a.data(s), v);
    if (!eigen(true, n, v, w, work)) {
      fill_nan(v, n * n);
      continue;
    }
    for (T* column = v; column != v + n * n; column += n)
      if (leading_element(column, n) < 0) std::transform(column, column + n, column, std::negate{});
  }
}

std::size_t eigen_scratch(const ScratchRequest& r) {
  const auto n = r.inputs[0].dims[0];
  return scratch_of(n * n + eigen_work(n), r);
}

// X with its columns multiplied by the elements of a vector.
Value scaled_columns(const Value& x, const Value& factors) { return x * as_row(factors); }

Value eigenvalues_vjp(const Call& c) {
  const Value v = call("symmetric_eigenvectors", c[0]);
  return product(scaled_columns(v, c.g), v, false, true);
}

// 1 / (x[j] - x[i]) at [i, j], and 0 where they are equal.
Value reciprocal_gaps(const Value& x) { return reciprocal_or_zero(as_row(x) - x); }

// V (F ⊙ Vᵀ g) Vᵀ, symmetrised, with F the reciprocal gaps between the eigenvalues; Giles 2008,
// section 3.1.
Value eigenvectors_vjp(const Call& c) {
  const Value v = c.out();
  const Value gaps = reciprocal_gaps(call("symmetric_eigenvalues", c[0]));
  return symmetrised(product(product(v, gaps * product(v, c.g, true)), v, false, true));
}

template <class T>
void singular_values_kernel(const Kernel& k) {
  const auto a = k.in<T>(0);
  Workspace<T> room(k);
  T *copy = room.take(a.elements()), *work = room.take(svd_work(a.dim(0), a.dim(1)));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::copy_n(a.data(s), a.elements(), copy);
    T* values = k.out<T>().data(s);
    if (!svd<T>(a.dim(0), a.dim(1), copy, values, nullptr, nullptr, work))
      fill_nan(values, k.out<T>().elements());
  }
}

std::size_t singular_values_scratch(const ScratchRequest& r) {
  const auto m = r.inputs[0].dims[0], n = r.inputs[0].dims[1];
  return scratch_of(m * n + svd_work(m, n), r);
}

template <class T>
void singular_vectors_kernel(const Kernel& k) {
  const auto a = k.in<T>(0);
  const auto m = a.dim(0), n = a.dim(1), count = std::min(m, n);
  Workspace<T> room(k);
  T *copy = room.take(m * n), *values = room.take(count), *u = room.take(m * count),
    *vt = room.take(count * n), *work = room.take(svd_work(m, n));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    std::copy_n(a.data(s), m * n, copy);
    T* y = k.out<T>().data(s);
    if (!svd(m, n, copy, values, u, vt, work)) {
      fill_nan(y, (m + n) * count);
      continue;
    }
    for (std::int64_t j = 0; j < count; ++j, y += m + n) {
      const T sign = leading_element(u + j * m, m) < 0 ? T{-1} : T{1};
      for (std::int64_t i = 0; i < m; ++i) y[i] = sign * u[i + j * m];
      for (std::int64_t i = 0; i < n; ++i) y[m + i] = sign * vt[j + i * count];
    }
  }
}

std::size_t singular_vectors_scratch(const ScratchRequest& r) {
  const auto m = r.inputs[0].dims[0], n = r.inputs[0].dims[1], count = std::min(m, n);
  return scratch_of(m * n + count + (m + n) * count + svd_work(m, n), r);
}

// The part of singular_vectors, or of its gradient, that belongs to U, or to V.
Value left(const Value& vectors, std::int64_t m) {
  return call("slice", {vectors}, {{"begin", Ints{0}}, {"end", Ints{m}}});
}
Value right(const Value& vectors, std::int64_t m) {
  return call("slice", {vectors}, {{"begin", Ints{m}}, {"end", Ints{vectors.type().dims[0]}}});
}

Value singular_values_vjp(const Call& c) {
  const auto m = c[0].type().dims[0];
  const Value vectors = call("singular_vectors", c[0]);
  return product(scaled_columns(left(vectors, m), c.g), right(vectors, m), false, true);
}

// x - q qᵀ x: what of x is orthogonal to the columns of q.
Value orthogonal_part(const Value& x, const Value& q) {
  return x - product(q, product(q, x, true));
}

// With J = F ⊙ Uᵀ g_U, K = F ⊙ Vᵀ g_V, F the reciprocal gaps between the squares of the singular
// values, and S their diagonal matrix:
// U ((J + Jᵀ) S + S (K + Kᵀ)) Vᵀ + (I - U Uᵀ) g_U S⁻¹ Vᵀ + U S⁻¹ g_Vᵀ (I - V Vᵀ);
// Townsend, "Differentiating the singular value decomposition", 2016.
Value singular_vectors_vjp(const Call& c) {
  const auto m = c[0].type().dims[0];
  const Value u = left(c.out(), m), v = right(c.out(), m);
  const Value gu = left(c.g, m), gv = right(c.g, m);
  const Value s = call("singular_values", c[0]), inverse = reciprocal_or_zero(s);
  const Value gaps = reciprocal_gaps(s * s);
  const auto doubled = [&](const Value& basis, const Value& g) {
    const Value half = gaps * product(basis, g, true);
    return half + transposed(half);
  };
  const Value inner = scaled_columns(doubled(u, gu), s) + s * doubled(v, gv);
  const Value outside_u = scaled_columns(orthogonal_part(gu, u), inverse);
  const Value outside_v = scaled_columns(orthogonal_part(gv, v), inverse);
  return product(product(u, inner) + outside_u, v, false, true) +
         product(u, outside_v, false, true);
}

void infer_same_square(Inference& c) {
  check_square(c);
  c.out[0].dims = c.in[0].dims;
}

void symmetric(Plugin& plugin) {
  plugin.op("cholesky")
      .doc(
          "The lower triangular L with L Lᵀ = (A + Aᵀ) / 2; nan where that is not positive "
          "definite.")
      .input("a")
      .infer(infer_same_square)
      .kernel([]<class T>(const Kernel& k, T) { cholesky_kernel<T>(k); })
      .vjp(cholesky_vjp)
      .notation("cholesky({0})")
      .range("(-inf, inf)")
      .example("cholesky([[4, 2], [2, 5]])", "[[2, 0], [1, 2]]");

  plugin.op("symmetric_eigenvalues")
      .doc(
          "The eigenvalues of (A + Aᵀ) / 2, in ascending order. Where some coincide the gradient "
          "is "
          "one of the possible ones, right for costs in which they are alike; the second "
          "derivatives lack what these share.")
      .input("a")
      .infer([](Inference& c) {
        check_square(c);
        c.out[0].dims = {c.in[0].dims[0]};
      })
      .kernel([]<class T>(const Kernel& k, T) { eigenvalues_kernel<T>(k); })
      .scratch(eigen_scratch)
      .vjp(eigenvalues_vjp)
      .notation("symmetric_eigenvalues({0})")
      .range("(-inf, inf)")
      .example("symmetric_eigenvalues([[2, 1], [1, 2]])", "[1, 3]");

  plugin.op("symmetric_eigenvectors")
      .doc(
          "The eigenvectors of (A + Aᵀ) / 2 as columns of length 1, in the order of "
          "symmetric_eigenvalues, each with its element of largest magnitude positive. Vectors of "
          "one eigenvalue have no derivative in each other's direction; it is taken to be 0.")
      .input("a")
      .infer(infer_same_square)
      .kernel([]<class T>(const Kernel& k, T) { eigenvectors_kernel<T>(k); })
      .scratch(eigen_scratch)
      .vjp(eigenvectors_vjp)
      .notation("symmetric_eigenvectors({0})")
      .range("[-1, 1]")
      .example("symmetric_eigenvectors([[3, 0], [0, 2]])", "[[0, 1], [1, 0]]");
}

void singular(Plugin& plugin) {
  plugin.op("singular_values")
      .doc(
          "The singular values of a matrix, in descending order. Where some coincide or are 0 the "
          "gradient is one of the possible ones, right for costs in which they are alike; the "
          "second derivatives lack what these share.")
      .input("a")
      .infer([](Inference& c) {
        check_matrix(c);
        c.out[0].dims = {std::min(c.in[0].dims[0], c.in[0].dims[1])};
      })
      .kernel([]<class T>(const Kernel& k, T) { singular_values_kernel<T>(k); })
      .scratch(singular_values_scratch)
      .vjp(singular_values_vjp)
      .notation("singular_values({0})")
      .range("[0, inf)")
      .example("singular_values([[3, 0], [0, -4]])", "[4, 3]");

  plugin.op("singular_vectors")
      .doc(
          "The singular vectors of a matrix [m, n] as columns, in the order of singular_values: in "
          "the first m rows the left ones, in the other n the right ones. Of each left one the "
          "element of largest magnitude is positive. Vectors of one singular value have no "
          "derivative in each other's direction; it is taken to be 0.")
      .input("a")
      .infer([](Inference& c) {
        check_matrix(c);
        const auto m = c.in[0].dims[0], n = c.in[0].dims[1];
        c.out[0].dims = {m + n, std::min(m, n)};
      })
      .kernel([]<class T>(const Kernel& k, T) { singular_vectors_kernel<T>(k); })
      .scratch(singular_vectors_scratch)
      .vjp(singular_vectors_vjp)
      .notation("singular_vectors({0})")
      .range("[-1, 1]")
      .example("singular_vectors([[3], [4]])", "[[0.6], [0.8], [1]]");
}

}  // namespace

void decompositions(Plugin& plugin) {
  plugin.family("linear algebra");
  symmetric(plugin);
  singular(plugin);
}

}  // namespace ebb::ops
