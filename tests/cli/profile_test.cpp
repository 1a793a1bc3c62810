#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/profiled.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(profile, Binary)

namespace {

using Json = nlohmann::ordered_json;

std::string with(const std::string& text, const std::string& what, const std::string& instead) {
  std::string changed = text;
  return changed.replace(changed.find(what), what.size(), instead);
}

double total(const Json& line) { return line["typical_seconds"]; }

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

const auto tolerance = boost::test_tools::tolerance(1e-9);
const std::vector<std::string> of_step{
    "step",          "calls", "seconds",          "share",        "flops", "flops_per_second",
    "share_of_peak", "bytes", "bytes_per_second", "share_of_copy"};
const std::vector<std::string> of_product = [] {
  std::vector<std::string> names = of_step;
  names.insert(names.end(), {"product", "provider", "calls_by"});
  return names;
}();

}  // namespace

BOOST_AUTO_TEST_CASE(json_has_all_steps_of_the_plan) {
  write("m.ebb", profiled);
  const Outcome outcome = ebb({"profile", "m.ebb", "--updates", "7", "--json", "--threads", "2"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const Json line = Json::parse(outcome.out);
  BOOST_TEST(line["updates"] == 7);
  BOOST_TEST(line["threads"] == 2);
  double seconds = line["feeding"], share = (seconds + double(line["rest"])) / total(line);
  int products = 0;
  for (const Json& step : line["steps"]) {
    BOOST_TEST(keys(step) == (step.contains("product") ? of_product : of_step),
               boost::test_tools::per_element());
    BOOST_TEST(step["calls"] == 7);
    BOOST_TEST(double(step["seconds"]) > 0);
    seconds += double(step["seconds"]);
    share += double(step["share"]);
    BOOST_TEST(double(step["share_of_peak"]) <= 1);
    for (const char* what : {"flops", "bytes"}) {
      const double rate = double(step[what]) * 7 / double(step["seconds"]);
      const bool is_flops = what == std::string("flops");
      BOOST_TEST(double(step[what + std::string("_per_second")]) == rate, tolerance);
      BOOST_TEST(double(step[is_flops ? "share_of_peak" : "share_of_copy"]) ==
                     rate / double(line[is_flops ? "peak_flops" : "peak_bytes"]),
                 tolerance);
    }
    if (!step.contains("product")) continue;
    ++products;
    BOOST_TEST(std::string(step["product"]).ends_with(", by " + std::string(step["provider"])));
    BOOST_TEST(step["calls_by"] == Json({{step["provider"], 7}}));
    // 40 multiplications and additions for each of 10 samples; the update adds to 40 weights.
    BOOST_TEST((step["flops"] == 800.0 || step["flops"] == 840.0));
  }
  BOOST_TEST(products == 2);
  BOOST_TEST(seconds + double(line["rest"]) == total(line), tolerance);
  BOOST_TEST(double(line["seconds"]) > 0);
  BOOST_TEST(share == 1.0, tolerance);
  std::size_t most = 0;
  for (const Json& bytes : line["memory"]["by_step"]) most = std::max<std::size_t>(most, bytes);
  BOOST_TEST(line["memory"]["by_step"].size() == line["steps"].size());
  BOOST_TEST(line["memory"]["least"] == most);
  BOOST_TEST(double(line["peak_flops"]) > 1e8);
  BOOST_TEST(double(line["peak_bytes"]) > 1e8);
  BOOST_TEST(line["memory"]["variables"] == 160);
  BOOST_TEST(double(line["memory"]["arena"]) >= double(line["memory"]["least"]));
}

// Of 40 samples every third mini-batch has 8, for which no product was made ready.
BOOST_AUTO_TEST_CASE(products_of_smaller_minibatches_are_those_of_blas) {
  write("m.ebb", with(profiled, "minibatch = 10", "minibatch = 16"));
  const Json line = Json::parse(ebb({"profile", "m.ebb", "--updates", "6", "--json"}).out);
  std::size_t others = 0;
  for (const Json& step : line["steps"]) {
    if (!step.contains("product")) continue;
    const bool is_blas = step["provider"] == "blas";
    others += is_blas ? 0 : 1;
    BOOST_TEST(step["calls_by"] ==
               (is_blas ? Json({{"blas", 6}}) : Json({{step["provider"], 4}, {"blas", 2}})));
  }
  const std::string text = ebb({"profile", "m.ebb", "--updates", "6"}).out;
  std::size_t told = 0;
  for (const std::string& row : lines_of(text)) told += row.ends_with("; 2 calls by blas") ? 1 : 0;
  BOOST_TEST(told == others);
}

BOOST_AUTO_TEST_CASE(people_read_a_table) {
  write("m.ebb", profiled);
  const Outcome outcome = ebb({"profile", "m.ebb", "--updates", "3", "--threads", "1"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const auto lines = lines_of(outcome.out);
  const Json line = Json::parse(ebb({"profile", "m.ebb", "--updates", "1", "--json"}).out);
  const std::size_t steps = line["steps"].size();
  // A line before, a heading, two for feeding and the rest, three after, ten with the chart, and
  // empty ones between.
  BOOST_REQUIRE(lines.size() == 3 + steps + 2 + 3 + 10);
  BOOST_TEST(lines[0].starts_with("3 updates in "));
  BOOST_TEST(lines[0].find(" each, typically ") != std::string::npos);
  BOOST_TEST(lines[0].ends_with(", with 1 thread"));
  BOOST_TEST(lines[2] == "    calls       µs  time  GFLOP/s   peak    GB/s   copy  step");
  BOOST_TEST(lines[3 + steps].ends_with("  feeding samples"));
  BOOST_TEST(lines[4 + steps].ends_with("  the rest"));
  BOOST_TEST(
      lines[6 + steps].starts_with("peak: a large matrix product, or the best step, makes "));
  BOOST_TEST(lines[7 + steps].starts_with("memory: "));
  for (std::size_t i = 0; i < steps; ++i) BOOST_TEST(lines[3 + i].starts_with("        3 "));
  BOOST_TEST(lines[9 + steps] == "intermediate values, step by step:");
  BOOST_TEST(lines.back().find(" steps; the most in step ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_has_no_samples_feeds_none) {
  const std::string script = EBB_SOURCE_DIR "/scripts/gradient.ebb";
  const std::string text = ebb({"profile", script, "--updates", "3"}).out;
  BOOST_TEST(text.find("the rest\n") != std::string::npos);
  BOOST_TEST(text.find("feeding") == std::string::npos);
  const Outcome outcome =
      ebb({"profile", script, "--updates", "3", "--json", "--trace", "trace.json"});
  BOOST_TEST(Json::parse(outcome.out)["feeding"] == 0.0);
  BOOST_TEST(read_file(path("trace.json")).find("feeding") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_many_steps_the_longest_are_shown_or_all) {
  std::string deep = profiled;
  for (int i = 0; i < 8; ++i)
    deep = with(deep, "z = w.T * x\n",
                "param v" + std::to_string(i) + "[40, 40] ~ normal(0, 0.1)\nz = w.T * x\n");
  std::string x = "x";
  for (int i = 0; i < 8; ++i) x = "tanh(v" + std::to_string(i) + " * " + x + ")";
  write("m.ebb", with(deep, "z = w.T * x", "z = w.T * " + x));
  const std::string some = ebb({"profile", "m.ebb", "--updates", "2"}).out;
  const std::string all = ebb({"profile", "m.ebb", "--updates", "2", "--all"}).out;
  BOOST_TEST(some.find(" other steps; --all shows them\n") != std::string::npos);
  BOOST_TEST(all.find(" other steps; --all shows them\n") == std::string::npos);
  BOOST_TEST(lines_of(some).size() == 39u);
  BOOST_TEST(lines_of(all).size() > 39u);
}

BOOST_AUTO_TEST_CASE(of_a_long_name_of_a_layer_the_end_is_shown) {
  write("m.ebb", with(with(profiled, "param w[40] ~ normal(0, 0.1)\n", ""), "z = w.T * x",
                      "a_layer_that_is_called_something = dense(x, 1)\n"
                      "z = sum(a_layer_that_is_called_something)"));
  const auto lines = lines_of(ebb({"profile", "m.ebb", "--updates", "2"}).out);
  BOOST_TEST(lines[2] ==
             "    calls       µs  time  GFLOP/s   peak    GB/s   copy  layer             "
             "        step");
  std::size_t told = 0;
  for (const std::string& row : lines)
    told += row.find("  …hat_is_called_something  gemm") != std::string::npos ? 1 : 0;
  BOOST_TEST(told == 2u);
  const Json line = Json::parse(ebb({"profile", "m.ebb", "--updates", "2", "--json"}).out);
  for (const Json& step : line["steps"])
    if (step.contains("product")) BOOST_TEST(step["layer"] == "a_layer_that_is_called_something");
}

BOOST_AUTO_TEST_CASE(what_makes_no_updates_has_no_profile) {
  write("m.ebb", with(profiled, "  optimizer = sgd(0.1)\n", ""));
  BOOST_TEST(ebb({"profile", "m.ebb"}) == (Outcome{1, "",
                                                   "error: the script has no optimizer\n"
                                                   "  hint: train { optimizer = sgd(0.1) }\n"}));
  BOOST_TEST(ebb({"profile", "m.ebb", "--updates", "0"}).status == 2);
}

BOOST_AUTO_TEST_SUITE_END()
