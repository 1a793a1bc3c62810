// Single kernels, by Google Benchmark: elementwise ops on spans, and matrix products of the sizes
// that small networks have.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "graph/compile/gemm/gemm.hpp"
#include "tests/support/registry.hpp"

namespace ebb {

namespace {

// Numbers between -1 and 1.
template <class T>
std::vector<T> numbers(std::int64_t count) {
  std::vector<T> result;
  for (std::int64_t i = 0; i < count; ++i)
    result.push_back(static_cast<T>(static_cast<double>(i * 7919 % 2001) / 1000 - 1));
  return result;
}

// The signature for real numbers.
const ebb_signature& real_signature(const OpDef& op) {
  return *std::ranges::find(op.signatures, EBB_REAL, &ebb_signature::output);
}

template <class T>
void span_kernel(benchmark::State& state, const OpDef& op) {
  const std::int64_t n = state.range(0);
  const ebb_signature& signature = real_signature(op);
  const auto kernel = sizeof(T) == 4 ? signature.f32 : signature.f64;
  const std::vector<std::vector<T>> inputs(op.inputs.size(), numbers<T>(n));
  std::vector<const void*> pointers;
  for (const auto& input : inputs) pointers.push_back(input.data());
  const std::vector<std::int64_t> steps(inputs.size(), 1);
  std::vector<T> output(static_cast<std::size_t>(n));
  for (auto _ : state) {
    kernel(op.self, pointers.data(), steps.data(), output.data(), n, nullptr);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * n);
}

// C = op(A) op(B), m x k times k x n.
template <class T>
void product(benchmark::State& state, Gemm gemm) {
  const GemmCall call{gemm.ta, gemm.tb, false, gemm.m, gemm.n, gemm.k};
  const auto a = numbers<T>(gemm.m * gemm.k), b = numbers<T>(gemm.k * gemm.n);
  auto c = numbers<T>(gemm.m * gemm.n);
  for (auto _ : state) {
    if constexpr (sizeof(T) == 4)
      choose_gemm(gemm, Precision::f32).f32(call, a.data(), b.data(), c.data());
    else
      choose_gemm(gemm, Precision::f64).f64(call, a.data(), b.data(), c.data());
    benchmark::ClobberMemory();
  }
  using benchmark::Counter;
  state.counters["flop/s"] = Counter(static_cast<double>(2 * gemm.m * gemm.n * gemm.k),
                                     Counter::kIsIterationInvariantRate, Counter::kIs1000);
}

std::string name_of(const Gemm& gemm) {
  return std::to_string(gemm.m) + "x" + std::to_string(gemm.n) + "x" + std::to_string(gemm.k) +
         " " + (gemm.ta ? "T" : "N") + (gemm.tb ? "T" : "N");
}

template <class T>
void register_all(const std::string& type) {
  // A line of cache, the first level, the second, and memory.
  const std::vector<std::int64_t> sizes{16, 1024, 65536, 4194304};
  for (const char* name : {"add", "mul", "exp", "sigmoid", "tanh", "log"}) {
    const OpDef& op = test::registry().get(name);
    auto* registered =
        benchmark::RegisterBenchmark((name + (" " + type)).c_str(),
                                     [&op](benchmark::State& state) { span_kernel<T>(state, op); });
    for (const std::int64_t size : sizes) registered->Arg(size);
  }
  const auto gemm = [](std::int64_t m, std::int64_t n, std::int64_t k, bool ta, bool tb) {
    Gemm result;
    result.m = m, result.n = n, result.k = k, result.ta = ta, result.tb = tb;
    return result;
  };
  // Forward, the delta of the layer below, the gradient: of 784-30-10 / 10 and of a layer 32 x 32
  // / 16.
  for (const Gemm& product_ : {gemm(30, 10, 784, false, false), gemm(30, 784, 10, false, true),
                               gemm(10, 10, 30, false, false), gemm(30, 10, 10, true, false),
                               gemm(32, 16, 32, false, false), gemm(32, 16, 32, true, false),
                               gemm(32, 32, 16, false, true), gemm(1024, 128, 784, false, false)})
    benchmark::RegisterBenchmark(
        ("product " + name_of(product_) + " " + type).c_str(),
        [product_](benchmark::State& state) { product<T>(state, product_); });
}

}  // namespace

}  // namespace ebb

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  ebb::register_all<float>("f32");
  ebb::register_all<double>("f64");
  benchmark::RunSpecifiedBenchmarks();
}
