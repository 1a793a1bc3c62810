#include "graph/run/prefetch.hpp"

#include <algorithm>
#include <cstring>

#include "graph/core/diagnostic.hpp"

namespace ebb {

Prefetch::Prefetch(const std::vector<Column>& columns, std::int64_t samples) {
  const auto most = static_cast<std::size_t>(samples);
  for (const Column& column : columns) {
    const Type type = from_c(column.leaf.type);
    const auto elements = static_cast<std::size_t>(type.shape.elements());
    Buffer buffer{column, elements * size_of(type.dtype), {}, {}, {}};
    buffer.read.resize(most * buffer.sample_bytes);
    if (!type.shape.is_vector()) {
      buffer.ready.resize(buffer.read.size());
      for (std::size_t i = 0; i < elements; ++i)
        buffer.leaf_positions.push_back(
            static_cast<std::size_t>(column_major_index(type.shape, static_cast<std::int64_t>(i))));
    }
    buffers_.push_back(std::move(buffer));
  }
  indices_.reserve(most);
  shifted_.resize(most);
  thread_ = std::thread([this] { work(); });
}

Prefetch::~Prefetch() {
  wait();
  stop_ = true;
  asked_.fetch_add(1, std::memory_order_release);
  asked_.notify_one();
  thread_.join();
}

void Prefetch::request(std::span<const std::int64_t> indices) {
  ensure(indices.size() <= shifted_.size(), "a mini-batch fits in the leaves");
  wait();
  indices_.assign(indices.begin(), indices.end());
  asked_.fetch_add(1, std::memory_order_release);
  asked_.notify_one();
}

void Prefetch::take(std::span<const std::int64_t> indices) {
  if (!std::ranges::equal(indices, indices_)) request(indices);
  wait();
  if (error_) {
    indices_.clear();
    std::rethrow_exception(error_);
  }
  for (const Buffer& buffer : buffers_) {
    const auto& from = buffer.leaf_positions.empty() ? buffer.read : buffer.ready;
    std::memcpy(buffer.column.leaf.data, from.data(), indices.size() * buffer.sample_bytes);
  }
}

void Prefetch::wait() {
  const std::uint32_t asked = asked_.load(std::memory_order_relaxed);
  for (std::uint32_t done; (done = done_.load(std::memory_order_acquire)) != asked;)
    done_.wait(done, std::memory_order_acquire);
}

void Prefetch::work() {
  for (std::uint32_t seen = 0;; ++seen) {
    asked_.wait(seen, std::memory_order_acquire);
    if (stop_) return;
    error_ = nullptr;
    try {
      read();
    } catch (...) {
      error_ = std::current_exception();
    }
    done_.store(seen + 1, std::memory_order_release);
    done_.notify_one();
  }
}

void Prefetch::read() {
  for (Buffer& buffer : buffers_) {
    const SampleColumn& column = *buffer.column.from;
    for (std::size_t i = 0; i < indices_.size(); ++i) shifted_[i] = indices_[i] + column.first;
    try {
      read(buffer, {shifted_.data(), indices_.size()});
    } catch (const UserError& error) {
      Diagnostic diagnostic = error.diagnostic();
      if (!diagnostic.at) diagnostic.at = column.at;
      throw UserError(std::move(diagnostic));
    }
  }
}

void Prefetch::read(Buffer& buffer, std::span<const std::int64_t> indices) {
  buffer.column.from->reader->read(indices, buffer.read.data());
  const auto& positions = buffer.leaf_positions;
  if (positions.empty()) return;
  const std::size_t size = buffer.sample_bytes / positions.size();
  const std::byte* from = buffer.read.data();
  for (std::size_t s = 0; s < indices.size(); ++s) {
    std::byte* to = buffer.ready.data() + s * buffer.sample_bytes;
    for (const std::size_t position : positions) {
      std::memcpy(to + position * size, from, size);
      from += size;
    }
  }
}

}  // namespace ebb
