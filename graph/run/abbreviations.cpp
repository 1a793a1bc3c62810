#include "graph/run/abbreviations.hpp"

#include <algorithm>
#include <set>

#include "graph/core/notation.hpp"

namespace ebb {

namespace {

// Widths in columns: of what fits on a line, and of what is worth a name where it is repeated.
constexpr std::size_t line_width = 76, worth_a_name = 16;

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Abbreviator {
 public:
  Abbreviator(const Graph& graph, const std::vector<Value>& roots,
              const std::map<Value, std::string>& names, const std::string& letter)
      : graph_(graph), names_(names), letter_(letter), roots_(roots.begin(), roots.end()) {}

  std::vector<Abbreviation> run();

 private:
  bool is_part(Value value) const {
    return !names_.contains(value) && !graph_.node(value).op->leaf;
  }
  void collect();
  void measure(Value value);
  std::size_t width(Value value) const;
  std::size_t own_width(Value value) const;
  void give_name(Value value) { named_.insert(value); }

  const Graph& graph_;
  const std::map<Value, std::string>& names_;
  const std::string& letter_;
  std::set<Value> roots_;
  std::map<Value, int> uses_;            // of all parts, in topological order
  std::map<Value, std::size_t> widths_;  // of their formulas
  std::set<Value> named_;
};

// The parts that the formulas show, and how often each is written.
void Abbreviator::collect() {
  std::vector<Value> next(roots_.begin(), roots_.end());
  for (const Value root : next) ++uses_[root];
  while (!next.empty()) {
    const Value value = next.back();
    next.pop_back();
    for (const Value input : graph_.inputs(value.node)) {
      const Value part = shown_value(graph_, input);
      if (is_part(part) && uses_[part]++ == 0) next.push_back(part);
    }
  }
}

// Of what the notation puts round its operands.
std::size_t Abbreviator::own_width(Value value) const {
  const OpDef& op = *graph_.node(value).op;
  std::string text;
  int depth = 0;
  for (const char c : op.notation.empty() ? op.name + "()" : op.notation) {
    depth += c == '{' ? 1 : 0;
    if (depth == 0) text += c;
    depth -= c == '}' ? 1 : 0;
  }
  return columns(text);
}

std::size_t Abbreviator::width(Value value) const {
  if (const auto name = names_.find(value); name != names_.end()) return columns(name->second);
  if (named_.contains(value)) return columns(letter_) + 1;
  const auto known = widths_.find(value);
  return known == widths_.end() ? 4 : known->second;
}

// Names the widest operand until the formula fits.
void Abbreviator::measure(Value value) {
  std::vector<Value> parts;
  for (const Value input : graph_.inputs(value.node)) parts.push_back(shown_value(graph_, input));
  const auto total = [&] {
    std::size_t sum = own_width(value);
    for (const Value part : parts) sum += width(part);
    return sum;
  };
  while (total() > line_width) {
    const Value widest = *std::ranges::max_element(parts, {}, [&](Value v) { return width(v); });
    if (!is_part(widest) || named_.contains(widest) || width(widest) < worth_a_name) break;
    give_name(widest);
  }
  widths_[value] = total();
}

std::vector<Abbreviation> Abbreviator::run() {
  collect();
  // Node numbers are a topological order: operands come first.
  for (const auto& [value, uses] : uses_) {
    measure(value);
    if (uses > 1 && is_part(value) && widths_[value] > worth_a_name) give_name(value);
  }
  std::vector<Abbreviation> result;
  for (const Value value : named_)
    result.push_back({with_subscript(letter_, result.size() + 1), value});
  return result;
}

}  // namespace

std::vector<Abbreviation> abbreviations(const Graph& graph, const std::vector<Value>& roots,
                                        const std::map<Value, std::string>& names,
                                        const std::string& letter) {
  return Abbreviator(graph, roots, names, letter).run();
}

Value shown_value(const Graph& graph, Value value) {
  while (changes_storage_only(graph, value)) value = graph.inputs(value.node)[0];
  return value;
}

std::string with_subscript(const std::string& name, std::size_t number) {
  static const char* const digits[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
  std::string text = name;
  for (const char digit : std::to_string(number)) text += digits[digit - '0'];
  return text;
}

}  // namespace ebb
