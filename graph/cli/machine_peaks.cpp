#include "graph/cli/machine_peaks.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "graph/compile/gemm/gemm.hpp"
#include "graph/core/allocate.hpp"
#include "graph/core/registry.hpp"
#include "graph/run/thread_pool.hpp"

namespace ebb {

namespace {

// Each measurement is the best of as many runs as fit.
constexpr double seconds_of_measurement = 0.05;

// The fastest run, in seconds.
double fastest(const WorkInParts& work) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const ThreadPool::Lease threads(ThreadPool::shared(), ThreadPool::shared().size());
  double best = 1e9;
  const auto start = Clock::now();
  do {
    const auto begin = Clock::now();
    threads.run(work);
    best = std::min(best, since(begin));
  } while (since(start) < seconds_of_measurement);
  return best;
}

// C = A B, for each thread one of its own.
template <class T>
class Products : public WorkInParts {
 public:
  Products() {
    set_parts(ThreadPool::shared().size());
    const GemmProvider& provider = choose_gemm(call_, precision_);
    scratch_bytes_ = provider.scratch(call_, precision_);
    gemm_ = provider.prepare<T>(call_);
    for (int part = 0; part < parts(); ++part) {
      scratch_.push_back(allocate_aligned(own_scratch(scratch_bytes_)));
      for (auto* matrices : {&a_, &b_, &c_})
        matrices->push_back(allocate_aligned(static_cast<std::size_t>(size * size) * sizeof(T)));
    }
  }
  double flops() const { return 2.0 * size * size * size * parts(); }
  int run(int part, int) const override {
    const auto i = static_cast<std::size_t>(part);
    const auto matrix = [&](const auto& all) { return reinterpret_cast<T*>(all[i].get()); };
    gemm_->run(matrix(a_), matrix(b_), matrix(c_), own_scratch(scratch_bytes_, scratch_[i].get()));
    return 0;
  }

 private:
  static constexpr std::int64_t size = 768;
  static constexpr Precision precision_ = sizeof(T) == 4 ? Precision::f32 : Precision::f64;
  using Memory = std::vector<std::shared_ptr<std::byte[]>>;

  GemmCall call_{false, false, false, size, size, size};
  GemmScratch scratch_bytes_;
  std::unique_ptr<PreparedGemm<T>> gemm_;
  Memory scratch_, a_, b_, c_;
};

class Copy : public WorkInParts {
 public:
  Copy() : from_(allocate_aligned(bytes_)), to_(allocate_aligned(bytes_)) {
    set_parts(static_cast<std::int64_t>(bytes_), static_cast<std::int64_t>(part_));
  }
  // Read and written.
  static double bytes() { return 2.0 * bytes_; }
  int run(int part, int) const override {
    const std::size_t first = static_cast<std::size_t>(part) * part_;
    std::memcpy(to_.get() + first, from_.get() + first, part_);
    return 0;
  }

 private:
  static constexpr std::size_t part_ = 4 << 20, bytes_ = 64 << 20;
  std::shared_ptr<std::byte[]> from_, to_;
};

template <class T>
double peak_flops() {
  const Products<T> products;
  return products.flops() / fastest(products);
}

}  // namespace

MachinePeaks measure_peaks(Precision precision) {
  return {precision == Precision::f32 ? peak_flops<float>() : peak_flops<double>(),
          Copy::bytes() / fastest(Copy())};
}

}  // namespace ebb
