// An editor that has started `ebb lsp` and speaks the protocol with it.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <deque>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

namespace ebb::test {

using Json = nlohmann::ordered_json;

class Editor : public Scratch {
 public:
  explicit Editor(const std::string& flags = "") {
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> to{}, from{};
    if (pipe(to.data()) != 0 || pipe(from.data()) != 0) throw std::runtime_error("no pipe");
    const std::string line = "cd " + quoted(folder().string()) +
                             " && export XDG_CACHE_HOME=$PWD/cache && exec " + quoted(EBB_BINARY) +
                             " lsp " + flags + " 2>stderr";
    server_ = fork();
    if (server_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int fd : {to[0], to[1], from[0], from[1]}) ::close(fd);
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    out_ = to[1];
    in_ = from[0];
  }
  ~Editor() { end(); }

  // What `ebb check` prints of a file of the folder.
  std::string printed_by_check(const std::string& name) const {
    const std::string line = "cd " + quoted(folder().string()) + " && " + quoted(EBB_BINARY) +
                             " check " + quoted(name) + " 2>check >out";
    if (std::system(line.c_str()) < 0) throw std::runtime_error("no shell");
    return read_file(path("check"));
  }

  void start() {
    request("initialize", {{"processId", nullptr}, {"capabilities", Json::object()}});
    notify("initialized", Json::object());
  }

  // Bytes as they are.
  void raw(const std::string& bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t count = ::write(out_, bytes.data() + at, bytes.size() - at);
      if (count <= 0) return;
      at += static_cast<std::size_t>(count);
    }
  }
  void send(const std::string& content) const {
    raw("Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content);
  }
  void notify(const std::string& method, const Json& params) const {
    send(Json{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}.dump());
  }
  // The whole answer; what is published meanwhile is kept.
  Json request(const std::string& method, const Json& params) {
    const int id = ++last_id_;
    send(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump());
    for (;;) {
      Json message = receive();
      if (message.contains("id") || message.is_null()) return message;
      published_.push_back(std::move(message));
    }
  }
  // The `result` of the answer, or its `error`.
  Json ask(const std::string& method, const Json& params) {
    Json answer = request(method, params);
    return answer.contains("error") ? answer["error"] : answer["result"];
  }
  // The next message of the server; null at its end.
  Json receive() {
    std::string header;
    while (!header.ends_with("\r\n\r\n")) {
      char c = 0;
      if (::read(in_, &c, 1) != 1) return nullptr;
      header += c;
    }
    std::string content(std::stoul(header.substr(header.find(':') + 1)), '\0');
    for (std::size_t at = 0; at < content.size();) {
      const ssize_t count = ::read(in_, content.data() + at, content.size() - at);
      if (count <= 0) return nullptr;
      at += static_cast<std::size_t>(count);
    }
    return Json::parse(content);
  }

  std::string uri(const std::string& name) const { return "file://" + path(name).string(); }
  // Opens a document, which need not be on the disk; returns what is published of it.
  Json open(const std::string& name, const std::string& text) {
    notify("textDocument/didOpen",
           {{"textDocument",
             {{"uri", uri(name)}, {"languageId", "ebb"}, {"version", 1}, {"text", text}}}});
    return diagnostics();
  }
  void change(const std::string& name, const std::string& text, int version = 2) const {
    notify("textDocument/didChange", {{"textDocument", {{"uri", uri(name)}, {"version", version}}},
                                      {"contentChanges", {{{"text", text}}}}});
  }
  // What is published next.
  Json diagnostics() {
    if (published_.empty()) published_.push_back(receive());
    const Json message = published_.front();
    published_.pop_front();
    return message;
  }
  // Asks about a place: a line and a UTF-16 unit, from 0.
  Json ask_at(const std::string& what, const std::string& name, int line, int character,
              const Json& more = Json::object()) {
    Json params{{"textDocument", {{"uri", uri(name)}}},
                {"position", {{"line", line}, {"character", character}}}};
    params.update(more);
    return ask("textDocument/" + what, params);
  }

  // Closes the channel. Returns the server's exit status.
  int end() {
    if (server_ <= 0) return status_;
    ::close(out_);
    int status = 0;
    waitpid(server_, &status, 0);
    ::close(in_);
    server_ = 0;
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t server_ = 0;
  int in_ = -1, out_ = -1, last_id_ = 0, status_ = -1;
  std::deque<Json> published_;
};

inline Json position(int line, int character) { return {{"line", line}, {"character", character}}; }
inline Json range(int line, int from, int to) {
  return {{"start", position(line, from)}, {"end", position(line, to)}};
}

}  // namespace ebb::test
