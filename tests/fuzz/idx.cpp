#include "graph/run/data/idx.hpp"

#include "tests/fuzz/memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return ebb::test::read_array(&ebb::read_idx, bytes, size);
}
