#include "graph/compile/loop_nest.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace ebb {

BOOST_AUTO_TEST_SUITE(loop_nest)

namespace {

// A kernel of two inputs that writes down its calls: where they are, their steps, and the span.
std::string calls;
double left[64], right[64], result[64];

void record(const void*, const void* const* inputs, const std::int64_t* steps, void* output,
            std::int64_t n, const ebb_attr*) {
  const auto at = [](const void* p, const double* base) {
    return std::to_string(static_cast<const double*>(p) - base);
  };
  calls += at(output, result) + "=" + at(inputs[0], left) + (steps[0] == 1 ? "+" : "") + "," +
           at(inputs[1], right) + (steps[1] == 1 ? "+" : "") + "x" + std::to_string(n) + " ";
}

Type type(Shape shape, bool per_sample = false) { return {DType::f64, per_sample, shape}; }

std::string walk(Type a, Type b, std::int64_t samples = 1) {
  Type out = a;
  broadcast(a.shape, b.shape, out.shape);
  out.per_sample = a.per_sample || b.per_sample;
  const LoopNest::Operand inputs[] = {{a}, {b}};
  LoopNest loops(inputs, {out});
  loops.set_samples(samples);
  calls.clear();
  loops.run({record, nullptr, nullptr}, {left, right}, result, {0, loops.elements()});
  return calls;
}

}  // namespace

BOOST_AUTO_TEST_CASE(operands_of_one_size_are_one_span) {
  BOOST_TEST(walk(type({2, 3}), type({2, 3})) == "0=0+,0+x6 ");
  BOOST_TEST(walk(type({2, 3}, true), type({2, 3}, true), 4) == "0=0+,0+x24 ");
  BOOST_TEST(walk(type({}, true), type({}, true), 4) == "0=0+,0+x4 ");
}

BOOST_AUTO_TEST_CASE(a_number_stands_still_along_the_span) {
  BOOST_TEST(walk(type({2, 3}), type({})) == "0=0+,0x6 ");
  BOOST_TEST(walk(type({3}, true), type({1, 1}), 2) == "0=0+,0x6 ");
  BOOST_TEST(walk(type({}), type({})) == "0=0,0x1 ");
}

BOOST_AUTO_TEST_CASE(a_shared_column_begins_anew_for_each_sample) {
  BOOST_TEST(walk(type({3}, true), type({3}), 3) == "0=0+,0+x3 3=3+,0+x3 6=6+,0+x3 ");
  BOOST_TEST(walk(type({3}, true), type({3}), 1) == "0=0+,0+x3 ");
}

BOOST_AUTO_TEST_CASE(a_number_of_each_sample_stands_still_within_it) {
  BOOST_TEST(walk(type({3}, true), type({}, true), 2) == "0=0+,0x3 3=3+,1x3 ");
}

BOOST_AUTO_TEST_CASE(columns_and_rows_meet_in_a_matrix) {
  BOOST_TEST(walk(type({2}), type({1, 3})) == "0=0+,0x2 2=0+,1x2 4=0+,2x2 ");
  BOOST_TEST(walk(type({2, 1, 2}), type({1, 2, 1}), 1) == "0=0+,0x2 2=0+,1x2 4=2+,0x2 6=2+,1x2 ");
}

// Sums of a value and of a shared one that is repeated, of the elements from `begin` to before
// `end` in one call, or in calls of 100; the first operand may be a tile, which begins where a call
// does.
void check_repeated(Shape shape, std::int64_t samples, std::int64_t begin, std::int64_t end,
                    bool in_tiles) {
  const Type each = type(shape, true), shared = type(shape);
  const LoopNest::Operand inputs[] = {{each}, {shared}};
  LoopNest loops(inputs, {each});
  loops.set_samples(samples);
  const auto n = static_cast<std::size_t>(loops.elements());
  std::vector<double> a(n), b(static_cast<std::size_t>(shape.elements())), sum(n, -1);
  for (std::size_t i = 0; i < n; ++i) a[i] = static_cast<double>(1000 * i);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<double>(i);
  int kernel_calls = 0;
  const ebb_span_kernel add = [](const void* count, const void* const* in,
                                 const std::int64_t* steps, void* out, std::int64_t size,
                                 const ebb_attr*) {
    ++*static_cast<int*>(const_cast<void*>(count));
    for (std::int64_t i = 0; i < size; ++i)
      static_cast<double*>(out)[i] = static_cast<const double*>(in[0])[i * steps[0]] +
                                     static_cast<const double*>(in[1])[i * steps[1]];
  };
  const std::int64_t most = in_tiles ? 100 : end - begin;
  for (std::int64_t at = begin; at < end; at += most)
    loops.run({add, &kernel_calls, nullptr}, {in_tiles ? a.data() + at : a.data(), b.data()},
              sum.data() + at, {at, std::min(most, end - at)}, in_tiles ? 1 : 0);
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_in = i >= static_cast<std::size_t>(begin) && i < static_cast<std::size_t>(end);
    BOOST_REQUIRE_EQUAL(sum[i], is_in ? a[i] + b[i % b.size()] : -1);
  }
  BOOST_TEST(kernel_calls <= (end - begin) / most + (end - begin) / 512 + 1);
}

BOOST_AUTO_TEST_CASE(short_spans_that_are_repeated_become_long_ones) {
  for (const auto& shape : {Shape{1}, Shape{3}, Shape{30}, Shape{4, 16}, Shape{64}})
    for (const bool in_tiles : {false, true}) {
      const std::int64_t all = shape.elements() * 50;
      check_repeated(shape, 50, 0, all, in_tiles);
      check_repeated(shape, 50, 7, all - 5, in_tiles);
      check_repeated(shape, 50, 1, 2, in_tiles);
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_called_for_no_elements) {
  BOOST_TEST(walk(type({0, 3}), type({1, 3})) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
