// Random ops: their numbers depend on the seed, the node's name, the epoch and the sample alone.
#include "ops/families.hpp"

namespace ebb::ops {

using namespace sdk;

namespace {

template <class T>
void drop(const Kernel& k) {
  const auto x = k.in<T>(0);
  const auto y = k.out<T>();
  const double p = k.attrs.real(0);
  const T scale = static_cast<T>(1 / (1 - p));
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    const RandomStream stream = k.random(s);
    for_each_element(x.dims(), [&](std::int64_t i, std::int64_t index) {
      y.data(s)[i] =
          stream.uniform(static_cast<std::uint64_t>(index)) < p ? 0 : scale * x.data(s)[i];
    });
  }
}

}  // namespace

void random(Plugin& plugin) {
  plugin.family("random");

  plugin.op("dropout")
      .doc(
          "Sets each element to 0 with probability p and divides the others by 1 - p, in training "
          "only "
          "(Srivastava et al. 2014).")
      .input("x")
      .attr("p", 0.5, "the probability to drop an element", {0, 1, false, true})
      .infer([](Inference& c) { c.out[0] = c.in[0]; })
      .kernel([]<class T>(const Kernel& k, T) { drop<T>(k); })
      .random()
      .training_only()
      .vjp([](const Call& c) {
        return call("dropout", {c.g, c[1], c[2]}, {{"p", c.attrs[0]}, {"key", c.attrs[1]}});
      })
      .notation("dropout({0})")
      .range("(-inf, inf)")
      .example("dropout([1, 2], p = 0)", "[1, 2]");
}

}  // namespace ebb::ops
