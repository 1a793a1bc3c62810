// ebb ops
#include <algorithm>
#include <cctype>
#include <iostream>

#include "graph/cli/catalog.hpp"
#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"

namespace ebb {

namespace {

std::string title(const Entry& entry) {
  return entry.kind == "op" ? "ops: " + entry.family : entry.kind + "s";
}

// The first sentence; what follows it is for the whole record.
std::string first_sentence(const std::string& doc) {
  const auto ends = [&](std::size_t i) {
    return doc[i] == '.' && doc[i + 1] == ' ' &&
           std::isupper(static_cast<unsigned char>(doc[i + 2]));
  };
  for (std::size_t i = 0; i + 2 < doc.size(); ++i)
    if (ends(i)) return doc.substr(0, i + 1);
  return doc;
}

void print_list(const std::vector<Entry>& entries, int columns) {
  std::string before;
  std::size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, width_of(entry.name));
  for (const Entry& entry : entries) {
    const std::string now = title(entry);
    if (now != before) std::cout << (before.empty() ? "" : "\n") << now << '\n';
    before = now;
    const std::string doc =
        wrapped(first_sentence(entry.doc), width + 4, static_cast<std::size_t>(columns));
    std::cout << "  " << padded(entry.name, width) << doc.substr(width + 2);
  }
  std::cout << "\n`ebb ops NAME` shows one of them whole.\n";
}

void print_json(const Entry& entry) {
  Json line{
      {"kind", entry.kind}, {"name", entry.name}, {"heading", entry.heading}, {"doc", entry.doc}};
  if (!entry.family.empty()) line["family"] = entry.family;
  for (const auto& [name, fact] : entry.facts) line["facts"][name] = fact;
  if (!entry.latex.empty()) line["latex"] = entry.latex;
  if (!entry.source.empty()) line["source"] = entry.source;
  print_line(line);
}

// The reference of all ops in Markdown, as ops/README.md holds it.
void print_reference(const std::vector<Entry>& entries) {
  std::string before;
  for (Entry entry : entries) {
    const std::string now = entry.kind == "op" ? entry.family : entry.kind + "s";
    if (now != before) std::cout << (before.empty() ? "" : "\n") << "### " << now << '\n';
    before = now;
    std::erase_if(entry.facts, [](const auto& fact) { return fact.first == "from"; });
    std::cout << "\n#### `" << entry.heading << "`\n\n"
              << wrapped(entry.doc, 0, 100) << '\n'
              << facts_text(entry, 4, 100);
  }
}

void add_ops_options(boost::program_options::options_description& options) {
  options.add_options()("reference", "all ops whole, in Markdown: the reference in ops/README.md");
}

// Those that are asked for.
std::vector<Entry> chosen(const Invocation& invocation) {
  std::vector<Entry> entries = catalog(invocation.registry);
  if (!invocation.subject.empty()) {
    std::vector<std::string> names;
    for (const Entry& entry : entries) names.push_back(entry.name);
    std::erase_if(entries, [&](const Entry& e) { return e.name != invocation.subject; });
    if (entries.empty()) {
      const std::string near = nearest(invocation.subject, names);
      throw UserError("nothing is registered as `" + invocation.subject + "`",
                      near.empty() ? std::vector<std::string>{"`ebb ops` lists what is"}
                                   : std::vector<std::string>{"did you mean `" + near + "`?"});
    }
  }
  const bool reference = invocation.has("reference");
  if (reference) std::erase_if(entries, [](const Entry& e) { return !e.op; });
  if (reference || invocation.json || !invocation.subject.empty())
    for (Entry& entry : entries) entry = whole(entry, invocation.registry);
  return entries;
}

int run_ops(Invocation& invocation) {
  const std::vector<Entry> entries = chosen(invocation);
  if (invocation.json) {
    for (const Entry& entry : entries) print_json(entry);
  } else if (invocation.has("reference")) {
    print_reference(entries);
  } else if (invocation.subject.empty()) {
    print_list(entries, std::max(80, invocation.terminal.columns));
  } else {
    for (const Entry& entry : entries) std::cout << to_text(entry);
  }
  return 0;
}

}  // namespace

const Command ops_command = {
    "ops",
    "what is registered: ops, costs, layers, optimizers; one of them whole",
    "ops [NAME] [flags]",
    "Lists, by kind, what a script can name; with NAME, shows one record whole.",
    Takes::name,
    &add_ops_options,
    &run_ops};

}  // namespace ebb
