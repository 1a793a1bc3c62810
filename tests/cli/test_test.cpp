#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(test, Binary)

namespace {

const std::string script = R"(input  x
target y
param w ~ constant(2)
a = w * x
output a
cost quadratic(a, y)
metric close = where(a - y < 1.5, 1, 0)
data train {
  x = values([1])
  y = values([1])
}
data test {
  x = values([0, 1, 2, 3])
  y = values([0, 1, 2, 3])
}
)";

const std::string untrained = "note: no --weights: this is the network before training\n";

}  // namespace

BOOST_AUTO_TEST_CASE(json_is_one_object_with_cost_metrics_and_samples) {
  write("m.ebb", script);
  BOOST_TEST(ebb({"test", "m.ebb", "--json", "--quiet"}) ==
             (Outcome{0, "{\"cost\":1.75,\"close\":0.5,\"samples\":4}\n", ""}));
}

BOOST_AUTO_TEST_CASE(people_read_a_line) {
  write("m.ebb", script);
  BOOST_TEST(ebb({"test", "m.ebb"}) ==
             (Outcome{0, "test: cost 1.75, close 0.5  (4 samples)\n", untrained}));
  BOOST_TEST(ebb({"test", "m.ebb", "--on", "train", "--quiet"}) ==
             (Outcome{0, "train: cost 0.5, close 1  (1 sample)\n", ""}));
}

BOOST_AUTO_TEST_CASE(samples_selects) {
  write("m.ebb", script);
  BOOST_TEST(ebb({"test", "m.ebb", "--samples", "2..4", "--json", "--quiet"}) ==
             (Outcome{0, "{\"cost\":3.25,\"close\":0.0,\"samples\":2}\n", ""}));
  BOOST_TEST(ebb({"test", "m.ebb", "--samples", "2..5", "--quiet"}) ==
             (Outcome{1, "",
                      "error: samples 2..5 are not in `data test`, which has 4\n"
                      "  hint: they are numbered from 0, and the end of a range is not in it\n"}));
  BOOST_TEST(ebb({"test", "m.ebb", "--samples", "5"}) ==
             (Outcome{2, "",
                      "ebb test: --samples takes A..B with A below B, such as 0..100, not `5`\n"
                      "try `ebb help test`\n"}));
}

BOOST_AUTO_TEST_CASE(a_block_that_is_not_there_gets_the_nearest) {
  write("m.ebb", script);
  BOOST_TEST(
      ebb({"test", "m.ebb", "--on", "tset"}) ==
      (Outcome{1, "", "error: the script has no `data tset`\n  hint: did you mean `test`?\n"}));
  BOOST_TEST(
      ebb({"test", "m.ebb", "--on", "validation"}) ==
      (Outcome{1, "", "error: the script has no `data validation`\n  hint: it has train, test\n"}));
}

BOOST_AUTO_TEST_CASE(weights_must_fit_unless_partial) {
  write("m.ebb", script);
  write("other.ebb",
        "param v ~ constant(3)\noutput v\ncost v ^ 2\n"
        "train {\n  optimizer = sgd(0.1)\n  steps = 1\n}\n");
  BOOST_TEST(ebb({"train", "other.ebb", "--out", "w", "--quiet"}).status == 0);
  BOOST_TEST(ebb({"test", "m.ebb", "--weights", "w/weights.safetensors"}) ==
             (Outcome{1, "",
                      "error: w/weights.safetensors does not fit the script: it lacks w; it has "
                      "what the script does not: v\n"
                      "  hint: `--partial` loads what fits and leaves the rest as it is\n"}));
  BOOST_TEST(ebb({"test", "m.ebb", "--weights", "w/weights.safetensors", "--partial"}) ==
             (Outcome{0, "test: cost 1.75, close 0.5  (4 samples)\n",
                      "note: not in the file, so at their first values: w\n"
                      "note: in the file, but not in the script: v\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
