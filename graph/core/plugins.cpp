#include "graph/core/plugins.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "graph/core/crash.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/hash.hpp"

namespace fs = std::filesystem;

namespace ebb {

namespace {

constexpr const char* entry = "ebb_plugin_main";
constexpr const char* ending = ".so";

#if defined(__x86_64__)
constexpr Elf64_Half this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half this_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half this_machine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr Elf64_Half this_machine = EM_PPC64;
#elif defined(__s390x__)
constexpr Elf64_Half this_machine = EM_S390;
#else
constexpr Elf64_Half this_machine = EM_NONE;
#endif

[[noreturn]] void refuse(const fs::path& file, const std::string& why,
                         std::vector<std::string> hints = {}) {
  throw UserError(file.string() + ": " + why, std::move(hints));
}

// What dlopen would say less clearly, or after running code of the file.
void check_file(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) refuse(file, "is a folder, not a plugin");
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file, std::string("cannot be read: ") + std::strerror(errno));
  Elf64_Ehdr header{};
  in.read(reinterpret_cast<char*>(&header), sizeof header);
  if (in.gcount() < EI_NIDENT || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    refuse(file, "is not a plugin: it is no shared library",
           {"a plugin is built from its source with `ebb_add_plugin`, see `ebb help plugin`"});
  const bool other_machine = header.e_ident[EI_CLASS] != ELFCLASS64 ||
                             header.e_ident[EI_DATA] != ELFDATA2LSB ||
                             (this_machine != EM_NONE && header.e_machine != this_machine);
  if (other_machine) refuse(file, "is built for another kind of machine", {"build it here"});
  if (header.e_type != ET_DYN) refuse(file, "is not a plugin: it is no shared library");
}

ebb_plugin_main_fn open_library(const fs::path& file) {
  // Never closed: records, kernels and what they registered elsewhere live as long as the process.
  void* library = dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    std::string why = dlerror();
    const std::string prefix = fs::absolute(file).string() + ": ";
    if (why.starts_with(prefix)) why.erase(0, prefix.size());
    refuse(file, "cannot be loaded: " + why);
  }
  void* symbol = dlsym(library, entry);
  if (!symbol)
    refuse(file, std::string("is not a plugin: it has no function ") + entry,
           {"EBB_PLUGIN(name, \"1.0\") { ... } defines it"});
  return reinterpret_cast<ebb_plugin_main_fn>(symbol);
}

// Runs the plugin's entry. What it throws across the boundary is against the rules, and caught.
ebb_plugin_info register_in(Registry& registry, ebb_plugin_main_fn plugin_main,
                            const fs::path& file) {
  try {
    const std::string name = file.stem().string();
    const InPlugin note(name.c_str(), nullptr, entry);
    return registry.load(plugin_main, true);
  } catch (const UserError& error) {
    throw refused(file, error);
  } catch (const std::exception& error) {
    refuse(file, std::string(entry) + " threw an exception: " + error.what());
  } catch (...) {
    refuse(file, std::string(entry) + " threw an exception");
  }
}

std::vector<fs::path> split(const std::string& path) {
  std::vector<fs::path> folders;
  std::istringstream in(path);
  for (std::string folder; std::getline(in, folder, ':');)
    if (!folder.empty()) folders.emplace_back(folder);
  return folders;
}

// The folders of the program, and of the library that this code is in, where it is in one.
std::vector<fs::path> own_folders() {
  std::vector<fs::path> folders;
  std::error_code error;
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  // Where /proc is not mounted, as in a bare chroot, the kernel has told it at the start.
  if (error) program = fs::canonical(reinterpret_cast<const char*>(getauxval(AT_EXECFN)), error);
  if (!error) folders.push_back(program.parent_path());
  Dl_info info{};
  // Of the program itself it gives argv[0], which may be a bare name: nothing to look beside.
  if (dladdr(reinterpret_cast<const void*>(&own_folders), &info) != 0 && info.dli_fname &&
      info.dli_fname[0] == '/')
    folders.push_back(fs::path(info.dli_fname).parent_path());
  return folders;
}

std::string joined(const std::vector<fs::path>& folders) {
  std::string text;
  for (const fs::path& folder : folders) text += (text.empty() ? "" : ", ") + folder.string();
  return text;
}

}  // namespace

UserError refused(const fs::path& file, const UserError& error) {
  Diagnostic diagnostic = error.diagnostic();
  diagnostic.message = file.string() + ": " + diagnostic.message;
  return UserError(diagnostic);
}

std::vector<fs::path> plugin_path() {
  std::vector<fs::path> path;
  if (const char* given = std::getenv("EBB_PLUGIN_PATH")) path = split(given);
  std::error_code error;
  const auto add = [&](const fs::path& folder) {
    const fs::path whole = fs::canonical(folder, error);
    if (!error && std::ranges::find(path, whole) == path.end()) path.push_back(whole);
  };
  for (const fs::path& folder : own_folders()) {
    add(folder / EBB_PLUGINS_FROM_BIN);  // <prefix>/bin/ebb
    add(folder / "ebb/plugins");         // <prefix>/lib/libebb.so
    add(folder / "plugins/loadable");    // either, in the build folder
  }
  return path;
}

Plugins::Plugins(Registry& registry, std::vector<fs::path> path, Proof proof)
    : registry_(registry), path_(std::move(path)), proof_(std::move(proof)) {}

std::optional<PluginFile> Plugins::prefer(const fs::path& file_or_folder) {
  std::error_code error;
  if (fs::is_directory(file_or_folder, error)) {
    path_.insert(path_.begin(), file_or_folder);
    return std::nullopt;
  }
  if (!fs::exists(file_or_folder, error)) refuse(file_or_folder, "there is no such plugin");
  preferred_.push_back({file_or_folder.stem().string(), file_or_folder});
  return preferred_.back();
}

std::vector<PluginFile> Plugins::available() const {
  std::vector<PluginFile> files = preferred_;
  const auto known = [&](const std::string& name) {
    return std::ranges::find(files, name, &PluginFile::name) != files.end();
  };
  for (const fs::path& folder : path_) {
    std::vector<fs::path> inside;
    std::error_code error;
    for (const auto& item : fs::directory_iterator(folder, error))
      if (item.path().extension() == ending) inside.push_back(item.path());
    std::ranges::sort(inside);
    for (const fs::path& file : inside)
      if (!known(file.stem().string())) files.push_back({file.stem().string(), file});
  }
  return files;
}

bool Plugins::is_loaded(const std::string& name) const {
  return std::ranges::find(loaded_, name, &PluginFile::name) != loaded_.end();
}

const LoadedPlugin& Plugins::use(const std::string& name) {
  for (const LoadedPlugin& plugin : loaded_)
    if (plugin.name == name) return plugin;
  const auto files = available();
  const auto file = std::ranges::find(files, name, &PluginFile::name);
  if (file != files.end()) return load(*file);
  std::vector<std::string> names;
  for (const PluginFile& known : files) names.push_back(known.name);
  std::vector<std::string> hints = did_you_mean(name, names);
  hints.push_back(path_.empty()
                      ? "`--plugin FILE` and EBB_PLUGIN_PATH say where plugins are"
                      : "looked in " + joined(path_) + "; `--plugin FILE` names another place");
  throw UserError("there is no plugin `" + name + "`", hints);
}

void Plugins::prove(const LoadedPlugin& plugin) const {
  if (!proof_) return;
  try {
    proof_(registry_, plugin);
  } catch (const UserError& error) {
    throw refused(plugin.path, error);
  }
}

const LoadedPlugin& Plugins::load(const PluginFile& file) {
  check_file(file.path);
  const auto& ops = registry_.ops.all();
  if (std::ranges::any_of(ops, [&](const auto& op) { return op->plugin == file.name; }))
    refuse(file.path, "`" + file.name + "` is the name of what is built in", {"give it another"});
  const std::string hash = hash_of(file.path);
  const Registry::Mark before = registry_.mark();
  const ebb_plugin_info info = register_in(registry_, open_library(file.path), file.path);
  LoadedPlugin plugin{{file.name, file.path},
                      info.version ? info.version : "",
                      info.major,
                      info.minor,
                      proof_ != nullptr,
                      hash};
  try {
    const std::string name = info.name ? info.name : "";
    if (name != file.name)
      refuse(file.path, "calls itself `" + name + "`; a plugin's file is NAME.so",
             {"rename the file to " + name + ending});
    if (registry_.mark() == before) refuse(file.path, "registers nothing");
    prove(plugin);
  } catch (...) {
    registry_.forget_after(before);
    throw;
  }
  return loaded_.emplace_back(std::move(plugin));
}

}  // namespace ebb
