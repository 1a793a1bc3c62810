#include "graph/run/data/digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/digit_strokes.hpp"

namespace ebb {
namespace {

constexpr std::int64_t side = 28, pixels = side * side, max_digits = 10'000'000;

// Random numbers by counting: the k-th of a digit is a hash of (seed, index, k).
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t index) : key_(mix(mix(seed) ^ (index + 1))) {}

  std::uint64_t bits() { return mix(key_ + golden * ++count_); }
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1p-53;
  }
  // Nearly normal, within 3.5 sd: a sum of four, which every library adds up alike.
  double normal(double sd) {
    double sum = -2;
    for (int i = 0; i < 4; ++i) sum += uniform(0, 1);
    return sd * std::numbers::sqrt3 * sum;
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>((bits() >> 32) * n >> 32); }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
  // The finaliser of splitmix64.
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  std::uint64_t key_, count_ = 0;
};

// How unlike each other the digits are; measured in the README beside this file.
constexpr double jitter = 2.0;                     // sd of a pen point's place, in parts of 100
constexpr double bend = 6.0;                       // of the elastic distortion's waves, likewise
constexpr double turn = 0.13;                      // of the rotation, radians
constexpr double mean_slant = 0.12, slant = 0.19;  // of x by height
constexpr double stretch = 0.16;                   // of the width, relative
constexpr double mean_radius = 1.15, radius_spread = 0.22;  // of the pen, pixels and relative
constexpr double box = 20;       // pixels that the digit's longer side fills
constexpr double shrink = 0.12;  // the most by which it falls short of that, relative
constexpr double shift = 0.7;    // sd of the centre of mass's place, pixels

// A point of the pen's path: the end of a straight piece, or where the pen is set down. It begins
// in the units of the pen points and ends in pixels, as the radius is from the start.
struct Dot {
  PenPoint at;
  double radius = 0;
  bool begins = false;
};
using Path = std::vector<Dot>;

PenPoint spline(const PenPoint& a, const PenPoint& b, const PenPoint& c, const PenPoint& d,
                double t) {
  const auto along = [t](double p, double q, double r, double s) {
    return q + t / 2 * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
  };
  return {along(a.x, b.x, c.x, d.x), along(a.y, b.y, c.y, d.y)};
}

// Adds a smooth curve through `points` (Catmull-Rom), cut into short pieces.
void add_curve(std::span<const PenPoint> points, bool begins, Path& path) {
  constexpr int pieces = 5;
  const std::size_t last = points.size() - 1;
  if (begins) path.push_back({points[0], 0, true});
  for (std::size_t i = 0; i < last; ++i) {
    const PenPoint &before = points[i > 0 ? i - 1 : 0], &after = points[std::min(i + 2, last)];
    for (int piece = 1; piece <= pieces; ++piece) {
      const double t = static_cast<double>(piece) / pieces;
      path.push_back({spline(before, points[i], points[i + 1], after, t), 0, false});
    }
  }
}

// The style's strokes, with every pen point a little elsewhere.
Path trace(const DigitStyle& style, Random& random) {
  Path path;
  std::vector<PenPoint> curve;
  for (const PenStroke& stroke : style.strokes) {
    bool begins = true;
    curve.clear();
    for (const PenPoint& point : stroke) {
      curve.push_back({point.x + random.normal(jitter), point.y + random.normal(jitter)});
      if (point.corner) {
        add_curve(curve, std::exchange(begins, false), path);
        curve = {curve.back()};
      }
    }
    add_curve(curve, begins, path);
  }
  return path;
}

// Elastic distortion: a few long waves in random directions.
void distort(Path& path, Random& random) {
  struct Wave {
    double u, v, phase, x, y;
  };
  std::array<Wave, 3> waves;
  constexpr double turns_per_unit = 2 * std::numbers::pi / 100;
  for (Wave& wave : waves) {
    wave = {random.uniform(-0.7, 0.7) * turns_per_unit, random.uniform(-0.7, 0.7) * turns_per_unit,
            random.uniform(0, 2 * std::numbers::pi), random.normal(bend), random.normal(bend)};
  }
  for (Dot& dot : path) {
    const PenPoint from = dot.at;
    for (const Wave& wave : waves) {
      const double height = std::sin(wave.u * from.x + wave.v * from.y + wave.phase);
      dot.at.x += wave.x * height;
      dot.at.y += wave.y * height;
    }
  }
}

// The writer's hand: width, slant and rotation.
void incline(Path& path, double width, Random& random) {
  const double across = width * (1 + random.normal(stretch));
  const double lean = mean_slant + random.normal(slant), angle = random.normal(turn);
  const double cosine = std::cos(angle), sine = std::sin(angle);
  for (Dot& dot : path) {
    const double y = dot.at.y - 50, x = across * (dot.at.x - 50) - lean * y;
    dot.at = {cosine * x - sine * y, sine * x + cosine * y};
  }
}

// The pen's pressure varies along the way.
void press(Path& path, Random& random) {
  const double radius = mean_radius * (1 + random.normal(radius_spread));
  const double phase = random.uniform(0, 2 * std::numbers::pi), swing = random.uniform(0, 0.25);
  const double rate = random.uniform(0.02, 0.08);
  for (std::size_t i = 0; i < path.size(); ++i) {
    const double wave = std::sin(phase + rate * 2 * std::numbers::pi * static_cast<double>(i));
    path[i].radius = std::max(0.55, radius * (1 + swing * wave));
  }
}

// Scales the path so that the digit fills its box.
void fit(Path& path, Random& random) {
  PenPoint low = path[0].at, high = low;
  double thick = 0;
  for (const Dot& dot : path) {
    low = {std::min(low.x, dot.at.x), std::min(low.y, dot.at.y)};
    high = {std::max(high.x, dot.at.x), std::max(high.y, dot.at.y)};
    thick = std::max(thick, 2 * dot.radius);
  }
  const double extent = std::max(high.x - low.x, high.y - low.y);
  const double scale = (box * (1 - random.uniform(0, shrink)) - thick) / extent;
  for (Dot& dot : path) dot.at = {scale * dot.at.x, scale * dot.at.y};
}

// Moves the centre of the ink near the middle of the image.
void centre(Path& path, Random& random) {
  double mass = 0, x = 0, y = 0;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (path[i].begins) continue;
    const PenPoint &a = path[i - 1].at, &b = path[i].at;
    const double ink =
        std::sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)) * path[i].radius;
    mass += ink;
    x += ink * (a.x + b.x) / 2;
    y += ink * (a.y + b.y) / 2;
  }
  const double to_x = side / 2.0 + random.normal(shift) - x / mass;
  const double to_y = side / 2.0 + random.normal(shift) - y / mass;
  for (Dot& dot : path) dot.at = {dot.at.x + to_x, dot.at.y + to_y};
}

// From here on all is whole numbers of 1/256 pixel, or single operations that IEEE rounds exactly,
// so that a compiler's way with fused or reordered arithmetic cannot show in the pixels.
constexpr std::int64_t unit = 256;

struct GridDot {
  std::int64_t x, y, radius;
  bool begins;
};

std::int64_t to_grid(double position) {
  return static_cast<std::int64_t>(std::floor(position * unit));
}

double distance(std::int64_t x, std::int64_t y, const GridDot& a, const GridDot& b) {
  const std::int64_t abx = b.x - a.x, aby = b.y - a.y, apx = x - a.x, apy = y - a.y;
  const std::int64_t along = apx * abx + apy * aby, length = abx * abx + aby * aby;
  if (along <= 0) return std::sqrt(static_cast<double>(apx * apx + apy * apy));
  if (along >= length) {
    const std::int64_t bpx = x - b.x, bpy = y - b.y;
    return std::sqrt(static_cast<double>(bpx * bpx + bpy * bpy));
  }
  const auto cross = static_cast<double>(apx * aby - apy * abx);
  return std::sqrt(cross * cross / static_cast<double>(length));
}

// Inks the pixels near a piece of the path; the edge fades over twice `soft`.
void ink(const GridDot& a, const GridDot& b, std::int64_t soft, std::span<std::uint8_t> image) {
  const std::int64_t reach = b.radius + soft;
  const auto first = [&](std::int64_t p, std::int64_t q) {
    return std::clamp<std::int64_t>((std::min(p, q) - reach) / unit, 0, side);
  };
  const auto last = [&](std::int64_t p, std::int64_t q) {
    return std::clamp<std::int64_t>((std::max(p, q) + reach) / unit + 1, 0, side);
  };
  const double strength = 300.0 / static_cast<double>(2 * soft);
  for (std::int64_t row = first(a.y, b.y); row < last(a.y, b.y); ++row) {
    for (std::int64_t column = first(a.x, b.x); column < last(a.x, b.x); ++column) {
      const double inside = static_cast<double>(reach) -
                            distance(column * unit + unit / 2, row * unit + unit / 2, a, b);
      if (inside <= 0) continue;
      std::uint8_t& pixel = image[static_cast<std::size_t>(row * side + column)];
      pixel = std::max(pixel, static_cast<std::uint8_t>(std::min(255.0, inside * strength)));
    }
  }
}

// Uneven ink: every inked pixel a little darker or lighter.
void roughen(std::span<std::uint8_t> image, Random& random) {
  for (std::uint8_t& pixel : image) {
    if (pixel == 0) continue;
    const auto noise = static_cast<int>(random.bits() >> 59) - 16;  // -16 to 15
    pixel = static_cast<std::uint8_t>(std::clamp(pixel + pixel * noise / 128, 0, 255));
  }
}

void draw(const Path& path, std::span<std::uint8_t> image, Random& random) {
  std::fill(image.begin(), image.end(), std::uint8_t{0});
  const std::int64_t soft = to_grid(random.uniform(0.5, 0.85));
  GridDot before{};
  for (const Dot& dot : path) {
    const GridDot now{to_grid(dot.at.x), to_grid(dot.at.y), to_grid(dot.radius), dot.begins};
    if (!now.begins) ink(before, now, soft, image);
    before = now;
  }
  roughen(image, random);
}

}  // namespace

Digits make_digits(std::int64_t n, std::uint64_t seed) {
  if (n < 0 || n > max_digits) {
    throw UserError("digits: cannot make " + std::to_string(n) + " of them",
                    {"0 to " + std::to_string(max_digits) + " can be made"});
  }
  std::array<std::vector<DigitStyle>, 10> styles;
  for (DigitStyle& style : digit_styles()) {
    styles[static_cast<std::size_t>(style.digit)].push_back(std::move(style));
  }
  Digits digits{Array::make(DType::u8, {n, side, side}), Array::make(DType::u8, {n})};
  for (std::int64_t i = 0; i < n; ++i) {
    Random random(seed, static_cast<std::uint64_t>(i));
    const std::size_t digit = random.below(10);
    const DigitStyle& style = styles[digit][random.below(styles[digit].size())];
    Path path = trace(style, random);
    distort(path, random);
    incline(path, style.width, random);
    press(path, random);
    fit(path, random);
    centre(path, random);
    draw(path, {digits.images.data<std::uint8_t>() + i * pixels, pixels}, random);
    digits.labels.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(digit);
  }
  return digits;
}

}  // namespace ebb
