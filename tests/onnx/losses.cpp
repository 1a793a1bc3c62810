// The two losses of ONNX. Ebb's costs are per sample and per class; weights, ignored classes and
// the reduction are the harness's, of Ebb's ops.
#include "tests/onnx/importer.hpp"

namespace ebb::test::onnx {

namespace {

// Of log-probabilities [samples, classes, ..] and targets [samples, ..].
Value negative_log_likelihood(Call& c, Value log_p) {
  Dims row = c.dims(c[1]);
  row.insert(row.begin() + 1, 1);
  Value target = c[1], weight;
  Value counts;  // where the target is not ignored
  if (c.has("ignore_index")) {
    const Value ignored = c.whole(c.integer("ignore_index", 0));
    counts = c.convert(c.add("not_equal", {target, ignored}), DType::real);
    target = c.add("where", {c.add("equal", {target, ignored}), c.whole(0), target});
  }
  const Value picked =
      c.add("gather_elements", {log_p, c.reshaped(target, row)}, {{"dim", std::int64_t{1}}});
  Value loss = c.add("neg", {c.reshaped(picked, c.dims(c[1]))});
  if (c.has(2)) weight = c.add("gather", {c[2], target}, {{"dim", std::int64_t{0}}});
  if (counts) weight = weight ? c.add("mul", {weight, counts}) : counts;
  if (weight) loss = c.add("mul", {loss, weight});
  const std::string reduction = c.text("reduction", "mean");
  if (reduction == "none") return loss;
  if (reduction == "sum") return c.add("sum", {loss});
  if (!weight) return c.add("mean", {loss});
  return c.add("div", {c.add("sum", {loss}), c.add("sum", {weight})});
}

}  // namespace

void translate_losses(Table& table) {
  table["NegativeLogLikelihoodLoss"] = {
      [](Call& c) -> Values { return {negative_log_likelihood(c, c[0])}; }};
  table["SoftmaxCrossEntropyLoss"] = {[](Call& c) -> Values {
    const Value log_p = c.add("log_softmax", {c[0]}, {{"dim", std::int64_t{1}}});
    return {negative_log_likelihood(c, log_p), log_p};
  }};
}

}  // namespace ebb::test::onnx
