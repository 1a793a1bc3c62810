#include "graph/run/minimize.hpp"

#include <cmath>
#include <exception>
#include <limits>
#include <numeric>

#include "graph/core/crash.hpp"
#include "graph/core/host.hpp"
#include "graph/run/checkpoint.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/divergence.hpp"

namespace ebb {

namespace {

// A Jacobian matrix of more numbers is computed again where a run is resumed: it would be much to
// keep for each iteration. Where the script has states it may depend on when it was asked for.
constexpr std::size_t max_kept_jacobian = 1 << 20;

}  // namespace

// What the functions of the C table work on while a minimiser runs.
struct Minimization::Call : ebb_context {
  Minimization* run = nullptr;
  const OnIteration* on_iteration = nullptr;
  const OnEvaluation* on_evaluation = nullptr;
  std::int64_t iterations = 0, most = 0;
  std::vector<double> arrived;  // the point of the last iteration
  std::string why;
  std::exception_ptr error;  // thrown in one of the functions, to be thrown on behind the boundary

  static Call& of(ebb_context* context) { return static_cast<Call&>(*context); }
  std::span<const double> at(const double* x) const {
    return {x, static_cast<std::size_t>(run->size_)};
  }

  // Exceptions do not cross the plugin.
  template <class Action>
  int guarded(const Action& action) noexcept {
    try {
      action();
      return EBB_OK;
    } catch (...) {
      error = std::current_exception();
      return EBB_FAILED;
    }
  }
  // What looks on, and may save, sees the point of the last iteration and no trial.
  void evaluating() const {
    if (!*on_evaluation) return;
    run->set_point(arrived);
    (*on_evaluation)();
  }

  static int evaluate(ebb_context* context, const double* x, double* value, double* gradient) {
    Call& call = of(context);
    const auto n = static_cast<std::size_t>(gradient ? call.run->size_ : 0);
    return call.guarded([&] {
      call.evaluating();
      call.run->answer(EvaluationRecord::Kind::objective, call.at(x), {value, 1}, {gradient, n});
    });
  }
  static int residuals(ebb_context* context, const double* x, double* r, double* jacobian) {
    Call& call = of(context);
    const auto m = static_cast<std::size_t>(call.run->samples_);
    const auto n = static_cast<std::size_t>(jacobian ? call.run->size_ : 0);
    return call.guarded([&] {
      call.evaluating();
      call.run->answer(EvaluationRecord::Kind::residuals, call.at(x), {r, m}, {jacobian, m * n});
    });
  }
  static int report(ebb_context* context, const double* x, double value) {
    Call& call = of(context);
    bool more = false;
    const int status = call.guarded([&] {
      EvaluationRecord& record = call.run->record_;
      if (record.is_replaying()) {
        record.recall(EvaluationRecord::Kind::iteration, call.at(x), {&value, 1}, {});
        more = ++call.iterations < call.most;
        return;
      }
      record.add(EvaluationRecord::Kind::iteration, call.at(x), {&value, 1}, {});
      call.arrived.assign(x, x + call.run->size_);
      call.run->set_point(call.arrived);
      if (!call.run->graph_.assignments.empty()) call.run->evaluate_at(call.at(x), states);
      more = (*call.on_iteration)(value) && ++call.iterations < call.most;
    });
    return status == EBB_OK && more ? EBB_OK : EBB_FAILED;
  }
  static void ends(ebb_context* context, const char* why) { of(context).why = why ? why : ""; }
};

Minimization::Minimization(Model& training, const DataBlock* block, Store& store,
                           Precision precision)
    : model_(training),
      store_(store),
      precision_(precision),
      graph_(make_training_graph(training, block)) {
  if (block) {
    samples_ = block->samples;
    all_samples_.resize(static_cast<std::size_t>(samples_));
    std::iota(all_samples_.begin(), all_samples_.end(), std::int64_t{0});
  }
  for (const Parameter& parameter : training.parameters) {
    const Type& type = training.graph.type(parameter.value);
    Block part{&store.get(parameter.name, type, precision), {}};
    for (std::int64_t i = 0; i < type.shape.elements(); ++i)
      part.places.push_back(column_major_index(type.shape, i));
    size_ += type.shape.elements();
    blocks_.push_back(std::move(part));
  }
  if (blocks_.empty())
    throw UserError("the script has no `param`: there is nothing to minimize over",
                    {"a parameter is `param w[n] ~ normal(0, 1)`"});
}

Minimization::Pass::Pass(const Model& model, const PlanRequest& request, Store& store)
    : executor(make_plan(model.graph, request), store), feed(model.columns, executor) {}

Minimization::Pass& Minimization::pass(Wanted wanted) {
  auto& made = passes_[wanted];
  if (made) return *made;
  PlanRequest request;
  const bool of_cost = wanted == cost || wanted == cost_and_gradient || wanted == states;
  request.fetches = {of_cost ? graph_.objective : graph_.residual};
  const auto add = [&](const std::vector<Value>& values) {
    request.fetches.insert(request.fetches.end(), values.begin(), values.end());
  };
  if (wanted == cost_and_gradient) add(graph_.gradients);
  if (wanted == residual_and_jacobian) add(graph_.jacobian);
  if (wanted == states) request.assignments = graph_.assignments;
  request.precision = precision_;
  request.max_samples = samples_;
  made = std::make_unique<Pass>(model_, request, store_);
  set_scalar(made->executor.leaf("run.step"), 0);
  set_scalar(made->executor.leaf("run.epoch"), 0);
  made->feed.gather(all_samples_);
  return *made;
}

const Plan& Minimization::plan() { return pass(cost_and_gradient).executor.plan(); }

void Minimization::set_point(std::span<const double> x) {
  std::size_t next = 0;
  for (const Block& block : blocks_)
    for (const std::int64_t place : block.places) block.value->set(place, x[next++]);
}

std::vector<double> Minimization::point() const {
  std::vector<double> x;
  for (const Block& block : blocks_)
    for (const std::int64_t place : block.places) x.push_back(block.value->at(place));
  return x;
}

Minimization::Pass& Minimization::evaluate_at(std::span<const double> x, Wanted wanted) {
  Pass& made = pass(wanted);
  set_point(x);
  made.executor.run(samples_);
  return made;
}

double Minimization::objective(std::span<const double> x, std::span<double> gradient) {
  const Pass& done = evaluate_at(x, gradient.empty() ? cost : cost_and_gradient);
  std::size_t next = 0;
  for (std::size_t i = 0; !gradient.empty() && i < blocks_.size(); ++i) {
    const Tensor part = done.executor.fetch_tensor(graph_.gradients[i]);
    for (const std::int64_t place : blocks_[i].places) gradient[next++] = part.at(place);
  }
  return done.executor.scalar(graph_.objective);
}

void Minimization::residuals(std::span<const double> x, std::span<double> r,
                             std::span<double> jacobian) {
  const Pass& done = evaluate_at(x, jacobian.empty() ? residual : residual_and_jacobian);
  const Tensor values = done.executor.fetch_tensor(graph_.residual);
  for (std::int64_t s = 0; s < samples_; ++s) r[static_cast<std::size_t>(s)] = values.at(s);
  if (jacobian.empty()) return;
  std::int64_t column = 0;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Tensor part = done.executor.fetch_tensor(graph_.jacobian[i]);
    const auto& places = blocks_[i].places;
    const auto elements = static_cast<std::int64_t>(places.size());
    // The derivative by a parameter that no sample's residual depends on is shared: zeros.
    const std::int64_t stride = part.type().per_sample ? elements : 0;
    for (std::int64_t s = 0; s < samples_; ++s)
      for (std::size_t k = 0; k < places.size(); ++k)
        jacobian[static_cast<std::size_t>(s * size_ + column) + k] =
            part.at(s * stride + places[k]);
    column += elements;
  }
}

// From the record or, where that has come to its end, computed.
void Minimization::answer(EvaluationRecord::Kind kind, std::span<const double> x,
                          std::span<double> value, std::span<double> derivatives) {
  const bool is_replaying = record_.is_replaying();
  if (is_replaying && record_.recall(kind, x, value, derivatives)) return;
  if (kind == EvaluationRecord::Kind::objective)
    value[0] = objective(x, derivatives);
  else
    residuals(x, value, derivatives);
  if (is_replaying) return;
  const bool is_kept = kind == EvaluationRecord::Kind::objective ||
                       derivatives.size() <= max_kept_jacobian || !graph_.assignments.empty();
  record_.add(kind, x, is_kept ? value : std::span<double>{},
              is_kept ? derivatives : std::span<double>{});
}

double Minimization::check_start(std::span<const double> x) {
  const double value = objective(x, {});
  if (!std::isfinite(value))
    throw Diverged({Severity::error,
                    std::string("the cost is ") + word_for(value) +
                        " at the first values of the parameters: " + model_.minimizer->def->name +
                        " can not begin there",
                    model_.cost->span,
                    {},
                    {"other first values"}},
                   0, 0, std::numeric_limits<double>::quiet_NaN());
  if (graph_.residual) check_residuals(x, value);
  return value;
}

// Whether the cost is c times the sum of the residuals' squares, and its gradient 2 c J^T r. The
// latter is also what shows that a sample's residual depends on no other sample.
void Minimization::check_residuals(std::span<const double> x, double value) {
  const auto n = static_cast<std::size_t>(size_), m = static_cast<std::size_t>(samples_);
  std::vector<double> gradient(n), r(m), jacobian(m * n);
  objective(x, gradient);
  residuals(x, r, jacobian);
  const double squares = std::inner_product(r.begin(), r.end(), r.begin(), 0.0);
  const double c = squares > 0 ? value / squares : 0;
  const double tolerance = precision_ == Precision::f64 ? 1e-6 : 1e-2;
  bool fits = squares > 0 ? c > 0 : value == 0;
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0, magnitude = 0;
    for (std::size_t s = 0; s < m; ++s) {
      sum += jacobian[s * n + i] * r[s];
      magnitude += std::abs(jacobian[s * n + i] * r[s]);
    }
    fits = fits && !(std::abs(gradient[i] - 2 * c * sum) > tolerance * 2 * c * magnitude);
  }
  if (fits) return;
  throw UserError({Severity::error,
                   "the cost is not a constant times the sum of this residual's squares, which " +
                       model_.minimizer->def->name + " minimizes",
                   model_.graph.node(model_.minimizer->residual).span,
                   {},
                   {"`cost r ^ 2` goes with the residual r"}});
}

void Minimization::resume(const TensorFile& checkpoint, const std::string& name) {
  const auto mark = evaluation_mark(checkpoint, name);
  if (!mark || !record_.replay(std::filesystem::path(name).parent_path(), *mark))
    file_error(name,
               "what " + model_.minimizer->def->name +
                   " was answered before is not kept beside it, so it can not go on",
               {"`--weights " + name + "` starts it anew from the weights"});
  first_ = point();
}

std::string Minimization::run(std::int64_t max_iterations, const OnIteration& on_iteration,
                              const OnEvaluation& on_evaluation) {
  const MinimizerDef& def = *model_.minimizer->def;
  const std::vector<double> arrived = point();
  std::vector<double> x = first_.empty() ? arrived : first_;
  check_start(x);
  Call call;
  call.run = this;
  call.on_iteration = &on_iteration;
  call.on_evaluation = &on_evaluation;
  call.most = max_iterations;
  call.arrived = arrived;
  const ebb_minimize_call table{sizeof(ebb_minimize_call),
                                def.c.self,
                                &host_table(),
                                &call,
                                model_.minimizer->attrs ? model_.minimizer->attrs->c() : nullptr,
                                size_,
                                x.data(),
                                max_iterations,
                                samples_,
                                &Call::evaluate,
                                graph_.residual ? &Call::residuals : nullptr,
                                &Call::report,
                                &Call::ends};
  const InPlugin note(def.plugin.c_str(), nullptr, "minimizer");
  const int status = def.c.minimize(&table);
  if (call.error || status != EBB_OK) set_point(call.arrived);
  if (call.error) std::rethrow_exception(call.error);
  if (status != EBB_OK) throw plugin_failure(def.name, def.plugin, call, model_.minimizer->span);
  if (record_.is_replaying())
    throw UserError(def.name + " ends where it went on before: it is not deterministic");
  set_point(x);
  return call.why;
}

}  // namespace ebb
