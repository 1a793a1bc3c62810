// Every built-in rewrite is proved because it is registered.
#include "graph/core/rewrite.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(rewrites)

BOOST_AUTO_TEST_CASE(every_built_in_rewrite_is_an_identity) {
  const auto model = model_of("x = 1\n");
  BOOST_TEST(model->rewrites.size() > 10u);
  for (const Rewrite& rewrite : model->rewrites) BOOST_CHECK_NO_THROW(prove(rewrite, registry()));
}

BOOST_AUTO_TEST_CASE(derivatives_are_lowered_only_for_plans) {
  const auto model = model_of("x = 1\n");
  int lowering = 0;
  for (const Rewrite& rewrite : model->rewrites) {
    BOOST_TEST(rewrite.lowering == registry().is_derivative(*rewrite.from.op), rewrite.text);
    lowering += rewrite.lowering ? 1 : 0;
  }
  BOOST_TEST(lowering >= 2);
}

BOOST_AUTO_TEST_SUITE_END()
