// Samples as pictures of the report.
#pragma once

#include <vector>

#include "graph/cli/json.hpp"
#include "graph/core/tensor.hpp"

namespace ebb {

// Pictures of one kind, as bright as the brightest of them.
class SamplePictures {
 public:
  // Sample s of the value: [h, w], [h, w, 1 or 3], [1 or 3, h, w], or a vector of w*w elements.
  // False, and nothing added, where the shape is none of these or is too small to be a picture.
  bool add(const Tensor& tensor, std::int64_t sample);
  // {"rows", "columns", "channels", "pixels"} for each; large ones are made smaller.
  std::vector<Json> json() const;

 private:
  struct Pixels {
    std::int64_t rows = 0, columns = 0, channels = 1;
    std::vector<double> numbers;  // row after row, channels side by side
  };
  std::vector<Pixels> all_;
};

}  // namespace ebb
