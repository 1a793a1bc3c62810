// Rewrites of matrix products and of what stands round them.
#include "tests/compile/simplified.hpp"

namespace ebb {

using namespace test;

BOOST_FIXTURE_TEST_SUITE(products, Simplified)

BOOST_AUTO_TEST_CASE(transposes_become_flags_of_products) {
  const Value t = g.add("transpose", {w});
  BOOST_TEST(simplified(g.add("matmul", {t, y})) == "matmul(w, y, ta=true)");
  const Value outer = g.add("matmul", {y, g.add("transpose", {x})});
  BOOST_TEST(simplified(outer) == "matmul(y, x, tb=true)");
  const Value inner = g.add("matmul", {g.add("transpose", {x}), x});
  BOOST_TEST(simplified(inner) == "matmul(x, x, ta=true)");
  BOOST_TEST(simplified(g.add("transpose", {outer})) == "matmul(x, y, tb=true)");
}

BOOST_AUTO_TEST_CASE(equations_keep_their_transposes) {
  const Value t = g.add("transpose", {w});
  BOOST_TEST(simplified(g.add("matmul", {t, y}), {.lower = false}) == "matmul(transpose(w), y)");
  const Value twice = g.add("matmul", {t, x}, {{"ta", true}});
  BOOST_TEST(simplified(twice, {.lower = false}) == "matmul(w, x)");
}

BOOST_AUTO_TEST_CASE(a_sum_over_samples_of_products_is_one_product) {
  const Value outer = g.add("matmul", {y, x}, {{"tb", true}});
  BOOST_TEST(simplified(g.add("sample_sum", {outer})) ==
             "matmul(y, x, tb=true, over_samples=true)");
  BOOST_TEST(simplified(g.add("sample_sum", {g.add("matmul", {w, x})})) ==
             "matmul(w, sample_sum(x))");
}

BOOST_AUTO_TEST_CASE(an_op_that_can_sums_over_the_samples_itself) {
  const Value ids = g.input("ids", {DType::i64, true, {}});
  const Value rows = g.add("scatter_add", {x, ids}, {{"size", std::int64_t{9}}});
  BOOST_TEST(simplified(g.add("sample_sum", {rows})) ==
             "scatter_add(x, ids, size=9, over_samples=true)");
  BOOST_TEST(simplified(g.add("sample_sum", {rows}), {.lower = false}) ==
             "sample_sum(scatter_add(x, ids, size=9))");
}

BOOST_AUTO_TEST_CASE(a_number_scales_the_vectors_and_not_their_outer_product) {
  const Value p = g.input("p", real_per_sample({20}));
  const Value outer = g.add("matmul", {p, p}, {{"tb", true}});
  const Value summed = g.add("sample_sum", {outer});
  BOOST_TEST(simplified(g.add("scale", {summed}, {{"factor", 3.0}})) ==
             "matmul(scale(p, factor=3), p, tb=true, over_samples=true)");
  const Value rate = g.variable("rate", real_type({}));
  BOOST_TEST(simplified(g.add("mul", {rate, summed})) ==
             "matmul(mul(rate, p), p, tb=true, over_samples=true)");
  const Value small = g.add("matmul", {y, x}, {{"tb", true}});
  BOOST_TEST(simplified(g.add("scale", {small}, {{"factor", 3.0}})) ==
             "scale(matmul(y, x, tb=true), factor=3)");
}

BOOST_AUTO_TEST_CASE(a_number_that_scales_a_multiple_scales_its_factor) {
  const Value rate = g.variable("rate", real_type({}));
  const Value multiple = g.add("mul", {rate, x});
  BOOST_TEST(simplified(g.add("scale", {multiple}, {{"factor", 3.0}})) ==
             "mul(scale(rate, factor=3), x)");
  const Value pair = g.add("mul", {x, b});
  BOOST_TEST(simplified(g.add("scale", {pair}, {{"factor", 3.0}})) == "scale(mul(x, b), factor=3)");
}

BOOST_AUTO_TEST_CASE(a_number_scales_no_product_that_others_read) {
  const Value p = g.input("p", real_per_sample({20}));
  const auto summed = [&] {
    return g.add("sample_sum", {g.add("matmul", {p, p}, {{"tb", true}})});
  };
  const auto half = [&](Value value) { return g.add("scale", {value}, {{"factor", 0.5}}); };
  // As in Adam, where both moments read the gradient.
  const Value gradient = summed();
  const Value moments =
      g.add("add", {half(gradient), g.add("power", {gradient}, {{"n", std::int64_t{2}}})});
  const std::string product = "matmul(p, p, tb=true, over_samples=true)";
  BOOST_TEST(simplified(moments) ==
             "add(scale(" + product + ", factor=0.5), power(" + product + ", n=2))");
  // Readers that nobody wants do not count, nor does a reshape that does nothing.
  const Value single = summed();
  g.add("exp", {single});
  const Value same = g.add("reshape", {single}, {{"shape", std::vector<std::int64_t>{20, 20}}});
  BOOST_TEST(simplified(half(same)) ==
             "matmul(scale(p, factor=0.5), p, tb=true, over_samples=true)");
}

BOOST_AUTO_TEST_CASE(a_product_is_subtracted_by_adding_it_with_the_other_sign) {
  rewrites.push_back(difference());
  const Value outer = g.add("sample_sum", {g.add("matmul", {y, x}, {{"tb", true}})});
  const auto subtracted = [&](Value value) { return simplified(g.add("sub", {w, value})); };
  const auto update = [](const std::string& right) {
    return "add(w, matmul(y, " + right + ", tb=true, over_samples=true))";
  };
  BOOST_TEST(subtracted(outer) == update("scale(x, factor=-1)"));
  BOOST_TEST(subtracted(g.add("scale", {outer}, {{"factor", 0.5}})) ==
             update("scale(x, factor=-0.5)"));
  const Value rate = g.variable("rate", real_type({}));
  BOOST_TEST(subtracted(g.add("mul", {rate, outer})) == update("mul(scale(rate, factor=-1), x)"));
  const Value kept = g.add("scale", {w}, {{"factor", 0.9}});
  BOOST_TEST(simplified(g.add("sub", {kept, outer})) ==
             "add(scale(w, factor=0.9), "
             "matmul(y, scale(x, factor=-1), tb=true, over_samples=true))");
}

BOOST_AUTO_TEST_CASE(a_product_that_can_not_be_added_in_place_is_subtracted) {
  rewrites.push_back(difference());
  const Value product = g.add("matmul", {w, x});
  const Value data = g.add("sub", {y, product});
  BOOST_TEST(simplified(data) == "sub(y, matmul(w, x))");
  const Value e = g.add("exp", {y});
  const Value read_twice = g.add("mul", {e, g.add("sub", {e, product})});
  BOOST_TEST(simplified(read_twice) == "mul(exp(y), sub(exp(y), matmul(w, x)))");
  const Value both = g.add("mul", {product, g.add("sub", {g.add("exp", {y}), product})});
  BOOST_TEST(simplified(both) == "mul(matmul(w, x), sub(exp(y), matmul(w, x)))");
  const Value inner = g.add("matmul", {x, x}, {{"ta", true}});
  const Value s = g.variable("s", real_type({}));
  const Value small = g.add("sub", {s, g.add("sample_sum", {inner})});
  BOOST_TEST(simplified(small) == "sub(s, matmul(x, x, ta=true, over_samples=true))");
}

BOOST_AUTO_TEST_CASE(equations_keep_their_differences) {
  rewrites.push_back(difference());
  const Value outer = g.add("sample_sum", {g.add("matmul", {y, x}, {{"tb", true}})});
  BOOST_TEST(simplified(g.add("sub", {w, outer}), {.lower = false}) ==
             "sub(w, sample_sum(matmul(y, x, tb=true)))");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
