// A model of ONNX as a graph of Ebb.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "graph/core/evaluate.hpp"
#include "graph/core/graph.hpp"
#include "tests/onnx/attributes.hpp"
#include "tests/onnx/computation.hpp"

namespace ebb::test::onnx {

// A model is about something that Ebb does not have.
struct NotCovered : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One node of a model while it is translated.
class Call : public NodeAttributes {
 public:
  Call(Graph& graph, Evaluator& known, const Node& node, std::vector<Value> inputs)
      : NodeAttributes(node), graph_(graph), known_(known), inputs_(std::move(inputs)) {}

  // Inputs; those left out are none. Values have the dimensions of one sample, where they are per
  // sample.
  std::size_t inputs() const { return inputs_.size(); }
  using NodeAttributes::has;
  bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i]; }
  Value operator[](std::size_t i) const { return inputs_.at(i); }
  const Values& all() const { return inputs_; }
  std::size_t outputs() const { return node().outputs.size(); }

  Dims dims(Value value) const;
  std::int64_t rank(Value value) const { return static_cast<std::int64_t>(dims(value).size()); }
  const Type& type(Value value) const { return graph_.type(value); }
  // What a value is: for shapes, axes and the like, which are attributes here and inputs there.
  std::vector<double> numbers(std::size_t input) const;
  using NodeAttributes::integers;
  Dims integers(std::size_t input) const;

  // A node of Ebb.
  Value add(std::string_view op, const Values& inputs, const NamedAttrs& attrs = {}) const {
    return graph_.add(graph_.registry().get(op), inputs, attrs);
  }
  Value constant(double number) const { return graph_.constant(number); }
  Value constant(const Array& array) const;
  Value whole(std::int64_t number) const;
  // Ebb aligns shapes at the first dimension, NumPy at the last: dimensions of 1 are put before
  // until all values have the rank of the highest.
  Values aligned(Values values) const;
  Value reshaped(Value value, const Dims& dims) const;
  Value convert(Value value, DType dtype) const;

 private:
  Graph& graph_;
  Evaluator& known_;
  Values inputs_;
};

// What makes nodes of Ebb of a node of ONNX: its outputs.
struct Translation {
  static constexpr std::int64_t never = 9;
  std::function<Values(Call&)> make;
  // The first dimension of its first input, and of its outputs, is the batch where that input has
  // at least this rank. The batch's samples are Ebb's: such a value is per sample.
  std::int64_t batch_from = never;
};
using Table = std::map<std::string, Translation, std::less<>>;

// All that is translated, by ONNX's names of the ops.
const Table& translations();

// The parts of `translations`, a file each.
void translate_elementwise(Table& table);
void translate_reductions(Table& table);
void translate_shapes(Table& table);
void translate_indexing(Table& table);
void translate_algebra(Table& table);
void translate_windows(Table& table);
void translate_losses(Table& table);

// The graph of a model, with its inputs set.
class Imported {
 public:
  // Throws NotCovered; OpError, UserError or std::runtime_error where a translation fails.
  Imported(const Model& model, const std::vector<Literal>& inputs);

  Computation& computation() { return computation_; }

 private:
  void add_input(const Model& model, const std::string& name, const Array& array);
  Values translate(const Node& node);

  Graph graph_;
  Computation computation_{graph_};
  std::map<std::string, Value, std::less<>> values_;
  std::unique_ptr<Evaluator> known_;
};

}  // namespace ebb::test::onnx
