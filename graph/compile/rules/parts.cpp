// Slices, pads and concatenations.
#include <algorithm>
#include <optional>

#include "graph/compile/rules/rules.hpp"

namespace ebb {

namespace {

// Bounds the work at one sum, and how many values one concatenation joins.
constexpr std::size_t max_terms = 32;

// A value among zeros, which lie before and after it along one dimension.
struct Padded {
  Value value;
  std::size_t dim = 0;
  std::int64_t begin = 0, end = 0;  // where it lies along that dimension
};

template <class T>
const T& attribute(const Node& node, const char* name) {
  return std::get<T>((*node.attrs)[static_cast<std::size_t>(node.op->find_attr(name))]);
}

std::optional<Padded> padded_in(const Builder& b, Value value, const Type& type) {
  using Ints = std::vector<std::int64_t>;
  if (!b.is(value, b.core().pad) || b.type(value) != type) return {};
  const Node& node = b.graph().node(value);
  if (attribute<std::string>(node, "mode") != "constant" || attribute<double>(node, "value") != 0)
    return {};
  const auto &before = attribute<Ints>(node, "before"), &after = attribute<Ints>(node, "after");
  std::optional<Padded> found;
  for (std::size_t d = 0; d < before.size(); ++d) {
    if (before[d] == 0 && after[d] == 0) continue;
    if (found) return {};
    found = Padded{b.argument(value), d, before[d], type.shape[static_cast<int>(d)] - after[d]};
  }
  return found;
}

// The terms of a sum whose inner sums nobody else reads: those that are padded, and the others.
struct Terms {
  std::vector<Padded> padded;
  std::vector<Value> others;
};

Terms terms_of(const Builder& b, const Candidate& sum) {
  Terms terms;
  std::vector<Value> left{sum.inputs[1], sum.inputs[0]};
  while (!left.empty()) {
    const Value value = left.back();
    left.pop_back();
    const bool is_sum = b.is(value, sum.op) && b.type(value) == sum.type && !b.shared(value);
    if (is_sum && terms.padded.size() + left.size() < max_terms) {
      left.push_back(b.argument(value, 1));
      left.push_back(b.argument(value, 0));
    } else if (const auto padded = padded_in(b, value, sum.type)) {
      terms.padded.push_back(*padded);
    } else {
      terms.others.push_back(value);
    }
  }
  return terms;
}

// Whether each begins, along one dimension, where the one before it ends.
bool lie_side_by_side(const std::vector<Padded>& parts) {
  for (std::size_t i = 1; i < parts.size(); ++i)
    if (parts[i].dim != parts[0].dim || parts[i].begin != parts[i - 1].end) return false;
  return true;
}

// Values among zeros that lie side by side add up to their concatenation, as the gradients of all
// slices of one value do.
Value sum_of_pads(Builder& b, const Candidate& c) {
  if (c.op != b.core().add) return {};
  auto [parts, others] = terms_of(b, c);
  if (parts.size() < 2 || others.size() > 1) return {};
  std::ranges::sort(parts, {}, &Padded::begin);
  if (!lie_side_by_side(parts)) return {};
  const std::size_t dim = parts[0].dim;
  Graph::Inputs values;
  for (const Padded& part : parts) values.push_back(part.value);
  Value result =
      b.make(*b.core().concat, values, {{"dim", static_cast<std::int64_t>(dim)}}, c.span);
  std::vector<std::int64_t> before(dim + 1), after(dim + 1);
  before[dim] = parts.front().begin;
  after[dim] = c.type.shape[static_cast<int>(dim)] - parts.back().end;
  if (before[dim] != 0 || after[dim] != 0)
    result = b.make(*b.core().pad, {result}, {{"before", before}, {"after", after}}, c.span);
  if (b.type(result) != c.type) return {};
  return others.empty() ? result : b.make(*c.op, {others[0], result}, {}, c.span);
}

// concat(concat(x, y), z) is concat(x, y, z).
Value concat_of_concat(Builder& b, const Candidate& c) {
  if (c.op != b.core().concat) return {};
  const auto dim = [](const Attributes& attrs) { return std::get<std::int64_t>(attrs[0]); };
  Graph::Inputs values;
  for (const Value input : c.inputs) {
    const bool joins =
        b.is(input, c.op) && !b.shared(input) && dim(*b.graph().node(input).attrs) == dim(*c.attrs);
    const auto inner = joins ? b.graph().inputs(input.node) : Graph::Inputs{input};
    values.insert(values.end(), inner.begin(), inner.end());
  }
  if (values.size() == c.inputs.size() || values.size() > max_terms) return {};
  return b.make_like(c, values);
}

}  // namespace

std::span<const Rule> part_rules() {
  static constexpr Rule rules[] = {{"sum of pads", false, sum_of_pads},
                                   {"concat of concat", false, concat_of_concat}};
  return rules;
}

}  // namespace ebb
