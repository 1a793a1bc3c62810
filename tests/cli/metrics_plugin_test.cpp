// plugins/metrics through the binary, against figures found by counting.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(metrics_plugin, Binary, *boost::unit_test::tolerance(1e-12))

namespace {

// Positives have the scores 0.9, 0.6, 0.6, 0.2; negatives 0.8, 0.6, 0.3, 0.1, 0.1.
const std::string ranked =
    "use metrics\ninput a\ntarget y\nmetric auc(a, y)\nmetric average_precision(a, y)\n"
    "metric f1(a, y)\nmetric half = f1(a, y, threshold = 0.85)\n"
    "data test {\n  a = values([0.9, 0.8, 0.6, 0.6, 0.6, 0.3, 0.2, 0.1, 0.1])\n"
    "  y = values([1, 0, 1, 0, 1, 0, 1, 0, 0])\n}\n";

}  // namespace

BOOST_AUTO_TEST_CASE(figures_of_a_ranking) {
  write("ranked.ebb", ranked);
  const Outcome outcome = ebb({"test", "ranked.ebb", "--json", "--precision", "double"});
  BOOST_REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const auto line = nlohmann::json::parse(outcome.out);
  // Of 20 pairs 5 + 3.5 + 3.5 + 2 are ranked right.
  BOOST_TEST(line.at("auc").get<double>() == 14.0 / 20);
  // Precision 1 at the first positive, 3 of 5 at the two that tie, 4 of 7 at the last.
  BOOST_TEST(line.at("average_precision").get<double>() == (1 + 2 * 3.0 / 5 + 4.0 / 7) / 4);
  // Above 0.5: 3 of 5 are positive, and 1 is missed.
  BOOST_TEST(line.at("f1").get<double>() == 2 * 3.0 / (2 * 3 + 2 + 1));
  BOOST_TEST(line.at("half").get<double>() == 2 * 1.0 / (2 * 1 + 0 + 3));
}

BOOST_AUTO_TEST_CASE(several_classes_have_the_mean_of_their_f1) {
  write("classes.ebb",
        "use metrics\ninput a[3]\ntarget y[3]\nmetric f1(a, y)\ndata test {\n"
        "  a = values([[1, 0, 0], [1, 2, 0], [3, 1, 0], [0, 1, 0]])\n"
        "  y = values([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0]])\n}\n");
  const Outcome outcome = ebb({"test", "classes.ebb", "--json", "--precision", "double"});
  BOOST_REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  // Class 0: 1 right, 1 wrong. Class 1: 2 right, 1 missed. Class 2 does not occur.
  BOOST_TEST(nlohmann::json::parse(outcome.out).at("f1").get<double>() == (2.0 / 3 + 4.0 / 5) / 2);
}

BOOST_AUTO_TEST_CASE(one_class_has_no_ranking) {
  write("one.ebb",
        "use metrics\ninput a\ntarget y\nmetric auc(a, y)\n"
        "data test { a = values([1, 2]); y = values([1, 1]) }\n");
  const Outcome outcome = ebb({"test", "one.ebb"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err ==
             "one.ebb:4:8: error: auc of the plugin metrics failed: all samples are of one class\n"
             "  4 | metric auc(a, y)\n"
             "    |        ^^^\n"
             "  hint: it compares samples of both\n");
}

BOOST_AUTO_TEST_SUITE_END()
