#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <regex>

#include "graph/cli/terminal.hpp"
#include "tests/support/binary.hpp"
#include "tests/support/screen.hpp"

using namespace ebb::test;

namespace {

// A thousand epochs of many short updates, none of which changes the cost's first digits: 25/96,
// which is far from where these would be rounded another way.
const std::string many_epochs = R"(input  x
target y
param w ~ constant(0)
z = w * x
output z
cost quadratic(z, y)
data train {
  x = values(0..20000) / 16000
  y = values(0..20000) / 16000
}
train {
  optimizer = sgd(1e-12)
  minibatch = 1
  epochs    = 1000
}
)";

const std::string descent = R"(param w ~ constant(1)
cost w^2
train {
  optimizer = sgd(1e-9)
  steps     = 1000000000
}
)";

using Variables = std::vector<std::pair<const char*, const char*>>;

struct Terminals : Binary {
  // `ebb train m.ebb` in a terminal, with these variables; its results go to the terminal too, or
  // nowhere.
  InTerminal train(std::size_t columns, const Variables& variables, bool shows_results) const {
    const std::vector<std::string> command{EBB_BINARY, "train", "m.ebb", "--threads", "1"};
    return InTerminal(command, columns, [&] {
      std::filesystem::current_path(folder());
      for (const char* unwanted : {"NO_COLOR", "LC_ALL", "LC_CTYPE"}) ::unsetenv(unwanted);
      ::setenv("TERM", "xterm", 1);
      ::setenv("LANG", "C.UTF-8", 1);
      for (const auto& [name, value] : variables) ::setenv(name, value, 1);
      if (!shows_results) ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    });
  }
};

const std::string note_of_report = "note: the report is out/m/report.html";

// Waits until all of the screen is a line of this form.
void expect(InTerminal& terminal, const std::string& form) {
  const std::regex pattern(form);
  const auto is_so = [&] {
    const auto lines = terminal.screen.lines();
    return lines.size() == 1 && std::regex_match(lines[0], pattern);
  };
  BOOST_TEST(terminal.wait_for(is_so), "the last line is `" << terminal.screen.last_line() << "`");
  BOOST_TEST(ebb::width_of(terminal.screen.last_line()) < terminal.screen.columns());
}

void expect_clean_stop(InTerminal& terminal) {
  terminal.signal(SIGINT);
  BOOST_TEST(terminal.end() == 3);
  BOOST_TEST(terminal.screen.lines() == std::vector<std::string>{note_of_report},
             boost::test_tools::per_element());
}

const std::string start = "epoch [0-9]{1,3}/1,000", bar = "(?:━)*(?:╸)?(?:─)*",
                  cost = "cost 0\\.2[0-9]{3}";
const std::string at_120 = start + "  " + bar +
                           "  [ 0-9]{3} %  [0-9,]+ samples/s  [0-9:]+ left  [0-9:]+ to the end  " +
                           cost + "  best cost 0\\.2604";
const std::string rate = "(?:[0-9,]+ samples/s|[0-9.]+[kMG]?/s)", number = "[0-9]{1,3}/1,000";
const std::string at_80 =
    start + "  " + bar + "  " + rate + "  [0-9:]+ left  " + cost + "  best(?: cost)? 0\\.2604";
const std::string at_40 = number + "  " + bar + "  [0-9:]+ left  " + cost;
const std::string ascii_at_40 = number + "  \\[#*-*\\]  [0-9:]+ left  " + cost;
const std::string at_20 = number + "  [ 0-9]{3} %";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(training_progress, Terminals)

BOOST_AUTO_TEST_CASE(one_line_follows_the_width_of_the_terminal) {
  write("m.ebb", many_epochs);
  InTerminal terminal = train(120, {}, false);
  expect(terminal, at_120);
  terminal.resize(80);
  expect(terminal, at_80);
  terminal.resize(40);
  expect(terminal, at_40);
  terminal.resize(20);
  expect(terminal, at_20);
  terminal.resize(80);
  expect(terminal, at_80);
  BOOST_TEST(terminal.screen.has_color());
  expect_clean_stop(terminal);
}

BOOST_AUTO_TEST_CASE(the_first_moments_tell_no_rate) {
  const std::regex data("20000\\) / 16000");
  const std::string long_epochs = std::regex_replace(many_epochs, data, "4000000) / 3200000");
  const std::string share = bar + "  [ 0-9]{3} %  ", left = "/s  [0-9dh: ]+ left.*  ";
  const std::string of_epoch = "epoch 1/1,000  " + share, costs = "cost 1\\.000  best cost 1\\.000";
  const std::string of_step = "step [0-9,]+/1,000,000,000  " + share;
  const std::vector<std::array<std::string, 3>> trainings{
      {long_epochs, of_epoch + "cost 0\\.[0-9]{4}", of_epoch + "[0-9,]+ samples" + left + cost},
      {descent, of_step + costs, of_step + "[0-9,]+ steps" + left + costs}};
  for (const auto& [script, first, later] : trainings) {
    write("m.ebb", script);
    InTerminal terminal = train(120, {}, false);
    BOOST_TEST(terminal.wait_for(
        [&] { return terminal.screen.last_line().find("cost") != std::string::npos; }));
    BOOST_TEST(std::regex_match(terminal.screen.last_line(), std::regex(first)),
               terminal.screen.last_line());
    expect(terminal, later);
    expect_clean_stop(terminal);
  }
}

BOOST_AUTO_TEST_CASE(a_locale_without_unicode_gets_ascii) {
  write("m.ebb", many_epochs);
  InTerminal terminal = train(40, {{"LC_ALL", "C"}}, false);
  expect(terminal, ascii_at_40);
  expect_clean_stop(terminal);
}

BOOST_AUTO_TEST_CASE(no_color_means_none) {
  write("m.ebb", many_epochs);
  InTerminal terminal = train(40, {{"NO_COLOR", "1"}}, false);
  expect(terminal, at_40);
  expect_clean_stop(terminal);
  BOOST_TEST(!terminal.screen.has_color());
}

BOOST_AUTO_TEST_CASE(lines_of_epochs_stay_and_the_live_one_goes) {
  const std::string epochs = "1000";
  std::string few = many_epochs;
  write("m.ebb", few.replace(few.find(epochs), epochs.size(), "3"));
  const std::regex line("epoch [123]  cost 0.2604  \\([0-9.]+ m?s, [0-9,]+ samples/s\\)");
  for (const char* kind : {"xterm", "dumb"}) {
    InTerminal terminal = train(80, {{"TERM", kind}}, true);
    BOOST_TEST(terminal.end() == 0);
    const auto lines = terminal.screen.lines();
    BOOST_REQUIRE(lines.size() == (kind == std::string("xterm") ? 5u : 4u));
    for (std::size_t i = 0; i < 3; ++i)
      BOOST_TEST(std::regex_match(lines[i], line), "line " << i << " is `" << lines[i] << "`");
    BOOST_TEST(lines[3] == "weights: out/m/weights.safetensors");
    if (kind == std::string("xterm")) BOOST_TEST(lines[4] == note_of_report);
    BOOST_TEST(terminal.screen.has_color() == (kind == std::string("xterm")));
  }
}

// The matrix u learns nothing, which is said after the first epoch.
BOOST_AUTO_TEST_CASE(a_warning_takes_the_place_of_the_live_line) {
  write("m.ebb",
        "input x\nparam u[2, 2] ~ constant(0.5)\nparam v[2, 2] ~ constant(0.5)\n"
        "cost sum((v * x - 1) .^ 2) + sum(relu(u * x - 100))\n"
        "data train {\n  x = values(0..20000) / 16000\n}\n"
        "train {\n  optimizer = sgd(1e-12)\n  minibatch = 1\n  epochs = 1000\n}\n");
  InTerminal terminal = train(150, {}, false);
  const std::regex live("epoch [0-9]+/1,000  .*");
  const auto is_so = [&] {
    const auto lines = terminal.screen.lines();
    return lines.size() > 1 && std::regex_match(lines.back(), live);
  };
  BOOST_TEST(terminal.wait_for(is_so));
  terminal.signal(SIGINT);
  BOOST_TEST(terminal.end() == 3);
  const std::vector<std::string> expected{
      "m.ebb:2:7: warning: the gradient of u is 0: it does not learn",
      "  2 | param u[2, 2] ~ constant(0.5)", "    |       ^",
      "  hint: units that give the same for every sample pass no gradient on; weights that start "
      "smaller, or a smaller learning rate, may help",
      note_of_report};
  BOOST_TEST(terminal.screen.lines() == expected, boost::test_tools::per_element());
}

// The error comes after the program's end of the training, in the middle of an epoch.
BOOST_AUTO_TEST_CASE(an_error_takes_the_place_of_the_live_line) {
  write("m.ebb",
        "input x\nparam w ~ constant(1)\ncost log(w) * x\n"
        "data train {\n  x = values(0..200000) / 100000\n}\n"
        "train {\n  optimizer = sgd(0.00001)\n  minibatch = 1\n  epochs = 1000\n}\n");
  InTerminal terminal = train(120, {}, false);
  BOOST_TEST(terminal.end() == 4);
  for (const std::string& line : terminal.screen.lines())
    BOOST_TEST(line.find("samples/s") == std::string::npos, line);
}

// The metric is what takes long.
BOOST_AUTO_TEST_CASE(an_evaluation_that_takes_long_shows_how_far_it_is) {
  write("m.ebb",
        "input x\nparam w ~ constant(0)\nz = w * x\nm = x\nfor i in 0..300 { m = tanh(m) }\n"
        "output z\ncost 0.5 * (z - 1) ^ 2\nmetric far = m\ndata train {\n  x = values([1])\n}\n"
        "data validation {\n  x = values(0..2000000)\n}\n"
        "train {\n  optimizer = sgd(1e-12)\n  minibatch = 1\n  epochs = 1000\n}\n");
  InTerminal terminal = train(150, {}, false);
  expect(terminal, "epoch [0-9]+/1,000  on validation  " + bar +
                       "  [ 0-9]{3} %  [0-9,]+ samples/s  [0-9:]+ left  cost 0\\.5000.*");
  expect_clean_stop(terminal);
}

BOOST_AUTO_TEST_CASE(a_descent_shows_its_steps) {
  write("m.ebb", descent);
  InTerminal terminal = train(120, {}, false);
  expect(terminal,
         "step [0-9,]+/1,000,000,000  " + bar +
             "  [ 0-9]{3} %  [0-9,]+ steps/s  [0-9dh: ]+ left  cost 1\\.000  best cost 1\\.000");
  expect_clean_stop(terminal);
}

BOOST_AUTO_TEST_SUITE_END()
