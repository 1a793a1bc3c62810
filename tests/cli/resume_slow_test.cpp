#include "tests/cli/killed.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(resume_slow, Binary)

BOOST_AUTO_TEST_CASE(two_hundred_kills_change_no_bit) {
  check_kills(*this, killed_updates, 200, 2);
}

BOOST_AUTO_TEST_CASE(two_hundred_kills_of_a_minimizer_change_no_bit) {
  check_kills(*this, killed_minimizer, 200, 3);
}

BOOST_AUTO_TEST_SUITE_END()
