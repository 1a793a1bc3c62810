// What the layout of a script must leave as it is.
#pragma once

#include <memory>
#include <string>

#include "graph/script/layout.hpp"
#include "graph/script/lexer.hpp"
#include "graph/script/parser.hpp"

namespace ebb::test {

// The tokens with a blank between them, in their lines.
inline std::string tokens_of(const std::string& text) {
  const SourceFile file("tokens", text);
  Diagnostics ignored;
  std::string result;
  for (const Token& token : tokenize(file, ignored)) {
    if (token.kind == TokenKind::newline)
      result += result.empty() ? "" : "\n";
    else if (token.kind != TokenKind::end)
      result += text.substr(token.begin, token.end - token.begin) + " ";
  }
  while (result.ends_with('\n')) result.pop_back();
  return result;
}

inline std::string laid_out(const std::string& text) {
  return ebb::laid_out(SourceFile("layout", text));
}

// Whether there are no syntax errors.
inline bool parses(const std::string& text) {
  Diagnostics errors;
  parse(std::make_shared<const SourceFile>("parsed", text), errors);
  return !errors.has_errors();
}

// What is wrong with the layout that is given to a script without syntax errors; "" if nothing.
inline std::string wrong_layout(const std::string& text) {
  const std::string once = laid_out(text);
  if (tokens_of(once) != tokens_of(text)) return "other tokens:\n" + once;
  if (!parses(once)) return "not accepted:\n" + once;
  const std::string twice = laid_out(once);
  return twice == once ? "" : "not final:\n" + once + "---\n" + twice;
}

}  // namespace ebb::test
