// IDX, the file format of MNIST.
#pragma once

#include <filesystem>

#include "graph/core/array.hpp"

namespace ebb {

// Reads an IDX file of any element type (big endian in the file) and rank 1 to 8, plain or gzip
// compressed, whichever its content is. Where `path` is missing but the same name with (or without)
// ".gz" is there, that one is read. The sample is the first dimension.
// UserError: no such file, not IDX, truncated, too long, damaged.
Array read_idx(const std::filesystem::path& path);

}  // namespace ebb
