// Everything that a script can name, with its documentation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/cli/command.hpp"
#include "graph/script/ast.hpp"

namespace ebb {

// One thing that `ebb ops` lists and `ebb help NAME` explains.
struct Entry {
  std::string kind;     // "op", "initializer", "cost", "metric", "layer",
                        // "function", "optimizer", "source", "training key"
  std::string family;   // of an op: "activations"
  std::string name;     // "sigmoid"
  std::string heading;  // "sigmoid(x)"
  std::string doc;      // sentences
  std::vector<std::pair<std::string, std::string>> facts;  // "range" and "(0, 1)"
  std::string source;                   // of what is written in the script language, its text
  std::vector<std::string> latex = {};  // of an op's record, whole: its formulas
  const OpDef* op = nullptr;            // of an op or initializer
};

// All entries, kind by kind, ops family by family. What only the framework itself uses (leaves,
// derivative ops) is left out. Of ops, only what a list needs.
std::vector<Entry> catalog(const Registry& registry);

// A function, layer or update rule that is written in the language, with the comment right above
// it; nothing for another statement.
std::optional<Entry> written_entry(const SourceFile& file, const ast::Statement& statement);

// The entry with all its facts.
Entry whole(const Entry& entry, const Registry& registry);

// The facts, a line or more each, in two columns after `indent` spaces.
std::string facts_text(const Entry& entry, std::size_t indent, std::size_t width);

// The whole record, as `ebb ops NAME` shows it.
std::string to_text(const Entry& entry);

}  // namespace ebb
