// The report of a training, as data: what a browser makes of them is report_slow_test.cpp's.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

// Two classes, by the sign of x; every sample is in the block `test` too.
const std::string signs = R"(input  x[2]
target y
param w[2] ~ constant(0.5)
a = sigmoid(dot(w, x))
output a
cost   quadratic(a, y)
metric sure = (a - 0.5)^2
data train {
  x = values([[1, 0], [-1, 0], [2, 0]])
  y = values([1, 0, 0])
}
data test {
  x = values([[1, 0], [-1, 0], [2, 0]])
  y = values([1, 0, 0])
}
train {
  optimizer = sgd(0.5)
  minibatch = 3
  epochs    = 2
}
)";

struct Reports : Binary {
  std::string page(const char* folder = "w") const {
    return read_file(path(std::string(folder) + "/report.html"));
  }
  Json data(const char* folder = "w") const {
    const std::string text = page(folder), begin = "id=\"data\">";
    const std::size_t at = text.find(begin) + begin.size();
    return Json::parse(text.substr(at, text.find("</script>", at) - at));
  }
};

// The values of a curve.
Json curve(const Json& data, const std::string& kind, const std::string& of) {
  for (const Json& one : data["history"]["curves"])
    if (one["kind"] == kind && one["of"] == of) return one["values"];
  return nullptr;
}

// What is another one in each run.
Json without_times(Json data) {
  for (const char* key :
       {"started", "written", "seconds", "made on", "network", "equations", "manifest"})
    data.erase(key);
  for (Json& one : data["history"]["curves"])
    if (one["kind"] == "seconds") one["values"] = nullptr;
  return data;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(report, Reports)

BOOST_AUTO_TEST_CASE(it_holds_all_that_is_known_of_the_run) {
  write("signs.ebb", signs);
  const Outcome outcome = ebb({"train", "signs.ebb", "--out", "w"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const Json expected = Json::parse(read_file(EBB_SOURCE_DIR "/tests/golden/report.json"));
  Json all = without_times(data());
  BOOST_TEST(all["made from"]["text"] == signs);
  all["made from"].erase("text");
  BOOST_TEST(all.dump(1) == expected.dump(1));
}

BOOST_AUTO_TEST_CASE(it_says_how_to_make_the_run_again) {
  write("signs.ebb", signs);
  BOOST_TEST(ebb({"train", "signs.ebb", "--out", "a b"}).status == 0);
  const Json all = data("a b"), manifest = Json::parse(read_file(path("a b/manifest.json")));
  BOOST_TEST(all["made from"]["command"] == "ebb train signs.ebb --out 'a b'");
  BOOST_TEST(all["manifest"]["path"] == "a b/manifest.json");
  for (const char* key : {"made from", "updates", "weights"})
    BOOST_TEST(all["manifest"][key] == manifest[key]);
}

// The equations come from a process of their own: a training that is over at once does not wait for
// it. Each here is longer than the last.
BOOST_AUTO_TEST_CASE(its_equations_are_those_that_derive_prints) {
  write("signs.ebb", signs);
  Json expected = Json::array();
  for (const std::string& line : lines_of(ebb({"derive", "signs.ebb", "--json"}).out))
    expected.push_back(Json::parse(line));
  Json equations;
  for (int epochs = 2; equations.is_null() && epochs < 1'000'000; epochs *= 4) {
    const std::string length = "train.epochs=" + std::to_string(epochs);
    BOOST_REQUIRE(ebb({"train", "signs.ebb", "--set", length, "--out", "w", "--quiet"}).status ==
                  0);
    equations = data()["equations"];
  }
  BOOST_TEST(equations == expected);
}

BOOST_AUTO_TEST_CASE(a_run_that_is_resumed_goes_on_with_its_curves) {
  write("signs.ebb", signs);
  BOOST_TEST(ebb({"train", "signs.ebb", "--out", "w"}).status == 0);
  const Outcome outcome = ebb({"train", "signs.ebb", "--resume", "w", "--set", "train.epochs=5",
                               "--allow-changed", "--quiet"});
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(ebb({"train", "signs.ebb", "--out", "whole", "--set", "train.epochs=5"}).status == 0);
  BOOST_TEST(data()["history"]["x"] == Json({1, 2, 3, 4, 5}));
  for (const char* kind : {"cost", "metric"})
    for (const char* block : {"train", "test"})
      BOOST_TEST(curve(data(), kind, block) == curve(data("whole"), kind, block));
}

BOOST_AUTO_TEST_CASE(a_report_that_is_none_is_a_note_and_its_curves_begin_anew) {
  write("signs.ebb", signs);
  BOOST_TEST(ebb({"train", "signs.ebb", "--out", "w"}).status == 0);
  for (const std::string& wrong :
       {std::string("nonsense"), page().substr(0, page().find("\"history\"") + 20)}) {
    write("w/report.html", wrong);
    const Outcome outcome =
        ebb({"train", "signs.ebb", "--resume", "w", "--set", "train.epochs=3", "--allow-changed"});
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.err.find("note: w/report.html is no report of a training: its curves begin "
                                "anew\n") != std::string::npos);
    write("w/report.html", "");
  }
}

BOOST_AUTO_TEST_CASE(where_it_can_not_be_written_the_training_is_none_the_worse) {
  write("signs.ebb", signs);
  std::filesystem::create_directories(path("w/report.html/in the way"));
  const Outcome outcome = ebb({"train", "signs.ebb", "--out", "w"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(lines_of(outcome.err).size() == 1u);
  BOOST_TEST(outcome.err.starts_with("warning: the report could not be written: "), outcome.err);
  BOOST_TEST(std::filesystem::exists(path("w/manifest.json")));
}

BOOST_AUTO_TEST_CASE(there_is_none_where_none_is_wanted) {
  write("signs.ebb", signs);
  BOOST_TEST(ebb({"train", "signs.ebb", "--out", "w", "--no-report"}).status == 0);
  BOOST_TEST(!std::filesystem::exists(path("w/report.html")));
  BOOST_TEST(ebb({"train", "signs.ebb", "--out", "v"}).status == 0);
  BOOST_TEST(read_file(path("w/weights.safetensors")) == read_file(path("v/weights.safetensors")));
  BOOST_TEST(read_file(path("w/manifest.json")) == read_file(path("v/manifest.json")));
}

BOOST_AUTO_TEST_CASE(names_and_texts_of_a_script_stay_texts) {
  write("x.ebb",
        "param w ~ constant(1)\n# </script><script>alert(1)</script>\ncost w * w\n"
        "train {\n  optimizer = sgd(0.1)\n  steps = 3\n}\n");
  BOOST_TEST(shell("cp x.ebb '<script>.ebb' && $EBB train '<script>.ebb' --out w").status == 0);
  BOOST_TEST(data()["made from"]["script"] == "<script>.ebb");
  const std::string text = page();
  BOOST_TEST(text.find("alert(1)") != std::string::npos);
  BOOST_TEST(text.find("<script>alert") == std::string::npos);
  BOOST_TEST(text.find("<script>.ebb") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_script_without_inputs_has_a_curve_by_its_steps) {
  write("x.ebb",
        "param w ~ constant(1)\ncost w * w\nmetric twice = 2 * w\n"
        "train {\n  optimizer = sgd(0.25)\n  steps = 3\n}\n");
  BOOST_TEST(ebb({"train", "x.ebb", "--out", "w"}).status == 0);
  const Json all = data();
  BOOST_TEST(all["unit"] == "step");
  BOOST_TEST(all["history"]["x"] == Json({1, 2, 3}));
  BOOST_TEST(curve(all, "cost", "train") == Json({1.0, 0.25, 0.0625}));
  BOOST_TEST(curve(all, "metric", "train") == Json({1.0, 0.5, 0.25}));
  BOOST_TEST(!all.contains("looked at"));
  BOOST_TEST(curve(all, "norm", "w") == Json({0.5, 0.25, 0.125}));
  BOOST_TEST(curve(all, "gradient", "w") == Json({1.0, 0.5, 0.25}));
  BOOST_TEST(curve(all, "rate", "") == Json({0.25, 0.25, 0.25}));
}

// Of 5000 steps every fourth is kept, and every 32nd is measured.
BOOST_AUTO_TEST_CASE(steps_that_are_measured_are_among_those_that_are_kept) {
  write("x.ebb",
        "param w ~ constant(1)\ncost w * w\ntrain {\n  optimizer = sgd(0.001)\n"
        "  steps = 5000\n}\n");
  BOOST_TEST(ebb({"train", "x.ebb", "--out", "w", "--quiet"}).status == 0);
  const Json all = data(), x = all["history"]["x"], measured = curve(all, "gradient", "w");
  BOOST_TEST(x.size() == 1250u);
  std::vector<int> places;
  for (std::size_t i = 0; i < measured.size(); ++i)
    if (!measured[i].is_null()) places.push_back(x[i]);
  BOOST_REQUIRE(places.size() == 157u);
  for (std::size_t i = 0; i < 156; ++i) BOOST_TEST(places[i] == 32 * static_cast<int>(i + 1));
  BOOST_TEST(places[156] == 5000);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_finite_are_words) {
  write("x.ebb",
        "param w ~ constant(1)\ncost log(w)\ntrain {\n  optimizer = sgd(0.6)\n  steps = 3\n}\n");
  BOOST_TEST(ebb({"train", "x.ebb", "--out", "w", "--quiet", "--nan", "ignore"}).status == 0);
  const Json all = data();
  BOOST_TEST(all["state"] == "done");
  BOOST_TEST(all["cost"] == "NaN");
  BOOST_TEST(curve(all, "cost", "train") == Json({0.0, -0.916291, "NaN"}));
}

BOOST_AUTO_TEST_CASE(a_script_that_only_trains_shows_what_it_was_trained_on) {
  std::string script = signs;
  const std::size_t begin = script.find("data test"), end = script.find("train {\n  optimizer");
  script.erase(begin, end - begin);
  write("signs.ebb", signs);
  write("alone.ebb", script);
  BOOST_TEST(ebb({"train", "signs.ebb", "--out", "w"}).status == 0);
  const Outcome outcome = ebb({"train", "alone.ebb", "--out", "alone"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const Json tested = data(), alone = data("alone");
  BOOST_TEST(alone["samples"]["block"] == "train");
  for (const char* key : {"samples", "of", "confusion", "worst"})
    BOOST_TEST(alone["samples"][key] == tested["samples"][key]);
  BOOST_TEST(curve(alone, "metric", "train") == curve(tested, "metric", "test"));
}

BOOST_AUTO_TEST_CASE(a_run_that_diverges_says_so_in_it) {
  write("x.ebb",
        "param w ~ constant(1)\ncost w^4\ntrain {\n  optimizer = sgd(100)\n"
        "  steps = 50\n}\n");
  BOOST_TEST(ebb({"train", "x.ebb", "--out", "w", "--quiet"}).status == 4);
  const Json all = data();
  BOOST_TEST(all["state"] == "diverged");
  BOOST_TEST(all["ended"].get<std::string>().starts_with("training diverged: the cost became "));
}

BOOST_AUTO_TEST_CASE(watching_prints_an_address_and_ends_with_the_training) {
  write("signs.ebb", signs);
  const Outcome text = ebb({"train", "signs.ebb", "--out", "w", "--watch"});
  BOOST_TEST(text.status == 0);
  BOOST_TEST(lines_of(text.out)[0].starts_with("watch: http://127.0.0.1:"));
  const Outcome json = ebb({"train", "signs.ebb", "--out", "w", "--watch", "--json"});
  const Json first = Json::parse(lines_of(json.out)[0]);
  BOOST_TEST(first["event"] == "watch");
  BOOST_TEST(first["address"].get<std::string>().starts_with("http://127.0.0.1:"));
}

BOOST_AUTO_TEST_CASE(flags_of_watching_that_do_not_fit_are_refused) {
  write("signs.ebb", signs);
  const auto refused = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"train", "signs.ebb"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = ebb(words);
    BOOST_TEST(outcome.status == 2);
    return lines_of(outcome.err)[0];
  };
  BOOST_TEST(refused({"--port", "80"}) == "ebb train: --port is for --watch");
  BOOST_TEST(refused({"--watch", "--port", "65536"}) == "ebb train: --port is at most 65535");
  BOOST_TEST(refused({"--watch", "--no-report"}) ==
             "ebb train: --watch shows the report: not --no-report");
}

BOOST_AUTO_TEST_SUITE_END()
