#include <boost/test/unit_test.hpp>

#include "tests/support/random_graphs.hpp"

BOOST_AUTO_TEST_SUITE(random_graphs_slow)

BOOST_AUTO_TEST_CASE(thousands_of_plans_agree_with_plain_evaluation) {
  ebb::test::check_random_graphs(1001, 5000);
}

BOOST_AUTO_TEST_SUITE_END()
