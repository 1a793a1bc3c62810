// What reductions over dimensions of one sample have in common. A result is accumulated in one
// fixed order, reals in double: it depends neither on the number of samples nor on that of threads.
#pragma once

#include "ops/dims.hpp"
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

struct Sum {
  template <class Acc>
  static constexpr Acc start = 0;
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return a + b;
  }
};
struct Product {
  template <class Acc>
  static constexpr Acc start = 1;
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return a * b;
  }
};
struct Or {
  template <class Acc>
  static constexpr Acc start = 0;
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return a | b;
  }
};
struct And {
  template <class Acc>
  static constexpr Acc start = 1;
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return a & b;
  }
};
struct Max {
  template <class Acc>
  static constexpr Acc start = std::numeric_limits<Acc>::has_infinity
                                   ? -std::numeric_limits<Acc>::infinity()
                                   : std::numeric_limits<Acc>::lowest();
  template <class Acc>
  static Acc combine(Acc a, Acc b) {
    return maximum(a, b);
  }
};
struct Min {
  template <class Acc>
  static constexpr Acc start = std::numeric_limits<Acc>::has_infinity
                                   ? std::numeric_limits<Acc>::infinity()
                                   : std::numeric_limits<Acc>::max();
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

// One result of the terms of n neighbours, in eight lanes so that the processor can add them side
// by side.
template <class Reducer, class Acc, class T, class Term>
Acc fold(const T* x, std::int64_t n, Term term) {
  constexpr std::int64_t width = 8;
  std::array<Acc, width> lanes;
  lanes.fill(Reducer::template start<Acc>);
  std::int64_t i = 0;
  for (; i + width <= n; i += width)
    for (std::int64_t j = 0; j < width; ++j) {
      auto& lane = lanes[static_cast<std::size_t>(j)];
      lane = Reducer::combine(lane, term(x[i + j]));
    }
  Acc result = Reducer::template start<Acc>;
  for (Acc lane : lanes) result = Reducer::combine(result, lane);
  for (; i < n; ++i) result = Reducer::combine(result, term(x[i]));
  return result;
}

// Reduces one sample. Result r is finish(acc, r), where acc accumulates term(x, r) over the
// elements that make it.
template <class Reducer, class Acc, class T, class Out, class Term, class Finish>
void reduce_sample(const Walk& walk, const T* x, Out* y, Term term, Finish finish) {
  constexpr std::int64_t block = 64;
  std::array<Acc, block> acc;
  std::int64_t result = 0;
  walk.kept.for_each([&](std::int64_t start) {
    for (std::int64_t first = 0; first < walk.row; first += block) {
      const auto n = static_cast<std::size_t>(std::min(block, walk.row - first));
      std::fill_n(acc.begin(), n, Reducer::template start<Acc>);
      walk.reduced.for_each([&](std::int64_t offset) {
        const T* from = x + start + first + offset;
        if (walk.run != 1)
          acc[0] = Reducer::combine(
              acc[0],
              fold<Reducer, Acc>(from, walk.run, [&term, result](T v) { return term(v, result); }));
        else
          for (std::size_t i = 0; i < n; ++i)
            acc[i] = Reducer::combine(acc[i], term(from[i], result + static_cast<std::int64_t>(i)));
      });
      for (std::size_t i = 0; i < n; ++i, ++result)
        y[result] = static_cast<Out>(finish(acc[i], result));
    }
  });
}

// Bit d: dimension d is reduced. No dims means all of them.
inline std::uint32_t reduced_dims(std::span<const std::int64_t> dims, int rank) {
  if (dims.empty()) return (1u << rank) - 1;
  std::uint32_t mask = 0;
  for (auto d : dims) mask |= 1u << d;
  return mask;
}

// Reduces every sample of input 0, of element type T, over the dimensions in attribute 0.
template <class Reducer, class Acc, class T, class Out>
void reduce(const Kernel& k) {
  const auto x = k.in<T>(0);
  const Walk walk(x.dims(), reduced_dims(k.attrs.integers(0), x.rank()));
  for (std::int64_t s = 0; s < k.samples(); ++s)
    reduce_sample<Reducer, Acc>(
        walk, x.data(s), k.out<Out>().data(s),
        [](T v, std::int64_t) { return static_cast<Acc>(v); },
        [](Acc acc, std::int64_t) { return acc; });
}

// The dimensions that are left; with `keep` the reduced ones stay, of size 1.
inline Ints remaining(std::span<const std::int64_t> dims, std::uint32_t reduced, bool keep) {
  Ints result;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    const bool is_reduced = (reduced >> d & 1u) != 0;
    if (!is_reduced || keep) result.push_back(is_reduced ? 1 : dims[d]);
  }
  return result;
}

inline void infer_dims(Inference& c) {
  Ints dims = c.attrs.dims(0);
  for (auto d : dims) check_dim(c, d);
  std::sort(dims.begin(), dims.end());
  if (const auto twice = std::adjacent_find(dims.begin(), dims.end()); twice != dims.end())
    c.fail("dimension " + std::to_string(*twice) + " is named twice");
  c.out[0].dims = remaining(c.in[0].dims, reduced_dims(dims, c.in[0].rank()), false);
}

inline void needs_elements(const Inference& c) {
  if (c.in[0].elements() == 0) c.fail("{0} is " + to_string(c.in[0].dims) + " and has no elements");
}

// The input's dimensions, the reduced ones of size 1.
inline Ints kept_dims(const Call& c) {
  const Ints dims = c[0].type().dims;
  return remaining(dims, reduced_dims(c.attrs.integers(0), static_cast<int>(dims.size())), true);
}

// A result, or its gradient, with the reduced dimensions back: it then broadcasts against the
// input.
inline Value restored(const Call& c, const Value& result) {
  if (c.out().type().rank() == 0) return result;
  return call("reshape", {result}, {{"shape", kept_dims(c)}});
}

inline constexpr const char* dims_doc =
    "the dimensions to reduce, which go away; none: all of them";

}  // namespace ebb::ops
