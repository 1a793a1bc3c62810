// Statements that say what the model is made of: options, inputs, parameters, states, results.
#include <algorithm>
#include <ebb/random.hpp>
#include <utility>

#include "graph/core/gradient.hpp"
#include "graph/script/characters.hpp"
#include "graph/script/elaborator.hpp"
#include "graph/script/option_text.hpp"

namespace ebb::script {

namespace {

std::vector<std::int64_t> dims_of(const Shape& shape) {
  return {shape.dims().begin(), shape.dims().end()};
}

// A leaf, other than constants, that the value depends on; none where there is none.
NodeId leaf_below(const Graph& graph, Value value) {
  std::vector<NodeId> stack{value.node};
  std::unordered_set<NodeId> seen{value.node};
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    const OpDef* op = graph.node(id).op;
    if (op->leaf && op != graph.registry().core().constant) return id;
    for (const Value input : graph.inputs(id)) {
      if (seen.insert(input.node).second) stack.push_back(input.node);
    }
  }
  return Value::none;
}

std::variant<double, std::string, bool> option_variant(const Item& item) {
  if (const auto* number = as<double>(item)) return *number;
  if (const auto* truth = as<bool>(item)) return *truth;
  return std::get<std::string>(item);
}

// Parameters that are reported together, and the places where they are declared.
struct NotReached {
  std::vector<std::string> names;
  std::vector<Span> places;
};

// Those of a call of a layer together, and calls that lack the same ones of the same layer. Those
// of a layer of the library stand where it is called.
std::vector<NotReached> by_layer(const std::vector<const Parameter*>& parameters) {
  const auto same_place = [](const Span& a, const Span& b) {
    return a.file == b.file && a.begin == b.begin;
  };
  std::vector<NotReached> calls, layers;
  std::string layer;
  for (const Parameter* parameter : parameters) {
    const std::size_t dot = parameter->name.rfind('.');
    const std::string own = dot == std::string::npos ? "" : parameter->name.substr(0, dot);
    const bool same = !calls.empty() && ((!own.empty() && own == layer) ||
                                         same_place(calls.back().places.back(), parameter->span));
    if (!same) calls.emplace_back();
    layer = own;
    NotReached& call = calls.back();
    call.names.push_back(parameter->name);
    if (call.places.empty() || !same_place(call.places.back(), parameter->span))
      call.places.push_back(parameter->span);
  }
  for (NotReached& call : calls) {
    const auto before = std::ranges::find_if(layers, [&](const NotReached& other) {
      return std::ranges::equal(other.places, call.places, same_place);
    });
    if (before == layers.end())
      layers.push_back(std::move(call));
    else
      before->names.insert(before->names.end(), call.names.begin(), call.names.end());
  }
  return layers;
}

}  // namespace

void Elaborator::execute(const ast::Statement&, const ast::Option& node) {
  check_free(node.name, "an option");
  if (is_command_line_flag(node.name.text)) {
    fail(Mistake::option_is_flag, node.name.span,
         "an option cannot be called `" + node.name.text + "`: --" + node.name.text +
             " is a flag of the command line",
         {"choose another name"});
  }
  const Item fallback = evaluate(*node.value);
  if (!as<double>(fallback) && !as<bool>(fallback) && !as<std::string>(fallback)) {
    fail(Mistake::option_kind, node.value->span,
         "an option is a number, a string or a boolean, not " + kind_of(fallback),
         {"what the command line need not change is a value: `" + node.name.text + " = ...`"});
  }
  const Item item = option_value(node, fallback);
  model_.options.push_back(
      {node.name.text, node.help, option_variant(fallback), option_variant(item), node.name.span});
  now_->scope->set(node.name.text, {item, BindingKind::option, node.name.span});
}

// What the command line says, the last time that it does, else the default.
Item Elaborator::option_value(const ast::Option& node, const Item& fallback) {
  const auto given = std::find_if(options_.options.rbegin(), options_.options.rend(),
                                  [&](const auto& entry) { return entry.first == node.name.text; });
  if (given == options_.options.rend()) return fallback;
  const SourceFile& text = files_.add_text("--" + node.name.text, given->second);
  const auto size = static_cast<std::uint32_t>(given->second.size());
  if (const auto valid = static_cast<std::uint32_t>(valid_length(given->second)); valid < size) {
    fail(Mistake::not_utf8, {&text, valid, valid + 1}, invalid_byte(given->second[valid]),
         {"options are UTF-8 text"});
  }
  const Span at{&text, 0, size};
  const auto item = parse_option(given->second, fallback);
  if (!item) {
    fail(Mistake::option_kind, at,
         "`" + node.name.text + "` is " + kind_of(fallback) + ", but `" + given->second +
             "` is none",
         {{as<double>(fallback) ? "its default is " + text_of(fallback, nullptr)
                                : "write `true` or `false`"},
          {{node.name.span, "declared here"}}});
  }
  return *item;
}

// Options that the command line gives and no statement declares.
void Elaborator::check_options() {
  std::vector<std::string> names;
  for (const ModelOption& option : model_.options) names.push_back(option.name);
  for (const auto& [name, value] : options_.options) {
    if (std::ranges::find(names, name) != names.end()) continue;
    if (Binding* bound = globals_->find_here(name); bound && bound->kind == BindingKind::option) {
      continue;  // its statement is faulty
    }
    const SourceFile& text = files_.add_text("--" + name, value);
    const std::string near = nearest(name, names);
    report({Severity::error,
            "the script has no option `" + name + "`",
            {&text, 0, 0},
            {},
            near.empty() ? std::vector<std::string>{}
                         : std::vector<std::string>{"did you mean --" + near + "?"}});
  }
}

Shape Elaborator::shape_of(const std::string& name, const std::vector<ast::ExpressionPtr>& dims) {
  std::vector<std::int64_t> sizes;
  for (const auto& dim : dims) {
    const std::int64_t size = whole(*dim, "a size of `" + name + "`");
    if (size < 1) {
      fail(Mistake::impossible_shape, dim->span,
           "a size is at least 1, but this one of `" + name + "` is " + std::to_string(size));
    }
    sizes.push_back(size);
  }
  if (sizes.size() > static_cast<std::size_t>(Shape::max_rank)) {
    fail(Mistake::impossible_shape, dims[Shape::max_rank]->span,
         "`" + name + "` has " + std::to_string(sizes.size()) +
             " dimensions; a value has at most 8");
  }
  if (!is_valid_shape(sizes)) {
    fail(Mistake::impossible_shape, dims[0]->span,
         "`" + name + "` has too many elements; a value has at most 2^40");
  }
  return Shape(std::span<const std::int64_t>(sizes));
}

void Elaborator::execute(const ast::Statement&, const ast::Input& node) {
  check_free(node.name, node.target ? "a target" : "an input");
  check_graph_size(node.name.span);
  const Shape shape = shape_of(node.name.text, node.shape);
  const Value value = model_.graph.input(node.name.text, {node.type, true, shape}, node.name.span);
  name_value(node.name.text, value);
  model_.inputs.push_back({node.name.text, value, node.target, node.name.span});
  now_->scope->set(node.name.text,
                   {value, node.target ? BindingKind::target : BindingKind::input, node.name.span});
}

void Elaborator::execute(const ast::Statement&, const ast::Param& node) {
  check_free(node.name, "a parameter");
  check_graph_size(node.name.span);
  const Shape shape = shape_of(node.name.text, node.shape);
  const std::string name = now_->names->qualify(node.name.text);
  const Value init = initial_value(*node.init, name, shape);
  const Value value = model_.graph.variable(name, {DType::real, false, shape}, node.name.span);
  name_value(node.name.text, value);
  const CallFrame* const library_call = call_of_embedded(node.name.span);
  model_.parameters.push_back(
      {name, value, init, library_call != nullptr ? library_call->at : node.name.span});
  now_->scope->set(node.name.text, {value, BindingKind::parameter, node.name.span});
}

void Elaborator::execute(const ast::Statement&, const ast::State& node) {
  check_free(node.name, "a state");
  check_graph_size(node.name.span);
  const bool of_rule = now_->rule != nullptr;
  const Shape shape =
      of_rule && !node.shaped ? now_->rule_type.shape : shape_of(node.name.text, node.shape);
  const std::string name =
      of_rule ? now_->state_prefix + node.name.text : now_->names->qualify(node.name.text);
  const Value init = initial_value(*node.init, name, shape);
  const Value value = model_.graph.variable(name, {DType::real, false, shape}, node.name.span);
  intervals_.set(value, {.known = false});
  if (of_rule) {
    model_.graph.set_name(value, name);
    model_.names.insert_or_assign(name, value);
  } else {
    name_value(node.name.text, value);
  }
  now_->own_states[node.name.text] = now_->states->size();
  now_->states->push_back({name,
                           value,
                           init,
                           {},
                           node.name.span,
                           now_->rule != nullptr ? now_->rule->name.text : std::string()});
  now_->scope->set(node.name.text, {value, BindingKind::state, node.name.span});
}

Value Elaborator::initial_value(const ast::Expression& init, const std::string& name,
                                const Shape& shape) {
  const Span at = init.span;
  const Item item = evaluate(init);
  if (const auto* initializer = as<InitializerPtr>(item)) {
    return initialize(**initializer, name, shape, at);
  }
  if (const auto* function = as<FunctionPtr>(item)) {
    const auto* op = std::get_if<const OpDef*>(&(*function)->body);
    if (op != nullptr && (*op)->kind == EBB_KIND_INITIALIZER) {
      return initialize({*op, {}}, name, shape, at);
    }
  }
  Value value = to_value({item, &init, nullptr}, 0, false, "an initial value", at);
  if (model_.graph.type(value).dtype != DType::real) value = convert(value, DType::real, at);
  if (const NodeId leaf = leaf_below(model_.graph, value); leaf != Value::none) {
    fail(Mistake::initial_value, at,
         "an initial value is made of constants, but this one depends on " +
             *model_.graph.name({leaf, 0}),
         {"for example `zeros`, or `normal(0, 0.1)`"});
  }
  const Shape& own = model_.graph.type(value).shape;
  if (own == shape) return value;
  if (!own.is_scalar()) {
    fail(Mistake::initial_value, at,
         "`" + name + "` is " + to_string(shape) + ", but its initial value is " + to_string(own),
         {"an initial value has the shape of the parameter, or is one number for all elements"});
  }
  return broadcast_to(value, shape, at);
}

Value Elaborator::initialize(const Initializer& initializer, const std::string& name,
                             const Shape& shape, Span at) {
  NamedAttrs attrs = initializer.attrs;
  attrs.emplace_back("shape", dims_of(shape));
  attrs.emplace_back("key", random_key_for(name));
  return add_node(*initializer.op, {}, attrs, at);
}

Value Elaborator::broadcast_to(Value value, const Shape& shape, Span at) {
  if (model_.graph.type(value).shape == shape) return value;
  return add_node(*registry_.core().broadcast, {{value, nullptr, nullptr}},
                  {{"shape", dims_of(shape)}}, at);
}

// The value of an output, a cost or a metric.
Value Elaborator::result_value(const ast::Expression& expression, const char* what) {
  const Item item = evaluate(expression);
  const auto* value = as<Value>(item);
  if (value == nullptr) {
    fail(Mistake::result_kind, expression.span,
         std::string(what) + " is a value of the graph, but this is " + kind_of(item),
         as<double>(item) ? Advice{"an input or a parameter must be in it"} : Advice());
  }
  return *value;
}

// By which name a result without one is reported; "" where nothing in it has one.
std::string Elaborator::result_name(const ast::Expression& expression) const {
  if (is_scoped_name(expression)) return to_source(expression);
  if (const auto* call = expression.as<ast::Call>()) return result_name(*call->callee);
  return "";
}

void Elaborator::execute(const ast::Statement&, const ast::Output& node) {
  const Value value = result_value(*node.value, "an output");
  std::string name = result_name(*node.value);
  if (name.empty()) name = "output";
  const Span at = node.value->span;
  const auto before = std::ranges::find(model_.outputs, name, &NamedValue::name);
  if (before != model_.outputs.end()) {
    fail(Mistake::repeated_result, at, "there is already an output `" + name + "`",
         {{"name the value first: `name = ...`, then `output name`"},
          {{before->span, "the first"}}});
  }
  model_.names.emplace(name, value);
  model_.graph.set_name(value, name);
  model_.outputs.push_back({std::move(name), value, at});
}

void Elaborator::execute(const ast::Statement& statement, const ast::Cost& node) {
  if (model_.cost) {
    fail(Mistake::second_cost, statement.keyword, "there are two costs",
         {{"a script minimises one cost: add them up"}, {{model_.cost->span, "the first"}}});
  }
  const Span at = node.value->span;
  Value value = result_value(*node.value, "a cost");
  const Type type = model_.graph.type(value);
  if (!type.shape.is_scalar()) {
    fail(Mistake::result_not_scalar, at, "a cost is a scalar, but this is " + to_string(type.shape),
         {"`sum(...)` adds up its components"});
  }
  if (type.dtype != DType::real) value = convert(value, DType::real, at);
  model_.names.emplace("cost", value);
  model_.graph.set_name(value, "cost");
  model_.cost = NamedValue{"cost", value, at};
}

// What can only be known when the whole script is.
void Elaborator::check_cost() {
  if (cost_failed_) return;
  if (!model_.cost) return require_cost();
  if (model_.parameters.empty()) {
    report(
        make_diagnostic(Mistake::nothing_to_minimize, model_.cost->span,
                        "there is nothing to minimise this cost with: the script has no parameters",
                        {"a parameter is `param w[n] ~ normal(0, 1)`"}));
    return;
  }
  std::vector<bool> live(model_.graph.size());
  for (const NodeId id : live_nodes(model_.graph, std::span(&model_.cost->value, 1))) {
    live[id] = true;
  }
  std::vector<const Parameter*> dead;
  for (const Parameter& parameter : model_.parameters)
    if (!live[parameter.value.node]) dead.push_back(&parameter);
  for (const NotReached& group : by_layer(dead)) report_not_reached(group.names, group.places);
}

void Elaborator::report_not_reached(const std::vector<std::string>& names,
                                    const std::vector<Span>& places) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? " " : ", ") + name;
  const bool one = names.size() == 1;
  const std::string them = one ? "it" : "them";
  Advice advice{"use " + them + " on the way to the cost, or take " + them + " out"};
  for (std::size_t i = 1; i < places.size(); ++i) advice.labels.push_back({places[i], "and this"});
  advice.labels.push_back({model_.cost->span, "this cost"});
  report(make_diagnostic(Mistake::parameter_not_reached, places[0],
                         "the cost does not depend on the parameter" + (one ? all : "s" + all),
                         std::move(advice)));
}

}  // namespace ebb::script
