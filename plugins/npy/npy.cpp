// NumPy's files as data sources: npy, one array, and npz, several.
#include <algorithm>
#include <ebb/plugin.hpp>

#include "plugins/files/fields.hpp"
#include "plugins/npy/array.hpp"
#include "plugins/npy/zip.hpp"

using namespace ebb::sdk;

namespace ebb::npy {

namespace {

class NpySource : public Source {
 public:
  explicit NpySource(const std::string& path)
      : array_(std::make_unique<files::File>(path)), columns_{array_.column()} {}

  std::int64_t samples() const override { return array_.samples(); }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int, std::span<const std::int64_t> indices, void* to) override {
    array_.read(indices, to);
  }

 private:
  Array array_;
  std::vector<Column> columns_;
};

// Without the ending that numpy gives the members of an archive.
std::string array_name(const std::string& member) {
  return member.ends_with(".npy") ? member.substr(0, member.size() - 4) : member;
}

class NpzSource : public Source {
 public:
  NpzSource(const std::string& path, const std::string& wanted) : archive_(path) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < archive_.members().size(); ++i) {
      const std::string name = array_name(archive_.members()[i]);
      if (!wanted.empty() && name != wanted) continue;
      arrays_.push_back(std::make_unique<Array>(archive_.open(i)));
      names.push_back(name);
    }
    if (arrays_.empty()) refuse(wanted);
    const auto fields = files::identifiers(names);
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      columns_.push_back(arrays_[i]->column());
      if (wanted.empty()) columns_[i].name = fields[i];
      if (arrays_[i]->samples() == samples()) continue;
      files::fail(path,
                  names[0] + " has " + std::to_string(samples()) + " samples, but " + names[i] +
                      " has " + std::to_string(arrays_[i]->samples()),
                  "name the array: npz(..., array = \"" + names[0] + "\")");
    }
  }

  std::int64_t samples() const override { return arrays_[0]->samples(); }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    arrays_[static_cast<std::size_t>(column)]->read(indices, to);
  }

 private:
  [[noreturn]] void refuse(const std::string& wanted) const {
    if (archive_.members().empty()) files::fail(archive_.path(), "the archive is empty");
    std::vector<std::string> names;
    for (const std::string& member : archive_.members()) names.push_back(array_name(member));
    files::fail(archive_.path(), "there is no array `" + wanted + "`",
                "it has " + files::listed(names));
  }

  Archive archive_;
  std::vector<std::unique_ptr<Array>> arrays_;
  std::vector<Column> columns_;
};

}  // namespace

}  // namespace ebb::npy

EBB_PLUGIN(npy, "1.0") {
  plugin.source("npy")
      .doc("The samples of an array that numpy.save wrote; its first dimension is the sample.")
      .path("path", "the .npy file, relative to the data folder")
      .open([](const Attributes& a) { return std::make_unique<ebb::npy::NpySource>(a.string(0)); });
  plugin.source("npz")
      .doc(
          "The samples of the arrays that numpy.savez wrote, a field each: `.x`, `.y`. Their first "
          "dimension is the sample, of one length.")
      .path("path", "the .npz file, relative to the data folder")
      .attr("array", "", "the one array that is wanted, which then has no field's name")
      .open([](const Attributes& a) {
        return std::make_unique<ebb::npy::NpzSource>(a.string(0), a.string(1));
      });
}
