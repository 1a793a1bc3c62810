// A minimiser called as the host calls it, on a function written here, with all that it asked for.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/core/host.hpp"
#include "graph/core/op.hpp"

namespace ebb::test {

using Point = std::vector<double>;

// The value at x; its gradient goes to g.
using Function = std::function<double(const Point& x, Point& g)>;

class Minimizing {
 public:
  struct Report {
    Point x, gradient;
    double value = 0;
  };

  Minimizing(const MinimizerDef& def, Function function, const NamedAttrs& attrs = {})
      : def_(def),
        function_(std::move(function)),
        attrs_(resolve_attributes(def.name, def.attrs, attrs)) {}

  // Returns the point at the end; `reports` begins with the start.
  Point operator()(Point x, std::int64_t max_iterations = 1000) {
    evaluations = 0;
    most_ = max_iterations;
    reports.clear();
    why.clear();
    n_ = x.size();
    report(x);
    Context context;
    context.self = this;
    ebb_minimize_call call{};
    call.size = sizeof call;
    call.self = def_.c.self;
    call.host = &host_table();
    call.context = &context;
    call.attrs = attrs_->c();
    call.n = static_cast<std::int64_t>(n_);
    call.x = x.data();
    call.max_iterations = max_iterations;
    call.samples = 1;
    call.evaluate = [](ebb_context* c, const double* at, double* value, double* gradient) {
      Minimizing& self = of(c);
      Point g(self.n_);
      *value = self.function_(self.at(at), g);
      if (gradient) std::copy(g.begin(), g.end(), gradient);
      ++self.evaluations;
      return static_cast<int>(EBB_OK);
    };
    call.report = [](ebb_context* c, const double* at, double) {
      Minimizing& self = of(c);
      self.report(self.at(at));
      return static_cast<std::int64_t>(self.reports.size()) > self.most_ ? 1 : 0;
    };
    call.ends = [](ebb_context* c, const char* text) { of(c).why = text; };
    if (def_.c.minimize(&call) != EBB_OK) why = "failed: " + context.message;
    return x;
  }

  std::vector<Report> reports;
  std::int64_t evaluations = 0;
  std::string why;

 private:
  struct Context : ebb_context {
    Minimizing* self = nullptr;
  };
  static Minimizing& of(ebb_context* context) { return *static_cast<Context*>(context)->self; }
  Point at(const double* x) const { return {x, x + n_}; }
  void report(const Point& x) {
    Report made{x, Point(n_), 0};
    made.value = function_(x, made.gradient);
    reports.push_back(std::move(made));
  }

  const MinimizerDef& def_;
  Function function_;
  std::shared_ptr<const Attributes> attrs_;
  std::size_t n_ = 0;
  std::int64_t most_ = 0;
};

}  // namespace ebb::test
