#include "graph/compile/memory.hpp"

#include <iterator>

#include "graph/core/allocate.hpp"

namespace ebb {

std::size_t ArenaPlanner::allocate(std::size_t bytes) {
  bytes = rounded_to_lines(bytes);
  if (bytes == 0) return 0;
  const auto fit = by_size_.lower_bound({bytes, 0});
  if (fit != by_size_.end()) {
    const auto [size, offset] = *fit;
    erase(free_.find(offset));
    if (size > bytes) insert(offset + bytes, size - bytes);
    return offset;
  }
  // A free place at the end grows by what it lacks.
  std::size_t offset = size_;
  if (!free_.empty()) {
    const auto last = std::prev(free_.end());
    if (last->first + last->second == size_) {
      offset = last->first;
      erase(last);
    }
  }
  size_ = offset + bytes;
  return offset;
}

void ArenaPlanner::release(std::size_t offset, std::size_t bytes) {
  bytes = rounded_to_lines(bytes);
  if (bytes == 0) return;
  const auto next = free_.lower_bound(offset);
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      offset = before->first;
      bytes += before->second;
      erase(before);
    }
  }
  if (next != free_.end() && offset + bytes == next->first) {
    bytes += next->second;
    erase(next);
  }
  insert(offset, bytes);
}

void ArenaPlanner::insert(std::size_t offset, std::size_t bytes) {
  free_.emplace(offset, bytes);
  by_size_.emplace(bytes, offset);
}

void ArenaPlanner::erase(std::map<std::size_t, std::size_t>::iterator place) {
  by_size_.erase({place->second, place->first});
  free_.erase(place);
}

}  // namespace ebb
