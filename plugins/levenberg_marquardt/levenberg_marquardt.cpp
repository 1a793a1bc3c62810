// Levenberg and Marquardt's method for nonlinear least squares, with the scaling of Moré (The
// Levenberg-Marquardt algorithm: implementation and theory, 1978) and the damping of Nielsen
// (Damping parameter in Marquardt's method, 1999).
#include <algorithm>
#include <armadillo>
#include <cmath>
#include <ebb/plugin.hpp>
#include <limits>

using namespace ebb::sdk;

namespace {

// Where the method is: the residuals r and their Jacobian matrix.
struct Point {
  arma::vec x, r;
  arma::mat jacobian;  // samples x parameters
  double half_squares() const { return 0.5 * arma::dot(r, r); }
};

std::span<double> all_of(arma::vec& v) { return {v.memptr(), v.n_elem}; }
std::span<const double> all_of(const arma::vec& v) { return {v.memptr(), v.n_elem}; }

arma::vec residuals(const Problem& problem, const arma::vec& x) {
  arma::vec r(static_cast<arma::uword>(problem.samples));
  problem.residuals(all_of(x), all_of(r));
  return r;
}

// False where a derivative is not finite.
bool differentiate(const Problem& problem, Point& point) {
  arma::mat rows(point.x.n_elem, static_cast<arma::uword>(problem.samples));  // a sample a column
  point.r.set_size(rows.n_cols);
  problem.residuals(all_of(point.x), all_of(point.r), {rows.memptr(), rows.n_elem});
  point.jacobian = rows.t();
  return point.jacobian.is_finite() && point.r.is_finite();
}

// The linear least-squares problem at a point, reduced once to the size of the parameters.
class Linearized {
 public:
  explicit Linearized(const Point& point) {
    if (point.jacobian.n_rows <= point.jacobian.n_cols) {
      a_ = point.jacobian;
      b_ = point.r;
      return;
    }
    arma::mat q;
    arma::qr_econ(q, a_, point.jacobian);
    b_ = q.t() * point.r;
  }

  // The step that minimises |J step + r|² + damping |D step|², by QR decomposition: J^T J is never
  // formed, which would lose half of the digits.
  arma::vec step(double damping, const arma::vec& scale) const {
    const arma::mat system =
        arma::join_cols(a_, arma::mat(arma::diagmat(std::sqrt(damping) * scale)));
    const arma::vec right = arma::join_cols(-b_, arma::vec(scale.n_elem, arma::fill::zeros));
    arma::mat q, r;
    arma::vec result;
    if (!arma::qr_econ(q, r, system) ||
        !arma::solve(result, arma::trimatu(r), arma::vec(q.t() * right), arma::solve_opts::fast))
      result.zeros(scale.n_elem);
    return result;
  }
  // By how much the linear model says that half the squares fall.
  double decrease(const arma::vec& step, double damping, const arma::vec& scale) const {
    const arma::vec moved = a_ * step, scaled = scale % step;
    return 0.5 * arma::dot(moved, moved) + damping * arma::dot(scaled, scaled);
  }

 private:
  arma::mat a_;
  arma::vec b_;
};

class Descent {
 public:
  explicit Descent(const Problem& problem)
      : problem_(problem), tolerance_(problem.attrs.real(0)), damping_(problem.attrs.real(1)) {
    now_.x = arma::vec(problem.x.data(), problem.x.size());
    if (!differentiate(problem, now_))
      throw Failure("derivatives of the residuals are not finite at the start");
    scale_.zeros(now_.x.n_elem);
  }

  // Returns why it ended, or null where it was stopped.
  const char* run() {
    while (now_.half_squares() > 0) {
      rescale();
      if (const char* why = move()) return why;
      if (!problem_.report(all_of(now_.x), problem_.value(all_of(now_.x)))) return nullptr;
    }
    return "all residuals are 0";
  }
  const arma::vec& x() const { return now_.x; }

 private:
  // The scale of a parameter is the largest norm so far of its column.
  void rescale() {
    const arma::vec norms = arma::sqrt(arma::sum(arma::square(now_.jacobian), 0)).t();
    scale_ = arma::max(scale_, norms);
    scale_.replace(0.0, 1.0);
  }

  // One step down; or why there is none.
  const char* move() {
    const Linearized linear(now_);
    while (true) {
      const arma::vec step = linear.step(damping_, scale_);
      const double length = arma::norm(scale_ % step), size = arma::norm(scale_ % now_.x);
      if (!(length > tolerance_ * (size + tolerance_))) return "a step is within the tolerance";
      const double expected = linear.decrease(step, damping_, scale_);
      const double gain = try_step(step, expected);
      if (gain > 0) {
        damping_ *= std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3));
        growth_ = 2;
        return nullptr;
      }
      damping_ *= growth_;
      growth_ *= 2;
      if (!std::isfinite(damping_)) return "no step is found that lowers the cost";
    }
  }

  // Takes the step where it lowers the squares; the share of the expected decrease, or 0.
  double try_step(const arma::vec& step, double expected) {
    Point next;
    next.x = now_.x + step;
    next.r = residuals(problem_, next.x);
    if (!next.r.is_finite()) return 0;
    const double gain = (now_.half_squares() - next.half_squares()) / expected;
    if (!(gain > 0) || !differentiate(problem_, next)) return 0;
    now_ = std::move(next);
    return gain;
  }

  const Problem& problem_;
  Point now_;
  arma::vec scale_;
  double tolerance_, damping_, growth_ = 2;
};

void minimize(Problem& problem) {
  Descent descent(problem);
  if (const char* why = descent.run()) problem.ends(why);
  std::copy(descent.x().begin(), descent.x().end(), problem.x.begin());
}

}  // namespace

EBB_PLUGIN(levenberg_marquardt, "1.0") {
  plugin.minimizer("levenberg_marquardt")
      .doc(
          "Levenberg and Marquardt's method for costs that are sums of squares of a residual, such "
          "as "
          "`cost r ^ 2`. It keeps the derivatives of every sample's residual: for some thousands "
          "of "
          "parameters at most.")
      .needs_residuals()
      .attr("tolerance", 1e-12, "it ends where a step is smaller, relative to the parameters",
            non_negative)
      .attr("damping", 1e-3, "the first; small where the start is near the minimum", positive)
      .minimize(&minimize);
}
