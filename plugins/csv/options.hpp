// What a script asks of a CSV file.
#pragma once

#include <ebb/source.hpp>
#include <string>
#include <vector>

namespace ebb::csv {

using Strings = std::vector<std::string>;

enum class IfMissing { error, nan, skip };

struct Options {
  std::string path;
  bool header = true;
  char separator = ',';
  char quote = '"';  // a zero byte, which no text has: there are no quotes
  Strings missing;
  IfMissing if_missing = IfMissing::error;
  Strings columns, one_hot, categorical, real;

  // In the order of the record. Throws Failure.
  explicit Options(const sdk::Attributes& a);
};

}  // namespace ebb::csv
