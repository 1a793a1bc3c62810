#include "graph/core/shape.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/core/diagnostic.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(shape)

BOOST_AUTO_TEST_CASE(prints_as_the_language_writes_it) {
  BOOST_TEST(to_string(Shape{}) == "[]");
  BOOST_TEST(to_string(Shape{30, 784}) == "[30, 784]");
  BOOST_TEST(to_string(Type{DType::real, true, {10}}) == "real[10] per sample");
  BOOST_TEST(to_string(Type{DType::i64, false, {}}) == "int[] shared");
}

BOOST_AUTO_TEST_CASE(counts_elements) {
  BOOST_TEST(Shape{}.elements() == 1);
  BOOST_TEST((Shape{3, 4, 5}.elements()) == 60);
  BOOST_TEST((Shape{3, 0}.elements()) == 0);
}

BOOST_AUTO_TEST_CASE(broadcasting_aligns_at_the_first_dimension) {
  struct Case {
    Shape a, b, result;
    bool fits;
  };
  const Case cases[] = {{{}, {2, 3}, {2, 3}, true},     {{2}, {2, 3}, {2, 3}, true},
                        {{3}, {2, 3}, {}, false},       {{1, 3}, {2, 3}, {2, 3}, true},
                        {{2, 1}, {1, 3}, {2, 3}, true}, {{2}, {3}, {}, false},
                        {{1}, {4}, {4}, true},          {{2, 1, 4}, {2, 3}, {2, 3, 4}, true}};
  for (const Case& c : cases)
    for (const bool swapped : {false, true}) {
      Shape result;
      BOOST_TEST_CONTEXT(to_string(c.a) << " and " << to_string(c.b)) {
        BOOST_TEST(broadcast(swapped ? c.b : c.a, swapped ? c.a : c.b, result) == c.fits);
        if (c.fits) BOOST_TEST(to_string(result) == to_string(c.result));
      }
    }
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_no_shapes) {
  const auto valid = [](std::vector<std::int64_t> dims) { return is_valid_shape(dims); };
  BOOST_TEST(valid({}));
  BOOST_TEST(valid({std::int64_t{1} << 40}));
  BOOST_TEST(!valid({(std::int64_t{1} << 40) + 1}));
  BOOST_TEST(!valid({std::int64_t{1} << 32, std::int64_t{1} << 32}));
  BOOST_TEST(!valid({0, std::int64_t{1} << 62}));
  BOOST_TEST(!valid({-1}));
  BOOST_TEST(!valid({1, 1, 1, 1, 1, 1, 1, 1, 1}));
  BOOST_CHECK_THROW((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), std::length_error);
}

BOOST_AUTO_TEST_CASE(real_has_a_size_only_once_the_precision_is_known) {
  BOOST_TEST(size_of(concrete(DType::real, Precision::f32)) == 4u);
  BOOST_TEST(size_of(concrete(DType::real, Precision::f64)) == 8u);
  BOOST_TEST(size_of(concrete(DType::u8, Precision::f64)) == 1u);
  BOOST_CHECK_THROW(size_of(DType::real), InternalError);
}

BOOST_AUTO_TEST_SUITE_END()
