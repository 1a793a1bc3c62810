// The two losses of ONNX as costs of Ebb. A cost is of one sample, summed over its positions.
#include <algorithm>

#include "tests/onnx/scripted.hpp"

namespace ebb::test::onnx {

namespace {

// The loss of each position is a cost only where a sample has one position.
bool is_cost(const Node& node, const std::vector<Literal>& inputs) {
  return NodeAttributes(node).text("reduction", "mean") != "none" ||
         inputs[0].array.dims.size() == 2;
}

// Marks are 1, or the weight of the class; what is ignored is of no class and has none. ONNX's mean
// is one over the marks.
void loss(Scripted& s, const char* cost) {
  const Dims& x = s.input(0).dims;
  const Dims& t = s.input(1).dims;
  std::string labels = "t";
  if (s.has("ignore_index"))
    labels = fill_in("where(t == {0}, -1, t)", {std::to_string(s.integer("ignore_index", 0))});
  s.script(fill_in(R"(input x{0}
input t{1} : int
param w[{2}] ~ constant(1)
y       = one_hot({3}, {2}) .* w
log_p   = log_softmax(x)
each    = {4}(x, y)
total   = sample_sum(each)
average = total / sample_sum(sum(y))
output log_p
output each
output average
)",
                   {literal({x.begin() + 1, x.end()}),
                    t.size() == 1 ? "" : literal({t.begin() + 1, t.end()}), std::to_string(x[1]),
                    labels, cost}),
           false);
  s.computation().samples = x[0];
  s.set("x", s.input(0));
  s.set("t", s.input(1));
  Array ones = Array::make(DType::f64, {x[1]});
  std::fill_n(ones.data<double>(), x[1], 1.0);
  s.set("w", s.inputs() > 2 ? s.input(2) : ones);
  const std::string reduction = s.text("reduction", "mean");
  s.give(s.value(reduction == "mean" ? "average" : reduction == "sum" ? "total" : "each"));
  if (s.node().outputs.size() > 1) s.give(s.value("log_p"));
}

}  // namespace

void script_costs(Scripts& scripts) {
  scripts["NegativeLogLikelihoodLoss"] = {[](Scripted& s) { loss(s, "nll"); }, is_cost};
  scripts["SoftmaxCrossEntropyLoss"] = {[](Scripted& s) { loss(s, "softmax_cross_entropy"); },
                                        is_cost};
}

}  // namespace ebb::test::onnx
