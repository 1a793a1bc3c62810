#include "plugins/npy/zip.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace ebb::npy {

namespace {

constexpr std::size_t step = 1 << 20;

struct CloseMember {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Stream = std::unique_ptr<zip_file_t, CloseMember>;

class Member : public files::Bytes {
 public:
  Member(zip_t* archive, std::size_t index, std::string name)
      : archive_(archive), index_(index), name_(std::move(name)) {
    zip_stat_t stat{};
    if (zip_stat_index(archive_, index_, 0, &stat) != 0) fail(zip_strerror(archive_));
    size_ = stat.size;
    stored_ = stat.comp_method == ZIP_CM_STORE;
    Stream stream = open();
    std::byte more{};
    head_.resize(std::min<std::uint64_t>(size_, 4096));
    // libzip compares checksums when it is asked for more than there is.
    if (get(*stream, head_) < head_.size() || (size_ == head_.size() && get(*stream, {&more, 1})))
      fail("its length is not as the archive says");
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  std::size_t read_some(std::uint64_t offset, std::span<std::byte> to) override {
    if (offset >= size_) return 0;
    to = to.first(std::min<std::uint64_t>(to.size(), size_ - offset));
    if (offset + to.size() <= head_.size()) {
      std::memcpy(to.data(), head_.data() + offset, to.size());
      return to.size();
    }
    if (!seekable_ && !unpacked_) stored_ ? verify() : unpack();
    if (unpacked_) return unpacked_->read_some(offset, to);
    if (zip_fseek(seekable_.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0)
      fail(zip_file_strerror(seekable_.get()));
    return get(*seekable_, to);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    files::fail(name_, what, files::copy_again);
  }
  Stream open() const {
    Stream stream(zip_fopen_index(archive_, index_, 0));
    if (!stream) fail(std::string("cannot be opened: ") + zip_strerror(archive_));
    return stream;
  }
  std::size_t get(zip_file_t& stream, std::span<std::byte> to) const {
    std::size_t filled = 0;
    while (filled < to.size()) {
      const zip_int64_t got = zip_fread(&stream, to.data() + filled, to.size() - filled);
      if (got < 0) fail(std::string("is damaged: ") + zip_file_strerror(&stream));
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

  // Reads all of it; each piece goes to `take`.
  template <class Take>
  void read_through(const Take& take) const {
    const Stream stream = open();
    std::vector<std::byte> piece(step);
    std::uint64_t total = 0;
    while (const std::size_t got = get(*stream, piece)) {
      total += got;
      if (total > size_) break;
      take(std::span<const std::byte>(piece).first(got));
    }
    if (total != size_) fail("its length is not as the archive says");
  }
  void verify() {
    read_through([](std::span<const std::byte>) {});
    seekable_ = open();
  }
  void unpack() {
    auto file = std::make_unique<files::File>(name_, temporary(), size_);
    std::uint64_t at = 0;
    read_through([&](std::span<const std::byte> piece) {
      while (!piece.empty()) {
        const ssize_t written =
            ::pwrite(file->descriptor(), piece.data(), piece.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) cannot_unpack();
        at += static_cast<std::uint64_t>(written);
        piece = piece.subspan(static_cast<std::size_t>(written));
      }
    });
    unpacked_ = std::move(file);
  }
  // A new file in TMPDIR that goes away when it is closed.
  int temporary() const {
    std::error_code error;
    std::string path = (std::filesystem::temp_directory_path(error) / "ebb-npz-XXXXXX").string();
    if (error) errno = error.value();
    const int descriptor = error ? -1 : ::mkostemp(path.data(), O_CLOEXEC);
    if (descriptor < 0) cannot_unpack();
    ::unlink(path.c_str());
    return descriptor;
  }
  [[noreturn]] void cannot_unpack() const {
    files::fail(name_, std::string("cannot be unpacked: ") + std::strerror(errno),
                "it goes to a temporary file, where TMPDIR says; numpy.savez writes arrays that "
                "need none");
  }

  zip_t* archive_;
  zip_uint64_t index_;
  std::string name_;
  std::uint64_t size_ = 0;
  bool stored_ = false;
  std::vector<std::byte> head_;  // its beginning
  Stream seekable_;
  std::unique_ptr<files::File> unpacked_;
};

}  // namespace

Archive::Archive(const std::string& path) : path_(path) {
  const files::File file(path);  // its errors are ours
  size_ = file.size();
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    files::fail(path, "not a zip archive, or a damaged one: " + why, "numpy.savez writes one");
  }
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0);
    if (!name) files::fail(path, zip_strerror(archive_.get()), files::copy_again);
    members_.emplace_back(name);
  }
}

std::unique_ptr<files::Bytes> Archive::open(std::size_t member) {
  zip_stat_t stat{};
  const bool known = zip_stat_index(archive_.get(), member, 0, &stat) == 0;
  // All together: members may share their compressed bytes.
  if (known && stat.comp_method != ZIP_CM_STORE)
    unpacked_ += std::min<std::uint64_t>(stat.size, std::uint64_t{1} << 62);
  if (!sdk::is_borne_out(unpacked_, size_))
    files::fail(path_,
                "its arrays take " + std::to_string(unpacked_) +
                    " bytes unpacked, the archive has " + std::to_string(size_) + ": more than " +
                    std::to_string(sdk::most_unfolded) + " times as many",
                "numpy.savez writes arrays that are not packed, of any size");
  return std::make_unique<Member>(archive_.get(), member, path_ + ", " + members_[member]);
}

}  // namespace ebb::npy
