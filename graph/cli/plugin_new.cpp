// ebb plugin new
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "graph/cli/catalog.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/plugin_actions.hpp"
#include "graph/core/embedded.hpp"
#include "graph/run/data/file.hpp"
#include "graph/script/token.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view template_folder = "template/";

struct Language {
  const char *name, *cmake, *ending;
};
constexpr Language languages[] = {{"c++", "CXX", ".cpp"}, {"c", "C", ".c"}};

const Language& chosen_language(const Invocation& invocation) {
  const std::string given = invocation.text("lang", "c++");
  for (const Language& language : languages)
    if (given == language.name) return language;
  throw UsageError("--lang is c++ or c, not `" + given + "`");
}

bool is_identifier(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, is_part);
}

// Names that CMake has for targets of its own.
constexpr const char* targets[] = {"all", "clean", "help", "install", "package", "test"};

// The name becomes that of the plugin, of its op, of files and of a CMake target.
void check_name(const Invocation& invocation, const std::string& name) {
  if (!is_identifier(name))
    throw UsageError("`" + name + "` is no name of a plugin",
                     {"a name is a letter, then letters, digits and _: soft_step"});
  const std::vector<std::string> hints{"choose another name"};
  if (is_keyword(word_kind(name)))
    throw UserError("`" + name + "` is a word of the script language", hints);
  if (std::ranges::find(targets, name) != std::end(targets))
    throw UserError("`" + name + "` is a target that CMake has in every project", hints);
  const auto entries = catalog(invocation.registry);
  const bool known = std::ranges::find(entries, name, &Entry::name) != entries.end();
  if (known || invocation.registry.ops.find(name))
    throw UserError("`" + name + "` is something that Ebb brings itself", hints);
}

std::string filled(std::string_view text,
                   const std::vector<std::pair<std::string, std::string>>& values) {
  std::string result(text);
  for (const auto& [mark, value] : values)
    for (std::size_t at = 0; (at = result.find(mark, at)) != std::string::npos; at += value.size())
      result.replace(at, mark.size(), value);
  return result;
}

fs::path make_folder(const Invocation& invocation, const std::string& name) {
  fs::path folder = invocation.text("out", name.c_str());
  std::error_code error;
  if (fs::exists(folder, error))
    throw UserError(folder.string() + " exists already",
                    {"choose another name, or another folder with --out"});
  fs::create_directories(folder, error);
  if (error) throw UserError("cannot make the folder " + folder.string() + ": " + error.message());
  return folder;
}

void write_project(const fs::path& folder, const std::string& name, const Language& language) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.name.starts_with(template_folder)) continue;
    const std::string called = filled(file.name.substr(template_folder.size()), {{"NAME", name}});
    const std::string ending = fs::path(called).extension().string();
    const bool of_other_language =
        ending != language.ending &&
        std::ranges::any_of(languages, [&](const Language& l) { return ending == l.ending; });
    if (of_other_language) continue;
    const std::string text = filled(
        file.text,
        {{"@NAME@", name}, {"@SOURCE@", name + language.ending}, {"@LANGUAGE@", language.cmake}});
    const std::span<const std::byte> pieces[] = {bytes_of(text)};
    write_file(folder / called, pieces);
  }
}

}  // namespace

int plugin_new(Invocation& invocation) {
  if (invocation.words.size() != 1)
    throw UsageError(invocation.words.empty() ? "what is the new plugin called?"
                                              : "one name, please: ebb plugin new NAME");
  const std::string& name = invocation.words[0];
  const Language& language = chosen_language(invocation);
  check_name(invocation, name);
  const fs::path folder = make_folder(invocation, name);
  try {
    write_project(folder, name, language);
  } catch (const UserError&) {
    // Half a project would be in the way of the next attempt.
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    throw;
  }
  if (invocation.json) {
    print_line({{"name", name}, {"folder", folder.string()}});
  } else {
    std::cout << "wrote " << folder.string() << "; to build it and to test it:\n  cd "
              << folder.string()
              << "\n  cmake -B build && cmake --build build && ctest --test-dir build\n";
  }
  return 0;
}

}  // namespace ebb
