// What a script means: a graph with names, its data and its training.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graph/core/array.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/graph.hpp"
#include "graph/core/origins.hpp"
#include "graph/core/registry.hpp"
#include "graph/core/rewrite.hpp"
#include "graph/core/source.hpp"

namespace ebb {

struct MetricDef;

// `option NAME = VALUE "help"`, with the value that this elaboration used.
struct ModelOption {
  std::string name, help;
  std::variant<double, std::string, bool> fallback, value;
  Span span;
};

// A `param`: a variable, and a constant expression for its first value.
struct Parameter {
  std::string name;  // "a[0].w"
  Value value;
  Value init;
  Span span;  // of its name; of one in the standard library, of the script's call that made it
};

// A `state` of a layer or of an update rule. `next` is none where nothing assigns it.
struct State {
  std::string name;  // "a[0].m", "a[0].w/v"
  Value value;
  Value init;
  Value next;
  Span span;
  std::string rule = {};  // of an update rule's: "adam"
};

struct ModelInput {
  std::string name;
  Value value;
  bool target = false;
  Span span;
};

struct NamedValue {
  std::string name;
  Value value;
  Span span;
};

// `data NAME { ... }`: for each input, an expression over `data` leaves (per sample).
struct DataBlock {
  std::string name;
  std::int64_t samples = 0;
  std::vector<NamedValue> bindings;  // name is the input's; the value has the input's type
  Span span;
};

// A metric of a plugin, which looks at all samples of a block.
struct SampleMetric {
  std::string name;
  const MetricDef* def = nullptr;
  std::shared_ptr<const Attributes> attrs;  // may be null
  std::vector<Value> inputs;                // per sample, of the record's element types
  std::size_t place = 0;                    // how many of Model::metrics come before it
  Span span;
};

// The data behind one `data` leaf. Its key is Node::key of the leaf.
using DataColumns = std::map<std::string, SampleColumn>;

// A rule's setting `eta`: a shared scalar of the graph, or else a number; NaN where it has none.
struct LearningRate {
  Value value;
  double number = std::numeric_limits<double>::quiet_NaN();
};

// What an update rule makes of one parameter.
struct Update {
  Value next;
  std::vector<State> states;
  LearningRate rate;
};

// A call of a layer, of a `def` or of an update rule; what it made are the nodes [begin, end), with
// those of the calls in it.
struct ModelCall {
  std::string text;  // "dense(x, 30)"
  std::string name;  // of a layer: "a[0]", where the names of its parameters begin
  NodeId begin = 0, end = 0;
};

struct Model;

// A hyper-parameter that equations show by its name.
struct Hyperparameter {
  std::string name;  // "eta"
  Value value;       // a shared real scalar input whose key is `name`
  double number = 0;
};

// The optimizer stage. Given all parameters in order and their gradients (in the same graph),
// appends the update rules' nodes. Throws UserError. Call it once per model.
using OptimizerStage =
    std::function<std::vector<Update>(Model&, const std::vector<Value>& gradients)>;

// A minimiser of the whole problem, in place of the optimizer stage: `optimizer = lbfgs(...)`.
struct ChosenMinimizer {
  const MinimizerDef* def = nullptr;
  std::shared_ptr<const Attributes> attrs;
  Value residual;  // a real scalar of each sample; none where the minimiser asks for no residuals
  Span span;
};

struct TrainSettings {
  std::int64_t minibatch = 32;  // 0: the whole batch
  std::int64_t batch = 0;       // samples drawn for an epoch; 0: all
  std::int64_t epochs = 10;
  std::int64_t steps = 100;     // of a script without inputs
  std::int64_t patience = 0;    // epochs without gain on `validation` before stopping; 0: never
  std::int64_t accumulate = 1;  // mini-batches to an update
  double average = 0;           // what of the weights' running average an update keeps; 0: none
  // How often the run is saved besides after epochs; 0: not so.
  std::int64_t checkpoint_steps = 0;
  double checkpoint_minutes = 10;
  std::int64_t keep = 1;  // checkpoints
};

// One key of `train`, for `ebb help`.
struct TrainKey {
  const char *name, *type, *fallback, *help;
};
const std::vector<TrainKey>& train_keys();

struct Model {
  explicit Model(const OpRegistry& registry) : graph(registry) {}
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  Graph graph;
  std::vector<ModelCall> calls;  // those that made nodes; inner ones before outer ones
  Origins origins;               // of what was made by differentiation and simplification
  std::vector<ModelOption> options;
  std::vector<Parameter> parameters;
  std::vector<State> states;  // of layers; rules return theirs
  // Of layers called in the settings of rules (schedules with a memory): they belong to a run.
  std::vector<State> schedule_states;
  std::vector<ModelInput> inputs;
  std::vector<NamedValue> outputs;
  std::optional<NamedValue> cost;  // as written: per sample, or shared
  std::vector<NamedValue> metrics;
  std::vector<SampleMetric> sample_metrics;
  // Every name a user may ask for; the last value of that name.
  std::map<std::string, Value, std::less<>> names;
  std::vector<DataBlock> data;
  DataColumns columns;
  std::vector<Rewrite> rewrites;     // built-in ones first
  std::vector<std::string> without;  // names of the rewrites that are not applied
  double memory = 0;                 // bytes that a training step may take; 0: any number
  TrainSettings train;
  OptimizerStage optimizer;  // empty without one, and where there is a minimiser
  std::shared_ptr<const ChosenMinimizer> minimizer;
  std::string optimizer_text;  // as written: "sgd(eta)"
  // When set, the optimizer stage takes hyper-parameters that are numbers as inputs, one for each
  // name and number, and lists them here, so that equations can show them by name.
  bool symbolic = false;
  std::vector<Hyperparameter> hyperparameters;

  // Leaves that the executor feeds; none where nothing uses them. All are shared scalars but
  // sample_index (per sample: the sample's index in its data block). The counters are i64.
  Value step, epoch, last_validation, sample_index;

  // Keeps what spans and closures point into.
  std::vector<std::shared_ptr<const void>> keep_alive;

  const DataBlock* find_data(std::string_view name) const;
};

}  // namespace ebb
