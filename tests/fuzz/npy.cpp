#include "graph/run/data/npy.hpp"

#include "graph/core/diagnostic.hpp"
#include "tests/fuzz/memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const ebb::test::MemoryFile file(bytes, size);
  try {
    const ebb::Array array = ebb::read_npy(file.path());
    // The last byte is there.
    if (array.size_bytes() > 0)
      (void)static_cast<volatile std::byte&>(*(array.bytes.get() + array.size_bytes() - 1));
  } catch (const ebb::UserError&) {
  }
  return 0;
}
