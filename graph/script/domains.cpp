#include "graph/script/domains.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ebb::script {

namespace {

std::string bounds(double lower, double upper, bool lower_excluded, bool upper_excluded) {
  const auto number = [](double value) {
    if (std::isinf(value)) return std::string(value < 0 ? "-inf" : "inf");
    return ast::spelling(value);
  };
  return std::string(lower_excluded || std::isinf(lower) ? "(" : "[") + number(lower) + ", " +
         number(upper) + (upper_excluded || std::isinf(upper) ? ")" : "]");
}

bool read_bound(std::string_view text, double& bound) {
  if (text == "inf" || text == "-inf") {
    bound = text == "inf" ? INFINITY : -INFINITY;
    return true;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
  return error == std::errc() && end == text.data() + text.size();
}

// "(0, 1]", as records state the range of an op. Other forms tell nothing.
Numbers parse_range(std::string_view text) {
  Numbers numbers;
  const auto comma = text.find(", ");
  if (text.size() < 6 || comma == std::string_view::npos) return numbers;
  numbers.lower_excluded = text.front() == '(';
  numbers.upper_excluded = text.back() == ')';
  const bool interval = (text.front() == '(' || text.front() == '[') &&
                        (text.back() == ')' || text.back() == ']') &&
                        read_bound(text.substr(1, comma - 1), numbers.lower) &&
                        read_bound(text.substr(comma + 2, text.size() - comma - 3), numbers.upper);
  numbers.known = interval && (std::isfinite(numbers.lower) || std::isfinite(numbers.upper));
  return numbers;
}

Numbers of_array(const Array& array) {
  Numbers numbers;
  if (array.elements() == 0) return numbers;
  const double* data = array.data<double>();
  const auto [lower, upper] = std::minmax_element(data, data + array.elements());
  numbers.lower = *lower;
  numbers.upper = *upper;
  numbers.known = true;
  numbers.attained = true;
  return numbers;
}

}  // namespace

Numbers numbers_of(const Item& item, const Graph& graph) {
  if (const auto* number = as<double>(item)) return {*number, *number, false, false, true, true};
  if (const auto* list = as<ListPtr>(item)) {
    Array array;
    return to_array(**list, array) ? of_array(array) : Numbers{};
  }
  if (const auto* value = as<Value>(item)) {
    const OpDef& op = *graph.node(*value).op;
    if (!op.range.empty()) return parse_range(op.range);
  }
  return {};
}

Containment containment(const Numbers& numbers, const Domain& domain) {
  if (!numbers.known) return Containment::inside;
  const bool above =
      numbers.lower > domain.lower ||
      (numbers.lower == domain.lower && (!domain.lower_excluded || numbers.lower_excluded));
  const bool below =
      numbers.upper < domain.upper ||
      (numbers.upper == domain.upper && (!domain.upper_excluded || numbers.upper_excluded));
  if (above && below) return Containment::inside;
  const bool apart =
      numbers.attained || numbers.upper < domain.lower || numbers.lower > domain.upper ||
      (numbers.upper == domain.lower && (domain.lower_excluded || numbers.upper_excluded)) ||
      (numbers.lower == domain.upper && (domain.upper_excluded || numbers.lower_excluded));
  return apart ? Containment::outside : Containment::partly;
}

bool is_everything(const Domain& domain) {
  return domain.lower == -INFINITY && domain.upper == INFINITY;
}

std::string to_string(const Domain& domain) {
  return bounds(domain.lower, domain.upper, domain.lower_excluded, domain.upper_excluded);
}

std::string to_string(const Numbers& numbers) {
  return bounds(numbers.lower, numbers.upper, numbers.lower_excluded, numbers.upper_excluded);
}

}  // namespace ebb::script
