#include "tests/onnx/importer.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace ebb::test::onnx {

namespace {

// A model of one node of x, [2, 3] floats.
struct OneNode {
  Model model;
  Literal x{"x", Element::f32, Array::make(DType::f32, {2, 3})};

  OneNode() {
    model.nodes = {{"Sum", "", {"x"}, {"y"}, {}}};
    model.inputs = {{"x", Element::f32}};
    model.outputs = {{"y", Element::f32}};
  }

  template <class Error>
  std::string error() {
    try {
      Imported imported(model, {x});
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(importer, OneNode)

BOOST_AUTO_TEST_CASE(an_attribute_that_no_translation_reads_is_an_error) {
  Attribute attribute;
  attribute.name = "upside_down";
  model.nodes[0].attributes = {attribute};
  BOOST_TEST(error<std::runtime_error>() == "Sum: attribute upside_down is not read");
}

BOOST_AUTO_TEST_CASE(an_op_that_ebb_does_not_have_is_not_covered) {
  model.nodes[0].op = "Resize";
  BOOST_TEST(error<NotCovered>() == "Ebb has no Resize");
}

BOOST_AUTO_TEST_CASE(an_output_that_ebb_does_not_have_is_not_covered) {
  model.nodes[0].outputs = {"y", "z"};
  BOOST_TEST(error<NotCovered>() == "Sum's output 2");
}

BOOST_AUTO_TEST_CASE(the_batch_is_the_samples_where_an_op_has_one) {
  model.nodes[0].op = "Det";
  x.array = Array::make(DType::f32, {5, 2, 2});
  Imported imported(model, {x});
  const Computation& c = imported.computation();
  BOOST_TEST(c.samples == 5);
  BOOST_TEST(to_string(c.graph.type(c.leaves[0].value)) == "real[2, 2] per sample");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb::test::onnx
