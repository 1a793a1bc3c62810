// What stands in the shapes of a drawing, and how they look.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/core/graph.hpp"

namespace ebb {

// As Graphviz reads a string.
std::string in_quotes(std::string_view text);

// Labels in the HTML that Graphviz knows.
std::string html(std::string_view text);
std::string bold(const std::string& html);
std::string small(const std::string& html);
// One below the other.
std::string lines_html(const std::vector<std::string>& lines);

// The texts, or how many there are of more than three: "15 parameter arrays".
std::string counted(const std::vector<std::string>& texts, const std::string& what,
                    const char* between = ", ");
// "12 steps: 0–9, 40, 52", or from the first to the last one where these are many ranges.
std::string steps_text(const std::vector<std::size_t>& steps);
// "∂ dense(x, 30) a[0]", in HTML.
std::string call_title(const std::string& text, const std::string& name, bool derived);

// A kind of shape: Graphviz' attributes of it, but for the label.
enum class Look {
  op,
  derived_op,
  layer,
  derived_layer,
  function,
  parameter,
  state,
  input,
  target,
  constant,
  output,
  cost,
  metric,
  update
};
std::string attributes_of(Look look);
// Of a folded call.
Look look_of_call(bool layer, bool derived);
// The same of the frame around a call, and of an edge.
std::string frame_attributes(bool layer, bool derived);
std::string edge_attributes(bool per_sample, bool derived);
// Of the whole drawing, with what stands below it. One of many shapes is laid out in seconds, with
// straight lines, which otherwise takes many minutes.
std::string drawing_attributes(const std::string& caption, std::size_t shapes);

// "[30, 784]", "int[8]"; of a scalar "int", and nothing where it is real.
std::string shape_text(const Type& type);

// What the op of a node does, by the notation of its record: "σ(z)", "• + b"; operands without a
// name are bullets, or are numbered where their order counts, as `mark` says.
class OpLabel {
 public:
  // `prefix` is what names of the place begin with, which are shown without it: "a[0]."; `names`
  // are those of values that have none.
  OpLabel(const Graph& graph, NodeId node, std::string prefix,
          const std::map<Value, std::string>* names = nullptr);
  std::string formula() const;
  // "stride = 2": attributes that differ from the record's defaults and are not in the notation.
  std::vector<std::string> attributes() const;
  // How the operand is numbered: "②"; "" where it is not.
  std::string mark(Value operand) const;

 private:
  const Graph& graph_;
  NodeId node_;
  std::string name(Value operand) const;

  std::string prefix_;
  const std::map<Value, std::string>* names_;
  std::vector<Value> unnamed_;
  bool numbered_ = false;
};

// The name of a value, without the prefix; "" where it has none.
std::string short_name(const Graph& graph, Value value, const std::string& prefix);
// A constant that formulas show as a number.
bool is_number(const Graph& graph, Value value);

}  // namespace ebb
