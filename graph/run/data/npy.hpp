// NumPy's .npy files.
#pragma once

#include <filesystem>

#include "graph/core/array.hpp"

namespace ebb {

// Reads an array of bool, uint8, int8, int16, int32, int64, float16 (as float32), float32 or
// float64, of either byte order, in C or Fortran order (it becomes C order), format versions 1
// to 3.
// "-" reads exactly one array from standard input and leaves what follows it unread.
// UserError: no such file, not .npy, another dtype, truncated, too long.
Array read_npy(const std::filesystem::path& path);

// Writes format version 1.0 in C order, as numpy.save does; "-" is standard output. A file is
// replaced only once the new one is complete on disk. UserError: it cannot be written.
void write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace ebb
