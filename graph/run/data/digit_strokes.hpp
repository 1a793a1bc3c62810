// How people write the ten digits: the pen's way through each.
#pragma once

#include <vector>

namespace ebb {

// A place on a square of 100 by 100; x goes right, y down.
struct PenPoint {
  double x = 0, y = 0;
  bool corner = false;  // the pen turns sharply here, elsewhere smoothly
};

// What is written without lifting the pen.
using PenStroke = std::vector<PenPoint>;

// One manner of writing a digit. Each digit has at least three.
struct DigitStyle {
  int digit;
  double width;  // of the digit as written, in parts of its height
  std::vector<PenStroke> strokes;
};

std::vector<DigitStyle> digit_styles();

}  // namespace ebb
