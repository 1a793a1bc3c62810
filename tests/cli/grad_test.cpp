#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "graph/run/data/npy.hpp"
#include "graph/run/data/safetensors.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(grad, Binary)

namespace {

const std::string script = R"(input  x[2]
target y
param w[2] ~ constant(1)
a = sum(w .* x)
output a
cost quadratic(a, y)
data test {
  x = values([[1, 2], [3, 4]])
  y = values([1, 5])
}
)";

ebb::Array array(std::vector<std::int64_t> dims, const std::vector<double>& values) {
  ebb::Array result = ebb::Array::make(ebb::DType::f64, std::move(dims));
  std::copy(values.begin(), values.end(), result.data<double>());
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_x2_plus_y2_at_minus_2_and_4_is_minus_4_and_8) {
  BOOST_TEST(ebb({"grad", example("gradient.ebb")}) ==
             (Outcome{0, "cost 20\n∂C/∂x = -4\n∂C/∂y = 8\n", ""}));
  BOOST_TEST(ebb({"grad", example("gradient.ebb"), "--json"}) ==
             (Outcome{0, "{\"cost\":20.0,\"x\":-4.0,\"y\":8.0}\n", ""}));
}

BOOST_AUTO_TEST_CASE(is_the_mean_over_the_samples_of_a_block) {
  write("m.ebb", script);
  BOOST_TEST(ebb({"grad", "m.ebb", "--on", "test", "--json"}) ==
             (Outcome{0, "{\"cost\":2.0,\"w\":[4.0,6.0]}\n", ""}));
  BOOST_TEST(ebb({"grad", "m.ebb", "--on", "test", "--samples", "1..2", "--json"}) ==
             (Outcome{0, "{\"cost\":2.0,\"w\":[6.0,8.0]}\n", ""}));
}

BOOST_AUTO_TEST_CASE(takes_inputs_from_npy_files) {
  write("m.ebb", script);
  ebb::write_npy(path("x.npy"), array({2, 2}, {1, 2, 3, 4}));
  ebb::write_npy(path("y.npy"), array({2}, {1, 5}));
  BOOST_TEST(ebb({"grad", "m.ebb", "--input", "x=x.npy", "--input", "y=y.npy", "--json"}) ==
             (Outcome{0, "{\"cost\":2.0,\"w\":[4.0,6.0]}\n", ""}));
}

BOOST_AUTO_TEST_CASE(wrt_names_inputs_and_values_too) {
  write("m.ebb", script);
  BOOST_TEST(ebb({"grad", "m.ebb", "--on", "test", "--wrt", "x", "--wrt", "a", "--json"}) ==
             (Outcome{0, "{\"cost\":2.0,\"x\":[[1.0,1.0],[1.0,1.0]],\"a\":[1.0,1.0]}\n", ""}));
  BOOST_TEST(ebb({"grad", "m.ebb", "--on", "test", "--wrt", "ww"}).status == 1);
}

BOOST_AUTO_TEST_CASE(out_is_a_safetensors_file_with_the_cost) {
  write("m.ebb", script);
  BOOST_TEST(ebb({"grad", "m.ebb", "--on", "test", "--precision", "double", "--out",
                  "g.safetensors"}) == (Outcome{0, "", ""}));
  const ebb::TensorFile file = ebb::read_safetensors(path("g.safetensors"));
  BOOST_REQUIRE(file.tensors.size() == 2u);
  BOOST_TEST(file.tensors[0].first == "cost");
  BOOST_TEST(file.tensors[1].first == "w");
  BOOST_TEST((file.tensors[1].second.dtype == ebb::DType::f64));
  BOOST_TEST(file.tensors[0].second.at(0) == 2);
  BOOST_TEST(file.tensors[1].second.at(1) == 6);
  BOOST_TEST(ebb({"grad", "m.ebb", "--on", "test", "--out", "g.safetensors", "--json"}) ==
             (Outcome{0, "{\"cost\":2.0,\"out\":\"g.safetensors\"}\n", ""}));
}

BOOST_AUTO_TEST_CASE(a_missing_input_says_how_to_give_it) {
  write("m.ebb", script);
  BOOST_TEST(ebb({"grad", "m.ebb"}) ==
             (Outcome{1, "",
                      "error: input x is needed\n"
                      "  hint: --input x=FILE.npy, or --on BLOCK for samples of a data block\n"}));
  BOOST_TEST(ebb({"grad", "m.ebb", "--input", "x"}) ==
             (Outcome{2, "",
                      "ebb grad: --input takes NAME=FILE, such as x=x.npy, not `x`\n"
                      "try `ebb help grad`\n"}));
  BOOST_TEST(
      ebb({"grad", "m.ebb", "--input", "x=x.npy", "--on", "test"}) ==
      (Outcome{2, "", "ebb grad: --on and --input exclude each other\ntry `ebb help grad`\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
