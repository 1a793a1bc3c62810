// What a minimiser was answered, kept and given again.
#include "graph/run/evaluation_record.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/support/scratch.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(evaluation_record, Scratch)

namespace {

using Kind = EvaluationRecord::Kind;
using Numbers = std::vector<double>;

const Numbers at{1, 2}, value{3}, gradient{4, 5};

}  // namespace

BOOST_AUTO_TEST_CASE(a_checkpoint_owns_what_was_answered_before_it) {
  EvaluationRecord record;
  record.keep_in(folder());
  record.add(Kind::objective, at, value, gradient);
  const EvaluationRecord::Mark mark = record.save();
  record.add(Kind::iteration, at, value, {});
  record.save();

  EvaluationRecord again;
  BOOST_TEST(again.replay(folder(), mark));
  BOOST_TEST(again.is_replaying());
  Numbers one(1), two(2);
  BOOST_TEST(again.recall(Kind::objective, at, one, two));
  BOOST_TEST(one == value, boost::test_tools::per_element());
  BOOST_TEST(two == gradient, boost::test_tools::per_element());
  BOOST_TEST(!again.is_replaying());
  BOOST_TEST(!EvaluationRecord().replay(folder(), {mark.bytes + 1, mark.seal}));
  BOOST_TEST(!EvaluationRecord().replay(folder(), {mark.bytes, std::string(32, '0')}));
}

BOOST_AUTO_TEST_CASE(an_answer_without_numbers_is_computed_again) {
  EvaluationRecord record;
  record.keep_in(folder());
  record.add(Kind::residuals, at, {}, {});
  EvaluationRecord again;
  BOOST_TEST(again.replay(folder(), record.save()));
  Numbers residuals(2), jacobian(4);
  BOOST_TEST(!again.recall(Kind::residuals, at, residuals, jacobian));
  BOOST_TEST(!again.is_replaying());
}

BOOST_AUTO_TEST_CASE(who_asks_another_thing_is_refused) {
  EvaluationRecord record;
  record.keep_in(folder());
  record.add(Kind::objective, at, value, gradient);
  const EvaluationRecord::Mark mark = record.save();
  Numbers one(1), two(2);
  const auto asked = [&](Kind kind, const Numbers& point, std::span<double> derivatives) {
    EvaluationRecord again;
    BOOST_TEST(again.replay(folder(), mark));
    return error_of([&] { again.recall(kind, point, one, derivatives); });
  };
  const std::string refused =
      "error: evaluations-1.bin: the minimizer does not ask what it asked before: it is not "
      "deterministic, or the file is damaged\n"
      "  hint: `--weights` starts it anew from the weights\n";
  BOOST_TEST(asked(Kind::objective, at, two) == "no error");
  BOOST_TEST(asked(Kind::objective, {1, 3}, two) == refused);
  BOOST_TEST(asked(Kind::objective, at, {}) == refused);
  BOOST_TEST(asked(Kind::iteration, at, {}) == refused);
}

BOOST_AUTO_TEST_CASE(what_can_not_be_written_waits_for_a_folder) {
  EvaluationRecord record;
  record.keep_in(path("later"));
  record.add(Kind::objective, at, value, gradient);
  BOOST_TEST(error_of([&] { record.save(); }) ==
             "error: later/evaluations-1.bin: cannot write: No such file or directory\n");
  std::filesystem::create_directory(path("later"));
  record.add(Kind::iteration, at, value, {});
  const EvaluationRecord::Mark mark = record.save();
  BOOST_TEST(EvaluationRecord().replay(path("later"), mark));
  // Taken away with all that was written.
  std::filesystem::rename(path("later"), path("gone"));
  std::filesystem::create_directory(path("later"));
  BOOST_TEST(record.save().seal == mark.seal);
  BOOST_TEST(EvaluationRecord().replay(path("later"), mark));
}

BOOST_AUTO_TEST_SUITE_END()
