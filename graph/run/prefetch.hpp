// Samples that are not in memory, read a mini-batch ahead.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <span>
#include <thread>
#include <vector>

#include "graph/core/source.hpp"
#include "graph/core/tensor.hpp"

namespace ebb {

// Reads samples of streamed columns in a thread of its own, which sleeps until it is asked. One
// thread asks; it allocates nothing and takes no lock, it only waits for what is not read yet.
class Prefetch {
 public:
  // A column, and the leaf that its samples are for.
  struct Column {
    const SampleColumn* from;
    ebb_tensor leaf;
  };

  // At most `samples` at a time.
  Prefetch(const std::vector<Column>& columns, std::int64_t samples);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  // Has these samples read while the caller goes on.
  void request(std::span<const std::int64_t> indices);
  // Writes these samples to the leaves; fast where they are what was requested last. Throws
  // UserError where they could not be read.
  void take(std::span<const std::int64_t> indices);

 private:
  struct Buffer {
    Column column;
    std::size_t sample_bytes;
    std::vector<std::byte> read;              // sample after sample, in C order
    std::vector<std::byte> ready;             // in the leaf's order; empty where that is C order
    std::vector<std::size_t> leaf_positions;  // of the elements of a sample in C order; likewise
  };

  void work();
  void read();
  void read(Buffer& buffer, std::span<const std::int64_t> indices);
  void wait();

  std::vector<Buffer> buffers_;
  // What is asked for: written by the caller while the thread sleeps, read by the thread.
  std::vector<std::int64_t> indices_, shifted_;
  bool stop_ = false;
  std::exception_ptr error_;  // written by the thread, read by the caller afterwards
  // How often was asked, and how often that is done; equal while the thread sleeps.
  std::atomic<std::uint32_t> asked_{0}, done_{0};
  std::thread thread_;
};

}  // namespace ebb
