// The language server as a process: what it says of scripts, and to those that speak badly.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <regex>

#include "tests/cli/editor.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(lsp, Editor)

namespace {

Json published(const Editor& editor, const std::string& name, int version,
               const Json& diagnostics) {
  return {
      {"jsonrpc", "2.0"},
      {"method", "textDocument/publishDiagnostics"},
      {"params", {{"uri", editor.uri(name)}, {"version", version}, {"diagnostics", diagnostics}}}};
}

Json error(const Json& id, int code, const std::string& message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}};
}

// The first lines of the messages, without places; in order.
std::vector<std::string> messages_of(const Json& notification) {
  std::vector<std::string> messages;
  for (const Json& diagnostic : notification["params"]["diagnostics"]) {
    const std::string message = diagnostic["message"];
    messages.push_back(std::regex_replace(message.substr(0, message.find('\n')),
                                          std::regex("^[^ ]*:[0-9]+:[0-9]+: "), ""));
  }
  std::ranges::sort(messages);
  return messages;
}

std::vector<std::string> messages_of_check(const std::string& text) {
  std::vector<std::string> messages;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_match(line, match,
                         std::regex("([^ ]*:[0-9]+:[0-9]+: )?(error|warning|note)(\\[.[0-9]+\\])?: "
                                    "(?!`ebb check )(.*)")))
      messages.push_back(match[4]);
  }
  std::ranges::sort(messages);
  return messages;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_says_what_it_can_do) {
  const Json answer = request("initialize", {{"capabilities", Json::object()}});
  BOOST_TEST(answer == Json::parse(R"({"jsonrpc": "2.0", "id": 1, "result": {
    "capabilities": {
      "positionEncoding": "utf-16",
      "textDocumentSync": {"openClose": true, "change": 1, "save": {"includeText": false}},
      "hoverProvider": true, "definitionProvider": true, "referencesProvider": true,
      "completionProvider": {"triggerCharacters": [".", "\"", "/"]},
      "codeActionProvider": {"codeActionKinds": ["quickfix"]},
      "documentFormattingProvider": true,
      "renameProvider": {"prepareProvider": true}},
    "serverInfo": {"name": "ebb", "version": "0.1.0"}}})"));
}

BOOST_AUTO_TEST_CASE(it_ends_with_0_after_shutdown_only) {
  start();
  BOOST_TEST(request("shutdown", nullptr) ==
             Json::parse(R"({"jsonrpc": "2.0", "id": 2, "result": null})"));
  BOOST_TEST(request("textDocument/hover", Json::object()) ==
             error(3, -32600, "the server is shut down"));
  notify("exit", nullptr);
  BOOST_TEST(receive() == nullptr);
  BOOST_TEST(end() == 0);
}

BOOST_AUTO_TEST_CASE(without_shutdown_it_ends_with_1) {
  start();
  notify("exit", nullptr);
  BOOST_TEST(receive() == nullptr);
  BOOST_TEST(end() == 1);
  BOOST_TEST(Editor().end() == 1);
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_answered_and_passed_over) {
  const auto answer_to = [&](const std::string& bytes) {
    raw(bytes);
    return receive();
  };
  const std::string header = "a message begins with `Content-Length: N` and an empty line";
  BOOST_TEST(answer_to("Hello\r\n\r\n") == error(nullptr, -32700, header));
  BOOST_TEST(answer_to("Content-Length: many\r\n\r\n") == error(nullptr, -32700, header));
  BOOST_TEST(answer_to("Content-Length: -5\r\n\r\n") == error(nullptr, -32700, header));
  BOOST_TEST(answer_to(std::string(10000, 'x')) == error(nullptr, -32700, header));
  const auto answer = [&](const std::string& content) {
    send(content);
    return receive();
  };
  BOOST_TEST(answer("{") == error(nullptr, -32700, "the message is no JSON"));
  BOOST_TEST(answer("\"\xff\"") == error(nullptr, -32700, "the message is no JSON"));
  BOOST_TEST(answer("") == error(nullptr, -32700, "the message is no JSON"));
  BOOST_TEST(answer(std::string(100000, '[')) == error(nullptr, -32700, "the message is no JSON"));
  const std::string no_rpc = "the message is no JSON-RPC 2.0";
  BOOST_TEST(answer("[]") == error(nullptr, -32600, no_rpc));
  BOOST_TEST(answer("{\"id\": 1, \"method\": \"shutdown\"}") == error(nullptr, -32600, no_rpc));
  const std::string kinds = "the method is a string, and the id a string or a number";
  BOOST_TEST(answer(R"({"jsonrpc": "2.0", "id": 1, "method": 2})") == error(1, -32600, kinds));
  BOOST_TEST(answer(R"({"jsonrpc": "2.0", "id": {}, "method": "shutdown"})") ==
             error(nullptr, -32600, kinds));
  BOOST_TEST(answer(R"({"jsonrpc": "2.0", "id": 1})") ==
             error(1, -32600, "the message has no method"));
  BOOST_TEST(answer(R"({"jsonrpc": "2.0", "id": "a", "method": "textDocument/hover"})") ==
             error("a", -32002, "the first request is `initialize`"));
  start();
  BOOST_TEST(request("initialize", Json::object()) ==
             error(2, -32600, "the server is initialized"));
  BOOST_TEST(request("textDocument/fly", Json::object()) ==
             error(3, -32601, "there is no method textDocument/fly"));
  const std::string strange = "the parameters of textDocument/hover are not those of the protocol";
  BOOST_TEST(request("textDocument/hover", Json::array()) == error(4, -32602, strange));
  BOOST_TEST(request("textDocument/hover", {{"textDocument", {{"uri", 5}}}}) ==
             error(5, -32602, strange));
  BOOST_TEST(request("textDocument/hover", {{"textDocument", {{"uri", "file:///x.ebb"}}}}) ==
             error(6, -32803, "file:///x.ebb is not open"));
  notify("textDocument/didOpen", {{"textDocument", 3}});
  notify("textDocument/didChange", Json::array());
  notify("$/setTrace", {{"value", "off"}});
  send(R"({"jsonrpc": "2.0", "id": 7, "result": null})");
  BOOST_TEST(ask("shutdown", nullptr) == nullptr);
  BOOST_TEST(read_file(path("stderr")) == "");
}

BOOST_AUTO_TEST_CASE(errors_stand_where_they_are_counted_in_utf_16) {
  start();
  const std::string text = "# 😀\ninput x[2]\ngröße = 3\nassert true \"ü😀\"; output x * grösse\n";
  BOOST_TEST(open("m.ebb", text) ==
             published(*this, "m.ebb", 1,
                       {{{"range", range(3, 30, 36)},
                         {"severity", 1},
                         {"source", "ebb"},
                         {"message", "unknown name `grösse`\nhint: did you mean `größe`?"},
                         {"code", "E0101"}}}));
  change("m.ebb", "input x[2]\noutput x\n");
  BOOST_TEST(diagnostics() == published(*this, "m.ebb", 2, Json::array()));
}

BOOST_AUTO_TEST_CASE(an_error_in_a_layer_shows_whence_it_was_called) {
  start();
  const std::string text =
      "layer f(x) {\n  param w[3, 4] ~ zeros\n  return w * x\n}\ninput x[2]\noutput f(x)\n";
  BOOST_TEST(
      open("m.ebb", text) ==
      published(
          *this, "m.ebb", 1,
          {{{"range", range(2, 11, 12)},
            {"severity", 1},
            {"source", "ebb"},
            {"message",
             "matmul: inner sizes differ: w is [3, 4], x is [2]\nhint: w has 4 columns where x "
             "has 2 rows"},
            {"code", "E0301"},
            {"relatedInformation",
             {{{"location", {{"uri", uri("m.ebb")}, {"range", range(1, 8, 9)}}},
               {"message", "w is [3, 4], declared here"}},
              {{"location", {{"uri", uri("m.ebb")}, {"range", range(4, 6, 7)}}},
               {"message", "x is [2], declared here"}},
              {{"location", {{"uri", uri("m.ebb")}, {"range", range(5, 7, 8)}}},
               {"message", "in f(x), called here"}}}}}}));
  // Where the layer is the library's, the error stands at the call.
  const Json found = open("n.ebb", "input x[2, 2, 2]\noutput dense(x, 3)\n");
  BOOST_TEST(found["params"]["diagnostics"][0]["range"] == range(1, 7, 12));
}

BOOST_AUTO_TEST_CASE(broken_text_gets_all_its_errors) {
  start();
  const Json found = open("m.ebb", "input x[\nlayer f(x) {\n  z = \n  return z\n}\noutput )\n");
  change("m.ebb", "layer f(x) {\n  z = 2 * x\n  return z\n");
  diagnostics();
  write("m.ebb", "input x[\nlayer f(x) {\n  z = \n  return z\n}\noutput )\n");
  write("stdin", "");
  BOOST_TEST(messages_of(found) == messages_of_check(printed_by_check("m.ebb")),
             boost::test_tools::per_element());
  BOOST_TEST(messages_of(found).size() > 1u);
}

// What `ebb check` prints of each is beside it (script/wrong), but where files and plugins matter.
BOOST_AUTO_TEST_CASE(it_reports_what_check_reports) {
  start();
  const auto scripts = std::filesystem::path(EBB_SOURCE_DIR) / "tests/script/wrong";
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scripts)) {
    const std::string name = entry.path().filename();
    // What reaches the limits takes long, and no editor can send what is no UTF-8.
    const bool left_out = name.starts_with("limit_") || name == "syntax_utf8.ebb";
    if (!name.ends_with(".ebb") || left_out) continue;
    std::filesystem::copy(entry.path(), folder() / name);
    std::string printed = read_file(std::filesystem::path(entry.path()).replace_extension(".txt"));
    if (name == "include.ebb" || name.starts_with("data_")) printed = printed_by_check(name);
    const auto wanted = messages_of_check(printed);
    BOOST_TEST_CONTEXT(name)
    BOOST_TEST(messages_of(open(name, read_file(entry.path()))) == wanted,
               boost::test_tools::per_element());
    count += wanted.size();
  }
  BOOST_TEST(count > 200u);
}

BOOST_AUTO_TEST_CASE(the_examples_are_right_with_their_data_absent) {
  start();
  for (const auto& entry : std::filesystem::directory_iterator(example(""))) {
    if (entry.path().extension() != ".ebb") continue;
    const std::string name = entry.path().filename();
    BOOST_TEST_CONTEXT(name)
    BOOST_TEST(open(name, read_file(entry.path()))["params"]["diagnostics"] == Json::array());
  }
}

BOOST_AUTO_TEST_CASE(data_is_checked_where_it_is_there) {
  start();
  write("x.csv", "a,b\n1,2\n3,4\n");
  const std::string text =
      "use csv\ninput x[2]\noutput x\ndata train {\n  x = csv(\"x.csv\").a\n}\n";
  const Json wrong =
      Json::array({{{"range", range(4, 2, 3)},
                    {"severity", 1},
                    {"source", "ebb"},
                    {"message",
                     "x is [2], but each sample of this data is a scalar\nhint: `input x` takes "
                     "such samples"},
                    {"code", "E0507"},
                    {"relatedInformation",
                     {{{"location", {{"uri", uri("m.ebb")}, {"range", range(1, 6, 7)}}},
                       {"message", "declared here"}}}}}});
  BOOST_TEST(open("m.ebb", text) == published(*this, "m.ebb", 1, wrong));
  // What was read is remembered, until the file changes.
  change("m.ebb", "\n" + text);
  BOOST_TEST(diagnostics()["params"]["diagnostics"][0]["range"] == range(5, 2, 3));
  std::filesystem::remove(path("x.csv"));
  change("m.ebb", text, 3);
  BOOST_TEST(diagnostics() == published(*this, "m.ebb", 3, Json::array()));
}

BOOST_AUTO_TEST_CASE(what_an_editor_has_not_saved_counts) {
  start();
  write("part.ebb", "def twice(x) = 3 * x\n");
  const std::string text = "include \"part.ebb\"\ninput x[2]\noutput thrice(x)\n";
  const std::string unknown = "unknown name `thrice`";
  BOOST_TEST(messages_of(open("m.ebb", text)) == std::vector{unknown},
             boost::test_tools::per_element());
  open("part.ebb", "def twice(x) = 2 * x\n");
  diagnostics();
  change("part.ebb", "def thrice(x) = 3 * x\n");
  // Both are checked again, in the order of their names.
  BOOST_TEST(diagnostics() == published(*this, "m.ebb", 1, Json::array()));
  BOOST_TEST(diagnostics() == published(*this, "part.ebb", 2, Json::array()));
  change("part.ebb", "def thrice(x) = \n", 3);
  const Json broken = diagnostics();
  BOOST_TEST(
      broken["params"]["diagnostics"][0] ==
      (Json{{"range", range(0, 8, 18)},
            {"severity", 1},
            {"source", "ebb"},
            {"message",
             "part.ebb:1:16: expected an expression after `=`, found the end of "
             "the line\nhint: an expression goes on in the next line only inside ( ) or [ ]"},
            {"code", "E0013"},
            {"relatedInformation",
             {{{"location", {{"uri", uri("part.ebb")}, {"range", range(0, 15, 15)}}},
               {"message", "here"}}}}}));
}

BOOST_AUTO_TEST_CASE(what_certainly_mends_an_error_is_a_quick_fix) {
  start();
  const Json found = open("m.ebb", "input x[2]\noutput sigmoyd(x)\noutput x * y\n");
  const Json changes{{uri("m.ebb"), {{{"range", range(1, 7, 14)}, {"newText", "sigmoid"}}}}};
  const Json misspelt{
      {"range", range(1, 7, 14)},
      {"severity", 1},
      {"source", "ebb"},
      {"message", "unknown name `sigmoyd`\nfix: write `sigmoid`"},
      {"code", "E0101"},
      {"data", {{"version", 1}, {"title", "write `sigmoid`"}, {"changes", changes}}}};
  const Json unknown{
      {"range", range(2, 11, 12)},
      {"severity", 1},
      {"source", "ebb"},
      {"message",
       "unknown name `y`\nhint: a name is given before it is used; `ebb ops` lists the library's"},
      {"code", "E0101"}};
  BOOST_TEST(found == published(*this, "m.ebb", 1, {misspelt, unknown}));
  const Json params{{"textDocument", {{"uri", uri("m.ebb")}}},
                    {"range", range(1, 7, 14)},
                    {"context", {{"diagnostics", {misspelt, unknown}}}}};
  BOOST_TEST(ask("textDocument/codeAction", params) ==
             Json::array({{{"title", "write `sigmoid`"},
                           {"kind", "quickfix"},
                           {"diagnostics", {misspelt}},
                           {"isPreferred", true},
                           {"edit", {{"changes", changes}}}}}));
  // What was found in an older text may stand elsewhere now.
  change("m.ebb", "\ninput x[2]\noutput sigmoyd(x)\n");
  BOOST_TEST(ask("textDocument/codeAction", params) == Json::array());
}

BOOST_AUTO_TEST_CASE(a_closed_document_has_no_errors) {
  start();
  BOOST_TEST(messages_of(open("m.ebb", "output y\n")).size() == 1u);
  notify("textDocument/didClose", {{"textDocument", {{"uri", uri("m.ebb")}}}});
  BOOST_TEST(diagnostics() ==
             (Json{{"jsonrpc", "2.0"},
                   {"method", "textDocument/publishDiagnostics"},
                   {"params", {{"uri", uri("m.ebb")}, {"diagnostics", Json::array()}}}}));
}

BOOST_AUTO_TEST_SUITE_END()
