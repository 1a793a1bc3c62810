#include "graph/cli/report/sample_pictures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/cli/picture.hpp"

namespace ebb {

namespace {

constexpr std::int64_t least_side = 5, most_side = 96;

std::string base64(const std::vector<std::uint8_t>& bytes) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | (i + k < bytes.size() ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : digits[three >> (18 - 6 * k) & 63];
  }
  return text;
}

// Where the channels of a picture of three stand; -1 where they do not.
int channel_dim(const std::vector<std::int64_t>& dims) {
  if (dims.size() != 3) return -1;
  return dims[0] == 3 ? 0 : dims[2] == 3 ? 2 : -1;
}

}  // namespace

bool SamplePictures::add(const Tensor& tensor, std::int64_t sample) {
  const Shape& shape = tensor.type().shape;
  const std::vector<std::int64_t> dims(shape.dims().begin(), shape.dims().end());
  Pixels picture;
  const int channels = channel_dim(dims);
  if (channels >= 0) {
    picture.channels = 3;
    picture.rows = dims[channels == 0 ? 1 : 0];
    picture.columns = dims[channels == 0 ? 2 : 1];
  } else if (!picture_size(dims, picture.rows, picture.columns)) {
    return false;
  }
  if (std::min(picture.rows, picture.columns) < least_side) return false;
  const std::int64_t n = shape.elements(), area = picture.rows * picture.columns;
  const std::int64_t first = tensor.type().per_sample ? sample * n : 0;
  for (std::int64_t pixel = 0; pixel < area; ++pixel)
    for (std::int64_t c = 0; c < picture.channels; ++c) {
      const std::int64_t at = channels == 0 ? c * area + pixel : pixel * picture.channels + c;
      picture.numbers.push_back(tensor.at(first + column_major_index(shape, at)));
    }
  all_.push_back(std::move(picture));
  return true;
}

std::vector<Json> SamplePictures::json() const {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const Pixels& picture : all_)
    for (const double number : picture.numbers)
      if (std::isfinite(number)) {
        least = std::min(least, number);
        most = std::max(most, number);
      }
  const double scale = most > least ? 255 / (most - least) : 0;
  std::vector<Json> result;
  for (const Pixels& p : all_) {
    // Every so manieth pixel of a large one.
    const std::int64_t step = (std::max(p.rows, p.columns) + most_side - 1) / most_side;
    std::vector<std::uint8_t> bytes;
    for (std::int64_t row = 0; row < p.rows; row += step)
      for (std::int64_t column = 0; column < p.columns; column += step)
        for (std::int64_t c = 0; c < p.channels; ++c) {
          const double number =
              p.numbers[static_cast<std::size_t>((row * p.columns + column) * p.channels + c)];
          const double level = std::isfinite(number) ? (number - least) * scale : 0;
          bytes.push_back(static_cast<std::uint8_t>(std::lround(level)));
        }
    result.push_back({{"rows", (p.rows + step - 1) / step},
                      {"columns", (p.columns + step - 1) / step},
                      {"channels", p.channels},
                      {"pixels", base64(bytes)}});
  }
  return result;
}

}  // namespace ebb
