#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(show, Binary)

namespace {

const std::string neuron = R"(input  x[3]
target y
param w[3] ~ zeros
param b    ~ zeros
z = w.T * x + b
a = sigmoid(z)
output a
cost quadratic(a, y)
train {
  optimizer = sgd(0.5)
  minibatch = 4
}
)";

const std::string forward = R"(x = input : real[3] per sample
y = input : real[] per sample
w = variable : real[3] shared
b = variable : real[] shared
%1 = transpose(w) : real[1, 3] shared
%2 = matmul(%1, x) : real[] per sample
z = add(%2, b) : real[] per sample
a = sigmoid(z) : real[] per sample
%3 = sub(a, y) : real[] per sample
%4 = power(%3, n = 2) : real[] per sample
%5 = sum(%4) : real[] per sample
cost = scale(%5, factor = 0.5) : real[] per sample
)";

bool has_line(const Outcome& outcome, const std::string& begin, const std::string& end) {
  for (const std::string& line : lines_of(outcome.out))
    if (line.starts_with(begin) && line.ends_with(end)) return true;
  return false;
}

// Numbers of a graph's nodes in their order; nodes that compute the same in the same way have the
// same number, in all graphs that are given the same `known` ones.
std::vector<std::size_t> numbered(const nlohmann::json& graph,
                                  std::map<std::string, std::size_t>& known) {
  std::vector<std::size_t> numbers;
  for (const auto& node : graph["nodes"]) {
    std::string what = node["op"].dump() + node["attributes"].dump();
    if (node["inputs"].empty())
      what += node["name"].dump() + node.value("value", nlohmann::json()).dump();
    for (const auto& input : node["inputs"])
      what += " " + std::to_string(numbers[input[0].get<std::size_t>()]) + input[1].dump();
    numbers.push_back(known.try_emplace(what, known.size()).first->second);
  }
  return numbers;
}

}  // namespace

BOOST_AUTO_TEST_CASE(text_has_a_line_per_node) {
  write("m.ebb", neuron);
  BOOST_TEST(ebb({"show", "m.ebb"}) == (Outcome{0, forward, ""}));
}

BOOST_AUTO_TEST_CASE(gradients_are_nodes_of_the_same_graph) {
  write("m.ebb", neuron);
  const Outcome outcome = ebb({"show", "m.ebb", "--gradients"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(outcome.out.starts_with(forward));
  BOOST_TEST(has_line(outcome, "C = ", " : real[] shared"));
  BOOST_TEST(has_line(outcome, "%", " = sigmoid'(z) : real[] per sample"));
  BOOST_TEST(has_line(outcome, "∂C/∂w = ", " : real[3] shared"));
  BOOST_TEST(has_line(outcome, "∂C/∂b = ", " : real[] shared"));
}

// Also where a rewrite makes another graph of it: `log(sigmoid(z))`, `-c + 2 * s`.
BOOST_AUTO_TEST_CASE(what_gradients_are_taken_of_is_as_it_is_written) {
  write("m.ebb", R"(input  x[3]
target y
param w[3] ~ zeros
p = sigmoid(w.T * x)
c = -(y * log(p) + (1 - y) * log(1 - p))
s = sum(w .^ 2)
cost c + 2 * s
)");
  const Outcome whole = ebb({"show", "m.ebb", "--gradients"});
  BOOST_TEST(whole.status == 0);
  BOOST_TEST(whole.out.starts_with(ebb({"show", "m.ebb"}).out));
  BOOST_TEST(has_line(whole, "cost = add(c, ", ""));
}

BOOST_AUTO_TEST_CASE(the_cost_of_each_example_is_as_it_is_written_beside_its_gradients) {
  for (const auto& entry : std::filesystem::directory_iterator(EBB_SOURCE_DIR "/scripts")) {
    if (entry.path().extension() != ".ebb") continue;
    const std::string script = entry.path().string();
    const auto graph = [&](const std::vector<std::string>& flags) {
      std::vector<std::string> words{"show", script, "--json", "--quiet"};
      words.insert(words.end(), flags.begin(), flags.end());
      return nlohmann::json::parse(ebb(words).out);
    };
    const auto written = graph({}), derived = graph({"--gradients"});
    std::map<std::string, std::size_t> known;
    const auto of_written = numbered(written, known), of_derived = numbered(derived, known);
    for (const auto& root : written["roots"]) {
      if (root["statement"] != "cost") continue;
      const std::size_t cost = of_written[root["value"][0].get<std::size_t>()];
      BOOST_TEST(std::ranges::count(of_derived, cost) == 1, script);
    }
  }
}

BOOST_AUTO_TEST_CASE(update_shows_the_next_parameters) {
  write("m.ebb", neuron);
  const Outcome outcome = ebb({"show", "m.ebb", "--update"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(has_line(outcome, "w' = sub(w, ", " : real[3] shared"));
  BOOST_TEST(has_line(outcome, "b' = sub(b, ", " : real[] shared"));
}

BOOST_AUTO_TEST_CASE(a_plan_has_its_steps_and_its_memory) {
  write("m.ebb", neuron);
  const Outcome outcome = ebb({"show", "m.ebb", "--plan"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  const auto lines = lines_of(outcome.out);
  BOOST_REQUIRE(lines.size() > 2u);
  const std::string& sizes = lines[lines.size() - 2];
  BOOST_TEST(sizes.starts_with(std::to_string(lines.size() - 2) + " steps, "));
  BOOST_TEST(sizes.ends_with(" bytes of arena for 4 samples, 768 for each thread"));
  BOOST_TEST(lines.back().starts_with("no arena can be smaller than the "));
}

BOOST_AUTO_TEST_CASE(a_plan_fits_the_memory_that_is_given) {
  write("m.ebb", R"(input  x[50]
target y[50]
a = x
for i in 0..20 { a = tanh(dense(a, 50)) }
cost quadratic(a, y)
train {
  optimizer = sgd(0.1)
  minibatch = 100
}
)");
  const auto arena = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"show", "m.ebb", "--plan"});
    const std::string text = ebb(flags).out;
    const std::size_t at = text.find(" steps, ");
    return at == std::string::npos ? 0 : std::stoll(text.substr(at + 8));
  };
  const auto free = arena({}), limited = arena({"--memory", "620k"});
  BOOST_TEST(free > 400000);
  BOOST_TEST(limited > 0);
  BOOST_TEST(limited < free);
  // 51,000 parameters, samples and targets are 244,000 bytes.
  BOOST_TEST(limited + 244000 <= 620000);
  BOOST_TEST(ebb({"show", "m.ebb", "--plan", "--memory", "10k"}).status == 1);
}

BOOST_AUTO_TEST_CASE(a_graph_is_a_script) {
  write("m.ebb", neuron);
  const Outcome script = ebb({"show", "m.ebb", "--as", "script"});
  BOOST_TEST(script == (Outcome{0, R"(input x[3]
target y
param w[3] ~ zeros
param b    ~ zeros
z = w.T * x + b
a = sigmoid(z)
output a
cost 0.5 * sum(power(a - y, n = 2))
)",
                                ""}));
  write("again.ebb", script.out);
  BOOST_TEST(ebb({"show", "again.ebb"}) == (Outcome{0, forward, ""}));
}

BOOST_AUTO_TEST_CASE(what_is_printed_as_a_script_prints_itself) {
  for (const char* name : {"attention", "autoencoder", "convnet", "delta_rule", "digits_embedded",
                           "iris", "logistic", "recurrent", "xor"}) {
    const Outcome script = ebb({"show", EBB_SOURCE_DIR "/scripts/" + std::string(name) + ".ebb",
                                "--as", "script", "--quiet"});
    BOOST_TEST(script.status == 0, name);
    write("again.ebb", script.out);
    BOOST_TEST(ebb({"show", "again.ebb", "--as", "script", "--quiet"}) == script, name);
  }
}

BOOST_AUTO_TEST_CASE(a_training_step_is_a_script_that_can_be_read) {
  write("m.ebb",
        "input x[3]\ntarget y\nparam w[3] ~ normal\nv = w.T * x\ncost (v - y) ^ 2\n"
        "train { optimizer = momentum(0.1, mu = 0.9) }\n");
  const Outcome step = ebb({"show", "m.ebb", "--update", "--as", "script"});
  BOOST_TEST(step == (Outcome{0,
                              "input x[3]\n"
                              "target y\n"
                              "param w[3] ~ normal\n"
                              "v1 = sample_weight()\n"
                              "param w_v[3] ~ zeros\n"
                              "v = matmul(w, x, ta = true)\n"
                              "v2 = v - y\n"
                              "v3 = 0.1 * reshape(matmul(reshape(2 * v1 .* v2, shape = [1, 1]), x, "
                              "tb = true, over_samples = true), shape = [3])\n"
                              "w_v_next = 0.9 * w_v - v3\n"
                              "C = sample_sum(power(v2, n = 2)) .* v1\n"
                              "w_next = w + w_v_next\n",
                              ""}));
  for (const char* name : {"attention", "autoencoder", "convnet", "digits_embedded", "gradient",
                           "iris", "logistic", "recurrent", "xor"}) {
    const Outcome script = ebb({"show", EBB_SOURCE_DIR "/scripts/" + std::string(name) + ".ebb",
                                "--update", "--as", "script", "--quiet"});
    BOOST_TEST(script.status == 0, name);
    write("again.ebb", script.out);
    BOOST_TEST(ebb({"check", "again.ebb", "--quiet"}).status == 0, name);
  }
}

BOOST_AUTO_TEST_CASE(a_graph_is_shown_after_a_rewrite) {
  write("m.ebb", "input x[3]\nparam w[3] ~ zeros\ny = 1 / (1 + exp(-(w.T * (x * 1))))\noutput y\n");
  const auto after = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"show", "m.ebb", "--as", "script"});
    return ebb(flags);
  };
  const std::string leaves = "input x[3]\nparam w[3] ~ zeros\n";
  BOOST_TEST(after({"--after", "same type"}) ==
             (Outcome{0, leaves + "y = 1 ./ (1 + exp(-(w.T * (1 * x))))\noutput y\n", ""}));
  BOOST_TEST(after({"--after", "scale by one"}) ==
             (Outcome{0, leaves + "y = 1 ./ (1 + exp(-(w.T * x)))\noutput y\n", ""}));
  BOOST_TEST(after({"--after", "transposed operand"}) ==
             (Outcome{0, leaves + "y = 1 ./ (1 + exp(-matmul(w, x, ta = true)))\noutput y\n", ""}));
  const std::string last = lines_of(ebb({"show", "m.ebb", "--rewrites"}).out).back();
  BOOST_TEST(after({"--after", last}) ==
             (Outcome{0, leaves + "y = sigmoid(matmul(w, x, ta = true))\noutput y\n", ""}));
  BOOST_TEST(after({"--after", last, "--without", "transposed operand"}) ==
             (Outcome{0, leaves + "y = sigmoid(w.T * x)\noutput y\n", ""}));
}

BOOST_AUTO_TEST_CASE(rewrites_are_listed_and_switched_off_by_name) {
  write("m.ebb",
        "rewrite log(exp(x)) + 0 => x\ninput x[3]\ntarget y[2]\nparam w[2, 3] ~ zeros\n"
        "cost quadratic(sigmoid(w * x), y)\ntrain { optimizer = sgd(0.5) }\n");
  const auto names = lines_of(ebb({"show", "m.ebb", "--rewrites"}).out);
  BOOST_REQUIRE(names.size() > 20u);
  BOOST_TEST(names.front() == "equal nodes");
  // The script's own, and what the planner does after all rewrites.
  BOOST_TEST(names[names.size() - 2] == "log(exp(x)) + 0 => x");
  BOOST_TEST(names.back() == "parts in place");
  const auto update = [&](const std::vector<std::string>& without) {
    std::vector<std::string> words{"show", "m.ebb", "--update"};
    for (const std::string& name : without) words.insert(words.end(), {"--without", name});
    return ebb(words);
  };
  BOOST_TEST(has_line(update({}), "w' = add(w, ", " : real[2, 3] shared"));
  BOOST_TEST(has_line(update({"subtracted product"}), "w' = sub(w, ", " : real[2, 3] shared"));
  BOOST_TEST(ebb({"check", "m.ebb", "--without", "subtracted produkt"}) ==
             (Outcome{1, "",
                      "error: there is no rewrite `subtracted produkt`\n"
                      "  hint: did you mean `subtracted product`?\n"}));
  BOOST_TEST(ebb({"show", "m.ebb", "--after", "frobnicate"}) ==
             (Outcome{1, "",
                      "error: there is no rewrite `frobnicate`\n"
                      "  hint: `ebb show SCRIPT --rewrites` lists them\n"}));
}

BOOST_AUTO_TEST_CASE(programs_read_a_graph_as_one_object) {
  write("m.ebb", "input x[2]\nparam w[2] ~ zeros\ncost sum((w .* x - [0.5, 2]) .^ 2)\n");
  const auto node = [](const std::string& what, const std::string& outputs,
                       const std::string& inputs, const std::string& line, int begin, int end) {
    return "{" + what + ",\"outputs\":[{\"type\":\"real\"," + outputs + "}],\"inputs\":" + inputs +
           ",\"at\":{\"file\":\"m.ebb\",\"line\":" + line + ",\"column\":" + std::to_string(begin) +
           ",\"end_line\":" + line + ",\"end_column\":" + std::to_string(end) + "}";
  };
  const auto op = [](int id, const std::string& name, const std::string& called = "null",
                     const std::string& attributes = "") {
    return "\"id\":" + std::to_string(id) + ",\"op\":\"" + name + "\",\"name\":" + called +
           ",\"attributes\":{" + attributes + "}";
  };
  const std::string pair = R"("shape":[2],"per_sample":)";
  const std::string number = R"("shape":[],"per_sample":)";
  const std::string expected =
      R"({"nodes":[)" + node(op(0, "input", R"("x")"), pair + "true", "[]", "1", 7, 8) + "}," +
      node(op(1, "variable", R"("w")"), pair + "false", "[]", "2", 7, 8) + "}," +
      node(op(2, "mul"), pair + "true", "[[1,0],[0,0]]", "3", 13, 15) + "}," +
      node(op(3, "const"), pair + "false", "[]", "3", 20, 28) + R"(,"value":[0.5,2.0]},)" +
      node(op(4, "sub"), pair + "true", "[[2,0],[3,0]]", "3", 18, 19) + "}," +
      node(op(5, "power", "null", R"("n":2)"), pair + "true", "[[4,0]]", "3", 30, 32) + "}," +
      node(op(6, "sum", R"("cost")", R"("dims":[])"), number + "true", "[[5,0]]", "3", 6, 9) +
      R"(}],"roots":[{"name":"cost","statement":"cost","value":[6,0]}]})" + "\n";
  BOOST_TEST(ebb({"show", "m.ebb", "--as", "json"}) == (Outcome{0, expected, ""}));
  BOOST_TEST(ebb({"show", "m.ebb", "--json"}) == (Outcome{0, expected, ""}));
  BOOST_TEST(ebb({"show", "m.ebb", "--json", "--out", "m.json"}) ==
             (Outcome{0, "{\"out\":\"m.json\"}\n", "note: wrote m.json\n"}));
  BOOST_TEST(read_file(path("m.json")) == expected);
}

// Each input and each root is an output of a node that stands before.
BOOST_AUTO_TEST_CASE(objects_show_gradients_updates_and_rewritten_graphs) {
  write("m.ebb", neuron);
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--gradients"}, {"--update"}, {"--after", "transposed operand"}}) {
    std::vector<std::string> words{"show", "m.ebb", "--json"};
    words.insert(words.end(), flags.begin(), flags.end());
    const Outcome outcome = ebb(words);
    BOOST_TEST(outcome.status == 0);
    const auto graph = nlohmann::json::parse(outcome.out);
    const auto check = [&](const nlohmann::json& value, std::size_t before) {
      BOOST_REQUIRE(value[0].get<std::size_t>() < before);
      BOOST_TEST(value[1].get<std::size_t>() <
                 graph["nodes"][value[0].get<std::size_t>()]["outputs"].size());
    };
    for (std::size_t i = 0; i < graph["nodes"].size(); ++i) {
      BOOST_TEST(graph["nodes"][i]["id"] == i);
      for (const auto& input : graph["nodes"][i]["inputs"]) check(input, i);
    }
    for (const auto& root : graph["roots"]) check(root["value"], graph["nodes"].size());
    std::string names;
    for (const auto& root : graph["roots"]) names += root["name"].get<std::string>() + " ";
    BOOST_TEST(names == (flags[0] == "--gradients" ? "C ∂C/∂w ∂C/∂b "
                         : flags[0] == "--update"  ? "C w' b' "
                                                   : "a cost "));
  }
}

BOOST_AUTO_TEST_CASE(the_extension_of_a_file_says_its_form) {
  write("m.ebb", neuron);
  const auto written = [&](const std::string& name, std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"show", "m.ebb", "--out", name});
    BOOST_TEST(ebb(flags) == (Outcome{0, "", "note: wrote " + name + "\n"}));
    return read_file(path(name));
  };
  const auto shown = [&](const std::string& form) {
    return ebb({"show", "m.ebb", "--as", form}).out;
  };
  BOOST_TEST(written("g.svg") == shown("svg"));
  BOOST_TEST(written("g.svg").ends_with("</svg>\n"));
  BOOST_TEST(written("g.png").starts_with("\x89PNG"));
  BOOST_TEST(written("G.PNG") == written("g.png"));
  BOOST_TEST(written("g.dot") == shown("dot"));
  BOOST_TEST(written("g.gv") == shown("dot"));
  BOOST_TEST(written("g.json") == shown("json"));
  BOOST_TEST(written("g.ebb") == shown("script"));
  BOOST_TEST(written("g.txt") == forward);
  BOOST_TEST(written("g") == forward);
  BOOST_TEST(written("h.svg", {"--as", "text"}) == forward);
}

BOOST_AUTO_TEST_CASE(forms_exclude_each_other) {
  write("m.ebb", neuron);
  const auto wrong = [](const std::string& what) {
    return Outcome{2, "", "ebb show: " + what + "\ntry `ebb help show`\n"};
  };
  BOOST_TEST(ebb({"show", "m.ebb", "--as", "gif"}) ==
             wrong("--as is text, script, json, svg, png or dot, not `gif`"));
  BOOST_TEST(ebb({"show", "m.ebb", "--plan", "--update"}) ==
             wrong("--gradients, --update, --plan and --rewrites exclude each other"));
  BOOST_TEST(ebb({"show", "m.ebb", "--plan", "--as", "script"}) ==
             wrong("a plan is shown as text or drawn"));
  BOOST_TEST(ebb({"show", "m.ebb", "--plan", "--json"}) ==
             wrong("a plan is shown as text or drawn"));
  BOOST_TEST(ebb({"show", "m.ebb", "--json", "--as", "dot"}) == wrong("--json means --as json"));
  BOOST_TEST(ebb({"show", "m.ebb", "--out", "m.pdf"}) ==
             wrong("--out m.pdf: no form has that extension; --as says which it shall be: text, "
                   "script, json, svg, png or dot"));
  BOOST_TEST(!std::filesystem::exists(path("m.pdf")));
  BOOST_TEST(ebb({"show", "m.ebb", "--rewrites", "--as", "dot"}) ==
             wrong("rewrites are shown as text only"));
  const std::string depth = "--depth unfolds a drawing: --as svg, png or dot";
  BOOST_TEST(ebb({"show", "m.ebb", "--depth", "1"}) == wrong(depth));
  BOOST_TEST(ebb({"show", "m.ebb", "--plan", "--depth", "1"}) == wrong(depth));
  BOOST_TEST(ebb({"show", "m.ebb", "--as", "dot", "--depth", "-1"}) ==
             wrong("--depth is a whole number of at least 0, or all, not `-1`"));
}

BOOST_AUTO_TEST_SUITE_END()
