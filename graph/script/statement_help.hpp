// What the statements of a script are, as the language's reference says.
#pragma once

#include <string>
#include <vector>

namespace ebb::script {

// A line of the table in language.md.
struct StatementHelp {
  std::vector<std::string> keywords;  // "output", "cost", "metric"; none of an assignment
  std::string form;                   // "input x[SHAPE], target y[SHAPE]"
  std::string meaning;                // may have code between backticks
};

// In the reference's order.
const std::vector<StatementHelp>& statement_help();
// What the reference says of the layout: a paragraph, then items that begin with "- "; each a line.
std::vector<std::string> layout_help();
// Null where no statement begins with that word.
const StatementHelp* find_statement_help(const std::string& keyword);

}  // namespace ebb::script
