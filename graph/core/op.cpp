#include "graph/core/op.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "graph/core/diagnostic.hpp"
#include "graph/core/host.hpp"
#include "graph/core/primitives.hpp"

namespace ebb {

namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", value);
  return text;
}

template <class T>
std::string list(const std::vector<T>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + number(static_cast<double>(values[i]));
  return text + "]";
}

const char* kind_name(std::int32_t kind) {
  static constexpr const char* names[] = {
      "a whole number",          "a number",          "true or false",    "a string",
      "a list of whole numbers", "a list of numbers", "a list of strings"};
  return names[kind];
}

bool is_whole(double value) { return std::floor(value) == value && std::abs(value) < 0x1p53; }

// The attribute as the record's kind, or nothing where it can not be one.
std::optional<Attr> as_kind(const Attr& attr, std::int32_t kind) {
  if (attr.index() == static_cast<std::size_t>(kind)) return attr;
  const double* real = std::get_if<double>(&attr);
  const auto* whole = std::get_if<std::int64_t>(&attr);
  const auto* reals = std::get_if<std::vector<double>>(&attr);
  const auto* ints = std::get_if<std::vector<std::int64_t>>(&attr);
  if (kind == EBB_ATTR_INT && real && is_whole(*real)) return static_cast<std::int64_t>(*real);
  if (kind == EBB_ATTR_REAL && whole) return static_cast<double>(*whole);
  if (kind == EBB_ATTR_INTS && reals && std::ranges::all_of(*reals, is_whole))
    return std::vector<std::int64_t>(reals->begin(), reals->end());
  if (kind == EBB_ATTR_REALS && ints) return std::vector<double>(ints->begin(), ints->end());
  // A single number stands for a list of one.
  if (kind == EBB_ATTR_INTS && real && is_whole(*real))
    return std::vector<std::int64_t>{static_cast<std::int64_t>(*real)};
  if (kind == EBB_ATTR_INTS && whole) return std::vector<std::int64_t>{*whole};
  if (kind == EBB_ATTR_REALS && real) return std::vector<double>{*real};
  const auto* string = std::get_if<std::string>(&attr);
  if (kind == EBB_ATTR_STRINGS && string) return std::vector<std::string>{*string};
  // An empty list has no kind of its own.
  if (kind == EBB_ATTR_STRINGS && reals && reals->empty()) return std::vector<std::string>{};
  return std::nullopt;
}

void check_bounds(const std::string& user, const AttrDef& def, const Attr& attr) {
  std::vector<double> values;
  if (const auto* whole = std::get_if<std::int64_t>(&attr)) values = {static_cast<double>(*whole)};
  if (const auto* real = std::get_if<double>(&attr)) values = {*real};
  if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&attr))
    values.assign(ints->begin(), ints->end());
  if (const auto* reals = std::get_if<std::vector<double>>(&attr)) values = *reals;
  for (const double v : values) {
    if (!contains(def.bounds(), v))
      throw OpError{user + ": " + def.name + " must lie in " + to_string(def.bounds()) +
                        ", but is " + number(v),
                    {},
                    OpError::About::attribute};
  }
}

OpError unknown_attribute(const std::string& user, const std::string& name,
                          const std::string& near) {
  return {user + " has no attribute `" + name + "`",
          near.empty() ? "" : "did you mean `" + near + "`?", OpError::About::attribute};
}

}  // namespace

bool contains(const Domain& domain, double x) {
  const bool above = domain.lower_excluded ? x > domain.lower : x >= domain.lower;
  return above && (domain.upper_excluded ? x < domain.upper : x <= domain.upper);
}

std::string to_string(const Domain& domain) {
  return (domain.lower_excluded || std::isinf(domain.lower) ? "(" : "[") + number(domain.lower) +
         ", " + number(domain.upper) +
         (domain.upper_excluded || std::isinf(domain.upper) ? ")" : "]");
}

std::string to_string(const Attr& attr) {
  struct Printer {
    std::string operator()(std::int64_t i) const { return std::to_string(i); }
    std::string operator()(double r) const { return number(r); }
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(const std::string& s) const { return "\"" + s + "\""; }
    std::string operator()(const std::vector<std::int64_t>& v) const { return list(v); }
    std::string operator()(const std::vector<double>& v) const { return list(v); }
    std::string operator()(const std::vector<std::string>& v) const {
      std::string text;
      for (const std::string& s : v) text += (text.empty() ? "" : ", ") + (*this)(s);
      return "[" + text + "]";
    }
  };
  return std::visit(Printer{}, attr);
}

Attributes::Attributes(std::vector<Attr> values) : values_(std::move(values)) {
  joined_.reserve(values_.size());
  for (const Attr& value : values_) {
    ebb_attr c{};
    c.kind = static_cast<std::int32_t>(value.index());
    if (const auto* i = std::get_if<std::int64_t>(&value)) {
      c.i = *i;
      c.r = static_cast<double>(*i);
    } else if (const auto* r = std::get_if<double>(&value)) {
      c.r = *r;
    } else if (const auto* b = std::get_if<bool>(&value)) {
      c.i = *b ? 1 : 0;
      c.r = *b ? 1 : 0;
    } else if (const auto* s = std::get_if<std::string>(&value)) {
      c.s = s->c_str();
    } else if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&value)) {
      c.i = static_cast<std::int64_t>(ints->size());
      c.ints = ints->data();
    } else if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
      c.i = static_cast<std::int64_t>(reals->size());
      c.reals = reals->data();
    } else if (const auto* strings = std::get_if<std::vector<std::string>>(&value)) {
      std::string& joined = joined_.emplace_back();
      for (const std::string& string : *strings) joined += string + '\0';
      c.i = static_cast<std::int64_t>(strings->size());
      c.s = joined.c_str();
    }
    c_.push_back(c);
  }
}

std::string fill_in(const std::string& text, const std::vector<std::string>& names) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto close = text[i] == '{' ? text.find('}', i) : std::string::npos;
    const bool digits = close != std::string::npos && close > i + 1 &&
                        std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                    text.begin() + static_cast<std::ptrdiff_t>(close),
                                    [](char c) { return c >= '0' && c <= '9'; });
    if (digits && close - i < 6) {
      const auto index = std::stoul(text.substr(i + 1, close - i - 1));
      result += index < names.size() ? names[index] : "input " + std::to_string(index + 1);
      i = close;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool OpDef::is_differentiable_in(std::size_t input) const {
  if (!derivative.empty()) return input == 0;
  if (inputs.empty() || (!vjp && !backward)) return false;
  const auto bit = std::min(input, inputs.size() - 1);
  if (input >= inputs.size() && !is_variadic()) return false;  // the hidden inputs of a random op
  return (differentiable >> bit & 1u) != 0;
}

std::span<const InputDef> OpDef::settings() const {
  return std::span(inputs).subspan(given_inputs() + states.size());
}

int OpDef::find_attr(std::string_view attr) const {
  const auto it = std::ranges::find(attrs, attr, &AttrDef::name);
  return it == attrs.end() ? -1 : static_cast<int>(it - attrs.begin());
}

std::shared_ptr<const Attributes> resolve_attributes(const OpDef& op, const NamedAttrs& given) {
  return resolve_attributes(op.name, op.attrs, given);
}

std::shared_ptr<const Attributes> resolve_attributes(const std::string& user,
                                                     const std::vector<AttrDef>& attrs,
                                                     const NamedAttrs& given) {
  std::vector<std::optional<Attr>> values;
  for (const AttrDef& def : attrs) values.push_back(def.fallback);
  for (const auto& [name, attr] : given) {
    const auto def = std::ranges::find(attrs, name, &AttrDef::name);
    if (def == attrs.end()) {
      std::vector<std::string> names;
      for (const AttrDef& known : attrs) names.push_back(known.name);
      throw unknown_attribute(user, name, nearest(name, names));
    }
    const auto value = as_kind(attr, def->kind);
    if (!value)
      throw OpError{user + ": " + def->name + " must be " + kind_name(def->kind) + ", but is " +
                        to_string(attr),
                    {},
                    OpError::About::attribute};
    check_bounds(user, *def, *value);
    values[static_cast<std::size_t>(def - attrs.begin())] = *value;
  }
  if (values.empty()) return nullptr;
  std::vector<Attr> complete;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i])
      throw OpError{user + " needs its attribute `" + attrs[i].name + "`: " + attrs[i].doc,
                    {},
                    OpError::About::attribute};
    complete.push_back(*values[i]);
  }
  return std::make_shared<const Attributes>(std::move(complete));
}

OpRegistry::OpRegistry() {
  for (OpDef& leaf : core_leaves()) add(std::move(leaf));
  load(&core_primitives_main);
  core_ = {&get("const"),
           &get("input"),
           &get("variable"),
           &get("data"),
           &get("add"),
           &get("mul"),
           &get("scale"),
           &get("matmul"),
           &get("transpose"),
           &get("reshape"),
           &get("broadcast"),
           &get("sum_to"),
           &get("sample_sum"),
           &get("sample_weight"),
           &get("convert"),
           &get("checkpoint_begin"),
           &get("checkpoint_end"),
           &get("after"),
           &get("slice"),
           &get("concat"),
           &get("stack"),
           &get("pad")};
}

void OpRegistry::load(ebb_plugin_main_fn plugin_main) {
  ebb_context context;
  context.ops = this;
  register_plugin(context, plugin_main);
}

const OpDef* OpRegistry::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

const OpDef& OpRegistry::get(std::string_view name) const {
  const OpDef* op = find(name);
  if (!op) throw InternalError("no op `" + std::string(name) + "` is registered");
  return *op;
}

const OpDef* OpRegistry::find_operator(std::string_view text) const {
  const auto it = by_operator_.find(text);
  return it == by_operator_.end() ? nullptr : it->second;
}

std::vector<std::string> OpRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& op : ops_) names.push_back(op->name);
  return names;
}

bool OpRegistry::is_derivative(const OpDef& op) const {
  return std::ranges::any_of(ops_, [&](const auto& other) { return other->derivative == op.name; });
}

const OpDef& OpRegistry::add(OpDef op) {
  auto owned = std::make_unique<OpDef>(std::move(op));
  by_name_.emplace(owned->name, owned.get());
  if (!owned->operator_text.empty()) by_operator_.emplace(owned->operator_text, owned.get());
  return *ops_.emplace_back(std::move(owned));
}

void OpRegistry::add_backward(OpDef op) {
  const auto forward = std::ranges::find(ops_, op.backward_of, &std::unique_ptr<OpDef>::get);
  ensure(forward != ops_.end(), "a backward kernel belongs to a registered op");
  OpDef& known = **forward;
  known.backward = &add(std::move(op));
}

void OpRegistry::forget_after(std::size_t count) {
  const auto forgotten = [&](const auto& entry) {
    return std::any_of(ops_.begin() + static_cast<std::ptrdiff_t>(count), ops_.end(),
                       [&](const auto& op) { return op.get() == entry.second; });
  };
  std::erase_if(by_name_, forgotten);
  std::erase_if(by_operator_, forgotten);
  ops_.resize(count);
}

}  // namespace ebb
