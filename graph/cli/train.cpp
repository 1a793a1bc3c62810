// ebb train
#include <csignal>
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/report/report.hpp"
#include "graph/cli/report/watch_server.hpp"
#include "graph/cli/tensorboard.hpp"
#include "graph/cli/text.hpp"
#include "graph/cli/training_log.hpp"
#include "graph/cli/training_run.hpp"
#include "graph/cli/watch.hpp"

namespace ebb {

namespace {

void add_train_options(boost::program_options::options_description& options) {
  options.add_options()("out", word("DIR"),
                        "folder for the weights; made where it is missing (default: out/SCRIPT "
                        "without .ebb)")(
      "resume", word("DIR"),
      "go on from the last checkpoint in this folder, and save there unless --out is given; "
      "without a checkpoint, start afresh")(
      "allow-changed",
      "resume though the script, its options, data or plugins are not what they were")(
      "nan", word("WHAT"),
      "what a cost, parameter or state that is no longer finite does: stop, warn or ignore "
      "(default: stop)")("tensorboard", word("DIR"),
                         "write the training for TensorBoard into a new file of this folder")(
      "no-report", "do not write DIR/report.html")(
      "watch", "show the report in a browser while the training runs")(
      "port", word("N"), "of 127.0.0.1, for --watch (default: one that is free)");
  add_weights(options);
  add_memory(options);
}

constexpr std::int64_t max_port = 65535;

// Where the report can be watched, if it shall be; null where not.
std::unique_ptr<WatchServer> watch_server(const Invocation& invocation) {
  const std::int64_t port = invocation.whole("port", 0, 0);
  if (port > max_port) throw UsageError("--port is at most 65535");
  if (!invocation.has("watch")) {
    if (invocation.has("port")) throw UsageError("--port is for --watch");
    return nullptr;
  }
  if (invocation.has("no-report")) throw UsageError("--watch shows the report: not --no-report");
  auto server = std::make_unique<WatchServer>(static_cast<std::uint16_t>(port));
  if (invocation.json)
    print_line({{"event", "watch"}, {"address", server->address()}});
  else
    std::cout << "watch: " << server->address() << std::endl;
  return server;
}

int run_train(Invocation& invocation) {
  const std::string nan = invocation.text("nan", "stop");
  if (nan != "stop" && nan != "warn" && nan != "ignore")
    throw UsageError("--nan is stop, warn or ignore, not `" + nan + "`");
  // Who asks for saving before there is anything to save has no reason to end the program.
  ::signal(SIGUSR1, SIG_IGN);
  auto server = watch_server(invocation);
  TrainingRun run(invocation);
  run.observed_by(training_log(run.training()));
  run.observed_by(watch(run.training()));
  if (invocation.has("tensorboard"))
    run.observed_by(tensorboard(run.training(), invocation.text("tensorboard")));
  if (!invocation.has("no-report"))
    run.observed_by(training_report(run.training(), std::move(server)));
  return run();
}

std::string keys_help() {
  std::string text = "Keys of the script's train block (--set train.KEY=VALUE overrides them):\n";
  std::size_t width = 0;
  for (const TrainKey& key : train_keys()) width = std::max(width, width_of(key.name));
  for (const TrainKey& key : train_keys())
    text += "  " + padded(key.name, width) +
            wrapped(std::string(key.help) + " (default: " + key.fallback + ")", width + 4, 80)
                .substr(width + 2);
  return text;
}

}  // namespace

const Command train_command = {
    "train",
    "trains, and keeps the weights",
    "train SCRIPT [flags]",
    "Trains the script's parameters on its block `data train`, in mini-batches, and "
    "evaluates every other data block after each epoch. A script without inputs makes "
    "train.steps updates. Of more than 50 epochs a line is printed for every fiftieth "
    "part; --json prints all.\n\n"
    "At the end DIR/weights.safetensors holds the last weights, and DIR/best.safetensors "
    "the best on `data validation`, where the script has it; with train.average, "
    "DIR/average.safetensors the running average of the weights.\n\n"
    "DIR/weights.safetensors is written during the run too, after each epoch (but not twice in a "
    "second), and as train.checkpoint_steps and train.checkpoint_minutes say. It is a checkpoint: "
    "--resume DIR goes on from it, and ends with the same bits as a run that was never "
    "interrupted. What a minimizer remembers no checkpoint holds: DIR/evaluations-1.bin keeps the "
    "costs and gradients it was given (residuals and their derivatives likewise, but matrices of "
    "more than a million numbers are computed again), and a resumed one is given them again. "
    "SIGUSR1 saves; SIGINT, SIGTERM or SIGHUP saves, then exits with 3; another one after "
    "a fifth of a second ends at once.\n\n"
    "A cost, a parameter or a state that is no longer finite stops the run, which then exits with "
    "4, and the first op that made such a number is named, or the data that held it: for that the "
    "run is made again from its last checkpoint, which no such numbers replace. With --nan warn "
    "the "
    "run goes on, and keeps its last good checkpoint; with --nan ignore it saves them too. A "
    "warning "
    "comes before: where the cost grows or keeps rising, where the gradient or the weights grow, "
    "and where the gradient of "
    "a parameter has vanished.\n\n"
    "With --json an epoch's line also holds the learning rate and the norms of weights and "
    "gradients (root mean squares over some of its mini-batches, at the weights of its end): after "
    "the first epoch and the last, and each in which updates reach another hundred. A script "
    "without inputs has a line for every step, and norms in the first, the last and about 256 "
    "between them: in every step of up to 256, in every second of up to 512, in every fourth of up "
    "to 1024 and so on. `train` holds the metrics on training samples after the epoch: all, or, of "
    "many, 1000 or a twentieth of an epoch's if those are more, drawn once, one from each stretch "
    "of the data. (Of a script without inputs, in lines with norms.) They are measured for the "
    "report and for TensorBoard too. Warnings and notes are lines too. A run that an error ends "
    "has a last line "
    "`error`, with its message and place, the updates made where it had begun and, of a cost that "
    "is no longer "
    "finite, "
    "the place where the first such number was made (`origin`).\n\n"
    "--tensorboard DIR writes costs, metrics, norms and learning rates after every epoch (of a "
    "script without inputs, after the steps that have norms), histograms of the parameters, and "
    "the "
    "graph; `tensorboard --logdir DIR` shows them. Their step is the number of updates.\n\n"
    "DIR/report.html is a page about the run that needs no network: its curves, of up to 2000 "
    "points, weights, confused classes, times and equations. It is written at the end, and every "
    "few seconds before. --watch prints an address at which a browser on this machine shows it as "
    "it grows, until the run ends; nobody else can reach it, and without the random word in the "
    "address nobody can read it.",
    Takes::script,
    &add_train_options,
    &run_train,
    &keys_help,
    true};

}  // namespace ebb
