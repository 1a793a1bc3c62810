// Armadillo matrices over values in memory, for tensor kernels. Empty where Armadillo is not there.
#pragma once

#include <ebb/tensor.hpp>

#if __has_include(<armadillo>)
#include <armadillo>
#include <type_traits>

namespace ebb::sdk {

// Sample s of a value of rank 0 to 2 as a matrix over its memory: a vector is a column. A matrix of
// an input must not be written to. Throws Failure where the rank is higher.
template <class T>
arma::Mat<std::remove_const_t<T>> matrix(const View<T>& view, std::int64_t s = 0) {
  if (view.rank() > 2) throw Failure("a value of more than two dimensions is no matrix");
  using Element = std::remove_const_t<T>;
  const auto rows = static_cast<arma::uword>(view.rank() > 0 ? view.dim(0) : 1);
  const auto columns = static_cast<arma::uword>(view.rank() > 1 ? view.dim(1) : 1);
  return {const_cast<Element*>(view.data(s)), rows, columns, false, true};
}

}  // namespace ebb::sdk
#endif
