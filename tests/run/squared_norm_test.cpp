#include "graph/run/squared_norm.hpp"

#include <boost/test/unit_test.hpp>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(squared_norm)

BOOST_AUTO_TEST_CASE(floats_and_doubles_are_squared_in_double) {
  Tensor floats({DType::f32, false, Shape{2}});
  floats.data<float>()[0] = 1e30F;
  floats.data<float>()[1] = 0;
  BOOST_TEST(ebb::squared_norm(floats) == double{1e30F} * double{1e30F});
  Tensor doubles({DType::f64, false, Shape{3}});
  for (int i = 0; i < 3; ++i) doubles.data<double>()[i] = i - 3;
  BOOST_TEST(ebb::squared_norm(doubles) == 14);
}

BOOST_AUTO_TEST_SUITE_END()
