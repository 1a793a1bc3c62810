#include "graph/run/sources.hpp"

#include <algorithm>
#include <cmath>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/digits.hpp"
#include "graph/run/data/idx.hpp"

namespace ebb {

namespace {

std::uint64_t whole(const SourceArgument& argument, const char* what, double lower, double upper) {
  const double* number = std::get_if<double>(&argument);
  if (!number || std::floor(*number) != *number || *number < lower || *number > upper)
    throw UserError(std::string(what) + " must be a whole number from " +
                    std::to_string(static_cast<std::int64_t>(lower)) + " to " +
                    std::to_string(static_cast<std::int64_t>(upper)));
  return static_cast<std::uint64_t>(*number);
}

Samples open_idx(const std::vector<SourceArgument>& arguments, const SourceContext& context) {
  const auto* path = std::get_if<std::string>(&arguments[0]);
  if (!path) throw UserError("idx takes the path of a file as a string");
  // The compressed twin is another file, which may be a link to elsewhere.
  const std::filesystem::path file = idx_file(context.file(*path));
  context.reach.require(file, std::filesystem::path(*path).replace_filename(file.filename()));
  return {{{"", read_idx(file)}}};
}

Samples open_digits(const std::vector<SourceArgument>& arguments, const SourceContext&) {
  const auto n = whole(arguments[0], "digits: the number of samples", 1, 1e7);
  const auto seed = whole(arguments[1], "digits: the seed", 0, 0x1p53);
  Digits digits = make_digits(static_cast<std::int64_t>(n), seed);
  return {{{"image", std::move(digits.images)}, {"label", std::move(digits.labels)}}};
}

Samples open_values(const std::vector<SourceArgument>& arguments, const SourceContext&) {
  const auto* array = std::get_if<Array>(&arguments[0]);
  if (!array || array->dims.empty() || array->dims[0] == 0)
    throw UserError("values takes a list with one entry per sample",
                    {"for example `values([[0, 0], [0, 1], [1, 0], [1, 1]])`"});
  return {{{"", *array}}};
}

}  // namespace

void register_sources(Named<SourceDef>& registry) {
  registry.add({"idx",
                "The samples of an IDX file, plain or compressed with gzip; the first dimension is "
                "the sample.",
                {{"path", "the file, relative to the data folder", {}}},
                &open_idx});
  registry.add(
      {"digits",
       "Handwritten-like digits that Ebb draws itself: `.image` (28 x 28, 0 to 255), `.label`.",
       {{"n", "how many samples", {}},
        {"seed", "which ones; the first n of a seed are always the same", SourceArgument{1.0}}},
       &open_digits});
  registry.add({"values",
                "Samples written in the script itself: a list with one entry per sample.",
                {{"list", "numbers, or lists of numbers of one shape", {}}},
                &open_values});
}

}  // namespace ebb
