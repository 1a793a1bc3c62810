#include "graph/cli/report/classification.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(classification)

namespace {

// What is seen of the block `test` of a script.
std::string seen(const std::string& script) {
  ElaborateOptions options;
  options.data_blocks = {"test"};
  const auto model = test::model_of("param p ~ zeros\n" + script, options);
  Store store;
  initialize(*model, store, Precision::f32);
  return samples_looked_at(*model, "test", store, Precision::f32).dump();
}

std::string test_block(const std::string& x, const std::string& y) {
  return "data test {\n  x = values(" + x + ")\n  y = " + y + "\n}\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_hot_targets_are_classes) {
  BOOST_TEST(
      seen("input x[3]\ntarget y[3]\noutput x\ncost sum((x - y).^2) + p\n" +
           test_block("[[1,0,0], [0,2,0], [0,0,1], [0,1,0]]", "one_hot(values([0,1,0,1]), 3)")) ==
      R"({"block":"test","samples":4,"of":4,"confusion":[[1,0,1],[0,2,0],[0,0,0]],"worst":[)"
      R"({"sample":2,"cost":2.0,"truth":0,"predicted":2,"numbers":[0.0,0.0,1.0]},)"
      R"({"sample":1,"cost":1.0,"truth":1,"predicted":1,"numbers":[0.0,2.0,0.0]},)"
      R"({"sample":0,"cost":0.0,"truth":0,"predicted":0,"numbers":[1.0,0.0,0.0]},)"
      R"({"sample":3,"cost":0.0,"truth":1,"predicted":1,"numbers":[0.0,1.0,0.0]}]})");
}

BOOST_AUTO_TEST_CASE(whole_numbers_below_the_size_of_the_output_are_classes) {
  BOOST_TEST(seen("input x[3]\ntarget y\noutput x\ncost sum(x) * y + p\n" +
                  test_block("[[1,0,0], [0,2,0]]", "values([0,2])")) ==
             R"({"block":"test","samples":2,"of":2,"confusion":[[1,0,0],[0,0,0],[0,1,0]],"worst":[)"
             R"({"sample":1,"cost":4.0,"truth":2,"predicted":1,"numbers":[0.0,2.0,0.0]},)"
             R"({"sample":0,"cost":0.0,"truth":0,"predicted":0,"numbers":[1.0,0.0,0.0]}]})");
}

BOOST_AUTO_TEST_CASE(shares_against_0_and_1_are_classes_and_other_numbers_are_none) {
  const std::string script = "input x\ntarget y\noutput x\ncost (x - y)^2 + p\n";
  BOOST_TEST(seen(script + test_block("[0.5, 0.25]", "values([1, 1])")) ==
             R"({"block":"test","samples":2,"of":2,"confusion":[[0,0],[1,1]],"worst":[)"
             R"({"sample":1,"cost":0.5625,"truth":1,"predicted":0,"numbers":[0.25]},)"
             R"({"sample":0,"cost":0.25,"truth":1,"predicted":1,"numbers":[0.5]}]})");
  BOOST_TEST(seen(script + test_block("[0.5, 2]", "values([1, 1])")) ==
             R"({"block":"test","samples":2,"of":2,"worst":[)"
             R"({"sample":1,"cost":1.0,"target":[1.0],"output":[2.0],"numbers":[2.0]},)"
             R"({"sample":0,"cost":0.25,"target":[1.0],"output":[0.5],"numbers":[0.5]}]})");
}

BOOST_AUTO_TEST_CASE(inputs_are_pictures_where_they_have_their_shape) {
  std::string pixels;
  for (int i = 0; i < 25; ++i) pixels += (i ? "," : "") + std::to_string(i * 255 / 24);
  BOOST_TEST(
      seen("input x[25]\ntarget y[25]\noutput x\ncost sum(x - y) + p\n" +
           test_block("[[" + pixels + "]]", "values([[" + pixels + "]])")) ==
      R"({"block":"test","samples":1,"of":1,"worst":[{"sample":0,"cost":0.0,"picture":)"
      R"({"rows":5,"columns":5,"channels":1,"pixels":"AAoVHyo1P0pVX2p0f4qUn6q0v8nU3+n0/w=="},)"
      R"("output picture":{"rows":5,"columns":5,"channels":1,)"
      R"("pixels":"AAoVHyo1P0pVX2p0f4qUn6q0v8nU3+n0/w=="}}]})");
}

// The first output is none: the second has the input's shape. The brightest pixel of all is one of
// the worst sample's input.
BOOST_AUTO_TEST_CASE(what_an_autoencoder_makes_of_a_picture_stands_beside_it) {
  std::string ones, twos;
  for (int i = 0; i < 25; ++i) {
    ones += i ? ",1" : "0";
    twos += i ? ",2" : "0";
  }
  BOOST_TEST(
      seen("input x[25]\na = x / 2\nc = sum(x)\noutput c\noutput a\ncost sum((a - x).^2) + p\n"
           "data test {\n  x = values([[" +
           ones + "], [" + twos + "]])\n}\n") ==
      R"({"block":"test","samples":2,"of":2,"worst":[)"
      R"({"sample":1,"cost":24.0,"output":[48.0],"picture":{"rows":5,"columns":5,"channels":1,"pixels":"AP///////////////////////////////w=="},)"
      R"("output picture":{"rows":5,"columns":5,"channels":1,"pixels":"AICAgICAgICAgICAgICAgICAgICAgICAgA=="}},)"
      R"({"sample":0,"cost":6.0,"output":[24.0],"picture":{"rows":5,"columns":5,"channels":1,"pixels":"AICAgICAgICAgICAgICAgICAgICAgICAgA=="},)"
      R"("output picture":{"rows":5,"columns":5,"channels":1,"pixels":"AEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQA=="}}]})");
}

BOOST_AUTO_TEST_CASE(without_a_cost_of_each_sample_there_are_no_worst_ones) {
  BOOST_TEST(seen("input x\ntarget y\noutput x\n" + test_block("[0, 1]", "values([0, 1])")) ==
             R"({"block":"test","samples":2,"of":2,"confusion":[[1,0],[0,1]]})");
  BOOST_TEST(seen("input x\ntarget y\noutput x\n" + test_block("[0, 2]", "values([0, 1])")) ==
             "null");
}

BOOST_AUTO_TEST_CASE(without_a_target_or_an_output_the_rest_is_shown) {
  const std::string block = "data test {\n  x = values([1])\n}\n";
  BOOST_TEST(seen("input x\noutput x\ncost x + p\n" + block) ==
             R"({"block":"test","samples":1,"of":1,"worst":[)"
             R"({"sample":0,"cost":1.0,"output":[1.0],"numbers":[1.0]}]})");
  BOOST_TEST(seen("input x\ntarget y\ncost x - y + p\n" + test_block("[1]", "values([1])")) ==
             R"({"block":"test","samples":1,"of":1,"worst":[)"
             R"({"sample":0,"cost":0.0,"target":[1.0],"numbers":[1.0]}]})");
  BOOST_TEST(seen("input x\noutput x\ncost p\n" + block) == "null");
}

BOOST_AUTO_TEST_SUITE_END()
