// Reductions over dimensions of one sample. A result is accumulated in one fixed order, reals in
// double: it depends neither on the number of samples nor on that of threads.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

struct Sum {
  template <class Acc>
  static constexpr Acc start = 0;
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return a + b;
  }
};
struct Max {
  template <class Acc>
  static constexpr Acc start = std::numeric_limits<Acc>::lowest();
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return maximum(a, b);
  }
};
struct Min {
  template <class Acc>
  static constexpr Acc start = std::numeric_limits<Acc>::max();
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return minimum(a, b);
  }
};

// Loops over some dimensions of a sample, the innermost first.
class Nest {
 public:
  void add(std::int64_t size, std::int64_t stride) { loops_[count_++] = {size, stride}; }
  // Calls f(offset) at every position.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t d = 0; d < count_; ++d)
      if (loops_[d].size == 0) return;
    std::array<std::int64_t, EBB_MAX_RANK> position{};
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < count_ || d == 0;) {
      f(offset);
      for (d = 0; d < count_; ++d) {
        offset += loops_[d].stride;
        if (++position[d] < loops_[d].size) break;
        offset -= loops_[d].size * loops_[d].stride;
        position[d] = 0;
      }
      if (d == count_) return;
    }
  }

 private:
  struct Loop {
    std::int64_t size, stride;
  };
  std::array<Loop, EBB_MAX_RANK> loops_{};
  std::size_t count_ = 0;
};

// How to walk over a sample: its innermost dimension is either reduced, as runs of neighbours, or
// kept, as rows of neighbouring results.
struct Walk {
  Nest kept, reduced;
  std::int64_t run = 1, row = 1;
  std::int64_t count = 1;  // elements that make one result

  Walk(std::span<const std::int64_t> dims, std::uint32_t mask) {
    std::int64_t stride = 1;
    for (std::size_t d = 0; d < dims.size(); stride *= dims[d++]) {
      const bool is_reduced = (mask >> d & 1u) != 0;
      if (is_reduced) count *= dims[d];
      if (dims[d] == 1) continue;
      if (stride == 1)
        (is_reduced ? run : row) = dims[d];
      else
        (is_reduced ? reduced : kept).add(dims[d], stride);
    }
  }
};

// One result of n neighbours, in eight lanes so that the processor can add them side by side.
template <class Reducer, class Acc, class T>
Acc fold(const T* x, std::int64_t n) {
  constexpr std::int64_t width = 8;
  std::array<Acc, width> lanes;
  lanes.fill(Reducer::template start<Acc>);
  std::int64_t i = 0;
  for (; i + width <= n; i += width)
    for (std::int64_t j = 0; j < width; ++j) {
      auto& lane = lanes[static_cast<std::size_t>(j)];
      lane = Reducer::combine(lane, static_cast<Acc>(x[i + j]));
    }
  Acc result = Reducer::template start<Acc>;
  for (Acc lane : lanes) result = Reducer::combine(result, lane);
  for (; i < n; ++i) result = Reducer::combine(result, static_cast<Acc>(x[i]));
  return result;
}

// Reduces one sample; `finish` makes a result of what was accumulated.
template <class Reducer, class Acc, class T, class Out, class Finish>
void reduce_sample(const Walk& walk, const T* x, Out* y, Finish finish) {
  constexpr std::int64_t block = 64;
  std::array<Acc, block> acc;
  walk.kept.for_each([&](std::int64_t start) {
    for (std::int64_t first = 0; first < walk.row; first += block) {
      const auto n = static_cast<std::size_t>(std::min(block, walk.row - first));
      std::fill_n(acc.begin(), n, Reducer::template start<Acc>);
      walk.reduced.for_each([&](std::int64_t offset) {
        const T* from = x + start + first + offset;
        if (walk.run != 1)
          acc[0] = Reducer::combine(acc[0], fold<Reducer, Acc>(from, walk.run));
        else
          for (std::size_t i = 0; i < n; ++i)
            acc[i] = Reducer::combine(acc[i], static_cast<Acc>(from[i]));
      });
      for (std::size_t i = 0; i < n; ++i) *y++ = static_cast<Out>(finish(acc[i]));
    }
  });
}

// Bit d: dimension d is reduced. No dims means all of them.
std::uint32_t reduced_dims(std::span<const std::int64_t> dims, int rank) {
  if (dims.empty()) return (1u << rank) - 1;
  std::uint32_t mask = 0;
  for (auto d : dims) mask |= 1u << d;
  return mask;
}

template <class Reducer, class Acc, class T, class Out, class Finish>
void reduce(const Kernel& k, Finish finish) {
  const auto x = k.in<T>(0);
  const auto y = k.out<Out>();
  const Walk walk(x.dims(), reduced_dims(k.attrs.integers(0), x.rank()));
  for (std::int64_t s = 0; s < k.samples(); ++s)
    reduce_sample<Reducer, Acc>(walk, x.data(s), y.data(s),
                                [&](Acc acc) { return finish(acc, walk.count); });
}

void sum_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    constexpr bool is_real = std::is_floating_point_v<T>;
    using Acc = std::conditional_t<is_real, double, std::int64_t>;
    using Out = std::conditional_t<is_real, T, std::int64_t>;
    reduce<Sum, Acc, T, Out>(k, [](Acc acc, auto) { return acc; });
  });
}

template <class T>
void mean_kernel(const Kernel& k) {
  reduce<Sum, double, T, T>(k, [](double acc, auto n) { return acc / static_cast<double>(n); });
}

template <class Reducer>
void extremum_kernel(const Kernel& k) {
  with_element(k.in_dtype(0),
               [&]<class T>(T) { reduce<Reducer, T, T, T>(k, [](T acc, auto) { return acc; }); });
}

// The position along dimension `dim` of the first element that is better than all before it.
template <class Better>
void position_kernel(const Kernel& k, Better better) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto dims = x.dims();
    const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
    std::int64_t stride = 1;
    for (auto d : dims.first(dim)) stride *= d;
    for (std::int64_t s = 0; s < k.samples(); ++s) {
      auto* y = k.out<std::int64_t>().data(s);
      for (std::int64_t start = 0; start < x.elements(); start += stride * dims[dim])
        for (std::int64_t i = 0; i < stride; ++i) {
          const T* line = x.data(s) + start + i;
          std::int64_t best = 0;
          for (std::int64_t j = 1; j < dims[dim]; ++j)
            if (better(line[j * stride], line[best * stride])) best = j;
          *y++ = best;
        }
    }
  });
}

// The dimensions that are left; with `keep` the reduced ones stay, of size 1.
Ints remaining(std::span<const std::int64_t> dims, std::uint32_t reduced, bool keep) {
  Ints result;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    const bool is_reduced = (reduced >> d & 1u) != 0;
    if (!is_reduced || keep) result.push_back(is_reduced ? 1 : dims[d]);
  }
  return result;
}

void check_dim(const Inference& c, std::int64_t d) {
  if (d >= c.in[0].rank())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has no dimension " + std::to_string(d),
           "dimensions count from 0");
}

void infer_dims(Inference& c) {
  Ints dims = c.attrs.dims(0);
  for (auto d : dims) check_dim(c, d);
  std::sort(dims.begin(), dims.end());
  if (const auto twice = std::adjacent_find(dims.begin(), dims.end()); twice != dims.end())
    c.fail("dimension " + std::to_string(*twice) + " is named twice");
  c.out[0].dims = remaining(c.in[0].dims, reduced_dims(dims, c.in[0].rank()), false);
}

void needs_elements(const Inference& c) {
  if (c.in[0].elements() == 0) c.fail("{0} is " + to_string(c.in[0].dims) + " and has no elements");
}

void infer_sum(Inference& c) {
  c.out[0].dtype = c.in[0].dtype == EBB_BOOL ? EBB_I64 : c.in[0].dtype;
  infer_dims(c);
}

void infer_mean(Inference& c) {
  needs_elements(c);
  infer_dims(c);
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

// The input's dimensions, the reduced ones of size 1.
Ints kept_dims(const Call& c) {
  const Ints dims = c[0].type().dims;
  return remaining(dims, reduced_dims(c.attrs.integers(0), static_cast<int>(dims.size())), true);
}

// A result, or its gradient, with the reduced dimensions back: it then broadcasts against the
// input.
Value restored(const Call& c, const Value& result) {
  if (c.out().type().rank() == 0) return result;
  return call("reshape", {result}, {{"shape", kept_dims(c)}});
}

Value extremum_vjp(const Call& c) {
  const Value is_extreme = call("equal", {c[0], restored(c, c.out())});
  const Value ties = call("sum_to", {is_extreme}, {{"shape", kept_dims(c)}});
  return restored(c, c.g) * is_extreme / ties;
}

void sums(Plugin& plugin) {
  plugin.op("sum")
      .doc(
          "The sum over the given dimensions of a sample, or over all its elements. Counts where x "
          "is bool.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, "the dimensions to reduce, which go away; none: all of them",
            non_negative)
      .infer(infer_sum)
      .kernel(sum_kernel)
      .vjp([](const Call& c) { return restored(c, c.g); })
      .notation("sum({0})")
      .range("(-inf, inf)")
      .example("sum([[1, 2], [3, 4]], dims = [0])", "[4, 6]");

  plugin.op("mean")
      .doc("The mean over the given dimensions of a sample, or over all its elements.")
      .input("x")
      .attr("dims", Ints{}, "the dimensions to reduce, which go away; none: all of them",
            non_negative)
      .infer(infer_mean)
      .kernel([]<class T>(const Kernel& k, T) { mean_kernel<T>(k); })
      .vjp([](const Call& c) {
        const auto count = c[0].type().elements() / c.out().type().elements();
        return restored(c, c.g) / static_cast<double>(count);
      })
      .notation("mean({0})")
      .range("(-inf, inf)")
      .example("mean([1, 2, 6])", "3");
}

void extrema(Plugin& plugin) {
  plugin.op("max")
      .doc(
          "The largest element over the given dimensions of a sample, or of all. Equal ones share "
          "the gradient.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, "the dimensions to reduce, which go away; none: all of them",
            non_negative)
      .infer(infer_extremum)
      .kernel(extremum_kernel<Max>)
      .vjp(extremum_vjp)
      .notation("max({0})")
      .range("(-inf, inf)")
      .example("max([[1, 5], [3, 4]], dims = [1])", "[5, 4]");

  plugin.op("min")
      .doc(
          "The smallest element over the given dimensions of a sample, or of all. Equal ones share "
          "the gradient.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, "the dimensions to reduce, which go away; none: all of them",
            non_negative)
      .infer(infer_extremum)
      .kernel(extremum_kernel<Min>)
      .vjp(extremum_vjp)
      .notation("min({0})")
      .range("(-inf, inf)")
      .example("min([[1, 5], [3, 4]], dims = [1])", "[1, 3]");

  plugin.op("argmax")
      .doc(
          "The position of the largest element along a dimension, counted from 0; of equal ones "
          "the first.")
      .input("x", EBB_ANY)
      .attr("dim", 0, "the dimension to search, which goes away", non_negative)
      .infer(infer_position)
      .kernel([](const Kernel& k) { position_kernel(k, [](auto a, auto b) { return a > b; }); })
      .zero_gradient()
      .notation("argmax({0})")
      .range("[0, inf)")
      .example("argmax([1, 5, 5])", "1");

  plugin.op("argmin")
      .doc(
          "The position of the smallest element along a dimension, counted from 0; of equal ones "
          "the first.")
      .input("x", EBB_ANY)
      .attr("dim", 0, "the dimension to search, which goes away", non_negative)
      .infer(infer_position)
      .kernel([](const Kernel& k) { position_kernel(k, [](auto a, auto b) { return a < b; }); })
      .zero_gradient()
      .notation("argmin({0})")
      .range("[0, inf)")
      .example("argmin([5, 1, 1])", "1");
}

}  // namespace

void reductions(Plugin& plugin) {
  plugin.family("reductions");
  sums(plugin);
  extrema(plugin);
}

}  // namespace ebb::ops
