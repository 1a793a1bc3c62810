#include "graph/script/lexer.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "graph/script/characters.hpp"
#include "graph/script/foreign.hpp"
#include "graph/script/mistake.hpp"

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

  void error(Mistake mistake, std::size_t begin, std::size_t end, std::string message,
             Advice advice = {}) {
    ++errors_;
    diagnostics_.add(
        make_diagnostic(mistake, span(begin, end), std::move(message), std::move(advice)));
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
      error(Mistake::misplaced_prime, begin, at_, "a name ends in one prime at most",
            replacement("take the other primes out", span(begin, at_), ""));
    } else {
      error(Mistake::misplaced_prime, begin, at_, "a keyword takes no prime");
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
      error(Mistake::malformed_number, begin, at_, "the number does not fit in double precision",
            {"numbers reach from about 1e-308 to 1e308"});
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
    const bool separated = rest.starts_with('_');
    if (separated && rest.find_first_not_of("_0123456789") == std::string::npos) {
      std::string plain = number + rest;
      std::erase(plain, '_');
      return error(Mistake::malformed_number, number_begin, at_,
                   "digits are written without separators",
                   replacement(span(number_begin, at_), plain));
    }
    if ((rest[0] == 'e' || rest[0] == 'E') &&
        rest.find_first_not_of("0123456789", 1) == std::string_view::npos)
      return error(Mistake::malformed_number, begin, at_, "an exponent needs digits after it",
                   {"such as `1e-3`"});
    error(Mistake::malformed_number, begin, at_, "a name cannot follow a number directly",
          number == "0" || separated ? Advice{"numbers are decimal: 30, 0.5, 1e-3"}
                                     : suffix_or_factor(number, rest, begin));
  }

  // `1.5f` is a number of C, unless `f` is a name of this script or of what it includes.
  Advice suffix_or_factor(const std::string& number, const std::string& rest,
                          std::size_t begin) const {
    const std::string product = "a product is `" + number + " * " + rest + "`";
    const std::string suffix = "a number has no suffix: `" + number + "`";
    if (rest != "f" && rest != "F" && rest != "l" && rest != "L")
      return replacement(product, span(begin, begin), " * ");
    const bool known = std::ranges::any_of(tokens_, [&](const Token& token) {
      return token.kind == TokenKind::key_include ||
             (token.kind == TokenKind::name && text_of(token) == rest);
    });
    return known ? Advice{product, suffix} : replacement(suffix, span(begin, at_), "");
  }

  std::string_view text_of(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }

  void string() {
    const std::size_t begin = at_++;
    while (peek() != '"') {
      if (at_ >= text_.size() || peek() == '\n') {
        error(Mistake::unclosed_string, begin, at_, "this string is never closed",
              {"a string ends with `\"` in the line it began in"});
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
        error(Mistake::string_content, at_, at_ + 1,
              "a string cannot hold the control character " + description(c.value));
      }
      at_ += c.length;
    }
  }

  void escape() {
    const char c = peek(1);
    if (c != '"' && c != '\\' && c != 'n' && c != 't') {
      error(Mistake::string_content, at_, at_ + 1, "unknown escape in a string",
            {"the escapes are `\\\"`, `\\\\`, `\\n` and `\\t`"});
      ++at_;
    } else {
      at_ += 2;
    }
  }

  void symbol() {
    const std::size_t begin = at_;
    const std::string_view rest = text_.substr(at_);
    const bool first = tokens_.empty() || tokens_.back().kind == TokenKind::newline;
    if (rest.starts_with("//") || rest.starts_with("/*") || (first && rest[0] == '%')) {
      foreign_comment();
    } else if (const ForeignSymbol* entry = foreign_symbol(rest);
               entry != nullptr && symbol_at(rest).length < entry->text.size()) {
      at_ += entry->text.size();
      foreign_symbol_at(begin, *entry);
    } else if (const Symbol found = symbol_at(rest); found.length > 0) {
      at_ += found.length;
      add(found.kind, begin);
    } else {
      unexpected();
    }
  }

  // `// ...` and `% ...` to the end of the line, and `/* ... */` where it ends with its line.
  void foreign_comment() {
    const std::size_t begin = at_, length = peek() == '%' ? 1 : 2;
    const bool block = peek(1) == '*';
    while (at_ < text_.size() && peek() != '\n') ++at_;
    Fix fix = replacement("a comment begins with `#`", span(begin, begin + length), "#");
    std::string_view comment = text_.substr(begin, at_ - begin);
    while (comment.ends_with(' ') || comment.ends_with('\r')) comment.remove_suffix(1);
    const std::size_t end = begin + comment.size() - 2;
    const bool ends = comment.find("*/") == comment.size() - 2;
    // In other languages `a // b` is a whole quotient.
    const std::size_t word = comment.find_first_not_of(' ', length);
    const bool quotient = !block && !tokens_.empty() && tokens_.back().kind != TokenKind::newline &&
                          comment.find(' ', std::min(word, comment.size())) == std::string::npos;
    if (block && ends) fix.edits.push_back({span(end, end + 2), ""});
    error(Mistake::foreign_comment, begin, begin + length, "this is not a comment",
          block && !ends ? Advice{"a comment begins with `#` and ends with its line"}
          : quotient     ? Advice{"a comment begins with `#`; a whole quotient is `floor(a / b)`"}
                         : Advice{std::move(fix)});
  }

  void foreign_symbol_at(std::size_t begin, const ForeignSymbol& symbol) {
    Fix fix = fix_for(symbol, span(begin, at_));
    const bool updates = symbol.text.size() == 2 && symbol.text[1] == '=' && symbol.text[0] != ':';
    if (updates) fix = written_out(tokens_, span(begin, at_));
    if (symbol.text == "%") fix = remainder(tokens_, span(begin, at_));
    error(Mistake::foreign_symbol, begin, at_,
          "`" + std::string(symbol.text) + "` is not part of the language",
          fix ? Advice{std::move(fix)} : Advice{std::string(symbol.hint)});
    if (symbol.kind != TokenKind::end) add(symbol.kind, begin);
  }

  // What to do about a character that cannot be seen.
  Advice visible(char32_t c, Span at) const {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
      case UTF8PROC_CATEGORY_ZS:
        return replacement("write a blank", at, " ");
      case UTF8PROC_CATEGORY_CF:
        return replacement("take it out", at, "");
      default:
        return {};
    }
  }

  void unexpected() {
    const std::size_t begin = at_;
    const CodePoint c = code_point(at_);
    if (c.length == 0) return invalid_bytes();
    if (c.value == '\'') return stray_quote();
    const std::string_view spelled = text_.substr(begin, c.length);
    while (text_.substr(at_).starts_with(spelled)) at_ += c.length;
    error(Mistake::unexpected_character, begin, at_, "unexpected character " + description(c.value),
          visible(c.value, span(begin, at_)));
  }

  void stray_quote() {
    const std::size_t begin = at_++;
    const bool after_value = !tokens_.empty() && tokens_.back().end == begin &&
                             (tokens_.back().kind == TokenKind::close_paren ||
                              tokens_.back().kind == TokenKind::close_bracket);
    if (after_value) {
      error(Mistake::misplaced_prime, begin, at_, "a prime belongs to a name",
            replacement("a transpose is `.T`", span(begin, at_), ".T"));
      return;
    }
    const std::string_view line = text_.substr(at_, text_.substr(at_).find('\n'));
    const std::size_t length = line.find('\'');
    if (length == std::string_view::npos) {
      error(Mistake::misplaced_prime, begin, at_, "a prime belongs to a name");
      return;
    }
    at_ += length + 1;
    add(TokenKind::string, begin);
    const std::string content(line.substr(0, length));
    const std::string quoted = "\"" + content + "\"";
    const bool plain = content.find_first_of("\"\\") == std::string::npos;
    error(Mistake::string_content, begin, at_, "a string stands in double quotes",
          plain ? replacement("write " + quoted, span(begin, at_), quoted)
                : Advice{"write " + quoted});
  }

  void invalid_bytes() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && code_point(at_).length == 0) ++at_;
    error(Mistake::not_utf8, begin, at_, invalid_byte(text_[begin]), {"scripts are UTF-8 text"});
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
