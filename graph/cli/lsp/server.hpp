// The language server: a conversation with an editor.
#pragma once

#include <map>
#include <string>

#include "graph/cli/lsp/documents.hpp"
#include "graph/cli/lsp/features.hpp"
#include "graph/cli/lsp/framing.hpp"

namespace ebb::lsp {

// Scripts are checked when opened, when the editor pauses, and before an answer that needs it.
class Server {
 public:
  Server(Invocation& invocation, Channel& channel) : documents_(invocation), channel_(channel) {}

  // Until the editor says `exit` or closes the channel. Returns the exit status: 0 after
  // `shutdown`, else 1.
  int serve();

 private:
  using Request = Json (Server::*)(const Json& params);
  using Notification = void (Server::*)(const Json& params);

  void take(const Incoming& incoming);
  void handle(const Json& message);
  void answer(const Json& id, const std::string& method, const Json& params);
  void fail(const Json& id, int code, const std::string& message);
  void notice(const std::string& method, const Json& params);

  Json initialize(const Json& params);
  Json shutdown(const Json& params);
  Json hover(const Json& params);
  Json definition(const Json& params);
  Json references(const Json& params);
  Json completion(const Json& params);
  Json code_action(const Json& params);
  Json formatting(const Json& params);
  Json prepare_rename(const Json& params);
  Json rename(const Json& params);

  void opened(const Json& params);
  void edited(const Json& params);
  void saved(const Json& params);
  void closed(const Json& params);

  // Of `textDocument`. Throws Refused where it is not open.
  Document& document_of(const Json& params);
  std::uint32_t offset_of(Document& document, const Json& params);
  void check(Document& document);
  void check_changed();
  void publish(const std::string& uri, const Json& version, Json diagnostics);

  static const std::map<std::string, Request>& requests();
  static const std::map<std::string, Notification>& notifications();

  Documents documents_;
  Channel& channel_;
  Reference reference_;
  bool initialized_ = false, shut_down_ = false, exit_ = false;
  bool typing_ = false;  // a text changed and is not checked yet
};

}  // namespace ebb::lsp
