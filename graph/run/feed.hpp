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
#include "graph/script/model.hpp"

namespace ebb {

// Gathers chosen samples of a data block; bound to one executor.
class Feed {
 public:
  // `data` must outlive the feed.
  Feed(const DataColumns& data, const Executor& executor);

  // Copies sample indices[i] to place i of every data leaf. Allocates nothing. Throws UserError
  // where streamed samples can not be read.
  void gather(std::span<const std::int64_t> indices) const;
  // Has the samples that the next `gather` will ask for read meanwhile, where they are streamed.
  void prefetch(std::span<const std::int64_t> indices) const;

 private:
  struct Column {
    ebb_tensor leaf;
    const std::byte* source;  // sample after sample, in the leaf's order
    std::size_t sample_bytes;
    Tensor reordered;  // keeps the memory of columns whose samples are matrices
  };
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
