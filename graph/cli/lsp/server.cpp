#include "graph/cli/lsp/server.hpp"

#include <algorithm>
#include <new>

#include "graph/cli/lsp/places.hpp"

namespace ebb::lsp {

namespace {

// Codes of JSON-RPC and of the protocol.
enum Code {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  not_initialized = -32002,
  request_failed = -32803,
};

// How long nobody types before a script is checked. One that is opened is checked at once.
constexpr int pause_milliseconds = 150;

bool is_id(const Json& id) { return id.is_string() || id.is_number_integer(); }

}  // namespace

const std::map<std::string, Server::Request>& Server::requests() {
  static const std::map<std::string, Request> all = {
      {"initialize", &Server::initialize},
      {"shutdown", &Server::shutdown},
      {"textDocument/hover", &Server::hover},
      {"textDocument/definition", &Server::definition},
      {"textDocument/references", &Server::references},
      {"textDocument/completion", &Server::completion},
      {"textDocument/codeAction", &Server::code_action},
      {"textDocument/formatting", &Server::formatting},
      {"textDocument/prepareRename", &Server::prepare_rename},
      {"textDocument/rename", &Server::rename},
  };
  return all;
}

const std::map<std::string, Server::Notification>& Server::notifications() {
  static const std::map<std::string, Notification> all = {
      {"textDocument/didOpen", &Server::opened},
      {"textDocument/didChange", &Server::edited},
      {"textDocument/didSave", &Server::saved},
      {"textDocument/didClose", &Server::closed},
      {"workspace/didChangeWatchedFiles", &Server::saved},
  };
  return all;
}

int Server::serve() {
  while (!exit_) {
    if (channel_.is_quiet(typing_ ? pause_milliseconds : 0)) check_changed();
    const auto incoming = channel_.receive();
    if (!incoming) break;
    take(*incoming);
  }
  return shut_down_ ? 0 : 1;
}

void Server::take(const Incoming& incoming) {
  if (!incoming.wrong.empty()) return fail(nullptr, parse_error, incoming.wrong);
  const Json message = Json::parse(incoming.text, nullptr, false);
  if (message.is_discarded()) return fail(nullptr, parse_error, "the message is no JSON");
  const bool is_message = message.is_object() && message.value("jsonrpc", Json()) == "2.0";
  if (!is_message) return fail(nullptr, invalid_request, "the message is no JSON-RPC 2.0");
  handle(message);
}

void Server::handle(const Json& message) {
  const bool asks = message.contains("id");
  const Json id = asks && is_id(message["id"]) ? message["id"] : Json();
  if (!message.contains("method")) {
    // An answer; nothing was asked.
    if (message.contains("result") || message.contains("error")) return;
    return fail(id, invalid_request, "the message has no method");
  }
  if (!message["method"].is_string() || (asks && id.is_null()))
    return fail(id, invalid_request, "the method is a string, and the id a string or a number");
  const std::string method = message["method"];
  const Json params = message.value("params", Json::object());
  if (asks) {
    answer(id, method, params);
  } else {
    notice(method, params);
  }
}

void Server::answer(const Json& id, const std::string& method, const Json& params) {
  const auto found = requests().find(method);
  if (found == requests().end()) return fail(id, method_not_found, "there is no method " + method);
  if (!initialized_ && method != "initialize")
    return fail(id, not_initialized, "the first request is `initialize`");
  if (shut_down_ || (initialized_ && method == "initialize"))
    return fail(id, invalid_request,
                shut_down_ ? "the server is shut down" : "the server is initialized");
  try {
    Json result = (this->*found->second)(params);
    channel_.send({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
  } catch (const Json::exception&) {
    fail(id, invalid_params, "the parameters of " + method + " are not those of the protocol");
  } catch (const Refused& error) {
    fail(id, request_failed, error.what());
  } catch (const UserError& error) {
    fail(id, request_failed, error.diagnostic().message);
  } catch (const std::exception& error) {
    fail(id, internal_error, std::string("a bug in Ebb; please report it: ") + error.what());
  }
}

void Server::fail(const Json& id, int code, const std::string& message) {
  channel_.send(
      {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}});
}

// Nobody waits for an answer, and one that can not be understood is passed over.
void Server::notice(const std::string& method, const Json& params) {
  if (method == "exit") {
    exit_ = true;
    return;
  }
  const auto found = notifications().find(method);
  if (found == notifications().end() || !initialized_ || shut_down_) return;
  try {
    (this->*found->second)(params);
  } catch (const std::exception&) {
  }
}

Json Server::initialize(const Json&) {
  initialized_ = true;
  return {{"capabilities",
           {{"positionEncoding", "utf-16"},
            // The whole text with each change.
            {"textDocumentSync",
             {{"openClose", true}, {"change", 1}, {"save", {{"includeText", false}}}}},
            {"hoverProvider", true},
            {"definitionProvider", true},
            {"referencesProvider", true},
            {"completionProvider", {{"triggerCharacters", {".", "\"", "/"}}}},
            {"codeActionProvider", {{"codeActionKinds", {"quickfix"}}}},
            {"documentFormattingProvider", true},
            {"renameProvider", {{"prepareProvider", true}}}}},
          {"serverInfo", {{"name", "ebb"}, {"version", EBB_VERSION}}}};
}

Json Server::shutdown(const Json&) {
  shut_down_ = true;
  return nullptr;
}

Document& Server::document_of(const Json& params) {
  const std::string uri = params.at("textDocument").at("uri");
  Document* document = documents_.find(uri);
  if (document == nullptr) throw Refused(uri + " is not open");
  return *document;
}

std::uint32_t Server::offset_of(Document& document, const Json& params) {
  return lsp::offset_of(documents_.reading(document).text(), params.at("position"));
}

Json Server::hover(const Json& params) {
  Document& document = document_of(params);
  if (document.changed) check(document);
  return lsp::hover(documents_, document, reference_, offset_of(document, params));
}

Json Server::definition(const Json& params) {
  Document& document = document_of(params);
  return lsp::definition(documents_, document, offset_of(document, params));
}

Json Server::references(const Json& params) {
  Document& document = document_of(params);
  const bool declarations = params.at("context").at("includeDeclaration");
  return lsp::references(documents_, document, offset_of(document, params), declarations);
}

Json Server::completion(const Json& params) {
  Document& document = document_of(params);
  return lsp::completion(documents_, document, reference_, offset_of(document, params));
}

Json Server::code_action(const Json& params) {
  return code_actions(params.at("context").at("diagnostics"), document_of(params));
}

Json Server::formatting(const Json& params) { return lsp::formatting(document_of(params)); }

Json Server::prepare_rename(const Json& params) {
  Document& document = document_of(params);
  return lsp::prepare_rename(documents_, document, offset_of(document, params));
}

Json Server::rename(const Json& params) {
  Document& document = document_of(params);
  const std::uint32_t offset = offset_of(document, params);
  return lsp::rename(documents_, document, offset, params.at("newName").get<std::string>());
}

void Server::opened(const Json& params) {
  const Json& item = params.at("textDocument");
  documents_.open(item.at("uri"), item.at("text"), item.value("version", 0));
}

void Server::edited(const Json& params) {
  Document& document = document_of(params);
  const Json& changes = params.at("contentChanges");
  if (changes.empty()) return;
  typing_ = true;
  documents_.change(document, changes.back().at("text"),
                    params.at("textDocument").value("version", document.version + 1));
}

// A file that a script includes or reads may be another one now.
void Server::saved(const Json&) { documents_.invalidate(); }

void Server::closed(const Json& params) {
  const std::string uri = document_of(params).uri;
  documents_.close(uri);
  publish(uri, nullptr, Json::array());
}

void Server::check(Document& document) {
  Json diagnostics;
  try {
    diagnostics = diagnostics_of(documents_.check(document), document, documents_);
  } catch (const std::exception& error) {
    // The editor shows it where the script begins, and the session goes on.
    diagnostics = Json::array(
        {{{"range", range_of({})},
          {"severity", 1},
          {"source", "ebb"},
          {"message", std::string("the script could not be checked: ") + error.what()}}});
  }
  publish(document.uri, document.version, std::move(diagnostics));
}

void Server::check_changed() {
  typing_ = false;
  for (auto& [uri, document] : documents_.all())
    if (document.changed) check(document);
}

void Server::publish(const std::string& uri, const Json& version, Json diagnostics) {
  Json params{{"uri", uri}};
  if (!version.is_null()) params["version"] = version;
  params["diagnostics"] = std::move(diagnostics);
  channel_.send({{"jsonrpc", "2.0"},
                 {"method", "textDocument/publishDiagnostics"},
                 {"params", std::move(params)}});
}

}  // namespace ebb::lsp
