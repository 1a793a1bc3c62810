#include "graph/cli/report/classification.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "graph/cli/report/history.hpp"
#include "graph/cli/report/sample_pictures.hpp"
#include "graph/run/feed.hpp"
#include "graph/run/training_graph.hpp"

namespace ebb {

namespace {

constexpr std::int64_t max_classes = 200, max_numbers = 16;
constexpr std::size_t max_worst = 24;

// Values of a block's samples, in mini-batches.
class SampleValues {
 public:
  SampleValues(Model& model, const DataBlock& block, const std::vector<Value>& values, Store& store,
               Precision precision, std::int64_t minibatch)
      : minibatch_(std::min(minibatch, block.samples)) {
    Simplifier simplify = simplifier_of(model);
    for (const NamedValue& binding : block.bindings) {
      const auto input = std::ranges::find(model.inputs, binding.name, &ModelInput::name);
      simplify.substitute(input->value, binding.value);
    }
    PlanRequest request;
    request.precision = precision;
    request.max_samples = minibatch_;
    for (const Value value : values) values_.push_back(simplify(value));
    request.fetches = values_;
    executor_.emplace(make_plan(model.graph, request), store);
    feed_.emplace(model.columns, *executor_);
  }

  // Calls look(i, tensors, s): `samples[i]` is sample s of each tensor.
  void each(std::span<const std::int64_t> samples, const auto& look) {
    for (std::size_t first = 0; first < samples.size();) {
      const auto part = samples.subspan(
          first, std::min(samples.size() - first, static_cast<std::size_t>(minibatch_)));
      feed_->gather(part);
      executor_->run(static_cast<std::int64_t>(part.size()));
      std::vector<Tensor> tensors;
      for (const Value value : values_) tensors.push_back(executor_->fetch_tensor(value));
      for (std::size_t s = 0; s < part.size(); ++s)
        look(first + s, tensors, static_cast<std::int64_t>(s));
      first += part.size();
    }
  }

 private:
  std::int64_t minibatch_;
  std::vector<Value> values_;
  std::optional<Executor> executor_;
  std::optional<Feed> feed_;
};

std::vector<double> sample_of(const Tensor& tensor, std::int64_t sample) {
  const std::int64_t n = tensor.elements_per_sample();
  std::vector<double> numbers;
  const std::int64_t first = tensor.type().per_sample ? sample * n : 0;
  for (std::int64_t i = first; i < first + n; ++i) numbers.push_back(tensor.at(i));
  return numbers;
}

std::int64_t largest(const std::vector<double>& numbers) {
  return std::ranges::max_element(numbers) - numbers.begin();
}

// The classes of outputs and targets, as long as all that was seen are such.
class Classes {
 public:
  // There are none with no outputs.
  explicit Classes(std::int64_t outputs)
      : count_(std::max<std::int64_t>(outputs, 2)), is_one_number_(outputs == 1) {
    if (outputs == 0 || count_ > max_classes) valid_ = false;
  }

  // Returns {truth, predicted}.
  std::pair<std::int64_t, std::int64_t> add(const std::vector<double>& output,
                                            const std::vector<double>& target) {
    const std::int64_t truth = class_of(target);
    const bool unclear = is_one_number_ && !(output[0] >= 0 && output[0] <= 1);
    if (truth < 0 || truth >= count_ || unclear) valid_ = false;
    return {truth, is_one_number_ ? (output[0] >= 0.5 ? 1 : 0) : largest(output)};
  }
  bool valid() const { return valid_; }
  std::int64_t count() const { return count_; }

 private:
  std::int64_t class_of(const std::vector<double>& target) const {
    if (target.size() == 1)
      return target[0] >= 0 && target[0] < static_cast<double>(count_) &&
                     target[0] == std::floor(target[0])
                 ? static_cast<std::int64_t>(target[0])
                 : -1;
    const auto ones = std::ranges::count(target, 1.0), zeros = std::ranges::count(target, 0.0);
    const bool one_hot =
        static_cast<std::int64_t>(target.size()) == count_ && ones == 1 && zeros == count_ - 1;
    return one_hot ? largest(target) : -1;
  }

  std::int64_t count_;
  bool is_one_number_, valid_ = true;
};

struct Sample {
  double cost = 0;
  std::int64_t truth = -1, predicted = -1;
};

// What is looked at of each sample, as far as there is such.
struct Looked {
  std::optional<Value> input, output, target;
  std::optional<Value> likeness;  // an output that may be seen beside the input
  std::optional<Value> cost;      // where each sample has one
  bool may_have_classes = false;
};

Looked looked_at(const Model& model) {
  Looked looked;
  const auto type = [&](Value value) -> const Type& { return model.graph.type(value); };
  for (const ModelInput& input : model.inputs)
    if (std::optional<Value>& of = input.target ? looked.target : looked.input;
        !of && type(input.value).per_sample)
      of = input.value;
  for (const NamedValue& output : model.outputs) {
    if (!type(output.value).per_sample) continue;
    if (!looked.output) looked.output = output.value;
    if (!looked.likeness && looked.input && type(output.value).shape == type(*looked.input).shape)
      looked.likeness = output.value;
  }
  if (model.cost && type(model.cost->value).per_sample) looked.cost = model.cost->value;
  const auto is_vector = [&](const std::optional<Value>& value) {
    return value && type(*value).shape.is_vector() && type(*value).shape.elements() > 0;
  };
  looked.may_have_classes = is_vector(looked.output) && is_vector(looked.target);
  return looked;
}

Json confusion_of(const std::vector<Sample>& samples, std::int64_t classes) {
  const auto n = static_cast<std::size_t>(classes);
  std::vector<std::vector<std::int64_t>> counts(n, std::vector<std::int64_t>(n));
  for (const Sample& sample : samples)
    ++counts[static_cast<std::size_t>(sample.truth)][static_cast<std::size_t>(sample.predicted)];
  return counts;
}

Json numbers_of(const std::vector<double>& numbers) {
  Json list = Json::array();
  for (const double number : numbers) list.push_back(rounded(number));
  return list;
}

// The numbers of the samples that cost most, the worst first.
std::vector<std::int64_t> worst_among(const std::vector<Sample>& samples) {
  std::vector<std::int64_t> worst(samples.size());
  std::iota(worst.begin(), worst.end(), 0);
  const auto n = std::min(worst.size(), max_worst);
  std::ranges::partial_sort(
      worst, worst.begin() + static_cast<std::ptrdiff_t>(n), std::greater<>(),
      [&](std::int64_t i) { return samples[static_cast<std::size_t>(i)].cost; });
  worst.resize(n);
  return worst;
}

// What stands below the samples that cost most, or in their place.
class Worst {
 public:
  Worst(const Looked& looked, bool are_classes) : looked_(looked), are_classes_(are_classes) {
    for (const auto& value : {looked.output, looked.target, looked.input, looked.likeness})
      if (value) values.push_back(*value);
  }
  void add(std::int64_t number, const Sample& sample, const std::vector<Tensor>& tensors,
           std::int64_t s);
  Json json();

  std::vector<Value> values;  // those of which tensors are wanted

 private:
  const Tensor* of(const std::optional<Value>& value, const std::vector<Tensor>& tensors) const {
    return value ? &tensors[static_cast<std::size_t>(std::ranges::find(values, *value) -
                                                     values.begin())]
                 : nullptr;
  }

  const Looked& looked_;
  bool are_classes_;
  SamplePictures pictures_;
  std::vector<std::pair<std::size_t, const char*>> places_;  // of the pictures: entry, key
  Json list_ = Json::array();
};

void Worst::add(std::int64_t number, const Sample& sample, const std::vector<Tensor>& tensors,
                std::int64_t s) {
  Json entry{{"sample", number}, {"cost", rounded(sample.cost)}};
  const auto add_numbers = [&](const char* key, const Tensor* tensor) {
    if (tensor && tensor->elements_per_sample() <= max_numbers)
      entry[key] = numbers_of(sample_of(*tensor, s));
  };
  const auto add_picture = [&](const char* key, const Tensor* tensor) {
    const bool is_picture = tensor && pictures_.add(*tensor, s);
    if (is_picture) places_.emplace_back(list_.size(), key);
    return is_picture;
  };
  if (are_classes_) {
    entry["truth"] = sample.truth;
    entry["predicted"] = sample.predicted;
  } else {
    add_numbers("target", of(looked_.target, tensors));
    add_numbers("output", of(looked_.output, tensors));
  }
  const Tensor* input = of(looked_.input, tensors);
  if (!add_picture("picture", input))
    add_numbers("numbers", input);
  else if (!are_classes_)
    add_picture("output picture", of(looked_.likeness, tensors));
  list_.push_back(std::move(entry));
}

Json Worst::json() {
  const auto drawn = pictures_.json();
  for (std::size_t i = 0; i < drawn.size(); ++i)
    list_[places_[i].first][places_[i].second] = drawn[i];
  return std::move(list_);
}

}  // namespace

Json samples_looked_at(Model& model, const std::string& name, Store& store, Precision precision,
                       std::int64_t minibatch) {
  const DataBlock* block = model.find_data(name);
  const Looked looked = looked_at(model);
  if (!block || block->samples == 0 || (!looked.may_have_classes && !looked.cost)) return nullptr;
  std::vector<std::int64_t> all(
      static_cast<std::size_t>(std::min(block->samples, max_samples_looked_at)));
  std::iota(all.begin(), all.end(), 0);
  std::vector<Value> values;
  if (looked.may_have_classes) values = {*looked.output, *looked.target};
  if (looked.cost) values.push_back(*looked.cost);
  std::vector<Sample> samples(all.size());
  Classes classes(looked.may_have_classes ? model.graph.type(*looked.output).shape.elements() : 0);
  SampleValues(model, *block, values, store, precision, minibatch)
      .each(all, [&](std::size_t i, const std::vector<Tensor>& tensors, std::int64_t s) {
        Sample& sample = samples[i];
        if (looked.cost) sample.cost = sample_of(tensors.back(), s)[0];
        if (classes.valid())
          std::tie(sample.truth, sample.predicted) =
              classes.add(sample_of(tensors[0], s), sample_of(tensors[1], s));
      });
  if (!classes.valid() && !looked.cost) return nullptr;
  Json result{{"block", name}, {"samples", all.size()}, {"of", block->samples}};
  if (classes.valid()) result["confusion"] = confusion_of(samples, classes.count());
  if (!looked.cost) return result;
  const std::vector<std::int64_t> worst = worst_among(samples);
  Worst list(looked, classes.valid());
  SampleValues(model, *block, list.values, store, precision, minibatch)
      .each(worst, [&](std::size_t i, const std::vector<Tensor>& tensors, std::int64_t s) {
        list.add(worst[i], samples[static_cast<std::size_t>(worst[i])], tensors, s);
      });
  result["worst"] = list.json();
  return result;
}

}  // namespace ebb
