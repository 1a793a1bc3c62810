// What this binary is made of.
#pragma once

#include <string>

namespace ebb {

// What `ebb --version` prints: Ebb, its compiler, Boost, Armadillo, the BLAS in use, the
// libraries for matrix products.
std::string version_text();

}  // namespace ebb
