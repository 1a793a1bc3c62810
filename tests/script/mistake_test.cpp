// Every code is explained, and every explanation's examples show what it says.
#include "graph/script/mistake.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "tests/script/scripts.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(mistake)

namespace {

std::string read(const std::string& path) {
  std::ifstream in(std::string(EBB_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string messages_of(const std::string& text) {
  ElaborateOptions options;
  options.training = true;
  options.data_blocks = {"train", "test"};
  options.limits.nodes = 20'000;
  return test::messages_of(text, options, "example.ebb", std::filesystem::temp_directory_path());
}

// What shows only with a plugin, with bytes that are no text, and with a very long text.
const std::set<std::string> shown_elsewhere{"E0002", "E0108", "E0209", "E0905"};

// The codes of the enumeration, as its source says them.
std::set<std::string> known_codes() {
  const std::string header = read("graph/script/mistake.hpp");
  std::set<std::string> codes;
  const std::regex entry("\n  [a-z0-9_]+ = ([0-9]+),");
  for (std::sregex_iterator it(header.begin(), header.end(), entry), end; it != end; ++it)
    codes.insert(code_of(static_cast<Mistake>(std::stoi((*it)[1]))));
  return codes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(codes_count_errors_and_warnings_apart) {
  BOOST_TEST(code_of(Mistake::unexpected_character) == "E0001");
  BOOST_TEST(code_of(Mistake::unknown_name) == "E0101");
  BOOST_TEST(code_of(Mistake::unused_value) == "W0001");
}

BOOST_AUTO_TEST_CASE(every_code_is_explained) {
  std::set<std::string> explained;
  for (const Explanation& explanation : explanations()) explained.insert(explanation.code);
  BOOST_TEST(known_codes() == explained, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_wrong_example_makes_this_mistake_only_and_the_right_one_none) {
  for (const Explanation& explanation : explanations()) {
    if (shown_elsewhere.contains(explanation.code)) continue;
    BOOST_TEST_CONTEXT(explanation.code) {
      std::set<std::string> codes;
      const std::string wrong = messages_of(explanation.wrong);
      const std::regex code("\\.ebb:[0-9]+:[0-9]+: (?:error|warning)\\[(.[0-9]{4})\\]");
      for (std::sregex_iterator it(wrong.begin(), wrong.end(), code), end; it != end; ++it)
        codes.insert((*it)[1]);
      BOOST_TEST((codes == std::set<std::string>{explanation.code}), wrong);
      BOOST_TEST(messages_of(explanation.right) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_near_name_is_a_fix_where_it_is_sure_and_a_hint_else) {
  const SourceFile file("t.ebb", "sigmoyd");
  const Span at{&file, 0, 7};
  const Advice sure = meant("sigmoyd", {"tanh", "sigmoid"}, at);
  BOOST_TEST(sure.fix.what == "write `sigmoid`");
  BOOST_TEST(sure.fix.edits.at(0).text == "sigmoid");
  BOOST_TEST(sure.hints.empty());
  const Advice near = meant("tan", {"tanh"}, at);
  BOOST_TEST(!near.fix);
  BOOST_TEST(near.hints == std::vector<std::string>{"did you mean `tanh`?"},
             boost::test_tools::per_element());
  const Advice neither = meant("foo", {"tanh"}, at, "there is `tanh`");
  BOOST_TEST(neither.hints == std::vector<std::string>{"there is `tanh`"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
