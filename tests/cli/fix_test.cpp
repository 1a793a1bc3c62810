// `ebb check --fix`: whole scripts before and after.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(fix, Binary)

namespace {

const std::string wrong = R"(// a script of many habits
include 'std/costs.ebb'
function squared(x) = x ** 2
input x(3)
target y
option hiden = 1_000 "neurons"
let a = sigmoyd(x)
parm w[3] = 0
z = sum(w .* a[:2 + 1]) + 2y
if hiden = 3 || True { z = z / 2 }
cost squared(z - y)
train {
  epochs: 3,
  optimizer = sgd(0.1)
}
)";

const std::string right = R"(# a script of many habits
include "std/costs.ebb"
def squared(x) = x ^ 2
input x[3]
target y
option hiden = 1000 "neurons"
a = sigmoid(x)
param w[3] ~ 0
z = sum(w .* a[0..2 + 1]) + 2 * y
if hiden == 3 or true { z = z / 2 }
cost squared(z - y)
train {
  epochs = 3
  optimizer = sgd(0.1)
}
)";

}  // namespace

BOOST_AUTO_TEST_CASE(all_that_is_certain_is_written_round_by_round) {
  write("m.ebb", wrong);
  const Outcome outcome = ebb({"check", "m.ebb", "--fix"});
  BOOST_TEST(read_file(path("m.ebb")) == right);
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  // Nothing is left to do.
  const Outcome again = ebb({"check", "m.ebb", "--fix"});
  BOOST_TEST(again.status == 0);
  BOOST_TEST(again.out.starts_with("m.ebb: no errors\n"));
  BOOST_TEST(read_file(path("m.ebb")) == right);
}

BOOST_AUTO_TEST_CASE(what_is_changed_is_shown) {
  write("m.ebb", "input x[3]\na = sigmoyd(x) ** 2\noutput a\n");
  BOOST_TEST(ebb({"check", "m.ebb", "--fix"}) ==
             (Outcome{0,
                      "m.ebb:2: a power is `x ^ n`, of each element `x .^ n`\n"
                      "  - a = sigmoyd(x) ** 2\n"
                      "  + a = sigmoyd(x) ^ 2\n"
                      "\n"
                      "m.ebb:2: write `sigmoid`\n"
                      "  - a = sigmoyd(x) ^ 2\n"
                      "  + a = sigmoid(x) ^ 2\n"
                      "\n"
                      "m.ebb:2: `.^` works element by element\n"
                      "  - a = sigmoid(x) ^ 2\n"
                      "  + a = sigmoid(x) .^ 2\n"
                      "\n"
                      "m.ebb: no errors\n"
                      "\n"
                      "  input   x  real[3]\n"
                      "  output  a  real[3]\n"
                      "\n"
                      "0 parameters\n",
                      ""}));
}

BOOST_AUTO_TEST_CASE(a_program_reads_what_is_changed) {
  write("m.ebb", "input x\noutput tanhh(x)\n");
  const Outcome outcome = ebb({"check", "m.ebb", "--fix", "--json"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(
      outcome.out.starts_with(R"j({"event":"fixed","file":"m.ebb","line":2,"what":"write `tanh`",)j"
                              R"j("before":"output tanhh(x)","after":"output tanh(x)"})j"
                              "\n"));
}

BOOST_AUTO_TEST_CASE(habits_of_c_are_mended) {
  write("m.ebb",
        "\uFEFFinput\u00A0x\nint a = 5 % 2\na++\nfloat b = 1.5f * x\u200B\nb += a\n"
        "b -= 1 # less\noutput np.exp(b)\n");
  BOOST_TEST(ebb({"check", "m.ebb", "--fix"}).err == "");
  BOOST_TEST(read_file(path("m.ebb")) ==
             "\uFEFFinput x\na = mod(5, 2)\na = a + 1\nb = 1.5 * x\nb = b + a\n"
             "b = b - 1 # less\noutput exp(b)\n");
}

BOOST_AUTO_TEST_CASE(habits_of_other_frameworks_are_mended) {
  write("m.ebb",
        "input x: 3\ntarget y[2]\noption the-rate = 0.1 \"rate\"\nf = lambda p, q: p + q\n"
        "param w[3] ~ ones\na = linear(f(x, w), 2, activation = tanh)\n"
        "s = x^T * x + a.sum() + size(x.shape)\noutput = a, s\n"
        "data train { x = values([1, 2, 3]); y = values([0]) }\n"
        "loss = mse(a, y)\ntrain { optimizer = \"sgd\", epochs = 3 }\n");
  const Outcome outcome = ebb({"check", "m.ebb", "--fix"});
  BOOST_TEST(outcome.status == 0, outcome);
  BOOST_TEST(read_file(path("m.ebb")) ==
             "input x[3]\ntarget y[2]\noption the_rate = 0.1 \"rate\"\ndef f(p, q) = p + q\n"
             "param w[3] ~ 1\na = dense(f(x, w), 2, act = tanh)\n"
             "s = x.T * x + sum(a) + size(shape(x))\noutput a; output s\n"
             "data train { x = values([[1, 2, 3]]); y = one_hot(values([0]), 2) }\n"
             "cost mse(a, y)\ntrain { optimizer = sgd(); epochs = 3 }\n");
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_habit_is_left) {
  for (const std::string statement :
       {"y = x += 1", "if x += 1 { y = 1 }", "y = x++", "y = x++ + 1", "y = -x % 2", "y = x · x",
        "y = x × x", "y = torch.randn(2)", "y = nn.Sequential(x)", "f = 2; y = 3f",
        "param w ~ 1; cost w; train { optimizer = sgd(eta = 1, lr = 3) }",
        "train { minibatch = 1; batch_size = 2 }"}) {
    const std::string script = "input x[3]\n" + statement + "\n";
    write("m.ebb", script);
    BOOST_TEST_CONTEXT(statement) {
      const Outcome outcome = ebb({"check", "m.ebb", "--fix"});
      BOOST_TEST(outcome.status == 1);
      BOOST_TEST(read_file(path("m.ebb")) == script);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_certain_is_left_and_reported) {
  const std::string script = "input x\na = foo(x)\noutput a\n";
  write("m.ebb", script);
  BOOST_TEST(
      ebb({"check", "m.ebb", "--fix"}) ==
      (Outcome{1, "",
               "m.ebb:2:5: error[E0101]: unknown name `foo`\n"
               "  2 | a = foo(x)\n"
               "    |     ^^^\n"
               "  hint: a name is given before it is used; `ebb ops` lists the library's\n"}));
  BOOST_TEST(read_file(path("m.ebb")) == script);
}

BOOST_AUTO_TEST_CASE(without_it_a_note_says_what_it_would_do) {
  write("m.ebb", "input x\na = tanhh(x)\nb = foo(x)\noutput a\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) ==
             (Outcome{1, "",
                      "m.ebb:2:5: error[E0101]: unknown name `tanhh`\n"
                      "  2 | a = tanhh(x)\n"
                      "    |     ^^^^^\n"
                      "  fix: write `tanh`\n"
                      "m.ebb:3:5: error[E0101]: unknown name `foo`\n"
                      "  3 | b = foo(x)\n"
                      "    |     ^^^\n"
                      "  hint: a name is given before it is used; `ebb ops` lists the library's\n"
                      "note: `ebb check m.ebb --fix` mends 1 of them\n"}));
}

BOOST_AUTO_TEST_CASE(files_that_it_includes_from_its_folder_are_mended_and_no_others) {
  std::filesystem::create_directories(path("mine/parts"));
  std::filesystem::create_directories(path("other"));
  const std::string part = "def twice(x) = 2 * tanhh(x)\n",
                    other = "def thrice(x) = 3 * tanhh(x)\n";
  write("mine/parts/part.ebb", part);
  write("other/other.ebb", other);
  write("mine/m.ebb",
        "include \"parts/part.ebb\"\ninclude \"../other/other.ebb\"\n"
        "input x\noutput twice(x) + thrice(x)\n");
  const Outcome outcome = ebb({"check", "mine/m.ebb", "--fix", "--allow-path", "other"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out ==
             "mine/parts/part.ebb:1: write `tanh`\n"
             "  - def twice(x) = 2 * tanhh(x)\n"
             "  + def twice(x) = 2 * tanh(x)\n"
             "\n");
  BOOST_TEST(read_file(path("mine/parts/part.ebb")) == "def twice(x) = 2 * tanh(x)\n");
  BOOST_TEST(read_file(path("other/other.ebb")) == other);
}

BOOST_AUTO_TEST_CASE(diagnostics_are_objects_for_programs) {
  write("m.ebb", "input x\na = tanhh(x)\noutput a\n");
  BOOST_TEST(
      ebb({"check", "m.ebb", "--json", "--quiet"}).out ==
      R"({"diagnostics":[{"severity":"error","code":"E0101","message":"unknown name `tanhh`",)"
      R"("at":{"file":"m.ebb","line":2,"column":5,"end_line":2,"end_column":10},"labels":[],)"
      R"("stack":[],"hints":[],"fix":{"what":"write `tanh`","edits":[{"at":{"file":"m.ebb",)"
      R"("line":2,"column":5,"end_line":2,"end_column":10},"text":"tanh"}]}}],"more_errors":0})"
      "\n");
}

BOOST_AUTO_TEST_SUITE_END()
