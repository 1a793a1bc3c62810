// safetensors: named tensors with metadata, the format of weights and checkpoints.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/array.hpp"

namespace ebb {

struct TensorFile {
  std::vector<std::pair<std::string, Array>> tensors;  // in the order of the file's data
  std::map<std::string, std::string> metadata;
};

// Reads the whole file or fails; never a part of it. BOOL, U8, I8 to I64, F32 and F64 come as they
// are, F16 and BF16 as float32. A file that Ebb wrote bears a checksum, which is verified (and is
// not in `metadata`); others load without. UserError: no such file, not safetensors, truncated,
// altered, inconsistent, another element type.
TensorFile read_safetensors(const std::filesystem::path& path);

// Writes tensors and metadata; the same content gives the same bytes. Tensors with wider elements
// come first, otherwise they keep their order, so that each begins at a multiple of its element's
// size. The file is replaced only once the new one is complete on disk. UserError: it cannot be
// written; InternalError: two tensors of one name.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace ebb
