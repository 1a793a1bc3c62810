// What other languages write for things that this one writes otherwise.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/script/mistake.hpp"
#include "graph/script/token.hpp"

namespace ebb {

// A symbol, and what is read in its place once that has been reported.
struct ForeignSymbol {
  std::string_view text;
  TokenKind kind;  // TokenKind::end where nothing takes its place
  std::string_view hint;
  std::string_view write;  // what certainly means the same; "" where nothing does
};
// The foreign symbol that `text`, which is not empty, begins with; else null.
const ForeignSymbol* foreign_symbol(std::string_view text);

// A word that a statement begins with, or that names a value.
struct ForeignWord {
  std::string_view word, hint;
  std::string_view write;        // as above
  std::string_view beside = {};  // of an argument: one that what takes `write` has, if not that
};
const ForeignWord* foreign_statement(std::string_view word);
const ForeignWord* foreign_name(std::string_view word);
// Of an argument or a setting, where what is written here for it, or beside it, is among the
// known ones.
const ForeignWord* foreign_argument(std::string_view word, const std::vector<std::string>& known);

// Whether it begins the declaration of a name.
bool declares(const ForeignWord& word);

// What to do about such a word, which stands at `at`. A prefix is taken out where what remains is
// a known name.
Advice advice_for(const ForeignWord& word, Span at, const std::vector<std::string>& known = {});

// What to do about the name of an argument or a setting that is none of the known ones. Where the
// one that is meant is among those that are given, no fix is certain.
Advice meant_argument(std::string_view word, const std::vector<std::string>& known,
                      const std::vector<std::string>& given, Span at, const std::string& otherwise);

// The fix that writes a symbol's equivalent in its place, with blanks around it where words need
// them; none where no text is certain.
Fix fix_for(const ForeignSymbol& symbol, Span at);

// Of `a += b`, whose symbol stands at `at` behind the tokens `before`: `a = a + b`, where a is a
// name that begins the statement and b is one word or number or, behind `+`, binds as tightly.
Fix written_out(std::span<const Token> before, Span at);
// Of `a % b`: `mod(a, b)`, where a and b are words or numbers that nothing else binds more tightly.
Fix remainder(std::span<const Token> before, Span at);

}  // namespace ebb
