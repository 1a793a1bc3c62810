// ebb profile
#include <algorithm>
#include <iostream>
#include <numeric>

#include "graph/cli/commands.hpp"
#include "graph/cli/cost_of_plan.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/machine_peaks.hpp"
#include "graph/cli/memory_picture.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/trace.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/thread_pool.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

constexpr double seconds_of_profile = 2;
constexpr std::size_t shown_steps = 20;
constexpr std::size_t steps_of_trace = 20000;  // viewers are slow with many

// One step of a plan, as the profile shows it.
struct Row {
  const Plan* plan;
  const Step* step;
  std::int64_t calls, fallbacks;  // of these, products that BLAS took for the plan's provider
  double seconds;                 // of all calls
  double flops, bytes;            // of one call, with a full mini-batch
};

std::vector<Row> rows_of(const Profile& profile) {
  std::vector<Row> rows;
  for (const Profile::Pass& pass : profile.passes)
    for (std::size_t i = 0; i < pass.plan->steps.size(); ++i) {
      const Step& step = pass.plan->steps[i];
      rows.push_back({pass.plan, &step, pass.runs, pass.fallbacks[i], pass.seconds[i],
                      flops_of(*pass.plan, step), bytes_of(*pass.plan, step)});
    }
  return rows;
}

std::string text_of(const Row& row) {
  std::string text = name_of(*row.plan, *row.step);
  if (row.step->kind != StepKind::gemm) return text;
  text += ": " + product_text(*row.step);
  if (row.fallbacks == 0) return text;
  return text + "; " + with_commas(row.fallbacks) + (row.fallbacks == 1 ? " call" : " calls") +
         " by " + arma_gemm().name;
}

// A column of numbers, right-aligned; "" for what says nothing.
std::string cell(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ') + text;
}

std::string percentage(double share) { return std::to_string(std::llround(share * 100)) + " %"; }

class Report {
 public:
  Report(const Profile& profile, const MachinePeaks& peaks)
      : profile_(profile), peaks_(peaks), rows_(rows_of(profile)) {
    for (const Row& row : rows_) {
      in_steps_ += row.seconds;
      // On a machine whose clock changes a step may do better than what was measured.
      peaks_.flops = std::max(peaks_.flops, rate(row, row.flops));
    }
  }
  void print(bool all) const;
  Json json() const;

 private:
  Json json(const Row& row) const;
  double updates() const { return static_cast<double>(profile_.updates); }
  double microseconds(double seconds) const { return seconds / updates() * 1e6; }
  double rate(const Row& row, double amount) const {
    return row.seconds > 0 ? amount * static_cast<double>(row.calls) / row.seconds : 0;
  }
  void print_row(const std::string& what, double seconds, const Row* row) const;
  void print_memory() const;

  const Profile& profile_;
  MachinePeaks peaks_;
  std::vector<Row> rows_;
  double in_steps_ = 0;
};

void Report::print_row(const std::string& what, double seconds, const Row* row) const {
  const double flops = row ? rate(*row, row->flops) : 0, bytes = row ? rate(*row, row->bytes) : 0;
  std::cout << cell(row ? with_commas(row->calls) : "", 9)
            << cell(short_number(microseconds(seconds), 3), 9)
            << cell(percentage(seconds / profile_.seconds), 6)
            << cell(flops > 0 ? short_number(flops / 1e9, 3) : "", 9)
            << cell(flops > 0 ? percentage(flops / peaks_.flops) : "", 7)
            << cell(bytes > 0 ? short_number(bytes / 1e9, 3) : "", 8)
            << cell(bytes > 0 ? percentage(bytes / peaks_.bytes) : "", 7) << "  " << what << '\n';
}

void Report::print(bool all) const {
  const int threads = ThreadPool::shared().size();
  std::cout << with_commas(profile_.updates) << " updates in " << duration_text(profile_.seconds)
            << ", " << duration_text(profile_.seconds / updates()) << " each, with " << threads
            << (threads == 1 ? " thread" : " threads") << "\n\n";
  std::cout << cell("calls", 9) << cell("µs", 9) << cell("time", 6) << cell("GFLOP/s", 9)
            << cell("peak", 7) << cell("GB/s", 8) << cell("copy", 7) << "  step\n";
  std::vector<Row> sorted = rows_;
  std::ranges::stable_sort(sorted, std::greater<>(), &Row::seconds);
  const std::size_t shown = all ? sorted.size() : std::min(sorted.size(), shown_steps);
  for (const Row& row : std::span(sorted).first(shown)) print_row(text_of(row), row.seconds, &row);
  if (shown < sorted.size()) {
    const auto rest = std::span(sorted).subspan(shown);
    const double seconds = std::accumulate(rest.begin(), rest.end(), 0.0,
                                           [](double s, const Row& r) { return s + r.seconds; });
    print_row(std::to_string(rest.size()) + " other steps; --all shows them", seconds, nullptr);
  }
  if (profile_.feeding > 0) print_row("feeding samples", profile_.feeding, nullptr);
  print_row("the rest", profile_.seconds - in_steps_ - profile_.feeding, nullptr);
  std::cout << "\npeak: a large matrix product, or the best step, makes "
            << short_number(peaks_.flops / 1e9, 3)
            << " GFLOP/s here; copy: memory is read and written at "
            << short_number(peaks_.bytes / 1e9, 3) << " GB/s\n";
  print_memory();
}

void Report::print_memory() const {
  const Plan& plan = *profile_.passes[0].plan;
  std::cout << "memory: " << size_text(static_cast<double>(plan.arena_bytes))
            << " for intermediate values (no less than "
            << size_text(static_cast<double>(plan.alive_bytes)) << " would do), "
            << size_text(static_cast<double>(plan.thread_bytes)) << " for each thread, "
            << size_text(static_cast<double>(bytes_at(plan, Home::variable)))
            << " of parameters and states, "
            << size_text(static_cast<double>(bytes_at(plan, Home::leaf))) << " of samples\n";
  const std::string chart = memory_chart(plan, 80, speaks_unicode());
  if (!chart.empty()) std::cout << "\nintermediate values, step by step:\n" << chart;
}

Json Report::json(const Row& row) const {
  const double flops = rate(row, row.flops), bytes = rate(row, row.bytes);
  Json step{
      {"step", name_of(*row.plan, *row.step)},   {"calls", row.calls}, {"seconds", row.seconds},
      {"share", row.seconds / profile_.seconds}, {"flops", row.flops}, {"flops_per_second", flops},
      {"share_of_peak", flops / peaks_.flops},   {"bytes", row.bytes}, {"bytes_per_second", bytes},
      {"share_of_copy", bytes / peaks_.bytes}};
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

Json Report::json() const {
  const Plan& plan = *profile_.passes[0].plan;
  Json line{{"updates", profile_.updates},
            {"seconds", profile_.seconds},
            {"threads", ThreadPool::shared().size()},
            {"feeding", profile_.feeding},
            {"rest", profile_.seconds - in_steps_ - profile_.feeding},
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

void write_text(const std::string& path, const std::string& text) {
  const std::span<const std::byte> piece = std::as_bytes(std::span(text));
  write_file(path, std::span(&piece, 1));
}

void add_profile_options(boost::program_options::options_description& options) {
  options.add_options()("updates", word("N"),
                        "how many updates are measured (default: as many as two seconds hold)")(
      "all", "every step, not only the twenty that take longest")(
      "trace", word("FILE"),
      "write the first mini-batches, step by step, in Chrome's trace format, which "
      "chrome://tracing and ui.perfetto.dev open")(
      "memory-picture", word("FILE"), "draw which value has which memory in which step, as SVG");
  add_weights(options);
  add_memory(options);
}

int run_profile(Invocation& invocation) {
  const std::int64_t updates = invocation.whole("updates", 1, 0);
  const Outline outline = outline_of(invocation);
  std::vector<std::string> blocks;
  if (outline.has_block("train")) blocks.emplace_back("train");
  Model& model = elaborate(invocation, true, blocks);
  Store store = first_values(invocation, model);
  Trainer trainer(model, nullptr, store, {invocation.precision(), invocation.seed()});
  const Profile profile =
      trainer.profile(seconds_of_profile, updates, invocation.has("trace") ? steps_of_trace : 0);
  if (invocation.has("trace"))
    write_text(
        invocation.text("trace"),
        trace_of(profile, invocation.subject).dump(-1, ' ', false, Json::error_handler_t::replace));
  if (invocation.has("memory-picture"))
    write_text(invocation.text("memory-picture"), memory_drawing(*profile.passes[0].plan));
  const Report report(profile, measure_peaks(invocation.precision()));
  if (invocation.json)
    print_line(report.json());
  else
    report.print(invocation.has("all"));
  return 0;
}

}  // namespace

const Command profile_command = {
    "profile",
    "where the time of training goes, step by step",
    "profile SCRIPT [--updates N] [flags]",
    "Makes updates as `ebb train` does, keeps nothing of them, and prints for each step of the "
    "compiled plan, an op or several fused to one kernel, how often it was called, its time in an "
    "update and its share of all; its operations per second, and their share of the peak, which is "
    "what a large matrix product reaches on this machine, or the best step if that does more (two "
    "operations for each multiplication and addition "
    "of a product, one for each element of any other op); how fast it reads and writes memory, "
    "and the share of what a copy reaches, which is more than 100 % where all lies in the caches. "
    "Choosing and feeding samples and what remains (the loop itself, the clock) have lines of "
    "their own, and so "
    "has the memory: a chart shows how much of it each step needs for intermediate values.",
    Takes::script,
    &add_profile_options,
    &run_profile};

}  // namespace ebb
