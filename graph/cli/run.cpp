// ebb run
#include <algorithm>
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/picture.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/text.hpp"
#include "graph/run/data/npy.hpp"
#include "graph/run/data/safetensors.hpp"
#include "graph/run/inference.hpp"

namespace ebb {

namespace {

using NamedArrays = std::vector<std::pair<std::string, Array>>;

// Sample i of an array whose first dimension is the sample.
Array sample_of(const Array& array, std::int64_t i) {
  Array sample = array;
  sample.dims.erase(sample.dims.begin());
  const std::size_t bytes = sample.size_bytes();
  sample.bytes = std::shared_ptr<std::byte[]>(
      array.bytes, array.bytes.get() + static_cast<std::size_t>(i) * bytes);
  return sample;
}

bool is_per_sample(const Model& model, const std::string& name) {
  return model.graph.type(named_value(model, name)).per_sample;
}

std::vector<std::string> fetched_names(const Invocation& invocation, const Model& model) {
  auto names = invocation.texts("fetch");
  if (names.empty())
    for (const NamedValue& output : model.outputs) names.push_back(output.name);
  if (names.empty())
    throw UserError("the script has no `output`", {"--fetch NAME prints any named value"});
  return names;
}

void write(const NamedArrays& results, const std::string& file) {
  if (file.ends_with(".safetensors")) {
    write_safetensors(file, {results, {}});
    return;
  }
  if (results.size() > 1)
    throw UserError("a .npy file holds one value, and these are " + std::to_string(results.size()) +
                        ": " + results[0].first + ", " + results[1].first +
                        (results.size() > 2 ? ", ..." : ""),
                    {"--fetch NAME chooses one; --out FILE.safetensors holds several"});
  write_npy(file, results[0].second);
}

// A line per sample; values that are shared by all samples stand on a line of their own.
void print_json(const Model& model, const NamedArrays& results, std::int64_t first_sample) {
  Json shared = Json::object();
  std::vector<const NamedArrays::value_type*> per_sample;
  for (const auto& result : results) {
    if (is_per_sample(model, result.first)) {
      per_sample.push_back(&result);
    } else {
      shared[result.first] = to_json(result.second);
    }
  }
  if (!shared.empty()) print_line(shared);
  if (per_sample.empty()) return;
  for (std::int64_t i = 0; i < per_sample[0]->second.dims[0]; ++i) {
    Json line{{"sample", first_sample + i}};
    for (const auto* result : per_sample)
      line[result->first] = to_json(sample_of(result->second, i));
    print_line(line);
  }
}

void print_text(const Model& model, const NamedArrays& results) {
  for (const auto& [name, array] : results) {
    const bool one_line = is_one_line(array) && !is_per_sample(model, name);
    std::cout << name;
    if (one_line) {
      std::cout << " = " << to_text(array);
    } else {
      std::cout << ' ' << dims_of(array) << '\n' << to_text(array, 2);
    }
  }
}

std::int64_t index_of_largest(const Array& array) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < array.elements(); ++i)
    if (array.at(i) > array.at(best)) best = i;
  return best;
}

// What a vector of activations says: which of several is the largest, or the one that there is.
std::string verdict(const Array& sample) {
  if (sample.elements() != 1) return std::to_string(index_of_largest(sample));
  return short_number(sample.at(0), 3);
}

// The value that the cost compares the outputs with, where the block binds one of the same shape.
std::string truth_name(const Model& model, const InputSource& source, const std::string& output) {
  const DataBlock* block = model.find_data(source.block);
  if (!block) return {};
  const Shape& wanted = model.graph.type(named_value(model, output)).shape;
  for (const ModelInput& input : model.inputs)
    if (input.target && model.graph.type(input.value).shape == wanted &&
        std::ranges::find(block->bindings, input.name, &NamedValue::name) != block->bindings.end())
      return input.name;
  return {};
}

class Drawing {
 public:
  Drawing(Invocation& invocation, Model& model, const InputSource& source, Store& store)
      : terminal_(invocation.terminal), model_(model) {
    std::vector<std::string> names{invocation.text("draw"), fetched_names(invocation, model)[0]};
    for (const std::string& name : names)
      if (!is_per_sample(model, name))
        throw UserError("--draw shows samples, and `" + name + "` is shared by all of them");
    const std::string truth = truth_name(model, source, names[1]);
    if (!truth.empty()) names.push_back(truth);
    results_ = fetch(model, names, source, store, invocation.precision());
  }

  void print() const {
    const auto& [name, values] = results_[0];
    std::int64_t rows = 0, columns = 0;
    if (!picture_size({values.dims.begin() + 1, values.dims.end()}, rows, columns))
      throw UserError("`" + name + "` is " +
                          to_string(model_.graph.type(named_value(model_, name)).shape) +
                          " for one sample, which is no picture",
                      {"a picture is [h, w], or a vector of w * w elements"});
    std::vector<Captioned> pictures;
    for (std::int64_t i = 0; i < values.dims[0]; ++i) {
      const Array sample = sample_of(values, i);
      Picture picture{rows, columns, {}};
      for (std::int64_t j = 0; j < sample.elements(); ++j) picture.pixels.push_back(sample.at(j));
      pictures.push_back({std::move(picture), caption(i)});
    }
    std::cout << draw(std::move(pictures), terminal_.columns, terminal_.color_out);
  }

 private:
  std::string caption(std::int64_t i) const {
    std::string text = "says " + verdict(sample_of(results_[1].second, i));
    if (results_.size() < 3) return text;
    const std::string truth = verdict(sample_of(results_[2].second, i));
    return text + (sample_of(results_[1].second, i).elements() > 1 && text == "says " + truth
                       ? ", right"
                       : ", is " + truth);
  }

  const Terminal& terminal_;
  const Model& model_;
  NamedArrays results_;
};

void add_run_options(boost::program_options::options_description& options) {
  options.add_options()("fetch", words("NAME"),
                        "print this named value; repeat it for several (default: the outputs)")(
      "out", word("FILE"),
      "write a .npy file, or with several values a .safetensors file; - is standard output")(
      "draw", word("NAME"),
      "draw this value of each sample as a picture, with what the output says of it");
  add_weights(options);
  add_samples(options);
}

int run_run(Invocation& invocation) {
  if (invocation.has("draw") && (invocation.json || invocation.has("out")))
    throw UsageError("--draw excludes --json and --out");
  if (invocation.json && invocation.text("out") == "-")
    throw UsageError("--json and --out - both want standard output");
  const InputSource source = chosen_samples(invocation, outline_of(invocation));
  Model& model = elaborate(invocation, false, blocks_of(source));
  Store store = first_values(invocation, model);
  if (invocation.has("draw")) {
    const Drawing drawing(invocation, model, source, store);
    note_untrained(invocation, model);
    drawing.print();
    return 0;
  }
  const auto results =
      fetch(model, fetched_names(invocation, model), source, store, invocation.precision());
  note_untrained(invocation, model);
  if (invocation.has("out")) {
    write(results, invocation.text("out"));
    if (invocation.json) print_line({{"out", invocation.text("out")}});
  } else if (invocation.json) {
    print_json(model, results, source.begin);
  } else {
    print_text(model, results);
  }
  return 0;
}

}  // namespace

const Command run_command = {
    "run",
    "outputs, or any named value, for given inputs",
    "run SCRIPT --weights FILE [--on BLOCK --samples A..B | --input NAME=FILE ...] [flags]",
    "Computes the script's outputs, or the values that --fetch names, for samples of a "
    "data block or of .npy files. In files the sample is the first dimension, as in NumPy. "
    "The script is elaborated with `training` false.",
    Takes::script,
    &add_run_options,
    &run_run};

}  // namespace ebb
