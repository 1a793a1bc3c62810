#include "graph/core/origins.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "graph/core/gradient.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(origins)

namespace {

const OpRegistry& registry() {
  static const OpRegistry all;
  return all;
}

// x * (x * x), with its three nodes.
struct Cube {
  Graph graph{registry()};
  Value x = graph.variable("x", {DType::real, false, {}});
  Value square = graph.add("mul", {x, x});
  Value cube = graph.add("mul", {x, square});
  Origins origins;

  Value gradient(Value of) {
    return gradients(graph, of, {&x, 1}, OverSamples::sum, 1, &origins)[0];
  }
  // "2 1": made for node 2, differentiated once.
  std::string origin(NodeId id) const {
    const auto [node, order] = origins(id);
    return std::to_string(node) + " " + std::to_string(order);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_node_of_which_nothing_is_known_was_made_for_itself) {
  const Cube c;
  BOOST_TEST(c.origin(c.cube.node) == "2 0");
  BOOST_TEST(c.origin(1000) == "1000 0");
}

BOOST_AUTO_TEST_CASE(a_derived_node_was_made_for_that_whose_rule_made_it) {
  Cube c;
  const auto first = static_cast<NodeId>(c.graph.size());
  c.gradient(c.cube);
  // The seed and the rule of the cube, then that of the square.
  BOOST_TEST(c.origin(first) == "2 1");
  BOOST_TEST(c.origin(first + 1) == "2 1");
  BOOST_TEST(c.origin(static_cast<NodeId>(c.graph.size()) - 1) == "1 1");
}

BOOST_AUTO_TEST_CASE(derivatives_of_derivatives_count) {
  Cube c;
  const Value gradient = c.gradient(c.cube);
  const auto first = static_cast<NodeId>(c.graph.size());
  c.gradient(gradient);
  int highest = 0;
  for (NodeId id = first; id < c.graph.size(); ++id)
    highest = std::max(highest, c.origins(id).order);
  BOOST_TEST(highest == 2);
}

BOOST_AUTO_TEST_CASE(what_was_simplified_keeps_its_order) {
  Cube c;
  const Value gradient = c.gradient(c.cube);
  const auto first = static_cast<NodeId>(c.graph.size());
  c.graph.add("scale", {c.x}, {{"factor", 3.0}});
  c.origins.simplified(c.graph, first, gradient.node);
  const Origins::Origin origin = c.origins(gradient.node);
  BOOST_TEST(c.origin(first) == std::to_string(origin.node) + " " + std::to_string(origin.order));
}

BOOST_AUTO_TEST_SUITE_END()
