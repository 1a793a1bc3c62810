// Every op's documentation has an example, and every example gives what it says.
#include <boost/test/unit_test.hpp>

#include "graph/core/evaluate.hpp"
#include "graph/core/notation.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(examples)

namespace {

std::string result_of(const std::string& expression) {
  const auto model = model_of("value = " + expression + "\noutput value\n");
  Evaluator evaluate(model->graph);
  return values_text(evaluate(model->outputs.at(0).value));
}

// What an expression can not reach: values that are per sample, and what the core puts in by
// itself.
bool has_no_example(const OpDef& op) {
  return op.leaf || op.kind == EBB_KIND_INITIALIZER || op.claims_(EBB_RANDOM) ||
         op.name == "sample_sum" || op.name == "sample_weight" || op.name == "convert";
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_op_has_one_and_it_is_true) {
  int run = 0;
  for (const auto& op : registry().all()) {
    if (has_no_example(*op)) continue;
    BOOST_TEST_CONTEXT(op->name) {
      BOOST_REQUIRE(!op->example.empty());
      BOOST_TEST(result_of(op->example) == op->example_result);
    }
    ++run;
  }
  BOOST_TEST(run > 40);
}

BOOST_AUTO_TEST_SUITE_END()
