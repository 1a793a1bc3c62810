// Of a trainer, what times its updates.
#include <algorithm>

#include "graph/run/trainer.hpp"

namespace ebb {

Profile Trainer::profile(double seconds, std::int64_t updates, std::size_t kept_steps) {
  if (minimization_)
    throw UserError(model_.minimizer->def->name +
                    " makes no updates to be profiled: it asks for the cost and its gradient at "
                    "points of its choice");
  // The first updates find cold caches and sleeping threads, and begin an epoch, in which those
  // that are measured go on.
  measure(seconds / 10, updates / 10 + 1, 0);
  return measure(seconds, updates, kept_steps);
}

std::vector<Trainer::Pass*> Trainer::passes() const {
  std::vector<Pass*> all;
  for (const auto* pass : {&update_, &accumulate_})
    if (*pass) all.push_back(pass->get());
  return all;
}

void Trainer::clear_times() {
  for (Pass* pass : passes()) {
    const Plan& plan = pass->executor.plan();
    pass->seconds.assign(plan.steps.size(), 0);
    pass->times = {&plan, 0, std::vector<Durations>(plan.steps.size()),
                   std::vector<std::int64_t>(plan.steps.size())};
  }
}

Profile Trainer::with_passes(Profile profile) const {
  for (const Pass* pass : passes()) profile.passes.push_back(pass->times);
  return profile;
}

Profile Trainer::measure(double seconds, std::int64_t updates, std::size_t kept_steps) {
  Timing timing{{}, 0, kept_steps};
  Profile& profile = timing.profile;
  const TimingGuard guard(timing_, timing);
  clear_times();
  const double start = timing.start = clock_seconds();
  std::span<const std::int64_t> rest = upcoming_;
  do {
    if (rest.empty() && has_data()) {
      const double begin = clock_seconds();
      rest = order_->draw(state_.epochs++);
      profile.drawing += clock_seconds() - begin;
    }
    const auto group = rest.first(std::min(group_size(), rest.size()));
    rest = upcoming_ = rest.subspan(group.size());
    const double begin = clock_seconds();
    step(group);
    timing.update_ended(clock_seconds() - begin);
  } while (updates > 0 ? profile.updates < updates : clock_seconds() - start < seconds);
  profile.seconds = clock_seconds() - start;
  return with_passes(std::move(profile));
}

// One of the updates of a run, timed where it is its turn. The first ones find cold caches.
double Trainer::next_step(std::span<const std::int64_t> samples) {
  if (timed_ == 0 || state_.steps % timed_ != timed_ / 2) return step(samples);
  const TimingGuard guard(timing_, times_);
  const double start = clock_seconds();
  const double cost = step(samples);
  const double seconds = clock_seconds() - start;
  times_.profile.seconds += seconds;
  times_.update_ended(seconds);
  return cost;
}

void Trainer::run_profiled(Pass& pass, std::span<const std::int64_t> samples, std::int64_t count,
                           std::span<const std::int64_t> rest) {
  const double begin = clock_seconds();
  pass.feed.gather(samples);
  const double feeding = samples.empty() ? 0 : clock_seconds() - begin;
  prefetch(rest);
  pass.executor.run(count, pass.seconds);
  timing_->feeding += feeding;
  ++pass.times.runs;
  for (std::size_t i = 0; i < pass.seconds.size(); ++i) {
    timing_->in_steps += pass.seconds[i];
    pass.times.steps[i].add(pass.seconds[i]);
    pass.times.fallbacks[i] += pass.executor.falls_back(i) ? 1 : 0;
  }
  if (timing_->kept_steps == 0) return;
  timing_->kept_steps -= std::min(timing_->kept_steps, pass.seconds.size());
  std::vector<bool> falls_back;
  for (std::size_t i = 0; i < pass.seconds.size(); ++i)
    falls_back.push_back(pass.executor.falls_back(i));
  timing_->profile.runs.push_back({&pass == update_.get() ? 0u : 1u, count, begin - timing_->start,
                                   feeding, pass.seconds, std::move(falls_back)});
}

}  // namespace ebb
