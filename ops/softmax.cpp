// Softmax along a dimension.
#include "ops/dims.hpp"
#include "ops/families.hpp"
#include "ops/simd.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

void same_shape_as_input(Inference& c) {
  check_dim(c, c.attrs.integer(0));
  c.out[0].dims = c.in[0].dims;
}

// The sum along the node's dimension, which stays with size 1.
Value sum_along(const Call& c, const Value& x) {
  Ints dims = c[0].type().dims;
  dims[static_cast<std::size_t>(c.attrs.integer(0))] = 1;
  return call("reshape", {call("sum", {x}, {{"dims", Ints{c.attrs.integer(0)}}})},
              {{"shape", dims}});
}

// Calls f(x, y, n, stride) for every line of n elements along the node's dimension.
template <class T, class F>
void for_each_line(const Kernel& k, F f) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
  const auto n = x.dims()[dim];
  std::int64_t stride = 1;
  for (auto d : x.dims().first(dim)) stride *= d;
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for (std::int64_t start = 0; start < x.elements(); start += stride * n)
      for (std::int64_t i = start; i < start + stride; ++i)
        f(x.data(s) + i, y.data(s) + i, n * stride, stride);
}

template <class T>
T largest_of(const T* x, std::int64_t end, std::int64_t stride) {
  T largest = *x;
  for (std::int64_t i = stride; i < end; i += stride) largest = maximum(largest, x[i]);
  return largest;
}

// The exponentials of all lines together are one span of each sample.
template <class T>
void softmax_lines(const Kernel& k) {
  for_each_line<T>(k, [](const T* x, T* y, std::int64_t end, std::int64_t stride) {
    const T largest = largest_of(x, end, stride);
    for (std::int64_t i = 0; i < end; i += stride) y[i] = x[i] - largest;
  });
  const auto y = k.out<T>();
  const auto exp = std::is_same_v<T, float> ? simd_kernels().exp.f32 : simd_kernels().exp.f64;
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const void* inputs[] = {y.data(s)};
    const std::int64_t step = 1;
    exp(nullptr, inputs, &step, y.data(s), y.elements(), nullptr);
  }
  for_each_line<T>(k, [](const T*, T* y, std::int64_t end, std::int64_t stride) {
    T sum = 0;
    for (std::int64_t i = 0; i < end; i += stride) sum += y[i];
    for (std::int64_t i = 0; i < end; i += stride) y[i] /= sum;
  });
}

template <class T>
void log_softmax_line(const T* x, T* y, std::int64_t end, std::int64_t stride) {
  const T largest = largest_of(x, end, stride);
  T sum = 0;
  for (std::int64_t i = 0; i < end; i += stride) sum += exp(x[i] - largest);
  const T log_sum = log(sum);
  for (std::int64_t i = 0; i < end; i += stride) y[i] = x[i] - largest - log_sum;
}

}  // namespace

void softmax(Plugin& plugin) {
  plugin.family("softmax");

  plugin.op("softmax")
      .doc("exp(x) ./ sum(exp(x)) along a dimension: positive numbers that sum to 1.")
      .input("x")
      .attr("dim", 0, "the dimension along which they sum to 1", non_negative)
      .infer(same_shape_as_input)
      .kernel([]<class T>(const Kernel& k, T) { softmax_lines<T>(k); })
      .vjp([](const Call& c) { return c.out() * (c.g - sum_along(c, c.g * c.out())); })
      .notation("softmax({0})")
      .range("(0, 1]")
      .example("softmax([0, 1, 2])", "[0.09003057, 0.2447285, 0.665241]");

  plugin.op("log_softmax")
      .doc("log(softmax(x)), along a dimension, without its loss of digits.")
      .input("x")
      .attr("dim", 0, "the dimension along which softmax sums to 1", non_negative)
      .infer(same_shape_as_input)
      .kernel([]<class T>(const Kernel& k, T) { for_each_line<T>(k, log_softmax_line<T>); })
      .vjp([](const Call& c) {
        return c.g - call("softmax", {c[0]}, {{"dim", c.attrs[0]}}) * sum_along(c, c.g);
      })
      .notation("log softmax({0})")
      .range("(-inf, 0]")
      .example("log_softmax([0, 0])", "[-0.6931472, -0.6931472]");
}

}  // namespace ebb::ops
