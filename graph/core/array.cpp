#include "graph/core/array.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "graph/core/allocate.hpp"
#include "graph/core/diagnostic.hpp"
#include "graph/core/stored_type.hpp"

namespace ebb {
namespace {

// static_cast, but a float outside an integer's range saturates and NaN is 0, where the language
// leaves the result undefined.
template <class To, class From>
To cast(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr To low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max();
    if (std::isnan(x)) return 0;
    if (x <= static_cast<From>(low)) return low;
    if (x >= static_cast<From>(high)) return high;
  }
  return static_cast<To>(x);
}

}  // namespace

Array Array::make(DType dtype, std::vector<std::int64_t> dims) {
  Array array{dtype, std::move(dims), nullptr};
  const std::int64_t elements = checked_elements(array.dims);
  ensure(elements >= 0 && elements <= (std::int64_t{1} << 62) / 8,
         "Array::make: the dimensions overflow");
  array.bytes = allocate_unset(array.size_bytes());
  return array;
}

std::int64_t Array::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) product *= dim;
  return product;
}

std::size_t Array::size_bytes() const {
  return static_cast<std::size_t>(elements()) * size_of(dtype);
}

double Array::at(std::int64_t i) const {
  return with_stored_type(
      dtype, [&](auto zero) { return static_cast<double>(data<decltype(zero)>()[i]); });
}

Array convert(const Array& array, DType dtype) {
  if (array.dtype == dtype) return array;
  Array result = Array::make(dtype, array.dims);
  with_stored_type(array.dtype, [&](auto from_zero) {
    using From = decltype(from_zero);
    const From* first = array.data<From>();
    const From* last = first + array.elements();
    if (dtype == DType::boolean) {
      std::transform(first, last, result.data<std::uint8_t>(),
                     [](From x) { return static_cast<std::uint8_t>(x != From{}); });
      return;
    }
    with_stored_type(dtype, [&](auto to_zero) {
      using To = decltype(to_zero);
      std::transform(first, last, result.data<To>(), cast<To, From>);
    });
  });
  return result;
}

std::int64_t checked_elements(const std::vector<std::int64_t>& dims) {
  constexpr std::int64_t limit = std::int64_t{1} << 62;
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return -1;
    if (dim == 0) {
      empty = true;
    } else if (product > limit / dim) {
      return -1;
    } else {
      product *= dim;
    }
  }
  return empty ? 0 : product;
}

}  // namespace ebb
