// Softmax along the first dimension: over a vector, or column by column.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

void same_shape_as_input(Inference& c) {
  if (c.in[0].rank() == 0) c.fail("{0} is a scalar, but must have a first dimension");
  c.out[0].dims = c.in[0].dims;
}

// The sum along the first dimension, which stays with size 1.
Value column_sum(const Value& x) {
  Ints dims = x.type().dims;
  dims[0] = 1;
  return call("sum_to", {x}, {{"shape", dims}});
}

// Calls f(x, y, n) for every column of n elements of input 0 and output 0.
template <class T, class F>
void for_each_column(const Kernel& k, F f) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const auto n = x.dim(0);
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for (std::int64_t first = 0; first < x.elements(); first += n)
      f(x.data(s) + first, y.data(s) + first, n);
}

template <class T>
void softmax_column(const T* x, T* y, std::int64_t n) {
  const T largest = *std::max_element(x, x + n);
  T sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += y[i] = exp(x[i] - largest);
  for (std::int64_t i = 0; i < n; ++i) y[i] /= sum;
}

template <class T>
void log_softmax_column(const T* x, T* y, std::int64_t n) {
  const T largest = *std::max_element(x, x + n);
  T sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += exp(x[i] - largest);
  const T log_sum = log(sum);
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] - largest - log_sum;
}

}  // namespace

void softmax(Plugin& plugin) {
  plugin.family("softmax");

  plugin.op("softmax")
      .doc("exp(x) ./ sum(exp(x)) along the first dimension: positive numbers that sum to 1.")
      .input("x")
      .infer(same_shape_as_input)
      .kernel([]<class T>(const Kernel& k, T) { for_each_column<T>(k, softmax_column<T>); })
      .vjp([](const Call& c) { return c.out() * (c.g - column_sum(c.g * c.out())); })
      .notation("softmax({0})")
      .range("(0, 1]")
      .example("softmax([0, 1, 2])", "[0.09003057, 0.2447285, 0.665241]");

  plugin.op("log_softmax")
      .doc("log(softmax(x)), along the first dimension, without its loss of digits.")
      .input("x")
      .infer(same_shape_as_input)
      .kernel([]<class T>(const Kernel& k, T) { for_each_column<T>(k, log_softmax_column<T>); })
      .vjp([](const Call& c) { return c.g - call("softmax", c[0]) * column_sum(c.g); })
      .notation("log softmax({0})")
      .range("(-inf, 0]")
      .example("log_softmax([0, 0])", "[-0.6931472, -0.6931472]");
}

}  // namespace ebb::ops
