// Values drawn in the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ebb {

// Grey values in C order, row after row.
struct Picture {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> pixels;
};

// A sample of that shape as a picture: [h, w], [1, h, w], [h, w, 1], or a vector of w*w elements.
// False where the shape is none of these.
bool picture_size(const std::vector<std::int64_t>& dims, std::int64_t& rows, std::int64_t& columns);

struct Captioned {
  Picture picture;
  std::string caption;
};

// The pictures side by side, as many as fit in so many columns, each over its caption. The largest
// value of all is drawn brightest. Margins that are empty in every picture are left out. With
// `color` each character shows two rows of pixels in shades of grey; else the two rows share one of
// five shades.
std::string draw(std::vector<Captioned> pictures, int columns, bool color);

}  // namespace ebb
