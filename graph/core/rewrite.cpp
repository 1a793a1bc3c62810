#include "graph/core/rewrite.hpp"

#include <algorithm>
#include <cmath>
#include <ebb/random.hpp>
#include <set>

#include "graph/core/evaluate.hpp"

namespace ebb {

namespace {

// A number in a pattern is real; the attribute may be whole.
bool equal_attr(const Attr& have, const Attr& wanted) {
  const auto* whole = std::get_if<std::int64_t>(&have);
  const auto* real = std::get_if<double>(&wanted);
  return have == wanted || (whole && real && static_cast<double>(*whole) == *real);
}

// Attributes that the pattern does not name must have their defaults, as what it builds has.
bool same_attributes(const OpDef& op, const NamedAttrs& wanted, const Attributes* have) {
  for (std::size_t i = 0; i < op.attrs.size(); ++i) {
    const AttrDef& def = op.attrs[i];
    const auto named = std::ranges::find(wanted, def.name, &NamedAttrs::value_type::first);
    if (named == wanted.end() ? def.fallback && !equal_attr((*have)[i], *def.fallback)
                              : !equal_attr((*have)[i], named->second))
      return false;
  }
  return true;
}

bool match_arguments(const Graph& graph, const Pattern& pattern, const Graph::Inputs& inputs,
                     bool swapped, Bindings& bindings) {
  Bindings trial = bindings;
  const std::size_t n = inputs.size();
  for (std::size_t i = 0; i < n; ++i)
    if (!match(graph, pattern.arguments[i], inputs[swapped ? n - 1 - i : i], trial)) return false;
  bindings = std::move(trial);
  return true;
}

void collect_variables(const Pattern& pattern, std::set<std::string>& names) {
  if (pattern.kind == Pattern::Kind::variable) names.insert(pattern.variable);
  for (const Pattern& argument : pattern.arguments) collect_variables(argument, names);
}

// Numbers for one trial: on the whole line, in (0, 1), or positive, for patterns with logarithms
// and roots.
double draw(const sdk::RandomStream& stream, std::uint64_t i, int range) {
  switch (range) {
    case 0:
      return 1.5 * stream.normal(i);
    case 1:
      return stream.uniform(i);
    default:
      return std::exp(stream.normal(i));
  }
}

struct Trial {
  Type type;
  int range;
};

std::string list(const Bindings& bindings, Evaluator& evaluate, std::int64_t i) {
  std::string text;
  for (const auto& [name, value] : bindings) {
    const Tensor& tensor = evaluate(value);
    const auto n = tensor.elements_per_sample() * tensor.samples();
    text += (text.empty() ? "" : ", ") + name + " = " + std::to_string(tensor.at(i < n ? i : 0));
  }
  return text;
}

// Compares both sides for one choice of types and numbers; returns how many elements could be
// compared.
std::int64_t compare(const Rewrite& rewrite, const OpRegistry& registry, const Trial& trial) {
  Graph graph(registry);
  std::set<std::string> names;
  collect_variables(rewrite.from, names);
  Bindings bindings;
  for (const auto& name : names) bindings[name] = graph.input(name, trial.type);
  Value left, right;
  try {
    left = build(graph, rewrite.from, bindings, rewrite.at);
    right = build(graph, rewrite.to, bindings, rewrite.at);
  } catch (const OpError&) {
    return 0;
  }
  const auto fail = [&](const std::string& why) {
    throw UserError(
        {Severity::error, "this rewrite is not an identity: " + why, rewrite.at, {}, {}});
  };
  if (!(graph.type(left) == graph.type(right)))
    fail("for " + to_string(trial.type) + " the left side is " + to_string(graph.type(left)) +
         ", the right side " + to_string(graph.type(right)));
  // An attribute such as the width of a padding may make values too large to try.
  constexpr std::int64_t largest = 1'000'000;
  for (NodeId id = 0; id < graph.size(); ++id)
    if (graph.node(id).outputs[0].shape.elements() > largest) return 0;
  constexpr std::int64_t samples = 3;
  Evaluator evaluate(graph, Precision::f64, samples);
  std::uint64_t key = 1;
  for (const auto& [name, value] : bindings) {
    Tensor tensor(Type{DType::f64, trial.type.per_sample, trial.type.shape},
                  trial.type.per_sample ? samples : 1);
    const sdk::RandomStream stream{key++, static_cast<std::uint32_t>(trial.range), 0};
    for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
      tensor.set(i, draw(stream, static_cast<std::uint64_t>(i), trial.range));
    evaluate.set(value, tensor);
  }
  const Tensor &a = evaluate(left), &b = evaluate(right);
  std::int64_t compared = 0;
  for (std::int64_t i = 0; i < a.elements_per_sample() * a.samples(); ++i) {
    if (!std::isfinite(a.at(i)) || !std::isfinite(b.at(i))) continue;
    ++compared;
    if (std::abs(a.at(i) - b.at(i)) > 1e-9 * std::max({1.0, std::abs(a.at(i)), std::abs(b.at(i))}))
      fail("at " + list(bindings, evaluate, i) + " the left side is " + std::to_string(a.at(i)) +
           ", the right side " + std::to_string(b.at(i)));
  }
  return compared;
}

}  // namespace

bool match(const Graph& graph, const Pattern& pattern, Value value, Bindings& bindings) {
  switch (pattern.kind) {
    case Pattern::Kind::variable:
      return bindings.emplace(pattern.variable, value).first->second == value;
    case Pattern::Kind::number: {
      double number = 0;
      return uniform_constant(graph, value, number) && number == pattern.number;
    }
    case Pattern::Kind::call:
      break;
  }
  const Node& node = graph.node(value);
  if (node.op != pattern.op || !same_attributes(*node.op, pattern.attrs, node.attrs.get()))
    return false;
  const auto inputs = graph.inputs(value.node);
  if (inputs.size() != pattern.arguments.size()) return false;
  return match_arguments(graph, pattern, inputs, false, bindings) ||
         (node.op->claims_(EBB_COMMUTATIVE) &&
          match_arguments(graph, pattern, inputs, true, bindings));
}

Value build(Graph& graph, const Pattern& pattern, const Bindings& bindings, Span at) {
  switch (pattern.kind) {
    case Pattern::Kind::variable:
      return bindings.at(pattern.variable);
    case Pattern::Kind::number:
      return graph.constant(pattern.number, at);
    case Pattern::Kind::call:
      break;
  }
  std::vector<Value> arguments;
  for (const Pattern& argument : pattern.arguments)
    arguments.push_back(build(graph, argument, bindings, at));
  return graph.add(*pattern.op, arguments, pattern.attrs, at);
}

void prove(const Rewrite& rewrite, const OpRegistry& registry) {
  static const Shape shapes[] = {{}, {3}, {2, 3}, {3, 3}};
  std::int64_t compared = 0;
  for (const Shape& shape : shapes)
    for (const bool per_sample : {false, true})
      for (int range = 0; range < 3; ++range)
        compared += compare(rewrite, registry, {Type{DType::real, per_sample, shape}, range});
  if (compared == 0)
    throw UserError(
        {Severity::error,
         "this rewrite can not be proved: no values were found for which both sides are finite",
         rewrite.at,
         {},
         {}});
}

}  // namespace ebb
