// What the language server answers about a script: hover, definition, completion, renaming, layout.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/cli/editor.hpp"

using namespace ebb::test;

namespace {

const std::string dense_script = R"(option hidden = 3 "neurons"
# One layer.
layer dense2(x, n, act = sigmoid) {
  param w[n, size(x)] ~ zeros
  z = w * x
  return act(z)
}
input x[2]
a = dense2(x, hidden)
b = dense2(a, 4, act = tanh)
for i in 0..2 { b = b * i }
output b
output a.z
)";

struct Asking : Editor {
  Asking() {
    start();
    BOOST_TEST(open("m.ebb", dense_script)["params"]["diagnostics"] == Json::array());
  }
  std::string hover(int line, int character, const std::string& name = "m.ebb") {
    const Json answer = ask_at("hover", name, line, character);
    return answer.is_null() ? "nothing" : answer["contents"]["value"].get<std::string>();
  }
  Json definition(int line, int character) {
    return ask_at("definition", "m.ebb", line, character);
  }
  Json here(const Json& place) const { return {{"uri", uri("m.ebb")}, {"range", place}}; }
  Json rename(int line, int character, const std::string& to) {
    return ask_at("rename", "m.ebb", line, character, {{"newName", to}});
  }
  Json edits(const std::string& to, const std::vector<Json>& places) const {
    Json list = Json::array();
    for (const Json& place : places) list.push_back({{"range", place}, {"newText", to}});
    return {{"changes", {{uri("m.ebb"), list}}}};
  }
  static Json refused(const std::string& why) { return {{"code", -32803}, {"message", why}}; }
  // The labels that are offered at the end of a text, of one kind or of all.
  std::vector<std::string> offers(const std::string& text, int kind = 0) {
    change("m.ebb", text);
    const auto line = static_cast<int>(std::ranges::count(text, '\n'));
    const auto character = static_cast<int>(text.size() - text.rfind('\n') - 1);
    std::vector<std::string> labels;
    for (const Json& item : ask_at("completion", "m.ebb", line, character))
      if (kind == 0 || item["kind"] == kind) labels.push_back(item["label"]);
    return labels;
  }
};

using Words = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lsp_features, Asking)

BOOST_AUTO_TEST_CASE(hover_tells_a_names_meaning_and_shape) {
  BOOST_TEST(
      ask_at("hover", "m.ebb", 4, 2) ==
      (Json{{"contents",
             {{"kind", "markdown"},
              {"value", "```ebb\nz: real[3], per sample\nz: real[4], per sample\n```\na value"}}},
            {"range", range(4, 2, 3)}}));
  BOOST_TEST(hover(4, 6) ==
             "```ebb\nw: real[3, 2], shared\nw: real[4, 3], shared\n```\na parameter");
  BOOST_TEST(hover(8, 15) == "```ebb\nhidden: 3\n```\nan option: neurons (default: 3)");
  BOOST_TEST(hover(8, 11) == "```ebb\nx: real[2], per sample\n```\nan input");
  BOOST_TEST(hover(12, 9) == "```ebb\nz: real[3], per sample\n```\na value");
  BOOST_TEST(hover(10, 4) == "```ebb\ni: 0\ni: 1\n```\na value");
  BOOST_TEST(hover(8, 4) == "```ebb\ndense2(x, n, act = sigmoid)\n```\nlayer\n\nOne layer.\n");
  BOOST_TEST(hover(6, 1) == "nothing");
  BOOST_TEST(hover(11, 2) ==
             "```ebb\noutput EXPR, cost EXPR, metric [NAME =] EXPR\n```\n"
             "what is inferred (several), minimised (one), and reported (several)");
  BOOST_TEST(hover(1000, 1000) == "nothing");
}

BOOST_AUTO_TEST_CASE(hover_shows_the_documentation_of_what_all_scripts_can_name) {
  BOOST_TEST(hover(9, 24).starts_with("```ebb\ntanh(x)\n```\nop, "));
  change("m.ebb",
         "input x[2]\ntarget y[2]\na = dense(x, 2)\noutput a\ncost quadratic(a, y)\n"
         "train { optimizer = adam(); epochs = 3 }\n");
  BOOST_TEST(
      hover(2, 5).starts_with("```ebb\ndense(x, n, act = identity, bias = true)\n```\nlayer\n\n"));
  BOOST_TEST(hover(4, 6).starts_with("```ebb\nquadratic(a, y)\n```\ncost\n\n"));
  BOOST_TEST(hover(5, 22).starts_with("```ebb\nadam(w, g; eta = 0.001, "));
  BOOST_TEST(hover(5, 30) ==
             "```ebb\ntrain { epochs = ... }\n```\ntraining key\n\nhow often a batch is drawn; of "
             "a minimizer, its iterations at most\n\n- type: a whole number\n- default: 10");
}

BOOST_AUTO_TEST_CASE(definitions_are_found_by_scope) {
  BOOST_TEST(definition(8, 6) == here(range(2, 6, 12)));
  BOOST_TEST(definition(9, 18) == here(range(2, 19, 22)));
  BOOST_TEST(definition(12, 9) == here(range(4, 2, 3)));
  BOOST_TEST(definition(11, 8) == here(range(10, 16, 17)));
  BOOST_TEST(definition(9, 11) == here(range(8, 0, 1)));
  BOOST_TEST(definition(4, 10) == here(range(2, 13, 14)));
  BOOST_TEST(definition(8, 11) == here(range(7, 6, 7)));
  BOOST_TEST(definition(9, 24) == nullptr);
  BOOST_TEST(ask_at("references", "m.ebb", 8, 15, {{"context", {{"includeDeclaration", true}}}}) ==
             (Json{here(range(0, 7, 13)), here(range(8, 14, 20))}));
}

BOOST_AUTO_TEST_CASE(definitions_are_found_in_other_files) {
  write("part.ebb", "# Twice.\ndef twice(x) = 2 * x\n");
  change("m.ebb", "include \"part.ebb\"\ninput x[2]\noutput dense(twice(x), 3)\n");
  const Json part{{"uri", uri("part.ebb")}, {"range", range(1, 4, 9)}};
  BOOST_TEST(definition(2, 14) == part);
  BOOST_TEST(definition(0, 12)["uri"] == uri("part.ebb"));
  BOOST_TEST(hover(2, 14) == "```ebb\ntwice(x)\n```\nfunction\n\nTwice.\n");
  // The library's text is written where an editor can open it.
  const Json dense = definition(2, 8);
  const std::string file = dense["uri"].get<std::string>().substr(7);
  BOOST_TEST(file.starts_with(path("cache/ebb/").string()));
  BOOST_TEST(read_file(file) == read_file(example("std/layers.ebb")));
  const int line = dense["range"]["start"]["line"];
  BOOST_TEST(lines_of(read_file(file)).at(static_cast<std::size_t>(line)) ==
             "layer dense(x, n, act = identity, bias = true) {");
  BOOST_TEST(open("l.ebb", read_file(file))["params"]["diagnostics"] == Json::array());
}

BOOST_AUTO_TEST_CASE(definitions_are_found_in_broken_text) {
  change("m.ebb", "a = 3\nlayer f(x) {\n  y = x *\n  return y + x\n}\nb = a +\nc = (a\n");
  BOOST_TEST(definition(3, 13) == here(range(1, 8, 9)));
}

BOOST_AUTO_TEST_CASE(renaming_follows_scopes) {
  BOOST_TEST(ask_at("prepareRename", "m.ebb", 2, 13) ==
             (Json{{"range", range(2, 13, 14)}, {"placeholder", "x"}}));
  BOOST_TEST(rename(2, 13, "v") ==
             edits("v", {range(2, 13, 14), range(3, 18, 19), range(4, 10, 11)}));
  BOOST_TEST(rename(7, 6, "v") == edits("v", {range(7, 6, 7), range(8, 11, 12)}));
  BOOST_TEST(rename(8, 16, "größe") == edits("größe", {range(0, 7, 13), range(8, 14, 20)}));
  BOOST_TEST(rename(9, 18, "f") ==
             edits("f", {range(2, 19, 22), range(5, 9, 12), range(9, 17, 20)}));
  BOOST_TEST(rename(10, 4, "k") == edits("k", {range(10, 4, 5), range(10, 24, 25)}));
  BOOST_TEST(rename(12, 9, "s") ==
             edits("s", {range(4, 2, 3), range(5, 13, 14), range(12, 9, 10)}));
  // In its own scope, n is free.
  BOOST_TEST(rename(8, 16, "n") == edits("n", {range(0, 7, 13), range(8, 14, 20)}));
  BOOST_TEST(rename(8, 16, "hidden") == (Json{{"changes", Json::object()}}));
}

BOOST_AUTO_TEST_CASE(renaming_knows_states_data_and_primes) {
  const std::string text =
      "optimizer rule(w, g; eta = 1) {\n  state v = zeros\n  v' = v - eta * g\n  w' = w + v'\n}\n"
      "input x[2]\noutput x\ndata train { x = values([[1, 2]]) }\n";
  change("m.ebb", text);
  BOOST_TEST(rename(1, 8, "u") ==
             edits("u", {range(1, 8, 9), range(2, 2, 3), range(2, 7, 8), range(3, 11, 12)}));
  BOOST_TEST(rename(3, 2, "p") == edits("p", {range(0, 15, 16), range(3, 2, 3), range(3, 7, 8)}));
  BOOST_TEST(rename(5, 6, "in0") ==
             edits("in0", {range(5, 6, 7), range(6, 7, 8), range(7, 13, 14)}));
}

// The first function of the library is quadratic(a, y).
BOOST_AUTO_TEST_CASE(names_of_the_library_s_arguments_are_free) {
  change("m.ebb", "input x[2]\na = tanh(x)\noutput a\ncost y\n");
  BOOST_TEST(rename(1, 0, "act") == edits("act", {range(1, 0, 1), range(2, 7, 8)}));
  BOOST_TEST(rename(0, 6, "y") == refused("`y` already means something else at m.ebb:4:6"));
  BOOST_TEST(definition(3, 5) == Json());
}

BOOST_AUTO_TEST_CASE(renaming_refuses_what_would_change_the_meaning) {
  BOOST_TEST(rename(9, 0, "a") == refused("`a` is already a value, named at m.ebb:9:1"));
  BOOST_TEST(rename(9, 0, "layer") == refused("`layer` is a keyword"));
  const std::string no_name =
      " is no name: it is made of letters, digits and _, the first no digit";
  for (const std::string name : {"2x", "", "a b", "a'", "a-b", "#a", " a", "a.b"})
    BOOST_TEST(rename(9, 0, name) == refused("`" + name + "`" + no_name));
  BOOST_TEST(rename(9, 0, "training") == refused("`training` is a constant of the language"));
  BOOST_TEST(rename(0, 8, "seed") == refused("an option cannot be called `seed`: --seed is a flag "
                                             "of the command line"));
  BOOST_TEST(rename(2, 27, "f") == refused("`sigmoid` is no name of this script's"));
  BOOST_TEST(rename(6, 1, "f") == refused("there is no name here that could be changed"));
  // What is named tanh afterwards would not be the op.
  BOOST_TEST(rename(8, 0, "tanh") == refused("`tanh` already means something else at m.ebb:10:24"));
  change("m.ebb", "k = 2\nlayer f(x) {\n  y = k * x\n  return y\n}\ninput q[2]\noutput f(q)\n");
  BOOST_TEST(rename(0, 0, "x") == refused("`x` already means something else at m.ebb:3:7"));
  BOOST_TEST(rename(2, 2, "k") == edits("k", {range(2, 2, 3), range(3, 9, 10)}));
  change("m.ebb", "input x[2]\noutput dense(x, 3)\n");
  BOOST_TEST(rename(1, 8, "f") == refused("`dense` belongs to the library: std/layers.ebb"));
  change("m.ebb", "k = 2\nlayer f(x) {\n  if training { k = 3 }\n  return k * x\n}\n");
  BOOST_TEST(rename(0, 0, "j") == refused("whether `k` at m.ebb:4:10 is this one or another shows "
                                          "only when the script runs"));
  change("m.ebb", "k = 2\nx = (k\n");
  BOOST_TEST(rename(0, 0, "j") ==
             refused("the script has syntax errors, which may hide a use of `k`"));
}

BOOST_AUTO_TEST_CASE(renaming_reaches_the_files_that_are_open) {
  write("part.ebb", "def twice(x) = 2 * x\n");
  change("m.ebb", "include \"part.ebb\"\ninput x[2]\noutput twice(x)\n");
  open("part.ebb", "def twice(x) = 2 * x\n");
  const Json both{{"changes",
                   {{uri("part.ebb"), {{{"range", range(0, 4, 9)}, {"newText", "double"}}}},
                    {uri("m.ebb"), {{{"range", range(2, 7, 12)}, {"newText", "double"}}}}}}};
  const auto same = [&](const Json& answer) {
    return answer["changes"][uri("part.ebb")] == both["changes"][uri("part.ebb")] &&
           answer["changes"][uri("m.ebb")] == both["changes"][uri("m.ebb")] &&
           answer["changes"].size() == 2;
  };
  BOOST_TEST(same(rename(2, 8, "double")));
  BOOST_TEST(same(ask_at("rename", "part.ebb", 0, 5, {{"newName", "double"}})));
}

BOOST_AUTO_TEST_CASE(formatting_changes_the_lines_that_differ) {
  const auto formatted = [&](const std::string& name) {
    return ask("textDocument/formatting", {{"textDocument", {{"uri", uri(name)}}},
                                           {"options", {{"tabSize", 8}, {"insertSpaces", false}}}});
  };
  open("f.ebb", "input x[3]\n\n\n# 𝒙\ny=x\noutput y");
  const Json deleted{{"range", {{"start", position(2, 0)}, {"end", position(3, 0)}}},
                     {"newText", ""}};
  const Json replaced{{"range", {{"start", position(4, 0)}, {"end", position(5, 8)}}},
                      {"newText", "y = x\noutput y\n"}};
  BOOST_TEST(formatted("f.ebb") == Json::array({deleted, replaced}));
  change("f.ebb", "input x[3]\n\n# 𝒙\ny = x\noutput y\n");
  BOOST_TEST(formatted("f.ebb") == Json::array());
  change("f.ebb", "input  x[\n", 3);
  BOOST_TEST(formatted("f.ebb") == nullptr);
  BOOST_TEST(formatted("g.ebb")["message"] == uri("g.ebb") + " is not open");
}

BOOST_AUTO_TEST_CASE(completion_offers_what_fits) {
  change("m.ebb", dense_script + "output a.");
  BOOST_TEST(ask_at("completion", "m.ebb", 13, 9) == Json::parse(R"([
    {"label": "w", "kind": 5, "detail": "a parameter", "sortText": "1w"},
    {"label": "z", "kind": 5, "detail": "a value", "sortText": "1z"},
    {"label": "T", "kind": 10, "detail": "the transpose", "sortText": "2T"}])"));
  BOOST_TEST(offers(dense_script + "output a[0].") == (Words{"w", "z", "T"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers(dense_script + "# a.") == Words{}, boost::test_tools::per_element());
  BOOST_TEST(offers(dense_script + "assert true \"a") == Words{}, boost::test_tools::per_element());
  BOOST_TEST(offers(dense_script + "param ") == Words{}, boost::test_tools::per_element());
  BOOST_TEST(offers(dense_script + "c = 12") == Words{}, boost::test_tools::per_element());
  BOOST_TEST(offers(dense_script + "def f(") == Words{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(completion_knows_scopes_and_calls) {
  // Variables and constants that can be seen.
  BOOST_TEST(offers(dense_script + "c = ", 6) == (Words{"a", "b", "i", "x"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers("k = 1\nlayer f(x, n) {\n  y = x\n  z = ", 6) == (Words{"n", "x", "y", "k"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers(dense_script + "c = dense2(x, ", 10) == (Words{"x = ", "n = ", "act = "}),
             boost::test_tools::per_element());
  const Words functions = offers(dense_script + "c = ", 3);
  BOOST_TEST(functions.front() == "dense2");
  for (const char* name : {"sigmoid", "dense", "quadratic", "size", "zeros"})
    BOOST_TEST((std::ranges::find(functions, name) != functions.end()), name);
  for (const char* name : {"idx", "adam", "epochs"})
    BOOST_TEST((std::ranges::find(functions, name) == functions.end()), name);
  const Words in_data = offers("data train { x = ", 3),
              in_train = offers("train { optimizer = ", 3);
  BOOST_TEST((std::ranges::find(in_data, "idx") != in_data.end()));
  BOOST_TEST((std::ranges::find(in_train, "adam") != in_train.end()));
}

BOOST_AUTO_TEST_CASE(completion_knows_statements_keys_and_files) {
  BOOST_TEST(offers("layer f(x) {\n  ", 14) ==
                 (Words{"def", "param", "state", "for", "if", "return", "assert"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers("data train {\n  ", 14) == (Words{"for", "if", "assert"}),
             boost::test_tools::per_element());
  const Words keys = offers("train {\n  optimizer = sgd(0.1); ep");
  BOOST_TEST(keys.front() == "optimizer");
  BOOST_TEST((std::ranges::find(keys, "epochs") != keys.end()));
  write("part.ebb", "");
  const Words files = offers("include \"");
  BOOST_TEST(files.front() == "part.ebb");
  BOOST_TEST((std::ranges::find(files, "std/layers.ebb") != files.end()));
  const Words plugins = offers("use ");
  BOOST_TEST((std::ranges::find(plugins, "csv") != plugins.end()));
}

BOOST_AUTO_TEST_SUITE_END()
