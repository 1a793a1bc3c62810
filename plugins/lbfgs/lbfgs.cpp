// L-BFGS: the limited-memory BFGS method (Nocedal & Wright, Numerical Optimization, 2006,
// algorithms 7.4 and 7.5).
#include <algorithm>
#include <cmath>
#include <deque>
#include <ebb/plugin.hpp>
#include <limits>
#include <numeric>
#include <optional>

#include "plugins/lbfgs/line_search.hpp"

using namespace ebb::sdk;

namespace {

using Vector = std::vector<double>;
using ebb::lbfgs::Trial;

double dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// y += a x
void add(Vector& y, double a, const Vector& x) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += a * x[i];
}

Vector difference(const Vector& a, const Vector& b) {
  Vector result(a);
  add(result, -1, b);
  return result;
}

double largest(const Vector& v) {
  double most = 0;
  for (const double element : v) {
    if (std::isnan(element)) return infinity;
    most = std::max(most, std::abs(element));
  }
  return most;
}

// What the last steps say of the curvature.
class Memory {
 public:
  explicit Memory(std::size_t most) : most_(most) {}
  bool empty() const { return pairs_.empty(); }
  void clear() { pairs_.clear(); }

  void keep(Vector step, Vector change) {
    const double curvature = dot(step, change);
    const double size = std::sqrt(dot(step, step) * dot(change, change));
    if (!(curvature > std::numeric_limits<double>::epsilon() * size)) return;
    if (pairs_.size() == most_) pairs_.pop_front();
    pairs_.push_back({std::move(step), std::move(change), 1 / curvature});
  }

  // -H g with the approximate inverse H of the Hessian matrix: the two-loop recursion.
  Vector direction(const Vector& gradient) const {
    Vector d = gradient;
    std::vector<double> alphas(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alphas[i] = pairs_[i].rho * dot(pairs_[i].step, d);
      add(d, -alphas[i], pairs_[i].change);
    }
    double scale = -1;
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      scale = -1 / (last.rho * dot(last.change, last.change));
    }
    for (double& element : d) element *= scale;
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      add(d, -alphas[i] - pairs_[i].rho * dot(pairs_[i].change, d), pairs_[i].step);
    return d;
  }

 private:
  struct Pair {
    Vector step, change;  // of the point, of the gradient
    double rho;           // 1 / (step . change)
  };
  std::deque<Pair> pairs_;
  std::size_t most_;
};

struct Point {
  Vector x, gradient;
  double value = 0;
};

// The next point along a descent direction; nothing where the search finds none.
std::optional<Point> next_point(const Problem& problem, const Point& from, const Vector& direction,
                                double first_step, const ebb::lbfgs::Wolfe& wolfe) {
  Point to = from;
  const auto line = [&](double step) {
    to.x = from.x;
    add(to.x, step, direction);
    to.value = problem.evaluate(to.x, to.gradient);
    return Trial{step, to.value, dot(to.gradient, direction)};
  };
  const Trial start{0, from.value, dot(from.gradient, direction)};
  if (!ebb::lbfgs::search(line, start, first_step, wolfe)) return std::nullopt;
  return to;
}

// Goes down until the gradient is small, or no lower point is found. Returns why it ended.
const char* descend(const Problem& problem, Point& now) {
  Memory memory(static_cast<std::size_t>(problem.attrs.integer(0)));
  const double tolerance = problem.attrs.real(1);
  const ebb::lbfgs::Wolfe wolfe{problem.attrs.real(2), problem.attrs.real(3),
                                static_cast<int>(problem.attrs.integer(4))};
  while (largest(now.gradient) > tolerance) {
    Vector direction = memory.direction(now.gradient);
    if (!(dot(direction, now.gradient) < 0)) memory.clear();
    if (memory.empty()) direction = memory.direction(now.gradient);
    // Nothing is known of the scale of a first step: it has length 1 at most.
    const double size = std::sqrt(dot(direction, direction));
    const double first = memory.empty() ? std::min(1.0, 1 / size) : 1.0;
    auto next = next_point(problem, now, direction, first, wolfe);
    if (!next && memory.empty())
      return "the line search finds no step that satisfies the Wolfe conditions";
    if (!next) {
      memory.clear();  // once more, along the gradient
      continue;
    }
    memory.keep(difference(next->x, now.x), difference(next->gradient, now.gradient));
    now = std::move(*next);
    if (!problem.report(now.x, now.value)) return nullptr;
  }
  return "the gradient is within the tolerance";
}

void minimize(Problem& problem) {
  Point now{{problem.x.begin(), problem.x.end()}, Vector(problem.x.size()), 0};
  now.value = problem.evaluate(now.x, now.gradient);
  if (const char* why = descend(problem, now)) problem.ends(why);
  std::copy(now.x.begin(), now.x.end(), problem.x.begin());
}

}  // namespace

EBB_PLUGIN(lbfgs, "1.0") {
  plugin.minimizer("lbfgs")
      .doc(
          "Limited-memory BFGS with a line search for the strong Wolfe conditions. It suits smooth "
          "costs of up to millions of parameters, without random parts.")
      .attr("memory", 10, "how many steps it remembers", Interval{1, infinity})
      .attr("tolerance", 1e-8, "it ends where no derivative is larger", non_negative)
      .attr("c1", 1e-4, "sufficient decrease: the share of the decrease along the tangent",
            Interval{0, 0.5, true, false})
      .attr("c2", 0.9, "curvature: what may remain of the slope, more than c1", open_unit)
      .attr("max_line_search", 40, "evaluations of one line search", Interval{1, 1000})
      .minimize(&minimize);
}
