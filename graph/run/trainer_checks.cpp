// Of a trainer, what watches that its numbers stay finite.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "graph/run/trainer.hpp"

namespace ebb {

namespace {

std::string cost_of(const Model& model) {
  const std::string& name = model.cost->name;
  return name.empty() || name == "cost" ? "the cost" : "the cost `" + name + "`";
}

// The parameters and states of a store are looked at after so many updates.
constexpr std::int64_t unchecked_updates = 100;

const char* const smaller = "a smaller learning rate, or weights that start smaller";

}  // namespace

Diverged Trainer::diverged(double cost) const {
  return {{Severity::error,
           "training diverged: " + cost_of(model_) + " became " + word_for(cost) + " in step " +
               std::to_string(state_.steps),
           model_.cost->span,
           {},
           {smaller}},
          state_.steps,
          std::min(checked_ + 1, state_.steps),
          last_cost_};
}

void Trainer::check_finite() {
  if (!stops_diverging_ || checked_ == state_.steps) return;
  const std::int64_t first = std::min(std::exchange(checked_, state_.steps) + 1, state_.steps);
  const auto spoiled = finite_.spoiled(store_);
  if (!spoiled) return;
  const auto owner = std::ranges::find_if(model_.parameters, [&](const Parameter& parameter) {
    return spoiled->name == parameter.name || spoiled->name.starts_with(parameter.name + "/");
  });
  const bool is_owned = owner != model_.parameters.end();
  const bool is_parameter = is_owned && owner->name == spoiled->name;
  throw Diverged(
      {Severity::error,
       std::string("training diverged: the ") + (is_parameter ? "parameter " : "state ") +
           spoiled->name + " became " + word_for(spoiled->number) +
           (first == state_.steps ? " in step "
                                  : " in one of the steps " + std::to_string(first) + " to ") +
           std::to_string(state_.steps),
       is_owned ? owner->span : model_.cost->span,
       {},
       {smaller}},
      state_.steps, first, std::numeric_limits<double>::quiet_NaN());
}

void Trainer::check_now_and_then() {
  if (state_.steps - checked_ >= unchecked_updates) check_finite();
}

std::optional<Fault> Trainer::next_fault() {
  const TrainingGraph& graph = minimization_ ? minimization_->graph() : graph_;
  if (!inspection_) {
    std::vector<Value> roots{graph.objective};
    for (const Assignment& assignment : graph.assignments)
      if (finite_.began_finite(model_.graph.node(assignment.variable).key))
        roots.push_back(assignment.next);
    if (minimization_) roots.insert(roots.end(), graph.gradients.begin(), graph.gradients.end());
    inspection_ = std::make_unique<UpdateInspection>(model_, roots, store_, precision_, minibatch_);
    inspected_ = std::make_unique<Feed>(model_.columns, inspection_->executor());
  }
  Executor& executor = inspection_->executor();
  std::span<const std::int64_t> samples;
  if (minimization_) {
    samples = minimization_->samples();
  } else if (has_data()) {
    samples = order_->draw(state_.epochs);
    samples = samples.subspan(std::min(samples.size(), static_cast<std::size_t>(state_.position)));
    samples = samples.first(std::min(samples.size(), group_size()));
  }
  set_scalar(executor.leaf("run.step"), static_cast<double>(state_.steps));
  set_scalar(executor.leaf("run.epoch"),
             static_cast<double>(has_data() ? state_.epochs : state_.steps));
  set_scalar(executor.leaf("run.last_validation"), state_.last_validation);
  do {
    const auto part = samples.first(std::min(samples.size(), static_cast<std::size_t>(minibatch_)));
    const std::int64_t count = part.empty() ? 1 : static_cast<std::int64_t>(part.size());
    set_scalar(executor.leaf(share_leaf), 1);
    inspected_->gather(part);
    executor.run(count);
    if (auto fault = inspection_->first_fault(part)) return fault;
    samples = samples.subspan(part.size());
  } while (!samples.empty());
  return std::nullopt;
}

}  // namespace ebb
