#include "graph/core/conversion.hpp"

#include <algorithm>

#include "graph/core/stored_type.hpp"
#include "graph/core/wide.hpp"

namespace ebb {

namespace {

template <class From, class To, bool IsTruth>
struct Conversion {
  static EBB_IN_BOTH void run(const void* const* inputs, const std::int64_t* steps, void* output,
                              std::int64_t n) {
    const auto* from = static_cast<const From*>(inputs[0]);
    auto* to = static_cast<To*>(output);
    const bool is_one = steps[0] == 0;
    for (std::int64_t i = 0; i < (is_one ? std::min<std::int64_t>(n, 1) : n); ++i)
      to[i] = IsTruth ? static_cast<To>(from[i] != 0) : static_cast<To>(from[i]);
    if (is_one && n > 1) std::fill_n(to + 1, n - 1, to[0]);
  }
  static void plain(const void*, const void* const* inputs, const std::int64_t* steps, void* output,
                    std::int64_t n, const ebb_attr*) noexcept {
    run(inputs, steps, output, n);
  }
  EBB_WIDE static void wide(const void*, const void* const* inputs, const std::int64_t* steps,
                            void* output, std::int64_t n, const ebb_attr*) noexcept {
    run(inputs, steps, output, n);
  }
};

template <class From, class To, bool IsTruth>
ebb_span_kernel kernel() {
  using Made = Conversion<From, To, IsTruth>;
  return has_wide() ? &Made::wide : &Made::plain;
}

}  // namespace

ebb_span_kernel conversion(DType from, DType to) {
  return with_stored_type(from, [&](auto x) -> ebb_span_kernel {
    if (to == DType::boolean) return kernel<decltype(x), std::uint8_t, true>();
    return with_stored_type(to, [](auto y) { return kernel<decltype(x), decltype(y), false>(); });
  });
}

}  // namespace ebb
