// Parts of values by constant indices.
#include <algorithm>
#include <ebb/loops.hpp>
#include <ebb/plugin.hpp>

#include "graph/core/primitives.hpp"

namespace ebb {

namespace {

using sdk::call;
using sdk::Call;
using sdk::copy;
using sdk::Inference;
using sdk::Kernel;
using sdk::Loops;
using sdk::with_element;

// What a slice takes along one dimension: `count` elements, `step` apart, from `begin` on.
struct Stride {
  std::int64_t begin = 0, step = 1, count = 0;
};

Stride stride_of(const sdk::Attributes& attrs, std::size_t d, std::int64_t size) {
  const auto begin = attrs.integers(0), end = attrs.integers(1), step = attrs.integers(2);
  if (d >= begin.size()) return {0, 1, size};
  const auto by = step.empty() ? 1 : step[d];
  return {begin[d], by, (end[d] - begin[d] + by - (by > 0 ? 1 : -1)) / by};
}

// The sizes of the part that the attributes cut out of `dims`, before dimensions are dropped.
sdk::Ints part(const sdk::Attributes& attrs, Dims dims) {
  sdk::Ints result;
  for (std::size_t d = 0; d < dims.size(); ++d)
    result.push_back(stride_of(attrs, d, dims[d]).count);
  return result;
}

void check_slice(const Inference& c, std::size_t d) {
  const auto size = c.in[0].dims[d], begin = c.attrs.integers(0)[d], end = c.attrs.integers(1)[d];
  const auto steps = c.attrs.integers(2);
  const auto step = steps.empty() ? 1 : steps[d];
  if (step > 0 ? 0 <= begin && begin <= end && end <= size
               : step < 0 && -1 <= end && end <= begin && begin < size)
    return;
  std::string range =
      end == begin + 1 ? std::to_string(begin) : std::to_string(begin) + ".." + std::to_string(end);
  if (step != 1) range += " in steps of " + std::to_string(step);
  c.fail(range + " is outside dimension " + std::to_string(d) + " of {0}, which is " +
             to_string(c.in[0].dims),
         step == 1 ? "indices count from 0; a range a..b ends before b"
                   : "indices count from 0; a negative step leads from begin down to after end");
}

void infer_slice(Inference& c) {
  const auto begin = c.attrs.integers(0), end = c.attrs.integers(1), step = c.attrs.integers(2);
  if (begin.size() != end.size()) c.fail("begin and end have different lengths");
  if (!step.empty() && step.size() != begin.size()) c.fail("begin and step have different lengths");
  if (static_cast<int>(begin.size()) > c.in[0].rank())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has no dimension " +
           std::to_string(c.in[0].rank()));
  for (std::size_t d = 0; d < begin.size(); ++d) check_slice(c, d);

  sdk::Ints dims = part(c.attrs, c.in[0].dims);
  sdk::Ints drop = c.attrs.dims(3);
  std::sort(drop.rbegin(), drop.rend());
  for (auto d : drop) {
    if (d >= static_cast<std::int64_t>(dims.size()) || dims[static_cast<std::size_t>(d)] != 1)
      c.fail("dimension " + std::to_string(d) + " can not be dropped: it is not one of size 1");
    dims.erase(dims.begin() + d);
  }
  c.out[0].dtype = c.in[0].dtype;
  c.out[0].dims = dims;
}

void slice_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    Loops loops;
    std::int64_t first = 0, from = 1, to = 1;
    for (std::size_t d = 0; d < x.dims().size(); ++d) {
      const auto [begin, step, count] = stride_of(k.attrs, d, x.dims()[d]);
      loops.add(count, from * step, to);
      first += begin * from;
      from *= x.dims()[d];
      to *= count;
    }
    for (std::int64_t s = 0; s < k.samples(); ++s)
      copy(loops, x.data(s) + first, k.out<T>().data(s));
  });
}

// g with step - 1 zeros after each element along dimension d but the last; C order makes the
// dimension's neighbours two dimensions of their own.
sdk::Value spread(const sdk::Value& g, std::size_t d, std::int64_t step) {
  sdk::Ints dims = g.type().dims;
  const auto count = dims[d];
  if (step == 1 || count == 0) return g;
  const auto leading = elements_of(Dims(dims).first(d)),
             trailing = elements_of(Dims(dims).subspan(d + 1));
  const sdk::Value apart =
      call("reshape", {g}, {{"shape", sdk::Ints{leading, count, 1, trailing}}});
  const sdk::Value filled =
      call("pad", {apart}, {{"before", sdk::Ints{0, 0, 0}}, {"after", sdk::Ints{0, 0, step - 1}}});
  dims[d] = count * step;
  const sdk::Value joined = call("reshape", {filled}, {{"shape", dims}});
  sdk::Ints end(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(d) + 1);
  end[d] = (count - 1) * step + 1;
  return call("slice", {joined}, {{"begin", sdk::Ints(d + 1, 0)}, {"end", end}});
}

sdk::Value slice_vjp(const Call& c) {
  const sdk::Ints dims = c[0].type().dims;
  const bool dropped = !c.attrs.integers(3).empty();
  sdk::Value g = dropped ? call("reshape", {c.g}, {{"shape", part(c.attrs, dims)}}) : c.g;
  sdk::Ints before, after;
  for (std::size_t d = 0; d < c.attrs.integers(0).size(); ++d) {
    auto [begin, step, count] = stride_of(c.attrs, d, dims[d]);
    if (step < 0) {
      g = call("flip", {g}, {{"dims", sdk::Ints{static_cast<std::int64_t>(d)}}});
      begin += (count - 1) * step;
      step = -step;
    }
    g = spread(g, d, step);
    before.push_back(count == 0 ? 0 : begin);
    after.push_back(dims[d] - before[d] - g.type().dims[d]);
  }
  return call("pad", {g}, {{"before", before}, {"after", after}});
}

}  // namespace

void register_slice(sdk::Plugin& plugin) {
  plugin.family("indexing");

  plugin.op("slice")
      .doc(
          "The part of x from begin to before end, in its leading dimensions; the others whole. "
          "What x[3], x[0..10] and x[:, t] mean. A negative step leads down from begin to after "
          "end, which may be -1.")
      .input("x", EBB_ANY)
      .attr("begin", sdk::required, EBB_ATTR_INTS, "the first index, for each leading dimension",
            sdk::non_negative)
      .attr("end", sdk::required, EBB_ATTR_INTS,
            "the index after the last one, for each leading dimension",
            sdk::Interval{-1, sdk::infinity})
      .attr("step", sdk::Ints{},
            "how far apart the indices are, for each leading dimension; none: 1")
      .attr("drop", sdk::Ints{}, "dimensions of size 1 to take away", sdk::non_negative)
      .infer(infer_slice)
      .kernel(slice_kernel)
      .vjp(slice_vjp)
      .selects()
      .notation("slice({0}, {begin}, {end})")
      .range("(-inf, inf)")
      .example("slice([1, 2, 3, 4, 5], [3], [0], [-2])", "[4, 2]");
}

}  // namespace ebb
