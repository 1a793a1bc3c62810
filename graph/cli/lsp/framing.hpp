// Messages of the language server protocol on a stream: a header with Content-Length, then JSON.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "graph/cli/json.hpp"

namespace ebb::lsp {

// What came in next. Of what is no message, what is wrong with it.
struct Incoming {
  std::string text;
  std::string wrong;
};

class Channel {
 public:
  // Reads from a file descriptor, writes to a stream; both outlive it.
  Channel(int in, std::ostream& out) : in_(in), out_(out) {}

  // Waits for the next message; nothing at the end of the input. After what is no message it goes
  // on at the next header.
  std::optional<Incoming> receive();
  // Whether nothing comes in for so long.
  bool is_quiet(int milliseconds) const;
  void send(const Json& message);

 private:
  bool read_more();
  std::optional<std::string> header();
  std::optional<std::string> body(std::size_t length);
  bool skip(std::size_t length);

  int in_;
  std::ostream& out_;
  std::string buffer_;  // what was read and not yet taken
};

}  // namespace ebb::lsp
