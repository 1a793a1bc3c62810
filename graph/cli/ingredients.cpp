#include "graph/cli/ingredients.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "graph/core/hash.hpp"

namespace ebb {

namespace {

// How often a run is saved changes nothing in it.
constexpr std::string_view no_ingredients[] = {"train.checkpoint_steps", "train.checkpoint_minutes",
                                               "train.keep"};

std::string text_of(const std::variant<double, std::string, bool>& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return "\"" + *text + "\"";
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  std::array<char, 32> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), std::get<double>(value));
  return {digits.data(), end.ptr};
}

// Of samples that stay with their source: some, spread over it. All of them may take hours to read.
Array some_samples(const SampleColumn& column) {
  constexpr std::int64_t most = 256, least = 16, most_bytes = 4 << 20;
  std::vector<std::int64_t> dims = column.array.dims;
  const std::int64_t last = dims[0] - 1;
  dims[0] = std::min(dims[0], least);
  const auto bytes = static_cast<std::int64_t>(Array{column.array.dtype, dims, {}}.size_bytes());
  const std::int64_t wanted =
      std::clamp(most_bytes / std::max<std::int64_t>(bytes / dims[0], 1), least, most);
  dims[0] = std::min(column.array.dims[0], wanted);
  Array some = Array::make(column.array.dtype, dims);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < dims[0]; ++i)
    indices.push_back(column.first + i * last / std::max<std::int64_t>(dims[0] - 1, 1));
  column.reader->read(indices, some.bytes.get());
  return some;
}

void add_column(Fingerprint& fingerprint, const std::string& key, const SampleColumn& column) {
  fingerprint.add(key);
  fingerprint.add(name(column.array.dtype));
  for (const auto dim : column.array.dims) fingerprint.add(" " + std::to_string(dim));
  const Array samples = column.reader ? some_samples(column) : column.array;
  fingerprint.add({samples.bytes.get(), samples.size_bytes()});
}

constexpr const char* of_samples = " (some samples of it)";

// By block, which the columns' keys begin with. Those of `known` are there.
void add_data(const Model& model, const Model* known, Ingredients& result) {
  for (const DataBlock& block : model.data) {
    if (known && known->find_data(block.name)) continue;
    Fingerprint fingerprint;
    bool streamed = false;
    for (const auto& [key, column] : model.columns) {
      if (!key.starts_with(block.name + "/")) continue;
      add_column(fingerprint, key, column);
      streamed |= column.reader != nullptr;
    }
    result["data " + block.name + (streamed ? of_samples : "")] = fingerprint.text();
  }
}

}  // namespace

bool is_sampled(const Ingredients& ingredients) {
  return std::ranges::any_of(ingredients, [](const auto& entry) {
    return entry.first.starts_with("data ") && entry.first.ends_with(of_samples);
  });
}

Ingredients ingredients_of(const Invocation& invocation, const Outline& outline,
                           const Model& training, const Model& inference,
                           const std::string& weights) {
  Ingredients result;
  for (const auto& [name, fingerprint] : outline.files) result[name] = fingerprint;
  for (const ModelOption& option : training.options)
    result["option " + option.name] = text_of(option.value);
  for (const std::string& setting : invocation.texts("set")) {
    const std::size_t equals = setting.find('=');
    const std::string key = setting.substr(0, equals);
    if (std::ranges::find(no_ingredients, key) == std::end(no_ingredients))
      result[key] = setting.substr(equals + 1);
  }
  for (const std::string& rewrite : invocation.texts("without"))
    result["--without " + rewrite] = "given";
  if (invocation.has("weights")) result["--weights"] = weights;
  if (invocation.has("memory")) result["--memory"] = invocation.text("memory");
  result["--seed"] = std::to_string(invocation.seed());
  result["--precision"] = invocation.text("precision", "float");
  add_data(training, nullptr, result);
  add_data(inference, &training, result);
  for (const LoadedPlugin& plugin : invocation.plugins.loaded())
    result["plugin " + plugin.name] = plugin.hash;
  return result;
}

}  // namespace ebb
