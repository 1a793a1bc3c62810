// Attributes in a record: what may be given to an op, a source, a minimiser and so on.
#pragma once

#include <ebb_plugin.h>
#include <ebb/value.hpp>

#include <limits>
#include <memory>

namespace ebb::sdk {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

// Bounds of an attribute or of an input's domain.
struct Interval {
  double lower = -infinity, upper = infinity;
  bool lower_excluded = false, upper_excluded = false;
};
inline constexpr Interval any_number{};
inline constexpr Interval positive{0, infinity, true, false};
inline constexpr Interval non_negative{0, infinity, false, false};
inline constexpr Interval unit{0, 1, false, false};
inline constexpr Interval open_unit{0, 1, true, true};

// In place of a default value: the attribute must be given.
struct Required {};
inline constexpr Required required{};

using Strings = std::vector<std::string>;

namespace detail {

inline std::int32_t excluded(const Interval& i) {
  return (i.lower_excluded ? 1 : 0) | (i.upper_excluded ? 2 : 0);
}

// The attributes of a record and what they point to; lives as long as the process.
struct AttributeTable {
  std::vector<ebb_attr_def> defs;
  std::vector<std::unique_ptr<Ints>> ints;
  std::vector<std::unique_ptr<std::vector<double>>> reals;
  std::vector<std::unique_ptr<std::string>> strings;

  std::int32_t count() const { return static_cast<std::int32_t>(defs.size()); }
  ebb_attr_def& add(const char* name, std::int32_t kind, const char* text, Interval bounds) {
    ebb_attr_def def{};
    def.size = sizeof def;
    def.name = name;
    def.doc = text;
    def.fallback.kind = kind;
    def.lower = bounds.lower;
    def.upper = bounds.upper;
    def.exclusive = excluded(bounds);
    return defs.emplace_back(def);
  }
};

}  // namespace detail

// The part of a builder that says attributes. Strings must be literals (or live as long).
template <class Self>
class AttributeBuilder {
 public:
  explicit AttributeBuilder(detail::AttributeTable& table) : table_(&table) {}

  Self& attr(const char* name, double fallback, const char* text, Interval bounds = any_number) {
    table_->add(name, EBB_ATTR_REAL, text, bounds).fallback.r = fallback;
    return self();
  }
  Self& attr(const char* name, int fallback, const char* text, Interval bounds = any_number) {
    auto& def = table_->add(name, EBB_ATTR_INT, text, bounds);
    def.fallback.i = fallback;
    def.fallback.r = fallback;
    return self();
  }
  Self& attr(const char* name, bool fallback, const char* text) {
    auto& def = table_->add(name, EBB_ATTR_BOOL, text, any_number);
    def.fallback.i = fallback ? 1 : 0;
    def.fallback.r = fallback ? 1 : 0;
    return self();
  }
  Self& attr(const char* name, const char* fallback, const char* text) {
    table_->add(name, EBB_ATTR_STRING, text, any_number).fallback.s = fallback;
    return self();
  }
  Self& attr(const char* name, Ints fallback, const char* text, Interval bounds = any_number) {
    auto& def = table_->add(name, EBB_ATTR_INTS, text, bounds);
    const auto& kept = table_->ints.emplace_back(std::make_unique<Ints>(std::move(fallback)));
    def.fallback.i = static_cast<std::int64_t>(kept->size());
    def.fallback.ints = kept->data();
    return self();
  }
  Self& attr(const char* name, std::vector<double> fallback, const char* text,
             Interval bounds = any_number) {
    auto& def = table_->add(name, EBB_ATTR_REALS, text, bounds);
    const auto& kept =
        table_->reals.emplace_back(std::make_unique<std::vector<double>>(std::move(fallback)));
    def.fallback.i = static_cast<std::int64_t>(kept->size());
    def.fallback.reals = kept->data();
    return self();
  }
  Self& attr(const char* name, const Strings& fallback, const char* text) {
    auto& def = table_->add(name, EBB_ATTR_STRINGS, text, any_number);
    auto& kept = table_->strings.emplace_back(std::make_unique<std::string>());
    for (const std::string& string : fallback) kept->append(string).push_back('\0');
    def.fallback.i = static_cast<std::int64_t>(fallback.size());
    def.fallback.s = kept->c_str();
    return self();
  }
  // A required attribute of the given kind (EBB_ATTR_INT ...).
  Self& attr(const char* name, Required, std::int32_t kind, const char* text,
             Interval bounds = any_number) {
    table_->add(name, kind, text, bounds).required = 1;
    return self();
  }
  // A required file or folder of data; the host passes its whole path.
  Self& path(const char* name, const char* text) {
    auto& def = table_->add(name, EBB_ATTR_STRING, text, any_number);
    def.required = 1;
    def.is_path = 1;
    return self();
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
  detail::AttributeTable* table_;
};

}  // namespace ebb::sdk
