#include "graph/cli/text.hpp"

#include <algorithm>
#include <vector>

#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

// Of more than `many` rows or columns, `few` at either end are printed.
constexpr std::int64_t many = 12, few = 5;

std::string element(const Array& array, std::int64_t i) {
  if (array.dtype == DType::boolean) return array.at(i) != 0 ? "true" : "false";
  return short_number(array.at(i));
}

// The indices below `count` that are printed, with -1 where some are left out.
std::vector<std::int64_t> abridged(std::int64_t count) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i) {
    if (count > many && i == few) {
      indices.push_back(-1);
      i = count - few;
    }
    indices.push_back(i);
  }
  return indices;
}

}  // namespace

std::string summary(const Evaluation& evaluation) {
  std::string text;
  const auto add = [&](const std::string& name, double value) {
    text += (text.empty() ? "" : ", ") + name + " " + short_number(value);
  };
  if (evaluation.cost) add("cost", *evaluation.cost);
  for (const auto& [name, value] : evaluation.metrics) add(name, value);
  return text;
}

bool is_one_line(const Array& array) {
  return array.dims.empty() || array.elements() == array.dims.back();
}

std::string to_text(const Array& array, std::size_t indent) {
  const std::int64_t length = array.dims.empty() ? 1 : array.dims.back();
  std::vector<std::vector<std::string>> rows;
  std::size_t width = 0;
  for (const std::int64_t row : abridged(length == 0 ? 0 : array.elements() / length)) {
    auto& words = rows.emplace_back();
    if (row < 0) words.emplace_back("...");
    for (const std::int64_t i : row < 0 ? std::vector<std::int64_t>{} : abridged(length)) {
      words.push_back(i < 0 ? "..." : element(array, row * length + i));
      width = std::max(width, words.back().size());
    }
  }
  std::string text;
  for (const auto& words : rows) {
    std::string line(indent, ' ');
    for (const std::string& word : words) line += padded(word, width + 2);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string dims_of(const Array& array) {
  std::string text;
  for (const auto dim : array.dims) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return "(" + text + ")";
}

}  // namespace ebb
