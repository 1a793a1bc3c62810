// Taking elements by computed indices, and adding to them: each the transpose of the other. An
// index counts from 0; one that is out of range takes 0 and adds nothing.
#include "ops/dims.hpp"
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// A value as rows along one dimension, seen from both sides: before it lie `inner` elements, which
// are neighbours in memory, after it `outer` ones.
struct Rows {
  std::int64_t inner, outer;
  Rows(Dims dims, std::size_t dim, std::size_t width)
      : inner(product(dims.first(dim))), outer(product(dims.subspan(dim + width))) {}
};

void infer_gather(Inference& c) {
  const auto dim = c.attrs.integer(0);
  check_dim(c, dim);
  const Ints &x = c.in[0].dims, &indices = c.in[1].dims;
  c.out[0].dtype = c.in[0].dtype;
  Ints& dims = c.out[0].dims = x;
  const auto at = dims.erase(dims.begin() + dim);
  dims.insert(at, indices.begin(), indices.end());
}

void gather_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto indices = k.in<std::int64_t>(1);
    const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
    const Rows rows(x.dims(), dim, 1);
    const auto size = x.dims()[dim], count = indices.elements();
    for (std::int64_t s = 0; s < k.samples(); ++s) {
      T* to = k.out<T>().data(s);
      for (std::int64_t o = 0; o < rows.outer; ++o)
        for (std::int64_t j = 0; j < count; ++j, to += rows.inner) {
          const auto index = indices.data(s)[j];
          if (0 <= index && index < size)
            std::copy_n(x.data(s) + (o * size + index) * rows.inner, rows.inner, to);
          else
            std::fill_n(to, rows.inner, T{});
        }
    }
  });
}

void infer_scatter_add(Inference& c) {
  const auto dim = static_cast<std::size_t>(c.attrs.integer(1));
  const Ints &values = c.in[0].dims, &indices = c.in[1].dims;
  bool fits = dim + indices.size() <= values.size();
  for (std::size_t d = 0; fits && d < indices.size(); ++d) fits = values[dim + d] == indices[d];
  if (!fits)
    c.fail("{0} is " + to_string(values) + " and {1} " + to_string(indices),
           "from dimension " + std::to_string(dim) + " on, {0} has the dimensions of {1}");
  Ints& dims = c.out[0].dims = values;
  const auto first = dims.begin() + static_cast<std::ptrdiff_t>(dim);
  const auto at = dims.erase(first, first + static_cast<std::ptrdiff_t>(indices.size()));
  dims.insert(at, c.attrs.integer(0));
  if (!c.attrs.boolean(2)) return;
  if (!c.out[0].per_sample) c.fail("a sum over samples needs a value that is per sample");
  c.out[0].per_sample = false;
}

template <class T>
void scatter_add_kernel(const Kernel& k) {
  const auto values = k.in<T>(0);
  const auto indices = k.in<std::int64_t>(1);
  const auto y = k.out<T>();
  const auto size = k.attrs.integer(0), count = indices.elements();
  const auto dim = static_cast<std::size_t>(k.attrs.integer(1));
  const bool over = k.attrs.boolean(2);
  const Rows rows(y.dims(), dim, 1);
  for (std::int64_t s = 0; s < k.samples(); ++s) std::fill_n(y.data(s), y.elements(), T{});
  const auto samples = over ? std::max(values.samples(), indices.samples()) : k.samples();
  for (std::int64_t s = 0; s < samples; ++s) {
    const T* from = values.data(s);
    for (std::int64_t o = 0; o < rows.outer; ++o)
      for (std::int64_t j = 0; j < count; ++j, from += rows.inner) {
        const auto index = indices.data(s)[j];
        if (index < 0 || index >= size) continue;
        T* to = y.data(over ? 0 : s) + (o * size + index) * rows.inner;
        for (std::int64_t i = 0; i < rows.inner; ++i) to[i] += from[i];
      }
  }
}

// Calls f(offset, i) for each element i of the indices, in the order of storage, with the offset of
// the element of x that it names; -1 where there is none. The index takes the place of the position
// along the dimension.
template <class F>
void for_each_named(Dims x, std::size_t dim, Dims dims, const std::int64_t* indices, F&& f) {
  Loops loops;
  std::int64_t from = 1, to = 1;
  for (std::size_t d = 0; d < x.size(); ++d) {
    loops.add(dims[d], d == dim ? 0 : from, to);
    from *= x[d];
    to *= dims[d];
  }
  const auto stride = product(x.first(dim)), size = x[dim];
  loops.for_each_line([&](std::int64_t offset, std::int64_t i, std::int64_t n,
                          std::int64_t offset_step, std::int64_t step) {
    for (std::int64_t j = 0; j < n; ++j, offset += offset_step, i += step) {
      const auto index = indices[i];
      f(0 <= index && index < size ? offset + index * stride : -1, i);
    }
  });
}

void check_elements(const Inference& c, std::int64_t dim) {
  check_dim(c, dim);
  const Ints &x = c.in[0].dims, &indices = c.in[1].dims;
  bool fits = x.size() == indices.size();
  for (std::size_t d = 0; fits && d < x.size(); ++d)
    fits = static_cast<std::int64_t>(d) == dim || indices[d] <= x[d];
  if (!fits)
    c.fail("{0} is " + to_string(x) + " and {1} " + to_string(indices),
           "{1} has as many dimensions as {0}, none longer but dimension " + std::to_string(dim));
}

void gather_elements_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto indices = k.in<std::int64_t>(1);
    const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
    for (std::int64_t s = 0; s < k.samples(); ++s)
      for_each_named(x.dims(), dim, indices.dims(), indices.data(s),
                     [&, from = x.data(s), to = k.out<T>().data(s)](auto offset, auto i) {
                       to[i] = offset < 0 ? T{} : from[offset];
                     });
  });
}

template <class T>
void scatter_elements_add_kernel(const Kernel& k) {
  const auto x = k.in<T>(0), values = k.in<T>(2);
  const auto indices = k.in<std::int64_t>(1);
  const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T* y = k.out<T>().data(s);
    std::copy_n(x.data(s), x.elements(), y);
    for_each_named(x.dims(), dim, indices.dims(), indices.data(s),
                   [&, from = values.data(s)](auto offset, auto i) {
                     if (offset >= 0) y[offset] += from[i];
                   });
  }
}

void rows(Plugin& plugin) {
  plugin.op("gather")
      .doc(
          "The parts of x at the given indices along a dimension, which the dimensions of the "
          "indices replace: of a table [rows, columns] and indices [n], rows [n, columns]. An "
          "index "
          "that is out of range gives zeros.")
      .input("x", EBB_ANY)
      .input("indices", EBB_I64)
      .attr("dim", 0, "the dimension that the indices count along", non_negative)
      .infer(infer_gather)
      .kernel(gather_kernel)
      .vjp(
          [](const Call& c) {
            const auto size = c[0].type().dims[static_cast<std::size_t>(c.attrs.integer(0))];
            return call("scatter_add", {c.g, c[1]}, {{"size", size}, {"dim", c.attrs[0]}});
          },
          no_gradient)
      // The zero of an index out of range is no number to reckon with.
      .selects()
      .notation("gather({0}, {1})")
      .range("(-inf, inf)")
      .example("gather([10, 20, 30], [2, 0, 2])", "[30, 10, 30]");

  plugin.op("scatter_add")
      .doc(
          "Zeros to which values are added at the given indices along a dimension: the transpose "
          "of "
          "gather. What has an index out of range is left out. `over_samples` sums the results of "
          "all samples without making one for each.")
      .input("values")
      .input("indices", EBB_I64)
      .attr("size", required, EBB_ATTR_INT, "how long the dimension is", non_negative)
      .attr("dim", 0, "the dimension that the indices count along", non_negative)
      .attr("over_samples", false, "sum over the samples")
      .infer(infer_scatter_add)
      .kernel([]<class T>(const Kernel& k, T) { scatter_add_kernel<T>(k); })
      .vjp(
          [](const Call& c) {
            return call("gather", {c.g, c[1]}, {{"dim", c.attrs[1]}});
          },
          no_gradient)
      .over_samples("over_samples")
      .notation("{over_samples?Σ }scatter({0}, {1})")
      .range("(-inf, inf)")
      .example("scatter_add([1, 2, 3], [2, 0, 2], size = 4)", "[2, 0, 4, 0]");
}

void elements(Plugin& plugin) {
  plugin.op("gather_elements")
      .doc(
          "Elements of x, each with its own index along a dimension: at [i, j] of the result, for "
          "dimension 0, x[indices[i, j], j]. An index that is out of range gives 0.")
      .input("x", EBB_ANY)
      .input("indices", EBB_I64)
      .attr("dim", 0, "the dimension that the indices count along", non_negative)
      .infer([](Inference& c) {
        check_elements(c, c.attrs.integer(0));
        c.out[0].dtype = c.in[0].dtype;
        c.out[0].dims = c.in[1].dims;
      })
      .kernel(gather_elements_kernel)
      .vjp(
          [](const Call& c) {
            const Value zeros = call("broadcast", {c.g.constant(0)}, {{"shape", c[0].type().dims}});
            return call("scatter_elements_add", {zeros, c[1], c.g}, {{"dim", c.attrs[0]}});
          },
          no_gradient)
      // The zero of an index out of range is no number to reckon with.
      .selects()
      .notation("gather_elements({0}, {1})")
      .range("(-inf, inf)")
      .example("gather_elements([[1, 2], [3, 4]], [[1, 0]])", "[[3, 2]]");

  plugin.op("scatter_elements_add")
      .doc(
          "x with each of the values added to the element that its index along a dimension names: "
          "the transpose of gather_elements. What has an index out of range is left out.")
      .input("x")
      .input("indices", EBB_I64)
      .input("values")
      .attr("dim", 0, "the dimension that the indices count along", non_negative)
      .infer([](Inference& c) {
        check_elements(c, c.attrs.integer(0));
        if (c.in[1].dims != c.in[2].dims)
          c.fail("{1} is " + to_string(c.in[1].dims) + " and {2} " + to_string(c.in[2].dims),
                 "each value has an index of its own");
        c.out[0].dims = c.in[0].dims;
      })
      .kernel([]<class T>(const Kernel& k, T) { scatter_elements_add_kernel<T>(k); })
      .vjp([](const Call& c) { return c.g; }, no_gradient,
           [](const Call& c) {
             return call("gather_elements", {c.g, c[1]}, {{"dim", c.attrs[0]}});
           })
      .notation("scatter_elements({0}, {1}, {2})")
      .range("(-inf, inf)")
      .example("scatter_elements_add([[1, 2], [3, 4]], [[1, 0]], [[10, 20]])",
               "[[1, 22], [13, 4]]");
}

}  // namespace

void gather(Plugin& plugin) {
  plugin.family("indexing");
  rows(plugin);
  elements(plugin);
}

}  // namespace ebb::ops
