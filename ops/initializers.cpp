// Initial values of parameters.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// Fills the output with value(stream, index), the index counting in C order.
template <class T, class F>
void fill(const Kernel& k, F value) {
  const RandomStream stream = k.random();
  const auto out = k.out<T>();
  for_each_element(out.dims(), [&](std::int64_t i, std::int64_t index) {
    out.data()[i] = static_cast<T>(value(stream, static_cast<std::uint64_t>(index)));
  });
}

// How many inputs a unit of a weight [out, in, window...] has, and how many units read an input.
struct Fans {
  double in, out;
};
Fans fans(std::span<const std::int64_t> dims) {
  double window = 1;
  for (auto d : dims.subspan(2)) window *= static_cast<double>(d);
  return {static_cast<double>(dims[1]) * window, static_cast<double>(dims[0]) * window};
}

void needs_fans(Inference& c) {
  c.out[0].dims = c.attrs.dims(0);
  if (c.out[0].rank() < 2)
    c.fail("a weight needs two dimensions, [outputs, inputs], to have a number of inputs",
           "start a bias with zeros");
}

// Makes the rows of a weight, or its columns where they are fewer, orthonormal: Gram and Schmidt,
// twice for each vector, since once loses digits (Björck, "Numerics of Gram-Schmidt
// orthogonalization", 1994). Of normally distributed numbers it gives every orientation the same
// chance.
template <class T>
void orthonormalize(T* x, std::int64_t rows, std::int64_t columns) {
  const bool by_rows = rows <= columns;
  const std::int64_t count = std::min(rows, columns), length = std::max(rows, columns);
  const std::int64_t next = by_rows ? 1 : rows, step = by_rows ? rows : 1;
  const auto dot = [&](const T* a, const T* b) {
    double sum = 0;
    for (std::int64_t j = 0; j < length; ++j)
      sum += static_cast<double>(a[j * step]) * static_cast<double>(b[j * step]);
    return sum;
  };
  for (std::int64_t i = 0; i < count; ++i) {
    T* v = x + i * next;
    for (std::int64_t k = 0; k < 2 * i; ++k) {
      const T* other = x + k % i * next;
      const auto share = static_cast<T>(dot(v, other));
      for (std::int64_t j = 0; j < length; ++j) v[j * step] -= share * other[j * step];
    }
    const auto norm = static_cast<T>(std::sqrt(dot(v, v)));
    for (std::int64_t j = 0; j < length; ++j) v[j * step] /= norm;
  }
}

void fixed(Plugin& plugin) {
  plugin.op("zeros")
      .doc("Every element starts at 0.")
      .kernel([]<class T>(const Kernel& k, T) { fill<T>(k, [](auto&, auto) { return 0.0; }); })
      .initializer()
      .notation("zeros")
      .range("{0}")
      .example("zeros(shape = [3])", "[0, 0, 0]");

  plugin.op("constant")
      .doc("Every element starts at the same value.")
      .attr("value", required, EBB_ATTR_REAL, "the value")
      .kernel([]<class T>(const Kernel& k, T) {
        fill<T>(k, [&](auto&, auto) { return k.attrs.real(0); });
      })
      .initializer()
      .notation("constant({value})")
      .range("{value}")
      .example("constant(0.5, shape = [2, 2])", "[[0.5, 0.5], [0.5, 0.5]]");

  plugin.op("uniform")
      .doc("Every element is drawn uniformly between two bounds.")
      .attr("lower", 0.0, "the lower bound")
      .attr("upper", 1.0, "the upper bound")
      .kernel([]<class T>(const Kernel& k, T) {
        const double lower = k.attrs.real(0), width = k.attrs.real(1) - lower;
        fill<T>(k, [&](auto& stream, auto i) { return lower + width * stream.uniform(i); });
      })
      .initializer()
      .notation("uniform({lower}, {upper})")
      .range("(lower, upper)")
      .example("uniform(2, 2, shape = [3])", "[2, 2, 2]");

  plugin.op("normal")
      .doc("Every element is drawn from a normal distribution.")
      .attr("mean", 0.0, "its mean")
      .attr("sd", 1.0, "its standard deviation", non_negative)
      .kernel([]<class T>(const Kernel& k, T) {
        const double mean = k.attrs.real(0), sd = k.attrs.real(1);
        fill<T>(k, [&](auto& stream, auto i) { return mean + sd * stream.normal(i); });
      })
      .initializer()
      .notation("normal({mean}, {sd})")
      .range("(-inf, inf)")
      .example("normal(5, 0, shape = [2])", "[5, 5]");
}

void scaled(Plugin& plugin) {
  plugin.op("glorot")
      .doc(
          "Drawn uniformly within ±√(6 / (inputs + outputs)) of 0: keeps the variance of signals "
          "and of "
          "gradients from layer to layer (Glorot & Bengio 2010). For a weight [outputs, inputs, "
          "window...].")
      .infer(needs_fans)
      .kernel([]<class T>(const Kernel& k, T) {
        const Fans n = fans(k.out<T>().dims());
        const double bound = std::sqrt(6 / (n.in + n.out));
        fill<T>(k, [&](auto& stream, auto i) { return bound * (2 * stream.uniform(i) - 1); });
      })
      .initializer()
      .notation("glorot")
      .range("(-inf, inf)")
      .example("shape(glorot(shape = [3, 2]))", "[3, 2]");

  plugin.op("he")
      .doc(
          "Drawn from a normal distribution with sd √(2 / inputs): keeps the variance of signals "
          "through "
          "relu layers (He et al. 2015). For a weight [outputs, inputs, window...].")
      .infer(needs_fans)
      .kernel([]<class T>(const Kernel& k, T) {
        const double sd = std::sqrt(2 / fans(k.out<T>().dims()).in);
        fill<T>(k, [&](auto& stream, auto i) { return sd * stream.normal(i); });
      })
      .initializer()
      .notation("he")
      .range("(-inf, inf)")
      .example("shape(he(shape = [3, 2]))", "[3, 2]");

  plugin.op("orthogonal")
      .doc(
          "A random matrix whose rows, or whose columns where they are fewer, are orthonormal: "
          "keeps "
          "the length of what it multiplies (Saxe et al. 2014). For a weight [outputs, inputs, "
          "window...].")
      .infer(needs_fans)
      .kernel([]<class T>(const Kernel& k, T) {
        fill<T>(k, [&](auto& stream, auto i) { return stream.normal(i); });
        const auto out = k.out<T>();
        if (out.elements() > 0) orthonormalize(out.data(), out.dim(0), out.elements() / out.dim(0));
      })
      .initializer()
      .notation("orthogonal")
      .range("[-1, 1]")
      .example("shape(orthogonal(shape = [3, 2]))", "[3, 2]");
}

}  // namespace

void initializers(Plugin& plugin) {
  plugin.family("initializers");
  fixed(plugin);
  scaled(plugin);
}

}  // namespace ebb::ops
