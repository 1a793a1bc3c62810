// Nodes of ONNX that are update rules of Ebb.
#include <stdexcept>

#include "tests/onnx/scripted.hpp"

namespace ebb::test::onnx {

namespace {

// What the update rules of ONNX have in common: R, T, then all parameters, all their gradients, all
// of each kind of state; a gradient is that of the objective with norm_coefficient / 2 |x|^2 added.
class Training {
 public:
  Training(Scripted& s, const std::string& rule, std::size_t states)
      : s_(s), count_((s.inputs() - 2) / (2 + states)) {
    std::string script, sum;
    for (std::size_t i = 0; i < count_; ++i) {
      script += "param " + name(i) + literal(s.input(2 + i).dims) + " ~ zeros\n";
      sum += (i ? " + sum(" : "sum(") + name(i) + ")";
    }
    script += "cost " + sum + "\ntrain { optimizer = weight_decay(inner = " + rule +
              ", decay = " + literal(s.real("norm_coefficient", 0)) + ") }\n";
    if (s.real("norm_coefficient_post", 0) != 0)
      throw std::runtime_error("norm_coefficient_post is not scripted");
    s.script(script, true);
    Values gradients;
    for (std::size_t i = 0; i < count_; ++i) {
      const Value parameter = s.value(name(i));
      const Value g =
          s.model().graph.input("g" + std::to_string(i), s.model().graph.type(parameter));
      s.computation().set(g, s.input(2 + count_ + i));
      s.set(name(i), s.input(2 + i));
      gradients.push_back(g);
    }
    s.update(gradients);
    for (std::size_t i = 0; i < count_; ++i) s.give(s.value(name(i) + "'"));
  }

  // The states of kind `kind` (from 0 on), which the rule calls so and holds times `factor`.
  void state(std::size_t kind, const std::string& called, double factor = 1) {
    for (std::size_t i = 0; i < count_; ++i) {
      const std::string state = name(i) + "/inner/" + called;
      Array scaled = convert(s_.input(2 + (2 + kind) * count_ + i), DType::f64);
      for (std::int64_t e = 0; e < scaled.elements(); ++e) scaled.data<double>()[e] *= factor;
      s_.set(state, scaled);
      s_.give(s_.model().graph.add("scale", {s_.value(state + "'")}, {{"factor", 1 / factor}}));
    }
  }

 private:
  static std::string name(std::size_t i) { return "x" + std::to_string(i); }

  Scripted& s_;
  std::size_t count_;
};

// T = 0 asks for no correction of the bias, which is what is left of it after very many steps.
void adam(Scripted& s) {
  Training training(s,
                    fill_in("adam(eta = {0}, beta1 = {1}, beta2 = {2}, epsilon = {3})",
                            {literal(s.number(0)), literal(s.real("alpha", 0.9)),
                             literal(s.real("beta", 0.999)), literal(s.real("epsilon", 1e-6))}),
                    2);
  const double t = s.number(1);
  Array step = Array::make(DType::i64, {});
  *step.data<std::int64_t>() = t == 0 ? 1'000'000 : static_cast<std::int64_t>(t) - 1;
  s.computation().set(s.model().step, step);
  training.state(0, "m");
  training.state(1, "v");
}

// Ebb's velocity is a step: -R times ONNX's. In the first step ONNX takes beta for 1.
void momentum(Scripted& s) {
  const bool nesterov = s.text("mode", "standard") == "nesterov";
  const double beta = s.real("beta", 1), share = s.number(1) > 0 ? beta : 1;
  if (nesterov && share != 1) throw std::runtime_error("nesterov with a beta is not scripted");
  Training training(s,
                    fill_in("{0}(eta = {1}, mu = {2})",
                            {nesterov ? "nesterov" : "momentum", literal(s.number(0) * share),
                             literal(s.real("alpha", 0.9))}),
                    1);
  training.state(0, "v", -s.number(0));
}

void adagrad(Scripted& s) {
  const double rate = s.number(0) / (1 + s.number(1) * s.real("decay_factor", 0));
  Training training(s,
                    fill_in("adagrad(eta = {0}, epsilon = {1})",
                            {literal(rate), literal(s.real("epsilon", 1e-6))}),
                    1);
  training.state(0, "v");
}

}  // namespace

void script_update_rules(Scripts& scripts) {
  scripts["Adam"] = {adam};
  scripts["Adagrad"] = {adagrad};
  scripts["Momentum"] = {momentum};
}

}  // namespace ebb::test::onnx
