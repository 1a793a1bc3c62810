#include "graph/core/latex.hpp"

#include <boost/test/unit_test.hpp>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(latex)

namespace {

std::string name(const char* text) { return latex_of(text, Words::variables); }
std::string notation(const char* text) { return latex_of(text, Words::functions); }

}  // namespace

BOOST_AUTO_TEST_CASE(indices_and_layers_are_subscripts) {
  BOOST_TEST(name("x") == "x");
  BOOST_TEST(name("hidden") == "\\mathit{hidden}");
  BOOST_TEST(name("learning_rate") == "\\mathit{learning\\_rate}");
  BOOST_TEST(name("a[0]") == "a_{0}");
  BOOST_TEST(name("a[0][12]") == "a_{0,12}");
  BOOST_TEST(name("a[1].w") == "w_{a_{1}}");
  BOOST_TEST(name("block[0].att.q") == "q_{\\mathit{block}_{0}.\\mathit{att}}");
  BOOST_TEST(name("a.h₂") == "h_{a,2}");
  BOOST_TEST(name("w′") == "w'");
  BOOST_TEST(name("a.w'") == "w_{a}'");
}

BOOST_AUTO_TEST_CASE(greek_letters_are_commands_however_they_are_written) {
  BOOST_TEST(name("η") == "\\eta");
  BOOST_TEST(name("eta") == "\\eta");
  BOOST_TEST(name("beta1") == "\\beta_{1}");
  BOOST_TEST(name("β₁") == "\\beta_{1}");
  BOOST_TEST(name("a[0].δ") == "\\delta_{a_{0}}");
  BOOST_TEST(name("Δw") == "\\mathit{\\Delta w}");
}

BOOST_AUTO_TEST_CASE(letters_that_the_fonts_lack_are_numbers) {
  BOOST_TEST(name("größe") == "\\mathit{gr\\text{ö}\\text{ß}e}");
  BOOST_TEST(name("重み") == "\\mathit{\\text{(E9878D)}\\text{(E381BF)}}");
}

BOOST_AUTO_TEST_CASE(differentials_are_fractions) {
  BOOST_TEST(name("∂C/∂a[0].w") == "\\frac{\\partial C}{\\partial w_{a_{0}}}");
  BOOST_TEST(name("δ(h₁) = ∂C/∂h₁") == "\\delta(h_{1}) = \\frac{\\partial C}{\\partial h_{1}}");
  BOOST_TEST(with_tall_brackets(name("⟨∂C/∂w⟩")) ==
             "\\left\\langle\\frac{\\partial C}{\\partial w}\\right\\rangle");
}

BOOST_AUTO_TEST_CASE(numbers_have_no_e) {
  BOOST_TEST(name("0.25") == "0.25");
  BOOST_TEST(name("-1e-08") == "-10^{-8}");
  BOOST_TEST(name("2.5e+20") == "2.5 \\cdot 10^{20}");
  BOOST_TEST(name("-inf") == "-\\infty");
  BOOST_TEST(name("[0, 1]") == "[0, 1]");
}

// The characters 1 and 2 stand for operands.
BOOST_AUTO_TEST_CASE(notations_keep_their_operands) {
  BOOST_TEST(notation("\x01 / \x02") == "\\frac{\x01}{\x02}");
  BOOST_TEST(notation("1 / (\x01 + 2)") == "\\frac{1}{(\x01 + 2)}");
  BOOST_TEST(notation("√(\x01)") == "\\sqrt{\x01}");
  BOOST_TEST(notation("∛(\x01)") == "\\sqrt[3]{\x01}");
  BOOST_TEST(notation("\x01^\x02") == "\x01^{\x02}");
  BOOST_TEST(notation("e^(\x01 - 1)") == "e^{\x01 - 1}");
  BOOST_TEST(notation("\x01ᵀ \x02") == "\x01^{\\mathsf{T}}\\,\x02");
  BOOST_TEST(notation("\x01 ⊙ \x02") == "\x01 \\odot \x02");
  BOOST_TEST(notation("|\x01|") == "\\lvert \x01\\rvert");
  BOOST_TEST(notation("‖\x01‖₂") == "\\lVert \x01\\rVert_{2}");
  BOOST_TEST(notation("¬\x01") == "\\lnot \x01");
  BOOST_TEST(notation("log σ(\x01)") == "\\log \\sigma(\x01)");
  BOOST_TEST(notation("tanh′(\x01)") == "\\tanh'(\x01)");
  BOOST_TEST(notation("log1p(\x01)") == "\\operatorname{log1p}(\x01)");
  BOOST_TEST(notation("leaky_relu(\x01)") == "\\operatorname{leaky\\_relu}(\x01)");
  BOOST_TEST(notation("\x01 and \x02") == "\x01 \\operatorname{and} \x02");
}

BOOST_AUTO_TEST_CASE(brackets_grow_with_what_is_in_them) {
  BOOST_TEST(with_tall_brackets("(a) + f(\\frac{1}{(b)})") ==
             "(a) + f\\left(\\frac{1}{(b)}\\right)");
  BOOST_TEST(with_tall_brackets("((\\sqrt{x}))") == "\\left(\\left(\\sqrt{x}\\right)\\right)");
}

BOOST_AUTO_TEST_SUITE_END()
