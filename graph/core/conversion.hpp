// Conversions between element types.
#pragma once

#include "graph/core/shape.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// A span kernel of one input, from a concrete element type to another; to boolean: whether it is
// not 0. Throws InternalError for another type.
ebb_span_kernel conversion(DType from, DType to);

}  // namespace ebb
