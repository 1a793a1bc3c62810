#include "plugins/image_folder/image.hpp"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "plugins/files/file.hpp"

namespace ebb::image_folder {

namespace {

// A file of few bytes may claim any size; decoded, each pixel takes 4 bytes, resized 24.
constexpr std::uint64_t most_pixels = 1 << 26;

std::vector<std::byte> bytes_of(const std::string& path) {
  files::File file(path);
  constexpr std::uint64_t most = std::uint64_t{1} << 31;
  if (file.size() == 0 || file.size() >= most)
    files::fail(path, file.size() == 0 ? "the file is empty" : "has more than 2 GiB",
                files::copy_again);
  std::vector<std::byte> bytes(file.size());
  file.read(0, bytes);
  return bytes;
}

void check_size(const std::string& path, Size size) {
  if (size.width < 1 || size.height < 1 ||
      static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height) >
          most_pixels)
    files::fail(path, "is " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                          " pixels; at most 2^26 in all can be read");
}

// Grey by the weights of Rec. 601, as JPEG has it.
std::uint8_t grey(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
}

bool is_png(std::span<const std::byte> bytes) {
  return bytes.size() >= 8 &&
         png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, 8) == 0;
}

bool is_jpeg(std::span<const std::byte> bytes) {
  return bytes.size() > 2 && bytes[0] == std::byte{0xff} && bytes[1] == std::byte{0xd8};
}

// libpng's simple interface, which needs no setjmp.
class Png {
 public:
  Png(const std::string& path, std::span<const std::byte> bytes) : path_(path) {
    image_.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image_, bytes.data(), bytes.size())) fail();
    image_.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  }
  ~Png() { png_image_free(&image_); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;

  Size size() const { return {static_cast<int>(image_.width), static_cast<int>(image_.height)}; }
  Image decode(int channels) {
    image_.format = PNG_FORMAT_RGBA;  // with its transparency, which is left out, not painted over
    std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(image_));
    Image result{size(), channels, {}};
    if (!png_image_finish_read(&image_, nullptr, rgba.data(), 0, nullptr)) fail();
    for (std::size_t i = 0; i < rgba.size(); i += 4) {
      if (channels == 1)
        result.pixels.push_back(grey(&rgba[i]));
      else
        result.pixels.insert(result.pixels.end(), &rgba[i], &rgba[i] + 3);
    }
    return result;
  }

 private:
  [[noreturn]] void fail() {
    const std::string why = image_.message;
    png_image_free(&image_);
    files::fail(path_, "is a damaged PNG file: " + why, files::copy_again);
  }
  std::string path_;
  png_image image_{};
};

class Jpeg {
 public:
  Jpeg(const std::string& path, std::span<const std::byte> bytes)
      : path_(path), bytes_(bytes), handle_(tjInitDecompress(), &tjDestroy) {
    int subsampling = 0, colours = 0;
    check(tjDecompressHeader3(handle_.get(), data(), size_in_bytes(), &size_.width, &size_.height,
                              &subsampling, &colours));
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
      files::fail(path, "has the four colours of print (CMYK)", "save it in RGB");
  }

  Size size() const { return size_; }
  Image decode(int channels) const {
    Image result{size_, channels, {}};
    const auto pixels =
        static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height);
    result.pixels.resize(pixels * static_cast<std::size_t>(channels));
    check(tjDecompress2(handle_.get(), data(), size_in_bytes(), result.pixels.data(), size_.width,
                        0, size_.height, channels == 1 ? TJPF_GRAY : TJPF_RGB,
                        TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING));
    return result;
  }

 private:
  const unsigned char* data() const {
    return reinterpret_cast<const unsigned char*>(bytes_.data());
  }
  unsigned long size_in_bytes() const { return static_cast<unsigned long>(bytes_.size()); }
  void check(int status) const {
    if (status != 0)
      files::fail(path_, std::string("is a damaged JPEG file: ") + tjGetErrorStr2(handle_.get()),
                  files::copy_again);
  }
  std::string path_;
  std::span<const std::byte> bytes_;
  std::unique_ptr<void, int (*)(tjhandle)> handle_;
  Size size_;
};

// Calls `use` with the decoder of the file's own format, whatever its name says.
template <class Use>
auto decoding(const std::string& path, const Use& use) {
  const std::vector<std::byte> bytes = bytes_of(path);
  const auto with = [&](auto&& decoder) {
    check_size(path, decoder.size());
    try {
      return use(decoder);
    } catch (const std::bad_alloc&) {
      const auto [width, height] = decoder.size();
      files::fail(path, "there is no memory for its " + std::to_string(width) + " x " +
                            std::to_string(height) + " pixels");
    }
  };
  if (is_png(bytes)) return with(Png(path, bytes));
  if (is_jpeg(bytes)) return with(Jpeg(path, bytes));
  files::fail(path, "is neither a PNG nor a JPEG file", files::copy_again);
}

// What a pixel of a resized row is made of.
struct Weights {
  int begin;
  std::vector<double> weights;  // of the pixels from there
};

std::vector<Weights> triangle_weights(int from, int to) {
  const double ratio = static_cast<double>(from) / to, reach = std::max(ratio, 1.0);
  std::vector<Weights> all;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * ratio;
    const int begin = std::max(0, static_cast<int>(centre - reach + 0.5));
    const int end = std::min(from, static_cast<int>(centre + reach + 0.5));
    Weights w{begin, {}};
    double sum = 0;
    for (int k = begin; k < end; ++k)
      sum += w.weights.emplace_back(std::max(0.0, 1 - std::abs(k + 0.5 - centre) / reach));
    for (double& weight : w.weights) weight /= sum;
    all.push_back(std::move(w));
  }
  return all;
}

// Resizes the middle one of three dimensions.
std::vector<double> resize(const std::vector<double>& values, std::size_t outer, std::size_t inner,
                           int from, int to) {
  const auto weights = triangle_weights(from, to);
  std::vector<double> result(outer * weights.size() * inner);
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < weights.size(); ++i)
      for (std::size_t k = 0; k < weights[i].weights.size(); ++k) {
        const std::size_t source =
            o * static_cast<std::size_t>(from) + static_cast<std::size_t>(weights[i].begin) + k;
        for (std::size_t c = 0; c < inner; ++c)
          result[(o * weights.size() + i) * inner + c] +=
              weights[i].weights[k] * values[source * inner + c];
      }
  return result;
}

}  // namespace

bool is_image(const std::string& name) {
  std::string ending = name.substr(std::min(name.rfind('.'), name.size()));
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

Size size_of(const std::string& path) {
  return decoding(path, [](auto& decoder) { return decoder.size(); });
}

Image decode(const std::string& path, int channels) {
  return decoding(path, [&](auto& decoder) { return decoder.decode(channels); });
}

Image resized(const Image& image, Size size) {
  if (image.size == size) return image;
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::vector<double> values(image.pixels.begin(), image.pixels.end());
  const auto wide = resize(values, static_cast<std::size_t>(image.size.height), channels,
                           image.size.width, size.width);
  const auto row = static_cast<std::size_t>(size.width) * channels;
  const auto both = resize(wide, 1, row, image.size.height, size.height);
  Image result{size, image.channels, {}};
  for (const double value : both)
    result.pixels.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0))));
  return result;
}

}  // namespace ebb::image_folder
