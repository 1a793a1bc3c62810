// The builder of a minimiser's record, and the problem that a minimiser works on.
#pragma once

#include <ebb_extensions.h>
#include <ebb/attributes.hpp>
#include <ebb/op.hpp>

#include <functional>
#include <span>

namespace ebb::sdk {

// A whole training problem, for the time of one call. Points are vectors of n doubles: all
// parameters one after the other, each in C order (the last index fastest).
class Problem {
 public:
  explicit Problem(const ebb_minimize_call& c)
      : attrs(c.attrs),
        x(c.x, static_cast<std::size_t>(c.n)),
        samples(c.samples),
        max_iterations(c.max_iterations),
        c_(c) {}

  Attributes attrs;     // in the record's order
  std::span<double> x;  // where to begin; at the end the minimum found
  std::int64_t samples;
  std::int64_t max_iterations;  // reports, at most

  // The objective at a point, which may be infinite or NaN; its gradient goes to `gradient` (n).
  double evaluate(std::span<const double> at, std::span<double> gradient) const {
    double value = 0;
    check(c_.evaluate(c_.context, at.data(), &value, gradient.data()));
    return value;
  }
  // The objective alone.
  double value(std::span<const double> at) const { return evaluate(at, {}); }
  // Where the record says needs_residuals: the residual of each sample, and its derivatives sample
  // after sample (samples x n; an empty span where they are not wanted).
  void residuals(std::span<const double> at, std::span<double> r,
                 std::span<double> jacobian = {}) const {
    check(c_.residuals(c_.context, at.data(), r.data(), jacobian.data()));
  }
  // An iteration has arrived at this point. False: stop.
  bool report(std::span<const double> at, double value) const {
    return c_.report(c_.context, at.data(), value) == EBB_OK;
  }
  // Says why the minimiser ends before max_iterations, as a clause: "the gradient is small enough".
  // It must live through the call.
  void ends(const char* why) const { c_.ends(c_.context, why); }

 private:
  static void check(int status) {
    if (status != EBB_OK) throw HostFailure();
  }
  const ebb_minimize_call& c_;
};

namespace detail {

struct MinimizerRecord {
  ebb_minimizer minimizer{};
  AttributeTable attrs;
  std::function<void(Problem&)> minimize;

  int hand_over(const ebb_host* host, ebb_context* context) {
    minimizer.size = sizeof minimizer;
    minimizer.attrs = attrs.defs.data();
    minimizer.attr_count = attrs.count();
    minimizer.self = this;
    if (minimize) minimizer.minimize = &run;
    return host->register_minimizer(context, &minimizer);
  }
  static int run(const ebb_minimize_call* call) {
    return guarded(call->host, call->context, [&] {
      Problem problem(*call);
      static_cast<const MinimizerRecord*>(call->self)->minimize(problem);
    });
  }
};

}  // namespace detail

// Builds one minimiser's record. Strings must be literals (or live as long).
class Minimizer : public AttributeBuilder<Minimizer> {
 public:
  explicit Minimizer(detail::MinimizerRecord& record)
      : AttributeBuilder(record.attrs), r_(record) {}

  Minimizer& doc(const char* text) { return r_.minimizer.doc = text, *this; }
  // Its first argument in scripts is the residual, a scalar of each sample; the cost is a constant
  // times the sum of the residuals' squares.
  Minimizer& needs_residuals() { return r_.minimizer.needs |= EBB_NEEDS_RESIDUALS, *this; }
  Minimizer& minimize(std::function<void(Problem&)> method) {
    return r_.minimize = std::move(method), *this;
  }

 private:
  detail::MinimizerRecord& r_;
};

}  // namespace ebb::sdk
