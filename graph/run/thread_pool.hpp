// The threads that run the parts of a step of a plan.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "graph/core/diagnostic.hpp"

namespace ebb {

// Work that threads can share. Its parts are fixed by its size and not by the number of threads.
class WorkInParts {
 public:
  static constexpr std::int64_t max_parts = 65535;
  virtual ~WorkInParts() = default;
  int parts() const { return parts_; }
  // Runs one of them in the scratch memory of this thread. 0, or another number where it failed.
  virtual int run(int part, int thread) const = 0;
  // After all parts, where `joins` says so.
  virtual void join() const {}
  bool joins() const { return joins_; }

 protected:
  void set_parts(std::int64_t parts) {
    ensure(parts >= 1 && parts <= max_parts, "set_parts: from 1 to max_parts");
    parts_ = static_cast<int>(parts);
  }
  // Of `part` elements or samples each; 0: one of all.
  void set_parts(std::int64_t total, std::int64_t part) {
    set_parts(part > 0 && total > 0 ? (total - 1) / part + 1 : 1);
  }
  void set_joins(bool joins) { joins_ = joins; }

 private:
  int parts_ = 1;
  bool joins_ = false;
};

// The processor cores that this process may use; two logical processors of one core count once.
int processor_cores();

// Threads that wait for the next step by spinning while a plan runs and for some ten microseconds
// after it, and sleep otherwise. Whoever is free takes the next part of a step, the caller as well:
// it never waits for a thread that is asleep or that the system has stopped, only for parts that
// others have begun. Flushes subnormal numbers in its threads.
class ThreadPool {
 public:
  // That of this process: cores are not the property of any one executor. It has one thread, the
  // caller's own, until it is resized.
  static ThreadPool& shared();
  ThreadPool() = default;
  ~ThreadPool() { resize(1); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // For plans that are bound from now on; the caller's thread counts. Fewer where the system gives
  // no more. Not while a plan runs.
  void resize(int threads);
  int size() const { return static_cast<int>(helpers_.size()) + 1; }

  // The pool for the time of one run; without helpers where another run has it.
  class Lease {
   public:
    // For `threads` threads at most, for which the steps are bound.
    Lease(ThreadPool& pool, int threads);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    // All parts, and what joins them; not 0 where one of them failed.
    int run(const WorkInParts& work) const {
      const int status = work.parts() == 1 ? work.run(0, 0) : run_parts(work);
      if (status == 0 && work.joins()) work.join();
      return status;
    }

   private:
    int run_parts(const WorkInParts& work) const;

    ThreadPool* pool_ = nullptr;  // null: the caller's thread does it all
  };

 private:
  int run(const WorkInParts& work);
  bool take_part(std::uint64_t state, int thread);
  void help(int thread);
  void sleep();

  // What there is to do: a number that all new work changes, its parts, and how many of them are
  // taken. Who changes it from what it saw has taken a part of the work that it saw.
  alignas(64) std::atomic<std::uint64_t> state_{0};
  std::atomic<const WorkInParts*> work_{nullptr};
  std::atomic<int> threads_{1};  // that may take parts
  alignas(64) std::atomic<int> done_{0};
  std::atomic<int> status_{0};
  alignas(64) std::atomic<bool> running_{false};  // a plan
  std::atomic<bool> stop_{false};
  std::atomic<int> asleep_{0};
  std::atomic<std::uint32_t> woken_{0};  // how often
  alignas(64) std::atomic<bool> leased_{false};
  std::vector<std::thread> helpers_;
};

}  // namespace ebb
