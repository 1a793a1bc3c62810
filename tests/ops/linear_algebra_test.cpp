#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(linear_algebra)

namespace {

// The gradient of a weighted sum of the result with respect to input `wrt`, printed.
std::string weighted_gradient(const std::string& op, const std::vector<Tensor>& inputs,
                              std::size_t wrt, const Tensor& weights) {
  OneOp node(op, inputs, {});
  const Value products =
      node.graph.add("mul", {node.result, node.graph.constant(weights)}, NamedAttrs{});
  const Value sum = node.graph.add("sum", {products}, NamedAttrs{});
  node.result = gradients(node.graph, sum, {&node.leaves[wrt], 1})[0];
  return print(node.evaluate(inputs, Precision::f64));
}

const Tensor& regular() {
  static const Tensor a = real({3, 3}, {2, 1, 0, 1, 3, 1, 0, 1, 4});  // positive definite, det 18
  return a;
}
Tensor singular() { return real({2, 2}, {1, 2, 2, 4}); }

}  // namespace

BOOST_AUTO_TEST_CASE(products_of_vectors) {
  const Tensor a = real({3}, {1, 2, 3}), b = real({3}, {4, 5, 6});
  BOOST_TEST(run("dot", {a, b}) == "32");
  BOOST_TEST(run("outer", {a, real({2}, {1, -1})}) == "[[1, -1], [2, -2], [3, -3]]");
  BOOST_TEST(refusal("dot", {a, real({2}, {1, 2})}) == "sizes differ: x is [3], y is [2]");
  BOOST_TEST(refusal("outer", {a, real(1)}) == "y is [], but must be a vector");
}

BOOST_AUTO_TEST_CASE(products_of_stacks_of_matrices) {
  // Two matrices, [[1, 2], [3, 4]] and the identity.
  const Tensor a = real({2, 2, 2}, {1, 2, 3, 4, 1, 0, 0, 1});
  const Tensor b = real({2, 2, 1}, {5, 6, 7, 8});
  BOOST_TEST(run("batched_matmul", {a, b}) == "[[[17], [39]], [[7], [8]]]");
  BOOST_TEST(run("batched_matmul", {a, b}, {{"ta", true}}) == "[[[23], [34]], [[7], [8]]]");
  BOOST_TEST(run("batched_matmul", {b, a}, {{"ta", true}}) == "[[[23, 34]], [[7, 8]]]");
  BOOST_TEST(run("batched_matmul", {b, a}, {{"ta", true}, {"tb", true}}) ==
             "[[[17, 39]], [[7, 8]]]");
  BOOST_TEST(run("batched_matmul", {real({1, 2}, {1, 2}), real({2, 1}, {3, 4})}) == "[[11]]");
}

BOOST_AUTO_TEST_CASE(stacks_that_do_not_fit_are_refused) {
  const Tensor a = real({2, 1, 2}, {1, 2, 3, 4});
  BOOST_TEST(refusal("batched_matmul", {a, real({1, 2, 1}, {1, 2})}) ==
             "leading dimensions differ: x is [2, 1, 2], y is [1, 2, 1]\n"
             "hint: all dimensions but the last two count the matrices");
  BOOST_TEST(refusal("batched_matmul", {a, a}) ==
             "inner sizes differ: x is [2, 1, 2], y is [2, 1, 2]");
  BOOST_TEST(refusal("batched_matmul", {a, real({2}, {1, 2})}) ==
             "y is [2], but must have at least two dimensions");
  BOOST_TEST(refusal("matmul", {a, a}) ==
             "the matrix product takes matrices, but x is [2, 1, 2]\n"
             "hint: batched_matmul multiplies stacks of matrices");
}

BOOST_AUTO_TEST_CASE(large_stacks_agree_with_products_one_by_one) {
  // Larger than the tiles in which matrices are packed.
  const Shape shape{3, 20, 35};
  std::vector<double> values(3 * 20 * 35);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 7 % 13) - 6;
  const Tensor a = real(shape, values);
  const OneOp node("batched_matmul", {a, a}, {{"tb", true}});
  const Array stacked = to_array(node.evaluate({a, a}, Precision::f64));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * 700);
    const Tensor one = real({20, 35}, {first, first + 700});
    const OneOp alone("matmul", {one, one}, {{"tb", true}});
    const Array expected = to_array(alone.evaluate({one, one}, Precision::f64));
    for (std::int64_t j = 0; j < 400; ++j)
      BOOST_TEST(stacked.at(static_cast<std::int64_t>(i) * 400 + j) == expected.at(j));
  }
}

BOOST_AUTO_TEST_CASE(kronecker_products) {
  const Tensor a = real({2, 2}, {1, 2, 3, 4}), b = real({1, 2}, {0, 5});
  BOOST_TEST(run("kron", {a, b}) == "[[0, 5, 0, 10], [0, 15, 0, 20]]");
  BOOST_TEST(gradient("kron", {a, b}, 0) == "[[5, 5], [5, 5]]");
  BOOST_TEST(gradient("kron", {a, b}, 1) == "[[10, 10]]");
  BOOST_TEST(refusal("kron", {a, real(1)}) == "y is [], but must be a matrix");
}

BOOST_AUTO_TEST_CASE(orders_of_dimensions) {
  const Tensor x = real({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(run("permute", {x}, {{"dims", Ints{2, 0, 1}}}) ==
             "[[[1], [4]], [[2], [5]], [[3], [6]]]");
  BOOST_TEST(run("permute", {x}, {{"dims", Ints{0, 2, 1}}}) ==
             "[[[1], [2], [3]], [[4], [5], [6]]]");
  BOOST_TEST(run("permute", {whole({2, 2}, {1, 2, 3, 4})}, {{"dims", Ints{1, 0}}}) ==
             "int [[1, 3], [2, 4]]");
  BOOST_TEST(refusal("permute", {x}, {{"dims", Ints{0, 1}}}) ==
             "dims [0, 1] is no order of the dimensions of x, which is [2, 1, 3]\n"
             "hint: each dimension is named once, counted from 0");
  BOOST_TEST(refusal("permute", {x}, {{"dims", Ints{0, 1, 1}}}) ==
             "dims [0, 1, 1] is no order of the dimensions of x, which is [2, 1, 3]\n"
             "hint: each dimension is named once, counted from 0");
}

BOOST_AUTO_TEST_CASE(large_values_are_permuted_in_tiles) {
  const std::int64_t rows = 50, columns = 37, layers = 3;
  std::vector<double> values(static_cast<std::size_t>(rows * columns * layers));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  const Tensor x = real({rows, columns, layers}, values);
  const OneOp node("permute", {x}, {{"dims", Ints{2, 1, 0}}});
  const Array y = to_array(node.evaluate({x}, Precision::f64));
  bool agrees = true;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      for (std::int64_t l = 0; l < layers; ++l)
        agrees = agrees && y.at((l * columns + j) * rows + i) ==
                               static_cast<double>((i * columns + j) * layers + l);
  BOOST_TEST(agrees);
}

BOOST_AUTO_TEST_CASE(diagonals_and_triangles) {
  const Tensor x = real({2, 3}, {1, 2, 3, 4, 5, 6});
  const std::int64_t one = 1;
  BOOST_TEST(run("diagonal", {x}) == "[1, 5]");
  BOOST_TEST(gradient("diagonal", {x}, 0) == "[[1, 0, 0], [0, 1, 0]]");
  BOOST_TEST(run("diag", {whole({2}, {3, 4})}) == "int [[3, 0], [0, 4]]");
  BOOST_TEST(run("trace", {regular()}) == "9");
  BOOST_TEST(run("triu", {x}) == "[[1, 2, 3], [0, 5, 6]]");
  BOOST_TEST(run("triu", {x}, {{"k", one}}) == "[[0, 2, 3], [0, 0, 6]]");
  BOOST_TEST(run("triu", {x}, {{"k", -one}}) == "[[1, 2, 3], [4, 5, 6]]");
  BOOST_TEST(run("tril", {x}) == "[[1, 0, 0], [4, 5, 0]]");
  BOOST_TEST(run("tril", {x}, {{"k", one}}) == "[[1, 2, 0], [4, 5, 6]]");
  BOOST_TEST(refusal("trace", {x}) == "x is [2, 3], but must be a square matrix");
  BOOST_TEST(refusal("diag", {x}) ==
             "x is [2, 3], but must be a vector\nhint: diagonal takes the diagonal of a matrix");
}

BOOST_AUTO_TEST_CASE(determinants) {
  BOOST_TEST(run("det", {regular()}) == "18");
  BOOST_TEST(run("det", {real({2, 2}, {0, 1, 1, 0})}) == "-1");
  BOOST_TEST(run("det", {real({2, 2}, {2, 4, 1, 2})}) == "0");
  BOOST_TEST(run("logdet", {regular()}) == "2.890372");
  BOOST_TEST(run("logdet", {singular()}) == "-inf");
  BOOST_TEST(gradient("det", {real({2, 2}, {1, 2, 3, 4})}, 0) == "[[4, -3], [-2, 1]]");
  BOOST_TEST(refusal("det", {real({3}, {1, 2, 3})}) == "x is [3], but must be a square matrix");
}

BOOST_AUTO_TEST_CASE(inverses_and_solutions) {
  const Tensor b = real({3}, {3, 5, 5});
  BOOST_TEST(run("inv", {regular()}) ==
             "[[0.6111111, -0.2222222, 0.05555556], [-0.2222222, 0.4444444, -0.1111111], "
             "[0.05555556, -0.1111111, 0.2777778]]");
  for (const char* op : {"solve", "solve_spd"}) {
    BOOST_TEST(run(op, {regular(), b}) == "[1, 1, 1]");
    BOOST_TEST(run(op, {regular(), real({3, 2}, {3, 4, 5, 10, 5, 14})}) ==
               "[[1, 1], [1, 2], [1, 3]]");
    BOOST_TEST(run(op, {regular(), samples(DType::f64, {3}, {3, 5, 5, 4, 10, 14})}) ==
               "[[1, 1, 1], [1, 2, 3]]");
    BOOST_TEST(refusal(op, {regular(), real({2}, {1, 2})}) ==
               "sizes differ: x is [3, 3], y is [2]");
    BOOST_TEST(refusal(op, {regular(), real(1)}) == "y is [], but must be a vector or a matrix");
  }
}

BOOST_AUTO_TEST_CASE(of_a_triangular_matrix_the_other_triangle_is_not_read) {
  const Tensor a = real({2, 2}, {2, 3, 1, 4}), b = real({2}, {2, 5});
  BOOST_TEST(run("solve_triangular", {a, b}) == "[1, 1]");
  BOOST_TEST(run("solve_triangular", {a, b}, {{"lower", false}}) == "[-0.875, 1.25]");
  BOOST_TEST(run("solve_triangular", {a, b}, {{"transposed", true}}) == "[0.375, 1.25]");
  BOOST_TEST(gradient("solve_triangular", {a, b}, 0) == "[[-0.375, -0], [-0.25, -0.25]]");
}

BOOST_AUTO_TEST_CASE(what_has_no_solution_is_nan) {
  const Tensor b = real({2}, {1, 1}), indefinite = real({2, 2}, {1, 2, 2, 1});
  const auto all_nan = [](const std::string& op, const std::vector<Tensor>& inputs) {
    const OneOp node(op, inputs, {});
    const Tensor y = node.evaluate(inputs, Precision::f64);
    bool all = true;
    for (std::int64_t i = 0; i < y.elements_per_sample(); ++i) all = all && std::isnan(y.at(i));
    return all;
  };
  BOOST_TEST(all_nan("inv", {singular()}));
  BOOST_TEST(all_nan("solve", {singular(), b}));
  BOOST_TEST(all_nan("solve_triangular", {real({2, 2}, {1, 0, 1, 0}), b}));
  BOOST_TEST(all_nan("solve_spd", {indefinite, b}));
  BOOST_TEST(all_nan("cholesky", {indefinite}));
  for (const char* op : {"det", "logdet"})
    BOOST_TEST(gradient(op, {singular()}, 0).find_first_of("0123456789") == std::string::npos, op);
  const Tensor not_finite = real({2, 2}, {1, 0, 0, std::nan("")});
  for (const char* op : {"inv", "cholesky", "symmetric_eigenvalues", "symmetric_eigenvectors",
                         "singular_values", "singular_vectors"})
    BOOST_TEST(all_nan(op, {not_finite}), op);
}

BOOST_AUTO_TEST_CASE(decompositions_of_symmetric_matrices) {
  const Tensor a = real({2, 2}, {2, 1, 1, 2});
  BOOST_TEST(run("cholesky", {real({2, 2}, {4, 2, 2, 5})}) == "[[2, 0], [1, 2]]");
  BOOST_TEST(run("cholesky", {real({2, 2}, {4, 4, 0, 5})}) == "[[2, 0], [1, 2]]");
  BOOST_TEST(run("symmetric_eigenvalues", {a}) == "[1, 3]");
  BOOST_TEST(run("symmetric_eigenvalues", {real({2, 2}, {2, 2, 0, 2})}) == "[1, 3]");
  BOOST_TEST(run("symmetric_eigenvectors", {real({2, 2}, {2, 2, 2, 5})}) ==
             "[[0.8944272, 0.4472136], [-0.4472136, 0.8944272]]");
  BOOST_TEST(gradient("cholesky", {real({2, 2}, {4, 2, 2, 5})}, 0) ==
             "[[0.1875, 0.125], [0.125, 0.25]]");
}

BOOST_AUTO_TEST_CASE(singular_values_and_vectors) {
  const Tensor a = real({2, 3}, {0, 2, 0, 3, 0, 0});
  BOOST_TEST(run("singular_values", {a}) == "[3, 2]");
  BOOST_TEST(run("singular_vectors", {real({2, 2}, {2, 2, 2, 5})}) ==
             "[[0.4472136, 0.8944272], [0.8944272, -0.4472136], "
             "[0.4472136, 0.8944272], [0.8944272, -0.4472136]]");
  BOOST_TEST(run("singular_vectors", {real({1, 2}, {3, -4})}) == "[[1], [0.6], [-0.8]]");
  BOOST_TEST(run("singular_vectors", {real({2, 1}, {-3, 0})}) == "[[1], [0], [-1]]");
}

// The identity has every vector as an eigenvector; a cost in which eigenvalues are alike has a
// gradient all the same.
BOOST_AUTO_TEST_CASE(where_eigenvalues_coincide_costs_in_which_they_are_alike_have_their_gradient) {
  const Tensor identity = real({2, 2}, {1, 0, 0, 1});
  BOOST_TEST(gradient("symmetric_eigenvalues", {identity}, 0) == "[[1, 0], [0, 1]]");
  BOOST_TEST(gradient("singular_values", {identity}, 0) == "[[1, 0], [0, 1]]");
}

BOOST_AUTO_TEST_CASE(where_eigenvalues_coincide_the_others_get_one_of_the_possible_gradients) {
  const Tensor identity = real({2, 2}, {1, 0, 0, 1}), first = real({2}, {1, 0});
  const std::string one = weighted_gradient("symmetric_eigenvalues", {identity}, 0, first);
  BOOST_TEST((one == "[[1, 0], [0, 0]]" || one == "[[0, 0], [0, 1]]"), one);
  const std::string other = weighted_gradient("singular_values", {identity}, 0, first);
  BOOST_TEST((other == "[[1, 0], [0, 0]]" || other == "[[0, 0], [0, 1]]"), other);
}

BOOST_AUTO_TEST_CASE(vectors_of_one_eigenvalue_have_no_derivative_in_each_others_direction) {
  const Tensor weights = real({2, 2}, {1, 2, 3, 4}), twice = real({2, 2}, {2, 0, 0, 2});
  BOOST_TEST(weighted_gradient("symmetric_eigenvectors", {twice}, 0, weights) ==
             "[[0, 0], [0, 0]]");
  const Tensor both = real({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  BOOST_TEST(weighted_gradient("singular_vectors", {twice}, 0, both) == "[[0, 0], [0, 0]]");
}

BOOST_AUTO_TEST_CASE(norms) {
  const Tensor v = real({3}, {2, -3, 6}), a = real({2, 2}, {3, -4, 0, 5});
  const NamedAttrs one = {{"kind", std::string("1")}}, two = {{"kind", std::string("2")}};
  BOOST_TEST(run("norm", {v}) == "7");
  BOOST_TEST(run("norm", {v}, one) == "11");
  BOOST_TEST(run("norm", {v}, two) == "7");
  BOOST_TEST(run("norm", {a}) == "7.071068");
  BOOST_TEST(run("norm", {a}, one) == "9");
  BOOST_TEST(run("norm", {a}, two) == "6.708204");
  BOOST_TEST(run("norm", {real({2, 1, 2}, {1, 1, 1, 1})}) == "2");
  BOOST_TEST(gradient("norm", {v}, 0) == "[0.2857143, -0.4285714, 0.8571429]");
  BOOST_TEST(gradient("norm", {a}, 0, one) == "[[0, -1], [0, 1]]");
  BOOST_TEST(refusal("norm", {v}, {{"kind", std::string("3")}}) ==
             "kind is \"1\", \"2\" or \"frobenius\", not \"3\"");
  BOOST_TEST(refusal("norm", {real({1, 1, 1}, {1})}, two) ==
             "x is [1, 1, 1], but must be a vector or a matrix\n"
             "hint: kind \"frobenius\" takes any shape");
}

BOOST_AUTO_TEST_CASE(at_their_kinks_norms_have_the_documented_gradients) {
  const NamedAttrs one = {{"kind", std::string("1")}};
  BOOST_TEST(gradient("norm", {real({2}, {0, 0})}, 0) == "[0, 0]");
  BOOST_TEST(gradient("norm", {real({2}, {0, -2})}, 0, one) == "[0, -1]");
  BOOST_TEST(gradient("norm", {real({2, 2}, {1, 2, -2, 1})}, 0, one) ==
             "[[0.5, 0.5], [-0.5, 0.5]]");
}

BOOST_AUTO_TEST_SUITE_END()
