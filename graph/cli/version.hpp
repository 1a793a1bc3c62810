// What this binary is made of.
#pragma once

#include <map>
#include <string>

namespace ebb {

// What `ebb --version` prints: Ebb, its compiler, Boost, Armadillo, the BLAS in use, the
// libraries for matrix products.
std::string version_text();

// What else than a training's own ingredients decides its last digits, by names that people know:
// the compiler, the BLAS, the libraries for matrix products, the processor and its instructions.
std::map<std::string, std::string> versions();
// The processor's model, as the system calls it; "" where it does not say.
std::string processor();

}  // namespace ebb
