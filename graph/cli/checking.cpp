#include "graph/cli/checking.hpp"

#include <algorithm>

#include "graph/cli/script.hpp"
#include "graph/run/trainer.hpp"
#include "graph/script/mistake.hpp"

namespace ebb {

namespace {

// Sources of plugins give a text only: that of the operating system, or of `idx`.
bool is_absent_file(const Diagnostic& diagnostic) {
  return diagnostic.code == code_of(Mistake::unreadable_data) &&
         (diagnostic.message.ends_with("no such file") ||
          diagnostic.message.ends_with("No such file or directory"));
}

// The samples of a training step: 1 of a script without inputs, or where the whole block is meant
// and its files are absent.
std::int64_t minibatch_of(const Model& model, const std::vector<BlockState>& blocks) {
  const TrainSettings& settings = model.train;
  if (model.inputs.empty()) return 1;
  if (settings.minibatch > 0) return settings.minibatch;
  if (settings.batch > 0) return settings.batch;
  const auto train = std::ranges::find(blocks, "train", &BlockState::name);
  return train == blocks.end() ? 1 : std::max<std::int64_t>(1, train->samples);
}

class Checker {
 public:
  Checker(Invocation& invocation, Diagnostics& found) : invocation_(invocation), all_(found) {}

  Checked operator()() {
    Checked checked;
    checked.model = elaborate_with(false, {});
    Model* training = elaborate_with(true, {});
    for (const std::string& block : outline_of(invocation_).blocks)
      checked.blocks.push_back(check_block(block));
    if (training && training->cost && training->optimizer) {
      try {
        checked.minibatch = minibatch_of(*training, checked.blocks);
        const Passes passes = passes_of(*training, checked.minibatch);
        checked.step = cost_of(passes.update);
        checked.step->bytes = static_cast<double>(bytes_of(passes));
      } catch (const UserError& error) {
        all_.add(error.diagnostic());
      }
    }
    all_.count(not_kept_);
    return checked;
  }

 private:
  Model* elaborate_with(bool training, const std::vector<std::string>& blocks) {
    Diagnostics& found = invocation_.findings.emplace_back();
    Model* model = elaborate(invocation_, training, blocks, found);
    merge(found);
    return model;
  }

  BlockState check_block(const std::string& name) {
    Diagnostics& found = invocation_.findings.emplace_back();
    const Model* model = elaborate(invocation_, name == "train", {name}, found);
    merge(found);
    const auto absent = std::ranges::find_if(found.all(), is_absent_file);
    if (absent != found.all().end()) return {name, 0, absent->message};
    const DataBlock* block = model ? model->find_data(name) : nullptr;
    return {name, block ? block->samples : 0, {}};
  }

  // Adds what is new in `more`, but for absent files. A script that is elaborated twice complains
  // twice, also of the errors that are only counted.
  void merge(const Diagnostics& more) {
    for (const Diagnostic& diagnostic : more.all())
      if (!is_absent_file(diagnostic) && seen_.insert(to_string(diagnostic)).second)
        all_.add(diagnostic);
    not_kept_ = std::max(not_kept_, more.not_kept());
  }

  Passes passes_of(Model& model, std::int64_t minibatch) const {
    const Precision precision = invocation_.precision();
    const MemoryLimit limit{model.memory, precision, minibatch};
    return ebb::passes_of(model, make_training_graph(model, nullptr, limit), precision, minibatch);
  }

  Invocation& invocation_;
  Diagnostics& all_;
  std::set<std::string> seen_;
  std::size_t not_kept_ = 0;
};

}  // namespace

Checked check(Invocation& invocation, Diagnostics& found) { return Checker(invocation, found)(); }

}  // namespace ebb
