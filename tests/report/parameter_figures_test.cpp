#include "graph/cli/report/parameter_figures.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "tests/support/model.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(parameter_figures)

namespace {

// Of a parameter w with these elements.
Json figures(const std::vector<double>& elements) {
  const auto model =
      test::model_of("param w[" + std::to_string(elements.size()) + "] ~ zeros\ncost sum(w)\n");
  Store store;
  Tensor& w = store.get("w", model->graph.type(model->parameters[0].value), Precision::f32);
  for (std::size_t i = 0; i < elements.size(); ++i)
    w.set(static_cast<std::int64_t>(i), elements[i]);
  return ebb::parameter_figures(*model, store);
}

}  // namespace

BOOST_AUTO_TEST_CASE(elements_are_counted_in_bins_of_one_width) {
  BOOST_TEST(figures({-1, 1, 1, 3}).dump() ==
             R"([{"name":"w","shape":[4],"count":4,"norm":3.4641,"mean":1.0,)"
             R"("deviation":1.41421,"least":-1.0,"most":3.0,"bins":[1,2,0,1]}])");
}

BOOST_AUTO_TEST_CASE(equal_elements_are_one_bin) {
  BOOST_TEST(figures({2, 2, 2}).dump() ==
             R"([{"name":"w","shape":[3],"count":3,"norm":3.4641,"mean":2.0,)"
             R"("deviation":0.0,"least":2.0,"most":2.0,"bins":[3]}])");
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_in_no_bin) {
  const double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(figures({infinity, 1}).dump() ==
             R"([{"name":"w","shape":[2],"count":2,"norm":null,"mean":1.0,)"
             R"("deviation":0.0,"least":1.0,"most":1.0,"bins":[1]}])");
  BOOST_TEST(figures({infinity}).dump() ==
             R"([{"name":"w","shape":[1],"count":1,"norm":null,"mean":null,)"
             R"("deviation":0.0,"least":null,"most":null,"bins":[]}])");
}

BOOST_AUTO_TEST_SUITE_END()
