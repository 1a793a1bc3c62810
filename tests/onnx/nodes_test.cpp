// ONNX's own node tests as an oracle: each model is imported, evaluated node by node and by a
// compiled plan, and held against the outputs that ONNX expects.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "graph/compile/simplify.hpp"
#include "graph/run/executor.hpp"
#include "tests/onnx/importer.hpp"
#include "tests/support/onnx.hpp"

namespace ebb {

using namespace test;
using namespace test::onnx;

namespace {

// A folder of the test data: a model, what goes in, what comes out.
struct NodeTest {
  Model model;
  std::vector<Literal> inputs, outputs;
};

std::vector<Literal> read_all(const std::filesystem::path& folder, const std::string& kind) {
  std::vector<Literal> literals;
  for (int i = 0;; ++i) {
    const auto file = folder / (kind + "_" + std::to_string(i) + ".pb");
    if (!std::filesystem::exists(file)) return literals;
    literals.push_back(read_literal(read_bytes(file)));
  }
}

NodeTest read_test(const std::filesystem::path& folder) {
  const auto data = folder / "test_data_set_0";
  NodeTest test{read_model(read_bytes(folder / "model.onnx")), {}, {}};
  // Where there are values that are no tensors, the ports say so, and the data is not read.
  for (const auto* ports : {&test.model.inputs, &test.model.outputs})
    for (const Port& port : *ports)
      if (port.element == Element::none) return test;
  test.inputs = read_all(data, "input");
  test.outputs = read_all(data, "output");
  return test;
}

// Ebb's values are reals, whole numbers of 64 bits and bools. Other whole numbers may go in, for
// they fit; what comes out would be of another arithmetic.
void check_types(const Model& model) {
  using enum Element;
  static const std::set<Element> in{f32, f64, boolean, u8, i8, u16, i16, i32, i64, u32, u64};
  static const std::set<Element> out{f32, f64, boolean, i32, i64};
  const auto check = [](const std::vector<Port>& ports, const std::set<Element>& known) {
    for (const Port& port : ports)
      if (!known.contains(port.element))
        throw NotCovered(std::string("type ") + name(port.element));
  };
  check(model.inputs, in);
  check(model.outputs, out);
}

bool is_double(const NodeTest& test) {
  for (const auto* ports : {&test.model.inputs, &test.model.outputs})
    for (const Port& port : *ports)
      if (port.element == Element::f64) return true;
  return false;
}

// Where nothing is computed by Ebb, nothing is shown.
void check_that_ebb_computes(const Imported& model) {
  for (const NodeId id : live_nodes(model.graph, model.outputs))
    if (!model.graph.node(id).op->leaf) return;
  throw NotCovered("nothing is left to compute");
}

// "" or how they differ. Whole numbers, bools, infinities and NaNs must be the same. A float may be
// off by 1e-5 of its own size and 1e-6 of the largest in its tensor (sums cancel), a double by
// 1e-12 of both.
std::string difference(const Array& got, const Literal& expected) {
  const Array& want = expected.array;
  if (got.dims != want.dims)
    return "has shape " + to_string(Shape(got.dims)) + ", not " + to_string(Shape(want.dims));
  const bool is_float = expected.element == Element::f32;
  const bool exact = !is_float && expected.element != Element::f64;
  double largest = 0;
  for (std::int64_t i = 0; i < want.elements(); ++i)
    if (std::isfinite(want.at(i))) largest = std::max(largest, std::abs(want.at(i)));
  for (std::int64_t i = 0; i < want.elements(); ++i) {
    const double a = got.at(i), b = want.at(i);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double bound =
        is_float ? 1e-5 * std::abs(b) + 1e-6 * largest : 1e-12 * std::abs(b) + 1e-12 * largest;
    if (!exact && std::abs(a - b) <= bound) continue;
    return "has " + to_string(Attr(a)) + " at " + std::to_string(i) + ", not " + to_string(Attr(b));
  }
  return {};
}

void compare(const std::string& how, std::size_t output, const Tensor& got,
             const Literal& expected) {
  const std::string text = difference(to_array(got), expected);
  if (!text.empty())
    throw std::runtime_error(how + ": output " + std::to_string(output + 1) + " " + text);
}

void evaluate(const NodeTest& test, const Imported& model, Precision precision) {
  Evaluator evaluate(model.graph, precision, model.samples);
  for (const auto& leaf : model.leaves) evaluate.set(leaf.value, leaf.tensor);
  for (std::size_t i = 0; i < model.outputs.size(); ++i)
    compare(precision == Precision::f32 ? "in float" : "in double", i, evaluate(model.outputs[i]),
            test.outputs.at(i));
}

void run_plan(const NodeTest& test, Imported& model, Precision precision) {
  const auto fetches = Simplifier(model.graph, {})(std::span<const Value>(model.outputs));
  Store store;
  Executor executor(make_plan(model.graph, {fetches, {}, precision, model.samples}), store);
  for (const auto& leaf : model.leaves) {
    const ebb_tensor* memory = executor.leaf(model.graph.node(leaf.value).key);
    if (!memory) continue;
    const Tensor tensor = leaf.tensor.converted(static_cast<DType>(memory->type.dtype));
    std::memcpy(memory->data, tensor.bytes(), tensor.size_bytes());
  }
  executor.run(model.samples);
  for (std::size_t i = 0; i < fetches.size(); ++i)
    compare("by a plan", i, executor.fetch_tensor(fetches[i]), test.outputs.at(i));
}

// Every way to compute the outputs. Throws what is wrong.
void run(const std::filesystem::path& folder) {
  const NodeTest test = read_test(folder);
  check_types(test.model);
  Imported model(test.model, test.inputs);
  check_that_ebb_computes(model);
  evaluate(test, model, Precision::f64);
  const Precision precision = is_double(test) ? Precision::f64 : Precision::f32;
  if (precision == Precision::f32) evaluate(test, model, Precision::f32);
  run_plan(test, model, precision);
}

// What became of all tests.
struct Outcomes {
  int passed = 0;
  std::map<std::string, std::string> failed;                    // why, by test
  std::map<std::string, std::vector<std::string>> not_covered;  // tests, by reason

  void add(const std::filesystem::path& folder) {
    const std::string name = folder.filename();
    try {
      run(folder);
      ++passed;
    } catch (const NotCovered& reason) {
      not_covered[reason.what()].push_back(name);
    } catch (const OpError& error) {
      failed[name] = error.message;
    } catch (const std::exception& error) {
      failed[name] = error.what();
    }
  }
};

std::ostream& operator<<(std::ostream& out, const Outcomes& outcomes) {
  std::size_t others = 0;
  for (const auto& [reason, tests] : outcomes.not_covered) others += tests.size();
  out << outcomes.passed << " passed, " << outcomes.failed.size() << " failed, " << others
      << " not covered\n";
  for (const auto& [name, why] : outcomes.failed)
    out << "  failed: " << name << ": " << why << '\n';
  for (const auto& [reason, tests] : outcomes.not_covered)
    out << "  not covered: " << tests.size() << " (" << reason << ")\n";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nodes)

BOOST_AUTO_TEST_CASE(the_node_tests_of_onnx_pass, *boost::unit_test::precondition(with_onnx)) {
  Outcomes outcomes;
  std::set<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(onnx_dir()))
    folders.insert(entry.path());
  for (const auto& folder : folders) outcomes.add(folder);
  std::cout << outcomes;
  BOOST_TEST(outcomes.failed.size() == 0u);
  BOOST_TEST(outcomes.passed >= 214);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
