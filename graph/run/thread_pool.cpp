#include "graph/run/thread_pool.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <system_error>

#include "graph/run/flush_subnormals.hpp"

namespace ebb {

namespace {

// 50 to 100 microseconds: longer than what lies between two steps of training, and than waking up
// takes.
constexpr int spins_before_rest = 2000;

// Tells the processor that this thread waits.
void pause() {
#if defined(__SSE__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

// The number of the work above its parts above the parts taken.
constexpr int bits = 16;
constexpr std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
static_assert(mask == WorkInParts::max_parts);
constexpr int parts_of(std::uint64_t state) { return static_cast<int>(state >> bits & mask); }
constexpr int taken_of(std::uint64_t state) { return static_cast<int>(state & mask); }
constexpr std::uint64_t with_new_work(std::uint64_t state, int parts) {
  return ((state >> (2 * bits)) + 1) << (2 * bits) | static_cast<std::uint64_t>(parts) << bits;
}

}  // namespace

int processor_cores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                       "/topology/thread_siblings_list");
    std::string siblings;
    if (!std::getline(file, siblings)) siblings = std::to_string(cpu);
    cores.insert(siblings);
  }
  return std::max(1, static_cast<int>(cores.size()));
}

ThreadPool& ThreadPool::shared() {
  static ThreadPool pool;
  return pool;
}

void ThreadPool::resize(int threads) {
  stop_ = true;
  woken_.fetch_add(1);
  woken_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
  helpers_.clear();
  stop_ = false;
  try {
    for (int thread = 1; thread < threads; ++thread)
      helpers_.emplace_back([this, thread] { help(thread); });
  } catch (const std::system_error&) {
    // The system gives no more; what there are do.
  }
}

ThreadPool::Lease::Lease(ThreadPool& pool, int threads) {
  threads = std::min(threads, pool.size());
  if (threads < 2 || pool.leased_.exchange(true, std::memory_order_acquire)) return;
  pool_ = &pool;
  pool.threads_.store(threads, std::memory_order_relaxed);
  // A thread that is about to sleep says so before it looks at `running_`.
  pool.running_ = true;
  if (pool.asleep_ == 0) return;
  pool.woken_.fetch_add(1);
  pool.woken_.notify_all();
}

ThreadPool::Lease::~Lease() {
  if (!pool_) return;
  pool_->running_.store(false, std::memory_order_relaxed);
  pool_->leased_.store(false, std::memory_order_release);
}

int ThreadPool::Lease::run_parts(const WorkInParts& work) const {
  if (pool_) return pool_->run(work);
  int status = 0;
  for (int part = 0; part < work.parts() && status == 0; ++part) status = work.run(part, 0);
  return status;
}

int ThreadPool::run(const WorkInParts& work) {
  const int parts = work.parts();
  work_.store(&work, std::memory_order_relaxed);
  done_.store(0, std::memory_order_relaxed);
  status_.store(0, std::memory_order_relaxed);
  std::uint64_t state = with_new_work(state_.load(std::memory_order_relaxed), parts);
  state_.store(state, std::memory_order_release);
  while (taken_of(state) < parts) {
    take_part(state, 0);
    state = state_.load(std::memory_order_relaxed);
  }
  for (int spins = 0; done_.load(std::memory_order_acquire) < parts; ++spins) {
    pause();
    if (spins > spins_before_rest) std::this_thread::yield();
  }
  return status_.load(std::memory_order_relaxed);
}

// Takes a part and runs it, unless somebody else was quicker.
bool ThreadPool::take_part(std::uint64_t state, int thread) {
  const WorkInParts* work = work_.load(std::memory_order_relaxed);
  if (thread >= threads_.load(std::memory_order_relaxed)) return false;
  if (!state_.compare_exchange_strong(state, state + 1, std::memory_order_acq_rel)) return false;
  if (const int status = work->run(taken_of(state), thread); status != 0)
    status_.store(status, std::memory_order_relaxed);
  done_.fetch_add(1, std::memory_order_release);
  return true;
}

void ThreadPool::help(int thread) {
  const FlushSubnormals flush;
  for (int spins = 0; !stop_.load(std::memory_order_relaxed); ++spins) {
    const std::uint64_t state = state_.load(std::memory_order_acquire);
    if (taken_of(state) < parts_of(state) && take_part(state, thread)) {
      spins = 0;
      continue;
    }
    pause();
    if (spins < spins_before_rest) continue;
    if (running_.load(std::memory_order_relaxed)) {
      std::this_thread::yield();
    } else {
      sleep();
      spins = 0;
    }
  }
}

void ThreadPool::sleep() {
  const std::uint32_t before = woken_;
  asleep_.fetch_add(1);
  if (!running_ && !stop_) woken_.wait(before);
  asleep_.fetch_sub(1);
}

}  // namespace ebb
