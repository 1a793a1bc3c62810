// ebb export and ebb import, with the plugin that writes and reads JSON.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "graph/run/data/npy.hpp"
#include "graph/run/data/safetensors.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::json;

namespace {

const std::string neuron = R"(input x[2]
param w[1, 2] ~ 0.5
param b       ~ -1
a = sigmoid(w * x + b)
output a
)";

// Three samples of an input: numbers in [0, 1), or digits.
ebb::Array samples_of(const Json& output) {
  std::vector<std::int64_t> dims{3};
  for (const Json& dim : output["dims"]) dims.push_back(dim);
  const bool whole = output["type"] == "i64";
  ebb::Array array = ebb::Array::make(whole ? ebb::DType::i64 : ebb::DType::f32, dims);
  for (std::int64_t i = 0; i < array.elements(); ++i) {
    if (whole)
      array.data<std::int64_t>()[i] = i * i % 10;
    else
      array.data<float>()[i] = static_cast<float>(i * 37 % 101) / 101;
  }
  return array;
}

// `ebb run` with these inputs, its results in a file.
std::vector<std::string> run(const std::string& script, const Json& graph, const std::string& out) {
  std::vector<std::string> words{"run", script, "--quiet", "--out", out};
  for (const Json& node : graph["nodes"])
    if (node["op"] == "input") {
      const std::string name = node["outputs"][0]["name"];
      words.insert(words.end(), {"--input", name + "=" + name + ".npy"});
    }
  return words;
}

double difference(const ebb::TensorFile& a, const ebb::TensorFile& b) {
  if (a.tensors.size() != b.tensors.size()) return INFINITY;
  double worst = 0;
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    const auto& [name, left] = a.tensors[i];
    const auto& [other, right] = b.tensors[i];
    if (name != other || left.dims != right.dims || left.dtype != right.dtype) return INFINITY;
    for (std::int64_t j = 0; j < left.elements(); ++j)
      worst = std::max(worst, std::abs(left.at(j) - right.at(j)));
  }
  return worst;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(export, Binary)

BOOST_AUTO_TEST_CASE(a_network_becomes_json_and_a_script_again) {
  write("neuron.ebb", neuron);
  BOOST_TEST(ebb({"export", "neuron.ebb", "--to", "json"}) ==
             (Outcome{0, "",
                      "note: no --weights: this is the network before training\n"
                      "note: wrote neuron.json\n"}));
  BOOST_TEST(read_file(path("neuron.json")) == "");
  BOOST_TEST(ebb({"import", "neuron.json", "--out", "imported"}) ==
             (Outcome{0, "", "note: wrote imported/neuron.ebb and imported/neuron.safetensors\n"}));
  BOOST_TEST(read_file(path("imported/neuron.ebb")) == "");
}

BOOST_AUTO_TEST_CASE(every_example_gives_the_same_numbers_after_it) {
  int scripts = 0;
  for (const auto& file : std::filesystem::directory_iterator(EBB_SOURCE_DIR "/scripts")) {
    if (file.path().extension() != ".ebb") continue;
    const std::string script = file.path().string();
    BOOST_TEST_INFO_SCOPE(script);
    BOOST_TEST_REQUIRE(ebb({"export", script, "--out", "m.json", "--quiet"}) ==
                       (Outcome{0, "", ""}));
    const Json graph = Json::parse(read_file(path("m.json")));
    for (const Json& node : graph["nodes"])
      if (node["op"] == "input")
        ebb::write_npy(path(node["outputs"][0]["name"].get<std::string>() + ".npy"),
                       samples_of(node["outputs"][0]));
    BOOST_TEST_REQUIRE(ebb({"import", "m.json"}).status == 0);
    BOOST_TEST_REQUIRE(ebb(run(script, graph, "before.safetensors")) == (Outcome{0, "", ""}));
    auto again = run("m.ebb", graph, "after.safetensors");
    if (std::filesystem::exists(path("m.safetensors")))
      again.insert(again.end(), {"--weights", "m.safetensors"});
    BOOST_TEST_REQUIRE(ebb(again) == (Outcome{0, "", ""}));
    BOOST_TEST(difference(ebb::read_safetensors(path("before.safetensors")),
                          ebb::read_safetensors(path("after.safetensors"))) < 1e-6);
    std::filesystem::remove(path("m.safetensors"));
    ++scripts;
  }
  BOOST_TEST(scripts > 10);
}

BOOST_AUTO_TEST_SUITE_END()
