#include "graph/cli/report/background.hpp"

#include <boost/test/unit_test.hpp>

using namespace ebb;

// The program that it runs again is this one.
BOOST_AUTO_TEST_SUITE(background)

BOOST_AUTO_TEST_CASE(what_the_program_prints_is_there_when_it_has_ended) {
  BackgroundRun run({"--run_test=page", "--log_level=test_suite"});
  while (!run.ended(std::chrono::seconds(10))) {
  }
  BOOST_TEST(run.output().value().find("Entering test suite \"page\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_it_fails_there_is_nothing) {
  BackgroundRun run({"--no_such_flag_of_it"});
  while (!run.ended(std::chrono::seconds(10))) {
  }
  BOOST_TEST(!run.output());
}

BOOST_AUTO_TEST_SUITE_END()
