#include "graph/run/profile.hpp"

#include <chrono>

namespace ebb {

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace ebb
