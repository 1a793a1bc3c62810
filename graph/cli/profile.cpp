// ebb profile
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/layers.hpp"
#include "graph/cli/memory_picture.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/profile_table.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/trace.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/weights.hpp"

namespace ebb {

namespace {

constexpr double seconds_of_profile = 2;
constexpr std::size_t steps_of_trace = 20000;  // viewers are slow with many

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
  const Plan& plan = *profile.passes[0].plan;
  if (invocation.has("memory-picture"))
    write_text(invocation.text("memory-picture"), memory_drawing(plan, layers_of(model, plan)));
  const ProfileTable table(model, profile, measure_peaks(invocation.precision()));
  if (invocation.json)
    print_line(table.json());
  else
    table.print(std::cout, invocation.has("all"));
  return 0;
}

}  // namespace

const Command profile_command = {
    "profile",
    "where the time of training goes, step by step",
    "profile SCRIPT [--updates N] [flags]",
    "Makes updates as `ebb train` does, keeps nothing of them, and prints for each step of the "
    "compiled plan, an op or several fused to one kernel, its layer, forwards, backwards or where "
    "its parameters are updated; how often it was called, its time in an update and its share of "
    "all; its operations per second, and their share of the peak, which is what a large matrix "
    "product reaches on this machine, or the best step if that does more (two operations for each "
    "multiplication and addition of a product or a convolution, one for each element of other ops, "
    "unless their plugin says another number); how fast it reads and writes memory, and the share "
    "of what a copy reaches, which is more than 100 % where all lies in the caches. Each time is a "
    "median, and the update is the sum of these, so an interruption of the program counts for "
    "nothing; the first line has what the clock said too, and so has --json, as `seconds`. "
    "Choosing and feeding samples and what remains (the loop itself, the clock) have lines of "
    "their own, and so has the memory: a chart shows how much of it each step needs for "
    "intermediate values.",
    Takes::script,
    &add_profile_options,
    &run_profile};

}  // namespace ebb
