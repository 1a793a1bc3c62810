#include "graph/run/buffer_copy.hpp"

#include <array>
#include <cstring>

namespace ebb {

Part part_of(const Buffer& buffer) { return buffer.part ? *buffer.part : Part::whole(buffer.type); }

BufferCopy::BufferCopy(const Buffer& from, const Buffer& to)
    : run_(static_cast<std::int64_t>(size_of(to.type.dtype))), per_sample_(to.type.per_sample) {
  const std::int64_t size = run_;
  const Part a = part_of(from), b = part_of(to);
  from_sample_ = a.sample * size;
  to_sample_ = b.sample * size;
  std::size_t d = 0;
  for (const auto count : to.type.shape.dims()) {
    if (count == 1) continue;
    const Loop loop{count, a.strides[d] * size, b.strides[d] * size};
    ++d;
    if (loops_.empty() && loop.from == run_ && loop.to == run_)
      run_ *= count;
    else
      loops_.push_back(loop);
  }
}

void BufferCopy::run(const void* from, void* to, std::int64_t first, std::int64_t samples) const {
  const auto* a = static_cast<const std::byte*>(from) + first * from_sample_;
  auto* b = static_cast<std::byte*>(to) + first * to_sample_;
  const auto copy = [](std::byte* into, const std::byte* source, std::int64_t bytes) {
    if (bytes > 0) std::memcpy(into, source, static_cast<std::size_t>(bytes));
  };
  const std::int64_t times = per_sample_ ? samples : 1;
  if (loops_.empty() && from_sample_ == run_ && to_sample_ == run_) return copy(b, a, run_ * times);
  for (const Loop& loop : loops_)
    if (loop.count == 0) return;
  for (std::int64_t s = 0; s < times; ++s) {
    std::array<std::int64_t, Shape::max_rank> index{};
    std::int64_t i = 0, j = 0;
    for (std::size_t d = 0; d < loops_.size() || d == 0;) {
      copy(b + s * to_sample_ + j, a + s * from_sample_ + i, run_);
      for (d = 0; d < loops_.size(); ++d) {
        const Loop& loop = loops_[d];
        const bool ends = ++index[d] == loop.count;
        i += loop.from * (ends ? 1 - loop.count : 1);
        j += loop.to * (ends ? 1 - loop.count : 1);
        if (!ends) break;
        index[d] = 0;
      }
      if (d == loops_.size()) break;
    }
  }
}

}  // namespace ebb
