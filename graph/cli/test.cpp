// ebb test
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/text.hpp"
#include "graph/run/trainer.hpp"

namespace ebb {

namespace {

Evaluation evaluate_range(BlockEvaluation& evaluate, const std::string& block,
                          std::pair<std::int64_t, std::int64_t> range) {
  auto [begin, end] = range;
  if (end < 0) end = evaluate.samples();
  if (end > evaluate.samples())
    throw UserError("samples " + std::to_string(begin) + ".." + std::to_string(end) +
                        " are not in `data " + block + "`, which has " +
                        std::to_string(evaluate.samples()),
                    {"they are numbered from 0, and the end of a range is not in it"});
  return evaluate(begin, end);
}

void add_test_options(boost::program_options::options_description& options) {
  options.add_options()("on", word("BLOCK"), "the data block (default: test)")(
      "samples", word("A..B"), "of these samples only, counted from 0, without B (default: all)");
  add_weights(options);
}

int run_test(Invocation& invocation) {
  const std::string block = invocation.text("on", "test");
  const auto range = chosen_range(invocation);
  require_block(outline_of(invocation), block);
  Model& model = elaborate(invocation, false, {block});
  Store store = first_values(invocation, model);
  note_untrained(invocation, model);
  BlockEvaluation evaluate(model, block, store, {invocation.precision()});
  const Evaluation result = evaluate_range(evaluate, block, range);
  if (invocation.json) {
    Json line = to_json(result);
    line["samples"] = result.samples;
    print_line(line);
  } else {
    std::cout << block << ": " << summary(result) << "  (" << with_commas(result.samples)
              << (result.samples == 1 ? " sample)\n" : " samples)\n");
  }
  return 0;
}

}  // namespace

const Command test_command = {
    "test",
    "the cost and the metrics of a data block with given weights",
    "test SCRIPT --weights FILE [--on BLOCK] [flags]",
    "Prints the cost and every metric of the script, each as the mean over the samples of "
    "a data block. The script is elaborated with `training` false.",
    Takes::script,
    &add_test_options,
    &run_test};

}  // namespace ebb
