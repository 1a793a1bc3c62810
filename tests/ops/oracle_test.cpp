// Single ops against PyTorch's figures (tests/golden/make_ops.py): what they give, and the gradient
// of a weighted sum of it with respect to each real input.
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/ops/one_op.hpp"
#include "tests/support/figures.hpp"

using namespace ebb;
using namespace ebb::test;
using Json = nlohmann::json;

namespace {

constexpr double tolerance = 1e-10;

// Ops without figures, and why.
const std::map<std::string, std::string> without_figures = {
    {"convert", "changes the element type, which PyTorch's functions do by themselves"},
    {"relu'", "the gradient of relu"},
    {"sample_max", "reduces over the mini-batch, which PyTorch's functions do not know"},
    {"conv1d_weights", "against plain loops in convolution_test.cpp"},
    {"conv2d_weights", "against plain loops in convolution_test.cpp"},
    {"conv3d_weights", "against plain loops in convolution_test.cpp"},
    {"max_pool_positions", "proved as the gradient of pooling in registry_test.cpp"},
    {"max_pool_gather", "proved as the gradient of pooling in registry_test.cpp"},
    {"max_pool_scatter", "proved as the gradient of pooling in registry_test.cpp"},
    {"avg_pool_scatter", "proved as the gradient of pooling in registry_test.cpp"},
    {"sample_sum", "reduces over the mini-batch, which PyTorch's functions do not know"},
    {"sample_weight", "reads the size of the mini-batch, which PyTorch's functions do not know"},
    {"sigmoid'", "the gradient of sigmoid"},
    {"singular_vectors", "signs are free: what they multiply to is in linear_algebra_test.cpp"},
    {"symmetric_eigenvectors",
     "signs are free: what they multiply to is in linear_algebra_test.cpp"},
    {"tanh'", "the gradient of tanh"},
};

DType element_of(const Json& figures) {
  const auto element = figures.value("element", "real");
  return element == "int" ? DType::i64 : element == "bool" ? DType::boolean : DType::f64;
}

Tensor tensor_of(const Json& figures) {
  const auto dims = figures["shape"].get<Ints>();
  return Tensor::from_values(element_of(figures), Shape(std::span<const std::int64_t>(dims)),
                             figures["values"].get<std::vector<double>>());
}

Attr attr_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  return value.get<Ints>();
}

// One op on the inputs of a case.
struct Trial {
  std::vector<Tensor> inputs;
  OneOp node;

  explicit Trial(const Json& one)
      : inputs(tensors(one["inputs"])), node(one["op"], inputs, attrs(one["attrs"])) {}

  Array output() const { return to_array(node.evaluate(inputs, Precision::f64)); }

  // Of sum(weights .* output); the weights are those of make_ops.py.
  Array gradient(std::size_t input) {
    Graph& graph = node.graph;
    const Shape shape = graph.type(node.result).shape;
    std::vector<double> weights;
    for (std::int64_t i = 0; i < shape.elements(); ++i)
      weights.push_back(0.5 + static_cast<double>(7 * i % 11) / 11);
    const Value constant = graph.constant(Tensor::from_values(DType::f64, shape, weights));
    const Value products = graph.add("mul", {constant, node.result});
    const Value sum = graph.add("sum_to", {products}, {{"shape", Ints{}}});
    const Value result = node.result;
    node.result = gradients(graph, sum, {&node.leaves[input], 1})[0];
    const Array array = output();
    node.result = result;
    return array;
  }

 private:
  static std::vector<Tensor> tensors(const Json& all) {
    std::vector<Tensor> result;
    for (const Json& one : all) result.push_back(tensor_of(one));
    return result;
  }
  static NamedAttrs attrs(const Json& all) {
    NamedAttrs result;
    for (const auto& [name, value] : all.items()) result.emplace_back(name, attr_of(value));
    return result;
  }
};

// Compares everything that is not null; returns how many gradients that were.
int compare(const Json& one) {
  Trial trial(one);
  BOOST_TEST((trial.node.evaluate(trial.inputs, Precision::f64).type().dtype ==
              element_of(one["output"])));
  const double off = difference(trial.output(), array_of(one["output"]));
  BOOST_TEST(off <= tolerance, "the output is off by " << off);
  int compared = 0;
  for (std::size_t i = 0; i < trial.inputs.size(); ++i) {
    if (one["gradients"][i].is_null()) continue;
    const double wrong = difference(trial.gradient(i), array_of(one["gradients"][i]));
    BOOST_TEST(wrong <= tolerance, "the gradient of input " << i << " is off by " << wrong);
    ++compared;
  }
  return compared;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oracle)

BOOST_AUTO_TEST_CASE(ops_and_their_gradients_agree_with_pytorch) {
  std::set<std::string> ops;
  int gradients = 0;
  for (const Json& one : figures("ops.json")) {
    const std::string op = one["op"];
    if (!registry().find(op)) continue;
    ops.insert(op);
    BOOST_TEST_CONTEXT(op << ' ' << one["attrs"].dump()) {
      try {
        gradients += compare(one);
      } catch (const OpError& e) {
        BOOST_ERROR(e.message);
      }
    }
  }
  BOOST_TEST(ops.size() >= 95u);
  BOOST_TEST(gradients >= 120);
}

BOOST_AUTO_TEST_CASE(every_op_has_figures_or_a_reason) {
  std::set<std::string> known;
  for (const Json& one : figures("ops.json")) known.insert(one["op"].get<std::string>());
  for (const auto& op : registry().all()) {
    if (op->leaf || op->kind == EBB_KIND_INITIALIZER || op->claims_(EBB_RANDOM)) continue;
    BOOST_TEST(known.contains(op->name) != without_figures.contains(op->name),
               op->name << ": a row in tests/golden/torch_ops.py, or a reason here");
  }
  for (const auto& [op, reason] : without_figures) BOOST_TEST(registry().find(op), op);
}

BOOST_AUTO_TEST_SUITE_END()
