#include "graph/core/allocate.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "graph/core/out_of_memory.hpp"

namespace ebb {

namespace {

std::atomic<long> pages_at_the_end{0};

// Takes no memory.
void note_pages() {
  std::array<char, 32> text{};
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file >= 0 && ::read(file, text.data(), text.size() - 1) > 0)
    pages_at_the_end = std::strtol(text.data(), nullptr, 10);
  if (file >= 0) ::close(file);
  throw std::bad_alloc();
}

}  // namespace

void note_memory_that_ends() { std::set_new_handler(&note_pages); }

std::string memory_that_ended() {
  const long pages = pages_at_the_end;
  if (pages == 0) return "";
  return "; the program has " + std::to_string(pages * ::sysconf(_SC_PAGESIZE)) + " bytes";
}

void refuse_memory(const std::string& what, std::size_t bytes, Span at,
                   std::vector<std::string> hints) {
  throw UserError(
      {Severity::error,
       what + " takes " + std::to_string(bytes) + " bytes of memory, and there is not so much",
       at,
       {},
       std::move(hints)});
}

std::shared_ptr<std::byte[]> allocate_unset(std::size_t bytes) {
  // Samples in random order, and weights, are found faster on large pages; only whole ones of them
  // are asked for, so that none of it is in vain.
  constexpr std::size_t large_page = 2 << 20, line = 64;
  const bool is_large = bytes >= 2 * large_page;
  const std::align_val_t alignment{is_large ? large_page : line};
  auto* memory = static_cast<std::byte*>(
      ::operator new[](std::max<std::size_t>(bytes, 1), alignment, std::nothrow));
  if (!memory) throw OutOfMemory(bytes);
  if (is_large) madvise(memory, bytes / large_page * large_page, MADV_HUGEPAGE);
  return {memory, [alignment](std::byte* p) { ::operator delete[](p, alignment); }};
}

std::shared_ptr<std::byte[]> allocate_aligned(std::size_t bytes) {
  auto memory = allocate_unset(bytes);
  std::memset(memory.get(), 0, bytes);
  return memory;
}

}  // namespace ebb
