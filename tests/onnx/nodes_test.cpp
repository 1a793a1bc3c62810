// ONNX's own node tests as an oracle: each model is imported, evaluated node by node and by a
// compiled plan, and held against the outputs that ONNX expects.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "tests/onnx/importer.hpp"
#include "tests/onnx/scripted.hpp"
#include "tests/support/onnx.hpp"

namespace ebb::test::onnx {

BOOST_AUTO_TEST_SUITE(nodes)

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

// Whoever made the data of this test took another epsilon than the model says: 0.01.
void correct(Model& model, const std::string& test) {
  if (test != "test_adam_multiple") return;
  Attribute epsilon;
  epsilon.name = "epsilon";
  epsilon.real = 0.01;
  model.nodes.at(0).attributes.push_back(epsilon);
}

NodeTest read_test(const std::filesystem::path& folder) {
  const auto data = folder / "test_data_set_0";
  NodeTest test{read_model(read_bytes(folder / "model.onnx")), {}, {}};
  // Where there are values that are no tensors, the ports say so, and the data is not read.
  for (const auto* ports : {&test.model.inputs, &test.model.outputs})
    for (const Port& port : *ports)
      if (port.element == Element::none) return test;
  correct(test.model, folder.filename());
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
void check_that_ebb_computes(const Computation& computation) {
  for (const NodeId id : live_nodes(computation.graph, computation.outputs))
    if (!computation.graph.node(id).op->leaf) return;
  throw NotCovered("nothing is left to compute");
}

// Throws what is wrong.
void run(NodeTest test) {
  check_types(test.model);
  const Precision precision = is_double(test) ? Precision::f64 : Precision::f32;
  if (is_scripted(test.model, test.inputs)) {
    Scripted scripted(test.model, test.inputs, test.outputs);
    check(scripted.computation(), test.outputs, precision);
    return;
  }
  Imported imported(test.model, test.inputs);
  check_that_ebb_computes(imported.computation());
  check(imported.computation(), test.outputs, precision);
}

// The op that a test is about, and how many nodes the model needs for it.
std::string subject(const Model& model) {
  return model.nodes.size() == 1 ? model.nodes[0].op : "graphs of several nodes";
}

// What became of all tests.
struct Outcomes {
  int passed = 0;
  std::map<std::string, int> passed_of;                         // by op
  std::map<std::string, std::string> failed;                    // why, by test
  std::map<std::string, std::vector<std::string>> not_covered;  // tests, by reason

  void add(const std::filesystem::path& folder) {
    const std::string name = folder.filename();
    try {
      const NodeTest test = read_test(folder);
      run(test);
      ++passed;
      ++passed_of[subject(test.model)];
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
  for (const auto& [op, count] : outcomes.passed_of)
    out << "  passed: " << count << " (" << op << ")\n";
  for (const auto& [name, why] : outcomes.failed)
    out << "  failed: " << name << ": " << why << '\n';
  for (const auto& [reason, tests] : outcomes.not_covered)
    out << "  not covered: " << tests.size() << " (" << reason << ")\n";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_node_tests_of_onnx_pass, *boost::unit_test::precondition(with_onnx)) {
  Outcomes outcomes;
  std::set<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(onnx_dir()))
    folders.insert(entry.path());
  for (const auto& folder : folders) outcomes.add(folder);
  std::cout << outcomes;
  BOOST_TEST(outcomes.failed.size() == 0u);
  BOOST_TEST(outcomes.passed == 660);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb::test::onnx
