#include <boost/test/unit_test.hpp>

#include "tests/support/source.hpp"

using namespace ebb::test;

namespace {

struct Libsvm : SourceTrial {
  Libsvm() : SourceTrial("libsvm") {}
};

const std::string text = "+1 1:0.5 3:-2e3 # the first\n\n# a comment\n-1 2:1\r\n3";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(libsvm, Libsvm)

BOOST_AUTO_TEST_CASE(lines_are_samples_with_zeros_where_they_say_nothing) {
  OpenedSource source = open_bytes(text);
  BOOST_TEST(source.columns() == (Texts{"x f64 [3]", "y i64 []"}), each);
  BOOST_TEST(source.all(0) == (Numbers{0.5, 0, -2000, 0, 1, 0, 0, 0, 0}), each);
  BOOST_TEST(source.all(1) == (Numbers{1, -1, 3}), each);
  BOOST_TEST(source.read(0, {1, 0, 1}) == (Numbers{0, 1, 0, 0.5, 0, -2000, 0, 1, 0}), each);
  BOOST_TEST(source.read(1, {2, 2}) == (Numbers{3, 3}), each);
}

BOOST_AUTO_TEST_CASE(the_length_and_the_first_index_can_be_said) {
  BOOST_TEST(open_bytes(text, {{"features", 5}}).columns()[0] == "x f64 [5]");
  OpenedSource source = open_bytes("1.5 0:7\n", {{"zero_based", true}});
  BOOST_TEST(source.columns() == (Texts{"x f64 [1]", "y f64 []"}), each);
  BOOST_TEST(source.all(0) == Numbers{7}, each);
  BOOST_TEST(source.all(1) == Numbers{1.5}, each);
}

BOOST_AUTO_TEST_CASE(few_bytes_give_many_numbers_only_where_it_is_said) {
  BOOST_TEST(error_of_bytes("1 2000000000:1\n1\n") ==
             "x: its largest index makes a file of 17 bytes 2 x 2000000000 numbers, more than 256 "
             "bytes for each of its own\n"
             "  hint: where it is meant so: libsvm(..., features = 2000000000)");
  OpenedSource source = open_bytes("1 20000000:1\n", {{"features", 20000000}});
  BOOST_TEST(source.columns()[0] == "x f64 [20000000]");
}

BOOST_AUTO_TEST_CASE(malformed_text_is_refused_at_its_place) {
  BOOST_TEST(error_of_bytes("1 1:2\nx 1:2\n") == "x:2:1: `x` is no label, which is a number");
  BOOST_TEST(error_of_bytes("nan 1:2\n") == "x:1:1: `nan` is no label, which is a number");
  BOOST_TEST(error_of_bytes("1,2 1:2\n") ==
             "x:1:1: `1,2` is several labels\n  hint: only samples with one label can be read");
  BOOST_TEST(error_of_bytes("1 2\n") ==
             "x:1:3: `2` is not INDEX:VALUE\n"
             "  hint: a line is a label, then such pairs: +1 3:0.5 7:1");
  BOOST_TEST(error_of_bytes("1 qid:3 1:2\n") ==
             "x:1:3: `qid:3` groups samples, which Ebb knows nothing of\n  hint: remove it");
  BOOST_TEST(error_of_bytes("1 a:2\n") == "x:1:3: `a:2` has no whole number as its index");
  BOOST_TEST(error_of_bytes("1 1:b\n") == "x:1:3: `1:b` has no number as its value");
  BOOST_TEST(error_of_bytes("1 0:2\n") ==
             "x:1:3: `0:2` has an index below 1\n"
             "  hint: indices count from 1, or from 0 with `zero_based = true`");
  BOOST_TEST(error_of_bytes("1 -1:2\n", {{"zero_based", true}}) ==
             "x:1:3: `-1:2` has an index below 0");
  BOOST_TEST(error_of_bytes("1 2:1 2:3\n") ==
             "x:1:7: `2:3` does not come after the index before it\n"
             "  hint: indices rise along a line");
  BOOST_TEST(error_of_bytes("1 9999999999:1\n") ==
             "x:1:3: `9999999999:1` has an index beyond 2^32");
  BOOST_TEST(error_of_bytes("1 4:1\n", {{"features", 3}}) ==
             "x:1:3: `4:1` has an index beyond the 3 features");
  BOOST_TEST(error_of_bytes("1\n2\n") ==
             "x: no sample has a value\n  hint: `features` says how many there are");
  BOOST_TEST(error_of_bytes("# none\n") == "x: there are no samples");
}

BOOST_AUTO_TEST_CASE(a_file_cut_or_altered_anywhere_gives_samples_or_an_error) {
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string said = error_of_bytes(text.substr(0, n));
    BOOST_TEST((said == "no error" || said.starts_with("x:")), said);
  }
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char c : {':', '#', '\n', ' ', '9', '\xff'}) {
      std::string altered = text;
      altered[i] = c;
      error_of_bytes(altered, {{"features", 1000}});
    }
}

BOOST_AUTO_TEST_SUITE_END()
