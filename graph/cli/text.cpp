#include "graph/cli/text.hpp"

#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

// Of more than `many` rows or columns, `few` at either end are printed.
constexpr std::int64_t many = 12, few = 5;

std::string element(const Array& array, std::int64_t i) {
  if (array.dtype == DType::boolean) return array.at(i) != 0 ? "true" : "false";
  return short_number(array.at(i), 6);
}

// Calls `show` for each index that is printed and `skip` where some are left out.
template <class Show, class Skip>
void abridged(std::int64_t count, Show show, Skip skip) {
  for (std::int64_t i = 0; i < count; ++i) {
    if (count > many && i == few) {
      skip();
      i = count - few;
    }
    show(i);
  }
}

std::string row(const Array& array, std::int64_t first, std::int64_t length) {
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : "  ") + word; };
  abridged(
      length, [&](std::int64_t i) { add(padded(element(array, first + i), 11)); },
      [&] { add("..."); });
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
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
  const std::int64_t rows = length == 0 ? 0 : array.elements() / length;
  const std::string margin(indent, ' ');
  std::string text;
  abridged(
      rows, [&](std::int64_t i) { text += margin + row(array, i * length, length) + '\n'; },
      [&] { text += margin + "...\n"; });
  return text;
}

std::string dims_of(const Array& array) {
  std::string text;
  for (const auto dim : array.dims) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return "(" + text + ")";
}

}  // namespace ebb
