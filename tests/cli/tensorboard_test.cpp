#include <boost/test/unit_test.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

// w goes half the way to the mean of the samples, 2.5, in each epoch: from 1 to 1.75, then to
// 2.125.
const std::string halving = R"(layer shifted(x) {
  param w ~ constant(1)
  return w - x
}
input x
d = shifted(x)
cost 0.5 * d ^ 2
data train {
  x = values([1, 2, 3, 4])
}
data test {
  x = values([2])
}
train {
  optimizer = sgd(0.5)
  epochs    = 2
  minibatch = 4
}
)";

class Watched : public Binary {
 public:
  Outcome train(const std::vector<std::string>& flags) const {
    write("m.ebb", halving);
    std::vector<std::string> words{"train",  "m.ebb",         "--precision",
                                   "double", "--tensorboard", "events"};
    words.insert(words.end(), flags.begin(), flags.end());
    return ebb(words);
  }

  // The events of a file as a reader gives them that shares nothing with the writer; without the
  // times, which are those of the last hour.
  std::vector<Json> read(const std::filesystem::path& file) const {
    const Outcome outcome = shell("python3 " + quoted(EBB_SOURCE_DIR "/tests/cli/read_events.py") +
                                  " " + quoted(file.string()));
    BOOST_TEST(outcome.err == "");
    std::vector<Json> events;
    for (const std::string& line : lines_of(outcome.out)) {
      events.push_back(Json::parse(line));
      BOOST_TEST(std::abs(events.back()["wall_time"].get<double>() -
                          static_cast<double>(std::time(nullptr))) < 3600);
      events.back().erase("wall_time");
    }
    return events;
  }

  // The files of the folder, by age.
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(path("events")))
      all.push_back(entry.path());
    std::ranges::sort(all, {}, [](const auto& file) { return last_write_time(file); });
    return all;
  }
};

// Tags and numbers of a summary's scalars, without the speed.
std::string scalars(const Json& event) {
  std::string text = std::to_string(event.value("step", 0)) + ":";
  for (const Json& value : event["summary"]["value"])
    if (value["tag"] != "train/samples_per_second")
      text += " " + value["tag"].get<std::string>() + "=" + value["simple_value"].dump();
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tensorboard, Watched)

BOOST_AUTO_TEST_CASE(an_independent_reader_finds_the_whole_training) {
  const Outcome outcome = train({});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_REQUIRE(files().size() == 1u);
  const auto events = read(files()[0]);
  BOOST_REQUIRE(events.size() == 7u);
  BOOST_TEST(events[0].dump() == R"({"file_version":"brain.Event:2"})");
  BOOST_TEST(events[2].dump() == R"({"step":1,"session_log":{"status":1}})");
  BOOST_TEST(scalars(events[3]) ==
             "1: train/cost=1.75 test/cost=0.03125 train/learning_rate=0.5 norm/weights=1.75 "
             "norm/gradient=0.75 weight_norm/d.w=1.75 gradient_norm/d.w=0.75");
  BOOST_TEST(
      events[4].dump() ==
      R"({"step":1,"summary":{"value":[{"tag":"weights/d.w","histo":{"min":1.75,"max":1.75,)"
      R"("num":1.0,"sum":1.75,"sum_squares":3.0625,"bucket_limit":[1.75],"bucket":[1.0]}}]}})");
  BOOST_TEST(scalars(events[5]) ==
             "2: train/cost=0.90625 test/cost=0.0078125 train/learning_rate=0.5 "
             "norm/weights=2.125 norm/gradient=0.375 weight_norm/d.w=2.125 "
             "gradient_norm/d.w=0.375");
  BOOST_TEST(events[6].dump() ==
             R"({"step":2,"summary":{"value":[{"tag":"weights/d.w","histo":{"min":2.125,)"
             R"("max":2.125,"num":1.0,"sum":2.125,"sum_squares":4.515625,"bucket_limit":[2.125],)"
             R"("bucket":[1.0]}}]}})");
}

BOOST_AUTO_TEST_CASE(metrics_on_training_samples_stand_beside_the_others) {
  write("s.ebb", halving + "metric square = d ^ 2\n");
  BOOST_TEST(ebb({"train", "s.ebb", "--precision", "double", "--tensorboard", "events"}).status ==
             0);
  BOOST_TEST(scalars(read(files()[0]).at(3))
                 .starts_with("1: train/cost=1.75 train/square=1.8125 test/cost=0.03125 "
                              "test/square=0.0625 train/learning_rate=0.5 "));
}

BOOST_AUTO_TEST_CASE(the_graph_has_a_scope_for_each_layer) {
  train({});
  const Json graph = read(files()[0]).at(1)["graph_def"];
  BOOST_TEST(graph["versions"].dump() == R"({"producer":22})");
  std::string text;
  for (const Json& node : graph["node"]) {
    text += node["name"].get<std::string>() + " = " + node["op"].get<std::string>() + "(";
    const Json inputs = node.value("input", Json::array());
    for (const Json& input : inputs)
      text += (&input == &inputs[0] ? "" : ", ") + input.get<std::string>();
    text += ") ";
    for (const Json& attr : node["attr"])
      text += " " + attr["key"].get<std::string>() + "=" + attr["value"].dump();
    text += '\n';
  }
  const std::string each_sample = R"( _output_shapes={"list":{"shape":[{"dim":[{"size":-1}]}]}})"
                                  "\n";
  BOOST_TEST(text == "x = input() " + each_sample +
                         "d/w = variable()  _output_shapes={\"list\":{\"shape\":[{}]}}\n"
                         "d = sub(d/w, x) " +
                         each_sample + "cost/power = power(d)  n={\"s\":\"2\"}" + each_sample +
                         "cost = scale(cost/power)  factor={\"s\":\"0.5\"}" + each_sample);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_adds_a_file_that_goes_on_where_the_last_one_stood) {
  BOOST_TEST(train({"--out", "w"}).status == 0);
  BOOST_TEST(train({"--resume", "w", "--set", "train.epochs=3", "--allow-changed"}).status == 0);
  BOOST_REQUIRE(files().size() == 2u);
  const auto events = read(files()[1]);
  BOOST_REQUIRE(events.size() == 5u);
  BOOST_TEST(events[2].dump() == R"({"step":3,"session_log":{"status":1}})");
  BOOST_TEST(scalars(events[3]).starts_with("3: train/cost=0.6953125 "));
}

BOOST_AUTO_TEST_CASE(steps_of_a_script_without_inputs_are_written_one_by_one) {
  write("d.ebb",
        "param w ~ constant(1)\ncost w^2\ntrain {\n  optimizer = sgd(0.25)\n  steps = 50\n}\n");
  BOOST_TEST(ebb({"train", "d.ebb", "--precision", "double", "--tensorboard", "events"}).status ==
             0);
  const auto events = read(files()[0]);
  BOOST_REQUIRE(events.size() == 3u + 2 * 50);
  BOOST_TEST(scalars(events[5]) ==
             "2: train/cost=0.25 train/learning_rate=0.25 norm/weights=0.25 norm/gradient=0.5 "
             "weight_norm/w=0.25 gradient_norm/w=0.5");
  for (std::size_t i = 0; i < 50; ++i) BOOST_TEST(events[3 + 2 * i]["step"] == i + 1);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_ends_the_training_before_it_begins) {
  write("events", "");
  const Outcome outcome = train({});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out == "");
}

BOOST_AUTO_TEST_CASE(a_folder_that_can_not_be_made_is_an_error) {
  write("m.ebb", halving);
  std::filesystem::create_symlink("loop", path("loop"));
  for (const auto& [folder, why] :
       {std::pair<std::string, std::string>{std::string(300, 'x'), "File name too long"},
        {"loop", "Too many levels of symbolic links"}}) {
    const Outcome outcome = ebb({"train", "m.ebb", "--quiet", "--tensorboard", folder});
    BOOST_TEST(outcome.status == 1, outcome);
    BOOST_TEST(outcome.err.starts_with("error: " + folder + "/events.out.tfevents."), outcome);
    BOOST_TEST(outcome.err.ends_with(": cannot be made: " + why + "\n"), outcome);
  }
}

BOOST_AUTO_TEST_SUITE_END()
