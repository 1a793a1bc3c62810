// Sums, products and the like, over dimensions of one sample or along one of them.
#include "ops/reduce.hpp"

namespace ebb::ops {

namespace {

// Sums and products are whole where the elements are, and counted where they are bool.
template <class Reducer>
void total_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    constexpr bool is_real = std::is_floating_point_v<T>;
    using Acc = std::conditional_t<is_real, double, std::int64_t>;
    using Out = std::conditional_t<is_real, T, std::int64_t>;
    reduce<Reducer, Acc, T, Out>(k);
  });
}

void infer_total(Inference& c) {
  c.out[0].dtype = c.in[0].dtype == EBB_BOOL ? EBB_I64 : c.in[0].dtype;
  infer_dims(c);
}

void infer_truth(Inference& c) {
  c.out[0].dtype = EBB_BOOL;
  infer_dims(c);
}

// The part of x from begin to before end along a dimension.
Value part(const Value& x, std::size_t dim, std::int64_t begin, std::int64_t end) {
  Ints first(dim, 0), last = x.type().dims;
  last.resize(dim);
  first.push_back(begin);
  last.push_back(end);
  return call("slice", {x}, {{"begin", first}, {"end", last}});
}

Value joined(std::initializer_list<Value> parts, std::size_t dim) {
  return call("concat", parts, {{"dim", dim}});
}

// For each element the product of the others along a dimension: x is folded in half, and what is
// known of the products of two is multiplied with the other of the two. Nothing is divided by, so
// it is right where elements are 0, and its derivatives are too.
Value others_along(const Value& x, std::size_t dim) {
  const auto n = x.type().dims[dim], half = n / 2;
  if (n == 1) return call("broadcast", {x.constant(1)}, {{"shape", x.type().dims}});
  const Value a = part(x, dim, 0, half), b = part(x, dim, half, 2 * half);
  if (n == 2) return joined({b, a}, dim);
  if (n % 2 == 0) {
    const Value others = others_along(a * b, dim);
    return joined({others * b, others * a}, dim);
  }
  const Value others = others_along(joined({a * b, part(x, dim, n - 1, n)}, dim), dim);
  const Value paired = part(others, dim, 0, half);
  return joined({paired * b, paired * a, part(others, dim, half, half + 1)}, dim);
}

// For each element the product of the others over all dimensions of the mask.
Value others_over(const Value& x, std::uint32_t mask) {
  Value others = x.constant(1), rest = x;
  for (std::size_t d = 0; d < x.type().dims.size(); ++d) {
    if ((mask >> d & 1u) == 0) continue;
    others = others * others_along(rest, d);
    Ints dims = rest.type().dims;
    const auto reduced = static_cast<std::int64_t>(d);
    const Value product = call("prod", {rest}, {{"dims", Ints{reduced}}});
    dims[d] = 1;
    rest = call("reshape", {product}, {{"shape", dims}});
  }
  return others;
}

Value prod_vjp(const Call& c) {
  const Type x = c[0].type();
  if (x.elements() == 0) return c.g.constant(0);
  return restored(c, c.g) * others_over(c[0], reduced_dims(c.attrs.integers(0), x.rank()));
}

// The running sums of one block of neighbouring lines, `width` of them.
template <class Acc, class T, class Out>
void sum_lines(const T* x, Out* y, std::int64_t n, std::int64_t stride, std::int64_t width,
               bool exclusive, bool reverse) {
  std::array<Acc, 64> sums{};
  for (std::int64_t step = 0; step < n; ++step) {
    const std::int64_t at = (reverse ? n - 1 - step : step) * stride;
    for (std::int64_t i = 0; i < width; ++i) {
      Acc& sum = sums[static_cast<std::size_t>(i)];
      const Acc before = sum;
      sum += static_cast<Acc>(x[at + i]);
      y[at + i] = static_cast<Out>(exclusive ? before : sum);
    }
  }
}

void cumsum_kernel(const Kernel& k) {
  with_element(k.in_dtype(0), [&]<class T>(T) {
    constexpr bool is_real = std::is_floating_point_v<T>;
    using Acc = std::conditional_t<is_real, double, std::int64_t>;
    using Out = std::conditional_t<is_real, T, std::int64_t>;
    constexpr std::int64_t block = 64;
    const auto x = k.in<T>(0);
    const auto y = k.out<Out>();
    const auto dim = static_cast<std::size_t>(k.attrs.integer(0));
    const std::int64_t n = x.dims()[dim];
    std::int64_t stride = 1;
    for (auto d : x.dims().first(dim)) stride *= d;
    for (std::int64_t s = 0; s < k.samples(); ++s)
      for (std::int64_t start = 0; start < x.elements(); start += stride * n)
        for (std::int64_t i = 0; i < stride; i += block)
          sum_lines<Acc>(x.data(s) + start + i, y.data(s) + start + i, n, stride,
                         std::min(block, stride - i), k.attrs.boolean(1), k.attrs.boolean(2));
  });
}

void infer_cumsum(Inference& c) {
  check_dim(c, c.attrs.integer(0));
  c.out[0].dtype = c.in[0].dtype == EBB_BOOL ? EBB_I64 : c.in[0].dtype;
  c.out[0].dims = c.in[0].dims;
}

void totals(Plugin& plugin) {
  plugin.op("sum")
      .doc(
          "The sum over the given dimensions of a sample, or over all its elements. Counts where x "
          "is bool.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_total)
      .kernel(total_kernel<Sum>)
      .vjp([](const Call& c) { return restored(c, c.g); })
      .sums()
      .notation("sum({0})")
      .range("(-inf, inf)")
      .example("sum([[1, 2], [3, 4]], dims = [0])", "[4, 6]");

  plugin.op("prod")
      .doc("The product over the given dimensions of a sample, or of all its elements.")
      .input("x", EBB_ANY)
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_total)
      .kernel(total_kernel<Product>)
      .vjp(prod_vjp)
      .notation("prod({0})")
      .range("(-inf, inf)")
      .example("prod([[1, 2], [3, 4]], dims = [0])", "[3, 8]");

  plugin.op("cumsum")
      .doc("The running sums along a dimension. Counts where x is bool.")
      .input("x", EBB_ANY)
      .attr("dim", 0, "the dimension along which is summed", non_negative)
      .attr("exclusive", false, "an element is not part of its own sum")
      .attr("reverse", false, "sum from the end")
      .infer(infer_cumsum)
      .kernel(cumsum_kernel)
      .vjp([](const Call& c) {
        return call(
            "cumsum", {c.g},
            {{"dim", c.attrs[0]}, {"exclusive", c.attrs[1]}, {"reverse", !c.attrs.boolean(2)}});
      })
      .notation("cumsum({0})")
      .range("(-inf, inf)")
      .example("cumsum([1, 2, 3])", "[1, 3, 6]");
}

void truth(Plugin& plugin) {
  plugin.op("any")
      .doc(
          "Whether some element over the given dimensions of a sample is true, or of all; false of "
          "none.")
      .input("x", EBB_BOOL)
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_truth)
      .kernel(reduce<Or, std::uint8_t, std::uint8_t, std::uint8_t>)
      .notation("any({0})")
      .range("{false, true}")
      .example("any([1, 5, 2] > 4)", "true");

  plugin.op("all")
      .doc(
          "Whether each element over the given dimensions of a sample is true, or of all; true of "
          "none.")
      .input("x", EBB_BOOL)
      .attr("dims", Ints{}, dims_doc, non_negative)
      .infer(infer_truth)
      .kernel(reduce<And, std::uint8_t, std::uint8_t, std::uint8_t>)
      .notation("all({0})")
      .range("{false, true}")
      .example("all([1, 5, 2] > 4)", "false");
}

}  // namespace

void reductions(Plugin& plugin) {
  plugin.family("reductions");
  totals(plugin);
  truth(plugin);
}

}  // namespace ebb::ops
