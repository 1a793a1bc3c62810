#include "graph/core/intervals.hpp"

#include <algorithm>
#include <cfloat>
#include <limits>
#include <optional>

namespace ebb {

namespace {

constexpr std::size_t max_inputs = 4;

// Infinite bounds are excluded, and zeros have no sign.
Bounds normal(Bounds b) {
  b.lower += 0.0;
  b.upper += 0.0;
  b.lower_excluded = b.lower_excluded || std::isinf(b.lower);
  b.upper_excluded = b.upper_excluded || std::isinf(b.upper);
  return b;
}

Bounds of_domain(const Domain& domain) {
  return normal({domain.lower, domain.upper, domain.lower_excluded, domain.upper_excluded});
}

Bounds joined(const Bounds& a, const Bounds& b) {
  Bounds result{std::min(a.lower, b.lower), std::max(a.upper, b.upper), true, true};
  for (const Bounds* part : {&a, &b}) {
    if (part->lower == result.lower) result.lower_excluded &= part->lower_excluded;
    if (part->upper == result.upper) result.upper_excluded &= part->upper_excluded;
  }
  return result;
}

// What lies in both; nothing where they are apart.
std::optional<Bounds> common(const Bounds& a, const Bounds& b) {
  Bounds result{std::max(a.lower, b.lower), std::min(a.upper, b.upper), false, false};
  for (const Bounds* part : {&a, &b}) {
    if (part->lower == result.lower) result.lower_excluded |= part->lower_excluded;
    if (part->upper == result.upper) result.upper_excluded |= part->upper_excluded;
  }
  const bool empty =
      result.lower > result.upper ||
      (result.lower == result.upper && (result.lower_excluded || result.upper_excluded));
  if (empty) return std::nullopt;
  return result;
}

// A number at which a monotone op is looked at. One that is only approached has a place inside the
// interval that is near to it.
struct Point {
  double at, inside;
  bool approached;
};

double away_from(double end, double other) {
  constexpr double little = 0x1p-20;
  if (std::isinf(end))
    return std::copysign((std::isinf(other) ? 1 : 1 + std::abs(other)) / little, end);
  if (std::isinf(other)) return end + std::copysign(little * (1 + std::abs(end)), other);
  return end + little * (other - end);
}

// The ends of the interval, its turns, and both sides of its kinks, for a kink may be a pole.
std::vector<Point> points_of(const Bounds& b, const InputDef& input) {
  std::vector<Point> points{{b.lower, away_from(b.lower, b.upper), b.lower_excluded},
                            {b.upper, away_from(b.upper, b.lower), b.upper_excluded}};
  for (const double turn : input.turns)
    if (b.lower < turn && turn < b.upper) points.push_back({turn, turn, false});
  for (const double kink : input.domain.kinks) {
    const double inf = std::numeric_limits<double>::infinity();
    std::erase_if(points, [&](const Point& p) { return p.at == kink && p.approached; });
    if (b.lower < kink && kink < b.upper) points.push_back({kink, kink, false});
    if (b.lower < kink && kink <= b.upper)
      points.push_back({std::nextafter(kink, -inf), away_from(kink, b.lower), true});
    if (b.lower <= kink && kink < b.upper)
      points.push_back({std::nextafter(kink, inf), away_from(kink, b.upper), true});
  }
  return points;
}

// The one signature of an elementwise op that takes real numbers; null where there is none.
const ebb_signature* real_signature(const OpDef& op) {
  for (const ebb_signature& s : op.signatures) {
    bool real = true;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) real = real && s.inputs[i] == EBB_REAL;
    if (real && (s.output == EBB_REAL || s.output == EBB_BOOL)) return &s;
  }
  return nullptr;
}

// An elementwise op as a function of numbers.
class Function {
 public:
  explicit Function(const Node& node)
      : op_(*node.op), attrs_(node.attrs.get()), signature_(real_signature(op_)) {}

  bool exists() const { return signature_ && op_.inputs.size() <= max_inputs; }

  // Where an infinite argument gives no number, a very large one stands for it.
  double operator()(std::array<double, max_inputs> x) const {
    const double y = run(x);
    if (!std::isnan(y)) return y;
    for (double& v : x) v = std::clamp(v, -DBL_MAX, DBL_MAX);
    return run(x);
  }

 private:
  double run(const std::array<double, max_inputs>& x) const {
    std::array<const void*, max_inputs> inputs{};
    for (std::size_t i = 0; i < max_inputs; ++i) inputs[i] = &x[i];
    const std::array<std::int64_t, max_inputs> steps{};
    double real = 0;
    std::uint8_t truth = 0;
    const bool is_real = signature_->output == EBB_REAL;
    signature_->f64(op_.self, inputs.data(), steps.data(),
                    is_real ? static_cast<void*>(&real) : &truth, 1,
                    attrs_ ? attrs_->c() : nullptr);
    return is_real ? real : truth;
  }

  const OpDef& op_;
  const Attributes* attrs_;
  const ebb_signature* signature_;
};

// Joins the values of a function at the corners of a box. A bound that is only approached is
// excluded, unless the function is flat there.
class Hull {
 public:
  explicit Hull(const Function& f) : f_(f) {}

  void add(std::span<const Point* const> corner) {
    std::array<double, max_inputs> x{}, inside{};
    bool approached = false;
    for (std::size_t i = 0; i < corner.size(); ++i) {
      x[i] = corner[i]->at;
      inside[i] = corner[i]->approached ? corner[i]->inside : corner[i]->at;
      approached = approached || corner[i]->approached;
    }
    const double y = f_(x);
    failed_ = failed_ || std::isnan(y);
    const bool excluded = approached && f_(inside) != y;
    const Bounds here = normal({y, y, excluded, excluded});
    hull_ = hull_ ? joined(*hull_, here) : here;
  }
  std::optional<Bounds> result() const { return failed_ ? std::nullopt : hull_; }

 private:
  const Function& f_;
  std::optional<Bounds> hull_;
  bool failed_ = false;
};

bool is_number(const InputDef& input) { return input.dtype == EBB_REAL || input.dtype == EBB_ANY; }

}  // namespace

Bounds bounds_of(const Tensor& tensor) {
  const std::int64_t n = tensor.elements_per_sample() * tensor.samples();
  if (n == 0) return {};
  Bounds b{tensor.at(0), tensor.at(0), false, false, true, true};
  for (std::int64_t i = 1; i < n; ++i) {
    b.lower = std::min(b.lower, tensor.at(i));
    b.upper = std::max(b.upper, tensor.at(i));
  }
  return normal(b);
}

std::string to_string(const Bounds& b) {
  return to_string(Domain{b.lower, b.upper, b.lower_excluded, b.upper_excluded, {}});
}

Containment containment(const Bounds& b, const Domain& domain) {
  if (!b.known) return Containment::inside;
  const auto both = common(b, of_domain(domain));
  const bool inside = both && both->lower == b.lower && both->upper == b.upper &&
                      both->lower_excluded == b.lower_excluded &&
                      both->upper_excluded == b.upper_excluded;
  if (inside) return Containment::inside;
  return !both || b.attained ? Containment::outside : Containment::partly;
}

void Intervals::set(Value leaf, const Bounds& bounds) {
  (*this)(leaf);
  bounds_[leaf.node] = bounds;
}

Bounds Intervals::operator()(Value value) {
  while (bounds_.size() <= value.node)
    bounds_.push_back(analyse(static_cast<NodeId>(bounds_.size())));
  return at(value);
}

Bounds Intervals::at(Value value) const {
  return value.output == 0 ? bounds_[value.node] : Bounds{};
}

Bounds Intervals::analyse(NodeId id) const {
  const Node& node = graph_.node(id);
  if (node.constant) return bounds_of(*node.constant);
  Bounds result;
  if (node.op->leaf) {
    result.known = node.op == graph_.registry().core().variable;
    return result;
  }
  if (node.outputs.size() > 1) return result;
  result = of_op(id);
  // What is computed from unknown data is as little known, until something bounds it.
  const auto inputs = graph_.inputs(id);
  const auto unknown = [&](Value v) { return !at(v).known; };
  const auto anything = [&](Value v) { return at(v).known && at(v).whole_line(); };
  result.known = !result.whole_line() || std::ranges::none_of(inputs, unknown) ||
                 std::ranges::any_of(inputs, anything);
  return result;
}

// What the claims give, within the declared range.
Bounds Intervals::of_op(NodeId id) const {
  const OpDef& op = *graph_.node(id).op;
  Bounds claimed;
  if (op.claims_(EBB_MONOTONE)) claimed = monotone(id);
  if (op.claims_(EBB_SELECTS)) claimed = selected(id);
  if (op.claims_(EBB_SUMS)) claimed = summed(id);
  const Bounds declared = of_domain(op.output);
  return common(claimed, declared).value_or(declared);
}

Bounds Intervals::monotone(NodeId id) const {
  const Node& node = graph_.node(id);
  const auto inputs = graph_.inputs(id);
  const Function f(node);
  if (!f.exists()) return {};
  const bool square = node.op == graph_.registry().core().mul && inputs[0] == inputs[1];
  std::array<std::vector<Point>, max_inputs> points;
  std::size_t corners = 1;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    // What may leave the domain has been reported; here the op is looked at inside it.
    const auto b = common(at(inputs[i]), of_domain(node.op->inputs[i].domain));
    if (!b) return {};
    InputDef input = node.op->inputs[i];
    if (square) input.turns.push_back(0);
    points[i] = points_of(*b, input);
    corners *= points[i].size();
  }
  Hull hull(f);
  for (std::size_t corner = 0; corner < corners; ++corner) {
    std::array<const Point*, max_inputs> chosen{};
    std::size_t rest = corner;
    for (std::size_t i = 0; i < inputs.size(); rest /= points[i++].size())
      chosen[i] = &points[i][rest % points[i].size()];
    if (square && chosen[0]->at != chosen[1]->at) continue;
    hull.add({chosen.data(), inputs.size()});
  }
  return hull.result().value_or(Bounds{});
}

Bounds Intervals::selected(NodeId id) const {
  const Node& node = graph_.node(id);
  const auto inputs = graph_.inputs(id);
  const bool choice = inputs.size() == 3 && node.op->inputs[0].dtype == EBB_BOOL;
  std::optional<Bounds> all;
  const auto join = [&](const Bounds& b) { all = all ? joined(*all, b) : b; };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_number(node.op->inputs[std::min(i, node.op->inputs.size() - 1)])) continue;
    // To a narrower element type numbers are rounded.
    if (graph_.type(inputs[i]).dtype == DType::real && node.outputs[0].dtype != DType::real)
      return {};
    join(choice ? guarded(inputs[0], inputs[i], i == 1) : at(inputs[i]));
  }
  for (std::size_t i = 0; node.attrs && i < node.attrs->values().size(); ++i)
    if (const auto* number = std::get_if<double>(&(*node.attrs)[i]))
      join(normal({*number, *number, false, false}));
  return all.value_or(Bounds{});
}

// The bounds of `value` where `condition` holds (or does not), if that compares it with a constant.
Bounds Intervals::guarded(Value condition, Value value, bool holds) const {
  const Bounds b = at(value);
  const Node& node = graph_.node(condition);
  const auto compared = graph_.inputs(condition.node);
  const Function f(node);
  if (!node.op->claims_(EBB_MONOTONE) || compared.size() != 2 || !f.exists()) return b;
  const std::size_t own = compared[0] == value ? 0 : 1;
  const Bounds other = at(compared[1 - own]);
  if (compared[own] != value || !other.single()) return b;
  const auto truth = [&](double x) {
    return (f(own == 0 ? std::array<double, max_inputs>{x, other.lower}
                       : std::array<double, max_inputs>{other.lower, x}) != 0) == holds;
  };
  const double inf = std::numeric_limits<double>::infinity(), k = other.lower;
  const bool below = truth(std::nextafter(k, -inf)), above = truth(std::nextafter(k, inf));
  if (below == above) return b;
  const Bounds half = below ? Bounds{-inf, k, true, !truth(k)} : Bounds{k, inf, !truth(k), true};
  return common(b, half).value_or(b);
}

// Of n numbers between bounds; how many there are in a sum over samples nobody knows.
Bounds Intervals::summed(NodeId id) const {
  const auto input = graph_.inputs(id)[0];
  const Type &from = graph_.type(input), &to = graph_.node(id).outputs[0];
  Bounds b = at(input);
  const auto n = static_cast<double>(from.shape.elements()) /
                 static_cast<double>(std::max<std::int64_t>(1, to.shape.elements()));
  const double most = from.per_sample && !to.per_sample ? INFINITY : n;
  b.lower *= b.lower < 0 ? most : n;
  b.upper *= b.upper > 0 ? most : n;
  b.attained = false;
  if (n == 0) b = {0, 0, false, false};
  return normal(b);
}

}  // namespace ebb
