#include "graph/cli/tensorboard.hpp"

#include "graph/cli/tensorboard_graph.hpp"
#include "graph/run/event_file.hpp"

namespace ebb {

namespace {

// Of a histogram; TensorBoard draws thirty.
constexpr std::size_t intervals = 60;

class TensorBoard : public Observer {
 public:
  TensorBoard(const Training& training, const std::filesystem::path& folder)
      : training_(training), file_(folder) {
    file_.graph(tensorboard_graph(training.model));
    file_.flush();
  }

  void epoch(const EpochReport& report) override {
    // Steps of a script without inputs are too many to write them all.
    if (has_failed_ || (!training_.trainer.has_data() && !report.norms)) return;
    const std::int64_t step = training_.trainer.state().steps;
    try {
      // Earlier files may tell of updates that this run makes anew.
      if (!std::exchange(has_begun_, true)) file_.begins_at(began_after_ + 1);
      file_.numbers(step, numbers_of(report));
      file_.histograms(step, histograms());
      file_.flush();
    } catch (const UserError& error) {
      has_failed_ = true;
      training_.invocation.warn("nothing more is written for TensorBoard: " +
                                error.diagnostic().message);
    }
  }

  void resumed(const std::string&) override { began_after_ = training_.trainer.state().steps; }

 private:
  static void add(std::vector<NamedNumber>& numbers, const std::string& group,
                  const Evaluation& evaluation) {
    const std::string folder = group + "/";
    if (evaluation.cost) numbers.push_back({folder + "cost", *evaluation.cost});
    for (const auto& [name, number] : evaluation.metrics)
      numbers.push_back({folder + name, number});
  }

  static void add(std::vector<NamedNumber>& numbers, const Norms& norms) {
    if (norms.rate) numbers.push_back({"train/learning_rate", *norms.rate});
    numbers.push_back({"norm/weights", norms.weights});
    numbers.push_back({"norm/gradient", norms.gradient});
    for (const ParameterNorms& parameter : norms.parameters) {
      numbers.push_back({"weight_norm/" + parameter.name, parameter.weights});
      numbers.push_back({"gradient_norm/" + parameter.name, parameter.gradient});
      if (parameter.rate && !norms.rate)
        numbers.push_back({"learning_rate/" + parameter.name, *parameter.rate});
    }
  }

  std::vector<NamedNumber> numbers_of(const EpochReport& report) const {
    std::vector<NamedNumber> numbers{{"train/cost", report.cost}};
    if (training_.trainer.has_data())
      numbers.push_back({"train/samples_per_second", report.samples_per_second});
    if (report.training) add(numbers, "train", *report.training);
    for (const auto& [name, evaluation] : report.blocks) add(numbers, name, evaluation);
    for (const auto& [name, evaluation] : report.averaged)
      add(numbers, name + "_averaged", evaluation);
    if (report.norms) add(numbers, *report.norms);
    return numbers;
  }

  std::vector<std::pair<std::string, Histogram>> histograms() const {
    std::vector<std::pair<std::string, Histogram>> all;
    for (const Parameter& parameter : training_.model.parameters)
      all.emplace_back("weights/" + parameter.name,
                       Histogram::of(*training_.store.find(parameter.name), intervals));
    return all;
  }

  const Training training_;
  EventFile file_;
  std::int64_t began_after_ = 0;
  bool has_begun_ = false, has_failed_ = false;
};

}  // namespace

std::unique_ptr<Observer> tensorboard(const Training& training,
                                      const std::filesystem::path& folder) {
  return std::make_unique<TensorBoard>(training, folder);
}

}  // namespace ebb
