// language.md, "Data": a test for each rule about scripts. What `train` does with the data is
// tested with the trainer.
#include <boost/test/unit_test.hpp>

#include "tests/script/scripts.hpp"

using namespace ebb;
using test::elaborate;
using test::messages_of;

using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(language_data, *boost::unit_test::tolerance(1e-12))

namespace {

ElaborateOptions with(std::vector<std::string> blocks) {
  ElaborateOptions options;
  options.data_blocks = std::move(blocks);
  return options;
}

// What is bound to input i of the first block.
Numbers bound(const test::Elaborated& script, std::size_t i = 0) {
  BOOST_REQUIRE_MESSAGE(script.model, script.messages);
  const DataBlock& block = script.model->data.at(0);
  return script.numbers(block.bindings.at(i).value, block.samples);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_block_binds_inputs_and_targets) {
  const auto script = elaborate(
      "input x[2]\ntarget y\noutput x\n"
      "data train {\n  y = values([7, 8])\n  x = values([[1, 2], [3, 4]])\n}\n",
      with({"train"}));
  BOOST_TEST(script.messages == "");
  const DataBlock* block = script.model->find_data("train");
  BOOST_REQUIRE(block != nullptr);
  BOOST_TEST(block->samples == 2);
  BOOST_TEST(block->bindings[0].name == "x");
  BOOST_TEST(block->bindings[1].name == "y");
  BOOST_TEST(bound(script, 0) == (Numbers{1, 2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(bound(script, 1) == (Numbers{7, 8}), boost::test_tools::per_element());
  BOOST_TEST(script.model->find_data("test") == nullptr);
}

BOOST_AUTO_TEST_CASE(only_the_blocks_that_are_asked_for_are_opened) {
  const std::string text =
      "input x\noutput x\ndata train { x = idx(\"missing\") }\n"
      "data test { x = values([1]) }\n";
  BOOST_TEST(elaborate(text, with({"test"})).messages == "");
  BOOST_TEST(elaborate(text).model->data.empty());
}

BOOST_AUTO_TEST_CASE(expressions_over_data_are_graph_nodes_like_any_other) {
  const auto script = elaborate(
      "input x[2]\noutput x\n"
      "def scaled(x, k) = x / k\n"
      "data train { x = scaled(values([[1, 2], [3, 4]]), 2) + [10, 20] }\n",
      with({"train"}));
  BOOST_TEST(bound(script) == (Numbers{10.5, 21, 11.5, 22}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(local_names_are_allowed) {
  const auto script = elaborate(
      "input x[784]\ntarget y[10]\noutput x\n"
      "data train {\n  d = digits(3, seed = 1)\n  n = 255\n  x = d.image / n\n"
      "  y = one_hot(d.label, 10)\n}\n",
      with({"train"}));
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.model->names.count("d") == 0u);
}

BOOST_AUTO_TEST_CASE(lengths_must_agree) {
  BOOST_TEST(
      messages_of("input x\ntarget y\noutput x\n"
                  "data train { x = values([1, 2]); y = values([1, 2, 3]) }\n",
                  with({"train"})) ==
      "test.ebb:4:34: error[E0506]: y has 3 samples, but what comes before it in data train has 2\n"
      "  4 | data train { x = values([1, 2]); y = values([1, 2, 3]) }\n"
      "    |              -                   ^\n"
      "    |              |\n"
      "    |              x has 2 samples\n"
      "  hint: `samples(data, first..last)` takes some of them\n");
}

BOOST_AUTO_TEST_CASE(data_stays_in_its_own_element_type_and_is_converted_in_the_graph) {
  const auto script =
      elaborate("input x[784]\noutput x\ndata train { x = idx(\"train-images-idx3-ubyte.gz\") }\n",
                with({"train"}));
  BOOST_REQUIRE_EQUAL(script.model->columns.size(), 1u);
  BOOST_TEST(script.model->columns.begin()->first == "train/0");
  BOOST_TEST((script.model->columns.begin()->second.array.dtype == DType::u8));
  const Value value = script.model->data[0].bindings[0].value;
  BOOST_TEST(to_string(script.model->graph.type(value)) == "real[784] per sample");
}

BOOST_AUTO_TEST_CASE(a_fed_array_of_the_same_element_count_is_reshaped_in_c_order) {
  const auto script =
      elaborate("input x[3, 2]\noutput x\ndata train { x = values([[[1, 2, 3], [4, 5, 6]]]) }\n",
                with({"train"}));
  BOOST_TEST(bound(script) == (Numbers{1, 2, 3, 4, 5, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whole_numbers_feed_integers_and_zeros_and_ones_booleans) {
  const auto script = elaborate(
      "input t : int\ninput b : bool\ntarget y[3]\noutput t\noutput b\n"
      "data train {\n  l = values([2, 0])\n  t = l\n  b = values([1, 0])\n"
      "  y = one_hot(l, 3)\n}\n",
      with({"train"}));
  BOOST_TEST(script.messages == "");
  BOOST_TEST(bound(script, 0) == (Numbers{2, 0}), boost::test_tools::per_element());
  BOOST_TEST(bound(script, 1) == (Numbers{1, 0}), boost::test_tools::per_element());
  BOOST_TEST(bound(script, 2) == (Numbers{0, 0, 1, 1, 0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(samples_selects_so_that_a_set_can_be_held_out) {
  const auto script = elaborate(
      "input x\noutput x\n"
      "data train { x = samples(values([1, 2, 3, 4, 5]), 0..3) }\n"
      "data validation { x = samples(values([1, 2, 3, 4, 5]), 3..5) }\n",
      with({"train", "validation"}));
  BOOST_TEST(script.messages == "");
  BOOST_TEST(bound(script) == (Numbers{1, 2, 3}), boost::test_tools::per_element());
  const DataBlock& held_out = script.model->data[1];
  BOOST_TEST(script.numbers(held_out.bindings[0].value, held_out.samples) == (Numbers{4, 5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_range_gives_a_source_whole_numbers) {
  const auto script = elaborate(
      "input x : int\noutput x\ndata train { x = mod(values(3..7) * 7, 5) }\n", with({"train"}));
  BOOST_TEST(script.messages == "");
  BOOST_TEST(bound(script) == (Numbers{1, 3, 0, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(samples_of_a_source_with_fields_selects_in_all) {
  const auto script = elaborate(
      "input x[784]\ntarget y\noutput x\n"
      "data train {\n  d = samples(digits(10), 4..6)\n  x = d.image\n  y = d.label\n}\n",
      with({"train"}));
  BOOST_TEST(script.messages == "");
  BOOST_TEST(bound(script, 1) == (Numbers{4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(inference_needs_no_targets) {
  const std::string text = "input x\ntarget y\noutput x\ndata unseen { x = values([1]) }\n";
  BOOST_TEST(messages_of(text, with({"unseen"})) == "");
}

BOOST_AUTO_TEST_CASE(blocks_may_loop_and_choose) {
  const auto script = elaborate(
      "option test_too = true \"?\"\ninput x\noutput x\n"
      "data train {\n  v = values([1, 2])\n  for i in 0..3 { v = 2 * v }\n"
      "  if test_too { x = v } else { x = -v }\n}\n",
      with({"train"}));
  BOOST_TEST(bound(script) == (Numbers{8, 16}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_whole_batch_may_be_the_mini_batch) {
  const auto script = elaborate("train { batch = all; minibatch = batch }\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.model->train.batch == 0);
  BOOST_TEST(script.model->train.minibatch == 0);
}

BOOST_AUTO_TEST_SUITE_END()
