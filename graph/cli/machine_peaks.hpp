// What this machine reaches at its best.
#pragma once

#include "graph/core/shape.hpp"

namespace ebb {

struct MachinePeaks {
  double flops = 0;  // per second, of a large matrix product
  double bytes = 0;  // per second, read and written by a copy that no cache holds
};

// Measured, with the threads of ThreadPool::shared(), in a tenth of a second.
MachinePeaks measure_peaks(Precision precision);

}  // namespace ebb
