#include "graph/run/abbreviations.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/core/notation.hpp"
#include "tests/support/graphs.hpp"

using namespace ebb;
using namespace ebb::test;

namespace {

struct Abbreviated {
  Graph g{registry()};
  std::map<Value, std::string> names;

  Value named(const std::string& name) {
    const Value value = g.variable(name, real_type({2}));
    names[value] = name;
    return value;
  }
  // "u₁ = ...; u₂ = ...; ROOT", every formula in the names before it.
  std::string written(Value root) {
    std::string text;
    const auto name_of = [&](Value v) { return names.contains(v) ? names[v] : std::string(); };
    for (const auto& [name, value] : abbreviations(g, {root}, names, "u")) {
      text += name + " = " + formula(g, value, name_of) + "; ";
      names[value] = name;
    }
    return text + formula(g, root, name_of);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(abbreviations, Abbreviated)

BOOST_AUTO_TEST_CASE(what_is_short_or_used_once_has_no_name) {
  const Value x = named("x"), y = named("y"), sum = g.add("add", {x, y});
  BOOST_TEST(written(g.add("mul", {sum, sum})) == "(x + y) ⊙ (x + y)");
}

BOOST_AUTO_TEST_CASE(what_is_repeated_and_longer_has_one) {
  const Value x = named("signal"), y = named("threshold");
  const Value loss = g.add("tanh", {g.add("sub", {x, y})});
  BOOST_TEST(written(g.add("mul", {g.add("exp", {loss}), loss})) ==
             "u₁ = tanh(signal - threshold); exp(u₁) ⊙ u₁");
}

BOOST_AUTO_TEST_CASE(formulas_that_double_with_every_step_stay_short) {
  Value value = named("x");
  for (int i = 0; i < 200; ++i) value = g.add("add", {value, g.add("tanh", {value})});
  const std::string text = written(value);
  BOOST_TEST(text.size() < 200u * 40u);
  BOOST_TEST(text.starts_with("u₁ = x + tanh(x) + tanh(x + tanh(x)); "), text.substr(0, 200));
  BOOST_TEST(text.ends_with("; u₉₉ + tanh(u₉₉) + tanh(u₉₉ + tanh(u₉₉))"),
             text.substr(text.size() - 60));
}

BOOST_AUTO_TEST_SUITE_END()
