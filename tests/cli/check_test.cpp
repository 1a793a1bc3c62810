#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

BOOST_FIXTURE_TEST_SUITE(check, Binary)

namespace {

// What stands from the line that begins so.
std::string from_line(const std::string& text, const std::string& begin) {
  const std::size_t at = text.find("\n" + begin);
  return at == std::string::npos ? "" : text.substr(at + 1);
}

const std::string network = R"(layer dense(x, n) {
  param w[n, size(x)] ~ zeros
  param b[n]          ~ zeros
  return sigmoid(w * x + b)
}
input  x[784]
target y[10]
a = x
for n in [30, 10] { a = dense(a, n) }
output a
cost quadratic(a, y)
metric accuracy(a, y)
data train {
  d = digits(20)
  x = d.image / 255
  y = one_hot(d.label, 10)
}
data test {
  x = idx("absent-images.gz") / 255
  y = one_hot(idx("absent-labels.gz"), 10)
}
train {
  optimizer = sgd(3.0)
  minibatch = 10
}
)";

}  // namespace

BOOST_AUTO_TEST_CASE(says_what_the_model_is) {
  write("m.ebb", network);
  Outcome outcome = ebb({"check", "m.ebb"});
  // How much depends on which library computes the products, which depends on the processor.
  outcome.out = std::regex_replace(outcome.out, std::regex("[0-9]+ kB"), "N kB");
  BOOST_TEST(outcome ==
             (Outcome{0, R"(m.ebb: no errors

  input      x         real[784]
  target     y         real[10]
  parameter  a[0].w    real[30, 784]  23,520
  parameter  a[0].b    real[30]       30
  parameter  a[1].w    real[10, 30]   300
  parameter  a[1].b    real[10]       10
  output     a         real[10]
  metric     accuracy
  data       train     20 samples
  data       test      not checked

23,860 parameters, trained by sgd(3)
98,600 operations to train on a sample, N kB of memory for a mini-batch of 10
)",
                      "note: data test is not checked: absent-images.gz: no such file\n"}));
}

BOOST_AUTO_TEST_CASE(json_holds_the_same_for_programs) {
  write("m.ebb", network);
  const Outcome outcome = ebb({"check", "m.ebb", "--json", "--quiet"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_REQUIRE(lines_of(outcome.out).size() == 1u);
  const Json line = Json::parse(outcome.out);
  BOOST_TEST(line["inputs"] == Json::parse(R"([{"name":"x","type":"real","shape":[784]}])"));
  BOOST_TEST(line["targets"] == Json::parse(R"([{"name":"y","type":"real","shape":[10]}])"));
  BOOST_TEST(line["parameters"][0] ==
             Json::parse(R"({"name":"a[0].w","type":"real","shape":[30,784]})"));
  BOOST_TEST(line["metrics"] == Json::parse(R"(["accuracy"])"));
  BOOST_TEST(line["data"] == Json::parse(R"({"train":20,"test":null})"));
  BOOST_TEST(line["parameter_count"] == 23860);
  BOOST_TEST(line["minibatch"] == 10);
  // Forward and backward are two products of 784 by 30 and three of 30 by 10.
  BOOST_TEST(line["flops_per_sample"].get<double>() > 2 * (2 * 784 * 30 + 3 * 30 * 10));
  BOOST_TEST(line["flops_per_sample"].get<double>() < 1.2 * 2 * (2 * 784 * 30 + 3 * 30 * 10));
  // Parameters, and what a mini-batch brings with it and makes of it.
  BOOST_TEST(line["bytes"].get<double>() > 4 * (23860 + 10 * (784 + 10 + 30 + 10)));
  BOOST_TEST(line["bytes"].get<double>() < 1.5 * 4 * (23860 + 10 * (784 + 10 + 30 + 10)));
}

BOOST_AUTO_TEST_CASE(reports_every_problem_once) {
  write("m.ebb", "input x[2]\na = sigmod(x)\nb = y + 1\noutput a\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) ==
             (Outcome{1, "", R"(m.ebb:2:5: error[E0101]: unknown name `sigmod`
  2 | a = sigmod(x)
    |     ^^^^^^
  fix: write `sigmoid`
m.ebb:3:5: error[E0101]: unknown name `y`
  3 | b = y + 1
    |     ^
  hint: a name is given before it is used; `ebb ops` lists the library's
note: `ebb check m.ebb --fix` mends 1 of them
)"}));
}

BOOST_AUTO_TEST_CASE(what_is_not_to_be_trained_needs_no_cost) {
  const std::string model = "input x[3]\ntarget y\na = sum(dense(x, 1))\noutput a\n";
  const std::string data = "data train { x = values([[1, 2, 3]]); y = values([1]) }\n";
  write("m.ebb", model + data + "loss = mse(a, y)\ntrain { optimizer = sgd(1) }\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) ==
             (Outcome{1, "", R"(m.ebb:7:21: error[E0410]: the script has no `cost` to train
  7 | train { optimizer = sgd(1) }
    |                     ^^^^^^
  fix: write `cost` in the place of `loss =`
note: `ebb check m.ebb --fix` mends it
)"}));
  BOOST_TEST(ebb({"train", "m.ebb", "--out", "w"}).status == 1);
  BOOST_TEST(ebb({"run", "m.ebb", "--on", "train"}).status == 0);
  BOOST_TEST(ebb({"check", "m.ebb", "--fix"}).status == 0);
  BOOST_TEST(read_file(path("m.ebb")) ==
             model + data + "cost mse(a, y)\ntrain { optimizer = sgd(1) }\n");
  write("m.ebb", model + data);
  BOOST_TEST(ebb({"check", "m.ebb"}).status == 0);
}

BOOST_AUTO_TEST_CASE(problems_in_data_blocks_are_found) {
  write("m.ebb",
        "input x[2]\noutput x\ndata train { x = values([[1, 2, 3]]) }\n"
        "data test { x = valuse([[1, 2]]) }\n");
  BOOST_TEST(
      ebb({"check", "m.ebb"}) ==
      (Outcome{1, "", R"(m.ebb:3:14: error[E0507]: x is [2], but each sample of this data is [3]
  1 | input x[2]
    |       - declared here
  ...
  3 | data train { x = values([[1, 2, 3]]) }
    |              ^
  hint: `input x[3]` takes such samples
m.ebb:4:17: error[E0101]: unknown name `valuse`
  4 | data test { x = valuse([[1, 2]]) }
    |                 ^^^^^^
  fix: write `values`
note: `ebb check m.ebb --fix` mends 1 of them
)"}));
}

BOOST_AUTO_TEST_CASE(errors_that_are_not_shown_are_counted) {
  std::string many;
  for (int i = 1; i <= 30; ++i) many += "a" + std::to_string(i) + " = nothing_of_that_name\n";
  write("m.ebb", many + "data train { x = foo() }\n");
  const Outcome outcome = ebb({"check", "m.ebb"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(from_line(outcome.err, "m.ebb:20:") ==
             "m.ebb:20:7: error[E0101]: unknown name `nothing_of_that_name`\n"
             "  20 | a20 = nothing_of_that_name\n"
             "     |       ^^^^^^^^^^^^^^^^^^^^\n"
             "  hint: a name is given before it is used; `ebb ops` lists the library's\n"
             "and 11 more errors\n");
  const Json line = Json::parse(ebb({"check", "m.ebb", "--json"}).out);
  BOOST_TEST(line["diagnostics"].size() == 20u);
  BOOST_TEST(line["more_errors"] == 11);
}

BOOST_AUTO_TEST_CASE(an_absent_file_hides_no_other_error_of_its_block) {
  const std::string script = "input x\noutput x\ndata train {\n  x = idx(\"absent.gz\")\n";
  write("m.ebb", script + "  z = foo(2)\n}\n");
  BOOST_TEST(
      ebb({"check", "m.ebb"}) ==
      (Outcome{1, "",
               "m.ebb:5:7: error[E0101]: unknown name `foo`\n"
               "  5 |   z = foo(2)\n"
               "    |       ^^^\n"
               "  hint: a name is given before it is used; `ebb ops` lists the library's\n"}));
  write("m.ebb", script + "}\n");
  BOOST_TEST(ebb({"check", "m.ebb"}).err ==
             "note: data train is not checked: absent.gz: no such file\n");
}

BOOST_AUTO_TEST_CASE(a_key_of_the_train_block_is_no_flag) {
  write("m.ebb", "param w ~ 1\ncost w ^ 2\ntrain { optimizer = sgd(0.1) }\n");
  const auto refused = [](const std::string& given) {
    return Outcome{2, "",
                   "ebb check: there is no flag --epochs, and m.ebb has no option of that name\n"
                   "  hint: keys of the train block are set so: `--set train.epochs=" +
                       given + "`\ntry `ebb help check`\n"};
  };
  BOOST_TEST(ebb({"check", "m.ebb", "--epochs", "5"}) == refused("5"));
  BOOST_TEST(ebb({"check", "m.ebb", "--epochs"}) == refused("VALUE"));
}

BOOST_AUTO_TEST_CASE(gradients_of_a_whole_model_are_verified) {
  const Outcome digits = ebb({"check", example("digits_embedded.ebb"), "--gradients"});
  BOOST_TEST(digits.status == 0);
  BOOST_TEST(digits.err == "");
  BOOST_TEST(from_line(digits.out, "gradients") ==
             R"(gradients of the cost over 4 samples, in double

  a[0].w  32 of 23,520 entries  agree
  a[0].b  30 of 30     entries  agree
  a[1].w  32 of 300    entries  agree
  a[1].b  10 of 10     entries  agree

They agree with central differences to 1e-06 of the parameter's largest.
)");
  const Outcome xor_ = ebb({"check", example("xor.ebb"), "--gradients", "--on", "train"});
  BOOST_TEST(xor_.status == 0);
  BOOST_TEST(xor_.err == "");
  BOOST_TEST(from_line(xor_.out, "gradients") ==
             R"(gradients of the cost over 4 samples, in double

  h.w  4 of 4 entries  agree
  h.b  2 of 2 entries  agree
  a.w  2 of 2 entries  agree
  a.b  1 of 1 entries  agree

They agree with central differences to 1e-06 of the parameter's largest.
)");
}

BOOST_AUTO_TEST_CASE(verified_gradients_as_json) {
  write("m.ebb", "param w[40] ~ normal(0, 1)\ncost sum(w .^ 2)\n");
  const Outcome outcome = ebb({"check", "m.ebb", "--gradients", "--json"});
  BOOST_TEST(outcome.status == 0);
  Json gradients = Json::parse(outcome.out)["gradients"];
  const double difference = gradients["parameters"][0]["difference"];
  BOOST_TEST(difference < 1e-6);
  gradients["parameters"][0].erase("difference");
  BOOST_TEST(gradients == Json::parse(R"({"passed":true,"samples":4,"parameters":[)"
                                      R"({"name":"w","entries":40,"compared":32}]})"));
}

BOOST_AUTO_TEST_CASE(gradients_that_can_not_be_verified_are_a_failure) {
  write("m.ebb", "param w[2] ~ constant(1)\ncost sum(stop_gradient(w))\n");
  const Outcome outcome = ebb({"check", "m.ebb", "--gradients"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(from_line(outcome.out, "gradients") ==
             R"(gradients of the cost over 4 samples, in double

  w  2 of 2 entries  only gradients by definition lead to it, which proves nothing
)");
  BOOST_TEST(outcome.err ==
             "error: the gradient of w is not verified: only gradients by definition lead to it, "
             "which proves nothing\n");
}

BOOST_AUTO_TEST_CASE(where_gradients_are_verified_is_said_only_with_them) {
  write("m.ebb", network);
  BOOST_TEST(ebb({"check", "m.ebb", "--on", "train"}) ==
             (Outcome{2, "",
                      "ebb check: --on says where gradients are verified; it needs --gradients\n"
                      "try `ebb help check`\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
