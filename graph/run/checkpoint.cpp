#include "graph/run/checkpoint.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <sstream>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/file.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view made_from = "made from: ", states_of = "states of ";
constexpr const char *evaluated = "evaluations", *evaluations_seal = "evaluations.seal";
constexpr std::string_view step_prefix = "weights-step", suffix = ".safetensors";

std::string all_bits(double number) {
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::hex);
  return {text.data(), end.ptr};
}

template <class T>
void read_number(const TensorFile& file, const std::string& name, const char* key, T& number) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    file_error(name,
               "it holds weights, but not where their training stood: `" + std::string(key) +
                   "` is missing",
               {"`--weights` starts a new training from them"});
  const std::string& text = found->second;
  std::from_chars_result result{};
  if constexpr (std::is_floating_point_v<T>)
    result =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::hex);
  else
    result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size())
    file_error(name, "its `" + std::string(key) + "` is no number: `" + text + "`");
}

// Step numbers of the older checkpoints of a folder, the newest first.
std::vector<std::int64_t> kept_steps(const fs::path& folder) {
  std::vector<std::int64_t> steps;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(step_prefix) || !name.ends_with(suffix)) continue;
    const char* const first = name.data() + step_prefix.size();
    const char* const last = name.data() + name.size() - suffix.size();
    std::int64_t step = 0;
    if (const auto read = std::from_chars(first, last, step); read.ptr == last && first != last)
      steps.push_back(step);
  }
  std::ranges::sort(steps, std::greater());
  return steps;
}

// The rule of each state.
std::map<std::string, std::string> rules_of(const TensorFile& file) {
  std::map<std::string, std::string> rules;
  for (const auto& [key, names] : file.metadata) {
    if (!key.starts_with(states_of)) continue;
    std::istringstream words(names);
    for (std::string name; words >> name;) rules.emplace(name, key.substr(states_of.size()));
  }
  return rules;
}

fs::path kept_at(const fs::path& folder, std::int64_t step) {
  return folder / (std::string(step_prefix) + std::to_string(step) + std::string(suffix));
}

}  // namespace

std::vector<std::string> differences(const Ingredients& then, const Ingredients& now) {
  // Fingerprints say nothing to people.
  const auto is_fingerprint = [](const std::string& text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  };
  std::vector<std::string> result;
  for (const auto& [name, value] : then) {
    const auto found = now.find(name);
    if (found == now.end())
      result.push_back(name + (is_fingerprint(value) ? "" : " was " + value + " and") +
                       " is no longer there");
    else if (found->second != value)
      result.push_back(is_fingerprint(value) ? name + " has changed"
                                             : name + " was " + value + " and is " + found->second);
  }
  for (const auto& [name, value] : now)
    if (!then.contains(name))
      result.push_back(name + " is new" + (is_fingerprint(value) ? "" : ": " + value));
  return result;
}

std::map<std::string, std::string> to_metadata(const TrainingState& state,
                                               const Ingredients& ingredients) {
  std::map<std::string, std::string> metadata{{"step", std::to_string(state.steps)},
                                              {"epoch", std::to_string(state.epochs)},
                                              {"epoch.position", std::to_string(state.position)},
                                              {"epoch.updates", std::to_string(state.updates)},
                                              {"epoch.cost", all_bits(state.cost)},
                                              {"best", all_bits(state.best)},
                                              {"best.epoch", std::to_string(state.best_epoch)},
                                              {"last_validation", all_bits(state.last_validation)}};
  for (const auto& [name, value] : ingredients) metadata[std::string(made_from) + name] = value;
  return metadata;
}

TrainingState training_state(const TensorFile& file, const std::string& name) {
  TrainingState state;
  read_number(file, name, "step", state.steps);
  read_number(file, name, "epoch", state.epochs);
  read_number(file, name, "epoch.position", state.position);
  read_number(file, name, "epoch.updates", state.updates);
  read_number(file, name, "epoch.cost", state.cost);
  read_number(file, name, "best", state.best);
  read_number(file, name, "best.epoch", state.best_epoch);
  read_number(file, name, "last_validation", state.last_validation);
  return state;
}

Ingredients ingredients(const TensorFile& file) {
  Ingredients result;
  for (const auto& [key, value] : file.metadata)
    if (key.starts_with(made_from)) result.emplace(key.substr(made_from.size()), value);
  return result;
}

void add_evaluation_mark(const EvaluationRecord::Mark& mark,
                         std::map<std::string, std::string>& metadata) {
  metadata[evaluated] = std::to_string(mark.bytes);
  metadata[evaluations_seal] = mark.seal;
}

std::optional<EvaluationRecord::Mark> evaluation_mark(const TensorFile& file,
                                                      const std::string& name) {
  const auto seal = file.metadata.find(evaluations_seal);
  if (seal == file.metadata.end()) return std::nullopt;
  EvaluationRecord::Mark mark{0, seal->second};
  read_number(file, name, evaluated, mark.bytes);
  return mark;
}

void add_rules(const std::vector<State>& states, std::map<std::string, std::string>& metadata) {
  for (const State& state : states) {
    if (state.rule.empty()) continue;
    std::string& names = metadata[std::string(states_of) + state.rule];
    names += (names.empty() ? "" : " ") + state.name;
  }
}

std::vector<std::string> load_states(const TensorFile& file, const std::string& name,
                                     const Graph& graph, const std::vector<State>& states,
                                     Store& store, bool is_changed) {
  const auto rules = rules_of(file);
  std::vector<std::string> left;
  for (const State& state : states) {
    const auto found = std::ranges::find(
        file.tensors, state.name, [](const auto& t) -> const std::string& { return t.first; });
    const Shape& shape = graph.type(state.value).shape;
    const auto rule = rules.find(state.name);
    if (is_changed &&
        (found == file.tensors.end() || (rule != rules.end() && rule->second != state.rule))) {
      left.push_back(state.name);
      continue;
    }
    if (found == file.tensors.end())
      file_error(name, "it lacks the state " + state.name + " of the update rule");
    if (!std::ranges::equal(found->second.dims, shape.dims()))
      file_error(name, state.name + " is " + dims_text(found->second.dims) + " there, " +
                           to_string(shape) + " in the script");
    Tensor& target = *store.find(state.name);
    const Tensor value = to_tensor(found->second, target.type());
    std::memcpy(target.bytes(), value.bytes(), target.size_bytes());
  }
  return left;
}

std::optional<FoundCheckpoint> find_checkpoint(const fs::path& folder) {
  std::vector<fs::path> candidates{folder / last_weights};
  for (const std::int64_t step : kept_steps(folder)) candidates.push_back(kept_at(folder, step));
  FoundCheckpoint found;
  for (const fs::path& path : candidates) {
    std::error_code error;
    if (!fs::exists(path, error) && !error) continue;
    try {
      found.file = read_safetensors(path);
      found.path = path;
      return found;
    } catch (const UserError& unreadable) {
      if (path == candidates.back()) throw;
      found.unreadable.push_back(unreadable.diagnostic().message);
    }
  }
  return std::nullopt;
}

void keep_checkpoint(const fs::path& folder, std::int64_t step) {
  std::error_code error;
  // A link to a symbolic link would be one to what replaces the file behind it.
  const fs::path last = fs::canonical(folder / last_weights, error);
  if (error) return;
  const fs::path kept = kept_at(folder, step);
  fs::remove(kept, error);
  fs::create_hard_link(last, kept, error);
  if (!error) return;
  InputFile file(last);
  const std::size_t size = file.remaining().value_or(0);
  const auto bytes = file.rest();
  const std::span<const std::byte> pieces[] = {{bytes.get(), size}};
  write_file(kept, pieces);
}

void forget_checkpoints(const fs::path& folder, std::int64_t step, std::int64_t count) {
  std::error_code ignored;
  for (const std::int64_t kept : kept_steps(folder)) {
    if (kept < step && count-- > 0) continue;
    fs::remove(kept_at(folder, kept), ignored);
  }
}

}  // namespace ebb
