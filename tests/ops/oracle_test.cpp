// Single ops against PyTorch's figures (tests/golden/make_ops.py): what they give, and the gradient
// of a weighted sum of it with respect to each real input.
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/ops/one_op.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;
using Json = nlohmann::json;

BOOST_AUTO_TEST_SUITE(oracle)

namespace {

constexpr double tolerance = 1e-10;

// Ops without figures, and why.
const std::map<std::string, std::string> without_figures = {
    {"after", "the identity, whose gradients gradient_test.cpp checks"},
    {"checkpoint_begin", "the identity, whose gradients gradient_test.cpp checks"},
    {"checkpoint_end", "the identity, whose gradients gradient_test.cpp checks"},
    {"gradient_scale", "has no namesake; its values and gradient are in differentiation_test.cpp"},
    {"convert", "changes the element type, which PyTorch's functions do by themselves"},
    {"relu'", "the gradient of relu"},
    {"sample_max", "reduces over the mini-batch, which PyTorch's functions do not know"},
    {"conv1d_weights", "against plain loops in convolution_test.cpp"},
    {"conv2d_weights", "against plain loops in convolution_test.cpp"},
    {"conv3d_weights", "against plain loops in convolution_test.cpp"},
    {"max_pool_positions", "proved as the gradient of pooling in every_op_test.cpp"},
    {"max_pool_gather", "proved as the gradient of pooling in every_op_test.cpp"},
    {"max_pool_scatter", "proved as the gradient of pooling in every_op_test.cpp"},
    {"avg_pool_scatter", "proved as the gradient of pooling in every_op_test.cpp"},
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

// Those of make_ops.py.
std::vector<double> weights(std::int64_t count) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < count; ++i)
    result.push_back(0.5 + static_cast<double>(7 * i % 11) / 11);
  return result;
}

// One op on the inputs of a case.
struct Trial {
  std::vector<Tensor> inputs;
  OneOp node;

  explicit Trial(const Json& one)
      : inputs(tensors(one["inputs"])), node(one["op"], inputs, attrs(one["attrs"])) {}

  Array output() const { return to_array(node.evaluate(inputs, Precision::f64)); }

  // Of sum(weights .* output).
  Array gradient(std::size_t input) {
    Graph& graph = node.graph;
    const Shape shape = graph.type(node.result).shape;
    const Value constant =
        graph.constant(Tensor::from_values(DType::f64, shape, weights(shape.elements())));
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

// A function of the library with one input, as a script: its value, then the gradient.
std::string script_of(const Json& one) {
  const std::string dims = one["inputs"][0]["shape"].dump();
  std::string arguments = "x";
  for (const auto& [name, value] : one["attrs"].items())
    arguments += ", " + name + " = " + value.dump();
  const auto shape = one["output"]["shape"];
  const auto count = static_cast<std::int64_t>(one["output"]["values"].size());
  return "input x" + dims + "\ny = " + one["op"].get<std::string>() + "(" + arguments +
         ")\noutput y\noutput grad(sum(reshape(" + Json(weights(count)).dump() + ", " +
         shape.dump() + ") .* y), x)\n";
}

// The same of one sample.
Array alone(Array samples) {
  samples.dims.erase(samples.dims.begin());
  return samples;
}

void compare_function(const Json& one, const Model& model) {
  const Json& x = one["inputs"][0];
  Evaluator evaluate(model.graph, Precision::f64, 1);
  const auto dims = x["shape"].get<Ints>();
  evaluate.set(model.inputs.at(0).value,
               samples(DType::f64, Shape(std::span<const std::int64_t>(dims)),
                       x["values"].get<std::vector<double>>()));
  const Json* const wanted[] = {&one["output"], &one["gradients"][0]};
  for (std::size_t i = 0; i < 2; ++i) {
    const Array got = alone(to_array(evaluate(model.outputs.at(i).value)));
    const double off = difference(got, array_of(*wanted[i]));
    BOOST_TEST(off <= tolerance, (i == 0 ? "the output" : "the gradient") << " is off by " << off);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(ops_and_their_gradients_agree_with_pytorch) {
  std::set<std::string> ops;
  int gradients = 0;
  for (const Json& one : figures("ops.json")) {
    const std::string op = one["op"];
    if (!registry().find(op)) continue;  // a function of the library: see below
    ops.insert(op);
    BOOST_TEST_CONTEXT(op << ' ' << one["attrs"].dump()) {
      try {
        gradients += compare(one);
      } catch (const OpError& e) {
        BOOST_ERROR(e.message);
      }
    }
  }
  BOOST_TEST(ops.size() >= 144u);
  BOOST_TEST(gradients >= 226);
}

BOOST_AUTO_TEST_CASE(functions_of_the_library_agree_with_pytorch) {
  std::set<std::string> functions;
  for (const Json& one : figures("ops.json")) {
    const std::string name = one["op"];
    if (registry().find(name)) continue;
    functions.insert(name);
    BOOST_TEST_CONTEXT(name) { compare_function(one, *model_of(script_of(one))); }
  }
  BOOST_TEST(functions == (std::set<std::string>{"global_avg_pool", "global_max_pool"}),
             boost::test_tools::per_element());
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
