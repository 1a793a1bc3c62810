// A dataset of an HDF5 file whose first dimension is the sample.
#pragma once

#include <hdf5.h>

#include <ebb/source.hpp>
#include <span>
#include <string>
#include <utility>

namespace ebb::hdf5 {

// A handle of the library, closed by the function that belongs to it.
class Handle {
 public:
  Handle() = default;
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }

  bool valid() const { return id_ >= 0; }
  hid_t id() const { return id_; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

// What the library says went wrong, where it did.
std::string reason();

class Dataset {
 public:
  // `place` is for errors. Throws Failure: no numbers, no samples.
  Dataset(Handle dataset, std::string place);

  std::int64_t samples() const { return samples_; }
  // Of all samples in memory, below 2^52.
  std::uint64_t bytes() const { return bytes_; }
  // Its name is "".
  const sdk::Column& column() const { return column_; }
  void read(std::span<const std::int64_t> indices, void* to);

 private:
  void require_own_data() const;
  void find_type();
  void find_shape();
  void read_run(std::int64_t first, std::int64_t count, std::byte* to);

  Handle dataset_, space_;
  std::string place_;
  Handle bool_type_;        // of an enumeration FALSE, TRUE
  hid_t memory_type_ = -1;  // what elements are converted to
  std::size_t width_ = 0;   // of an element in memory
  sdk::Column column_;
  std::int64_t samples_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace ebb::hdf5
