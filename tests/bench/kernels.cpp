// Kernels of elementwise ops on spans, by Google Benchmark; bench_gemm times matrix products.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

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
