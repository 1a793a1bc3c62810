// Borders round values: constant, mirrored or repeated; the gradient of what is repeated adds up.
#include <algorithm>
#include <cstring>
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

enum class Padding { constant, reflect, edge };

Padding padding_of(const sdk::Attributes& attrs) {
  const char* mode = attrs.string(2);
  if (std::strcmp(mode, "reflect") == 0) return Padding::reflect;
  if (std::strcmp(mode, "edge") == 0) return Padding::edge;
  if (std::strcmp(mode, "constant") == 0) return Padding::constant;
  throw sdk::Failure("mode is constant, reflect or edge, but not " + std::string(mode));
}

void check_borders(const Inference& c, std::size_t d) {
  const auto size = c.in[0].dims[d];
  const auto most = std::max(c.attrs.integers(0)[d], c.attrs.integers(1)[d]);
  const auto mode = padding_of(c.attrs);
  if (most == 0 || mode == Padding::constant || (mode == Padding::edge && size > 0)) return;
  if (most >= size)
    c.fail("dimension " + std::to_string(d) + " of {0}, which is " + to_string(c.in[0].dims) +
               ", is too small for a border of " + std::to_string(most),
           mode == Padding::reflect ? "what is reflected is there: a border is smaller than x"
                                    : "there is no edge to repeat");
}

void infer_pad(Inference& c) {
  const auto before = c.attrs.integers(0), after = c.attrs.integers(1);
  if (before.size() != after.size()) c.fail("before and after have different lengths");
  if (static_cast<int>(before.size()) > c.in[0].rank())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has no dimension " +
           std::to_string(c.in[0].rank()));
  const double value = c.attrs.real(3);
  if (c.in[0].dtype != EBB_REAL && value != std::floor(value))
    c.fail("{0} is whole, so value must be");
  c.out[0] = c.in[0];
  for (std::size_t d = 0; d < before.size(); ++d) {
    check_borders(c, d);
    c.out[0].dims[d] += before[d] + after[d];
  }
}

// Fills the borders along dimension d of one sample y: those of the dimensions before it are filled
// already, those after it are left out.
template <class T>
void fill_borders(const Kernel& k, Dims x_dims, T* y, Dims y_dims, std::size_t d, bool reflect) {
  const auto before = k.attrs.integers(0), after = k.attrs.integers(1);
  const auto stride = elements_of(y_dims.first(d));
  std::int64_t first = 0;
  for (std::size_t e = before.size() - 1; e > d; --e)
    first += before[e] * elements_of(y_dims.first(e));
  const auto fill = [&](std::int64_t border, std::int64_t from, std::int64_t to) {
    Loops loops;
    loops.add(stride, 1, 1);
    loops.add(border, reflect ? -stride : 0, stride);
    for (std::size_t e = d + 1; e < y_dims.size(); ++e) {
      const auto step = elements_of(y_dims.first(e));
      loops.add(x_dims[e], step, step);
    }
    copy(loops, y + first + stride * from, y + first + stride * to);
  };
  const auto begin = before[d], end = begin + x_dims[d];
  fill(begin, reflect ? 2 * begin : begin, 0);
  fill(after[d], reflect ? end - 2 : end - 1, end);
}

void pad_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto y = k.out<T>();
    const auto before = k.attrs.integers(0);
    const auto mode = padding_of(k.attrs);
    Loops middle;
    std::int64_t first = 0, from = 1, to = 1;
    for (std::size_t d = 0; d < x.dims().size(); ++d) {
      middle.add(x.dims()[d], from, to);
      if (d < before.size()) first += before[d] * to;
      from *= x.dims()[d];
      to *= y.dims()[d];
    }
    for (std::int64_t s = 0; s < k.samples(); ++s) {
      if (mode == Padding::constant)
        std::fill_n(y.data(s), y.elements(), static_cast<T>(k.attrs.real(3)));
      copy(middle, x.data(s), y.data(s) + first);
      if (mode == Padding::constant) continue;
      for (std::size_t d = 0; d < before.size(); ++d)
        fill_borders(k, x.dims(), y.data(s), y.dims(), d, mode == Padding::reflect);
    }
  });
}

// From `begin` to before `end` along dimension d.
sdk::Value part(const sdk::Value& x, std::size_t d, std::int64_t begin, std::int64_t end) {
  sdk::Ints first(d + 1, 0), last = x.type().dims;
  last.resize(d + 1);
  first[d] = begin;
  last[d] = end;
  return call("slice", {x}, {{"begin", first}, {"end", last}});
}

// x at `begin` along dimension d, which is then of size n, among zeros.
sdk::Value placed(const sdk::Value& x, std::size_t d, std::int64_t begin, std::int64_t n) {
  sdk::Ints before(d + 1, 0), after(d + 1, 0);
  before[d] = begin;
  after[d] = n - begin - x.type().dims[d];
  return call("pad", {x}, {{"before", before}, {"after", after}});
}

// What flows into a border along dimension d goes to the elements that the border repeats: the
// mirrored ones from `mirrored` on, or the one at `edge`.
sdk::Value to_repeated(const sdk::Value& border, std::size_t d, bool reflect, std::int64_t mirrored,
                       std::int64_t edge, std::int64_t n) {
  if (reflect) {
    const sdk::Ints dims{static_cast<std::int64_t>(d)};
    return placed(call("flip", {border}, {{"dims", dims}}), d, mirrored, n);
  }
  sdk::Ints dims = border.type().dims;
  dims[d] = 1;
  return placed(call("sum_to", {border}, {{"shape", dims}}), d, edge, n);
}

sdk::Value pad_vjp(const Call& c) {
  const auto before = c.attrs.integers(0), after = c.attrs.integers(1);
  const sdk::Ints dims = c[0].type().dims;
  const auto mode = padding_of(c.attrs);
  sdk::Value g = c.g;
  for (std::size_t d = 0; d < before.size(); ++d) {
    const auto n = dims[d], end = before[d] + n;
    sdk::Value sum = part(g, d, before[d], end);
    if (mode != Padding::constant && before[d] > 0)
      sum = sum + to_repeated(part(g, d, 0, before[d]), d, mode == Padding::reflect, 1, 0, n);
    if (mode != Padding::constant && after[d] > 0)
      sum = sum + to_repeated(part(g, d, end, end + after[d]), d, mode == Padding::reflect,
                              n - 1 - after[d], n - 1, n);
    g = sum;
  }
  return g;
}

}  // namespace

void register_pad(sdk::Plugin& plugin) {
  plugin.family("shape");

  plugin.op("pad")
      .doc(
          "x with a border before and after it, in its leading dimensions. Mode reflect mirrors x "
          "at its outermost elements, edge repeats them; else the border is `value`.")
      .input("x", EBB_ANY)
      .attr("before", sdk::required, EBB_ATTR_INTS,
            "the border before x, for each leading dimension", sdk::non_negative)
      .attr("after", sdk::required, EBB_ATTR_INTS, "the border after x, for each leading dimension",
            sdk::non_negative)
      .attr("mode", "constant", "what the border holds: constant, reflect or edge")
      .attr("value", 0.0, "the number in a constant border")
      .infer(infer_pad)
      .kernel(pad_kernel)
      .vjp(pad_vjp)
      .selects()
      .notation("pad({0}, {before}, {after})")
      .range("(-inf, inf)")
      .example("pad([1, 2, 3], [2], [1], mode = \"reflect\")", "[3, 2, 1, 2, 3, 2]");
}

}  // namespace ebb
