// What a training run was made from and what came out, so that it can be made again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "graph/run/checkpoint.hpp"

namespace ebb {

inline constexpr const char* manifest_file = "manifest.json";
// In the metadata of weights: what they were made from changed before a run was resumed.
inline constexpr const char* changed_on_the_way = "changed on the way";

struct Manifest {
  std::vector<std::string> words;  // of the command line after `train`, but for where it saves
  Ingredients ingredients;
  std::string version;  // of Ebb
  std::int64_t updates = 0;
  std::string weights;                          // the fingerprint of all parameters and states
  std::map<std::string, std::string> versions;  // of what decides the last digits
  bool is_changed = false;  // it was resumed with other ingredients: its own are the last ones
};

// JSON. Throws UserError, also where the file is no manifest.
void write_manifest(const std::filesystem::path& path, const Manifest& manifest);
Manifest read_manifest(const std::filesystem::path& path);

// Of names, shapes and numbers, whatever the metadata.
std::string fingerprint_of(const TensorFile& file);
// Without the flags that say where and how a run saves and prints.
std::vector<std::string> words_of_training(const std::vector<std::string>& command_line);

}  // namespace ebb
