#include "graph/run/feed.hpp"

#include <algorithm>
#include <cstring>
#include <ebb/random.hpp>
#include <numeric>

#include "graph/core/diagnostic.hpp"
#include "graph/core/out_of_memory.hpp"

namespace ebb {

namespace {

constexpr std::size_t cache_line = 64;

// What is too little for a thread.
constexpr std::size_t min_bytes_of_part = 8192;

bool are_neighbours(std::span<const std::int64_t> indices) {
  for (std::size_t i = 1; i < indices.size(); ++i)
    if (indices[i] != indices[i - 1] + 1) return false;
  return !indices.empty();
}

}  // namespace

Feed::Column::Column(std::size_t leaf, const ebb_tensor& to, const Array& array, const Feed* other)
    : leaf_(leaf),
      to_(static_cast<std::byte*>(to.data)),
      source_(array.bytes.get()),
      array_(source_),
      type_(from_c(to.type)) {
  sample_bytes_ = static_cast<std::size_t>(type_.shape.elements()) * size_of(type_.dtype);
  granularity_ = 16 * size_of(type_.dtype);
  ensure(array.dtype == type_.dtype, "a data leaf has the element type of its array");
  if (type_.shape.is_vector()) return;
  if (other)
    for (const Column& column : other->columns_)
      if (column.array_ == array_ && column.type_ == type_) reordered_ = column.reordered_;
  if (!reordered_) reordered_ = std::make_shared<const Tensor>(to_tensor(array, type_));
  source_ = reordered_->bytes();
}

void Feed::Column::set(std::span<const std::int64_t> indices) {
  indices_ = indices;
  // Samples are cut where products and other steps cut them: who has fetched a part then reads it.
  const std::size_t bytes = indices.size() * sample_bytes_;
  const std::size_t parts = bytes >= 16 * min_bytes_of_part  ? 4
                            : bytes >= 2 * min_bytes_of_part ? 2
                                                             : 1;
  part_bytes_ = (sample_bytes_ / parts + granularity_ - 1) / granularity_ * granularity_;
  set_parts(static_cast<std::int64_t>(sample_bytes_), static_cast<std::int64_t>(part_bytes_));
}

int Feed::Column::run(int part, int) const {
  const std::size_t first = static_cast<std::size_t>(part) * part_bytes_;
  const std::size_t bytes = std::min(part_bytes_, sample_bytes_ - first);
  for (std::size_t i = 0; i < indices_.size(); ++i) {
    // Samples in random order are not what the processor fetches ahead by itself.
    if (i + 1 < indices_.size()) {
      const std::byte* const next = sample(indices_[i + 1]) + first;
      for (std::size_t at = 0; at < bytes; at += cache_line) __builtin_prefetch(next + at);
    }
    std::memcpy(to_ + i * sample_bytes_ + first, sample(indices_[i]) + first, bytes);
  }
  return 0;
}

Feed::Feed(const DataColumns& data, Executor& executor, const Feed* other) : executor_(executor) {
  std::vector<Prefetch::Column> streamed;
  for (std::size_t leaf = 0; leaf < executor.leaves().size(); ++leaf) {
    const auto& [key, tensor] = executor.leaves()[leaf];
    const auto found = data.find(key);
    if (found == data.end()) continue;
    if (found->second.reader)
      streamed.push_back({&found->second, tensor});
    else
      columns_.emplace_back(leaf, tensor, found->second.array, other);
  }
  if (!streamed.empty())
    streamed_ = std::make_unique<Prefetch>(std::move(streamed), executor.plan().max_samples);
  sample_index_ = executor.leaf("run.sample_index");
}

void Feed::prefetch(std::span<const std::int64_t> indices) const {
  if (streamed_ && !indices.empty()) streamed_->request(indices);
}

void Feed::gather(std::span<const std::int64_t> indices) {
  if (indices.empty()) return;
  if (streamed_) streamed_->take(indices);
  const bool in_place = are_neighbours(indices);
  const ThreadPool::Lease threads(ThreadPool::shared(), in_place ? 1 : ThreadPool::shared().size());
  for (Column& column : columns_) {
    executor_.lay_leaf(column.leaf(), in_place ? column.sample(indices[0]) : nullptr);
    if (in_place) continue;
    column.set(indices);
    threads.run(column);
  }
  if (sample_index_) std::ranges::copy(indices, static_cast<std::int64_t*>(sample_index_->data));
}

namespace {

std::vector<std::int64_t> order_of(std::int64_t samples) {
  const auto count = static_cast<std::size_t>(samples);
  try {
    return std::vector<std::int64_t>(count);
  } catch (const std::exception&) {
    refuse_memory("the order of " + std::to_string(samples) + " samples",
                  count * sizeof(std::int64_t), {}, {});
  }
}

}  // namespace

SampleOrder::SampleOrder(std::int64_t samples, std::int64_t batch, std::uint64_t seed)
    : order_(order_of(samples)), batch_(static_cast<std::size_t>(batch)), seed_(seed) {
  ensure(batch >= 1 && batch <= samples, "a batch is a part of the training set");
}

std::span<const std::int64_t> SampleOrder::draw(std::int64_t epoch) {
  // Each epoch starts from the same order, so that it depends on its number alone and not on its
  // past.
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  const sdk::RandomStream random{sdk::random_key(seed_, "sample order"),
                                 static_cast<std::uint32_t>(epoch), 0};
  for (std::size_t i = 0; i < batch_; ++i) {
    const auto rest = static_cast<double>(order_.size() - i);
    const auto j = i + static_cast<std::size_t>(random.uniform(i) * rest);
    std::swap(order_[i], order_[std::min(j, order_.size() - 1)]);
  }
  return {order_.data(), batch_};
}

}  // namespace ebb
