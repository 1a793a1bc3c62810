#include "graph/cli/check_gradients.hpp"

#include <algorithm>
#include <iostream>

#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"

namespace ebb {

namespace {

constexpr const char* point_flags[] = {"weights", "partial", "on", "samples", "input"};

}  // namespace

void add_gradient_check(boost::program_options::options_description& options) {
  options.add_options()(
      "gradients",
      "verify the gradient of the cost against central differences, parameter by parameter, at "
      "random samples and near the first values, or where the following flags say");
  add_weights(options);
  add_samples(options);
}

void require_gradient_check(const Invocation& invocation) {
  if (invocation.has("gradients")) return;
  for (const char* flag : point_flags)
    if (invocation.has(flag))
      throw UsageError(std::string("--") + flag +
                       " says where gradients are verified; it needs "
                       "--gradients");
}

ModelCheck checked_gradients(Invocation& invocation) {
  CheckPoint at;
  at.source = chosen_samples(invocation, outline_of(invocation));
  Diagnostics& found = invocation.findings.emplace_back();
  Model* model = elaborate(invocation, true, blocks_of(at.source), found);
  if (!model) throw ScriptErrors(found);
  Store store = first_values(invocation, *model);
  if (invocation.has("weights")) at.weights = &store;
  return check_gradients(*model, at);
}

void print_text(const ModelCheck& check) {
  std::cout << "\ngradients of the cost over " << with_commas(check.samples)
            << " samples, in double\n\n";
  std::size_t width = 0, digits = 0;
  const auto count = [](const ParameterCheck& p) {
    return with_commas(p.compared) + " of " + with_commas(p.entries);
  };
  for (const ParameterCheck& p : check.parameters) {
    width = std::max(width, width_of(p.name));
    digits = std::max(digits, width_of(count(p)));
  }
  for (const ParameterCheck& p : check.parameters)
    std::cout << "  " << padded(p.name, width) << "  " << padded(count(p), digits) << " entries  "
              << (p.failure.empty() ? "agree" : p.failure) << '\n';
  if (check.passed())
    std::cout << "\nThey agree with central differences to "
              << short_number(model_gradient_tolerance) << " of the parameter's largest.\n";
}

Json to_json(const ModelCheck& check) {
  Json parameters = Json::array();
  for (const ParameterCheck& p : check.parameters) {
    Json line{{"name", p.name},
              {"entries", p.entries},
              {"compared", p.compared},
              {"difference", p.difference}};
    if (!p.failure.empty()) line["failure"] = p.failure;
    parameters.push_back(std::move(line));
  }
  Json result{{"passed", check.passed()}, {"samples", check.samples}, {"parameters", parameters}};
  if (!check.failure.empty()) result["failure"] = check.failure;
  return result;
}

void require_passed(const ModelCheck& check) {
  if (check.passed()) return;
  if (check.culprit) throw UserError(*check.culprit);
  if (!check.failure.empty()) throw UserError("gradients are not verified: " + check.failure);
  for (const ParameterCheck& p : check.parameters)
    if (!p.failure.empty())
      throw UserError("the gradient of " + p.name + " is not verified: " + p.failure);
}

}  // namespace ebb
