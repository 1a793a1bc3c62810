// Every built-in rewrite is proved because it is registered.
#include "graph/core/rewrite.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "graph/compile/simplify.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(rewrites)

namespace {

// The ops, leaves aside, that an expression of the inputs z[3] and y[3] comes down to.
std::set<std::string> ops_left(const std::string& expression) {
  const auto model = model_of("input z[3]\ninput y[3]\nvalue = " + expression + "\noutput value\n");
  Simplifier simplify(model->graph, model->rewrites, {.lower = false});
  const Value value = simplify(model->outputs.at(0).value);
  std::set<std::string> names;
  for (const NodeId id : live_nodes(model->graph, {&value, 1}))
    if (!model->graph.node(id).op->leaf) names.insert(model->graph.node(id).op->name);
  return names;
}

using Names = std::set<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(every_built_in_rewrite_is_an_identity) {
  const auto model = model_of("x = 1\n");
  BOOST_TEST(model->rewrites.size() > 10u);
  for (const Rewrite& rewrite : model->rewrites) BOOST_CHECK_NO_THROW(prove(rewrite, registry()));
}

BOOST_AUTO_TEST_CASE(sigmoid_into_cross_entropy_has_neither_logarithm_nor_sigmoid) {
  // -sum(y .* z - softplus(z)), the minus sign wherever the simplifier puts it.
  Names left = ops_left("cross_entropy(sigmoid(z), y)");
  left.erase("scale");
  BOOST_TEST(left == (Names{"mul", "softplus", "sub", "sum"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(logarithms_of_probabilities_keep_their_digits) {
  BOOST_TEST(ops_left("log(sigmoid(z))") == Names{"log_sigmoid"}, boost::test_tools::per_element());
  BOOST_TEST(ops_left("log(softmax(z))") == Names{"log_softmax"}, boost::test_tools::per_element());
  BOOST_TEST(ops_left("log(1 + exp(z))") == Names{"softplus"}, boost::test_tools::per_element());
  BOOST_TEST(ops_left("log(1 - sigmoid(z))") == (Names{"log_sigmoid", "scale"}),
             boost::test_tools::per_element());
  BOOST_TEST(ops_left("xlogy(y, sigmoid(z))") == (Names{"log_sigmoid", "mul"}),
             boost::test_tools::per_element());
  BOOST_TEST(ops_left("xlogy(y, 1 - sigmoid(z))") == (Names{"log_sigmoid", "mul", "scale"}),
             boost::test_tools::per_element());
  BOOST_TEST(ops_left("xlogy(y, softmax(z))") == (Names{"log_softmax", "mul"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(differences_that_lose_digits_have_ops_of_their_own) {
  const auto check = [](const char* expression, const Names& wanted) {
    BOOST_TEST(ops_left(expression) == wanted, boost::test_tools::per_element());
  };
  check("log(1 + z)", {"log1p"});
  check("exp(z) - 1", {"expm1"});
  check("1 - erf(z)", {"erfc"});
  check("log1p(exp(z))", {"softplus"});
  check("neg(z - y)", {"sub"});
  check("sqrt(square(z))", {"abs"});
  check("reciprocal(1 + exp(neg(z)))", {"sigmoid"});
}

BOOST_AUTO_TEST_CASE(attributes_that_a_pattern_does_not_name_have_their_defaults) {
  // The rule for log(softmax(z)) is about the first dimension.
  BOOST_TEST(ops_left("log(softmax([[1, 2], [3, 4]] .* sum(z), dim = 1))").contains("softmax"));
  BOOST_TEST(ops_left("log(softmax([[1, 2], [3, 4]] .* sum(z)))").contains("log_softmax"));
}

BOOST_AUTO_TEST_CASE(products_of_vectors_are_matrix_products) {
  BOOST_TEST(ops_left("dot(z, z .* z)") == (Names{"matmul", "mul", "transpose"}),
             boost::test_tools::per_element());
  BOOST_TEST(ops_left("outer(z, z)") == (Names{"matmul", "transpose"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(derivatives_and_sums_are_lowered_only_for_plans) {
  const auto model = model_of("x = 1\n");
  int lowering = 0;
  for (const Rewrite& rewrite : model->rewrites) {
    const bool is_sum = rewrite.text == "sum(x) => sum_to(x, shape = [])";
    BOOST_TEST(rewrite.lowering == (is_sum || registry().is_derivative(*rewrite.from.op)),
               rewrite.text);
    lowering += rewrite.lowering ? 1 : 0;
  }
  BOOST_TEST(lowering >= 3);
}

BOOST_AUTO_TEST_SUITE_END()
