// Places in one arena for values whose lives do not overlap.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <utility>

namespace ebb {

// Hands out places of the arena, best fit first, and takes them back. Sizes and offsets are
// multiples of 64; logarithmic in the number of free places.
class ArenaPlanner {
 public:
  std::size_t allocate(std::size_t bytes);
  void release(std::size_t offset, std::size_t bytes);
  // What the arena must hold.
  std::size_t size() const { return size_; }

 private:
  void insert(std::size_t offset, std::size_t bytes);
  void erase(std::map<std::size_t, std::size_t>::iterator place);

  std::map<std::size_t, std::size_t> free_;                // offset to bytes
  std::set<std::pair<std::size_t, std::size_t>> by_size_;  // bytes, offset
  std::size_t size_ = 0;
};

}  // namespace ebb
