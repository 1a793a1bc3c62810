// What Chromium's viewer and Perfetto ask of a trace: "Trace Event Format".
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/profiled.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(trace, Binary)

namespace {

using Json = nlohmann::ordered_json;

// Times are whole nanoseconds, as microseconds with three decimals.
std::int64_t nanoseconds(const Json& microseconds) {
  const std::string text = microseconds.dump();
  const std::size_t point = text.find('.');
  BOOST_TEST((point != std::string::npos && text.size() - point <= 4), text);
  return std::llround(double(microseconds) * 1e3);
}

// What an event of any kind must have, and of its kind.
void check_event(const Json& event) {
  BOOST_TEST_CONTEXT(event.dump()) {
    BOOST_TEST(event["name"].is_string());
    BOOST_TEST(event["pid"].is_number_integer());
    BOOST_TEST(event["tid"].is_number_integer());
    const std::string phase = event["ph"];
    if (phase == "M") {
      BOOST_TEST((event["name"] == "process_name" || event["name"] == "thread_name"));
      BOOST_TEST(event["args"]["name"].is_string());
      return;
    }
    BOOST_TEST(double(event["ts"]) >= 0);
    if (phase == "C") {
      for (const Json& value : event["args"]) BOOST_TEST(value.is_number());
    } else {
      BOOST_TEST(phase == "X");
      BOOST_TEST(double(event["dur"]) >= 0);
      BOOST_TEST(event["cat"].is_string());
    }
  }
}

// Events of one thread lie beside or within one another, and begin in their order.
void check_nesting(const Json& events) {
  std::vector<std::int64_t> ends;
  std::int64_t last = 0;
  for (const Json& event : events) {
    if (event["ph"] != "X") continue;
    const std::int64_t begin = nanoseconds(event["ts"]);
    const std::int64_t end = begin + nanoseconds(event["dur"]);
    BOOST_TEST(begin + 2 >= last);
    last = begin;
    while (!ends.empty() && ends.back() <= begin + 2) ends.pop_back();
    if (!ends.empty()) BOOST_TEST(end <= ends.back() + 2, event.dump());
    ends.push_back(end);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_step_of_every_mini_batch_is_an_event) {
  write("m.ebb", profiled);
  const Outcome outcome =
      ebb({"profile", "m.ebb", "--updates", "3", "--json", "--trace", "trace.json"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const Json steps = Json::parse(outcome.out)["steps"];
  const Json whole = Json::parse(read_file(path("trace.json")));
  BOOST_TEST(whole["displayTimeUnit"] == "ns");
  const Json& events = whole["traceEvents"];
  for (const Json& event : events) check_event(event);
  check_nesting(events);
  // Two names; of each mini-batch itself, its feeding, and each step with its memory.
  BOOST_REQUIRE(events.size() == 2 + 3 * (2 + 2 * steps.size()));
  BOOST_TEST(events[0]["args"]["name"] == "ebb m.ebb");
  BOOST_TEST(events[1]["args"]["name"] == "training");
  for (std::size_t batch = 0; batch < 3; ++batch) {
    const std::size_t first = 2 + batch * (2 + 2 * steps.size());
    BOOST_TEST(events[first]["name"] == "mini-batch");
    BOOST_TEST(events[first]["args"] == (Json{{"number", batch + 1}, {"samples", 10}}));
    BOOST_TEST(events[first + 1]["name"] == "feeding samples");
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const Json& memory = events[first + 2 + 2 * i];
      const Json& step = events[first + 3 + 2 * i];
      BOOST_TEST(memory["ph"] == "C");
      BOOST_TEST(memory["name"] == "memory of intermediate values");
      BOOST_TEST(memory["ts"] == step["ts"]);
      BOOST_TEST(step["name"] == steps[i]["step"]);
      BOOST_TEST(std::string(step["name"]).starts_with(std::string(step["cat"])));
      BOOST_TEST(step["args"]["flops"] == steps[i]["flops"]);
      BOOST_TEST(step["args"]["bytes"] == steps[i]["bytes"]);
      BOOST_TEST(step["args"]["shapes"].is_array());
      BOOST_TEST(step["args"].contains("product") == steps[i].contains("product"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_profile_keeps_its_beginning) {
  write("m.ebb", profiled);
  const Outcome outcome =
      ebb({"profile", "m.ebb", "--updates", "30000", "--json", "--trace", "trace.json"});
  const std::size_t steps = Json::parse(outcome.out)["steps"].size();
  const std::size_t kept = (20000 + steps - 1) / steps;
  const Json events = Json::parse(read_file(path("trace.json")))["traceEvents"];
  BOOST_TEST(events.size() == 2 + kept * (2 + 2 * steps));
  check_nesting(events);
}

BOOST_AUTO_TEST_CASE(a_file_that_can_not_be_written_is_an_error) {
  write("m.ebb", profiled);
  const Outcome outcome = ebb({"profile", "m.ebb", "--updates", "1", "--trace", "no/where.json"});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err.starts_with("error: no/where.json: "));
}

BOOST_AUTO_TEST_SUITE_END()
