#include "graph/compile/gemm/xsmm_code.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace ebb {

namespace {

boost::test_tools::assertion_result has_a_target(boost::unit_test::test_unit_id) {
  return xsmm_target() != XsmmTarget::none;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xsmm_code, *boost::unit_test::precondition(&has_a_target))

BOOST_AUTO_TEST_CASE(code_of_one_size_is_shared_as_long_as_somebody_holds_it) {
  const XsmmProduct wanted{Precision::f32, 4, 3, 2, 4, 2, 4, false, false};
  XsmmProduct other = wanted;
  other.accumulate = true;
  const auto code = code_for(wanted);
  BOOST_REQUIRE(code);
  BOOST_TEST(code_for(wanted) == code);
  BOOST_TEST(code_for(other) != code);
}

BOOST_AUTO_TEST_CASE(a_transpose_has_the_leading_dimension_that_it_was_made_for) {
  // Rows 0 and 1 of a matrix with three rows.
  const auto code = code_for(XsmmTranspose{Precision::f64, 2, 3, 4});
  BOOST_REQUIRE(code);
  const std::vector<double> from{1, 2, 0, 3, 4, 0, 5, 6, 0};
  std::vector<double> to(8, -1);
  const unsigned leading = 3, leading_of_result = 4;
  using Function = void (*)(const void*, const unsigned*, void*, const unsigned*);
  code->function<Function>()(from.data(), &leading, to.data(), &leading_of_result);
  BOOST_TEST(to == (std::vector<double>{1, 3, 5, -1, 2, 4, 6, -1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
