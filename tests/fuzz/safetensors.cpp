// What is read is written, and read again: nothing may have changed.
#include "graph/run/data/safetensors.hpp"

#include <algorithm>
#include <cstring>

#include "graph/core/diagnostic.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/support/scratch.hpp"

namespace {

bool same(const ebb::TensorFile& a, const ebb::TensorFile& b) {
  if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size()) return false;
  return std::ranges::all_of(a.tensors, [&](const auto& tensor) {
    const auto& [name, array] = tensor;
    const auto found = std::ranges::find(
        b.tensors, name, [](const auto& t) -> const std::string& { return t.first; });
    return found != b.tensors.end() && found->second.dtype == array.dtype &&
           found->second.dims == array.dims &&
           (array.size_bytes() == 0 ||
            std::memcmp(found->second.bytes.get(), array.bytes.get(), array.size_bytes()) == 0);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const ebb::test::MemoryFile file(bytes, size);
  ebb::TensorFile read;
  try {
    read = ebb::read_safetensors(file.path());
  } catch (const ebb::UserError&) {
    return 0;
  }
  static const ebb::test::Scratch folder;
  const auto again = folder.path("again.safetensors");
  ebb::write_safetensors(again, read);
  if (!same(read, ebb::read_safetensors(again))) std::abort();
  return 0;
}
