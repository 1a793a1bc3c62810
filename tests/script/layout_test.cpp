#include "graph/script/layout.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <random>
#include <regex>

#include "tests/support/layout.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(layout)

namespace {

// All scripts below a folder of the project.
std::vector<fs::path> scripts_in(const std::string& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(EBB_SOURCE_DIR) / folder))
    if (entry.path().extension() == ".ebb") found.push_back(entry.path());
  return found;
}

std::vector<std::string> canonical_scripts() {
  std::vector<std::string> texts;
  for (const char* folder : {"scripts", "ops", "plugins", "tests/nist", "tests/golden"})
    for (const fs::path& path : scripts_in(folder)) texts.push_back(read_file(path));
  return texts;
}

// Other blanks wherever there are some, but in comments and strings.
std::string shaken(const std::string& text, unsigned seed) {
  const ebb::SourceFile file("shaken", text);
  ebb::Diagnostics ignored;
  std::minstd_rand random(seed);
  std::string result;
  std::size_t at = 0;
  for (const ebb::Token& token : ebb::tokenize(file, ignored)) {
    std::string gap = text.substr(at, token.begin - at);
    const std::size_t comment = std::min(gap.find('#'), gap.size());
    for (std::size_t i = 0; i < comment; ++i)
      if (gap[i] == ' ') gap[i] = "\t  \r"[random() % 4];
    if (comment > 0 && random() % 3 == 0) gap.insert(0, random() % 6, ' ');
    result += gap + text.substr(token.begin, token.end - token.begin);
    at = token.end;
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_script_without_any_layout_gets_one) {
  const std::string bare = R"(
#a neuron
option eta=0.5 "rate"
option neurons=30 "how many"


layer dense(x,n,act=tanh){
param w[n,size(x)]~normal( 0,1/sqrt(size(x)) )
param b[n]~zeros

z=w*x+b
if n==1{return z} else {

return act(-z)}
}
input x[784]:int
target y
output x
cost( y - 2 )^2
metric accuracy(x,y)
def half(i)=i/2
data train{x=values([[0,1],[- 1,1]]) ; y=values([1])}
train{
optimizer=sgd(eta , clip=-1)
minibatch=10
if not (eta>1)and true {epochs=3}
})";
  BOOST_TEST(laid_out(bare) == R"(#a neuron
option eta     = 0.5  "rate"
option neurons = 30   "how many"

layer dense(x, n, act = tanh) {
  param w[n, size(x)] ~ normal(0, 1 / sqrt(size(x)))
  param b[n]          ~ zeros

  z = w * x + b
  if n == 1 { return z } else {
    return act(-z) }
}
input x[784] : int
target y
output x
cost (y - 2) ^ 2
metric accuracy(x, y)
def half(i) = i / 2
data train { x = values([[0, 1], [-1, 1]]); y = values([1]) }
train {
  optimizer = sgd(eta, clip = -1)
  minibatch = 10
  if not (eta > 1) and true { epochs = 3 }
}
)");
}

BOOST_AUTO_TEST_CASE(tokens_stand_apart_by_one_blank_or_none) {
  const auto line = [](const std::string& text) {
    const std::string result = laid_out(text);
    return result.substr(0, result.size() - 1);
  };
  BOOST_TEST(line("a=-b--c*-(-d)- -1") == "a = -b - -c * -(-d) - -1");
  BOOST_TEST(line("a = - - b .^ - 2") == "a = --b .^ -2");
  BOOST_TEST(line("a=x . T*y.T .T [0]") == "a = x.T * y.T.T[0]");
  BOOST_TEST(line("a=x [ : ,0 .. n,i*2 .. - 1]") == "a = x[:, 0..n, i * 2..-1]");
  BOOST_TEST(line("a=[ \"b\":1,\"c\" :[ ] ,]") == "a = [\"b\": 1, \"c\": [],]");
  BOOST_TEST(line("a=f (x) (y) [ 0 ]") == "a = f(x)(y)[0]");
  BOOST_TEST(line("a=x.cost-(1)") == "a = x.cost - (1)");
  BOOST_TEST(line("a=not(b)or(c)and true") == "a = not (b) or (c) and true");
  BOOST_TEST(line("a=x⊙y./z") == "a = x ⊙ y ./ z");
  BOOST_TEST(line("rewrite tanh'( x )=>- x") == "rewrite tanh'(x) => -x");
  BOOST_TEST(line("for i in[1,2]{ }") == "for i in [1, 2] {}");
  BOOST_TEST(line("optimizer o(w,g ;eta=1){w'=w-eta*g}") ==
             "optimizer o(w, g; eta = 1) { w' = w - eta * g }");
  BOOST_TEST(line("assert(a)\"b\"") == "assert (a) \"b\"");
  BOOST_TEST(line("a=1;;b=2 ;") == "a = 1;; b = 2;");
}

BOOST_AUTO_TEST_CASE(numbers_strings_and_comments_are_kept) {
  const std::string text = "a = 1.50e+03  #  two  blanks\tand a tab\nb = \"x\ty  \\\" # z\"\n#!z\n";
  BOOST_TEST(laid_out(text) == text);
}

BOOST_AUTO_TEST_CASE(one_empty_line_stays_and_none_at_an_edge) {
  BOOST_TEST(laid_out("\n\n# a\n\n\n\nb = 1\n \t\n\nlayer f(x) {\n\n  return x\n\n}\n\n\n") ==
             "# a\n\nb = 1\n\nlayer f(x) {\n  return x\n}\n");
  BOOST_TEST(laid_out("a = [\n\n  1,\n\n\n  2\n\n]\n") == "a = [\n  1,\n\n  2\n]\n");
  BOOST_TEST(laid_out("data d {\n\n# a\n\n# b\n\n}") == "data d {\n  # a\n\n  # b\n}\n");
  BOOST_TEST(laid_out("") == "");
  BOOST_TEST(laid_out(" \n\r\n") == "");
}

BOOST_AUTO_TEST_CASE(lines_end_alike) {
  BOOST_TEST(laid_out("\uFEFFa = 1 \r\n# b\t\r\n\r\nc\t=\t2") == "a = 1\n# b\n\nc = 2\n");
}

BOOST_AUTO_TEST_CASE(declarations_stand_in_columns) {
  BOOST_TEST(laid_out("param w ~ 1\nparam long[2] ~ 1\n\nparam b ~ 1\n") ==
             "param w       ~ 1\nparam long[2] ~ 1\n\nparam b ~ 1\n");
  BOOST_TEST(laid_out("rewrite a => b\nrewrite f(a) => b\n# other\nrewrite f(f(a)) => b\n") ==
             "rewrite a    => b\nrewrite f(a) => b\n# other\nrewrite f(f(a)) => b\n");
  BOOST_TEST(laid_out("option a = \"x\" \"help\"\noption bc = [1,\n2] \"help\"\n") ==
             "option a  = \"x\"  \"help\"\noption bc = [1,\n             2] \"help\"\n");
  BOOST_TEST(laid_out("layer l() { state a = 1\nstate b[2] = 1\nreturn a }\n") ==
             "layer l() { state a = 1\n  state b[2] = 1\n  return a }\n");
  BOOST_TEST(
      laid_out("train {\nepochs=1\nseed=2\n\noptimizer=o\nif a {\nkeep=1\nbatch=2\n}\n}\n") ==
      "train {\n  epochs = 1\n  seed   = 2\n\n  optimizer = o\n  if a {\n    keep  = 1\n"
      "    batch = 2\n  }\n}\n");
}

BOOST_AUTO_TEST_CASE(values_stand_in_columns_where_they_did) {
  BOOST_TEST(laid_out("a = 1\nlonger = 2\n") == "a = 1\nlonger = 2\n");
  BOOST_TEST(laid_out("a      = 1\nlonger = 2\nbcd = 3\n") == "a      = 1\nlonger = 2\nbcd = 3\n");
  BOOST_TEST(laid_out("if c {\na      = 1\nlonger = 2\n}\n") ==
             "if c {\n  a      = 1\n  longer = 2\n}\n");
  const std::string words = "input  x\ntarget y\nparam  w ~ 1\noutput x\ncost   y\nmetric z\n";
  BOOST_TEST(laid_out(words) == words);
  BOOST_TEST(laid_out("input  x\n\ntarget y\noutput x\ncost y\n") ==
             "input x\n\ntarget y\noutput x\ncost y\n");
  BOOST_TEST(laid_out("abc = 1\nlast=2\n") == "abc = 1\nlast = 2\n");
  // One of them has another name now.
  BOOST_TEST(laid_out("a      = 1\nlongest_of_all = 2\nb      = 3\n") ==
             "a              = 1\nlongest_of_all = 2\nb              = 3\n");
  BOOST_TEST(laid_out("a      = 1\nlo = 2\nb      = 3\n") == "a  = 1\nlo = 2\nb  = 3\n");
  // No neighbour is left.
  BOOST_TEST(laid_out("a      = 1\n\nlonger = 2\n") == "a = 1\n\nlonger = 2\n");
  BOOST_TEST(laid_out("def f(x)  = x\ndef gg(x) = x\ndef hhh(x) = x\n") ==
             "def f(x)  = x\ndef gg(x) = x\ndef hhh(x) = x\n");
  BOOST_TEST(laid_out("data train { x=1 }\ndata test  { x=1 }\ndata other { x=1 }\n") ==
             "data train { x = 1 }\ndata test  { x = 1 }\ndata other { x = 1 }\n");
}

BOOST_AUTO_TEST_CASE(comments_beside_lines_stand_in_a_column) {
  BOOST_TEST(laid_out("a = 1 # a\nlonger = 2     # b\n\nb = 3 # c\n") ==
             "a = 1       # a\nlonger = 2  # b\n\nb = 3  # c\n");
  BOOST_TEST(laid_out("layer l(x) { # a\n# b\nreturn x # c\n}# d\n") ==
             "layer l(x) {  # a\n  # b\n  return x  # c\n}           # d\n");
  // What goes on in the next line stays below.
  BOOST_TEST(laid_out("abc=1 # a\n      # b\n# c\n") == "abc = 1  # a\n         # b\n# c\n");
}

BOOST_AUTO_TEST_CASE(lines_within_brackets_are_indented_or_stand_below) {
  BOOST_TEST(laid_out("x = values([\n[0,1],# a\n# b\n[1,1]\n])\n") ==
             "x = values([\n  [0, 1],  # a\n  # b\n  [1, 1]\n])\n");
  BOOST_TEST(laid_out("x = values([[0,1],\n[1,1]],\n2\n)\n") ==
             "x = values([[0, 1],\n            [1, 1]],\n           2\n          )\n");
  BOOST_TEST(
      laid_out("layer l(x,\ny) {\nz = f(\nx +\ny(\n1), # a\n2\n)\n}\n") ==
      "layer l(x,\n        y) {\n  z = f(\n    x +\n    y(\n      1),  # a\n    2\n  )\n}\n");
}

BOOST_AUTO_TEST_CASE(a_column_counts_what_is_seen) {
  BOOST_TEST(laid_out("η    = 1\n変数 = 2\nabcd = 3\n") == "η    = 1\n変数 = 2\nabcd = 3\n");
  BOOST_TEST(laid_out("param η ~ f(1,\n2)\nparam 変数 ~ 1\n") ==
             "param η ~ f(1,\n            2)\nparam 変数 ~ 1\n");
}

BOOST_AUTO_TEST_CASE(an_else_may_have_its_own_line) {
  BOOST_TEST(laid_out("if a {\nb=1\n}\n# c\nelse if d {\n} else { e=1\n}\n") ==
             "if a {\n  b = 1\n}\n# c\nelse if d {\n} else { e = 1\n}\n");
}

BOOST_AUTO_TEST_CASE(scripts_of_the_project_are_laid_out) {
  std::size_t count = 0;
  for (const char* folder : {"scripts", "ops", "plugins", "tests/nist", "tests/golden"})
    for (const fs::path& path : scripts_in(folder)) {
      const std::string text = read_file(path);
      BOOST_TEST(laid_out(text) == text, path << ": ebb fmt " << path);
      ++count;
    }
  BOOST_TEST(count >= 99U);
}

BOOST_AUTO_TEST_CASE(indentation_is_found_again) {
  for (const std::string& text : canonical_scripts())
    BOOST_TEST(laid_out(std::regex_replace(text, std::regex("\n +"), "\n")) == text);
}

BOOST_AUTO_TEST_CASE(whatever_blanks_there_are_the_tokens_stay_and_the_layout_is_final) {
  std::size_t count = 0;
  auto texts = canonical_scripts();
  for (const fs::path& path : scripts_in("tests/script/wrong"))
    if (const std::string text = read_file(path); parses(text)) texts.push_back(text);
  for (const std::string& text : texts) {
    BOOST_TEST(wrong_layout(text) == "");
    for (unsigned seed = 1; seed <= 5; ++seed, ++count)
      BOOST_TEST(wrong_layout(shaken(text, seed)) == "");
  }
  BOOST_TEST(count >= 900U);
}

// Each line would be indented by 40.
BOOST_AUTO_TEST_CASE(a_script_that_would_become_too_large_is_refused) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "if a {\n";
  for (int i = 0; i < 1000; ++i) text += "b=1\n";
  for (int i = 0; i < 20; ++i) text += "}\n";
  const ebb::SourceFile file("deep.ebb", text);
  BOOST_TEST(ebb::laid_out(file).size() == 46940U);
  Scratch scratch;
  BOOST_TEST(scratch.error_of([&] { ebb::laid_out(file, 40000); }) ==
             "error: deep.ebb, laid out, is larger than a script may be\n");
}

BOOST_AUTO_TEST_SUITE_END()
