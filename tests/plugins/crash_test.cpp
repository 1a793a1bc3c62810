#include <boost/test/unit_test.hpp>

#include "tests/plugins/plugged.hpp"

using namespace ebb::test;

namespace {

// The sanitizers have signal handlers of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

boost::test_tools::assertion_result signals_are_ours(boost::unit_test::test_unit_id) {
  return !sanitized;
}

// Runs a script with the plugin `crashing`; the lines of standard error that come from Ebb.
struct Crashing : Plugged {
  std::string after(const std::string& script, const std::string& command = "run") const {
    write("m.ebb", "use crashing\n" + script);
    const Outcome outcome = ebb({command, "m.ebb"});
    if (outcome.status == 0) return "it did not crash";
    std::string said;
    for (const std::string& line : lines_of(outcome.err))
      if (line.find("plugin") != std::string::npos) said += line + "\n";
    return said;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(crash, Crashing)

BOOST_AUTO_TEST_CASE(a_crash_names_the_plugin_and_the_op,
                     *boost::unit_test::precondition(signals_are_ours)) {
  // In a compiled plan, and where numbers are folded.
  BOOST_TEST(after("param w[2] ~ constant(200)\ny = kernel_crash(w)\noutput y\n") ==
             "error: the plugin crashing crashed in op `kernel_crash` (kernel): it touched memory "
             "that is not its own\n");
  BOOST_TEST(after("y = kernel_crash(200)\noutput y\n") ==
             "error: the plugin crashing crashed in op `kernel_crash` (kernel): it touched memory "
             "that is not its own\n");
  BOOST_TEST(after("param w[2] ~ constant(200)\ny = kernel_abort(w)\noutput y\n") ==
             "error: the plugin crashing crashed in op `kernel_abort` (kernel): it aborted\n");
  BOOST_TEST(after("param w[1, 1, 1, 1, 1] ~ zeros\ny = rule_crash(w)\noutput y\n") ==
             "error: the plugin crashing crashed in op `rule_crash` (type rule): it touched memory "
             "that is not its own\n");
  BOOST_TEST(after("param w[1, 1, 1, 1, 1, 1, 1] ~ zeros\ncost sum(rule_crash(w))\n", "grad") ==
             "error: the plugin crashing crashed in op `rule_crash` (gradient rule): it touched "
             "memory that is not its own\n");
  const Outcome entry = ebb({"plugin", "verify", "crashing_entry"});
  BOOST_TEST(lines_of(entry.err).at(0) ==
             "error: the plugin crashing_entry crashed in ebb_plugin_main: it touched memory that "
             "is not its own");
}

BOOST_AUTO_TEST_CASE(an_exception_names_the_plugin_and_the_op) {
  write("m.ebb", "use crashing\nparam w[1, 1, 1, 1, 1, 1] ~ zeros\ny = rule_crash(w)\noutput y\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) ==
             (Outcome{1, "",
                      "m.ebb:3:5: error[E0301]: rule_crash of the plugin crashing: six dimensions "
                      "are too many\n"
                      "  2 | param w[1, 1, 1, 1, 1, 1] ~ zeros\n"
                      "    |       - w is [1, 1, 1, 1, 1, 1], declared here\n"
                      "  3 | y = rule_crash(w)\n"
                      "    |     ^^^^^^^^^^\n"}));
  write("m.ebb",
        "use crashing\nparam w[1, 1, 1, 1, 1, 1, 1, 1] ~ zeros\ncost sum(rule_crash(w))\n");
  BOOST_TEST(
      ebb({"grad", "m.ebb"}) ==
      (Outcome{
          1, "",
          "m.ebb:3:10: error: rule_crash of the plugin crashing: eight dimensions are too many\n"
          "  3 | cost sum(rule_crash(w))\n"
          "    |          ^^^^^^^^^^\n"}));
  write("m.ebb", "use crashing\nparam w[2] ~ constant(200)\ny = rule_crash(w)\noutput y\n");
  BOOST_TEST(ebb({"run", "m.ebb"}) ==
             (Outcome{1, "",
                      "m.ebb:3:5: error: rule_crash of the plugin crashing failed: x is above 100\n"
                      "  3 | y = rule_crash(w)\n"
                      "    |     ^^^^^^^^^^\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
