#include "graph/cli/trace.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graph/cli/cost_of_plan.hpp"
#include "graph/cli/memory_picture.hpp"

namespace ebb {

namespace {

// One process, and its thread that takes the steps.
Json event(const char* phase, const std::string& name) {
  return {{"ph", phase}, {"name", name}, {"pid", 1}, {"tid", 1}};
}

Json metadata(const char* what, const std::string& name) {
  Json line = event("M", what);
  line["args"] = {{"name", name}};
  return line;
}

// To the nanosecond.
double microseconds(double seconds) { return std::round(seconds * 1e9) / 1e3; }

Json complete(const std::string& name, const char* category, double begin, double end) {
  Json line = event("X", name);
  line["cat"] = category;
  line["ts"] = microseconds(begin);
  // From the begin that is shown to the end that is.
  line["dur"] = microseconds(std::round(end * 1e9) / 1e9 - std::round(begin * 1e9) / 1e9);
  return line;
}

// The first word of a step's name.
std::string kind_of(const std::string& name) { return name.substr(0, name.find(' ')); }

// What is the same in all runs of a plan, by step.
struct Traced {
  const Plan* plan;
  std::vector<std::string> names;
  std::vector<Json> args;
  std::vector<std::size_t> alive;
};

Traced traced(const Plan& plan) {
  Traced all{&plan, {}, {}, alive_by_step(plan)};
  for (const Step& step : plan.steps) {
    all.names.push_back(name_of(plan, step));
    Json args{{"flops", flops_of(plan, step)},
              {"bytes", bytes_of(plan, step)},
              {"shapes", Json::array()}};
    if (step.kind == StepKind::gemm) args["product"] = product_text(step);
    for (const std::uint32_t output : step.outputs) {
      const Type& type = plan.buffers[output].type;
      args["shapes"].push_back(to_string(type.shape) + (type.per_sample ? " per sample" : ""));
    }
    all.args.push_back(std::move(args));
  }
  return all;
}

void add_steps(Json& events, const Traced& facts, const Profile::Run& run) {
  double begin = run.begin + run.feeding;
  for (std::size_t i = 0; i < run.seconds.size(); ++i) {
    Json memory = event("C", "memory of intermediate values");
    memory["ts"] = microseconds(begin);
    memory["args"] = {{"bytes", facts.alive[i]}};
    events.push_back(std::move(memory));
    const std::string& name = facts.names[i];
    Json line = complete(name, kind_of(name).c_str(), begin, begin + run.seconds[i]);
    line["args"] = facts.args[i];
    if (run.falls_back[i])
      line["args"]["product"] = product_text(facts.plan->steps[i], &arma_gemm());
    events.push_back(std::move(line));
    begin += run.seconds[i];
  }
}

}  // namespace

Json trace_of(const Profile& profile, const std::string& script) {
  std::vector<Traced> facts;
  for (const Profile::Pass& pass : profile.passes) facts.push_back(traced(*pass.plan));
  Json events =
      Json::array({metadata("process_name", "ebb " + script), metadata("thread_name", "training")});
  for (std::size_t i = 0; i < profile.runs.size(); ++i) {
    const Profile::Run& run = profile.runs[i];
    const double end =
        std::accumulate(run.seconds.begin(), run.seconds.end(), run.begin + run.feeding);
    Json whole = complete("mini-batch", "mini-batch", run.begin, end);
    whole["args"] = {{"number", i + 1}, {"samples", run.samples}};
    events.push_back(std::move(whole));
    if (run.feeding > 0)
      events.push_back(complete("feeding samples", "feeding", run.begin, run.begin + run.feeding));
    add_steps(events, facts[run.pass], run);
  }
  return {{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}};
}

}  // namespace ebb
