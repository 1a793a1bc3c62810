// Memory that is not there.
#pragma once

#include <cstddef>
#include <new>
#include <string>
#include <vector>

#include "graph/core/diagnostic.hpp"

namespace ebb {

// What allocate.hpp throws: there is no memory for so many bytes.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::size_t bytes) : bytes_(bytes) {}
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_;
};

// What is said where nobody knows how much it was.
inline constexpr const char* out_of_memory = "there is not enough memory for it";

// Notes from now on how much memory the program has whenever there is not enough: what failed gives
// back its own before anybody can say so.
void note_memory_that_ends();
// "; the program has 123 bytes", as it was noted last; "" where nothing was.
std::string memory_that_ended();

// Throws UserError: `what` takes so many bytes, and there is not so much memory.
[[noreturn]] void refuse_memory(const std::string& what, std::size_t bytes, Span at,
                                std::vector<std::string> hints);

}  // namespace ebb
