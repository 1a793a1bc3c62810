#include "graph/script/lexer.hpp"

#include <charconv>
#include <utility>

#include "graph/script/characters.hpp"

namespace ebb {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(const SourceFile& file, Diagnostics& diagnostics)
      : file_(file), text_(file.text()), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    if (text_.starts_with("\uFEFF")) at_ = 3;
    while (at_ < text_.size() && !diagnostics_full()) token();
    at_ = text_.size();
    add(TokenKind::end, at_);
    return std::move(tokens_);
  }

 private:
  CodePoint code_point(std::size_t at) const { return first_code_point(text_.substr(at)); }

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  bool diagnostics_full() const { return errors_ >= Diagnostics::max_errors; }

  void error(std::size_t begin, std::size_t end, std::string message, std::string hint = "") {
    ++errors_;
    std::vector<std::string> hints;
    if (!hint.empty()) hints.push_back(std::move(hint));
    diagnostics_.error(span(begin, end), std::move(message), std::move(hints));
  }

  Span span(std::size_t begin, std::size_t end) const {
    return {&file_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }

  // The token that began at `begin` ends here.
  void add(TokenKind kind, std::size_t begin) {
    tokens_.push_back({kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)});
  }

  void token() {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
    } else if (c == '\n') {
      const std::size_t begin = at_++;
      if (tokens_.empty() || tokens_.back().kind != TokenKind::newline) {
        add(TokenKind::newline, begin);
      }
    } else if (c == '#') {
      comment();
    } else if (is_digit(c)) {
      number();
    } else if (c == '"') {
      string();
    } else if (const CodePoint first = code_point(at_); is_name_start(first.value)) {
      word(first.length);
    } else {
      symbol();
    }
  }

  void comment() {
    while (at_ < text_.size() && peek() != '\n' && !diagnostics_full()) {
      if (const CodePoint c = code_point(at_); c.length > 0) {
        at_ += c.length;
      } else {
        invalid_bytes();
      }
    }
  }

  void word(std::size_t first_length) {
    const std::size_t begin = at_;
    at_ += first_length;
    while (at_ < text_.size()) {
      const CodePoint c = code_point(at_);
      if (c.length == 0 || !is_name_part(c.value)) break;
      at_ += c.length;
    }
    const TokenKind kind = word_kind(text_.substr(begin, at_ - begin));
    if (kind == TokenKind::name && peek() == '\'') ++at_;
    add(kind, begin);
    if (peek() == '\'') extra_primes();
  }

  void extra_primes() {
    const std::size_t begin = at_;
    while (peek() == '\'') ++at_;
    if (tokens_.back().kind == TokenKind::name) {
      error(begin, at_, "a name ends in one prime at most");
    } else {
      error(begin, at_, "a keyword takes no prime");
    }
  }

  void digits() {
    while (is_digit(peek())) ++at_;
  }

  void number() {
    const std::size_t begin = at_;
    digits();
    if (peek() == '.' && is_digit(peek(1))) {
      ++at_;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        digits();
      }
    }
    const std::string_view spelled = text_.substr(begin, at_ - begin);
    double value = 0;
    const auto result = std::from_chars(spelled.data(), spelled.data() + spelled.size(), value);
    if (result.ec != std::errc()) {
      error(begin, at_, "the number does not fit in double precision",
            "numbers reach from about 1e-308 to 1e308");
    }
    add(TokenKind::number, begin);
    name_after_number(begin);
  }

  // `2x` is neither a number nor a name. The rest of the word is skipped.
  void name_after_number(std::size_t number_begin) {
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      const CodePoint c = code_point(at_);
      if (c.length == 0 || !is_name_part(c.value)) break;
      at_ += c.length;
    }
    if (at_ == begin) return;
    const std::string number(text_.substr(number_begin, begin - number_begin));
    const std::string rest(text_.substr(begin, at_ - begin));
    error(begin, at_, "a name cannot follow a number directly",
          rest.starts_with('_') ? "digits are written without separators"
                                : "a product is `" + number + " * " + rest + "`");
  }

  void string() {
    const std::size_t begin = at_++;
    while (peek() != '"') {
      if (at_ >= text_.size() || peek() == '\n') {
        error(begin, at_, "this string is never closed",
              "a string ends with `\"` in the line it began in");
        break;
      }
      if (diagnostics_full()) break;
      string_character();
    }
    if (peek() == '"') ++at_;
    add(TokenKind::string, begin);
  }

  void string_character() {
    const CodePoint c = code_point(at_);
    if (c.length == 0) {
      invalid_bytes();
    } else if (c.value == '\\') {
      escape();
    } else {
      if ((c.value < 0x20 && c.value != '\t' && c.value != '\r') || c.value == 0x7F) {
        error(at_, at_ + 1, "a string cannot hold the control character " + description(c.value));
      }
      at_ += c.length;
    }
  }

  void escape() {
    const char c = peek(1);
    if (c != '"' && c != '\\' && c != 'n' && c != 't') {
      error(at_, at_ + 1, "unknown escape in a string",
            "the escapes are `\\\"`, `\\\\`, `\\n` and `\\t`");
      ++at_;
    } else {
      at_ += 2;
    }
  }

  void symbol() {
    const std::size_t begin = at_;
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("//") || rest.starts_with("/*")) {
      error(begin, begin + 2, "this is not a comment", "a comment begins with `#`");
      while (at_ < text_.size() && peek() != '\n') ++at_;
    } else if (const Foreign* entry = foreign_at(rest);
               entry != nullptr && symbol_at(rest).length < entry->text.size()) {
      at_ += entry->text.size();
      error(begin, at_, "`" + std::string(entry->text) + "` is not part of the language",
            std::string(entry->hint));
      if (entry->kind != TokenKind::end) add(entry->kind, begin);
    } else if (const Symbol found = symbol_at(rest); found.length > 0) {
      at_ += found.length;
      add(found.kind, begin);
    } else {
      unexpected();
    }
  }

  void unexpected() {
    const std::size_t begin = at_;
    const CodePoint c = code_point(at_);
    if (c.length == 0) return invalid_bytes();
    if (c.value == '\'') return stray_quote();
    const std::string_view spelled = text_.substr(begin, c.length);
    while (text_.substr(at_).starts_with(spelled)) at_ += c.length;
    error(begin, at_, "unexpected character " + description(c.value));
  }

  void stray_quote() {
    const std::size_t begin = at_++;
    const bool after_value = !tokens_.empty() && tokens_.back().end == begin &&
                             (tokens_.back().kind == TokenKind::close_paren ||
                              tokens_.back().kind == TokenKind::close_bracket);
    if (after_value) {
      error(begin, at_, "a prime belongs to a name", "a transpose is `.T`");
      return;
    }
    const std::string_view line = text_.substr(at_, text_.substr(at_).find('\n'));
    const std::size_t length = line.find('\'');
    if (length == std::string_view::npos) {
      error(begin, at_, "a prime belongs to a name");
      return;
    }
    at_ += length + 1;
    add(TokenKind::string, begin);
    error(begin, at_, "a string stands in double quotes",
          "write \"" + std::string(line.substr(0, length)) + "\"");
  }

  void invalid_bytes() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && code_point(at_).length == 0) ++at_;
    const auto byte = static_cast<unsigned char>(text_[begin]);
    constexpr std::string_view hex = "0123456789ABCDEF";
    error(begin, at_, std::string("invalid UTF-8: byte 0x") + hex[byte >> 4U] + hex[byte & 15U],
          "scripts are UTF-8 text");
  }

  const SourceFile& file_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
  std::size_t errors_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(const SourceFile& file, Diagnostics& diagnostics) {
  return Lexer(file, diagnostics).run();
}

}  // namespace ebb
