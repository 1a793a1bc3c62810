#include <boost/test/unit_test.hpp>

#include "tests/ops/one_op.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(softmax)

BOOST_AUTO_TEST_CASE(of_a_vector) {
  const Tensor x = real({3}, {0, 1, 2});
  BOOST_TEST(run("softmax", {x}) == "[0.09003057, 0.2447285, 0.665241]");
  BOOST_TEST(run("log_softmax", {x}) == "[-2.407606, -1.407606, -0.407606]");
}

BOOST_AUTO_TEST_CASE(of_a_matrix_column_by_column) {
  const Tensor x = real({2, 3}, {0, 0, 1, 0, 1, 0});
  BOOST_TEST(run("softmax", {x}) == "[[0.5, 0.2689414, 0.7310586], [0.5, 0.7310586, 0.2689414]]");
}

BOOST_AUTO_TEST_CASE(along_another_dimension) {
  const Tensor x = real({2, 2}, {0, 1, 1, 0});
  const NamedAttrs rows = {{"dim", std::int64_t{1}}};
  BOOST_TEST(run("softmax", {x}, rows) == "[[0.2689414, 0.7310586], [0.7310586, 0.2689414]]");
  BOOST_TEST(run("log_softmax", {x}, rows) == "[[-1.313262, -0.3132617], [-0.3132617, -1.313262]]");
}

BOOST_AUTO_TEST_CASE(sample_by_sample) {
  const Tensor x = samples(DType::f64, {2}, {0, 0, 0, 1, 1, 0});
  BOOST_TEST(run("softmax", {x}) == "[[0.5, 0.5], [0.2689414, 0.7310586], [0.7310586, 0.2689414]]");
}

BOOST_AUTO_TEST_CASE(large_arguments_do_not_overflow) {
  const Tensor x = real({3}, {-1e4, 0, 1e4});
  BOOST_TEST(run("softmax", {x}) == "[0, 0, 1]");
  BOOST_TEST(run("log_softmax", {x}) == "[-20000, -10000, 0]");
}

BOOST_AUTO_TEST_CASE(a_dimension_that_is_not_there_is_refused) {
  BOOST_TEST(refusal("softmax", {real(1)}) ==
             "x is [] and has no dimension 0\nhint: dimensions count from 0");
  BOOST_TEST(refusal("log_softmax", {real({2}, {1, 2})}, {{"dim", std::int64_t{1}}}) ==
             "x is [2] and has no dimension 1\nhint: dimensions count from 0");
}

BOOST_AUTO_TEST_SUITE_END()
