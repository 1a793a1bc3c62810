// ebb fmt
#include <filesystem>
#include <iostream>
#include <sstream>

#include "graph/cli/commands.hpp"
#include "graph/cli/diagnostic_json.hpp"
#include "graph/cli/diff.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/run/data/file.hpp"
#include "graph/script/files.hpp"
#include "graph/script/layout.hpp"

namespace ebb {

namespace {

struct Formatted {
  std::string file;  // "-": standard input
  std::string before, after;
  Diagnostics errors;

  bool is_input() const { return file == "-"; }
  std::string name() const { return is_input() ? "standard input" : file; }
  bool changed() const { return !errors.has_errors() && before != after; }
};

void refuse_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return;
  throw UserError(path.string() + " is a folder",
                  {"the scripts in it: " + (path / "*.ebb").string()});
}

Formatted formatted(const std::string& file) {
  Formatted result{file, {}, {}, {}};
  try {
    refuse_folder(file);
    result.before = script::read_text(result.is_input() ? "/dev/stdin" : file, result.name());
    const auto source = std::make_shared<const SourceFile>(result.name(), result.before);
    parse(source, result.errors);
    if (!result.errors.has_errors()) result.after = laid_out(*source);
  } catch (const UserError& error) {
    result.errors.add(error.diagnostic());
  }
  return result;
}

void write_back(Formatted& result) {
  const std::span<const std::byte> bytes = bytes_of(result.after);
  try {
    write_file(result.file, std::span(&bytes, 1));
  } catch (const UserError& error) {
    result.errors.add(error.diagnostic());
  }
}

void print(const Formatted& result, const Invocation& invocation, bool whole) {
  if (invocation.json) {
    Json line{{"file", result.name()}, {"changed", result.changed()}};
    if (invocation.has("diff")) {
      std::ostringstream diff;
      print_diff(diff, result.name(), result.before, result.after, false);
      line["diff"] = diff.str();
    }
    if (whole) line["text"] = result.after;
    line["diagnostics"] = to_json(result.errors);
    return print_line(line);
  }
  if (result.errors.has_errors())
    result.errors.render(std::cerr, invocation.terminal.color_err);
  else if (invocation.has("diff"))
    print_diff(std::cout, result.name(), result.before, result.after,
               invocation.terminal.color_out);
  else if (whole)
    std::cout << result.after;
  else if (result.changed())
    std::cout << result.name() << '\n';
}

int run_fmt(Invocation& invocation) {
  if (invocation.subject.empty()) throw UsageError("which script?");
  const bool check = invocation.has("check"), looks = check || invocation.has("diff");
  auto files = invocation.words;
  files.insert(files.begin(), invocation.subject);
  bool good = true;
  for (const std::string& file : files) {
    Formatted result = formatted(file);
    if (result.changed() && !looks && !result.is_input()) write_back(result);
    print(result, invocation, result.is_input() && !looks);
    good &= !result.errors.has_errors() && !(check && result.changed());
  }
  return good ? 0 : 1;
}

void add_fmt_options(boost::program_options::options_description& options) {
  options.add_options()("check", "write nothing; name the scripts that would change, and fail")(
      "diff", "write nothing; show what would change");
}

}  // namespace

const Command fmt_command = {
    .name = "fmt",
    .summary = "gives scripts their canonical layout",
    .usage = "fmt SCRIPT... [--check] [--diff] [flags]",
    .about =
        "Writes each script in the one layout that all scripts share, and prints the names of "
        "those that it changed. - is standard input, which goes to standard output. A script with "
        "syntax errors is left as it is.\n\n"
        "Words, comments and the ends of lines stay what they are: only blanks and empty lines "
        "change, and so never what a script means. `ebb help layout` describes the layout.",
    .takes = Takes::words,
    .add_options = &add_fmt_options,
    .run = &run_fmt,
};

}  // namespace ebb
