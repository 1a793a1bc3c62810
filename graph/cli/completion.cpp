#include "graph/cli/completion.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

#include "graph/script/mistake.hpp"
#include "graph/script/model.hpp"

namespace ebb {

namespace {

std::vector<std::string> split(const std::string& text, const std::string& separators) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    begin = text.find_first_not_of(separators, begin);
    if (begin == std::string::npos) break;
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return parts;
}

// "stop, warn or ignore (default: stop)" at the end of a help.
std::vector<std::string> words_of_help(const std::string& help) {
  static const std::regex choice(R"(((?:[a-z0-9+]+, )*[a-z0-9+]+),? or ([a-z0-9+]+) \(default: )");
  std::smatch match;
  if (!std::regex_search(help, match, choice)) return {};
  auto words = split(match[1], ", ");
  words.push_back(match[2]);
  return words;
}

// "--as text|script|dot" in a usage.
std::vector<std::string> words_of_usage(const std::string& usage, const std::string& flag) {
  const std::string before = "--" + flag + " ";
  const std::size_t at = usage.find(before);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + before.size();
  const std::string given = usage.substr(begin, usage.find_first_of(" ]", begin) - begin);
  return given.find('|') == std::string::npos ? std::vector<std::string>{} : split(given, "|");
}

}  // namespace

FlagValues values_of(const Command& command, const Flag& flag) {
  using Kind = FlagValues::Kind;
  if (flag.name == "set") {
    FlagValues keys{Kind::words, {}};
    for (const TrainKey& key : train_keys())
      keys.words.push_back("train." + std::string(key.name) + "=");
    return keys;
  }
  if (flag.value == "DIR" || flag.value == "FOLDER") return {Kind::folder, {}};
  if (flag.value == "FILE") return {Kind::file, {}};
  if (flag.value == "BLOCK") return {Kind::block, {}};
  auto words = words_of_usage(command.usage, flag.name);
  if (words.empty()) words = words_of_help(flag.help);
  return words.empty() ? FlagValues{} : FlagValues{Kind::words, std::move(words)};
}

Subject subject_of(const Command& command) {
  if (command.takes == Takes::script) return Subject::script;
  if (command.takes == Takes::nothing) return Subject::none;
  if (!subject_words(command).empty()) return Subject::words;
  const std::string usage = command.usage;
  if (usage.find("SCRIPT...") != std::string::npos) return Subject::scripts;
  return usage.find("NAME") != std::string::npos ? Subject::name : Subject::file;
}

std::vector<std::string> subject_words(const Command& command) {
  const std::string usage = command.usage;
  const std::size_t begin = usage.find(' ') + 1;
  std::vector<std::string> words;
  if (usage.substr(begin).starts_with("[CODE]")) {
    for (const Explanation& explanation : explanations()) words.push_back(explanation.code);
    return words;
  }
  if (command.takes != Takes::words || usage[begin] != '[') return {};
  for (const std::string& part : split(usage.substr(begin + 1, usage.find(']') - begin - 1), " |"))
    if (std::islower(static_cast<unsigned char>(part[0]))) words.push_back(part);
  return words;
}

}  // namespace ebb
