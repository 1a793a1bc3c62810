// Soft dynamic time warping: what two sequences cost when one is stretched onto the other, made
// smooth (Cuturi and Blondel, Soft-DTW: a differentiable loss function for time-series, 2017;
// algorithms 1 and 2). A tensor op whose gradient is a kernel, both with scratch memory.
#include <ebb/plugin.hpp>

#include <cmath>
#include <limits>

using namespace ebb::sdk;

namespace {

// A table with a border of one around the distances, column-major as they are.
template <class T>
struct Table {
  T* data;
  std::int64_t rows;
  T& operator()(std::int64_t i, std::int64_t j) const { return data[i + j * (rows + 2)]; }
};

std::size_t table_size(std::int64_t rows, std::int64_t columns) {
  return static_cast<std::size_t>((rows + 2) * (columns + 2));
}

// -gamma log(exp(-a / gamma) + exp(-b / gamma) + exp(-c / gamma)), without overflow.
template <class T>
T soft_minimum(T a, T b, T c, T gamma) {
  const T least = std::min({a, b, c});
  if (std::isinf(least)) return least;
  return least - gamma * std::log(std::exp((least - a) / gamma) + std::exp((least - b) / gamma) +
                                  std::exp((least - c) / gamma));
}

// cost(i, j): of the best, or all the good, ways to (i, j). Algorithm 1.
template <class T>
void fill_costs(const Table<T>& cost, const T* distance, std::int64_t n, std::int64_t m, T gamma) {
  constexpr T far = std::numeric_limits<T>::infinity();
  for (std::int64_t j = 0; j <= m; ++j)
    for (std::int64_t i = 0; i <= n; ++i) {
      if (i == 0 || j == 0)
        cost(i, j) = i == j ? T{0} : far;
      else
        cost(i, j) = distance[(i - 1) + (j - 1) * n] +
                     soft_minimum(cost(i - 1, j - 1), cost(i - 1, j), cost(i, j - 1), gamma);
    }
}

// How much of the ways through (i, j) goes on to the cell of cost `next`.
template <class T>
T share(T next, T here, T distance, T gamma) {
  return std::exp((next - here - distance) / gamma);
}

// weight(i, j): how much the total cost grows with the distance at (i, j). Algorithm 2, which walks
// back from the end and asks of each cell only those that it leads to.
template <class T>
void fill_weights(const Table<T>& weight, const Table<T>& cost, const T* distance, std::int64_t n,
                  std::int64_t m, T gamma) {
  const auto part = [&](std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) {
    if (k > n || l > m) return T{0};
    return weight(k, l) * share(cost(k, l), cost(i, j), distance[(k - 1) + (l - 1) * n], gamma);
  };
  for (std::int64_t j = m; j > 0; --j)
    for (std::int64_t i = n; i > 0; --i)
      weight(i, j) = i == n && j == m
                         ? T{1}
                         : part(i, j, i + 1, j) + part(i, j, i, j + 1) + part(i, j, i + 1, j + 1);
}

template <class T>
void soft_dtw(const Kernel& k, T) {
  const auto distance = k.in<T>(0);
  const std::int64_t n = distance.dim(0), m = distance.dim(1);
  const Table<T> cost{static_cast<T*>(k.scratch()), n};
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    fill_costs(cost, distance.data(s), n, m, static_cast<T>(k.attrs.real(0)));
    *k.out<T>().data(s) = cost(n, m);
  }
}

template <class T>
void soft_dtw_backward(const Backward& k, T) {
  const auto distance = k.in<T>(0);
  const std::int64_t n = distance.dim(0), m = distance.dim(1);
  const T gamma = static_cast<T>(k.attrs.real(0));
  const Table<T> cost{static_cast<T*>(k.scratch()), n};
  const Table<T> weight{cost.data + table_size(n, m), n};
  for (std::int64_t s = 0; s < k.samples(); ++s) {
    fill_costs(cost, distance.data(s), n, m, gamma);
    fill_weights(weight, cost, distance.data(s), n, m, gamma);
    T* const gradient = k.input_gradient<T>().data(s);
    for (std::int64_t j = 0; j < m; ++j)
      for (std::int64_t i = 0; i < n; ++i)
        gradient[i + j * n] = *k.gradient<T>().data(s) * weight(i + 1, j + 1);
  }
}

// Scratch memory for so many tables.
template <int Tables>
std::size_t tables(const ScratchRequest& request) {
  const auto& dims = request.inputs[0].dims;
  return Tables * table_size(dims[0], dims[1]) * request.element_size;
}

}  // namespace

EBB_PLUGIN(soft_dtw, "1.0") {
  plugin.family("sequences");
  plugin.op("soft_dtw")
      .doc(
          "The cost of aligning two sequences, of the matrix of distances between their elements: "
          "a soft minimum over all ways from the first pair to the last.")
      .input("distances")
      .attr("gamma", 1.0, "how soft the minimum is, gamma > 0; towards 0 it is the minimum",
            positive)
      .infer([](Inference& c) {
        const Type& distances = c.in[0];
        if (distances.rank() != 2 || distances.elements() == 0)
          c.fail("{0} is " + to_string(distances.dims) + ", but must be a matrix",
                 "element i, j is the distance of element i of one sequence from j of the other");
      })
      .scratch(&tables<1>)
      .kernel([](const Kernel& k, auto zero) { soft_dtw(k, zero); })
      .backward_scratch(&tables<2>)
      .backward([](const Backward& k, auto zero) { soft_dtw_backward(k, zero); })
      .prove_at({{3, 4}})
      .prove_at({{4, 2}}, {{"gamma", 0.3}})
      .notation("dtw({0})")
      .example("soft_dtw([[0, 1, 4], [1, 0, 1]])", "0.2531337");
}
