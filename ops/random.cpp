// Random ops: their numbers depend on the seed, the node's name, the epoch and the sample alone.
// Each sample has draws of its own.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

// Sets each element i of each sample to draw(stream, number, i), where the number, the element's
// place in C order, says which draw of the sample's stream is its own.
template <class T, class Draw>
void fill(const Kernel& k, Draw draw) {
  const auto y = k.out<T>();
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const RandomStream stream = k.random(s);
    T* to = y.data(s);
    for_each_element(y.dims(), [&](std::int64_t i, std::int64_t index) {
      to[i] = static_cast<T>(draw(stream, static_cast<std::uint64_t>(index), s, i));
    });
  }
}

void infer_shape(Inference& c) { c.out[0].dims = c.attrs.dims(0); }
void infer_same(Inference& c) { c.out[0] = c.in[0]; }

// Positions of a mini-batch in random order.
struct Drawn {
  std::uint64_t number;
  std::int64_t position;
  auto operator<=>(const Drawn&) const = default;
};

template <class T>
void permute(const Kernel& k) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const bool inverse = k.attrs.boolean(0);
  auto* order = static_cast<Drawn*>(k.scratch());
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const auto bits = k.random(s).bits(0);
    order[s] = {std::uint64_t{bits[0]} << 32 | bits[1], s};
  }
  std::sort(order, order + k.samples());
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const auto other = order[s].position;
    std::copy_n(x.data(inverse ? s : other), x.elements(), y.data(inverse ? other : s));
  }
}

void draws(Plugin& plugin) {
  plugin.op("random_uniform")
      .doc("Numbers between two bounds, each as likely as any other, for each sample its own.")
      .attr("shape", required, EBB_ATTR_INTS, "the shape of one sample", non_negative)
      .attr("lower", 0.0, "the lower bound")
      .attr("upper", 1.0, "the upper bound")
      .infer([](Inference& c) {
        if (c.attrs.real(1) > c.attrs.real(2)) c.fail("lower is above upper");
        infer_shape(c);
      })
      .kernel([]<class T>(const Kernel& k, T) {
        const double lower = k.attrs.real(1), upper = k.attrs.real(2);
        fill<T>(k, [=](const RandomStream& stream, auto number, auto, auto) {
          return lower + (upper - lower) * stream.uniform(number);
        });
      })
      .random()
      .notation("U({lower}, {upper})")
      .range("(-inf, inf)")
      .example("random_uniform([2], upper = 0)", "[0, 0]");

  plugin.op("random_normal")
      .doc("Numbers from a normal distribution, for each sample its own.")
      .attr("shape", required, EBB_ATTR_INTS, "the shape of one sample", non_negative)
      .attr("mean", 0.0, "the mean")
      .attr("sd", 1.0, "the standard deviation", non_negative)
      .infer(infer_shape)
      .kernel([]<class T>(const Kernel& k, T) {
        const double mean = k.attrs.real(1), sd = k.attrs.real(2);
        fill<T>(k, [=](const RandomStream& stream, auto number, auto, auto) {
          return mean + sd * stream.normal(number);
        });
      })
      .random()
      .notation("N({mean}, {sd})")
      .range("(-inf, inf)")
      .example("random_normal([2], mean = 3, sd = 0)", "[3, 3]");

  plugin.op("random_bernoulli")
      .doc("true with probability p, else false, element by element, for each sample its own.")
      .input("p", unit)
      .infer([](Inference& c) {
        c.out[0].dims = c.in[0].dims;
        c.out[0].dtype = EBB_BOOL;
      })
      .kernel([]<class T>(const Kernel& k, T) {
        const auto p = k.in<T>(0);
        fill<std::uint8_t>(k, [=](const RandomStream& stream, auto number, auto s, auto i) {
          return stream.uniform(number) < static_cast<double>(p.data(s)[i]);
        });
      })
      .random()
      .zero_gradient()
      .notation("Bernoulli({0})")
      .range("{false, true}")
      .example("random_bernoulli([0, 1])", "[false, true]");
}

void noise(Plugin& plugin) {
  plugin.op("dropout")
      .doc(
          "Sets each element to 0 with probability p and divides the others by 1 - p, in training "
          "only (Srivastava et al. 2014). Of a shared value anew in each step.")
      .input("x")
      .attr("p", 0.5, "the probability to drop an element", {0, 1, false, true})
      .infer(infer_same)
      .kernel([]<class T>(const Kernel& k, T) {
        const auto x = k.in<T>(0);
        const double p = k.attrs.real(0);
        fill<T>(k, [=, scale = static_cast<T>(1 / (1 - p))](const RandomStream& stream, auto number,
                                                            auto s, auto i) {
          return stream.uniform(number) < p ? T{0} : scale * x.data(s)[i];
        });
      })
      .random()
      .training_only()
      .vjp([](const Call& c) {
        return call("dropout", {c.g, c[1], c[2]}, {{"p", c.attrs[0]}, {"key", c.attrs[1]}});
      })
      .notation("dropout({0})")
      .range("(-inf, inf)")
      .example("dropout([1, 2], p = 0)", "[1, 2]");

  plugin.op("gaussian_noise")
      .doc(
          "x with a number from a normal distribution of mean 0 added to each element, in training "
          "only. To a shared value anew in each step.")
      .input("x")
      .attr("sd", 1.0, "the standard deviation", non_negative)
      .infer(infer_same)
      .kernel([]<class T>(const Kernel& k, T) {
        const auto x = k.in<T>(0);
        const double sd = k.attrs.real(0);
        fill<T>(k, [=](const RandomStream& stream, auto number, auto s, auto i) {
          return static_cast<double>(x.data(s)[i]) + sd * stream.normal(number);
        });
      })
      .random()
      .training_only()
      .vjp([](const Call& c) { return c.g; })
      .notation("noise({0})")
      .range("(-inf, inf)")
      .example("gaussian_noise([1, 2], sd = 0)", "[1, 2]");
}

void permutation(Plugin& plugin) {
  plugin.op("sample_permutation")
      .doc(
          "The samples of the mini-batch in random order: each gets the value of x that another "
          "one, "
          "or it itself, has.")
      .input("x")
      .attr("inverse", false, "undo the permutation")
      .infer([](Inference& c) {
        if (!c.in[0].per_sample)
          c.fail("there is nothing to permute: {0} is shared by all samples");
        c.out[0] = c.in[0];
      })
      .kernel([]<class T>(const Kernel& k, T) { permute<T>(k); })
      .scratch([](const ScratchRequest& r) {
        return static_cast<std::size_t>(r.samples) * sizeof(Drawn);
      })
      .random()
      .across_samples()
      .vjp([](const Call& c) {
        return call("sample_permutation", {c.g, c[1], c[2]},
                    {{"inverse", !c.attrs.boolean(0)}, {"key", c.attrs[1]}});
      })
      .notation("permutation({0})")
      .range("(-inf, inf)")
      .example("sample_permutation(x)", "x of another sample");
}

}  // namespace

void random(Plugin& plugin) {
  plugin.family("random");
  draws(plugin);
  noise(plugin);
  permutation(plugin);
}

}  // namespace ebb::ops
