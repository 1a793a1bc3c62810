#include "graph/cli/profile_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ostream>

#include "graph/cli/cost_of_plan.hpp"
#include "graph/cli/layers.hpp"
#include "graph/cli/memory_picture.hpp"
#include "graph/cli/terminal.hpp"
#include "graph/run/thread_pool.hpp"

namespace ebb {

namespace {

constexpr std::size_t shown_steps = 20;

// A column of numbers, right-aligned; "" for what says nothing.
std::string cell(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ') + text;
}

// Of a long name the end, which tells more than the beginning.
std::string end_of(const std::string& layer) {
  constexpr std::size_t widest = 24;
  if (width_of(layer) <= widest) return layer;
  std::string_view end = layer;
  while (width_of(end) + 1 > widest) end.remove_prefix(first_code_point(end).length);
  return "…" + std::string(end);
}

std::string percentage(double share) { return std::to_string(std::llround(share * 100)) + " %"; }

}  // namespace

ProfileTable::ProfileTable(const Model& model, const Profile& profile, const MachinePeaks& peaks)
    : profile_(profile), peaks_(peaks), seconds_(profile.typical_seconds()) {
  for (const Profile::Pass& pass : profile.passes) add_rows(model, pass);
  // On a machine whose clock changes a step may do better than what was measured.
  for (const Row& row : rows_) peaks_.flops = std::max(peaks_.flops, rate(row, row.flops));
}

void ProfileTable::add_rows(const Model& model, const Profile::Pass& pass) {
  const std::vector<std::string> layers = layers_of(model, *pass.plan);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Step& step = pass.plan->steps[i];
    rows_.push_back({pass.plan, &step, layers[i], pass.runs, pass.fallbacks[i],
                     pass.steps[i].total(), flops_of(*pass.plan, step),
                     bytes_of(*pass.plan, step)});
  }
}

std::string ProfileTable::text_of(const Row& row) {
  std::string text = name_of(*row.plan, *row.step);
  if (row.step->kind != StepKind::gemm) return text;
  text += ": " + product_text(*row.step);
  if (row.fallbacks == 0) return text;
  return text + "; " + with_commas(row.fallbacks) + (row.fallbacks == 1 ? " call" : " calls") +
         " by " + arma_gemm().name;
}

double ProfileTable::rate(const Row& row, double amount) {
  return row.seconds > 0 ? amount * static_cast<double>(row.calls) / row.seconds : 0;
}

void ProfileTable::print_row(std::ostream& out, std::size_t layers, const std::string& what,
                             double seconds, const Row* row) const {
  const double flops = row ? rate(*row, row->flops) : 0, bytes = row ? rate(*row, row->bytes) : 0;
  out << cell(row ? with_commas(row->calls) : "", 9)
      << cell(short_number(of_update(seconds) * 1e6, 3), 9) << cell(percentage(share(seconds)), 6)
      << cell(flops > 0 ? short_number(flops / 1e9, 3) : "", 9)
      << cell(flops > 0 ? percentage(flops / peaks_.flops) : "", 7)
      << cell(bytes > 0 ? short_number(bytes / 1e9, 3) : "", 8)
      << cell(bytes > 0 ? percentage(bytes / peaks_.bytes) : "", 7) << "  ";
  if (layers > 0) out << padded(row ? end_of(row->layer) : "", layers) << "  ";
  out << what << '\n';
}

void ProfileTable::print(std::ostream& out, bool all) const {
  const int threads = ThreadPool::shared().size();
  out << with_commas(profile_.updates) << " updates in " << duration_text(profile_.seconds) << ", "
      << duration_text(of_update(profile_.seconds)) << " each, typically "
      << duration_text(of_update(seconds_)) << ", with " << threads
      << (threads == 1 ? " thread" : " threads") << "\n\n";
  print_rows(out, all);
  out << "\npeak: a large matrix product, or the best step, makes "
      << short_number(peaks_.flops / 1e9, 3)
      << " GFLOP/s here; copy: memory is read and written at "
      << short_number(peaks_.bytes / 1e9, 3) << " GB/s\n";
  print_memory(out);
}

void ProfileTable::print_rows(std::ostream& out, bool all) const {
  std::vector<Row> sorted = rows_;
  std::ranges::stable_sort(sorted, std::greater<>(), &Row::seconds);
  const std::size_t shown = all ? sorted.size() : std::min(sorted.size(), shown_steps);
  std::size_t layers = 0;
  for (const Row& row : std::span(sorted).first(shown))
    if (!row.layer.empty())
      layers = std::max({layers, std::string_view("layer").size(), width_of(end_of(row.layer))});
  out << cell("calls", 9) << cell("µs", 9) << cell("time", 6) << cell("GFLOP/s", 9)
      << cell("peak", 7) << cell("GB/s", 8) << cell("copy", 7) << "  ";
  if (layers > 0) out << padded("layer", layers) << "  ";
  out << "step\n";
  for (const Row& row : std::span(sorted).first(shown))
    print_row(out, layers, text_of(row), row.seconds, &row);
  if (shown < sorted.size()) {
    const auto rest = std::span(sorted).subspan(shown);
    const double seconds = std::accumulate(rest.begin(), rest.end(), 0.0,
                                           [](double s, const Row& r) { return s + r.seconds; });
    print_row(out, layers, std::to_string(rest.size()) + " other steps; --all shows them", seconds,
              nullptr);
  }
  const double feeding = profile_.feeding_seconds();
  if (feeding > 0) print_row(out, layers, "feeding samples", feeding, nullptr);
  print_row(out, layers, "the rest", profile_.rest.total(), nullptr);
}

void ProfileTable::print_memory(std::ostream& out) const {
  const Plan& plan = *profile_.passes[0].plan;
  out << "memory: " << size_text(static_cast<double>(plan.arena_bytes))
      << " for intermediate values (no less than "
      << size_text(static_cast<double>(plan.alive_bytes)) << " would do), "
      << size_text(static_cast<double>(plan.thread_bytes)) << " for each thread, "
      << size_text(static_cast<double>(bytes_at(plan, Home::variable)))
      << " of parameters and states, " << size_text(static_cast<double>(bytes_at(plan, Home::leaf)))
      << " of samples\n";
  const std::string chart = memory_chart(plan, 80, speaks_unicode());
  if (!chart.empty()) out << "\nintermediate values, step by step:\n" << chart;
}

Json ProfileTable::json(const Row& row) const {
  const double flops = rate(row, row.flops), bytes = rate(row, row.bytes);
  Json step{{"step", name_of(*row.plan, *row.step)}};
  if (!row.layer.empty()) step["layer"] = row.layer;
  step.update({{"calls", row.calls},
               {"seconds", row.seconds},
               {"share", share(row.seconds)},
               {"flops", row.flops},
               {"flops_per_second", flops},
               {"share_of_peak", flops / peaks_.flops},
               {"bytes", row.bytes},
               {"bytes_per_second", bytes},
               {"share_of_copy", bytes / peaks_.bytes}});
  if (row.step->kind == StepKind::gemm) {
    step["product"] = product_text(*row.step);
    step["provider"] = row.step->provider->name;
    // Smaller mini-batches are none that it was made ready for.
    Json calls{{row.step->provider->name, row.calls - row.fallbacks}};
    if (row.fallbacks > 0) calls[arma_gemm().name] = row.fallbacks;
    step["calls_by"] = std::move(calls);
  }
  return step;
}

Json ProfileTable::json() const {
  const Plan& plan = *profile_.passes[0].plan;
  Json line{{"updates", profile_.updates},
            {"seconds", profile_.seconds},
            {"typical_seconds", seconds_},
            {"threads", ThreadPool::shared().size()},
            {"feeding", profile_.feeding_seconds()},
            {"rest", profile_.rest.total()},
            {"peak_flops", peaks_.flops},
            {"peak_bytes", peaks_.bytes},
            {"memory",
             {{"arena", plan.arena_bytes},
              {"least", plan.alive_bytes},
              {"thread", plan.thread_bytes},
              {"variables", bytes_at(plan, Home::variable)},
              {"samples", bytes_at(plan, Home::leaf)},
              {"by_step", alive_by_step(plan)}}},
            {"steps", Json::array()}};
  for (const Row& row : rows_) line["steps"].push_back(json(row));
  return line;
}

}  // namespace ebb
