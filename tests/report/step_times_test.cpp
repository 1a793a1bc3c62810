#include "graph/cli/report/step_times.hpp"

#include <boost/test/unit_test.hpp>
#include <regex>

#include "tests/support/interrupted.hpp"

using namespace ebb;

BOOST_FIXTURE_TEST_SUITE(step_times, test::Interrupted)

BOOST_AUTO_TEST_CASE(interruptions_change_no_number) {
  const Json times = ebb::step_times(*model, profile);
  BOOST_TEST(times["updates"] == 100);
  BOOST_TEST(times["seconds"] == 0.0112);
  BOOST_TEST(times["feeding"] == 0.0003);
  std::string steps;
  for (const Json& step : times["steps"]) steps += step.dump() + "\n";
  // As where no other library multiplies.
  static const std::regex other("by libxsmm");
  BOOST_TEST("\n" + std::regex_replace(steps, other, "by blas") == R"(
{"name":"elementwise scale, sub","layer":"h","seconds":0.0014}
{"name":"gemm","layer":"h","seconds":0.0013,"product":"3x1 times 1x2 transposed, samples in k, by blas"}
{"name":"tensor sample_sum","layer":"h","seconds":0.0012}
{"name":"elementwise power, sub, mul","layer":"h","seconds":0.0011}
{"name":"elementwise scale, mul, sub","layer":"z","seconds":0.001}
{"name":"gemm","layer":"z","seconds":0.0009,"product":"1x1 times 1x3 transposed, samples in k, by blas"}
{"name":"gemm","layer":"z","seconds":0.0008,"product":"3x1 transposed times 1x1, samples in n, by blas"}
{"name":"elementwise scale, mul","seconds":0.0007}
{"name":"elementwise convert y, add z.z, sub, mul, power, sample_sum, sample_sum, scale","layer":"z","seconds":0.0006}
{"name":"gemm z.z","layer":"z","seconds":0.0005,"product":"1x3 times 3x1, samples in n, by blas"}
{"name":"elementwise add h.z, tanh h","layer":"h","seconds":0.0004}
{"name":"gemm h.z","layer":"h","seconds":0.0003,"product":"3x2 times 2x1, samples in n, by blas"}
{"name":"tensor sample_weight","seconds":0.0002}
{"name":"elementwise convert x, scale","layer":"h","seconds":0.0001}
)");
}

BOOST_AUTO_TEST_CASE(where_nothing_was_measured_there_are_none) {
  BOOST_TEST(ebb::step_times(*model, Profile{}).dump() == "null");
}

BOOST_AUTO_TEST_SUITE_END()
