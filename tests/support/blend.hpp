// An op whose gradients come from a backward kernel, for tests.
#pragma once

#include <ebb/plugin.hpp>
#include <memory>

#include "graph/core/registry.hpp"
#include "ops/ops.hpp"

namespace ebb::test {

// blend(x, m, w) gives y = w x^2 + m and s = sum(w x); m has no gradient by the record. The squares
// stand in scratch memory, and the backward kernel reads an output.
inline void register_blend(sdk::Plugin& plugin) {
  using namespace sdk;
  const auto room = [](const ScratchRequest& request) {
    return static_cast<std::size_t>(request.inputs[0].dims[0]) * request.element_size;
  };
  plugin.op("blend")
      .doc("Two results of three values.")
      .input("x")
      .input("m")
      .input("w")
      .outputs(2)
      .infer([](Inference& c) { c.out[0].dims = c.in[0].dims; })
      .scratch(room)
      .kernel([]<class T>(const Kernel& k, T) {
        T* const square = static_cast<T*>(k.scratch());
        for (std::int64_t s = 0; s < k.samples(); ++s) {
          const T* const x = k.in<T>(0).data(s);
          const T w = *k.in<T>(2).data(s);
          T sum = 0;
          for (std::int64_t i = 0; i < k.in<T>(0).elements(); ++i) {
            square[i] = x[i] * x[i];
            k.out<T>(0).data(s)[i] = w * square[i] + k.in<T>(1).data(s)[i];
            sum += w * x[i];
          }
          *k.out<T>(1).data(s) = sum;
        }
      })
      .backward(
          []<class T>(const Backward& k, T) {
            T* const square = static_cast<T*>(k.scratch());
            for (std::int64_t s = 0; s < k.samples(); ++s) {
              const T* const x = k.in<T>(0).data(s);
              const T w = *k.in<T>(2).data(s), to_sum = *k.gradient<T>(1).data(s);
              const T* const g = k.gradient<T>(0).data(s);
              T sum = 0;
              for (std::int64_t i = 0; i < k.in<T>(0).elements(); ++i) {
                square[i] = (k.output<T>(0).data(s)[i] - k.in<T>(1).data(s)[i]) / w;
                k.input_gradient<T>(0).data(s)[i] = 2 * g[i] * w * x[i] + to_sum * w;
                sum += g[i] * square[i] + to_sum * x[i];
              }
              *k.input_gradient<T>(2).data(s) = sum;
            }
          },
          {0, 2})
      .backward_scratch(room)
      .prove_at({{3}, {3}, {}});
}

// A plugin whose body is `Body`.
template <void (*Body)(sdk::Plugin&)>
int sample_plugin(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  return sdk::detail::plugin_main<Body>("sample", "1.0", host, context, info);
}

// The built-in ops and blend.
inline const Registry& with_blend() {
  static const auto all = [] {
    auto made = std::make_unique<Registry>();
    made->load(&ebb_ops_main);
    made->load(&sample_plugin<&register_blend>);
    return made;
  }();
  return *all;
}

}  // namespace ebb::test
