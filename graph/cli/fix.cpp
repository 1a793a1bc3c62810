#include "graph/cli/fix.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

#include "graph/cli/json.hpp"
#include "graph/core/reach.hpp"
#include "graph/run/data/file.hpp"
#include "graph/script/files.hpp"

namespace ebb {

namespace {

struct Planned {
  Edit edit;
  std::string what;
};
using Plans = std::map<const SourceFile*, std::vector<Planned>>;

bool overlap(const Span& a, const Span& b) {
  if (a.file != b.file) return false;
  if (a.begin == b.begin) return true;
  return a.begin < b.end && b.begin < a.end;
}

// Collects the fixes that can be made together.
class Planner {
 public:
  explicit Planner(const std::string& script) {
    const std::filesystem::path folder = std::filesystem::path(script).parent_path();
    reach_.add(folder.empty() ? "." : folder);
  }

  bool add(Fix fix) {
    for (Edit& edit : fix.edits) edit.at.file = first_read(edit.at.file);
    const auto refused = [this](const Edit& edit) { return !may_change(edit.at) || taken(edit); };
    if (!fix || std::ranges::any_of(fix.edits, refused)) return false;
    for (const Edit& edit : fix.edits) plans_[edit.at.file].push_back({edit, fix.what});
    return true;
  }

  Plans take() { return std::move(plans_); }

 private:
  // A script that is elaborated in several ways is read as often; it is changed once.
  const SourceFile* first_read(const SourceFile* file) {
    const SourceFile* first = files_.emplace(file->path(), file).first->second;
    return first->text() == file->text() ? first : file;
  }

  bool may_change(const Span& at) const {
    if (at.file->path().empty()) return false;
    try {
      reach_.require(at.file->path(), at.file->name());
    } catch (const UserError&) {
      return false;
    }
    return true;
  }

  bool taken(const Edit& edit) const {
    const auto found = plans_.find(edit.at.file);
    return found != plans_.end() && std::ranges::any_of(found->second, [&](const Planned& planned) {
             return overlap(planned.edit.at, edit.at);
           });
  }

  Reach reach_;
  std::map<std::string, const SourceFile*> files_;  // by their paths
  Plans plans_;
};

// The text between two offsets with the edits in it made.
std::string edited(std::string_view text, std::size_t begin, std::size_t end,
                   std::span<const Planned> plans) {
  std::string result;
  for (const auto& [edit, what] : plans) {
    result += text.substr(begin, edit.at.begin - begin);
    result += edit.text;
    begin = edit.at.end;
  }
  return result + std::string(text.substr(begin, end - begin));
}

std::vector<FixedLine> lines_of(const SourceFile& file, std::span<const Planned> plans) {
  std::vector<FixedLine> lines;
  for (std::size_t i = 0, next = 0; i < plans.size(); i = next) {
    const std::uint32_t number = file.position(plans[i].edit.at.begin).line;
    const auto same_line = [&](const Planned& planned) {
      return file.position(planned.edit.at.begin).line == number;
    };
    while (next < plans.size() && same_line(plans[next])) ++next;
    const std::string_view line = file.line(number);
    const auto begin = static_cast<std::size_t>(line.data() - file.text().data());
    FixedLine fixed{file.name(), number, "", std::string(line),
                    edited(file.text(), begin, begin + line.size(), plans.subspan(i, next - i))};
    std::vector<std::string> said;
    for (const Planned& planned : plans.subspan(i, next - i)) {
      if (std::ranges::find(said, planned.what) != said.end()) continue;
      said.push_back(planned.what);
      fixed.what += (fixed.what.empty() ? "" : "; ") + planned.what;
    }
    lines.push_back(std::move(fixed));
  }
  return lines;
}

void write(const SourceFile& file, std::span<const Planned> plans) {
  if (script::read_text(file.path(), file.name()) != file.text())
    throw UserError(file.name() + " was changed meanwhile, and is left as it is");
  const std::string text = edited(file.text(), 0, file.text().size(), plans);
  const std::span<const std::byte> bytes = bytes_of(text);
  write_file(file.path(), std::span(&bytes, 1));
}

// Each line of a text behind a sign.
void print_marked(const std::string& text, char sign) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    std::cout << "  " << sign << ' ' << line << '\n';
}

}  // namespace

std::vector<FixedLine> apply_fixes(const Diagnostics& diagnostics, const std::string& script) {
  Planner planner(script);
  for (const Diagnostic& diagnostic : diagnostics.all()) planner.add(diagnostic.fix);
  std::vector<FixedLine> lines;
  for (auto& [file, plans] : planner.take()) {
    std::ranges::sort(plans, {}, [](const Planned& planned) { return planned.edit.at.begin; });
    write(*file, plans);
    const auto more = lines_of(*file, plans);
    lines.insert(lines.end(), more.begin(), more.end());
  }
  std::ranges::stable_sort(lines, {}, &FixedLine::file);
  return lines;
}

std::size_t count_fixes(const Diagnostics& diagnostics, const std::string& script) {
  Planner planner(script);
  return static_cast<std::size_t>(std::ranges::count_if(
      diagnostics.all(),
      [&](const Diagnostic& diagnostic) { return planner.add(diagnostic.fix); }));
}

void print(const std::vector<FixedLine>& lines, const Invocation& invocation) {
  for (const FixedLine& line : lines) {
    if (invocation.json) {
      print_line({{"event", "fixed"},
                  {"file", line.file},
                  {"line", line.number},
                  {"what", line.what},
                  {"before", line.before},
                  {"after", line.after}});
      continue;
    }
    std::cout << line.file << ':' << line.number << ": " << line.what << '\n';
    if (!line.before.empty()) print_marked(line.before, '-');
    print_marked(line.after, '+');
  }
  if (!lines.empty() && !invocation.json) std::cout << '\n';
}

}  // namespace ebb
