#include "graph/core/notation.hpp"

#include <boost/test/unit_test.hpp>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(notation)

namespace {

const OpRegistry& registry() {
  static const OpRegistry all;
  return all;
}

std::string text(const Graph& g, Value value) {
  return formula(g, value, [&](Value v) { return g.name(v) ? *g.name(v) : ""; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(formulas_read_like_mathematics) {
  Graph g(registry());
  const auto named = [&](const char* name, Shape shape) {
    const Value v = g.variable(name, {DType::real, false, shape});
    g.set_name(v, name);
    return v;
  };
  const Value w = named("w", {2, 2}), x = named("x", {2}), b = named("b", {2}), k = named("k", {});
  const Value z = g.add("matmul", {w, x});
  BOOST_TEST(text(g, z) == "w x");
  BOOST_TEST(text(g, g.add("add", {z, b})) == "w x + b");
  BOOST_TEST(text(g, g.add("matmul", {w, x}, {{"ta", true}})) == "wᵀ x");
  BOOST_TEST(text(g, g.add("matmul", {x, b}, {{"tb", true}})) == "x bᵀ");
  BOOST_TEST(text(g, g.add("mul", {z, b})) == "(w x) ⊙ b");
  BOOST_TEST(text(g, g.add("mul", {g.add("add", {x, b}), b})) == "(x + b) ⊙ b");
  BOOST_TEST(text(g, g.add("mul", {k, x})) == "k x");
  BOOST_TEST(text(g, g.add("scale", {x}, {{"factor", 2.0}})) == "2 x");
  BOOST_TEST(text(g, g.add("scale", {g.add("add", {x, b})}, {{"factor", -1.0}})) == "-(x + b)");
  BOOST_TEST(text(g, g.add("transpose", {g.add("add", {x, b})})) == "(x + b)ᵀ");
  BOOST_TEST(text(g, g.add("matmul", {g.add("add", {x, b}), x}, {{"tb", true}})) == "(x + b) xᵀ");
  BOOST_TEST(text(g, g.constant(0.5)) == "0.5");
  BOOST_TEST(text(g, g.add("sum_to", {x}, {{"shape", std::vector<std::int64_t>{}}})) == "sum(x)");
}

BOOST_AUTO_TEST_CASE(a_formula_in_latex) {
  Graph g(registry());
  const auto named = [&](const char* name, Shape shape) {
    const Value v = g.variable(name, {DType::real, false, shape});
    g.set_name(v, name);
    return v;
  };
  const auto latex = [&](Value value) {
    return formula(
        g, value, [&](Value v) { return g.name(v) ? *g.name(v) : ""; }, Markup::latex);
  };
  const Value w = named("a[1].w", {2, 2}), x = named("x", {2}), k = named("eta", {});
  const Value z = g.add("matmul", {w, x}, {{"ta", true}});
  BOOST_TEST(latex(z) == "w_{a_{1}}^{\\mathsf{T}}\\,x");
  BOOST_TEST(latex(g.add("mul", {g.add("add", {z, x}), x})) ==
             "(w_{a_{1}}^{\\mathsf{T}}\\,x + x) \\odot x");
  BOOST_TEST(latex(g.add("mul", {k, x})) == "\\eta\\,x");
  BOOST_TEST(latex(g.add("scale", {g.constant(2)}, {{"factor", 0.5}})) == "0.5 \\cdot 2");
  BOOST_TEST(latex(g.add("transpose", {g.add("transpose", {w})})) ==
             "(w_{a_{1}}^{\\mathsf{T}})^{\\mathsf{T}}");
}

BOOST_AUTO_TEST_CASE(numbers_side_by_side_are_kept_apart) {
  Graph g(registry());
  const Value x = g.variable("x", {DType::real, false, {}});
  const Value half = g.add("scale", {x}, {{"factor", 0.5}});
  BOOST_TEST(text(g, g.add("scale", {half}, {{"factor", 2.0}})) == "2 · 0.5 x");
}

BOOST_AUTO_TEST_CASE(names_of_greek_letters_become_letters) {
  BOOST_TEST(symbol("eta") == "η");
  BOOST_TEST(symbol("beta1") == "β₁");
  BOOST_TEST(symbol("learning_rate") == "learning_rate");
  BOOST_TEST(symbol("beta1x") == "beta1x");
}

BOOST_AUTO_TEST_CASE(values_print_in_c_order) {
  BOOST_TEST(values_text(Tensor::scalar(0.1)) == "0.1");
  BOOST_TEST(values_text(Tensor::from_values(DType::f64, {2, 3}, {1, 2, 3, 4, 5, 1e-9})) ==
             "[[1, 2, 3], [4, 5, 1e-09]]");
  BOOST_TEST(values_text(Tensor::from_values(DType::boolean, {2}, {1, 0})) == "[true, false]");
}

BOOST_AUTO_TEST_SUITE_END()
