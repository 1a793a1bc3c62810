// The statement `metric`: a value that is averaged over samples, or a plugin's measure of them all.
#include <utility>

#include "graph/script/elaborator.hpp"

namespace ebb::script {

void Elaborator::execute(const ast::Statement&, const ast::Metric& node) {
  const Span at = node.value->span;
  std::string name = node.name.text.empty() ? result_name(*node.value) : node.name.text;
  if (const MetricDef* def = metric_called(*node.value)) {
    claim_metric_name(name, node);
    return add_sample_metric(*def, std::move(name), *node.value->as<ast::Call>());
  }
  Value value = result_value(*node.value, "a metric");
  const Type type = model_.graph.type(value);
  if (name.empty()) {
    fail(Mistake::unnamed_metric, at, "this metric has no name",
         {"write `metric NAME = " + to_source(*node.value) + "`"});
  }
  if (!type.shape.is_scalar()) {
    fail(Mistake::result_not_scalar, at,
         "a metric is a scalar, but `" + name + "` is " + to_string(type.shape),
         {"`mean(...)` or `sum(...)` of it is one"});
  }
  claim_metric_name(name, node);
  if (type.dtype != DType::real) value = convert(value, DType::real, at);
  model_.names.emplace(name, value);
  model_.metrics.push_back({std::move(name), value, at});
}

void Elaborator::claim_metric_name(const std::string& name, const ast::Metric& node) {
  const bool named = !node.name.text.empty();
  const Span at = named ? node.name.span : node.value->span;
  const auto [before, free] = metric_names_.emplace(name, at);
  if (free) return;
  fail(Mistake::repeated_result, at, "there is already a metric `" + name + "`",
       {{named ? std::string("choose another name")
               : "write `metric NAME = " + to_source(*node.value) + "`"},
        {{before->second, "the first"}}});
}

// The plugin's metric that the expression calls; null where it is anything else.
const MetricDef* Elaborator::metric_called(const ast::Expression& expression) {
  const auto* call = expression.as<ast::Call>();
  if (call == nullptr || call->callee->as<ast::Name>() == nullptr) return nullptr;
  const Item callee = evaluate(*call->callee);
  const auto* function = as<FunctionPtr>(callee);
  if (function == nullptr) return nullptr;
  const auto* metric = std::get_if<const MetricDef*>(&(*function)->body);
  return metric == nullptr ? nullptr : *metric;
}

void Elaborator::add_sample_metric(const MetricDef& def, std::string name, const ast::Call& node) {
  std::vector<Formal> formals;
  for (const InputDef& input : def.inputs) formals.push_back({input.name, true});
  for (const AttrDef& attr : def.attrs) formals.push_back({attr.name, !attr.fallback});
  const Matched matched = match(def.name, formals, node);
  SampleMetric metric;
  NamedAttrs attrs;
  for (std::size_t i = 0; i < matched.size(); ++i) {
    if (matched[i] == nullptr) continue;
    if (i < def.inputs.size())
      metric.inputs.push_back(metric_input(def, i, *matched[i]));
    else
      attrs.emplace_back(formals[i].name, attribute(def.name, formals[i].name, *matched[i]));
  }
  try {
    metric.attrs = resolve_attributes(def.name, def.attrs, attrs);
  } catch (const OpError& error) {
    fail(Mistake::attribute_value, node.callee->span, error.message, hints_of(error.hint));
  }
  metric.name = std::move(name);
  metric.def = &def;
  metric.place = model_.metrics.size();
  metric.span = node.callee->span;
  model_.sample_metrics.push_back(std::move(metric));
}

// The argument as the metric takes it: booleans become whole numbers, those real numbers.
Value Elaborator::metric_input(const MetricDef& def, std::size_t input,
                               const ast::Argument& argument) {
  const Span at = argument.value->span;
  const Operand operand{evaluate(*argument.value), argument.value.get(), nullptr};
  const Value value = to_value(operand, input, false, def.name, at);
  const Type& type = model_.graph.type(value);
  if (!type.per_sample) {
    fail(Mistake::shared_value, at,
         def.name + " looks at samples, but " + operand_name(operand, input) +
             " is shared by all of them");
  }
  const std::int32_t wanted = def.inputs[input].dtype;
  if (wanted == EBB_ANY || type.dtype == static_cast<DType>(wanted)) return value;
  if (type.dtype == DType::boolean || wanted == EBB_REAL)
    return convert(value, static_cast<DType>(wanted), at);
  fail(Mistake::element_type, at,
       def.name + " takes " + name(static_cast<DType>(wanted)) + " as " + def.inputs[input].name +
           ", but " + operand_name(operand, input) + " is " + name(type.dtype));
}

}  // namespace ebb::script
