// Everything that a script can name, with its documentation.
#pragma once

#include <string>
#include <vector>

#include "graph/cli/command.hpp"

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
  std::string source;  // of what is written in the script language, its text
};

// All entries, kind by kind, ops family by family. What only the framework itself uses (leaves,
// derivative ops) is left out.
std::vector<Entry> catalog(const OpRegistry& ops, const SourceRegistry& sources);

// The whole record, as `ebb ops NAME` shows it.
std::string to_text(const Entry& entry);

}  // namespace ebb
