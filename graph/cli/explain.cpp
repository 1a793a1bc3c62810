// ebb explain
#include <algorithm>
#include <cctype>
#include <iostream>
#include <sstream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/script/mistake.hpp"

namespace ebb {

namespace {

constexpr std::size_t line_length = 80;

std::string indented(const std::string& text) {
  std::string result = "  ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '\n' && i + 1 < text.size() && text[i + 1] != '\n') result += "  ";
  }
  return result;
}

// Paragraphs in lines of the terminal's usual width.
std::string wrapped_paragraphs(const std::string& text) {
  std::istringstream in(text);
  std::string result;
  for (std::string line; std::getline(in, line);)
    result += line.empty() ? "\n" : wrapped(line, 0, line_length);
  return result;
}

Json to_json(const Explanation& explanation) {
  return {{"code", explanation.code},
          {"title", explanation.title},
          {"text", explanation.text},
          {"wrong", explanation.wrong},
          {"right", explanation.right}};
}

void print_list(bool json) {
  for (const Explanation& explanation : explanations()) {
    if (json) {
      print_line({{"code", explanation.code}, {"title", explanation.title}});
    } else {
      std::cout << explanation.code << "  " << explanation.title << '\n';
    }
  }
}

// E0012 of e12 or 12.
std::string full_code(const std::string& code) {
  constexpr std::size_t length = 5;
  std::string full;
  for (const char c : code) full += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!full.empty() && full[0] >= '0' && full[0] <= '9') full.insert(0, "E");
  if (full.size() > 1 && full.size() < length) full.insert(1, length - full.size(), '0');
  return full;
}

const Explanation& find(const std::string& code) {
  const auto found = std::ranges::find(explanations(), full_code(code), &Explanation::code);
  if (found == explanations().end())
    throw UsageError("there is no error `" + code + "`; `ebb explain` lists them");
  return *found;
}

int run_explain(Invocation& invocation) {
  if (invocation.subject.empty()) {
    print_list(invocation.json);
    return 0;
  }
  const Explanation& explanation = find(invocation.subject);
  if (invocation.json) {
    print_line(to_json(explanation));
    return 0;
  }
  std::cout << explanation.code << ": " << explanation.title << "\n\n"
            << wrapped_paragraphs(explanation.text) << "\nWrong:\n\n"
            << indented(explanation.wrong) << "\nRight:\n\n"
            << indented(explanation.right);
  return 0;
}

}  // namespace

const Command explain_command = {
    "explain",
    "what an error's code means, with an example",
    "explain [CODE] [--json]",
    "Tells more about a kind of error than its message does: what it comes from, a script that "
    "makes it, and one that does not. The code stands in brackets behind the word `error`. Without "
    "a code: the list of them.",
    Takes::name,
    nullptr,
    &run_explain};

}  // namespace ebb
