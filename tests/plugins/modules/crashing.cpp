// Ops that are right where they are proved, and crash or throw elsewhere.
#include <ebb/plugin.hpp>
#include <stdexcept>

using namespace ebb::sdk;

namespace {

volatile int* nowhere = nullptr;

void same_shape(Inference& c) { c.out[0].dims = c.in[0].dims; }

template <class T>
void copy(const Kernel& k, T) {
  const auto x = k.in<T>(0);
  for (std::int64_t s = 0; s < k.samples(); ++s)
    for (std::int64_t i = 0; i < x.elements(); ++i) k.out<T>().data(s)[i] = x.data(s)[i];
}

}  // namespace

EBB_PLUGIN(crashing, "1.0") {
  plugin.op("kernel_crash")
      .doc("x, below 100.")
      .input("x")
      .elementwise([](auto x) {
        if (x > 100) *nowhere = 1;
        return x;
      })
      .vjp([](const Call& c) { return c.g; });
  plugin.op("kernel_abort")
      .doc("x, below 100.")
      .input("x")
      .elementwise([](auto x) {
        if (x > 100) throw std::runtime_error("out of a kernel that may not throw");
        return x;
      })
      .vjp([](const Call& c) { return c.g; });
  plugin.op("rule_crash")
      .doc("x, of less than five dimensions.")
      .input("x")
      .infer([](Inference& c) {
        if (c.in[0].rank() == 5) *nowhere = 1;
        if (c.in[0].rank() == 6) throw std::runtime_error("six dimensions are too many");
        same_shape(c);
      })
      .kernel([](const Kernel& k, auto zero) {
        if (k.in<decltype(zero)>(0).data()[0] > 100) throw std::runtime_error("x is above 100");
        copy(k, zero);
      })
      .vjp([](const Call& c) {
        if (c[0].type().rank() == 7) *nowhere = 1;
        if (c[0].type().rank() == 8) throw std::runtime_error("eight dimensions are too many");
        return c.g;
      });
}
