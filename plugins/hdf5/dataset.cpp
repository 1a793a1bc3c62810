#include "plugins/hdf5/dataset.hpp"

#include <algorithm>

#include "plugins/files/file.hpp"

namespace ebb::hdf5 {

namespace {

// h5py keeps booleans as an enumeration of bytes, FALSE and TRUE.
bool is_boolean(hid_t type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2 || H5Tget_size(type) != 1)
    return false;
  for (unsigned i = 0; i < 2; ++i) {
    char* name = H5Tget_member_name(type, i);
    unsigned char value = 0;
    const bool same = name && H5Tget_member_value(type, i, &value) >= 0 && value <= 1 &&
                      std::string(name) == (value ? "TRUE" : "FALSE");
    H5free_memory(name);
    if (!same) return false;
  }
  return true;
}

// The element type that holds all that a whole number of the file may be; -1 where none does.
std::int32_t integer_type(std::size_t size, bool is_signed) {
  if (is_signed) return size == 1 ? EBB_I8 : size == 2 ? EBB_I16 : size == 4 ? EBB_I32 : EBB_I64;
  return size == 1 ? EBB_U8 : size == 2 ? EBB_I32 : size == 4 ? EBB_I64 : -1;
}

struct Native {
  hid_t type;
  std::size_t width;
};

Native native(std::int32_t dtype) {
  switch (dtype) {
    case EBB_U8:
      return {H5T_NATIVE_UINT8, 1};
    case EBB_I8:
      return {H5T_NATIVE_INT8, 1};
    case EBB_I16:
      return {H5T_NATIVE_INT16, 2};
    case EBB_I32:
      return {H5T_NATIVE_INT32, 4};
    case EBB_I64:
      return {H5T_NATIVE_INT64, 8};
    case EBB_F32:
      return {H5T_NATIVE_FLOAT, 4};
    default:
      return {H5T_NATIVE_DOUBLE, 8};
  }
}

herr_t keep_description(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

}  // namespace

std::string reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, &keep_description, &text);
  return text.empty() ? "the HDF5 library does not say why" : text;
}

Dataset::Dataset(Handle dataset, std::string place)
    : dataset_(std::move(dataset)), place_(std::move(place)) {
  require_own_data();
  find_type();
  find_shape();
}

// The library would open whatever files it names.
void Dataset::require_own_data() const {
  const Handle creation(H5Dget_create_plist(dataset_.id()), &H5Pclose);
  if (!creation.valid()) files::fail(place_, reason(), files::copy_again);
  if (H5Pget_external_count(creation.id()) != 0 || H5Pget_layout(creation.id()) == H5D_VIRTUAL)
    files::fail(place_, "keeps its data in other files, which are not read",
                "copy it into this file");
}

void Dataset::find_type() {
  const Handle type(H5Dget_type(dataset_.id()), &H5Tclose);
  if (!type.valid()) files::fail(place_, reason(), files::copy_again);
  const H5T_class_t kind = H5Tget_class(type.id());
  const std::size_t size = H5Tget_size(type.id());
  if (is_boolean(type.id())) {
    column_.dtype = EBB_BOOL;
    bool_type_ = Handle(H5Tcopy(type.id()), &H5Tclose);
    memory_type_ = bool_type_.id();
    width_ = 1;
    return;
  }
  const bool whole = kind == H5T_INTEGER && size <= 8 && (size & (size - 1)) == 0;
  const bool real = kind == H5T_FLOAT && size <= 8;
  const bool is_signed = H5Tget_sign(type.id()) == H5T_SGN_2;
  column_.dtype = whole ? integer_type(size, is_signed) : real && size <= 4 ? EBB_F32 : EBB_F64;
  if (whole && column_.dtype < 0)
    files::fail(place_, "holds uint64, which int64 can not hold", "save it as int64");
  if (!whole && !real)
    files::fail(place_, "holds no numbers of a known type",
                "whole numbers, floats of up to 64 bits and booleans can be read; `dataset` names "
                "the one that is wanted");
  const Native memory = native(column_.dtype);
  memory_type_ = memory.type;
  width_ = memory.width;
}

void Dataset::find_shape() {
  space_ = Handle(H5Dget_space(dataset_.id()), &H5Sclose);
  hsize_t dims[H5S_MAX_RANK] = {};
  const int rank = space_.valid() ? H5Sget_simple_extent_dims(space_.id(), dims, nullptr) : -1;
  if (rank < 0) files::fail(place_, reason(), files::copy_again);
  if (rank == 0)
    files::fail(place_, "holds a single number, not samples",
                "the first dimension of a dataset is the sample");
  if (rank > EBB_MAX_RANK + 1)
    files::fail(place_, "has more than " + std::to_string(EBB_MAX_RANK + 1) + " dimensions");
  sdk::Ints all;
  std::uint64_t elements = 1;
  for (int i = 0; i < rank; ++i) {
    all.push_back(static_cast<std::int64_t>(dims[i]));
    if (dims[i] > 0 && elements > (std::uint64_t{1} << 48) / dims[i])
      files::fail(place_, "has impossible sizes", files::copy_again);
    elements *= dims[i];
  }
  if (elements == 0) files::fail(place_, "holds no samples: it is " + sdk::to_string(all));
  samples_ = all[0];
  bytes_ = elements * width_;
  column_.dims = {all.begin() + 1, all.end()};
}

// Samples that follow each other come in one piece.
void Dataset::read(std::span<const std::int64_t> indices, void* to) {
  std::size_t size = width_;
  for (const std::int64_t d : column_.dims) size *= static_cast<std::size_t>(d);
  for (std::size_t i = 0, end = 0; i < indices.size(); i = end) {
    for (end = i + 1; end < indices.size() && indices[end] == indices[end - 1] + 1;) ++end;
    read_run(indices[i], static_cast<std::int64_t>(end - i),
             static_cast<std::byte*>(to) + i * size);
  }
  if (column_.dtype != EBB_BOOL) return;
  for (std::byte& byte : std::span(static_cast<std::byte*>(to), indices.size() * size))
    byte = std::byte{byte != std::byte{0}};
}

void Dataset::read_run(std::int64_t first, std::int64_t count, std::byte* to) {
  std::vector<hsize_t> start{static_cast<hsize_t>(first)}, block{static_cast<hsize_t>(count)};
  for (const std::int64_t d : column_.dims) {
    start.push_back(0);
    block.push_back(static_cast<hsize_t>(d));
  }
  const Handle memory(H5Screate_simple(static_cast<int>(block.size()), block.data(), nullptr),
                      &H5Sclose);
  const bool read =
      memory.valid() &&
      H5Sselect_hyperslab(space_.id(), H5S_SELECT_SET, start.data(), nullptr, block.data(),
                          nullptr) >= 0 &&
      H5Dread(dataset_.id(), memory_type_, memory.id(), space_.id(), H5P_DEFAULT, to) >= 0;
  if (!read) files::fail(place_, "cannot be read: " + reason(), files::copy_again);
}

}  // namespace ebb::hdf5
