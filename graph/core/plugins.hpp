// Finds plugins on the plugin path and loads them.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/core/registry.hpp"

namespace ebb {

struct PluginFile {
  std::string name;  // "softplus" for softplus.so
  std::filesystem::path path;
};

struct LoadedPlugin : PluginFile {
  std::string version;
  int sdk_major = 0, sdk_minor = 0;  // that it was built for
  bool proved = false;               // false with --no-verify
  std::string hash;                  // of the file when it was loaded: see hash.hpp
};

// The error of a plugin's proof, with its file.
UserError refused(const std::filesystem::path& file, const UserError& error);

// The folders of EBB_PLUGIN_PATH, which are separated by colons; then those of the installation.
std::vector<std::filesystem::path> plugin_path();

class Plugins {
 public:
  // Proves the ops that a plugin has registered; throws UserError.
  using Proof = std::function<void(const Registry&, const LoadedPlugin& plugin)>;

  // `path`: folders where plugins are looked up, the first one first. Without `proof` nothing is
  // proved.
  Plugins(Registry& registry, std::vector<std::filesystem::path> path, Proof proof);

  // How plugins that are loaded from now on are proved; nothing: not at all.
  void set_proof(Proof proof) { proof_ = std::move(proof); }
  // A file or a folder that comes before the path, from the command line: a file is NAME.so.
  // Returns the file, if it is one. UserError where there is none.
  std::optional<PluginFile> prefer(const std::filesystem::path& file_or_folder);
  // Loads the plugin of that name, unless it is loaded. Throws UserError: none on the path,
  // refused.
  const LoadedPlugin& use(const std::string& name);
  // All that the path holds: of each name the one that `use` would load. Nothing is opened.
  std::vector<PluginFile> available() const;
  const std::deque<LoadedPlugin>& loaded() const { return loaded_; }
  bool is_loaded(const std::string& name) const;
  Registry& registry() { return registry_; }

 private:
  const LoadedPlugin& load(const PluginFile& file);
  void prove(const LoadedPlugin& plugin) const;

  Registry& registry_;
  std::vector<std::filesystem::path> path_;
  Proof proof_;
  std::vector<PluginFile> preferred_;
  std::deque<LoadedPlugin> loaded_;
};

}  // namespace ebb
