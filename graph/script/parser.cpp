#include "graph/script/parser.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "graph/script/cursor.hpp"
#include "graph/script/expression_parser.hpp"
#include "graph/script/lexer.hpp"
#include "graph/script/statement_parser.hpp"

namespace ebb {
namespace {

// Reports what the lexer and the parser found, in the order of the text. Where a line has a wrong
// character, what the parser makes of the rest of that line is not worth saying.
void merge(const SourceFile& file, const Diagnostics& lexical, const Diagnostics& syntactic,
           Diagnostics& diagnostics) {
  std::vector<Diagnostic> all = lexical.all();
  std::set<std::uint32_t> lines;
  for (const Diagnostic& diagnostic : all) lines.insert(file.position(diagnostic.at.begin).line);
  for (const Diagnostic& diagnostic : syntactic.all()) {
    if (!lines.contains(file.position(diagnostic.at.begin).line)) all.push_back(diagnostic);
  }
  std::stable_sort(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.at.begin < b.at.begin;
  });
  for (Diagnostic& diagnostic : all) diagnostics.add(std::move(diagnostic));
  constexpr std::size_t most = Diagnostics::max_errors;
  if (lexical.errors() == most || syntactic.errors() == most) {
    diagnostics.add({Severity::note, "the rest of " + file.name() + " was not read", {}, {}, {}});
  }
}

// Tokenizes the file and hands the tokens to `parse`, unless too much is wrong with them.
template <class Parse>
void with_tokens(const SourceFile& file, Diagnostics& diagnostics, Parse parse) {
  if (file.text().size() > max_script_size) {
    diagnostics.add(make_diagnostic(Mistake::too_large, {&file, 0, 0},
                                    "the script is larger than 16 MiB",
                                    {"data belongs in files of its own, read by a `data` block"}));
    return;
  }
  Diagnostics lexical, syntactic;
  std::vector<Token> tokens = tokenize(file, lexical);
  if (lexical.errors() < Diagnostics::max_errors) {
    Cursor cursor(file, std::move(tokens));
    parse(cursor, syntactic);
  }
  merge(file, lexical, syntactic, diagnostics);
}

}  // namespace

Script parse(std::shared_ptr<const SourceFile> file, Diagnostics& diagnostics) {
  Script script{std::move(file), {}};
  diagnostics.keep(script.file);
  with_tokens(*script.file, diagnostics, [&](Cursor& cursor, Diagnostics& errors) {
    script.statements = StatementParser(cursor, errors).script();
  });
  return script;
}

ast::ExpressionPtr parse_expression(const SourceFile& file, Diagnostics& diagnostics) {
  ast::ExpressionPtr result;
  const std::size_t errors_before = diagnostics.errors();
  with_tokens(file, diagnostics, [&](Cursor& cursor, Diagnostics& errors) {
    try {
      result = ExpressionParser(cursor).expression();
      cursor.accept(TokenKind::newline);
      if (!cursor.at(TokenKind::end))
        cursor.expected(Mistake::unexpected_word, "the end of the expression");
    } catch (const SyntaxError& error) {
      errors.add(error.diagnostic);
    }
  });
  return diagnostics.errors() == errors_before ? std::move(result) : nullptr;
}

}  // namespace ebb
