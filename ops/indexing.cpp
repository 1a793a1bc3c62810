// Taking parts of values and putting values together.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

using Dims = std::span<const std::int64_t>;

// The offset of an element in an array of `dims`; positions beyond those given are 0.
std::int64_t offset_of(Dims position, Dims dims) {
  std::int64_t offset = 0, stride = 1;
  for (std::size_t d = 0; d < position.size(); stride *= dims[d++]) offset += position[d] * stride;
  return offset;
}

// Copies a block of `extent` elements from an array of `from_dims` into one of `to_dims`; the
// pointers are at the block's first element.
template <class T>
void copy_block(Dims extent, const T* from, Dims from_dims, T* to, Dims to_dims) {
  std::int64_t elements = 1;
  for (auto n : extent) elements *= n;
  if (elements == 0) return;
  const std::int64_t run = extent.empty() ? 1 : extent[0];
  std::array<std::int64_t, EBB_MAX_RANK> position{};
  for (std::int64_t done = 0; done < elements; done += run) {
    const Dims at(position.data(), extent.size());
    std::copy_n(from + offset_of(at, from_dims), run, to + offset_of(at, to_dims));
    for (std::size_t d = 1; d < extent.size(); ++d) {
      if (++position[d] < extent[d]) break;
      position[d] = 0;
    }
  }
}

// `leading` with the rest of `dims` after it.
Ints completed(Dims leading, Dims dims) {
  Ints result(leading.begin(), leading.end());
  for (auto d : dims.subspan(leading.size())) result.push_back(d);
  return result;
}

// The sizes of the part of `dims` that begin and end cut out.
Ints part(Dims begin, Dims end, Dims dims) {
  Ints result = completed(end, dims);
  for (std::size_t d = 0; d < begin.size(); ++d) result[d] -= begin[d];
  return result;
}

void check_slice(const Inference& c, std::size_t d) {
  const auto size = c.in[0].dims[d], begin = c.attrs.integers(0)[d], end = c.attrs.integers(1)[d];
  if (0 <= begin && begin <= end && end <= size) return;
  const std::string range =
      end == begin + 1 ? std::to_string(begin) : std::to_string(begin) + ".." + std::to_string(end);
  c.fail(range + " is outside dimension " + std::to_string(d) + " of {0}, which is " +
             to_string(c.in[0].dims),
         "indices count from 0; a range a..b ends before b");
}

void infer_slice(Inference& c) {
  const auto begin = c.attrs.integers(0), end = c.attrs.integers(1);
  if (begin.size() != end.size()) c.fail("begin and end have different lengths");
  if (static_cast<int>(begin.size()) > c.in[0].rank())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has no dimension " +
           std::to_string(c.in[0].rank()));
  for (std::size_t d = 0; d < begin.size(); ++d) check_slice(c, d);

  Ints dims = part(begin, end, c.in[0].dims);
  Ints drop = c.attrs.dims(2);
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
    const auto y = k.out<T>();
    const auto begin = k.attrs.integers(0), end = k.attrs.integers(1);
    std::array<std::int64_t, EBB_MAX_RANK> sizes{};
    for (std::size_t d = 0; d < x.dims().size(); ++d)
      sizes[d] = d < begin.size() ? end[d] - begin[d] : x.dims()[d];
    const Dims extent(sizes.data(), x.dims().size());
    const auto first = offset_of(begin, x.dims());
    for (std::int64_t s = 0; s < k.samples(); ++s)
      copy_block(extent, x.data(s) + first, x.dims(), y.data(s), extent);
  });
}

Value slice_vjp(const Call& c) {
  const Ints dims = c[0].type().dims;
  const auto begin = c.attrs.integers(0), end = c.attrs.integers(1);
  Ints after;
  for (std::size_t d = 0; d < end.size(); ++d) after.push_back(dims[d] - end[d]);
  const bool dropped = !c.attrs.integers(2).empty();
  const Value g = dropped ? call("reshape", {c.g}, {{"shape", part(begin, end, dims)}}) : c.g;
  return call("pad", {g}, {{"before", begin}, {"after", after}});
}

void infer_pad(Inference& c) {
  const auto before = c.attrs.integers(0), after = c.attrs.integers(1);
  if (before.size() != after.size()) c.fail("before and after have different lengths");
  if (static_cast<int>(before.size()) > c.in[0].rank())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has no dimension " +
           std::to_string(c.in[0].rank()));
  c.out[0] = c.in[0];
  for (std::size_t d = 0; d < before.size(); ++d) c.out[0].dims[d] += before[d] + after[d];
}

void pad_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto y = k.out<T>();
    const auto first = offset_of(k.attrs.integers(0), y.dims());
    for (std::int64_t s = 0; s < k.samples(); ++s) {
      std::fill_n(y.data(s), y.elements(), T{});
      copy_block(x.dims(), x.data(s), x.dims(), y.data(s) + first, y.dims());
    }
  });
}

Value pad_vjp(const Call& c) {
  const auto before = c.attrs.integers(0);
  Ints end;
  for (std::size_t d = 0; d < before.size(); ++d) end.push_back(before[d] + c[0].type().dims[d]);
  return call("slice", {c.g}, {{"begin", before}, {"end", end}});
}

// A scalar counts as a vector of one element.
Dims as_vector(Dims dims) {
  static constexpr std::int64_t one = 1;
  return dims.empty() ? Dims(&one, 1) : dims;
}

void infer_concat(Inference& c) {
  const auto dim = static_cast<std::size_t>(c.attrs.integer(0));
  const Dims first = as_vector(c.in[0].dims);
  if (dim >= first.size())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has no dimension " + std::to_string(dim));
  Ints dims(first.begin(), first.end());
  dims[dim] = 0;
  for (std::size_t i = 0; i < c.in.size(); ++i) {
    const Dims each = as_vector(c.in[i].dims);
    bool fits = each.size() == dims.size();
    for (std::size_t d = 0; fits && d < dims.size(); ++d) fits = d == dim || each[d] == dims[d];
    if (!fits)
      c.fail("{0} is " + to_string(c.in[0].dims) + ", {" + std::to_string(i) + "} is " +
                 to_string(c.in[i].dims),
             "all dimensions but dimension " + std::to_string(dim) + " must agree");
    dims[dim] += each[dim];
  }
  c.out[0].dtype = c.in[0].dtype;
  c.out[0].dims = dims;
}

void concat_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto y = k.out<T>();
    const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
    std::int64_t stride = 1;
    for (auto d : y.dims().first(dim)) stride *= d;
    for (std::int64_t s = 0; s < k.samples(); ++s) {
      T* to = y.data(s);
      for (int i = 0; i < k.inputs(); ++i) {
        const auto x = k.in<T>(i);
        const Dims dims = as_vector(x.dims());
        copy_block(dims, x.data(s), dims, to, y.dims());
        to += stride * dims[dim];
      }
    }
  });
}

Value concat_vjp(const Call& c) {
  const auto dim = static_cast<std::size_t>(c.attrs.integer(0));
  const auto size = [&](int i) { return as_vector(c[i].type().dims)[dim]; };
  Ints begin(dim + 1, 0);
  for (int i = 0; i < c.input; ++i) begin[dim] += size(i);
  Ints end = c.out().type().dims;
  end.resize(dim + 1);
  end[dim] = begin[dim] + size(c.input);
  const Ints drop(c[c.input].type().rank() == 0 ? 1 : 0, 0);
  return call("slice", {c.g}, {{"begin", begin}, {"end", end}, {"drop", drop}});
}

template <class T>
void one_hot_kernel(const Kernel& k) {
  const auto labels = k.in<std::int64_t>(0);
  const auto classes = k.attrs.integer(0);
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* y = k.out<T>().data(s);
    std::fill_n(y, classes * labels.elements(), T{0});
    for (std::int64_t i = 0; i < labels.elements(); ++i, y += classes) {
      const auto label = labels.data(s)[i];
      if (0 <= label && label < classes) y[label] = 1;
    }
  }
}

void parts(Plugin& plugin) {
  plugin.op("slice")
      .doc(
          "The part of x from begin to before end, in its leading dimensions; the others whole. "
          "What x[3], x[0..10] and x[:, t] mean.")
      .input("x", EBB_ANY)
      .attr("begin", required, EBB_ATTR_INTS, "the first index, for each leading dimension",
            non_negative)
      .attr("end", required, EBB_ATTR_INTS,
            "the index after the last one, for each leading dimension", non_negative)
      .attr("drop", Ints{}, "dimensions of size 1 to take away", non_negative)
      .infer(infer_slice)
      .kernel(slice_kernel)
      .vjp(slice_vjp)
      .notation("{0}[{begin}..{end}]")
      .range("(-inf, inf)")
      .example("slice([1, 2, 3, 4], [1], [3])", "[2, 3]");

  plugin.op("pad")
      .doc("x with zeros put before and after it, in its leading dimensions.")
      .input("x", EBB_ANY)
      .attr("before", required, EBB_ATTR_INTS, "how many zeros before, for each leading dimension",
            non_negative)
      .attr("after", required, EBB_ATTR_INTS, "how many zeros after, for each leading dimension",
            non_negative)
      .infer(infer_pad)
      .kernel(pad_kernel)
      .vjp(pad_vjp)
      .notation("pad({0}, {before}, {after})")
      .range("(-inf, inf)")
      .example("pad([1, 2], [1], [2])", "[0, 1, 2, 0, 0]");
}

void assembly(Plugin& plugin) {
  plugin.op("concat")
      .doc(
          "Values one after the other along a dimension, in which alone they may differ. A scalar "
          "counts as a vector of one element.")
      .inputs("values", EBB_ANY)
      .attr("dim", 0, "the dimension along which they are joined", non_negative)
      .infer(infer_concat)
      .kernel(concat_kernel)
      .vjp(concat_vjp)
      .notation("concat({0}, ...)")
      .range("(-inf, inf)")
      .example("concat([1, 2], [3])", "[1, 2, 3]");

  plugin.op("one_hot")
      .doc(
          "For each label a vector of zeros with a 1 at the label; zeros alone where it is no "
          "class. Labels of shape [n] give [classes, n].")
      .input("labels", EBB_I64)
      .attr("classes", required, EBB_ATTR_INT, "how many classes there are", Interval{1, infinity})
      .infer([](Inference& c) {
        c.out[0].dims = c.in[0].dims;
        c.out[0].dims.insert(c.out[0].dims.begin(), c.attrs.integer(0));
      })
      .kernel([]<class T>(const Kernel& k, T) { one_hot_kernel<T>(k); })
      .notation("one_hot({0})")
      .range("{0, 1}")
      .example("one_hot(2, 4)", "[0, 0, 1, 0]");
}

}  // namespace

void indexing(Plugin& plugin) {
  plugin.family("indexing");
  parts(plugin);
  assembly(plugin);
}

}  // namespace ebb::ops
