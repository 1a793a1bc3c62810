#include <boost/test/unit_test.hpp>

#include "graph/run/data/npy.hpp"
#include "graph/run/data/safetensors.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(run, Binary)

namespace {

const std::string doubling = R"(input x[2]
a = 2 * x
s = sum(a)
output a
data test {
  x = values([[1, 2], [3, 4], [5, 6]])
}
)";

// Three pictures of 4 by 4 pixels; what is said of them is the brightest of two sums.
const std::string pictures = R"(input  x[4, 4]
target y[2]
a = concat(sum(x[:, 0..2]), sum(x[:, 2..4]))
output a
data test {
  x = values([
    [[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]],
    [[0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0]],
    [[0, 0, 0.5, 0], [0, 0.25, 0.5, 0], [0, 0.25, 0.5, 0], [0, 0, 0.5, 0]]
  ])
  y = values([[1, 0], [0, 1], [1, 0]])
}
)";

std::vector<double> elements(const ebb::Array& array) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < array.elements(); ++i) values.push_back(array.at(i));
  return values;
}

ebb::Array array(std::vector<std::int64_t> dims, const std::vector<float>& values) {
  ebb::Array result = ebb::Array::make(ebb::DType::f32, std::move(dims));
  std::copy(values.begin(), values.end(), result.data<float>());
  return result;
}

using Doubles = std::vector<double>;
using Dims = std::vector<std::int64_t>;
using boost::test_tools::per_element;

}  // namespace

BOOST_AUTO_TEST_CASE(prints_the_outputs) {
  write("m.ebb", doubling);
  BOOST_TEST(ebb({"run", "m.ebb", "--quiet", "--on", "test"}) ==
             (Outcome{0, "a (3, 2)\n  2   4\n  6   8\n  10  12\n", ""}));
  BOOST_TEST(
      ebb({"run", "m.ebb", "--quiet", "--on", "test", "--samples", "1..3", "--json"}) ==
      (Outcome{0, "{\"sample\":1,\"a\":[6.0,8.0]}\n{\"sample\":2,\"a\":[10.0,12.0]}\n", ""}));
}

BOOST_AUTO_TEST_CASE(fetches_any_named_value) {
  write("m.ebb", doubling);
  BOOST_TEST(ebb({"run", "m.ebb", "--quiet", "--on", "test", "--fetch", "s", "--fetch", "x",
                  "--json", "--samples", "0..1"}) ==
             (Outcome{0, "{\"sample\":0,\"s\":6.0,\"x\":[1.0,2.0]}\n", ""}));
  BOOST_TEST(ebb({"run", "m.ebb", "--quiet", "--on", "test", "--fetch", "q"}) ==
             (Outcome{1, "", "error: the script has no value `q`\n"}));
}

BOOST_AUTO_TEST_CASE(shared_values_have_no_samples) {
  BOOST_TEST(ebb({"run", example("gradient.ebb"), "--quiet"}) == (Outcome{0, "f = 20\n", ""}));
  BOOST_TEST(ebb({"run", example("gradient.ebb"), "--quiet", "--json", "--fetch", "x"}) ==
             (Outcome{0, "{\"x\":-2.0}\n", ""}));
}

BOOST_AUTO_TEST_CASE(reads_and_writes_npy) {
  write("m.ebb", doubling);
  ebb::write_npy(path("x.npy"), array({2, 2}, {1, 2, 3, 4}));
  BOOST_TEST(ebb({"run", "m.ebb", "--quiet", "--input", "x=x.npy", "--out", "a.npy"}) ==
             (Outcome{0, "", ""}));
  const ebb::Array a = ebb::read_npy(path("a.npy"));
  BOOST_TEST((a.dtype == ebb::DType::f32));
  BOOST_TEST(a.dims == (Dims{2, 2}), per_element());
  BOOST_TEST(elements(a) == (Doubles{2, 4, 6, 8}), per_element());
}

BOOST_AUTO_TEST_CASE(minus_is_standard_input_and_output) {
  write("m.ebb", doubling);
  ebb::write_npy(path("x.npy"), array({1, 2}, {1, 2}));
  const Outcome outcome =
      ebb({"run", "m.ebb", "--quiet", "--input", "x=-", "--out", "-"}, read_file(path("x.npy")));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  write("a.npy", outcome.out);
  BOOST_TEST(elements(ebb::read_npy(path("a.npy"))) == (Doubles{2, 4}), per_element());
}

BOOST_AUTO_TEST_CASE(several_values_go_to_safetensors) {
  write("m.ebb", doubling);
  const std::vector<std::string> both{"run",     "m.ebb", "--quiet", "--on", "test",
                                      "--fetch", "a",     "--fetch", "s"};
  auto words = both;
  words.insert(words.end(), {"--out", "v.safetensors"});
  BOOST_TEST(ebb(words) == (Outcome{0, "", ""}));
  const ebb::TensorFile file = ebb::read_safetensors(path("v.safetensors"));
  BOOST_REQUIRE(file.tensors.size() == 2u);
  BOOST_TEST(file.tensors[0].first == "a");
  BOOST_TEST(file.tensors[1].first == "s");
  BOOST_TEST(elements(file.tensors[1].second) == (Doubles{6, 14, 22}), per_element());
  words = both;
  words.insert(words.end(), {"--out", "v.npy"});
  BOOST_TEST(ebb(words) ==
             (Outcome{1, "",
                      "error: a .npy file holds one value, and these are 2: a, s\n"
                      "  hint: --fetch NAME chooses one; --out FILE.safetensors holds several\n"}));
}

BOOST_AUTO_TEST_CASE(an_array_of_another_size_is_refused) {
  write("m.ebb", doubling);
  ebb::write_npy(path("x.npy"), array({2, 3}, {1, 2, 3, 4, 5, 6}));
  BOOST_TEST(ebb({"run", "m.ebb", "--quiet", "--input", "x=x.npy"}) ==
             (Outcome{1, "",
                      "error: input x is (2, 3), but the script's x is [2]\n"
                      "  hint: the first dimension is the sample\n"}));
}

BOOST_AUTO_TEST_CASE(draw_shows_samples_with_what_the_output_says) {
  write("m.ebb", pictures);
  BOOST_TEST(ebb({"run", "m.ebb", "--quiet", "--on", "test", "--draw", "x"}) ==
             (Outcome{0, R"(█                █              ░▒
█                █              ░▒
says 0, right   says 1, right   says 1, is 0
)",
                      ""}));
}

BOOST_AUTO_TEST_CASE(draw_in_colour_has_two_pixels_in_a_character) {
  write("m.ebb", pictures);
  const Outcome outcome = ebb({"run", "m.ebb", "--quiet", "--on", "test", "--samples", "0..1",
                               "--draw", "x", "--color", "always"});
  BOOST_TEST(outcome == (Outcome{0,
                                 "\x1b[38;5;255;48;5;255m▀\x1b[0m\n"
                                 "\x1b[38;5;255;48;5;255m▀\x1b[0m\n"
                                 "says 0, right\n",
                                 ""}));
}

BOOST_AUTO_TEST_CASE(what_is_no_picture_is_not_drawn) {
  write("m.ebb", doubling);
  BOOST_TEST(ebb({"run", "m.ebb", "--quiet", "--on", "test", "--draw", "a"}) ==
             (Outcome{1, "",
                      "error: `a` is [2] for one sample, which is no picture\n"
                      "  hint: a picture is [h, w], or a vector of w * w elements\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
