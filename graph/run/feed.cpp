#include "graph/run/feed.hpp"

#include <algorithm>
#include <cstring>
#include <ebb/random.hpp>
#include <numeric>

#include "graph/core/diagnostic.hpp"

namespace ebb {

Feed::Feed(const DataColumns& data, const Executor& executor) {
  std::vector<Prefetch::Column> streamed;
  for (const auto& [key, leaf] : executor.leaves()) {
    const auto found = data.find(key);
    if (found == data.end()) continue;
    if (found->second.reader) {
      streamed.push_back({&found->second, leaf});
      continue;
    }
    const Array& array = found->second.array;
    const Type type = from_c(leaf.type);
    Column column{leaf, array.bytes.get(), 0, {}};
    column.sample_bytes = static_cast<std::size_t>(type.shape.elements()) * size_of(type.dtype);
    ensure(array.dtype == type.dtype, "a data leaf has the element type of its array");
    if (!type.shape.is_vector()) {
      column.reordered = to_tensor(array, type);
      column.source = column.reordered.bytes();
    }
    columns_.push_back(std::move(column));
  }
  if (!streamed.empty())
    streamed_ = std::make_unique<Prefetch>(std::move(streamed), executor.plan().max_samples);
  sample_index_ = executor.leaf("run.sample_index");
}

void Feed::prefetch(std::span<const std::int64_t> indices) const {
  if (streamed_ && !indices.empty()) streamed_->request(indices);
}

void Feed::gather(std::span<const std::int64_t> indices) const {
  if (streamed_) streamed_->take(indices);
  for (const Column& column : columns_) {
    auto* to = static_cast<std::byte*>(column.leaf.data);
    for (const auto index : indices) {
      std::memcpy(to, column.source + static_cast<std::size_t>(index) * column.sample_bytes,
                  column.sample_bytes);
      to += column.sample_bytes;
    }
  }
  if (sample_index_) std::ranges::copy(indices, static_cast<std::int64_t*>(sample_index_->data));
}

SampleOrder::SampleOrder(std::int64_t samples, std::int64_t batch, std::uint64_t seed)
    : order_(static_cast<std::size_t>(samples)),
      batch_(static_cast<std::size_t>(batch)),
      seed_(seed) {
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
