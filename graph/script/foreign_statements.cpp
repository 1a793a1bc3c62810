// Statements as other languages write them.
#include <algorithm>
#include <utility>

#include "graph/script/characters.hpp"
#include "graph/script/foreign.hpp"
#include "graph/script/statement_parser.hpp"

namespace ebb {

// A word that begins no statement of this language.
void StatementParser::unknown_word(const Token& word) {
  const std::string text(cursor_.text(word));
  const Span at = cursor_.span(word);
  const ForeignWord* foreign = foreign_statement(text);
  Advice advice = foreign != nullptr
                      ? advice_for(*foreign, at)
                      : meant(text, statement_words(), at,
                              "a statement begins with a keyword or is `name = value`");
  const Token name = cursor_.token_after_next();
  if (foreign != nullptr && declares(*foreign) && name.kind == TokenKind::name &&
      cursor_.assigns_behind(name)) {
    const Span blanks{at.file, at.begin, name.begin};
    advice = replacement("take it out: " + std::string(foreign->hint), blanks, "");
  }
  cursor_.fail(Mistake::unknown_statement, at, "unknown statement `" + text + "`",
               std::move(advice));
}

// `x++` and `x--`.
void StatementParser::check_step(const Token& name) {
  const std::string_view rest = std::string_view(cursor_.file().text()).substr(name.end);
  if (!rest.starts_with("++") && !rest.starts_with("--")) return;
  const std::size_t next = rest.find_first_not_of(" \t\r", 2);
  const bool ends =
      next == std::string_view::npos || std::string_view("\n;#}").find(rest[next]) < 4;
  if (!ends) return;
  const std::string text = " = " + std::string(cursor_.text(name)) + " " + rest[0] + " 1";
  const Span at{&cursor_.file(), name.end, name.end + 2};
  cursor_.fail(Mistake::foreign_symbol, at,
               backticked(rest.substr(0, 2)) + " is not part of the language",
               replacement("write `" + std::string(cursor_.text(name)) + text + "`", at, text));
}

// `f = lambda x: x`.
void StatementParser::check_lambda(const Token& name) {
  const Token word = cursor_.peek();
  const TokenKind after = cursor_.after_next();
  if (cursor_.text(word) != "lambda" || (after != TokenKind::name && after != TokenKind::colon))
    return;
  const std::string_view text = cursor_.file().text();
  const std::string_view line = text.substr(0, text.find('\n', word.end));
  const std::size_t colon = line.find(':', word.end);
  const std::string hint = "a function is `def f(x) = ...`";
  Advice advice{hint};
  if (colon != std::string_view::npos) {
    const std::size_t begin = std::min(line.find_first_not_of(' ', word.end), colon);
    const std::string formals(line.substr(begin, colon - begin));
    advice = replacement(hint, {&cursor_.file(), name.begin, static_cast<std::uint32_t>(colon + 1)},
                         "def " + std::string(cursor_.text(name)) + "(" + formals + ") =");
  }
  cursor_.fail(Mistake::foreign_symbol, cursor_.span(word), "`lambda` is not part of the language",
               std::move(advice));
}

// Of `output = a` and `cost: a`: the sign taken out, with the blanks around it.
Fix StatementParser::without_sign(const std::string& word, const Token& keyword,
                                  const Token& sign) const {
  const std::string& text = cursor_.file().text();
  const auto next =
      static_cast<std::uint32_t>(std::min(text.find_first_not_of(" \t", sign.end), text.size()));
  return replacement(
      "write `" + word + " value`, without `" + std::string(cursor_.text(sign)) + "`",
      {&cursor_.file(), keyword.end, next}, " ");
}

// A name in one word, as on the command line of other programs: `learning-rate`.
void StatementParser::check_hyphens(const ast::Identifier& name) {
  const std::string_view text = cursor_.file().text();
  std::size_t end = name.span.end;
  while (end + 1 < text.size() && text[end] == '-' &&
         is_name_start(static_cast<unsigned char>(text[end + 1]))) {
    ++end;
    while (end < text.size() && is_name_part(static_cast<unsigned char>(text[end]))) ++end;
  }
  if (end == name.span.end) return;
  std::string joined(text.substr(name.span.begin, end - name.span.begin));
  std::ranges::replace(joined, '-', '_');
  const Span whole{name.span.file, name.span.begin, static_cast<std::uint32_t>(end)};
  cursor_.fail(Mistake::malformed_option, whole, "a name has no `-` in it",
               replacement(whole, std::move(joined)));
}

// A comma behind a statement that takes one name only.
Advice StatementParser::another(const std::string& keyword) {
  const std::string hint = "each has a statement of its own, in a line or after `;`";
  if (cursor_.after_next() != TokenKind::name) return {hint};
  return replacement(hint, cursor_.span(cursor_.peek()), "; " + keyword);
}

}  // namespace ebb
