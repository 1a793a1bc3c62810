#include "graph/cli/profile_table.hpp"

#include <boost/test/unit_test.hpp>
#include <regex>
#include <sstream>

#include "graph/run/thread_pool.hpp"
#include "tests/support/interrupted.hpp"

using namespace ebb;

BOOST_FIXTURE_TEST_SUITE(profile_table, test::Interrupted)

namespace {

// As where no other library multiplies.
std::string by_blas(const std::string& text) {
  static const std::regex other("by libxsmm");
  return std::regex_replace(text, other, "by blas");
}

}  // namespace

BOOST_AUTO_TEST_CASE(interruptions_change_no_number) {
  std::ostringstream out;
  ProfileTable(*model, profile, {1e9, 1e9}).print(out, true);
  const std::string text = out.str(), head = text.substr(0, text.find("\n\n"));
  const int threads = ThreadPool::shared().size();
  BOOST_TEST(head == "100 updates in 1 s, 10 ms each, typically 112 µs, with " +
                         std::to_string(threads) + (threads == 1 ? " thread" : " threads"));
  const std::size_t begin = head.size() + 1;
  BOOST_TEST(by_blas(text.substr(begin, text.find("\n\npeak") - begin)) == R"(
    calls       µs  time  GFLOP/s   peak    GB/s   copy  layer  step
      100       14  13 % 0.000429    0 % 0.00257    0 %  h      elementwise scale, sub
      100       13  12 %  0.00231    0 % 0.00677    1 %  h      gemm: 3x1 times 1x2 transposed, samples in k, by blas
      100       12  11 %   0.0005    0 %   0.003    0 %  h      tensor sample_sum
      100       11  10 %  0.00164    0 % 0.00691    1 %  h      elementwise power, sub, mul
      100       10   9 %   0.0003    0 %  0.0016    0 %  z      elementwise scale, mul, sub
      100        9   8 %  0.00167    0 % 0.00622    1 %  z      gemm: 1x1 times 1x3 transposed, samples in k, by blas
      100        8   7 %   0.0015    0 %  0.0055    1 %  z      gemm: 3x1 transposed times 1x1, samples in n, by blas
      100        7   6 % 0.000286    0 % 0.00171    0 %         elementwise scale, mul
      100        6   5 %  0.00267    0 % 0.00933    1 %  z      elementwise convert y, add z.z, sub, mul, power, sample_sum, sample_sum, scale
      100        5   4 %   0.0024    0 %  0.0088    1 %  z      gemm z.z: 1x3 times 3x1, samples in n, by blas
      100        4   4 %    0.003    0 %   0.015    2 %  h      elementwise add h.z, tanh h
      100        3   3 %    0.008    1 %  0.0213    2 %  h      gemm h.z: 3x2 times 2x1, samples in n, by blas
      100        2   2 %   0.0005    0 %   0.002    0 %         tensor sample_weight
      100        1   1 %    0.008    1 %   0.064    6 %  h      elementwise convert x, scale
                 3   3 %                                        feeding samples
                 4   4 %                                        the rest)");
}

BOOST_AUTO_TEST_CASE(programs_read_the_same) {
  const auto tolerance = boost::test_tools::tolerance(1e-6);
  const Json line = ProfileTable(*model, profile, {1e9, 1e9}).json();
  BOOST_TEST(line["seconds"] == 1.0);
  BOOST_TEST(double(line["typical_seconds"]) == 112e-4, tolerance);
  BOOST_TEST(double(line["feeding"]) == 3e-4, tolerance);
  BOOST_TEST(double(line["rest"]) == 4e-4, tolerance);
  std::string layers;
  double share = 7e-4 / 112e-4, microseconds = 100;
  for (const Json& step : line["steps"]) {
    layers += step.contains("layer") ? std::string(step["layer"]) : "-";
    BOOST_TEST(double(step["seconds"]) == microseconds * 1e-6, tolerance);
    microseconds += 100;
    share += double(step["share"]);
  }
  BOOST_TEST(layers == "h-hhzz-zzzhhhh");
  BOOST_TEST(share == 1.0, tolerance);
}

BOOST_AUTO_TEST_SUITE_END()
