#include "graph/core/rewrite.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/patterns.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(rewrite)

namespace {

std::string proof(Pattern from, Pattern to) {
  Rewrite rewrite;
  rewrite.from = std::move(from);
  rewrite.to = std::move(to);
  try {
    prove(rewrite, registry());
  } catch (const UserError& e) {
    return e.diagnostic().message;
  }
  return "proved";
}

const Type scalar{DType::real, false, {}};

}  // namespace

BOOST_AUTO_TEST_CASE(a_variable_that_occurs_twice_binds_one_value) {
  Graph g(registry());
  const Value x = g.variable("x", scalar), y = g.variable("y", scalar);
  const Pattern twice = call("add", {variable("v"), variable("v")});
  Bindings bindings;
  BOOST_TEST(match(g, twice, g.add("add", {x, x}), bindings));
  BOOST_TEST((bindings.at("v") == x));
  bindings.clear();
  BOOST_TEST(!match(g, twice, g.add("add", {x, y}), bindings));
}

BOOST_AUTO_TEST_CASE(commutative_ops_match_in_both_orders_and_others_do_not) {
  Graph g(registry());
  const Value x = g.variable("x", scalar), scaled = g.add("scale", {x}, {{"factor", -1.0}});
  const Pattern pattern =
      call("add", {variable("a"), call("scale", {variable("b")}, {{"factor", -1.0}})});
  for (const bool swapped : {false, true}) {
    Bindings bindings;
    BOOST_TEST(match(g, pattern, swapped ? g.add("add", {scaled, x}) : g.add("add", {x, scaled}),
                     bindings));
    BOOST_TEST((bindings.at("a") == x && bindings.at("b") == x));
  }
  Bindings bindings;
  const Value v = g.variable("v", {DType::real, false, {2}});
  const Pattern product = call("matmul", {call("transpose", {variable("a")}), variable("b")});
  BOOST_TEST(match(g, product, g.add("matmul", {g.add("transpose", {v}), v}), bindings));
  BOOST_TEST(!match(g, product, g.add("matmul", {v, g.add("transpose", {v})}), bindings));
}

BOOST_AUTO_TEST_CASE(numbers_match_constants_and_attributes_must_agree) {
  Graph g(registry());
  const Value x = g.variable("x", scalar);
  Bindings bindings;
  BOOST_TEST(match(g, call("mul", {number(2), variable("a")}), g.add("mul", {x, g.constant(2)}),
                   bindings));
  BOOST_TEST(!match(g, call("mul", {number(3), variable("a")}), g.add("mul", {x, g.constant(2)}),
                    bindings));
  const Value scaled = g.add("scale", {x}, {{"factor", 2.0}});
  BOOST_TEST(match(g, call("scale", {variable("s")}, {{"factor", 2.0}}), scaled, bindings));
  BOOST_TEST(!match(g, call("scale", {variable("t")}, {{"factor", 3.0}}), scaled, bindings));
}

BOOST_AUTO_TEST_CASE(identities_are_proved) {
  BOOST_TEST(proof(call("add", {variable("x"), variable("x")}),
                   call("scale", {variable("x")}, {{"factor", 2.0}})) == "proved");
  BOOST_TEST(proof(call("transpose", {call("transpose", {variable("x")})}), variable("x")) ==
             "this rewrite is not an identity: for real[3] shared the left side is real[3, 1] "
             "shared, the right "
             "side real[3] shared");
}

BOOST_AUTO_TEST_CASE(what_is_no_identity_is_refused_with_a_point_and_both_numbers) {
  const std::string message = proof(call("mul", {variable("x"), variable("x")}), variable("x"));
  BOOST_TEST(message.starts_with("this rewrite is not an identity: at x = "), message);
  BOOST_TEST(message.find(" the left side is ") != std::string::npos, message);
  BOOST_TEST(
      proof(call("matmul", {variable("x"), call("reshape", {variable("y")},
                                                {{"shape", std::vector<std::int64_t>{7, 7}}})}),
            variable("x")) ==
      "this rewrite can not be proved: no values were found for which both sides are finite");
}

BOOST_AUTO_TEST_SUITE_END()
