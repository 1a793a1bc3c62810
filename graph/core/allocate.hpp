// Memory for values.
#pragma once

#include <cstddef>
#include <memory>

namespace ebb {

// To whole lines of the cache, at which values begin and which threads do not share.
constexpr std::size_t rounded_to_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// Bytes, aligned to 64; much of it lies on large pages where the system has them.
std::shared_ptr<std::byte[]> allocate_unset(std::size_t bytes);
// The same, zeroed.
std::shared_ptr<std::byte[]> allocate_aligned(std::size_t bytes);

}  // namespace ebb
