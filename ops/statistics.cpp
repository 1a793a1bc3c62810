// Mean, variance, standard deviation and log-sum-exp over dimensions of one sample.
#include "ops/reduce.hpp"

namespace ebb::ops {

namespace {

template <class T>
double as_double(T v, std::int64_t) {
  return static_cast<double>(v);
}

// Calls f(x, y, walk) for the memory of every sample of input 0 and output 0.
template <class T, class F>
void for_each_sample(const Kernel& k, F f) {
  const auto x = k.in<T>(0);
  const Walk walk(x.dims(), reduced_dims(k.attrs.integers(0), x.rank()));
  for (std::int64_t s = 0; s < k.samples(); ++s) f(x.data(s), k.out<T>().data(s), walk);
}

template <class T, class Out>
void mean_of_sample(const Walk& walk, const T* x, Out* y) {
  const auto n = static_cast<double>(walk.count);
  reduce_sample<Sum, double>(walk, x, y, as_double<T>,
                             [n](double sum, std::int64_t) { return sum / n; });
}

template <class T>
void mean_kernel(const Kernel& k) {
  for_each_sample<T>(k, [](const T* x, T* y, const Walk& walk) { mean_of_sample(walk, x, y); });
}

// In two passes, so that what is subtracted is small; `finish` takes the variance.
template <class T, class Finish>
void variance_kernel(const Kernel& k, Finish finish) {
  auto* means = static_cast<double*>(k.scratch());
  for_each_sample<T>(k, [&](const T* x, T* y, const Walk& walk) {
    mean_of_sample(walk, x, means);
    const auto freedom = static_cast<double>(walk.count - k.attrs.integer(1));
    reduce_sample<Sum, double>(
        walk, x, y,
        [means](T v, std::int64_t result) {
          const double deviation = static_cast<double>(v) - means[result];
          return deviation * deviation;
        },
        [&](double sum, std::int64_t) { return finish(sum / freedom); });
  });
}

template <class T>
void log_sum_exp_kernel(const Kernel& k) {
  auto* shifts = static_cast<double*>(k.scratch());
  for_each_sample<T>(k, [&](const T* x, T* y, const Walk& walk) {
    // The largest element, without which exp could overflow; an infinite one would leave nothing.
    reduce_sample<Max, double>(walk, x, shifts, as_double<T>, [](double largest, std::int64_t) {
      return std::isinf(largest) ? 0 : largest;
    });
    reduce_sample<Sum, double>(
        walk, x, y,
        [shifts](T v, std::int64_t result) {
          return static_cast<double>(exp(v - static_cast<T>(shifts[result])));
        },
        [shifts](double sum, std::int64_t result) { return shifts[result] + log(sum); });
  });
}

std::size_t double_per_result(const ScratchRequest& r) {
  return static_cast<std::size_t>(Type(r.outputs[0]).elements()) * sizeof(double);
}

void infer_of_some(Inference& c) {
  needs_elements(c);
  infer_dims(c);
}

// How many elements make one result.
std::int64_t count(const Ints& in, const Ints& out) {
  return Type(EBB_REAL, false, in).elements() / Type(EBB_REAL, false, out).elements();
}

void infer_variance(Inference& c) {
  infer_of_some(c);
  const auto n = count(c.in[0].dims, c.out[0].dims);
  if (c.attrs.integer(1) >= n)
    c.fail("ddof is " + std::to_string(c.attrs.integer(1)) + ", but only " + std::to_string(n) +
               (n == 1 ? " element makes" : " elements make") + " one result",
           "the sum of squares is divided by their number less ddof");
}

// The derivative of half the variance with respect to x, times g.
Value centred(const Call& c, const Value& g) {
  const Value mean = call("mean", {c[0]}, {{"dims", c.attrs[0]}});
  const auto freedom = count(c[0].type().dims, c.out().type().dims) - c.attrs.integer(1);
  return restored(c, g / static_cast<double>(freedom)) * (c[0] - restored(c, mean));
}

void moments(Plugin& plugin) {
  plugin.op("mean")
      .doc("The mean over the given dimensions of a sample, or over all its elements.")
      .input("x")
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_of_some)
      .kernel([]<class T>(const Kernel& k, T) { mean_kernel<T>(k); })
      .vjp([](const Call& c) {
        const auto n = count(c[0].type().dims, c.out().type().dims);
        return restored(c, c.g) / static_cast<double>(n);
      })
      .selects()
      .notation("mean({0})")
      .range("(-inf, inf)")
      .example("mean([1, 2, 6])", "3");

  plugin.op("var")
      .doc(
          "The variance over the given dimensions of a sample, or over all its elements: the mean "
          "of the squared deviations from the mean.")
      .input("x")
      .attr("dims", Ints{}, dims_doc, non_negative)
      .attr("ddof", 0, "what is subtracted from the number of elements in the mean", non_negative)
      .infer(infer_variance)
      .kernel(
          []<class T>(const Kernel& k, T) { variance_kernel<T>(k, [](double v) { return v; }); })
      .scratch(double_per_result)
      .vjp([](const Call& c) { return 2 * centred(c, c.g); })
      .notation("var({0})")
      .range("[0, inf)")
      .example("var([1, 2, 6], ddof = 1)", "7");

  plugin.op("std")
      .doc(
          "The standard deviation, the square root of var. Its gradient where all elements are "
          "equal is 0.")
      .input("x")
      .attr("dims", Ints{}, dims_doc, non_negative)
      .attr("ddof", 0, "what is subtracted from the number of elements in the mean", non_negative)
      .infer(infer_variance)
      .kernel([]<class T>(const Kernel& k, T) {
        variance_kernel<T>(k, [](double v) { return sqrt(v); });
      })
      .scratch(double_per_result)
      .vjp([](const Call& c) {
        const Value is_zero = call("equal", {c.out(), c.g.constant(0)});
        return centred(c, c.g / (c.out() + is_zero));
      })
      .notation("std({0})")
      .range("[0, inf)")
      .example("std([1, 2, 3], ddof = 1)", "1");
}

}  // namespace

void statistics(Plugin& plugin) {
  moments(plugin);

  plugin.op("logsumexp")
      .doc(
          "log(sum(exp(x))) over the given dimensions of a sample, or over all its elements, "
          "without overflow.")
      .input("x")
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_of_some)
      .kernel([]<class T>(const Kernel& k, T) { log_sum_exp_kernel<T>(k); })
      .scratch(double_per_result)
      .vjp(
          [](const Call& c) { return restored(c, c.g) * call("exp", c[0] - restored(c, c.out())); })
      .notation("logsumexp({0})")
      .range("(-inf, inf)")
      .example("logsumexp([1000, 1000])", "1000.693");
}

}  // namespace ebb::ops
