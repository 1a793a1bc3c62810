#include "graph/cli/report/step_times.hpp"

#include <algorithm>

#include "graph/cli/report/history.hpp"
#include "graph/compile/plan.hpp"

namespace ebb {

namespace {

constexpr std::size_t max_steps = 200;

}  // namespace

Json step_times(const Profile& profile) {
  if (profile.updates == 0) return nullptr;
  std::vector<std::pair<double, Json>> steps;
  for (const Profile::Pass& pass : profile.passes)
    for (std::size_t i = 0; i < pass.plan->steps.size(); ++i) {
      const Step& step = pass.plan->steps[i];
      Json entry{{"name", name_of(*pass.plan, step)}, {"seconds", rounded(pass.seconds[i])}};
      if (step.kind == StepKind::gemm) entry["product"] = product_text(step);
      steps.emplace_back(pass.seconds[i], std::move(entry));
    }
  std::ranges::stable_sort(steps, std::greater<>(), [](const auto& step) { return step.first; });
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(steps.size(), max_steps); ++i)
    list.push_back(std::move(steps[i].second));
  return {{"updates", profile.updates},
          {"seconds", rounded(profile.seconds)},
          {"feeding", rounded(profile.feeding)},
          {"steps", std::move(list)}};
}

}  // namespace ebb
