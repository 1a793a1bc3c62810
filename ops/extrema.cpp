// The largest and the smallest, and where they are.
#include "ops/reduce.hpp"

namespace ebb::ops {

namespace {

template <class Reducer>
void extremum_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) { reduce<Reducer, T, T, T>(k); });
}

// The position along a dimension of the best element; of equal ones the first, or the last.
template <class Better>
void position_kernel(const Kernel& k, Better better) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto dims = x.dims();
    const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
    const bool last = k.attrs.boolean(1);
    std::int64_t stride = 1;
    for (auto d : dims.first(dim)) stride *= d;
    for (std::int64_t s = 0; s < k.samples(); ++s) {
      auto* y = k.out<std::int64_t>().data(s);
      for (std::int64_t start = 0; start < x.elements(); start += stride * dims[dim])
        for (std::int64_t i = 0; i < stride; ++i) {
          const T* line = x.data(s) + start + i;
          std::int64_t best = 0;
          for (std::int64_t j = 1; j < dims[dim]; ++j) {
            const T candidate = line[j * stride], leader = line[best * stride];
            if (last ? !better(leader, candidate) : better(candidate, leader)) best = j;
          }
          *y++ = best;
        }
    }
  });
}

void infer_extremum(Inference& c) {
  c.out[0].dtype = c.in[0].dtype;
  needs_elements(c);
  infer_dims(c);
}

void infer_position(Inference& c) {
  const auto dim = c.attrs.integer(0);
  check_dim(c, dim);
  needs_elements(c);
  c.out[0].dtype = EBB_I64;
  c.out[0].dims = remaining(c.in[0].dims, 1u << dim, false);
}

Value extremum_vjp(const Call& c) {
  const Value is_extreme = call("equal", {c[0], restored(c, c.out())});
  const Value ties = call("sum_to", {is_extreme}, {{"shape", kept_dims(c)}});
  return restored(c, c.g) * is_extreme / ties;
}

template <class T>
void sample_max_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  T* y = k.out<T>().data();
  std::copy_n(x.data(), x.elements(), y);
  for (std::int64_t s = 1; s < x.samples(); ++s)
    std::transform(y, y + x.elements(), x.data(s), y, maximum<T, T>);
}

void infer_sample_max(Inference& c) {
  if (!c.in[0].per_sample)
    c.fail("there is nothing to compare: {0} is shared by all samples",
           "sample_max reduces a value that is per sample");
  c.out[0] = c.in[0];
  c.out[0].per_sample = false;
}

Value sample_max_vjp(const Call& c) {
  const Value is_extreme = call("equal", {c[0], c.out()});
  return c.g / call("sample_sum", is_extreme) * is_extreme;
}

void over_dimensions(Plugin& plugin) {
  plugin.op("max")
      .doc(
          "The largest element over the given dimensions of a sample, or of all. Equal ones share "
          "the gradient.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_extremum)
      .kernel(extremum_kernel<Max>)
      .vjp(extremum_vjp)
      .selects()
      .notation("max({0})")
      .range("(-inf, inf)")
      .example("max([[1, 5], [3, 4]], dims = [1])", "[5, 4]");

  plugin.op("min")
      .doc(
          "The smallest element over the given dimensions of a sample, or of all. Equal ones share "
          "the gradient.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_extremum)
      .kernel(extremum_kernel<Min>)
      .vjp(extremum_vjp)
      .selects()
      .notation("min({0})")
      .range("(-inf, inf)")
      .example("min([[1, 5], [3, 4]], dims = [1])", "[1, 3]");
}

void positions(Plugin& plugin) {
  plugin.op("argmax")
      .doc(
          "The position of the largest element along a dimension, counted from 0; of equal ones "
          "the first, or the last.")
      .input("x", EBB_ANY)
      .attr("dim", 0, "the dimension to search, which goes away", non_negative)
      .attr("last", false, "of equal ones the last")
      .infer(infer_position)
      .kernel([](const Kernel& k) { position_kernel(k, [](auto a, auto b) { return a > b; }); })
      .zero_gradient()
      .notation("argmax({0})")
      .range("[0, inf)")
      .example("argmax([1, 5, 5])", "1");

  plugin.op("argmin")
      .doc(
          "The position of the smallest element along a dimension, counted from 0; of equal ones "
          "the first, or the last.")
      .input("x", EBB_ANY)
      .attr("dim", 0, "the dimension to search, which goes away", non_negative)
      .attr("last", false, "of equal ones the last")
      .infer(infer_position)
      .kernel([](const Kernel& k) { position_kernel(k, [](auto a, auto b) { return a < b; }); })
      .zero_gradient()
      .notation("argmin({0})")
      .range("[0, inf)")
      .example("argmin([5, 1, 1])", "1");
}

}  // namespace

void extrema(Plugin& plugin) {
  over_dimensions(plugin);
  positions(plugin);

  plugin.op("sample_max")
      .doc(
          "The largest over the samples of the mini-batch, element by element. Equal ones share "
          "the "
          "gradient.")
      .input("x", EBB_ANY)
      .infer(infer_sample_max)
      .kernel([](const Kernel& k) {
        with_element(k.in_dtype(0), [&]<class T>(T) { sample_max_kernel<T>(k); });
      })
      .vjp(sample_max_vjp)
      .selects()
      .notation("max over samples({0})")
      .range("(-inf, inf)")
      .example("sample_max(broadcast([1, 2], [2], per_sample = true))", "[1, 2]");
}

}  // namespace ebb::ops
