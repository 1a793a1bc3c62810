// The sample plugins: what their scripts print.
#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

// A fixture that runs commands on a sample and its script.
class Samples : public Binary {
 public:
  Outcome sample(const std::string& command, const std::string& name,
                 std::vector<std::string> words = {}) const {
    words.insert(words.begin(),
                 {command, EBB_SOURCE_DIR "/plugins/samples/" + name + "/" + name + ".ebb",
                  "--plugin", EBB_SAMPLES "/" + name + ".so"});
    return ebb(words);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(samples_training, Samples)

BOOST_AUTO_TEST_CASE(polynomial_finds_a_root_by_newtons_method) {
  BOOST_TEST(sample("run", "polynomial", {"--quiet", "--precision", "double"}) ==
             (Outcome{0, "x = 2.094551\n", ""}));
}

BOOST_AUTO_TEST_SUITE_END()
