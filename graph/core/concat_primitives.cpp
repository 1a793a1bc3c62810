// Values put together.
#include <algorithm>
#include <ebb/loops.hpp>
#include <ebb/plugin.hpp>

#include "graph/core/primitives.hpp"

namespace ebb {

namespace {

using sdk::call;
using sdk::Call;
using sdk::Inference;
using sdk::Kernel;
using sdk::with_element;

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
  sdk::Ints dims(first.begin(), first.end());
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

// Of concat, and of stack, whose values all have size 1 along the new dimension. What comes before
// the dimension and the dimension itself lie side by side in every value.
void concat_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto y = k.out<T>();
    const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
    const auto trailing = elements_of(y.dims().subspan(dim + 1));
    const auto row = elements_of(y.dims().first(dim + 1));
    if (trailing == 0) return;
    for (std::int64_t s = 0; s < k.samples(); ++s) {
      T* to = y.data(s);
      for (int i = 0; i < k.inputs(); ++i) {
        const auto x = k.in<T>(i);
        const auto n = x.elements() / trailing;
        for (std::int64_t t = 0; t < trailing; ++t) std::copy_n(x.data(s) + t * n, n, to + t * row);
        to += n;
      }
    }
  });
}

sdk::Value concat_vjp(const Call& c) {
  const auto dim = static_cast<std::size_t>(c.attrs.integer(0));
  const auto size = [&](int i) { return as_vector(c[i].type().dims)[dim]; };
  sdk::Ints begin(dim + 1, 0);
  for (int i = 0; i < c.input; ++i) begin[dim] += size(i);
  sdk::Ints end = c.out().type().dims;
  end.resize(dim + 1);
  end[dim] = begin[dim] + size(c.input);
  const sdk::Ints drop(c[c.input].type().rank() == 0 ? 1 : 0, 0);
  return call("slice", {c.g}, {{"begin", begin}, {"end", end}, {"drop", drop}});
}

void infer_stack(Inference& c) {
  const auto dim = c.attrs.integer(0);
  if (dim > c.in[0].rank())
    c.fail("{0} is " + to_string(c.in[0].dims) + "; there is no place for a dimension " +
           std::to_string(dim));
  for (std::size_t i = 1; i < c.in.size(); ++i)
    if (c.in[i].dims != c.in[0].dims)
      c.fail("{0} is " + to_string(c.in[0].dims) + ", {" + std::to_string(i) + "} is " +
                 to_string(c.in[i].dims),
             "what is stacked has one shape");
  c.out[0].dtype = c.in[0].dtype;
  c.out[0].dims = c.in[0].dims;
  c.out[0].dims.insert(c.out[0].dims.begin() + dim, static_cast<std::int64_t>(c.in.size()));
}

sdk::Value stack_vjp(const Call& c) {
  const auto dim = static_cast<std::size_t>(c.attrs.integer(0));
  sdk::Ints begin(dim + 1, 0), end = c.out().type().dims;
  end.resize(dim + 1);
  begin[dim] = c.input;
  end[dim] = c.input + 1;
  return call(
      "slice", {c.g},
      {{"begin", begin}, {"end", end}, {"drop", sdk::Ints{static_cast<std::int64_t>(dim)}}});
}

}  // namespace

void register_concatenations(sdk::Plugin& plugin) {
  plugin.family("shape");

  plugin.op("concat")
      .doc(
          "Values one after the other along a dimension, in which alone they may differ. A scalar "
          "counts as a vector of one element.")
      .inputs("values", EBB_ANY)
      .attr("dim", 0, "the dimension along which they are joined", sdk::non_negative)
      .infer(infer_concat)
      .kernel(concat_kernel)
      .vjp(concat_vjp)
      .selects()
      .notation("concat({...})")
      .range("(-inf, inf)")
      .example("concat([1, 2], [3])", "[1, 2, 3]");

  plugin.op("stack")
      .doc("Values of one shape side by side along a new dimension.")
      .inputs("values", EBB_ANY)
      .attr("dim", 0, "where the new dimension stands", sdk::non_negative)
      .infer(infer_stack)
      .kernel(concat_kernel)
      .vjp(stack_vjp)
      .selects()
      .notation("stack({...})")
      .range("(-inf, inf)")
      .example("stack([1, 2], [3, 4], dim = 1)", "[[1, 3], [2, 4]]");
}

}  // namespace ebb
