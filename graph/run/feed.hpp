// Brings samples from arrays and streams into an executor's leaves.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/core/array.hpp"
#include "graph/run/executor.hpp"
#include "graph/run/prefetch.hpp"
#include "graph/run/thread_pool.hpp"
#include "graph/script/model.hpp"

namespace ebb {

// Gathers chosen samples of a data block; bound to one executor.
class Feed {
 public:
  // `data` and the executor must outlive the feed, and the feed the executor's next run. Samples
  // that `other` keeps in the order of the leaves are shared with it.
  Feed(const DataColumns& data, Executor& executor, const Feed* other = nullptr);

  // Sample indices[i] becomes sample i of every data leaf: copied by the threads of
  // ThreadPool::shared(), or read where it is, where the samples are neighbours in memory.
  // Allocates nothing. Throws UserError where streamed samples can not be read.
  void gather(std::span<const std::int64_t> indices);
  // Has the samples that the next `gather` will ask for read meanwhile, where they are streamed.
  void prefetch(std::span<const std::int64_t> indices) const;

 private:
  // The samples of one leaf.
  class Column : public WorkInParts {
   public:
    Column(std::size_t leaf, const ebb_tensor& to, const Array& array, const Feed* other);
    std::size_t leaf() const { return leaf_; }
    const std::byte* sample(std::int64_t index) const {
      return source_ + static_cast<std::size_t>(index) * sample_bytes_;
    }
    // Of what the parts copy, a range of the bytes of all samples each.
    void set(std::span<const std::int64_t> indices);
    int run(int part, int thread) const override;

   private:
    std::size_t leaf_;  // its index
    std::byte* to_;
    const std::byte* source_;  // sample after sample, in the leaf's order
    std::size_t sample_bytes_, granularity_, part_bytes_ = 0;
    const std::byte* array_;  // in C order
    Type type_;
    // Keeps the memory of columns whose samples are matrices.
    std::shared_ptr<const Tensor> reordered_;
    std::span<const std::int64_t> indices_;
  };
  Executor& executor_;
  std::vector<Column> columns_;
  std::unique_ptr<Prefetch> streamed_;  // null where nothing is
  const ebb_tensor* sample_index_ = nullptr;
};

// The order of training: each epoch a random batch of the samples, without replacement.
class SampleOrder {
 public:
  // `batch` samples of `samples` an epoch.
  SampleOrder(std::int64_t samples, std::int64_t batch, std::uint64_t seed);

  // The samples of epoch `epoch` (from 0), in order. Valid until the next call.
  std::span<const std::int64_t> draw(std::int64_t epoch);

 private:
  std::vector<std::int64_t> order_;
  std::size_t batch_;
  std::uint64_t seed_;
};

}  // namespace ebb
