// Of a trainer, what times its updates.
#include <algorithm>
#include <functional>

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
    pass->times = {&plan, 0, std::vector<double>(plan.steps.size()),
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
      profile.feeding += clock_seconds() - begin;
    }
    const auto group = rest.first(std::min(group_size(), rest.size()));
    rest = upcoming_ = rest.subspan(group.size());
    step(group);
    ++profile.updates;
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
  times_.profile.seconds += clock_seconds() - start;
  ++times_.profile.updates;
  return cost;
}

void Trainer::run_profiled(Pass& pass, std::span<const std::int64_t> samples, std::int64_t count,
                           std::span<const std::int64_t> rest) {
  Profile& profile = timing_->profile;
  const double begin = clock_seconds();
  pass.feed.gather(samples);
  const double feeding = samples.empty() ? 0 : clock_seconds() - begin;
  profile.feeding += feeding;
  prefetch(rest);
  ++pass.times.runs;
  std::vector<double>& total = pass.times.seconds;
  const auto count_fallbacks = [&] {
    for (std::size_t i = 0; i < total.size(); ++i)
      pass.times.fallbacks[i] += pass.executor.falls_back(i) ? 1 : 0;
  };
  if (timing_->kept_steps == 0) {
    pass.executor.run(count, total);
    return count_fallbacks();
  }
  std::vector<double> seconds(total.size());
  pass.executor.run(count, seconds);
  count_fallbacks();
  std::ranges::transform(total, seconds, total.begin(), std::plus<>());
  timing_->kept_steps -= std::min(timing_->kept_steps, seconds.size());
  std::vector<bool> falls_back;
  for (std::size_t i = 0; i < total.size(); ++i) falls_back.push_back(pass.executor.falls_back(i));
  profile.runs.push_back({&pass == update_.get() ? 0u : 1u, count, begin - timing_->start, feeding,
                          std::move(seconds), std::move(falls_back)});
}

}  // namespace ebb
