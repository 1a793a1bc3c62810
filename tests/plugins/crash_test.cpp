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
  BOOST_TEST(after("param w[2] ~ constant(200)\ny = kernel_crash(w)\noutput y\n") == "");
  BOOST_TEST(after("y = kernel_crash(200)\noutput y\n") == "");
  BOOST_TEST(after("param w[2] ~ constant(200)\ny = kernel_abort(w)\noutput y\n") == "");
  BOOST_TEST(after("param w[1, 1, 1, 1, 1] ~ zeros\ny = rule_crash(w)\noutput y\n") == "");
  BOOST_TEST(after("param w[1, 1, 1, 1, 1, 1, 1] ~ zeros\ncost sum(rule_crash(w))\n", "grad") ==
             "");
  write("m.ebb", "use crashing_entry\n");
  BOOST_TEST(ebb({"check", "m.ebb"}).err == "");
}

BOOST_AUTO_TEST_CASE(an_exception_names_the_plugin_and_the_op) {
  write("m.ebb", "use crashing\nparam w[1, 1, 1, 1, 1, 1] ~ zeros\ny = rule_crash(w)\noutput y\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) == (Outcome{1, "", ""}));
  write("m.ebb",
        "use crashing\nparam w[1, 1, 1, 1, 1, 1, 1, 1] ~ zeros\ncost sum(rule_crash(w))\n");
  BOOST_TEST(ebb({"grad", "m.ebb"}) == (Outcome{1, "", ""}));
  write("m.ebb", "use crashing\nparam w[2] ~ constant(200)\ny = rule_crash(w)\noutput y\n");
  BOOST_TEST(ebb({"run", "m.ebb"}) == (Outcome{1, "", ""}));
}

BOOST_AUTO_TEST_SUITE_END()
