// Values stretched and turned. To put them together, and to change the shape alone, are the core's.
#include "ops/dims.hpp"
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// The gradient of a dimension that stands in g `times` times over: as wholes one after the other,
// or each element in turn.
Value sum_of_copies(const Value& g, std::size_t d, std::int64_t times, bool wholes) {
  Ints dims = g.type().dims;
  const auto leading = product(Dims(dims).first(d)), trailing = product(Dims(dims).subspan(d + 1));
  dims[d] /= times;
  const Ints apart = {leading, wholes ? times : dims[d], wholes ? dims[d] : times, trailing};
  const Value split = call("reshape", {g}, {{"shape", apart}});
  const Value sum = call("sum", {split}, {{"dims", Ints{wholes ? 1 : 2}}});
  return call("reshape", {sum}, {{"shape", dims}});
}

void infer_tile(Inference& c) {
  const auto repeats = c.attrs.integers(0);
  if (static_cast<int>(repeats.size()) > c.in[0].rank())
    c.fail("{0} is " + to_string(c.in[0].dims) + " and has no dimension " +
           std::to_string(c.in[0].rank()));
  c.out[0] = c.in[0];
  for (std::size_t d = 0; d < repeats.size(); ++d) c.out[0].dims[d] *= repeats[d];
}

void tile_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto repeats = k.attrs.integers(0);
    Loops loops;
    std::int64_t from = 1, to = 1;
    for (std::size_t d = 0; d < x.dims().size(); ++d) {
      const auto n = x.dims()[d], times = d < repeats.size() ? repeats[d] : 1;
      loops.add(n, from, to);
      loops.add(times, 0, to * n);
      from *= n;
      to *= n * times;
    }
    for (std::int64_t s = 0; s < k.samples(); ++s) copy(loops, x.data(s), k.out<T>().data(s));
  });
}

Value tile_vjp(const Call& c) {
  const auto repeats = c.attrs.integers(0);
  Value g = c.g;
  for (std::size_t d = 0; d < repeats.size(); ++d)
    if (repeats[d] != 1) g = sum_of_copies(g, d, repeats[d], true);
  return g;
}

void infer_repeat(Inference& c) {
  const auto dim = c.attrs.integer(1);
  check_dim(c, dim);
  c.out[0] = c.in[0];
  c.out[0].dims[static_cast<std::size_t>(dim)] *= c.attrs.integer(0);
}

void repeat_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto times = k.attrs.integer(0);
    const auto dim = static_cast<std::size_t>(k.attrs.integer(1));
    const auto inner = product(x.dims().first(dim));
    Loops loops;
    loops.add(inner, 1, 1);
    loops.add(times, 0, inner);
    loops.add(product(x.dims().subspan(dim)), inner, inner * times);
    for (std::int64_t s = 0; s < k.samples(); ++s) copy(loops, x.data(s), k.out<T>().data(s));
  });
}

void infer_flip(Inference& c) {
  for (auto d : c.attrs.integers(0)) check_dim(c, d);
  c.out[0] = c.in[0];
}

void flip_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    const auto dims = k.attrs.integers(0);
    Loops loops;
    std::int64_t first = 0, stride = 1;
    for (std::int64_t d = 0; d < x.rank(); ++d) {
      const auto n = x.dim(static_cast<int>(d));
      const bool turned = dims.empty() || std::ranges::find(dims, d) != dims.end();
      loops.add(n, turned ? -stride : stride, stride);
      if (turned) first += (n - 1) * stride;
      stride *= n;
    }
    if (x.elements() == 0) return;
    for (std::int64_t s = 0; s < k.samples(); ++s)
      copy(loops, x.data(s) + first, k.out<T>().data(s));
  });
}

void copies(Plugin& plugin) {
  plugin.op("tile")
      .doc("x over and over: as a whole, side by side in its leading dimensions.")
      .input("x", EBB_ANY)
      .attr("repeats", required, EBB_ATTR_INTS, "how often, for each leading dimension",
            Interval{1, infinity})
      .infer(infer_tile)
      .kernel(tile_kernel)
      .vjp(tile_vjp)
      .selects()
      .notation("tile({0}, {repeats})")
      .range("(-inf, inf)")
      .example("tile([1, 2], [2])", "[1, 2, 1, 2]");

  plugin.op("repeat")
      .doc("Each element of x several times in a row, along a dimension.")
      .input("x", EBB_ANY)
      .attr("times", required, EBB_ATTR_INT, "how often", Interval{1, infinity})
      .attr("dim", 0, "the dimension that grows", non_negative)
      .infer(infer_repeat)
      .kernel(repeat_kernel)
      .vjp([](const Call& c) {
        return sum_of_copies(c.g, static_cast<std::size_t>(c.attrs.integer(1)), c.attrs.integer(0),
                             false);
      })
      .selects()
      .notation("repeat({0}, {times})")
      .range("(-inf, inf)")
      .example("repeat([1, 2], 2)", "[1, 1, 2, 2]");

  plugin.op("flip")
      .doc("x with the order of its elements turned round along some dimensions, or along all.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, "the dimensions to turn round; none: all of them", non_negative)
      .infer(infer_flip)
      .kernel(flip_kernel)
      .vjp([](const Call& c) {
        return call("flip", {c.g}, {{"dims", c.attrs[0]}});
      })
      .selects()
      .notation("flip({0})")
      .range("(-inf, inf)")
      .example("flip([[1, 2], [3, 4]], [1])", "[[2, 1], [4, 3]]");
}

}  // namespace

void shape(Plugin& plugin) {
  plugin.family("shape");
  copies(plugin);
}

}  // namespace ebb::ops
