#include "graph/cli/progress.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

#include "graph/cli/terminal.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(progress)

namespace {

Progress digits() {
  Progress progress;
  progress.number = 3;
  progress.total = 30;
  progress.share = 0.45;
  progress.rate = 12345.4;
  progress.left = 1.2;
  progress.left_in_all = 62.5;
  progress.cost = 0.123;
  progress.metric = "accuracy 0.9712";
  progress.best = 0.10213;
  return progress;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_says_less_the_narrower_the_terminal) {
  const std::map<int, std::string> lines = {
      {200,
       "epoch 3/30  ━━━━━━━━━━━━━╸────────────────   45 %  12,345 samples/s  0:02 left  "
       "1:03 to the end  cost 0.1230  best cost 0.1021  accuracy 0.9712"},
      {120,
       "epoch 3/30  ━━━━━━━━━━─────────────   45 %  12,345 samples/s  0:02 left  cost 0.1230  "
       "best cost 0.1021  accuracy 0.9712"},
      {100,
       "epoch 3/30  ━━━━╸─────  12,345 samples/s  0:02 left  cost 0.1230  best cost 0.1021  "
       "accuracy 0.9712"},
      {80, "3/30  ━━━━╸─────  12.3k/s  0:02 left  cost 0.1230  best 0.1021  accuracy 0.9712"},
      {79, "epoch 3/30  ━━━━━───────  0:02 left  cost 0.1230  best 0.1021  accuracy 0.9712"},
      {70, "epoch 3/30  ━━━━━━━─────────  0:02 left  cost 0.1230  accuracy 0.9712"},
      {60, "3/30  ━━━━━───────  0:02 left  cost 0.1230  accuracy 0.9712"},
      {40, "3/30  ━━━━─────  0:02 left  cost 0.1230"},
      {31, "3/30  ━━━━╸──────  cost 0.1230"},
      {22, "epoch 3/30   45 %"},
      {20, "epoch 3/30   45 %"},
      {12, "3/30   45 %"},
      {11, "epoch 3/30"},
      {8, "3/30"},
      {4, ""},
      {0, ""},
  };
  for (const auto& [columns, line] : lines) {
    BOOST_TEST_CONTEXT(columns << " columns")
    BOOST_TEST(progress_line(digits(), {columns, true, false}) == line);
  }
}

BOOST_AUTO_TEST_CASE(the_best_cost_says_what_it_is_of) {
  Progress progress = digits();
  progress.best_is_validation = true;
  BOOST_TEST(progress_line(progress, {200, false, false})
                 .ends_with("  best validation cost 0.1021  accuracy 0.9712"));
  BOOST_TEST(progress_line(progress, {80, false, false}) ==
             "3/30  [#####--------]  0:02 left  cost 0.1230  best val 0.1021  accuracy 0.9712");
}

BOOST_AUTO_TEST_CASE(the_block_that_is_evaluated_is_named) {
  Progress progress = digits();
  progress.block = "test";
  progress.left_in_all = -1;
  const std::map<int, std::string> lines = {
      {80, "3/30  on test  ━━━━╸─────  0:02 left  cost 0.1230  best 0.1021  accuracy 0.9712"},
      {31, "epoch 3/30  on test   45 %"},
      {20, "epoch 3/30   45 %"},
  };
  for (const auto& [columns, line] : lines)
    BOOST_TEST(progress_line(progress, {columns, true, false}) == line);
}

BOOST_AUTO_TEST_CASE(no_line_is_as_wide_as_its_terminal) {
  Progress progress = digits();
  progress.metric = "正解率 0.9712";
  for (int columns = 0; columns < 200; ++columns)
    for (const double share : {0.0, 0.333, 1.0})
      for (const bool unicode : {false, true}) {
        progress.share = share;
        const std::string line = progress_line(progress, {columns, unicode, false});
        BOOST_TEST(line.size() >= width_of(line));
        BOOST_TEST(width_of(line) < static_cast<std::size_t>(std::max(columns, 1)));
        BOOST_TEST(width_of(line) == width_of(progress_line(progress, {columns, unicode, false})));
      }
}

BOOST_AUTO_TEST_CASE(without_unicode_it_is_ascii) {
  Progress progress = digits();
  progress.metric = "ρ 0.97";
  BOOST_TEST(progress_line(progress, {80, false, false}) ==
             "epoch 3/30  [####-------]  12.3k/s  0:02 left  cost 0.1230  best 0.1021  ? 0.97");
  BOOST_TEST(progress_line(progress, {40, false, false}) ==
             "3/30  [###----]  0:02 left  cost 0.1230");
}

BOOST_AUTO_TEST_CASE(colour_is_in_the_bar_alone) {
  BOOST_TEST(progress_line(digits(), {40, true, true}) ==
             "3/30  \x1b[32m━━━━\x1b[m\x1b[2m─────\x1b[m  0:02 left  cost 0.1230");
  Progress progress = digits();
  progress.share = 1;
  BOOST_TEST(progress_line(progress, {40, false, true}) ==
             "3/30  [\x1b[32m#######\x1b[m]  0:02 left  cost 0.1230");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_left_out) {
  Progress progress;
  progress.what = "step";
  progress.total = 10000;
  BOOST_TEST(progress_line(progress, {80, true, false}) ==
             "step 0/10,000  ──────────────────────────────    0 %");
  progress.share = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(progress_line(progress, {80, false, false}) ==
             "step 0/10,000  [----------------------------]    0 %");
}

// At 81 columns, where nothing is left out.
BOOST_AUTO_TEST_CASE(short_rates_of_every_size) {
  const auto with = [](double rate) {
    Progress progress = digits();
    progress.rate = rate;
    progress.metric = "validation 12.52";
    const std::string line = progress_line(progress, {81, false, false});
    const std::size_t at = line.find("]  ") + 3;
    return line.substr(at, line.find("  ", at) - at);
  };
  BOOST_TEST(with(1e4) == "10k/s");
  BOOST_TEST(with(99.94) == "99.9/s");
  BOOST_TEST(with(999.4) == "999/s");
  BOOST_TEST(with(999.6) == "1k/s");
  BOOST_TEST(with(123456) == "123k/s");
  BOOST_TEST(with(1.5e6) == "1.5M/s");
  BOOST_TEST(with(2e9) == "2G/s");
}

BOOST_AUTO_TEST_CASE(times_and_numbers_of_every_size) {
  const auto with = [](double seconds, double rate, double cost) {
    Progress progress;
    progress.number = progress.total = 1;
    progress.left = seconds;
    progress.rate = rate;
    progress.cost = cost;
    return progress_line(progress, {200, false, false}).substr(9 + 2 + 30 + 9);
  };
  BOOST_TEST(with(0, 0.25, 1234.56) == "0.25 samples/s  0:00 left  cost 1235");
  BOOST_TEST(with(59.5, 99.94, 1) == "99.9 samples/s  1:00 left  cost 1.000");
  BOOST_TEST(with(3599, 1e6, 1e-7) == "1,000,000 samples/s  59:59 left  cost 1.000e-07");
  BOOST_TEST(with(3723, 1, 1) == "1 samples/s  1:02:03 left  cost 1.000");
  BOOST_TEST(with(400000, 1, -2) == "1 samples/s  4 d 15 h left  cost -2.000");
  BOOST_TEST(with(1e300, 1, std::numeric_limits<double>::infinity()) ==
             "1 samples/s  11574074 d 1 h left  cost inf");
}

BOOST_AUTO_TEST_SUITE_END()
