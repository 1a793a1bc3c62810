// language.md, "Gradients": a test for each rule.
#include <boost/test/unit_test.hpp>

#include "tests/script/scripts.hpp"

using namespace ebb;
using test::elaborate;
using test::messages_of;

using Numbers = std::vector<double>;

BOOST_AUTO_TEST_SUITE(language_gradients, *boost::unit_test::tolerance(1e-12))

BOOST_AUTO_TEST_CASE(grad_of_a_shared_cost_is_that_of_the_cost_itself) {
  const auto script = elaborate(
      "param x ~ constant(-2)\nparam y ~ constant(4)\nf = x ^ 2 + y ^ 2\n"
      "gx = grad(f, x)\ngy = grad(f, y)\noutput gx\noutput gy\n");
  BOOST_TEST(script.numbers("gx") == Numbers{-4}, boost::test_tools::per_element());
  BOOST_TEST(script.numbers("gy") == Numbers{8}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(grad_is_a_value_of_the_type_of_x) {
  const auto script = elaborate(
      "input x[3]\nparam w[2, 3] ~ glorot\nc = sum((w * x) .^ 2)\n"
      "gx = grad(c, x)\ngw = grad(sample_mean(c), w)\noutput gx\noutput gw\n");
  BOOST_TEST(script.type("gx") == "real[3] per sample");
  BOOST_TEST(script.type("gw") == "real[2, 3] shared");
}

BOOST_AUTO_TEST_CASE(grad_goes_to_any_order) {
  const auto script = elaborate(
      "param x ~ constant(2)\nf = x ^ 4\nfirst = grad(f, x)\nsecond = grad(first, x)\n"
      "third = grad(second, x)\noutput first\noutput second\noutput third\n");
  BOOST_TEST(script.numbers("first") == Numbers{32}, boost::test_tools::per_element());
  BOOST_TEST(script.numbers("second") == Numbers{48}, boost::test_tools::per_element());
  BOOST_TEST(script.numbers("third") == Numbers{48}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(per_sample_c_and_x_seed_every_sample_with_one) {
  const auto script = elaborate("input x\nc = x ^ 2\ng = grad(c, x)\noutput g\n");
  BOOST_TEST(script.numbers("g", 3, {{"x", {1, 2, 3}}}) == (Numbers{2, 4, 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(where_samples_are_coupled_it_is_the_gradient_of_the_sum) {
  // c_s = x_s * sum_t x_t, so d(sum_t c_t)/dx_s = 2 sum_t x_t.
  const auto script = elaborate("input x\nc = x * sample_sum(x)\ng = grad(c, x)\noutput g\n");
  BOOST_TEST(script.numbers("g", 3, {{"x", {1, 2, 3}}}) == (Numbers{12, 12, 12}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(shared_c_per_sample_x_is_the_gradient_by_each_sample) {
  const auto script = elaborate("input x\nc = sample_mean(x ^ 2)\ng = grad(c, x)\noutput g\n");
  BOOST_TEST(script.numbers("g", 4, {{"x", {1, 2, 3, 4}}}) == (Numbers{0.5, 1, 1.5, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(per_sample_c_shared_x_is_an_error_that_names_sample_mean) {
  BOOST_TEST(messages_of("input x\nparam w ~ constant(1)\nc = w * x\ng = grad(c, w)\n") ==
             "test.ebb:4:5: error[E0703]: c differs from sample to sample, but w is shared by all\n"
             "  4 | g = grad(c, w)\n"
             "    |     ^^^^\n"
             "  hint: `grad(sample_mean(c), w)` is the gradient of the mean\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_reached_has_a_gradient_of_zeros) {
  const auto script = elaborate(
      "input x[2]\nparam w[3] ~ zeros\nc = sum(x)\ng = grad(sample_mean(c), w)\n"
      "h = grad(sum(w), x)\noutput g\noutput h\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("g") == (Numbers{0, 0, 0}), boost::test_tools::per_element());
  BOOST_TEST(script.numbers("h", 2, {{"x", {1, 2, 3, 4}}}) == Numbers(4, 0),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_list_of_values_gives_a_list_of_gradients) {
  const auto script = elaborate(
      "param x ~ constant(2)\nparam y ~ constant(3)\ng = grad(x * y, [x, y])\n"
      "gx = g[0]\ngy = g[1]\noutput gx\noutput gy\n");
  BOOST_TEST(script.numbers("gx") == Numbers{3}, boost::test_tools::per_element());
  BOOST_TEST(script.numbers("gy") == Numbers{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sample_mean_and_sample_sum_reduce_over_the_mini_batch) {
  const auto script =
      elaborate("input x[2]\nm = sample_mean(x)\ns = sample_sum(x)\noutput m\noutput s\n");
  BOOST_TEST(script.type("m") == "real[2] shared");
  BOOST_TEST(script.numbers("m", 2, {{"x", {1, 2, 3, 4}}}) == (Numbers{2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(script.numbers("s", 2, {{"x", {1, 2, 3, 4}}}) == (Numbers{4, 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sample_mean_and_sample_sum_of_a_shared_value_are_errors) {
  BOOST_TEST(messages_of("param w ~ zeros\na = sample_mean(w)\nb = sample_sum(w)\n") ==
             "test.ebb:2:5: error[E0310]: sample_mean: there is nothing to average: w is shared by "
             "all samples\n"
             "  2 | a = sample_mean(w)\n"
             "    |     ^^^^^^^^^^^\n"
             "test.ebb:3:5: error[E0301]: sample_sum: there is nothing to sum: w is shared by all "
             "samples\n"
             "  1 | param w ~ zeros\n"
             "    |       - w is a scalar, declared here\n"
             "  ...\n"
             "  3 | b = sample_sum(w)\n"
             "    |     ^^^^^^^^^^\n"
             "  hint: sample_sum and sample_mean reduce values that are per sample\n");
}

BOOST_AUTO_TEST_CASE(stop_gradient_is_a_constant_for_grad) {
  const auto script = elaborate(
      "param x ~ constant(3)\nc = x * stop_gradient(x)\ng = grad(c, x)\n"
      "h = grad(stop_gradient(x) ^ 2, x)\noutput g\noutput h\n");
  BOOST_TEST(script.messages == "");
  BOOST_TEST(script.numbers("g") == Numbers{3}, boost::test_tools::per_element());
  BOOST_TEST(script.numbers("h") == Numbers{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_penalty_on_gradients_can_be_a_cost) {
  const auto script = elaborate(
      "input x[2]\nparam w[2] ~ [1, 2]\nz = sum(w .* x .^ 2)\ng = grad(z, x)\n"
      "cost sum(g .^ 2)\n");
  BOOST_TEST(script.messages == "");
  // g = 2 w x, so the cost is 4 (w0^2 x0^2 + w1^2 x1^2).
  BOOST_TEST(script.numbers("cost", 1, {{"x", {3, 1}}}) == Numbers{52},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
