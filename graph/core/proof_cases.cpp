#include "graph/core/proof_cases.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace ebb {

namespace {

constexpr std::size_t most_shapes = 4;           // of one op
constexpr std::size_t most_combinations = 2000;  // that are tried

const char* how_to_give_a_case =
    "name shapes and attributes that it takes: .prove_at({{3, 4}, {4, 2}}, {{\"k\", 3.0}}), or in "
    "C the record's `cases`";

// Up to two numbers inside the attribute's bounds beside `fallback`; none where it has no bounds.
std::vector<double> others_inside(const AttrDef& attr, double fallback) {
  const bool below = std::isfinite(attr.lower), above = std::isfinite(attr.upper);
  std::vector<double> candidates;
  if (attr.kind == EBB_ATTR_INT)
    candidates = {fallback + 1, fallback + 2, fallback - 1};
  else if (below && above)
    candidates = {attr.lower + 0.3 * (attr.upper - attr.lower),
                  attr.lower + 0.8 * (attr.upper - attr.lower)};
  else if (below)
    candidates = {attr.lower + 0.6, attr.lower + 2.3};
  else
    candidates = {attr.upper - 0.6, attr.upper - 2.3};
  if (!below && !above) return {};
  std::erase_if(candidates, [&](double x) { return !contains(attr.bounds(), x) || x == fallback; });
  if (candidates.size() > 2) candidates.resize(2);
  return candidates;
}

// A value for an attribute that must be given.
Attr some_value(const AttrDef& attr) {
  const auto numbers = others_inside(attr, std::nan(""));
  const double one = contains(attr.bounds(), 1) ? 1 : numbers.empty() ? attr.lower : numbers[0];
  switch (attr.kind) {
    case EBB_ATTR_INT:
      return static_cast<std::int64_t>(one);
    case EBB_ATTR_REAL:
      return one;
    case EBB_ATTR_BOOL:
      return true;
    case EBB_ATTR_STRING:
      return std::string();
    case EBB_ATTR_INTS:
      return std::vector<std::int64_t>{2, 3};
    case EBB_ATTR_REALS:
      return std::vector<double>{0.5, 1.5};
    default:
      return std::vector<std::string>{};
  }
}

NamedAttrs required_attrs(const OpDef& op) {
  NamedAttrs attrs;
  for (const AttrDef& attr : op.attrs)
    if (!attr.fallback) attrs.emplace_back(attr.name, some_value(attr));
  return attrs;
}

// The same with one attribute at another value, for every such value.
std::vector<NamedAttrs> varied(const OpDef& op, const NamedAttrs& base) {
  std::vector<NamedAttrs> all;
  for (const AttrDef& attr : op.attrs) {
    if (!attr.fallback) continue;
    const auto* real = std::get_if<double>(&*attr.fallback);
    const auto* whole = std::get_if<std::int64_t>(&*attr.fallback);
    if (!real && !whole) continue;
    for (const double x : others_inside(attr, real ? *real : static_cast<double>(*whole))) {
      all.push_back(base);
      std::erase_if(all.back(), [&](const auto& given) { return given.first == attr.name; });
      all.back().emplace_back(attr.name, whole ? Attr(static_cast<std::int64_t>(x)) : Attr(x));
    }
  }
  return all;
}

// One after the other, all ways to choose a shape for each of n inputs.
template <class Use>
void for_each_choice(const std::vector<Shape>& shapes, std::size_t n, const Use& use) {
  std::vector<std::size_t> at(n);
  for (std::size_t tried = 0; tried < most_combinations; ++tried) {
    std::vector<Shape> chosen;
    for (const std::size_t i : at) chosen.push_back(shapes[i]);
    if (!use(chosen)) return;
    std::size_t d = 0;
    while (d < n && ++at[d] == shapes.size()) at[d++] = 0;
    if (d == n) return;
  }
}

// Of shapes that the type rule takes those of different ranks first.
std::vector<std::vector<Shape>> chosen(const std::vector<std::vector<Shape>>& accepted) {
  std::vector<std::vector<Shape>> first, rest;
  std::set<std::vector<int>> seen;
  for (const auto& shapes : accepted) {
    std::vector<int> ranks;
    for (const Shape& shape : shapes) ranks.push_back(shape.rank());
    (seen.insert(ranks).second ? first : rest).push_back(shapes);
  }
  first.insert(first.end(), rest.begin(), rest.end());
  if (first.size() > most_shapes) first.resize(most_shapes);
  return first;
}

std::vector<ProbeCase> searched(const OpRegistry& registry, const OpDef& op,
                                const NamedAttrs& attrs) {
  static const std::vector<Shape> shapes = {
      {}, {3}, {2}, {3, 3}, {2, 3}, {3, 2}, {2, 3, 2}, {2, 2, 2, 2}, {1, 4, 4}, {2, 1, 4, 4}};
  std::vector<std::vector<Shape>> accepted;
  std::string refusal;
  const std::size_t least = op.inputs.size(), most = least + (op.is_variadic() ? 2 : 0);
  for (std::size_t n = least; n <= most; ++n)
    for_each_choice(shapes, n, [&](const std::vector<Shape>& tried) {
      const ProbeCase one{tried, attrs};
      std::string said;
      const auto ways = sharings(one);
      if (std::ranges::any_of(
              ways, [&](const auto& way) { return is_accepted(registry, op, one, way, &said); }))
        accepted.push_back(tried);
      else if (refusal.empty())
        refusal = said;
      return accepted.size() < 40;
    });
  if (accepted.empty())
    throw OpError{
        "there is nothing to prove it on: its type rule takes none of the shapes of rank "
        "0 to 4 that were tried" +
            (refusal.empty() ? "" : ", and says `" + refusal + "`"),
        how_to_give_a_case};
  std::vector<ProbeCase> cases;
  for (auto& shapes_of_case : chosen(accepted)) cases.push_back({shapes_of_case, attrs});
  return cases;
}

std::vector<ProbeCase> given_cases(const OpRegistry& registry, const OpDef& op) {
  std::vector<ProbeCase> cases;
  for (const ProofCase& given : op.cases) {
    ProbeCase one{given.shapes, required_attrs(op)};
    for (const auto& attr : given.attrs) {
      std::erase_if(one.attrs, [&](const auto& other) { return other.first == attr.first; });
      one.attrs.push_back(attr);
    }
    const std::string which = "case " + std::to_string(cases.size() + 1) + " of its record ";
    if (op.is_variadic() ? given.shapes.size() < op.inputs.size()
                         : given.shapes.size() != op.inputs.size())
      throw OpError{which + "has " + std::to_string(given.shapes.size()) +
                        " shapes, but the op takes " + std::to_string(op.inputs.size()) + " inputs",
                    {}};
    std::string said;
    const auto ways = sharings(one);
    if (std::ranges::none_of(
            ways, [&](const auto& way) { return is_accepted(registry, op, one, way, &said); }))
      throw OpError{std::string(which).append("is refused by the op itself: ").append(said), {}};
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<ProbeCase> default_cases(const OpRegistry& registry, const OpDef& op) {
  NamedAttrs attrs = required_attrs(op);
  std::vector<ProbeCase> cases;
  if (op.is_elementwise()) {
    for (auto& shapes : elementwise_shapes(op.inputs.size())) cases.push_back({shapes, attrs});
    return cases;
  }
  if (op.kind != EBB_KIND_INITIALIZER) return searched(registry, op, attrs);
  for (const Shape& shape : {Shape{}, Shape{4}, Shape{3, 4}, Shape{2, 3, 2}, Shape{2, 2, 3, 3}}) {
    const std::vector<std::int64_t> dims(shape.dims().begin(), shape.dims().end());
    std::erase_if(attrs, [](const auto& attr) { return attr.first == "shape"; });
    attrs.emplace_back("shape", dims);
    cases.push_back({{}, attrs});
  }
  std::erase_if(cases, [&](const ProbeCase& one) { return !is_accepted(registry, op, one, {}); });
  if (cases.empty())
    throw OpError{"there is nothing to prove it on: it makes no parameter of rank 0 to 4",
                  how_to_give_a_case};
  return cases;
}

}  // namespace

bool is_accepted(const OpRegistry& registry, const OpDef& op, const ProbeCase& one,
                 const std::vector<bool>& per_sample, std::string* refusal, DType any) {
  try {
    const Probe probe = make_probe(registry, op, one, per_sample, 1, any);
    const auto& outputs = probe.graph.node(probe.result).outputs;
    return std::ranges::all_of(outputs, [](const Type& type) { return type.shape.elements() > 0; });
  } catch (const OpError& error) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < one.shapes.size(); ++i)
      names.push_back(op.inputs[std::min(i, op.inputs.size() - 1)].name);
    if (refusal) *refusal = fill_in(error.message, names);
    return false;
  }
}

std::vector<ProbeCase> proof_cases(const OpRegistry& registry, const OpDef& op) {
  std::vector<ProbeCase> cases =
      op.cases.empty() ? default_cases(registry, op) : given_cases(registry, op);
  // Others than the defaults on the first shapes that are not scalar, if there are such.
  const ProbeCase base = cases[std::min<std::size_t>(1, cases.size() - 1)];
  for (const NamedAttrs& attrs : varied(op, base.attrs)) {
    ProbeCase one{base.shapes, attrs};
    const auto ways = sharings(one);
    if (std::ranges::any_of(ways,
                            [&](const auto& way) { return is_accepted(registry, op, one, way); }))
      cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace ebb
