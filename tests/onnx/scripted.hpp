// Nodes of ONNX that are a function, a cost, a layer or an update rule of Ebb: what its script
// library calls so, in a script of a few lines.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/script/model.hpp"
#include "tests/onnx/attributes.hpp"
#include "tests/onnx/computation.hpp"

namespace ebb::test::onnx {

// Whether the model is one such node, and a script can say it.
bool is_scripted(const Model& model, const std::vector<Literal>& inputs);

class Scripted : public NodeAttributes {
 public:
  // Brings the dimensions of what is expected into Ebb's order. Throws std::runtime_error for what
  // the script cannot say, NotCovered for what Ebb's layer does not have.
  Scripted(const Model& model, const std::vector<Literal>& inputs, std::vector<Literal>& expected);

  Computation& computation() { return *computation_; }

  // For those that write the script.
  std::size_t inputs() const { return inputs_.size(); }
  const Array& input(std::size_t i) const { return inputs_.at(i).array; }
  double number(std::size_t i) const { return input(i).at(0); }
  using NodeAttributes::integers;
  Dims integers(std::size_t i) const;
  std::vector<Literal>& expected() { return expected_; }
  // Elaborates the script. Its values are then found by name, the next value of a state as `v'`.
  void script(const std::string& text, bool training);
  // Lets the optimizer stage work on these gradients. Then `w'` and `w/v'` are next values, too.
  void update(const Values& gradients);
  ebb::Model& model() { return *model_; }
  Value value(const std::string& name) const;
  void set(const std::string& name, const Array& array) { computation_->set(value(name), array); }
  void give(Value output) { computation_->outputs.push_back(output); }

 private:
  void name_states(const std::vector<State>& states);

  const std::vector<Literal>& inputs_;
  std::vector<Literal>& expected_;
  std::unique_ptr<ebb::Model> model_;
  std::unique_ptr<Computation> computation_;
  std::map<std::string, Value> names_;
};

// How scripts write numbers and shapes.
std::string literal(double number);
std::string literal(const Dims& dims);

// What writes the script of a node. `fits` says of which nodes it can; a script has no values
// without elements.
struct Script {
  void (*write)(Scripted&) = nullptr;
  bool (*fits)(const Node&, const std::vector<Literal>& inputs) = nullptr;  // null: all
};
// By ONNX's names of the ops.
using Scripts = std::map<std::string, Script>;

// The parts of it, a file each.
void script_functions(Scripts& scripts);
void script_layers(Scripts& scripts);
void script_costs(Scripts& scripts);
void script_update_rules(Scripts& scripts);

}  // namespace ebb::test::onnx
