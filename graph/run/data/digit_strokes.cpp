#include "graph/run/data/digit_strokes.hpp"

#include <charconv>
#include <string_view>

#include "graph/core/diagnostic.hpp"

namespace ebb {
namespace {

struct Row {
  int digit;
  double width;
  // The pen's places as x,y; "/" makes the one before a corner, "|" lifts the pen.
  std::string_view strokes;
};

constexpr Row rows[] = {
    // An oval from the top; one begun at the right and overlapping; one left open at the top.
    {0, 0.76, "50,2 19,16 6,50 19,84 50,98 81,84 94,50 81,16 50,2 34,6"},
    {0, 0.80, "82,15 52,2 20,16 6,50 18,83 48,98 80,85 94,52 84,18 60,8"},
    {0, 0.66, "40,6 16,26 7,58 20,86 46,98 76,86 92,54 82,20 54,4"},

    // A bare stroke; a bowed one; one with a flag; one with flag and foot.
    {1, 0.16, "60,2 52,50 44,98"},
    {1, 0.20, "64,2 40,50 50,98"},
    {1, 0.34, "8,28 40,14 62,2 / 60,50 56,98"},
    {1, 0.45, "20,22 52,3 / 52,50 50,97 | 8,97 50,97 92,95"},

    // A swan with a straight foot; with a loop at the foot; wide with a wavy foot.
    {2, 0.72, "10,26 28,7 58,3 82,20 74,46 44,72 8,96 / 50,95 92,96"},
    {2, 0.80, "12,22 42,3 78,13 80,40 54,70 24,93 6,88 18,75 44,86 70,97 96,86"},
    {2, 0.85, "6,34 22,8 56,2 86,16 84,40 56,66 12,92 / 40,86 66,94 96,90"},

    // Two bows with a point between; with a little loop between; with a flat top.
    {3, 0.66, "12,14 42,3 76,12 76,34 40,47 / 80,57 90,79 58,98 8,90"},
    {3, 0.70, "14,22 46,3 82,16 72,38 42,50 36,46 50,44 84,56 92,78 64,97 26,96 8,82"},
    {3, 0.68, "12,5 48,6 84,4 / 62,24 42,42 / 76,50 92,72 70,95 34,98 6,86"},

    // Open at the top, in two strokes; a closed triangle; open and round; in one stroke.
    {4, 0.72, "22,4 14,34 12,58 / 50,60 94,54 | 76,4 72,50 68,98"},
    {4, 0.76, "66,3 38,34 6,68 / 50,68 96,66 | 66,3 66,50 64,98"},
    {4, 0.66, "16,4 10,34 24,54 56,52 86,36 | 90,2 84,50 78,98"},
    {4, 0.60, "14,10 12,44 40,54 74,36 88,6 / 82,52 72,98"},

    // The top drawn last; all in one stroke; a soft one, nearly an S.
    {5, 0.72, "28,8 22,44 / 52,38 84,54 86,78 56,97 8,92 | 26,8 58,7 94,3"},
    {5, 0.68, "90,4 34,7 / 24,44 / 60,40 88,62 76,90 40,98 6,88"},
    {5, 0.74, "92,4 48,6 24,22 34,44 66,54 82,74 58,96 8,90"},

    // A bowed back; a straight back; a big round.
    {6, 0.62, "78,3 44,18 18,44 8,72 24,94 56,97 82,84 80,62 54,53 26,64 10,80"},
    {6, 0.54, "62,2 34,32 14,62 14,86 42,98 76,92 86,72 66,58 36,64 16,82"},
    {6, 0.74, "60,2 28,16 10,40 8,70 26,93 58,97 86,84 92,62 74,46 44,44 16,60"},

    // Plain; with a bar; with a serif; curved.
    {7, 0.70, "6,10 48,10 92,7 / 66,50 44,98"},
    {7, 0.72, "6,10 48,9 92,6 / 64,50 42,98 | 28,54 54,51 86,48"},
    {7, 0.66, "8,30 10,7 / 50,8 90,6 / 68,40 46,98"},
    {7, 0.66, "6,12 46,14 92,5 / 70,34 58,66 56,98"},

    // In one stroke; two rounds, one upon the other; begun at the right and left open.
    {8, 0.60, "56,3 28,9 20,26 44,44 72,60 84,80 64,96 34,96 15,80 28,60 56,44 78,26 74,9 50,3"},
    {8, 0.56,
     "50,3 26,10 18,26 28,42 50,48 72,42 82,26 74,10 50,3 "
     "| 50,48 22,56 10,74 22,92 50,98 78,92 90,74 78,56 50,48"},
    {8, 0.66, "88,10 58,3 28,10 22,28 46,46 70,62 76,84 50,98 22,92 18,74 38,58 66,40 94,14"},

    // A straight leg; a leg that curls back; a closed round and a separate leg.
    {9, 0.60, "82,16 56,3 26,10 12,30 24,48 52,48 76,32 86,10 / 80,52 70,98"},
    {9, 0.64, "86,22 62,3 30,6 12,26 24,46 56,48 84,26 / 86,56 70,86 38,97 10,84"},
    {9, 0.58, "56,3 26,9 12,28 26,46 54,48 80,34 84,14 56,3 | 86,10 74,52 52,98"},
};

double take_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  ensure(error == std::errc{}, "digit_styles: malformed stroke");
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::vector<PenStroke> parse(std::string_view text) {
  std::vector<PenStroke> strokes(1);
  while (!text.empty()) {
    const char next = text.front();
    if (next == ' ' || next == '/' || next == '|') {
      text.remove_prefix(1);
      if (next == '/') strokes.back().back().corner = true;
      if (next == '|') strokes.emplace_back();
      continue;
    }
    const double x = take_number(text);
    text.remove_prefix(1);  // the comma
    strokes.back().push_back({x, take_number(text), false});
  }
  return strokes;
}

}  // namespace

std::vector<DigitStyle> digit_styles() {
  std::vector<DigitStyle> styles;
  for (const Row& row : rows) styles.push_back({row.digit, row.width, parse(row.strokes)});
  return styles;
}

}  // namespace ebb
