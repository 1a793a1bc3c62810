#include "graph/cli/manifest.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "graph/core/hash.hpp"
#include "graph/run/data/file.hpp"

namespace ebb {

namespace {

using Json = nlohmann::ordered_json;
// For reading: an ordered object looks through all its keys for each.
using SortedJson = nlohmann::json;

constexpr std::size_t max_manifest = 16 << 20;

// 1e300 is a number, but not of updates: to a whole one it cannot be made.
std::int64_t updates_of(const SortedJson& json) {
  if (json.is_number_integer() && json >= 0 && json <= std::numeric_limits<std::int64_t>::max())
    return json.get<std::int64_t>();
  throw SortedJson::other_error::create(500, "no number of updates", nullptr);
}

}  // namespace

void write_manifest(const std::filesystem::path& path, const Manifest& manifest) {
  Json made_from = Json::object();
  for (const auto& [name, value] : manifest.ingredients) made_from[name] = value;
  Json json{{"ebb", manifest.version},     {"train", manifest.words},
            {"made from", made_from},      {"updates", manifest.updates},
            {"weights", manifest.weights}, {"versions", manifest.versions}};
  if (manifest.is_changed) json["resumed with changes"] = true;
  // A path need not be UTF-8, and a manifest must be; such a run can not be replayed.
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::span<const std::byte> pieces[] = {bytes_of(text)};
  write_file(path, pieces);
}

Manifest read_manifest(const std::filesystem::path& path) {
  InputFile file(path, InputFile::Kind::regular);
  std::string text(std::min<std::size_t>(file.remaining().value_or(0), max_manifest), '\0');
  file.read(std::as_writable_bytes(std::span(text)), "the manifest");
  try {
    const SortedJson json = SortedJson::parse(text);
    Manifest manifest;
    json.at("ebb").get_to(manifest.version);
    json.at("train").get_to(manifest.words);
    manifest.updates = updates_of(json.at("updates"));
    json.at("weights").get_to(manifest.weights);
    for (const auto& [name, value] : json.at("made from").items())
      manifest.ingredients.emplace(name, value.get<std::string>());
    // Older ones have neither.
    if (const auto found = json.find("versions"); found != json.end())
      for (const auto& [name, value] : found->items())
        manifest.versions.emplace(name, value.get<std::string>());
    manifest.is_changed = json.value("resumed with changes", false);
    return manifest;
  } catch (const SortedJson::exception&) {
    file_error(file.name(), "it is no manifest of a training",
               {"`ebb train` writes one beside the weights: manifest.json"});
  }
}

std::string fingerprint_of(const TensorFile& file) {
  Fingerprint fingerprint;
  for (const auto& [name, array] : file.tensors) {
    fingerprint.add(name + " " + std::string(ebb::name(array.dtype)) + dims_text(array.dims));
    fingerprint.add(bytes_of(array));
  }
  return fingerprint.text();
}

std::vector<std::string> words_of_training(const std::vector<std::string>& command_line) {
  static const std::vector<std::string> with_value = {"--out", "--resume", "--color",
                                                      "--tensorboard", "--port"};
  static const std::vector<std::string> alone = {"--json", "--quiet", "--allow-changed",
                                                 "--no-report", "--watch"};
  std::vector<std::string> words;
  for (std::size_t i = 0; i < command_line.size(); ++i) {
    const std::string name = command_line[i].substr(0, command_line[i].find('='));
    const bool takes_value = std::ranges::find(with_value, name) != with_value.end();
    if (takes_value && name == command_line[i]) ++i;
    if (takes_value || std::ranges::find(alone, name) != alone.end()) continue;
    words.push_back(command_line[i]);
  }
  return words;
}

}  // namespace ebb
