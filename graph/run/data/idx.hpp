// IDX, the file format of MNIST.
#pragma once

#include <filesystem>

#include "graph/core/array.hpp"

namespace ebb {

// `path`, or where it is missing but the same name with (or without) ".gz" is there, that one.
// UserError: neither is.
std::filesystem::path idx_file(const std::filesystem::path& path);

// Reads an IDX file of any element type (big endian in the file) and rank 1 to 8, plain or gzip
// compressed, whichever its content is; `idx_file(path)` says which. The sample is the first
// dimension.
// UserError: no such file, not IDX, truncated, too long, damaged.
Array read_idx(const std::filesystem::path& path);

}  // namespace ebb
