#include "tests/onnx/importer.hpp"

#include <algorithm>

#include "tests/support/registry.hpp"

namespace ebb::test::onnx {

Dims Call::dims(Value value) const {
  const auto dims = graph_.type(value).shape.dims();
  return {dims.begin(), dims.end()};
}

std::vector<double> Call::numbers(std::size_t input) const {
  const Array array = to_array(known_(inputs_.at(input)));
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < array.elements(); ++i) numbers.push_back(array.at(i));
  return numbers;
}

Dims Call::integers(std::size_t input) const {
  const Array whole = ebb::convert(to_array(known_(inputs_.at(input))), DType::i64);
  return {whole.data<std::int64_t>(), whole.data<std::int64_t>() + whole.elements()};
}

Value Call::constant(const Array& array) const {
  const bool real = array.dtype == DType::f32 || array.dtype == DType::f64;
  const DType dtype = real ? DType::f64 : array.dtype;
  return graph_.constant(to_tensor(ebb::convert(array, dtype), {dtype, false, Shape(array.dims)}));
}

Value Call::whole(std::int64_t number) const {
  Array array = Array::make(DType::i64, {});
  *array.data<std::int64_t>() = number;
  return constant(array);
}

Values Call::aligned(Values values) const {
  std::int64_t highest = 0;
  for (const Value value : values) highest = std::max(highest, rank(value));
  for (Value& value : values) {
    Dims wider = dims(value);
    if (wider.empty()) continue;  // a scalar meets anything
    wider.insert(wider.begin(), static_cast<std::size_t>(highest - rank(value)), 1);
    value = reshaped(value, wider);
  }
  return values;
}

Value Call::reshaped(Value value, const Dims& wanted) const {
  return dims(value) == wanted ? value : add("reshape", {value}, {{"shape", wanted}});
}

Value Call::convert(Value value, DType dtype) const {
  if (type(value).dtype == dtype) return value;
  return add("convert", {value}, {{"dtype", static_cast<std::int64_t>(dtype)}});
}

const Table& translations() {
  static const Table all = [] {
    Table table;
    translate_elementwise(table);
    translate_reductions(table);
    translate_shapes(table);
    translate_indexing(table);
    translate_algebra(table);
    translate_windows(table);
    translate_losses(table);
    return table;
  }();
  return all;
}

namespace {

const Translation& translation(const Node& node) {
  const auto found = translations().find(node.op);
  if (found == translations().end()) throw NotCovered("Ebb has no " + node.op);
  return found->second;
}

// Whether the first dimension of this input is the batch.
bool is_batch(const Model& model, const std::string& input, const Array& array) {
  const auto rank = static_cast<std::int64_t>(array.dims.size());
  return std::ranges::any_of(model.nodes, [&](const Node& node) {
    return !node.inputs.empty() && node.inputs[0] == input && rank >= translation(node).batch_from;
  });
}

}  // namespace

Imported::Imported(const Model& model, const std::vector<Literal>& inputs) : graph_(registry()) {
  for (const Node& node : model.nodes) translation(node);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_batch(model, model.inputs.at(i).name, inputs[i].array))
      computation_.samples = inputs[i].array.dims.at(0);
  known_ = std::make_unique<Evaluator>(graph_, Precision::f64, computation_.samples);
  for (const Literal& literal : model.initializers) add_input(model, literal.name, literal.array);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    add_input(model, model.inputs[i].name, inputs[i].array);
  for (const Node& node : model.nodes) {
    const Values made = translate(node);
    if (made.size() < node.outputs.size())
      throw NotCovered(node.op + "'s output " + std::to_string(made.size() + 1));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) values_[node.outputs[i]] = made[i];
  }
  for (const Port& output : model.outputs) computation_.outputs.push_back(values_.at(output.name));
}

void Imported::add_input(const Model& model, const std::string& name, const Array& array) {
  const bool batch = is_batch(model, name, array);
  const bool real = array.dtype == DType::f32 || array.dtype == DType::f64;
  const Shape shape(std::span(array.dims).subspan(batch ? 1 : 0));
  const Value value = graph_.input(name, {real ? DType::real : array.dtype, batch, shape});
  computation_.set(value, array);
  known_->set(value, computation_.leaves.back().tensor);
  values_[name] = value;
}

Values Imported::translate(const Node& node) {
  Values inputs;
  for (const std::string& input : node.inputs)
    inputs.push_back(input.empty() ? Value{} : values_.at(input));
  Call call(graph_, *known_, node, std::move(inputs));
  Values made = translation(node).make(call);
  call.check_all_read();
  return made;
}

}  // namespace ebb::test::onnx
