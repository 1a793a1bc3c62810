// A graph as text.
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// A value that the reader looks for, under the name that it is shown by.
struct Root {
  std::string name;
  Value value;
  std::string statement = {};  // of a script: "output", "cost" or "metric"
};

// A node's attributes that differ from the record's defaults, and their values: "n", "2".
std::vector<std::pair<std::string, std::string>> chosen_attributes(const Node& node);

// The part of a graph that some values depend on, with a name for each of them: its own, or "%3".
class Listing {
 public:
  Listing(const Graph& graph, std::span<const Root> roots);

  // A line per node in topological order, "z = add(%1, b) : real[30] per sample"; numbers stand in
  // the line that uses them. Roots that are other values under another name have a line too.
  void print_text(std::ostream& out) const;

 private:
  std::string name(Value value) const;
  std::string right_side(NodeId id) const;
  bool is_number(NodeId id) const;

  const Graph& graph_;
  std::vector<Root> roots_;
  std::vector<NodeId> live_;
  std::unordered_map<Value, std::string> names_;
};

}  // namespace ebb
