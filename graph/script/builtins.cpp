// Functions of the language that are no ops: they look at types, names or the whole graph.
#include <algorithm>
#include <utility>

#include "graph/core/gradient.hpp"
#include "graph/core/out_of_memory.hpp"
#include "graph/script/builtins.hpp"
#include "graph/script/elaborator.hpp"

namespace ebb::script {

const std::vector<Builtin>& builtins() {
  static const std::vector<Builtin> all = {
      {"size",
       {{"x"}, {"dim", false}},
       &Elaborator::size,
       "How many elements a value, a list or a range has; with `dim`, how long a value is in that "
       "dimension. Known when the script is loaded."},
      {"shape",
       {{"x"}},
       &Elaborator::shape,
       "The sizes of a value's dimensions, a list. Known when the script is loaded."},
      {"grad",
       {{"c"}, {"x"}},
       &Elaborator::grad,
       "The gradient of the scalar c with respect to x, a value of x's type; of a list of values, "
       "a "
       "list. It is a value like any other and has gradients itself."},
      {"sample_mean",
       {{"x"}},
       &Elaborator::sample_mean,
       "The mean over the samples of the mini-batch."},
      {"parameters",
       {{"pattern"}},
       &Elaborator::parameters,
       "The parameters declared so far whose names match the pattern, such as \"*.w\"; a list."},
      {"samples",
       {{"source"}, {"range"}},
       &Elaborator::samples,
       "Some of a data source's samples: `samples(idx(\"a.gz\"), 0..50000)`."},
      {"append", {{"list"}, {"item"}}, &Elaborator::append, "The list with the item at its end."},
  };
  return all;
}

Item Elaborator::size(const ast::Call& node, const Matched& arguments) {
  const Item item = evaluate(*arguments[0]->value);
  if (const auto* interval = as<Interval>(item); interval && arguments[1] == nullptr) {
    return static_cast<double>(interval->size());
  }
  if (const auto* list = as<ListPtr>(item); list && arguments[1] == nullptr) {
    return static_cast<double>((*list)->items.size());
  }
  const Operand operand{item, arguments[0]->value.get(), nullptr};
  const Value value = to_value(operand, 0, false, "size", node.callee->span);
  const Shape shape = model_.graph.type(value).shape;
  if (arguments[1] == nullptr) return static_cast<double>(shape.elements());
  const std::int64_t dim = whole(*arguments[1]->value, "a dimension");
  if (dim < 0 || dim >= shape.rank()) {
    fail(Mistake::out_of_range, arguments[1]->value->span,
         operand_name(operand, 0) + " is " + to_string(shape) + " and has no dimension " +
             std::to_string(dim),
         {"dimensions count from 0"});
  }
  return static_cast<double>(shape[static_cast<int>(dim)]);
}

Item Elaborator::shape(const ast::Call& node, const Matched& arguments) {
  const Operand operand{evaluate(*arguments[0]->value), arguments[0]->value.get(), nullptr};
  const Value value = to_value(operand, 0, false, "shape", node.callee->span);
  auto list = std::make_shared<List>();
  for (const std::int64_t dim : model_.graph.type(value).shape.dims()) {
    list->items.emplace_back(static_cast<double>(dim));
  }
  list->elements = static_cast<std::int64_t>(list->items.size());
  return ListPtr(std::move(list));
}

Item Elaborator::grad(const ast::Call& node, const Matched& arguments) {
  const Span at = node.callee->span;
  const Operand cost{evaluate(*arguments[0]->value), arguments[0]->value.get(), nullptr};
  const Item wrt = evaluate(*arguments[1]->value);
  const auto* objective = as<Value>(cost.item);
  if (objective == nullptr) {
    fail(Mistake::argument_kind, arguments[0]->span,
         "grad takes a value of the graph, but its first argument is " + kind_of(cost.item));
  }
  const Type type = model_.graph.type(*objective);
  if (!type.shape.is_scalar() || type.dtype != DType::real) {
    fail(Mistake::gradient_of, at,
         "only a real scalar has a gradient, but " + operand_name(cost, 0) + " is " +
             to_string(type),
         {"`sum(...)` of it is a scalar"});
  }
  // A list of values gives a list of gradients, found in one traversal.
  std::vector<Value> values;
  const auto* list = as<ListPtr>(wrt);
  if (list != nullptr) {
    for (const Item& item : (*list)->items) {
      values.push_back(differentiable(item, cost, *arguments[1], at));
    }
  } else {
    values.push_back(differentiable(wrt, cost, *arguments[1], at));
  }
  check_graph_size(at);
  std::vector<Value> results;
  try {
    results = gradients(model_.graph, *objective, values, OverSamples::sum, 1, &model_.origins);
  } catch (const UserError& error) {
    // An op's rule does not know what it is that there is no memory for.
    if (error.diagnostic().message.starts_with(out_of_memory))
      stop(Mistake::gradient_of, at,
           "the gradient has grown to a graph of " + std::to_string(model_.graph.size()) +
               " nodes, and there is no memory for more" + memory_that_ended(),
           "gradients of gradients grow with each; fewer of them will do");
    fail_with(Mistake::gradient_of, error, at);
  }
  if (list == nullptr) return results[0];
  auto items = std::make_shared<List>();
  items->items.assign(results.begin(), results.end());
  items->elements = static_cast<std::int64_t>(results.size());
  return ListPtr(std::move(items));
}

// What grad is taken with respect to.
Value Elaborator::differentiable(const Item& item, const Operand& cost,
                                 const ast::Argument& argument, Span at) {
  const auto* value = as<Value>(item);
  if (value == nullptr) {
    fail(Mistake::gradient_with_respect_to, argument.span,
         "grad is taken with respect to a value of the graph, not " + kind_of(item));
  }
  const Operand operand{item, argument.value.get(), nullptr};
  const Type& type = model_.graph.type(*value);
  const std::string name = operand_name(operand, 1);
  if (type.dtype != DType::real) {
    fail(Mistake::gradient_with_respect_to, argument.span,
         "grad is taken with respect to a real value, but " + name + " is " + to_string(type));
  }
  if (model_.graph.type(std::get<Value>(cost.item)).per_sample && !type.per_sample) {
    const std::string c = operand_name(cost, 0);
    fail(Mistake::gradient_per_sample, at,
         c + " differs from sample to sample, but " + name + " is shared by all",
         {"`grad(sample_mean(" + c + "), " + name + ")` is the gradient of the mean"});
  }
  return *value;
}

// The sum over the samples times 1/n.
Item Elaborator::sample_mean(const ast::Call& node, const Matched& arguments) {
  const Span at = node.callee->span;
  const Operand operand{evaluate(*arguments[0]->value), arguments[0]->value.get(), nullptr};
  const Operand value{to_value(operand, 0, false, "sample_mean", at), operand.source, nullptr};
  if (!model_.graph.type(std::get<Value>(value.item)).per_sample) {
    fail(Mistake::shared_value, at,
         "sample_mean: there is nothing to average: " + operand_name(operand, 0) +
             " is shared by all samples");
  }
  const auto& core = registry_.core();
  const Value sum = add_node(*core.sample_sum, {value}, {}, at);
  const Value weight = add_node(*core.sample_weight, {}, {}, at);
  return add_node(*core.mul, {{sum, nullptr, nullptr}, {weight, nullptr, nullptr}}, {}, at);
}

Item Elaborator::parameters(const ast::Call&, const Matched& arguments) {
  const ast::Expression& argument = *arguments[0]->value;
  const Item item = evaluate(argument);
  const auto* pattern = as<std::string>(item);
  if (pattern == nullptr) {
    fail(Mistake::argument_kind, argument.span,
         "a pattern is a string such as \"*.w\", not " + kind_of(item));
  }
  auto list = std::make_shared<List>();
  for (const Parameter& parameter : model_.parameters) {
    if (!matches(*pattern, parameter.name)) continue;
    const auto record = records_.find(parameter.value);
    if (record != records_.end()) assignments_[record->second].used = true;
    list->items.emplace_back(parameter.value);
  }
  if (list->items.empty()) {
    if (errors_ > 0) throw Poisoned();
    std::string hint = model_.parameters.empty() ? "there are no parameters yet" : "there are";
    for (std::size_t i = 0; i < model_.parameters.size() && i < 8; ++i) {
      hint += (i == 0 ? " " : ", ") + model_.parameters[i].name;
    }
    fail(Mistake::pattern_matches, argument.span, "no parameter matches " + ast::quoted(*pattern),
         {hint});
  }
  list->elements = static_cast<std::int64_t>(list->items.size());
  return ListPtr(std::move(list));
}

// The list with one more item at its end.
Item Elaborator::append(const ast::Call& node, const Matched& arguments) {
  const Item item = evaluate(*arguments[0]->value);
  const auto* list = as<ListPtr>(item);
  if (list == nullptr) {
    fail(Mistake::argument_kind, arguments[0]->span,
         "append takes a list and an item, but its first argument is " + kind_of(item));
  }
  count_copied(node.callee->span, static_cast<std::int64_t>((*list)->items.size()));
  auto result = std::make_shared<List>(**list);
  add_to(*result, evaluate(*arguments[1]->value), node.callee->span);
  return ListPtr(std::move(result));
}

// samples(SOURCE, 0..50000): a part of the source's samples.
Item Elaborator::samples(const ast::Call&, const Matched& arguments) {
  const Item item = evaluate(*arguments[0]->value);
  const auto* source = as<SourcePtr>(item);
  if (source == nullptr) {
    fail(Mistake::argument_kind, arguments[0]->span,
         "samples takes a data source, but this is " + kind_of(item),
         as<Value>(item) != nullptr
             ? std::vector<std::string>{"take the samples first: `samples(SOURCE, 0..100) / 255`"}
             : std::vector<std::string>{});
  }
  const Item range = evaluate(*arguments[1]->value);
  const auto* part = as<Interval>(range);
  if (part == nullptr) {
    fail(Mistake::sample_range, arguments[1]->span,
         "samples are selected by a range such as 0..100, not by " + kind_of(range),
         {"`0..N` selects the first N"});
  }
  if (part->first < 0 || part->size() == 0 || part->last > (*source)->samples) {
    fail(Mistake::sample_range, arguments[1]->span,
         "samples " + std::to_string(part->first) + ".." + std::to_string(part->last) +
             " are not there: the source has " + std::to_string((*source)->samples),
         {"they are numbered from 0, and the end of a range is not in it"});
  }
  auto result = std::make_shared<Source>(**source);
  result->samples = part->size();
  const std::string suffix =
      "[" + std::to_string(part->first) + ".." + std::to_string(part->last) + "]";
  for (Source::Column& column : result->columns) {
    column.key += suffix;
    Array& array = column.samples.array;
    const auto rows = static_cast<std::size_t>(array.dims[0]);
    const auto offset = array.size_bytes() / rows * static_cast<std::size_t>(part->first);
    if (array.bytes) array.bytes = {array.bytes, array.bytes.get() + offset};
    column.samples.first += part->first;
    array.dims[0] = part->size();
  }
  return SourcePtr(std::move(result));
}

}  // namespace ebb::script

namespace ebb {

std::vector<LanguageFunction> language_functions() {
  std::vector<LanguageFunction> functions;
  for (const script::Builtin& builtin : script::builtins()) {
    std::string formals;
    for (const auto& [name, required] : builtin.formals)
      formals += (formals.empty() ? "" : ", ") + (required ? name : "[" + name + "]");
    functions.push_back({builtin.name, builtin.name + ("(" + formals + ")"), builtin.doc});
  }
  return functions;
}

}  // namespace ebb
