#include "tests/onnx/scripted.hpp"

#include <stdexcept>

#include "tests/onnx/importer.hpp"
#include "tests/support/model.hpp"

namespace ebb::test::onnx {

namespace {

const Scripts& scripts() {
  static const Scripts all = [] {
    Scripts scripts;
    script_functions(scripts);
    script_layers(scripts);
    script_costs(scripts);
    script_update_rules(scripts);
    return scripts;
  }();
  return all;
}

}  // namespace

std::string literal(double number) { return to_string(Attr(number)); }

std::string literal(const Dims& dims) { return to_string(Attr(dims)); }

bool is_scripted(const Model& model, const std::vector<Literal>& inputs) {
  if (model.nodes.size() != 1 || !scripts().contains(model.nodes[0].op)) return false;
  for (const Literal& input : inputs)
    if (input.array.elements() == 0) return false;
  const Script& script = scripts().at(model.nodes[0].op);
  return script.fits == nullptr || script.fits(model.nodes[0], inputs);
}

Scripted::Scripted(const Model& model, const std::vector<Literal>& inputs,
                   std::vector<Literal>& expected)
    : NodeAttributes(model.nodes.at(0)), inputs_(inputs), expected_(expected) {
  scripts().at(node().op).write(*this);
  check_all_read();
}

Dims Scripted::integers(std::size_t i) const {
  const Array whole = convert(input(i), DType::i64);
  return {whole.data<std::int64_t>(), whole.data<std::int64_t>() + whole.elements()};
}

void Scripted::script(const std::string& text, bool training) {
  ElaborateOptions options;
  options.training = training;
  Diagnostics diagnostics;
  model_ = elaborate_text("onnx.ebb", text, {}, with_sources(), options, diagnostics);
  if (!model_) throw std::runtime_error(diagnostics.all().at(0).message);
  computation_ = std::make_unique<Computation>(model_->graph);
  name_states(model_->states);
}

void Scripted::update(const Values& gradients) {
  const std::vector<Update> updates = model_->optimizer(*model_, gradients);
  for (std::size_t i = 0; i < updates.size(); ++i) {
    names_[model_->parameters[i].name + "'"] = updates[i].next;
    name_states(updates[i].states);
  }
}

void Scripted::name_states(const std::vector<State>& states) {
  for (const State& state : states) {
    names_[state.name] = state.value;
    names_[state.name + "'"] = state.next;
  }
}

Value Scripted::value(const std::string& name) const {
  const auto found = names_.find(name);
  return found != names_.end() ? found->second : model_->names.at(name);
}

}  // namespace ebb::test::onnx
