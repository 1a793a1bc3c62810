// ebb export and ebb import, with the plugin that writes and reads JSON.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "graph/run/data/npy.hpp"
#include "graph/run/data/safetensors.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;
using Json = nlohmann::ordered_json;

BOOST_FIXTURE_TEST_SUITE(exchange, Binary)

namespace {

const std::string neuron = R"(input x[2]
param w[1, 2] ~ constant(0.5)
param b       ~ constant(-1)
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

BOOST_AUTO_TEST_CASE(a_network_becomes_json_and_a_script_again) {
  write("neuron.ebb", neuron);
  BOOST_TEST(ebb({"export", "neuron.ebb", "--to", "json"}) ==
             (Outcome{0, "",
                      "note: no --weights: this is the network before training\n"
                      "note: wrote neuron.json\n"}));
  BOOST_TEST(read_file(path("neuron.json")) == R"({
"format": "ebb graph",
"version": 1,
"model": "neuron",
"nodes": [
{"op":"input","outputs":[{"name":"x","type":"f32","dims":[2],"per_sample":true}]},
{"op":"parameter","outputs":[{"name":"w","type":"f32","dims":[1,2]}],"values":[0.5,0.5]},
{"op":"parameter","outputs":[{"name":"b","type":"f32","dims":[]}],"values":[-1.0]},
{"op":"matmul","inputs":["w","x"],"attributes":{"ta":false,"tb":false,"over_samples":false},"outputs":[{"name":"v3","type":"f32","dims":[],"per_sample":true}]},
{"op":"add","inputs":["v3","b"],"outputs":[{"name":"v4","type":"f32","dims":[],"per_sample":true}]},
{"op":"sigmoid","inputs":["v4"],"outputs":[{"name":"a","type":"f32","dims":[],"per_sample":true}]}
],
"outputs": [
{"name":"a","value":"a"}
]
}
)");
  BOOST_TEST(ebb({"import", "neuron.json", "--out", "imported"}) ==
             (Outcome{0, "", "note: wrote imported/neuron.ebb and imported/neuron.safetensors\n"}));
  BOOST_TEST(read_file(path("imported/neuron.ebb")) == R"(# imported from JSON

input x[2]
param w[1, 2] ~ zeros
param b       ~ zeros
v3 = matmul(w, x, ta = false, tb = false, over_samples = false)
v4 = add(v3, b)
a = sigmoid(v4)

output a
)");
  BOOST_TEST(ebb({"import", "neuron.json", "--json"}) ==
             (Outcome{0, "{\"script\":\"neuron.ebb\",\"weights\":\"neuron.safetensors\"}\n", ""}));
}

BOOST_AUTO_TEST_CASE(what_can_not_be_exported_is_said) {
  write("m.ebb", "input x[2]\n");
  BOOST_TEST(ebb({"export", "m.ebb", "--to", "json"}) ==
             (Outcome{1, "",
                      "error: the script has no `output`\n"
                      "  hint: what is exported computes the outputs\n"}));
  write("m.ebb", "input x[2]\ny = x + random_normal([2])\noutput y\n");
  BOOST_TEST(
      ebb({"export", "m.ebb", "--to", "json"}) ==
      (Outcome{1, "",
               "error: the outputs depend on `epoch`, which an exported graph does not know\n"
               "  hint: random numbers and what changes from epoch to epoch are for "
               "training\n"}));
  BOOST_TEST(!std::filesystem::exists(path("m.json")));
}

BOOST_AUTO_TEST_CASE(the_format_is_named_or_shows_in_the_file) {
  write("neuron.ebb", neuron);
  const std::string try_help = "try `ebb help export`\n";
  BOOST_TEST(ebb({"export", "neuron.ebb"}) ==
             (Outcome{2, "", "ebb export: --to FORMAT is needed\n" + try_help}));
  BOOST_TEST(
      ebb({"export", "neuron.ebb", "--out", "a.foo"}) ==
      (Outcome{2, "",
               "ebb export: --to FORMAT is needed: the name a.foo does not say the format\n" +
                   try_help}));
  BOOST_TEST(
      ebb({"export", "neuron.ebb", "--to", "jsno"}) ==
      (Outcome{1, "",
               "error: there is no exporter `jsno`\n  hint: did you mean `json`?\n"
               "  hint: a format belongs to a plugin: of its name, or one that --plugin FILE "
               "loads\n"}));
  BOOST_TEST(ebb({"export", "neuron.ebb", "--to", "json", "--with", "indent=2"}) ==
             (Outcome{1, "", "error: json has no attribute `indent`\n"}));
  BOOST_TEST(ebb({"export", "neuron.ebb", "--to", "json", "--with", "indent"}) ==
             (Outcome{2, "", "ebb export: --with takes KEY=VALUE, not `indent`\n" + try_help}));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_graph_is_refused_and_nothing_written) {
  const std::string head = R"({"format":"ebb graph","version":1,"nodes":[)";
  const std::string input =
      R"({"op":"input","outputs":[{"name":"x","type":"f32","dims":[2],"per_sample":true}]},)";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[1", "is no JSON, from byte 3 on"},
      {"[1e999]", "holds a number that is too large"},
      {std::string(1000, '['), "is nested too deeply for a graph"},
      {"{}", "the file has no \"format\""},
      {R"({"format":"ebb graph","version":2})",
       "is version 2 of the format, and this is version 1"},
      {R"({"format":"ebb graph","version":1e300})", "the file: \"version\" is no whole number"},
      {head + R"({"op":"input","outputs":[{"name":"x","type":"f32","dims":[1e300]}]}]})",
       "node 0: \"dims\" is no whole number"},
      {head +
           R"({"op":"input","outputs":[{"name":"x","type":"f32","dims":[18446744073709551615]}]}]})",
       "node 0: \"dims\" is no whole number"},
      {head + R"({"op":"k.backward","outputs":[]}]})",
       "node 0: a script can not call the op `k.backward`"},
      {head +
           R"({"op":"sigmoid","inputs":["x"],"outputs":[{"name":"y","type":"f32","dims":[]}]}]})",
       "node 0 (sigmoid): no node before it gives `x`"},
      {head +
           R"({"op":"parameter","values":[1],"outputs":[{"name":"y","type":"f32","dims":[2]}]}]})",
       "node 0 (parameter) is [2], but has 1 values"},
      {head + input + input.substr(0, input.size() - 1) + "]}",
       "node 1 (input): there is already a value `x`"},
      {head + R"({"op":"sigmoid","inputs":[],"attributes":{"a b":1},)" +
           R"("outputs":[{"name":"y","type":"f32","dims":[]}]}]})",
       "node 0 (sigmoid): no attribute is called `a b`"},
  };
  for (const auto& [text, message] : wrong) {
    write("m.json", text);
    BOOST_TEST(ebb({"import", "m.json"}) == (Outcome{1, "", "error: m.json: " + message + "\n"}));
  }
  write("m.json", head + input +
                      R"({"op":"sigmiod","inputs":["x"],"outputs":[{"name":"y","type":"f32",)"
                      R"("dims":[2]}]}],"outputs":[{"name":"y","value":"y"}]})");
  BOOST_TEST(ebb({"import", "m.json"}) ==
             (Outcome{1, "",
                      "m.ebb:4:5: error[E0101]: unknown name `sigmiod`\n  4 | y = sigmiod(x)\n"
                      "    |     ^^^^^^^\n  fix: write `sigmoid`\n"}));
  BOOST_TEST(!std::filesystem::exists(path("m.ebb")));
}

BOOST_AUTO_TEST_CASE(every_example_gives_the_same_numbers_after_it) {
  int scripts = 0;
  for (const auto& file : std::filesystem::directory_iterator(EBB_SOURCE_DIR "/scripts")) {
    const std::string script = file.path().string();
    // Not those that need a plugin that may not be built.
    if (!script.ends_with(".ebb") || read_file(script).find("\nuse ") != std::string::npos)
      continue;
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
