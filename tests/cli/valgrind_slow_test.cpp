// A short training under valgrind: no error, and no memory lost. The sanitizers see Ebb's own code;
// valgrind sees the libraries, too.
#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(valgrind_slow, Binary)

BOOST_AUTO_TEST_CASE(a_training_on_two_threads_and_its_test_are_clean) {
  const std::string valgrind =
      "valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite "
      "$EBB ";
  const std::string script = quoted(example("iris.ebb"));
  BOOST_TEST(
      shell(valgrind + "train " + script + " --threads 2 --set train.epochs=2 --quiet --out run") ==
      (Outcome{0, "weights: run/weights.safetensors\n", ""}));
  BOOST_TEST(shell(valgrind + "test " + script +
                   " --on train --weights run/weights.safetensors >figures") ==
             (Outcome{0, "", ""}));
  BOOST_TEST(shell("test -s figures").status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
