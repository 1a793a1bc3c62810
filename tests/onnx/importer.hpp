// A model of ONNX as a graph of Ebb.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "graph/core/evaluate.hpp"
#include "graph/core/graph.hpp"
#include "tests/onnx/computation.hpp"
#include "tests/onnx/model.hpp"

namespace ebb::test::onnx {

using Dims = std::vector<std::int64_t>;

// A model is about something that Ebb does not have.
struct NotCovered : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One node of a model while it is translated.
class Call {
 public:
  Call(Graph& graph, Evaluator& known, const Node& node, std::vector<Value> inputs)
      : graph_(graph), known_(known), node_(node), inputs_(std::move(inputs)) {}

  // Inputs; those left out are none. Values have the dimensions of one sample, where they are per
  // sample.
  std::size_t inputs() const { return inputs_.size(); }
  bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i]; }
  Value operator[](std::size_t i) const { return inputs_.at(i); }
  const Values& all() const { return inputs_; }
  std::size_t outputs() const { return node_.outputs.size(); }

  Dims dims(Value value) const;
  std::int64_t rank(Value value) const { return static_cast<std::int64_t>(dims(value).size()); }
  const Type& type(Value value) const { return graph_.type(value); }
  // What a value is: for shapes, axes and the like, which are attributes here and inputs there.
  std::vector<double> numbers(std::size_t input) const;
  Dims integers(std::size_t input) const;

  // Attributes. One that nobody asks for makes the translation fail.
  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
  double real(std::string_view attribute, double fallback) const;
  std::string text(std::string_view attribute, const std::string& fallback) const;
  Dims integers(std::string_view attribute, const Dims& fallback) const;
  const Literal* tensor(std::string_view attribute) const;
  // Attributes that mean nothing here, or say again what the inputs say.
  void ignore(std::string_view attribute) const { find(attribute); }
  // The first attribute that nobody asked for, or "".
  std::string unread() const;

  // A node of Ebb. An op that the registry lacks is NotCovered.
  Value add(std::string_view op, const Values& inputs, const NamedAttrs& attrs = {}) const;
  Value constant(double number) const { return graph_.constant(number); }
  Value constant(const Array& array) const;
  Value whole(std::int64_t number) const;
  // Ebb aligns shapes at the first dimension, NumPy at the last: dimensions of 1 are put before
  // until all values have the rank of the highest.
  Values aligned(Values values) const;
  Value reshaped(Value value, const Dims& dims) const;
  Value convert(Value value, DType dtype) const;
  // A dimension that may count from the last (-1) as one that counts from 0.
  std::int64_t dim(std::int64_t axis, std::int64_t rank) const;
  Dims all_dims(Dims axes, std::int64_t rank) const;

 private:
  const Attribute* find(std::string_view name) const;

  Graph& graph_;
  Evaluator& known_;
  const Node& node_;
  Values inputs_;
  mutable std::set<std::string, std::less<>> read_;
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
