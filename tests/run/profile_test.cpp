#include "graph/run/profile.hpp"

#include <boost/test/unit_test.hpp>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(profile)

namespace {

const auto tolerance = boost::test_tools::tolerance(1e-6);

}  // namespace

BOOST_AUTO_TEST_CASE(the_median_of_few_is_in_their_middle) {
  Durations durations;
  BOOST_TEST(durations.median() == 0.0);
  BOOST_TEST(durations.total() == 0.0);
  for (const double seconds : {5e-6, 1e-6, 10e-3}) durations.add(seconds);
  BOOST_TEST(durations.median() == 5e-6, tolerance);
  BOOST_TEST(durations.total() == 15e-6, tolerance);
  durations.add(7e-6);
  BOOST_TEST(durations.median() == 6e-6, tolerance);
}

// A third of them is longer, in turn: the median is one of the others, wherever those stand.
BOOST_AUTO_TEST_CASE(of_many_some_are_kept_that_were_drawn_evenly) {
  Durations durations, later;
  for (int i = 0; i < 30'000; ++i) {
    durations.add(i % 3 == 0 ? 10e-3 : 2e-6);
    later.add(i < 10'000 ? 10e-3 : 2e-6);
  }
  BOOST_TEST(durations.total() == 0.06, tolerance);
  BOOST_TEST(later.total() == 0.06, tolerance);
}

BOOST_AUTO_TEST_CASE(parts_add_up_to_the_typical_time) {
  Profile profile;
  profile.drawing = 1e-3;
  profile.passes.resize(2);
  for (int i = 0; i < 9; ++i) {
    profile.feeding.add(i == 4 ? 1.0 : 1e-6);
    profile.rest.add(i == 5 ? 1.0 : 2e-6);
    for (Profile::Pass& pass : profile.passes) {
      pass.steps.resize(2);
      pass.steps[0].add(i == 6 ? 1.0 : 3e-6);
      pass.steps[1].add(i == 7 ? 1.0 : 4e-6);
    }
  }
  BOOST_TEST(profile.feeding_seconds() == 1e-3 + 9e-6, tolerance);
  BOOST_TEST(profile.typical_seconds() == 1e-3 + 9 * (1 + 2 + 2 * (3 + 4)) * 1e-6, tolerance);
}

BOOST_AUTO_TEST_CASE(what_an_update_does_in_no_step_is_the_rest) {
  Timing timing;
  for (int i = 0; i < 3; ++i) {
    timing.feeding = 1e-6;
    timing.in_steps = 5e-6;
    timing.update_ended(8e-6);
  }
  BOOST_TEST(timing.profile.updates == 3);
  BOOST_TEST(timing.profile.feeding.total() == 3e-6, tolerance);
  BOOST_TEST(timing.profile.rest.total() == 6e-6, tolerance);
  BOOST_TEST(timing.in_steps == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
