#include "graph/cli/report/step_times.hpp"

#include <algorithm>

#include "graph/cli/layers.hpp"
#include "graph/cli/report/history.hpp"
#include "graph/compile/plan.hpp"

namespace ebb {

namespace {

constexpr std::size_t max_steps = 200;

}  // namespace

Json step_times(const Model& model, const Profile& profile) {
  if (profile.updates == 0) return nullptr;
  std::vector<std::pair<double, Json>> steps;
  for (const Profile::Pass& pass : profile.passes) {
    const std::vector<std::string> layers = layers_of(model, *pass.plan);
    for (std::size_t i = 0; i < pass.plan->steps.size(); ++i) {
      const Step& step = pass.plan->steps[i];
      const double seconds = pass.steps[i].total();
      Json entry{{"name", name_of(*pass.plan, step)}};
      if (!layers[i].empty()) entry["layer"] = layers[i];
      entry["seconds"] = rounded(seconds);
      if (step.kind == StepKind::gemm) entry["product"] = product_text(step);
      steps.emplace_back(seconds, std::move(entry));
    }
  }
  std::ranges::stable_sort(steps, std::greater<>(), [](const auto& step) { return step.first; });
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(steps.size(), max_steps); ++i)
    list.push_back(std::move(steps[i].second));
  return {{"updates", profile.updates},
          {"seconds", rounded(profile.typical_seconds())},
          {"feeding", rounded(profile.feeding_seconds())},
          {"steps", std::move(list)}};
}

}  // namespace ebb
