// Minimisers of the whole problem, which plugins bring, in place of update rules.
#include <utility>

#include "graph/script/elaborator.hpp"

namespace ebb::script {

namespace {

bool needs_residuals(const MinimizerDef& def) { return (def.c.needs & EBB_NEEDS_RESIDUALS) != 0; }

std::vector<Formal> formals_of(const MinimizerDef& def) {
  std::vector<Formal> formals;
  if (needs_residuals(def)) formals.push_back({"residual", true});
  for (const AttrDef& attr : def.attrs) formals.push_back({attr.name, !attr.fallback});
  return formals;
}

}  // namespace

// The minimiser that a script may write so: lbfgs, lbfgs(memory = 5). Null for anything else.
MinimizerPtr Elaborator::minimizer_of(const Item& item, Span at) {
  if (const auto* minimizer = as<MinimizerPtr>(item)) return *minimizer;
  const auto* function = as<FunctionPtr>(item);
  if (function == nullptr) return nullptr;
  const auto* def = std::get_if<const MinimizerDef*>(&(*function)->body);
  return def == nullptr ? nullptr : make_minimizer(**def, nullptr, at);
}

// Without `node`, with no arguments.
MinimizerPtr Elaborator::make_minimizer(const MinimizerDef& def, const ast::Call* node, Span at) {
  const std::vector<Formal> formals = formals_of(def);
  Matched matched(formals.size());
  if (node != nullptr) matched = match(def.name, formals, *node);
  auto result = std::make_shared<ChosenMinimizer>();
  result->def = &def;
  result->span = at;
  NamedAttrs given;
  for (std::size_t i = 0; i < formals.size(); ++i) {
    if (matched[i] == nullptr) {
      if (!formals[i].required) continue;
      fail(Mistake::missing_argument, at,
           def.name + " needs its argument `" + formals[i].name + "`");
    }
    if (i == 0 && needs_residuals(def)) {
      result->residual = residual(def, *matched[i]);
    } else {
      given.emplace_back(formals[i].name, attribute(def.name, formals[i].name, *matched[i]));
    }
  }
  try {
    result->attrs = resolve_attributes(def.name, def.attrs, given);
  } catch (const OpError& error) {
    fail(Mistake::attribute_value, at, error.message, hints_of(error.hint));
  }
  return result;
}

Value Elaborator::residual(const MinimizerDef& def, const ast::Argument& argument) {
  const Span at = argument.value->span;
  const Item item = evaluate(*argument.value);
  const auto* value = as<Value>(item);
  const std::string what = def.name + " takes the residual, a real number of each sample, but this";
  if (value == nullptr) fail(Mistake::argument_kind, at, what + " is " + kind_of(item));
  const Type& type = model_.graph.type(*value);
  if (type.per_sample && type.shape.is_scalar() && type.dtype == DType::real) return *value;
  if (!type.per_sample) fail(Mistake::argument_kind, at, what + " does not depend on the samples");
  fail(Mistake::argument_kind, at, what + " is " + to_string(type));
}

// A minimiser sees the objective of all samples at each of its points.
void Elaborator::check_minimizer() {
  const TrainSettings& train = model_.train;
  const std::string& name = model_.minimizer->def->name;
  const auto refuse = [&](const char* key, bool wrong, const std::string& why,
                          const std::string& hint) {
    check_effect(key, wrong, name + " " + why, hint);
  };
  const bool minibatches = settings_at_.contains("minibatch") && train.minibatch != 0;
  refuse("batch", train.batch != 0, "works on all samples at once, not on a batch of some",
         "leave `batch` out, or write `batch = all`");
  refuse("minibatch", minibatches, "works on all samples at once, not in mini-batches",
         "leave `minibatch` out, or write `minibatch = batch`");
  refuse("accumulate", train.accumulate > 1,
         "works on all samples at once: there is nothing to accumulate", "leave `accumulate` out");
  refuse("average", train.average > 0, "searches a minimum: an average of its points is none",
         "leave `average` out");
  model_.train.minibatch = 0;
}

}  // namespace ebb::script
