// Cases of linear algebra.
#include <algorithm>
#include <cmath>

#include "tests/ops/cases.hpp"

namespace ebb::test {

using Ints = std::vector<std::int64_t>;

namespace {

// Calls f with the element function of every sample of a matrix: at(i, j).
template <class F>
void for_each_matrix(Tensor& value, F f) {
  const std::int64_t rows = value.type().shape[0], n = value.elements_per_sample();
  for (std::int64_t s = 0; s < value.samples(); ++s)
    f([&, s](std::int64_t i, std::int64_t j) { return s * n + i + j * rows; });
}

// Input 0 becomes a tenth of what was drawn plus a diagonal of distinct numbers: its determinant,
// eigenvalues and singular values are then far from 0 and from each other.
void distinct(std::size_t input, Tensor& value) {
  if (input != 0) return;
  const std::int64_t n = std::min(value.type().shape[0], value.type().shape[1]);
  for (std::int64_t i = 0; i < value.elements_per_sample() * value.samples(); ++i)
    value.set(i, value.at(i) / 10);
  for_each_matrix(value, [&](auto at) {
    for (std::int64_t i = 0; i < n; ++i)
      value.set(at(i, i),
                value.at(at(i, i)) + (i % 2 == 0 ? 1.0 : -1.0) * static_cast<double>(i + 1));
  });
}

// Input 0 becomes positive definite, though not symmetric.
void definite(std::size_t input, Tensor& value) {
  if (input != 0) return;
  distinct(input, value);
  const std::int64_t n = value.type().shape[0];
  for_each_matrix(value, [&](auto at) {
    for (std::int64_t i = 0; i < n; ++i) value.set(at(i, i), std::abs(value.at(at(i, i))));
  });
}

std::vector<Case> adjusted(std::vector<Case> cases, void (*adjust)(std::size_t, Tensor&)) {
  for (Case& one : cases) one.adjust = adjust;
  return cases;
}

void add_products(Cases& cases) {
  cases["dot"] = {{{{3}, {3}}, {}}, {{{1}, {1}}, {}}};
  cases["outer"] = {{{{2}, {3}}, {}}, {{{1}, {2}}, {}}};
  cases["kron"] = {{{{2, 3}, {2, 1}}, {}}, {{{1, 2}, {2, 2}}, {}}};
  cases["batched_matmul"] = {{{{2, 3}, {3, 2}}, {}},
                             {{{2, 2, 3}, {2, 3, 1}}, {}},
                             {{{3, 3, 2}, {3, 3, 2}}, {{"ta", true}}},
                             {{{2, 2, 3}, {2, 2, 3}}, {{"tb", true}}},
                             {{{2, 1, 3, 2}, {2, 1, 2, 3}}, {{"ta", true}, {"tb", true}}}};
}

void add_matrices(Cases& cases) {
  cases["permute"] = {{{{}}, {{"dims", Ints{}}}},
                      {{{3}}, {{"dims", Ints{0}}}},
                      {{{2, 3}}, {{"dims", Ints{1, 0}}}},
                      {{{2, 3, 2}}, {{"dims", Ints{2, 0, 1}}}},
                      {{{2, 1, 3, 2}}, {{"dims", Ints{0, 3, 2, 1}}}}};
  cases["diag"] = {{{{3}}, {}}, {{{1}}, {}}};
  cases["diagonal"] = {{{{3, 3}}, {}}, {{{2, 3}}, {}}, {{{3, 1}}, {}}};
  cases["trace"] = {{{{3, 3}}, {}}, {{{1, 1}}, {}}};
  const std::vector<Case> triangles = {
      {{{3, 3}}, {}}, {{{2, 4}}, {{"k", std::int64_t{1}}}}, {{{3, 2}}, {{"k", std::int64_t{-1}}}}};
  cases["triu"] = triangles;
  cases["tril"] = triangles;
}

void add_solvers(Cases& cases) {
  const std::vector<Case> square = {{{{1, 1}}, {}}, {{{2, 2}}, {}}, {{{3, 3}}, {}}};
  for (const char* op : {"det", "logdet", "inv"}) cases[op] = adjusted(square, distinct);
  const std::vector<Case> systems = {{{{3, 3}, {3}}, {}}, {{{2, 2}, {2, 3}}, {}}};
  cases["solve"] = adjusted(systems, distinct);
  cases["solve_spd"] = adjusted(systems, definite);
  cases["solve_triangular"] = adjusted({{{{3, 3}, {3}}, {}},
                                        {{{3, 3}, {3, 2}}, {{"lower", false}}},
                                        {{{2, 2}, {2, 2}}, {{"transposed", true}}},
                                        {{{3, 3}, {3}}, {{"lower", false}, {"transposed", true}}}},
                                       distinct);
}

void add_decompositions(Cases& cases) {
  cases["cholesky"] = adjusted({{{{1, 1}}, {}}, {{{2, 2}}, {}}, {{{3, 3}}, {}}}, definite);
  const std::vector<Case> square = {{{{2, 2}}, {}}, {{{3, 3}}, {}}};
  cases["symmetric_eigenvalues"] = adjusted(square, distinct);
  cases["symmetric_eigenvectors"] = adjusted(square, distinct);
  const std::vector<Case> any = {{{{2, 2}}, {}}, {{{3, 2}}, {}}, {{{2, 4}}, {}}};
  cases["singular_values"] = adjusted(any, distinct);
  cases["singular_vectors"] = adjusted(any, distinct);
  const std::string one = "1", two = "2";
  cases["norm"] = {{{{}}, {}},
                   {{{3}}, {}},
                   {{{2, 3}}, {}},
                   {{{2, 1, 2, 2}}, {}},
                   {{{3}}, {{"kind", one}}},
                   {{{3}}, {{"kind", two}}}};
  for (Case& of_matrix : adjusted(
           {{{{2, 3}}, {{"kind", one}}}, {{{3, 3}}, {{"kind", two}}}, {{{3, 2}}, {{"kind", two}}}},
           distinct))
    cases["norm"].push_back(of_matrix);
}

}  // namespace

Cases linear_algebra_cases() {
  Cases cases;
  add_products(cases);
  add_matrices(cases);
  add_solvers(cases);
  add_decompositions(cases);
  return cases;
}

}  // namespace ebb::test
