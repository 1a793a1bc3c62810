// A folder of images, with a folder for each class, as a data source.
#include <algorithm>
#include <cstring>
#include <ebb/plugin.hpp>
#include <filesystem>

#include "plugins/files/file.hpp"
#include "plugins/image_folder/image.hpp"

namespace fs = std::filesystem;
using namespace ebb::sdk;

namespace ebb::image_folder {

namespace {

std::string text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

// What a folder holds, by name, but for what is hidden.
std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (!it->path().filename().string().starts_with('.')) found.push_back(it->path());
  if (error) files::fail(folder.string(), "cannot open: " + error.message());
  std::ranges::sort(found);
  return found;
}

class ImageFolder : public Source {
 public:
  ImageFolder(const std::string& path, Size size, int channels) : size_(size), channels_(channels) {
    if (channels == 2)
      throw Failure("image_folder: channels is 2", "it is 1, for grey, or 3, for colours");
    if ((size.width == 0) != (size.height == 0))
      throw Failure("image_folder: height and width belong together",
                    "say both, and images are resized; or none");
    std::int64_t classes = 0;
    for (const fs::path& folder : entries(path)) {
      std::error_code ignored;
      if (!fs::is_directory(folder, ignored))
        files::fail(folder.string(), "is no folder of a class",
                    "images lie in folders, one for each class");
      add_class(folder, classes++);
    }
    if (files_.empty())
      files::fail(path, "there are no images",
                  "it needs a folder for each class, with PNG or JPEG files");
    if (size_ == Size{}) find_size();
    columns_ = {{"image", EBB_U8, {size_.height, size_.width, channels}}, {"label", EBB_I64, {}}};
  }

  std::int64_t samples() const override { return static_cast<std::int64_t>(files_.size()); }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    for (std::size_t k = 0; k < indices.size(); ++k) {
      const auto i = static_cast<std::size_t>(indices[k]);
      if (column == 1) {
        static_cast<std::int64_t*>(to)[k] = labels_[i];
        continue;
      }
      Image image = decode(files_[i], channels_);
      if (resizes_) image = resized(image, size_);
      check_size(files_[i], image.size);  // a file may have been written meanwhile
      std::memcpy(static_cast<std::uint8_t*>(to) + k * image.pixels.size(), image.pixels.data(),
                  image.pixels.size());
    }
  }

 private:
  void add_class(const fs::path& folder, std::int64_t label) {
    for (const fs::path& file : entries(folder)) {
      if (!is_image(file.filename().string()))
        files::fail(file.string(), "is neither PNG nor JPEG by its name",
                    "move it elsewhere; what begins with a dot is passed over");
      files_.push_back(file.string());
      labels_.push_back(label);
    }
  }

  // All images have the size of the first one.
  void find_size() {
    resizes_ = false;
    size_ = size_of(files_[0]);
    for (const std::string& file : files_) check_size(file, size_of(file));
  }
  void check_size(const std::string& file, Size size) const {
    if (size != size_)
      files::fail(file, "is " + text(size) + " pixels, but " + files_[0] + " is " + text(size_),
                  "`height` and `width` resize all");
  }

  Size size_;
  int channels_;
  bool resizes_ = true;
  std::vector<std::string> files_;
  std::vector<std::int64_t> labels_;
  std::vector<Column> columns_;
};

}  // namespace

}  // namespace ebb::image_folder

EBB_PLUGIN(image_folder, "1.0") {
  const Interval side{0, 65536};
  plugin.source("image_folder")
      .doc(
          "PNG and JPEG files in a folder for each class: `.image`, height x width x channels of 0 "
          "to "
          "255, and `.label`, the position of the class among the folders' sorted names.")
      .path("path", "the folder of the classes' folders, relative to the data folder")
      .attr("height", 0, "that of all images, which are resized; 0: they must agree", side)
      .attr("width", 0, "likewise", side)
      .attr("channels", 3, "3: red, green, blue; 1: grey", Interval{1, 3})
      .open([](const Attributes& a) {
        return std::make_unique<ebb::image_folder::ImageFolder>(
            a.string(0),
            ebb::image_folder::Size{static_cast<int>(a.integer(2)), static_cast<int>(a.integer(1))},
            static_cast<int>(a.integer(3)));
      });
}
