// Images of 8 bits a channel, from PNG and JPEG files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ebb::image_folder {

struct Size {
  int width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

// Rows from the top, pixels from the left, channels together.
struct Image {
  Size size;
  int channels = 0;  // 1 (grey) or 3 (red, green, blue)
  std::vector<std::uint8_t> pixels;
};

// Whether a file's name says that it is an image.
bool is_image(const std::string& name);

// What a file's beginning says of its size. These throw Failure that names the file.
Size size_of(const std::string& path);
Image decode(const std::string& path, int channels);

// The image in another size: each pixel is the mean of those around its place, weighted by a
// triangle as wide as two pixels of the smaller image. That is bilinear interpolation where it
// grows.
Image resized(const Image& image, Size size);

}  // namespace ebb::image_folder
