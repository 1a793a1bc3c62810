// Data sources: functions that scripts call in data blocks and that yield samples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graph/core/array.hpp"

namespace ebb {

// What a script may pass: a number, a string, a boolean, a list of strings, or nested lists of
// numbers as an f64 array.
using SourceArgument = std::variant<double, std::string, bool, std::vector<std::string>, Array>;

struct SourceParameter {
  std::string name, doc;
  std::optional<SourceArgument> fallback;  // none: it must be given
};

// Samples by column. The first dimension of every array is the sample; all have the same length. A
// source with one column of name "" is that column itself: `idx(path)`; others have fields:
// `digits(...).image`.
struct Samples {
  std::vector<std::pair<std::string, Array>> columns;
};

struct SourceContext {
  std::filesystem::path data_dir;  // where relative paths are looked up
};

struct SourceDef {
  std::string name, doc;
  std::vector<SourceParameter> parameters;
  // Called with one argument per parameter. Throws UserError without a span; the caller sets it.
  std::function<Samples(const std::vector<SourceArgument>&, const SourceContext&)> open;
  std::string plugin{};  // that brought it; "" where it is built in
};

}  // namespace ebb
