// Random graphs: made from a seed, held against plain evaluation, and shrunk where they fail.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "graph/cli/script_writer.hpp"
#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "graph/run/thread_pool.hpp"
#include "tests/support/model.hpp"
#include "tests/support/trial.hpp"

namespace ebb::test {

// How a graph is made: leaves of these shapes, then a node for each step, of values before it.
struct Recipe {
  struct Step {
    std::size_t kind, a, b, variant;
  };
  unsigned seed = 0;
  std::vector<Shape> shapes;  // of x0, x1 (per sample), v0, v1 (parameters)
  std::vector<Step> steps;
  std::int64_t samples = 5;
};

// The graph of a recipe, as the model of a script.
class RandomGraph {
 public:
  // Throws OpError where a step is not possible.
  explicit RandomGraph(const Recipe& recipe) : RandomGraph(recipe.shapes) {
    for (const Recipe::Step& step : recipe.steps) add(step);
  }
  explicit RandomGraph(const std::vector<Shape>& shapes) {
    for (std::size_t i = 0; i < shapes.size(); ++i) add_leaf(i, shapes[i]);
    values_.push_back(g().constant(1));
  }

  Model& model() { return model_; }
  const Graph& graph() const { return model_.graph; }
  const std::vector<Value>& values() const { return values_; }
  const std::vector<Value>& variables() const { return variables_; }
  void add(const Recipe::Step& step) {
    const Value value = made(step.kind, values_.at(step.a), values_.at(step.b), step.variant);
    if (g().type(value).dtype != DType::real) throw OpError{"it is not real", {}};
    values_.push_back(value);
  }
  void forget_last() { values_.pop_back(); }

  // A shared scalar that depends on all values.
  Value objective() {
    Value sum = g().constant(0);
    for (const Value value : values_) {
      Value part = g().add("sum_to", {g().add("tanh", {value})}, {{"shape", Dims{}}});
      if (g().type(part).per_sample)
        part = g().add("sample_sum", {g().add("mul", {part, g().add("sample_weight", {})})});
      sum = g().add("add", {sum, part});
    }
    return sum;
  }

  // The last value, in the script language.
  std::string script() const {
    std::ostringstream out;
    const Root root{"y", values_.back(), "output"};
    print_script(out, model_, {&root, 1});
    return out.str();
  }

 private:
  using Dims = std::vector<std::int64_t>;
  Graph& g() { return model_.graph; }

  void add_leaf(std::size_t i, const Shape& shape) {
    if (i < 2) {
      const std::string name = "x" + std::to_string(i);
      values_.push_back(g().input(name, real_per_sample(shape)));
      model_.inputs.push_back({name, values_.back(), false, {}});
      return;
    }
    const std::string name = "v" + std::to_string(i - 2);
    variables_.push_back(g().variable(name, real_type(shape)));
    values_.push_back(variables_.back());
    const Value zeros = g().constant(Tensor(Type{DType::f64, false, shape}));
    model_.parameters.push_back({name, variables_.back(), zeros, {}});
  }

  Dims dims(Value value) const {
    const auto d = model_.graph.type(value).shape.dims();
    return {d.begin(), d.end()};
  }

  Value made(std::size_t kind, Value a, Value b, std::size_t variant);
  Value part_of(Value value, std::size_t variant);

  Model model_{registry()};
  std::vector<Value> variables_, values_;
};

inline Value RandomGraph::made(std::size_t kind, Value a, Value b, std::size_t variant) {
  static const char* const unary[] = {
      "sigmoid", "tanh",  "sin",         "cos",        "exp",    "expm1",    "softplus", "silu",
      "gelu",    "erf",   "atan",        "asinh",      "square", "neg",      "log",      "log1p",
      "sqrt",    "rsqrt", "log_sigmoid", "reciprocal", "mish",   "softsign", "cosh",     "relu"};
  static const char* const binary[] = {"add", "sub", "mul", "div", "maximum", "minimum", "atan2"};
  static const char* const whole[] = {"sum", "mean",    "var",         "logsumexp",
                                      "max", "softmax", "log_softmax", "cumsum"};
  const auto of = [&](const auto& names) { return names[variant % std::size(names)]; };
  switch (kind) {
    case 0:
      return g().add("scale", {a}, {{"factor", 0.5 * static_cast<double>(variant % 4)}});
    case 1:
      return g().add("transpose", {a});
    case 2:
      return g().add("sample_sum", {a});
    case 3:
      return g().add("broadcast", {a}, {{"shape", dims(b)}, {"per_sample", variant % 2 == 1}});
    case 4:
      return g().add("sum_to", {a}, {{"shape", dims(b)}});
    case 5: {
      Dims turned = dims(a);
      std::ranges::reverse(turned);
      return g().add("reshape", {a}, {{"shape", turned}});
    }
    case 6:
    case 7:
      return g().add("matmul", {a, b}, {{"ta", variant % 2 == 1}, {"tb", variant / 2 % 2 == 1}});
    case 8:
      return g().add(of(whole), {a});
    case 9:
    case 10:
    case 11:
      // Where its second operand is negative, an arc tangent jumps with the sign of a zero.
      if (of(binary) == std::string_view("atan2")) b = g().add("exp", {b});
      return g().add(of(binary), {a, b});
    case 18:
    case 19:
      return part_of(a, variant);
    case 20: {
      const NamedAttrs along{{"dim", static_cast<std::int64_t>(variant / 3 % 2)}};
      return variant % 3 == 0 ? g().add("concat", {a, b, a}, along)
                              : g().add("concat", {a, b}, along);
    }
    case 21:
      return g().add("stack", {a, b}, {{"dim", static_cast<std::int64_t>(variant % 3)}});
    default:
      return g().add(of(unary), {a});
  }
}

// A slice along one dimension.
inline Value RandomGraph::part_of(Value value, std::size_t variant) {
  const Dims sizes = dims(value);
  if (sizes.empty()) throw OpError{"it has no parts", {}};
  const std::size_t d = variant % sizes.size();
  const auto random = static_cast<std::int64_t>(variant / sizes.size());
  const std::int64_t first = random % sizes[d], most = sizes[d] - first;
  Dims begin(d + 1, 0), end(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(d) + 1);
  Dims step(d + 1, 1);
  begin[d] = first;
  end[d] = first + 1 + random / 5 % most;
  if (random % 4 == 0) step[d] = 2;
  return g().add("slice", {value}, {{"begin", begin}, {"end", end}, {"step", step}});
}

// Whether a value is of numbers that rounding leaves alone: finite, and not large.
inline bool is_tame(const Graph& graph, Value value, std::int64_t samples) {
  const Tensor tensor = evaluated(graph, value, samples);
  for (std::int64_t i = 0; i < tensor.elements_per_sample() * tensor.samples(); ++i)
    if (!(std::abs(tensor.at(i)) <= 50)) return false;
  return true;
}

inline Recipe random_recipe(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t n) { return random() % n; };
  static const Shape shapes[] = {{}, {3}, {2, 3}, {3, 2}, {1, 3}, {3, 1}, {2, 3, 2}};
  Recipe recipe;
  recipe.seed = seed;
  // Enough of them for several threads, now and then.
  recipe.samples = seed % 8 == 0 ? 700 : 5;
  for (int i = 0; i < 4; ++i) recipe.shapes.push_back(shapes[pick(std::size(shapes))]);
  RandomGraph graph(recipe.shapes);
  for (int i = 0; i < 40; ++i) {
    const std::size_t count = graph.values().size();
    const Recipe::Step step{pick(26), pick(count), pick(count), pick(1000)};
    try {
      graph.add(step);
    } catch (const OpError&) {
      continue;
    }
    if (is_tame(graph.model().graph, graph.values().back(), 5))
      recipe.steps.push_back(step);
    else
      graph.forget_last();
  }
  return recipe;
}

// A recipe as a training step: its values, its gradients, and parameters that follow them.
struct RandomStep {
  RandomStep(const Recipe& recipe, Precision precision)
      : random(recipe), runs{recipe.samples, 1, 3} {
    Graph& g = random.model().graph;
    const Value objective = random.objective();
    const auto grads = gradients(g, objective, random.variables());
    request = {
        {objective, random.values().back(), grads[0], grads[1]}, {}, precision, recipe.samples};
    for (std::size_t i = 0; i < grads.size(); ++i)
      request.assignments.push_back(
          {random.variables()[i],
           g.add("sub", {random.variables()[i], g.add("scale", {grads[i]}, {{"factor", 0.1}})})});
  }

  RandomGraph random;
  PlanRequest request;
  std::array<std::int64_t, 3> runs;  // numbers of samples
};

// By how much the plan of a recipe differs from plain evaluation, for several numbers of samples
// and with one thread and two: values, gradients and parameters after an update, relative to
// max(1, |value|).
inline double difference_of(const Recipe& recipe, const std::vector<Rewrite>& rewrites,
                            Precision precision) {
  RandomStep step(recipe, precision);
  Graph& g = step.random.model().graph;
  PlanRequest request = step.request;
  Simplifier simplify(g, rewrites);
  for (Value& value : request.fetches) value = simplify(value);
  for (Assignment& assignment : request.assignments) assignment.next = simplify(assignment.next);
  double worst = 0;
  for (const int threads : {1, 2}) {
    ThreadPool::shared().resize(threads);
    Trial trial(g, request, step.request);
    for (const std::int64_t samples : step.runs) worst = std::max(worst, trial.run(samples));
  }
  ThreadPool::shared().resize(1);
  return worst;
}

// By how much plain evaluation differs from that with every leaf a few roundings off: what is more
// than a difference that is looked for would be found without any mistake.
inline double sensitivity_of(const Recipe& recipe, Precision precision) {
  const double nudge = precision == Precision::f32 ? 1e-6 : 2e-15;
  const RandomStep step(recipe, precision);
  PlainRuns exact(step.random.graph(), step.request),
      nudged(step.random.graph(), step.request, nudge);
  double worst = 0;
  const auto compare = [&](const Tensor& a, const Tensor& b) {
    worst = std::max(worst, difference(a, b));
  };
  for (const std::int64_t samples : step.runs) {
    const auto results = exact.run(samples), others = nudged.run(samples);
    for (std::size_t i = 0; i < results.size(); ++i) compare(others[i], results[i]);
  }
  for (const auto& [variable, tensor] : exact.variables())
    compare(nudged.variables().at(variable), tensor);
  return worst;
}

// Without step `i`: who used its value uses its first operand instead.
inline Recipe without(const Recipe& recipe, std::size_t i) {
  Recipe less = recipe;
  const std::size_t gone = recipe.shapes.size() + 1 + i, instead = recipe.steps[i].a;
  less.steps.erase(less.steps.begin() + static_cast<std::ptrdiff_t>(i));
  for (std::size_t k = i; k < less.steps.size(); ++k)
    for (std::size_t* operand : {&less.steps[k].a, &less.steps[k].b})
      *operand = *operand == gone ? instead : *operand > gone ? *operand - 1 : *operand;
  return less;
}

// The same failure with as few steps as can be had by leaving out one after the other.
inline Recipe shrunk(Recipe recipe, const std::function<bool(const Recipe&)>& fails) {
  const auto still_fails = [&](const Recipe& less) {
    try {
      return fails(less);
    } catch (const OpError&) {
      return false;
    }
  };
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = recipe.steps.size(); i-- > 0;) {
      if (Recipe less = without(recipe, i); still_fails(less)) {
        recipe = std::move(less);
        again = true;
      }
    }
  }
  return recipe;
}

// Nothing where the recipe of a seed does not fail; else what to look at.
inline std::optional<std::string> failure_of(unsigned seed,
                                             const std::function<bool(const Recipe&)>& fails) {
  const Recipe recipe = random_recipe(seed);
  if (!fails(recipe)) return std::nullopt;
  return "seed " + std::to_string(seed) + " fails; of its " + std::to_string(recipe.steps.size()) +
         " steps these do:\n" + RandomGraph(shrunk(recipe, fails)).script();
}

// Of the seeds from `first` on: no plan differs from plain evaluation, but for the few recipes
// whose gradients grow so fast that rounding makes all the difference.
inline void check_random_graphs(unsigned first, unsigned count) {
  const auto model = model_of("x = 1\n");
  unsigned wild = 0;
  const auto differs = [&](const Recipe& recipe, Precision precision, double tolerance) {
    if (difference_of(recipe, model->rewrites, precision) < tolerance) return false;
    const bool is_wild = !(sensitivity_of(recipe, precision) < tolerance);
    wild += is_wild ? 1 : 0;
    return !is_wild;
  };
  for (unsigned seed = first; seed < first + count; ++seed) {
    const auto why = failure_of(seed, [&](const Recipe& recipe) {
      return differs(recipe, Precision::f64, 1e-9) || differs(recipe, Precision::f32, 1e-3);
    });
    BOOST_TEST(!why, *why);
  }
  BOOST_TEST(wild <= 1 + count / 100);
  BOOST_TEST_MESSAGE(wild << " of " << count << " were passed over");
}

}  // namespace ebb::test
