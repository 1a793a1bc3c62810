#include "graph/cli/lsp/framing.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>

namespace ebb::lsp {

namespace {

// Far beyond a script's 16 MiB, escaped.
constexpr std::size_t longest_message = std::size_t{128} << 20, longest_header = 1 << 13;

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Of the last such field: before it may stand the rest of what was no message.
std::optional<std::size_t> content_length(const std::string& header) {
  constexpr std::string_view field = "content-length:";
  const std::string text = lowered(header);
  std::size_t at = text.rfind(field);
  if (at == std::string::npos) return std::nullopt;
  at = text.find_first_not_of(" \t", at + field.size());
  if (at == std::string::npos) return std::nullopt;
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), length);
  if (error != std::errc() || (*end != '\r' && *end != '\n' && *end != '\0')) return std::nullopt;
  return length;
}

}  // namespace

bool Channel::read_more() {
  std::array<char, 1 << 16> piece{};
  for (;;) {
    const ssize_t count = read(in_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
    return true;
  }
}

// All up to the empty line; of an overlong one, what there is.
std::optional<std::string> Channel::header() {
  for (;;) {
    const std::size_t crlf = buffer_.find("\r\n\r\n"), lf = buffer_.find("\n\n");
    const std::size_t end = std::min(crlf, lf);
    if (end != std::string::npos || buffer_.size() > longest_header) {
      const std::size_t size =
          end == std::string::npos ? buffer_.size() : end + (end == crlf ? 4 : 2);
      std::string text = buffer_.substr(0, size);
      buffer_.erase(0, size);
      return text;
    }
    if (!read_more()) return std::nullopt;
  }
}

std::optional<std::string> Channel::body(std::size_t length) {
  while (buffer_.size() < length)
    if (!read_more()) return std::nullopt;
  std::string text = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return text;
}

bool Channel::skip(std::size_t length) {
  while (buffer_.size() < length) {
    length -= buffer_.size();
    buffer_.clear();
    if (!read_more()) return false;
  }
  buffer_.erase(0, length);
  return true;
}

std::optional<Incoming> Channel::receive() {
  const auto text = header();
  if (!text) return std::nullopt;
  const auto length = content_length(*text);
  if (!length) return Incoming{"", "a message begins with `Content-Length: N` and an empty line"};
  if (*length > longest_message) {
    if (!skip(*length)) return std::nullopt;
    return Incoming{"", "a message holds at most 128 MiB"};
  }
  auto content = body(*length);
  if (!content) return std::nullopt;
  return Incoming{std::move(*content), ""};
}

bool Channel::is_quiet(int milliseconds) const {
  if (!buffer_.empty()) return false;
  pollfd wanted{in_, POLLIN, 0};
  return poll(&wanted, 1, milliseconds) == 0;
}

void Channel::send(const Json& message) {
  // What is no UTF-8 can come from a file on the disk; it must not end the session.
  const std::string text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  out_ << "Content-Length: " << text.size() << "\r\n\r\n" << text << std::flush;
}

}  // namespace ebb::lsp
