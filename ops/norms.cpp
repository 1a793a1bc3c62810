// Norms of vectors and matrices.
#include <string_view>

#include "ops/lapack.hpp"
#include "ops/matrices.hpp"

namespace ebb::ops {

namespace {

enum class Norm { euclidean, sum, column_sum, spectral };

// Which norm an attribute means for a value of a rank.
Norm norm_of(const char* kind, int rank) {
  const std::string_view name = kind;
  if (name == "frobenius" || (name == "2" && rank < 2)) return Norm::euclidean;
  if (name == "2") return Norm::spectral;
  return rank < 2 ? Norm::sum : Norm::column_sum;
}

void infer_norm(Inference& c) {
  const std::string_view kind = c.attrs.string(0);
  if (kind != "1" && kind != "2" && kind != "frobenius")
    c.fail("kind is \"1\", \"2\" or \"frobenius\", not \"" + std::string(kind) + "\"");
  if (kind != "frobenius" && c.in[0].rank() > 2)
    c.fail("{0} is " + to_string(c.in[0].dims) + ", but must be a vector or a matrix",
           "kind \"frobenius\" takes any shape");
}

template <class T>
double euclidean(const T* x, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sqrt(sum);
}

// The largest sum of magnitudes of a column.
template <class T>
double column_sum(const T* x, std::int64_t rows, std::int64_t columns) {
  double largest = 0;
  for (std::int64_t j = 0; j < columns; ++j, x += rows) {
    double sum = 0;
    for (std::int64_t i = 0; i < rows; ++i) sum += abs(static_cast<double>(x[i]));
    largest = maximum(sum, largest);
  }
  return largest;
}

template <class T>
T spectral(const Kernel& k, const View<const T>& x, const T* elements) {
  Workspace<T> room(k);
  T *copy = room.take(x.elements()), *values = room.take(std::min(x.dim(0), x.dim(1))),
    *work = room.take(svd_work(x.dim(0), x.dim(1)));
  if (x.elements() == 0) return 0;
  std::copy_n(elements, x.elements(), copy);
  if (!svd<T>(x.dim(0), x.dim(1), copy, values, nullptr, nullptr, work)) fill_nan(values, 1);
  return values[0];
}

template <class T>
void norm_kernel(const Kernel& k) {
  const auto x = k.in<T>(0);
  const Norm norm = norm_of(k.attrs.string(0), x.rank());
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    T& y = *k.out<T>().data(s);
    if (norm == Norm::euclidean)
      y = static_cast<T>(euclidean(x.data(s), x.elements()));
    else if (norm == Norm::spectral)
      y = spectral(k, x, x.data(s));
    else if (norm == Norm::sum)
      y = static_cast<T>(column_sum(x.data(s), x.elements(), 1));
    else
      y = static_cast<T>(column_sum(x.data(s), x.dim(0), x.dim(1)));
  }
}

std::size_t norm_scratch(const ScratchRequest& r) {
  const Type x(r.inputs[0]);
  if (norm_of(r.attrs.string(0), x.rank()) != Norm::spectral) return 0;
  const auto m = x.dims[0], n = x.dims[1];
  return scratch_of(m * n + std::min(m, n) + svd_work(m, n), r);
}

// The columns whose sum is the largest share the gradient.
Value column_sum_vjp(const Call& c) {
  const Value sums = call("sum", {call("abs", c[0])}, {{"dims", Ints{0}}});
  const Value is_largest = call("equal", {sums, c.out()});
  return as_row(c.g * is_largest / call("sum", is_largest)) * call("sign", c[0]);
}

// u vᵀ of the first singular vectors.
Value spectral_vjp(const Call& c) {
  const auto m = c[0].type().dims[0], n = c[0].type().dims[1];
  const Value first = call("slice", {call("singular_vectors", c[0])},
                           {{"begin", Ints{0, 0}}, {"end", Ints{m + n, 1}}, {"drop", Ints{1}}});
  const Value u = call("slice", {first}, {{"begin", Ints{0}}, {"end", Ints{m}}});
  const Value v = call("slice", {first}, {{"begin", Ints{m}}, {"end", Ints{m + n}}});
  return c.g * product(u, v, false, true);
}

Value norm_vjp(const Call& c) {
  switch (norm_of(c.attrs.string(0), c[0].type().rank())) {
    case Norm::euclidean:
      return c.g * reciprocal_or_zero(c.out()) * c[0];
    case Norm::sum:
      return c.g * call("sign", c[0]);
    case Norm::column_sum:
      return column_sum_vjp(c);
    default:
      return spectral_vjp(c);
  }
}

}  // namespace

void norms(Plugin& plugin) {
  plugin.family("linear algebra");

  plugin.op("norm")
      .doc(
          "A norm of a vector or a matrix: \"frobenius\", the root of the sum of squares, of any "
          "shape; \"1\", the sum of magnitudes, of a matrix the largest one of a column; \"2\", "
          "the "
          "euclidean length, of a matrix the largest singular value. Its gradient is 0 where all "
          "elements are; equal columns share it.")
      .input("x", EBB_REAL, any_number, {0})
      .attr("kind", "frobenius", "which norm: \"1\", \"2\" or \"frobenius\"")
      .infer(infer_norm)
      .kernel([]<class T>(const Kernel& k, T) { norm_kernel<T>(k); })
      .scratch(norm_scratch)
      .vjp(norm_vjp)
      .notation("norm({0}, {kind})")
      .range("[0, inf)")
      .example("norm([3, 4])", "5");
}

}  // namespace ebb::ops
