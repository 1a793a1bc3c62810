// Data sources: functions that scripts call in data blocks and that yield samples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "graph/core/array.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/reach.hpp"

namespace ebb {

// What a script may pass: a number, a string, a boolean, a list of strings, or nested lists of
// numbers as an f64 array.
using SourceArgument = std::variant<double, std::string, bool, std::vector<std::string>, Array>;

struct SourceParameter {
  std::string name, doc;
  std::optional<SourceArgument> fallback;  // none: it must be given
};

// Reads samples of a column that is not kept in memory. From any thread.
class SampleReader {
 public:
  virtual ~SampleReader() = default;
  // Writes the samples of these indices to `to`, one after the other, each in C order. Throws
  // UserError.
  virtual void read(std::span<const std::int64_t> indices, std::byte* to) = 0;
};

// The samples of a column: an array in memory or, where they are streamed, a reader.
struct SampleColumn {
  SampleColumn(Array samples) : array(std::move(samples)) {}  // NOLINT(google-explicit-constructor)
  SampleColumn(DType dtype, std::vector<std::int64_t> dims, std::shared_ptr<SampleReader> from)
      : array{dtype, std::move(dims), nullptr}, reader(std::move(from)) {}

  Array array;  // its first dimension is the sample; without bytes where there is a reader
  std::shared_ptr<SampleReader> reader;
  std::int64_t first = 0;  // which of the reader's samples is sample 0 here
  Span at;                 // where the script opens the source
};

// Samples by column; all columns have the same number of them. A source with one column of name ""
// is that column itself: `idx(path)`; others have fields: `digits(...).image`.
struct Samples {
  std::vector<std::pair<std::string, SampleColumn>> columns;
};

struct SourceContext {
  std::filesystem::path data_dir;  // where relative paths are looked up
  Reach reach;

  // The file that a script names so. Throws UserError where it is out of reach.
  std::filesystem::path file(const std::string& name) const {
    std::filesystem::path path = data_dir / name;
    reach.require(path, name);
    return path;
  }
};

struct SourceDef {
  std::string name, doc;
  std::vector<SourceParameter> parameters;
  // Called with one argument per parameter. Throws UserError without a span; the caller sets it.
  std::function<Samples(const std::vector<SourceArgument>&, const SourceContext&)> open;
  std::string plugin{};  // that brought it; "" where it is built in
};

}  // namespace ebb
