#include "graph/script/statement_help.hpp"

#include <algorithm>
#include <string_view>

#include "graph/core/diagnostic.hpp"
#include "graph/core/embedded.hpp"
#include "graph/script/token.hpp"

namespace ebb::script {

namespace {

std::string_view reference() {
  for (const EmbeddedFile& file : embedded_files())
    if (file.name == "script/language.md") return file.text;
  throw InternalError("the language's reference is not embedded");
}

// Without the addresses of links, and without what points to a place in the reference.
std::string plain(std::string_view markdown) {
  constexpr std::string_view below = ", below";
  if (markdown.ends_with(below)) markdown.remove_suffix(below.size());
  std::string result;
  while (!markdown.empty()) {
    const auto link = std::min(markdown.find("]("), markdown.size());
    result += markdown.substr(0, link);
    if (link == markdown.size()) break;
    result.erase(result.rfind('['), 1);
    markdown.remove_prefix(std::min(markdown.find(')', link) + 1, markdown.size()));
  }
  return result;
}

std::vector<std::string> keywords_of(std::string_view form) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; (begin = form.find('`', begin)) != std::string_view::npos;) {
    const std::size_t end = form.find('`', ++begin);
    const std::string word(form.substr(begin, form.find(' ', begin) - begin));
    if (word_kind(word) != TokenKind::name) result.push_back(word);
    begin = end + 1;
  }
  return result;
}

StatementHelp help_of(std::string_view row) {
  constexpr std::string_view bar = " | ";
  const std::size_t middle = row.find(bar);
  ensure(middle != std::string_view::npos, "a row of the reference has two columns");
  std::string_view form = row.substr(2, middle - 2), meaning = row.substr(middle + bar.size());
  meaning.remove_suffix(std::min(meaning.size(), std::string_view(" |").size()));
  StatementHelp help{keywords_of(form), std::string(form), plain(meaning)};
  std::erase(help.form, '`');
  return help;
}

std::vector<StatementHelp> read() {
  std::vector<StatementHelp> result;
  std::string_view text = reference();
  text.remove_prefix(text.find("| `", text.find("\n## Statements\n")));
  for (std::size_t end; text.starts_with("| "); text.remove_prefix(end + 1)) {
    end = text.find('\n');
    result.push_back(help_of(text.substr(0, end)));
  }
  return result;
}

}  // namespace

const std::vector<StatementHelp>& statement_help() {
  static const std::vector<StatementHelp> all = read();
  return all;
}

std::vector<std::string> layout_help() {
  constexpr std::string_view title = "\n## Layout\n\n";
  std::string_view text = reference();
  text.remove_prefix(text.find(title) + title.size());
  text = text.substr(0, text.find("\n\n```"));
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with("  "))
      result.back() += line.substr(1);
    else if (line.starts_with("- ") || result.empty())
      result.emplace_back(line);
    else if (!line.empty())
      (result.back() += ' ') += line;
  }
  return result;
}

const StatementHelp* find_statement_help(const std::string& keyword) {
  const auto found = std::ranges::find_if(statement_help(), [&](const StatementHelp& help) {
    return std::ranges::find(help.keywords, keyword) != help.keywords.end();
  });
  return found == statement_help().end() ? nullptr : &*found;
}

}  // namespace ebb::script
