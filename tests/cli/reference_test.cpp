// The reference of all ops in ops/README.md is what the records say.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(reference, Binary)

BOOST_AUTO_TEST_CASE(is_current) {
  const Outcome outcome = ebb({"ops", "--reference"});
  BOOST_TEST(outcome.status == 0);
  std::ifstream file(EBB_SOURCE_DIR "/ops/README.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string heading = "\n## Reference\n\n";
  const auto at = text.find(heading);
  BOOST_REQUIRE(at != std::string::npos);
  BOOST_TEST(text.substr(at + heading.size()) == outcome.out,
             "renew it: cmake --build --preset release --target ops_reference");
}

BOOST_AUTO_TEST_SUITE_END()
