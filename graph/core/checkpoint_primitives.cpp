// Markers that change no value: what is computed again in the reverse pass, and when.
#include <algorithm>
#include <ebb/plugin.hpp>

#include "graph/core/primitives.hpp"

namespace ebb {

namespace {

using sdk::Call;
using sdk::Inference;
using sdk::Kernel;

void same(Inference& c) { c.out[0] = c.in[0]; }

void copy(const Kernel& k) {
  sdk::with_element(k.in_dtype(0), [&]<class T>(T) {
    const auto x = k.in<T>(0);
    for (std::int64_t s = 0; s < k.samples(); ++s)
      std::copy_n(x.data(s), x.elements(), k.out<T>().data(s));
  });
}

}  // namespace

void register_checkpoints(sdk::Plugin& p) {
  const auto pass = [](const Call& c) { return c.g; };
  p.op("checkpoint_begin")
      .doc("x itself: where what checkpoint computes again begins.")
      .input("x", EBB_ANY)
      .infer(same)
      .kernel(copy)
      .vjp(pass)
      .notation("{0}")
      .example("checkpoint_begin([1, 2])", "[1, 2]");
  p.op("checkpoint_end")
      .doc(
          "y itself, where what checkpoint computes again ends: all that leads from the beginning "
          "to y.")
      .input("y")
      .input("begin", EBB_ANY)
      .infer(same)
      .kernel(copy)
      .vjp(pass, sdk::no_gradient)
      .notation("{0}")
      .example("checkpoint_end([1, 2], 3)", "[1, 2]");
  p.op("after")
      .doc(
          "x itself, from when the gate is known. What is computed from it is never taken for what "
          "is computed from x.")
      .input("x", EBB_ANY)
      .input("gate")
      .infer(same)
      .kernel(copy)
      .vjp(pass, sdk::no_gradient)
      .notation("{0}")
      .example("after([1, 2], 3)", "[1, 2]");
}

}  // namespace ebb
