// Taking parts of values by constant indices.
#include "ops/dims.hpp"
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// What a slice takes along one dimension: `count` elements, `step` apart, from `begin` on.
struct Stride {
  std::int64_t begin = 0, step = 1, count = 0;
};

Stride stride_of(const Attributes& attrs, std::size_t d, std::int64_t size) {
  const auto begin = attrs.integers(0), end = attrs.integers(1), step = attrs.integers(2);
  if (d >= begin.size()) return {0, 1, size};
  const auto by = step.empty() ? 1 : step[d];
  return {begin[d], by, (end[d] - begin[d] + by - (by > 0 ? 1 : -1)) / by};
}

// The sizes of the part that the attributes cut out of `dims`, before dimensions are dropped.
Ints part(const Attributes& attrs, Dims dims) {
  Ints result;
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

  Ints dims = part(c.attrs, c.in[0].dims);
  Ints drop = c.attrs.dims(3);
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
Value spread(const Value& g, std::size_t d, std::int64_t step) {
  Ints dims = g.type().dims;
  const auto count = dims[d];
  if (step == 1 || count == 0) return g;
  const auto leading = product(Dims(dims).first(d)), trailing = product(Dims(dims).subspan(d + 1));
  const Value apart = call("reshape", {g}, {{"shape", Ints{leading, count, 1, trailing}}});
  const Value filled =
      call("pad", {apart}, {{"before", Ints{0, 0, 0}}, {"after", Ints{0, 0, step - 1}}});
  dims[d] = count * step;
  const Value joined = call("reshape", {filled}, {{"shape", dims}});
  Ints end(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(d) + 1);
  end[d] = (count - 1) * step + 1;
  return call("slice", {joined}, {{"begin", Ints(d + 1, 0)}, {"end", end}});
}

Value slice_vjp(const Call& c) {
  const Ints dims = c[0].type().dims;
  const bool dropped = !c.attrs.integers(3).empty();
  Value g = dropped ? call("reshape", {c.g}, {{"shape", part(c.attrs, dims)}}) : c.g;
  Ints before, after;
  for (std::size_t d = 0; d < c.attrs.integers(0).size(); ++d) {
    auto [begin, step, count] = stride_of(c.attrs, d, dims[d]);
    if (step < 0) {
      g = call("flip", {g}, {{"dims", Ints{static_cast<std::int64_t>(d)}}});
      begin += (count - 1) * step;
      step = -step;
    }
    g = spread(g, d, step);
    before.push_back(count == 0 ? 0 : begin);
    after.push_back(dims[d] - before[d] - g.type().dims[d]);
  }
  return call("pad", {g}, {{"before", before}, {"after", after}});
}

template <class T>
void one_hot_kernel(const Kernel& k) {
  const auto labels = k.in<std::int64_t>(0);
  const auto classes = k.attrs.integer(0);
  const T on = static_cast<T>(k.attrs.real(1)), off = static_cast<T>(k.attrs.real(2));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* y = k.out<T>().data(s);
    std::fill_n(y, classes * labels.elements(), off);
    for (std::int64_t i = 0; i < labels.elements(); ++i, y += classes) {
      const auto label = labels.data(s)[i];
      if (0 <= label && label < classes) y[label] = on;
    }
  }
}

}  // namespace

void indexing(Plugin& plugin) {
  plugin.family("indexing");

  plugin.op("slice")
      .doc(
          "The part of x from begin to before end, in its leading dimensions; the others whole. "
          "What x[3], x[0..10] and x[:, t] mean. A negative step leads down from begin to after "
          "end, which may be -1.")
      .input("x", EBB_ANY)
      .attr("begin", required, EBB_ATTR_INTS, "the first index, for each leading dimension",
            non_negative)
      .attr("end", required, EBB_ATTR_INTS,
            "the index after the last one, for each leading dimension", Interval{-1, infinity})
      .attr("step", Ints{}, "how far apart the indices are, for each leading dimension; none: 1")
      .attr("drop", Ints{}, "dimensions of size 1 to take away", non_negative)
      .infer(infer_slice)
      .kernel(slice_kernel)
      .vjp(slice_vjp)
      .selects()
      .notation("slice({0}, {begin}, {end})")
      .range("(-inf, inf)")
      .example("slice([1, 2, 3, 4, 5], [3], [0], [-2])", "[4, 2]");

  plugin.op("one_hot")
      .doc(
          "For each label a vector that is `on` at the label and `off` elsewhere; `off` alone "
          "where "
          "the label is no class. Labels of shape [n] give [classes, n].")
      .input("labels", EBB_I64)
      .attr("classes", required, EBB_ATTR_INT, "how many classes there are", Interval{1, infinity})
      .attr("on", 1.0, "what stands at the label")
      .attr("off", 0.0, "what stands elsewhere")
      .infer([](Inference& c) {
        c.out[0].dims = c.in[0].dims;
        c.out[0].dims.insert(c.out[0].dims.begin(), c.attrs.integer(0));
      })
      .kernel([]<class T>(const Kernel& k, T) { one_hot_kernel<T>(k); })
      .selects()
      .notation("one_hot({0})")
      .range("(-inf, inf)")
      .example("one_hot(2, 4)", "[0, 0, 1, 0]");
}

}  // namespace ebb::ops
