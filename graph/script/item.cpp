#include "graph/script/item.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ebb::script {

namespace {

struct KindName {
  std::string operator()(const Poison&) const { return "nothing"; }
  std::string operator()(double) const { return "a number"; }
  std::string operator()(bool) const { return "a boolean"; }
  std::string operator()(const std::string&) const { return "a string"; }
  std::string operator()(const Interval&) const { return "a range"; }
  std::string operator()(const Value&) const { return "a value of the graph"; }
  std::string operator()(const ListPtr&) const { return "a list"; }
  std::string operator()(const FunctionPtr& function) const {
    if (std::holds_alternative<const ast::Layer*>(function->body)) return "a layer";
    if (is_optimizer(function)) return "an optimizer";
    if (std::holds_alternative<const MetricDef*>(function->body)) return "a metric";
    if (std::holds_alternative<const MinimizerDef*>(function->body)) return "a minimizer";
    return "a function";
  }
  std::string operator()(const RulePtr&) const { return "an optimizer"; }
  std::string operator()(const RuleTablePtr&) const { return "a table of optimizers"; }
  std::string operator()(const InitializerPtr&) const { return "an initial value"; }
  std::string operator()(const SourcePtr&) const { return "a data source"; }
  std::string operator()(const MinimizerPtr&) const { return "a minimizer"; }
};

// Appends the numbers of `list`, whose dimensions from `depth` on must be those in `dims`; the
// first list on each level says them.
bool flatten(const List& list, std::size_t depth, std::vector<std::int64_t>& dims,
             std::vector<double>& numbers) {
  const auto size = static_cast<std::int64_t>(list.items.size());
  const bool first = depth == dims.size();
  if (first) {
    if (!numbers.empty()) return false;
    dims.push_back(size);
  }
  if (dims[depth] != size) return false;
  for (const Item& item : list.items) {
    if (const auto* inner = as<ListPtr>(item)) {
      if (!flatten(**inner, depth + 1, dims, numbers)) return false;
    } else if (const auto* number = as<double>(item)) {
      if (depth + 1 != dims.size()) return false;
      numbers.push_back(*number);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string kind_of(const Item& item) { return std::visit(KindName{}, item); }

std::string described(const Shape& shape) {
  return shape.is_scalar() ? "a scalar" : to_string(shape);
}

bool is_optimizer(const Item& item) {
  const auto* function = as<FunctionPtr>(item);
  if (function == nullptr) return false;
  const auto* op = std::get_if<const OpDef*>(&(*function)->body);
  return std::holds_alternative<const ast::Optimizer*>((*function)->body) ||
         (op != nullptr && (*op)->kind == EBB_KIND_OPTIMIZER);
}

std::vector<std::string> hints_on(const Item& item) {
  if (as<bool>(item) != nullptr) return {"`where(condition, 1, 0)` makes a number of it"};
  if (as<std::string>(item) != nullptr) return {"a name stands without quotes"};
  if (const auto* function = as<FunctionPtr>(item))
    return {"a function takes its arguments in parentheses: `" + (*function)->name + "(...)`"};
  return {};
}

std::vector<std::string> whole_number_hint(const ast::Expression& expression) {
  if (expression.as<ast::Number>() != nullptr) return {};
  return {"`floor(" + to_source(expression) + ")` is one"};
}

std::string clamp_hint(const Domain& domain) {
  const auto inside = [](double bound, bool excluded, double gap) {
    return !excluded ? ast::spelling(bound) : bound == 0 ? "1e-6" : ast::spelling(bound + gap);
  };
  std::string text = "`clamp(...";
  if (std::isfinite(domain.lower))
    text += ", lower = " + inside(domain.lower, domain.lower_excluded, 1e-6);
  if (std::isfinite(domain.upper))
    text += ", upper = " + inside(domain.upper, domain.upper_excluded, -1e-6);
  return text + ")` keeps it inside";
}

void require_no_poison(const std::vector<Item>& items) {
  for (const Item& item : items)
    if (as<Poison>(item) != nullptr) throw Poisoned();
}

bool is_whole(double number) { return std::floor(number) == number && std::abs(number) < 0x1p53; }

Array to_array(const Interval& range) {
  Array array = Array::make(DType::f64, {range.size()});
  std::iota(array.data<double>(), array.data<double>() + range.size(),
            static_cast<double>(range.first));
  return array;
}

bool to_array(const List& list, Array& array) {
  std::vector<std::int64_t> dims;
  std::vector<double> numbers;
  if (!flatten(list, 0, dims, numbers)) return false;
  array = Array::make(DType::f64, dims);
  std::copy(numbers.begin(), numbers.end(), array.data<double>());
  return true;
}

bool comparable(const Item& a, const Item& b) {
  return a.index() == b.index() &&
         (as<double>(a) || as<bool>(a) || as<std::string>(a) || as<Interval>(a) || as<ListPtr>(a));
}

bool equal(const Item& a, const Item& b) {
  if (!comparable(a, b)) return false;
  if (const auto* x = as<ListPtr>(a)) {
    const auto& y = std::get<ListPtr>(b);
    return *x == y || std::ranges::equal((*x)->items, y->items, equal);
  }
  if (const auto* x = as<Interval>(a)) {
    const auto& y = std::get<Interval>(b);
    return x->first == y.first && x->last == y.last;
  }
  if (const auto* x = as<double>(a)) return *x == std::get<double>(b);
  if (const auto* x = as<bool>(a)) return *x == std::get<bool>(b);
  return std::get<std::string>(a) == std::get<std::string>(b);
}

}  // namespace ebb::script
