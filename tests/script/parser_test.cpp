#include "graph/script/parser.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/script/ast_dump.hpp"

BOOST_AUTO_TEST_SUITE(parser)

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The tree of a script without errors.
std::string tree(const std::string& text) {
  ebb::Diagnostics diagnostics;
  const auto script = ebb::parse(std::make_shared<ebb::SourceFile>("t.ebb", text), diagnostics);
  BOOST_TEST(diagnostics.to_string() == "");
  return ebb::test::AstDump().lines(script.statements);
}

// The tree of an expression without errors.
std::string operations(const std::string& text) {
  const ebb::SourceFile file("t.ebb", text);
  ebb::Diagnostics diagnostics;
  const auto expression = ebb::parse_expression(file, diagnostics);
  BOOST_TEST(diagnostics.to_string() == "");
  return expression ? ebb::test::AstDump().text(*expression) : "";
}

// The expression written back.
std::string source(const std::string& text) {
  const ebb::SourceFile file("t.ebb", text);
  ebb::Diagnostics diagnostics;
  const auto expression = ebb::parse_expression(file, diagnostics);
  BOOST_TEST(diagnostics.to_string() == "");
  return expression ? ebb::ast::to_source(*expression) : "";
}

std::string errors(const std::string& text, const std::string& name = "t.ebb") {
  ebb::Diagnostics diagnostics;
  ebb::parse(std::make_shared<ebb::SourceFile>(name, text), diagnostics);
  return diagnostics.to_string();
}

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

std::string_view text_of(const ebb::Span& span) {
  return std::string_view(span.file->text()).substr(span.begin, span.end - span.begin);
}

const std::filesystem::path wrong_scripts =
    std::filesystem::path(EBB_SOURCE_DIR) / "tests/script/wrong";

}  // namespace

BOOST_AUTO_TEST_CASE(the_classifier_of_the_manual_is_understood) {
  BOOST_TEST(tree(R"(# digits.ebb: Nielsen's 784-30-10 handwritten-digit classifier

option hidden = 30   "neurons in the hidden layer"
option eta    = 3.0  "learning rate"

layer dense(x, n) {
  param w[n, size(x)] ~ normal(0, 1 / sqrt(size(x)))
  param b[n]          ~ normal(0, 1)
  z = w * x + b
  return sigmoid(z)
}

input  x[784]
target y[10]

a = x
for n in [hidden, 10] { a = dense(a, n) }

output a
cost   quadratic(a, y)
metric accuracy(a, y)

data train {
  x = idx("train-images-idx3-ubyte.gz") / 255
  y = one_hot(idx("train-labels-idx1-ubyte.gz"), 10)
}
data test {
  x = idx("t10k-images-idx3-ubyte.gz") / 255
  y = one_hot(idx("t10k-labels-idx1-ubyte.gz"), 10)
}

train {
  optimizer = sgd(eta)
  minibatch = 10
  epochs    = 30
}
)") == "(option hidden 30 \"neurons in the hidden layer\")\n"
       "(option eta 3 \"learning rate\")\n"
       "(layer dense (x n) {"
       " (param w [n (call size x)] (call normal 0 (/ 1 (call sqrt (call size x)))))"
       " (param b [n] (call normal 0 1))"
       " (assign z (+ (* w x) b))"
       " (return (call sigmoid z)) })\n"
       "(input x [784])\n"
       "(target y [10])\n"
       "(assign a x)\n"
       "(for n (list hidden 10) { (assign a (call dense a n)) })\n"
       "(output a)\n"
       "(cost (call quadratic a y))\n"
       "(metric (call accuracy a y))\n"
       "(data train {"
       " (assign x (/ (call idx \"train-images-idx3-ubyte.gz\") 255))"
       " (assign y (call one_hot (call idx \"train-labels-idx1-ubyte.gz\") 10)) })\n"
       "(data test {"
       " (assign x (/ (call idx \"t10k-images-idx3-ubyte.gz\") 255))"
       " (assign y (call one_hot (call idx \"t10k-labels-idx1-ubyte.gz\") 10)) })\n"
       "(train (= optimizer (call sgd eta)) (= minibatch 10) (= epochs 30))\n");
}

BOOST_AUTO_TEST_CASE(every_other_statement_is_understood) {
  BOOST_TEST(tree("include \"std/layers.ebb\"\nuse extra_ops") ==
             "(include \"std/layers.ebb\")\n(use extra_ops)\n");
  BOOST_TEST(tree("def f(a, b = 1) = a + b\ndef g() { x = 1; return x }") ==
             "(def f (a (= b 1)) = { (return (+ a b)) })\n"
             "(def g () { (assign x 1) (return x) })\n");
  BOOST_TEST(tree("input x\ninput t[32] : int\ntarget m[2, 3] : bool\ninput r : real") ==
             "(input x)\n(input t [32] int)\n(target m [2 3] bool)\n(input r)\n");
  BOOST_TEST(tree("param c ~ constant(-2)") == "(param c (call constant (- 2)))\n");
  BOOST_TEST(tree("layer l(x) { state m[size(x)] = zeros; m' = x; return m }") ==
             "(layer l (x) { (state m [(call size x)] zeros) (assign m' x) (return m) })\n");
  BOOST_TEST(tree("optimizer momentum(w, g; eta = 0.01, mu = 0.9) {\n"
                  "  state v = zeros\n  v' = mu * v - eta * g\n  w' = w + v'\n}") ==
             "(optimizer momentum (w g) ((= eta 0.01) (= mu 0.9)) { (state v zeros)"
             " (assign v' (- (* mu v) (* eta g))) (assign w' (+ w v')) })\n");
  BOOST_TEST(tree("optimizer plain(w, g) { w' = w - g }\noptimizer twice(w, g; rule) { w' = "
                  "rule(rule(w, g), g) }") ==
             "(optimizer plain (w g) () { (assign w' (- w g)) })\n"
             "(optimizer twice (w g) (rule) { (assign w' (call rule (call rule w g) g)) })\n");
  BOOST_TEST(tree("rewrite log(sigmoid(z)) => log_sigmoid(z)") ==
             "(rewrite (call log (call sigmoid z)) (call log_sigmoid z))\n");
  BOOST_TEST(tree("metric error = 1 - a\nassert n > 0 \"n must be positive\"") ==
             "(metric error = (- 1 a))\n(assert (> n 0) \"n must be positive\")\n");
  BOOST_TEST(tree("if a { b = 1 } else if c { b = 2 }\nelse { b = 3 }\nif d { }") ==
             "(if a { (assign b 1) } { (if c { (assign b 2) } { (assign b 3) }) })\n(if d { })\n");
  BOOST_TEST(tree("train { optimizer = [\"*.b\": sgd(0.1), \"*\": adam()]; batch = all }") ==
             "(train (= optimizer (map (: \"*.b\" (call sgd 0.1)) (: \"*\" (call adam)))) (= batch "
             "all))\n");
  BOOST_TEST(tree("") == "");
  BOOST_TEST(tree("\n;;\n a = 1 ; ; b = 2;") == "(assign a 1)\n(assign b 2)\n");
}

BOOST_AUTO_TEST_CASE(operators_bind_as_in_mathematics) {
  BOOST_TEST(operations("a or b and not c == d + e * f ^ g") ==
             "(or a (and b (not (== c (+ d (* e (^ f g)))))))");
  BOOST_TEST(operations("a - b - c + d") == "(+ (- (- a b) c) d)");
  BOOST_TEST(operations("a / b * c .* d ./ e ⊙ f") == "(.* (./ (.* (* (/ a b) c) d) e) f)");
  BOOST_TEST(operations("a ^ b ^ c") == "(^ a (^ b c))");
  BOOST_TEST(operations("a .^ b ^ -c ^ d") == "(.^ a (^ b (- (^ c d))))");
  BOOST_TEST(operations("-x ^ 2") == "(- (^ x 2))");
  BOOST_TEST(operations("2 ^ -1") == "(^ 2 (- 1))");
  BOOST_TEST(operations("-a * -b - -c") == "(- (* (- a) (- b)) (- c))");
  BOOST_TEST(operations("not not a or b") == "(or (not (not a)) b)");
  BOOST_TEST(operations("0..n + 1") == "(.. 0 (+ n 1))");
  BOOST_TEST(operations("(a + b) * c") == "(* (+ a b) c)");
  BOOST_TEST(operations("d * a.T") == "(* d (. a T))");
  BOOST_TEST(operations("x.T ^ 2") == "(^ (. x T) 2)");
  BOOST_TEST(operations("3.*x") == "(.* 3 x)");
}

BOOST_AUTO_TEST_CASE(operands_take_calls_members_and_subscripts) {
  BOOST_TEST(operations("a[0][1].w") == "(. (index (index a 0) 1) w)");
  BOOST_TEST(operations("x[:, t]") == "(index x : t)");
  BOOST_TEST(operations("x[0..10, 3]") == "(index x (.. 0 10) 3)");
  BOOST_TEST(operations("digits(60000, seed = 1).image") ==
             "(. (call digits 60000 (= seed 1)) image)");
  BOOST_TEST(operations("table.input") == "(. table input)");
  BOOST_TEST(operations("f(g)(x, act = relu)") == "(call (call f g) x (= act relu))");
  BOOST_TEST(operations("sigmoid'(z)") == "(call sigmoid' z)");
  BOOST_TEST(operations("[[0, 1], [], [a,]]") == "(list (list 0 1) (list) (list a))");
  BOOST_TEST(operations("[true, false, \"a\\\"b\"]") == "(list true false \"a\\\"b\")");
}

BOOST_AUTO_TEST_CASE(lines_go_on_inside_brackets_only) {
  BOOST_TEST(operations("f(\n  a,\n  b # the last\n)") == "(call f a b)");
  BOOST_TEST(operations("(a\n + [b,\n c])") == "(+ a (list b c))");
  BOOST_TEST(tree("a = b\nc = (d\n)\n") == "(assign a b)\n(assign c d)\n");
}

BOOST_AUTO_TEST_CASE(names_are_compared_in_nfc) {
  BOOST_TEST(tree("e\u0301 = 1\nf = \u00E9'") == "(assign \u00E9 1)\n(assign f \u00E9')\n");
}

BOOST_AUTO_TEST_CASE(an_expression_is_written_back_with_the_parentheses_it_needs) {
  for (const std::string text : {"dense(x, 30)",
                                 "a + b * c",
                                 "(a + b) * c",
                                 "a - (b - c)",
                                 "a - b - c",
                                 "a ^ b ^ c",
                                 "(a ^ b) ^ c",
                                 "-x ^ 2",
                                 "(-x) ^ 2",
                                 "2 ^ -1",
                                 "-(a + b)",
                                 "not (a and b)",
                                 "not a == b",
                                 "(a == b) == c",
                                 "a or b and c",
                                 "(a or b) and c",
                                 "0..n + 1",
                                 "(0..n)[3]",
                                 "x[:, 0..10]",
                                 "a[0].w",
                                 "(a + b).T",
                                 "d * a.T",
                                 "[\"*.b\": sgd(0.1), \"*\": adam()]",
                                 "[]",
                                 "f(x, act = relu, n = 1e-07)",
                                 "\"a\\n\\\"b\\\"\""}) {
    BOOST_TEST(source(text) == text);
  }
  BOOST_TEST(source(" ( a⊙b )./( (c) ) ") == "a .* b ./ c");
  BOOST_TEST(source("100000 + 0.10 + 1e20") == "100000 + 0.1 + 1e+20");
  BOOST_TEST(operations(source("1e20..2e-20")) == operations("1e20..2e-20"));
}

BOOST_AUTO_TEST_CASE(spans_cover_what_they_stand_for) {
  const ebb::SourceFile file("t.ebb", "(w + 1) * f(x, k = 2)");
  ebb::Diagnostics diagnostics;
  const auto product = ebb::parse_expression(file, diagnostics);
  BOOST_TEST(text_of(product->span) == "(w + 1) * f(x, k = 2)");
  const auto* binary = product->as<ebb::ast::Binary>();
  BOOST_TEST(text_of(binary->op_span) == "*");
  BOOST_TEST(text_of(binary->left->span) == "(w + 1)");
  const auto* call = binary->right->as<ebb::ast::Call>();
  BOOST_TEST(text_of(call->callee->span) == "f");
  BOOST_TEST(text_of(call->arguments[0].span) == "x");
  BOOST_TEST(text_of(call->arguments[1].span) == "k = 2");
  BOOST_TEST(product->height == 3U);

  const auto script = ebb::parse(
      std::make_shared<ebb::SourceFile>("t.ebb", " for i in 0..3 { a = i } # c\n"), diagnostics);
  BOOST_TEST(text_of(script.statements[0].span) == "for i in 0..3 { a = i }");
  BOOST_TEST(text_of(script.statements[0].keyword) == "for");
  BOOST_TEST(diagnostics.to_string() == "");
}

BOOST_AUTO_TEST_CASE(an_expression_of_the_command_line_is_checked_whole) {
  const ebb::SourceFile file("--set train.optimizer", "sgd(0.1) adam");
  ebb::Diagnostics diagnostics;
  BOOST_TEST(ebb::parse_expression(file, diagnostics) == nullptr);
  BOOST_TEST(
      diagnostics.to_string() ==
      "--set train.optimizer:1:10: error[E0012]: expected the end of the expression, found `adam`\n"
      "  1 | sgd(0.1) adam\n"
      "    |          ^^^^\n");
  ebb::Diagnostics empty;
  const ebb::SourceFile nothing("--set seed", "");
  BOOST_TEST(ebb::parse_expression(nothing, empty) == nullptr);
  BOOST_TEST(empty.to_string() ==
             "--set seed:1:1: error[E0013]: expected an expression, found the end of the text\n"
             "  1 | \n"
             "    | ^\n");
}

BOOST_AUTO_TEST_CASE(nesting_up_to_the_limit_is_understood) {
  BOOST_TEST(errors("a = " + repeated("(", 200) + "1" + repeated(")", 200)) == "");
  BOOST_TEST(errors("a = x" + repeated(" + x", 199)) == "");
  BOOST_TEST(errors("a = " + repeated("f(", 199) + "1" + repeated(")", 199)) == "");
  BOOST_TEST(errors(repeated("if true {\n", 199) + repeated("}\n", 199)) == "");
}

BOOST_AUTO_TEST_CASE(a_script_beyond_the_size_limit_is_refused) {
  BOOST_TEST(errors("a = 1\n" + std::string(ebb::max_script_size, ' ')) ==
             "t.ebb:1:1: error[E0905]: the script is larger than 16 MiB\n"
             "  1 | a = 1\n"
             "    | ^\n"
             "  hint: data belongs in files of its own, read by a `data` block\n");
}

BOOST_AUTO_TEST_CASE(each_wrong_script_gives_its_whole_message) {
  std::size_t scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(wrong_scripts)) {
    std::filesystem::path path = entry.path();
    const std::string name = path.filename().string();
    if (!name.starts_with("syntax_") || path.extension() != ".ebb") continue;
    ++scripts;
    const std::string expected = read(path.replace_extension(".txt"));
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(expected != "");
      BOOST_TEST(errors(read(entry.path()), name) == expected);
    }
  }
  BOOST_TEST(scripts >= 20U);
}

// Whatever is done to a script, there is a result or an error with a place.
BOOST_AUTO_TEST_CASE(mutilated_scripts_end_in_errors_with_a_place) {
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(wrong_scripts)) {
    if (entry.path().extension() == ".ebb") seeds.push_back(read(entry.path()));
  }
  std::sort(seeds.begin(), seeds.end());
  std::mt19937 random(1);
  const std::string_view pieces = "()[]{}\"'=~:;,.\n#+-*^<> afor1\xC3\xA9\x00\xFF";
  for (int round = 0; round < 3000; ++round) {
    std::string text = seeds[random() % seeds.size()].substr(0, 2000);
    const std::string& other = seeds[random() % seeds.size()];
    text.insert(random() % (text.size() + 1), other.substr(random() % (other.size() + 1), 40));
    for (unsigned change = random() % 8; change > 0; --change) {
      const std::size_t at = random() % (text.size() + 1);
      if (random() % 2 == 0) {
        text.insert(at, 1, pieces[random() % pieces.size()]);
      } else {
        text.erase(at, random() % 4);
      }
    }
    const std::string found = errors(text);
    BOOST_REQUIRE(found.empty() || found.starts_with("t.ebb:"));
  }
}

BOOST_AUTO_TEST_CASE(brackets_without_number_are_read_in_linear_time) {
  for (const std::string_view piece :
       {"(", "[", "{", "a = (\n", "if a {\n", "}", "a(", "-", "not ", "^", "\"", "f(a = "}) {
    const std::string text = repeated(piece, 50000);
    BOOST_TEST_CONTEXT(piece) { BOOST_TEST(errors(text).starts_with("t.ebb:")); }
  }
}

BOOST_AUTO_TEST_SUITE_END()
