// HDF5 files as a data source: a dataset, or those of a group.
#include <algorithm>
#include <ebb/plugin.hpp>
#include <mutex>
#include <numeric>

#include "plugins/files/fields.hpp"
#include "plugins/files/file.hpp"
#include "plugins/hdf5/dataset.hpp"
#include "plugins/hdf5/trial.hpp"

using namespace ebb::sdk;

namespace ebb::hdf5 {

namespace {

// The library may be built without locks of its own, and sources are read from several threads.
std::mutex& library() {
  static std::mutex mutex;
  return mutex;
}

herr_t keep_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

// A link into another file would be followed wherever it leads.
herr_t bar(const char*, const char*, const char*, const char*, unsigned*, hid_t, void* met) {
  *static_cast<bool*>(met) = true;
  return -1;
}

std::vector<std::string> links_of(hid_t group) {
  std::vector<std::string> names;
  H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, &keep_name, &names);
  return names;
}

class Hdf5Source : public Source {
 public:
  Hdf5Source(std::string path, const std::string& name) : path_(std::move(path)) {
    const files::File file(path_);  // its errors are ours
    file_bytes_ = file.size();
    const std::scoped_lock lock(library());
    try_first(name);
    try {
      open_all(name);
    } catch (...) {
      close();
      throw;
    }
  }
  ~Hdf5Source() override {
    const std::scoped_lock lock(library());
    close();
  }

  std::int64_t samples() const override { return datasets_[0].samples(); }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    const std::scoped_lock lock(library());
    datasets_[static_cast<std::size_t>(column)].read(indices, to);
  }

 private:
  // What follows needs the lock.
  // Some damage has the library go round for ever, or crash.
  void try_first(const std::string& name) {
    const End end = tried(path_, [&] {
      open_all(name);
      read_through();
    });
    if (end == End::finished) return;
    files::fail(path_,
                std::string("is damaged: the HDF5 library ") +
                    (end == End::endless ? "does not come to an end with it" : "crashes on it"),
                files::copy_again);
  }
  // Of large datasets the beginning and the last sample.
  void read_through() {
    constexpr std::uint64_t most = 16 << 20;
    for (Dataset& dataset : datasets_) {
      const auto samples = static_cast<std::uint64_t>(dataset.samples());
      const std::uint64_t size = dataset.bytes() / samples;
      std::vector<std::int64_t> indices(
          std::clamp<std::uint64_t>(most / datasets_.size() / size, 1, samples));
      std::iota(indices.begin(), indices.end(), 0);
      std::vector<std::byte> bytes(indices.size() * size);
      dataset.read(indices, bytes.data());
      dataset.read(std::vector<std::int64_t>{dataset.samples() - 1}, bytes.data());
    }
  }
  void open_all(const std::string& name) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    links_ = Handle(H5Pcreate(H5P_LINK_ACCESS), &H5Pclose);
    H5Pset_elink_cb(links_.id(), &bar, &met_bar_);
    file_ = Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), &H5Fclose);
    if (!file_.valid())
      files::fail(path_, "not an HDF5 file, or a damaged one: " + reason(), files::copy_again);
    const Handle object = open(file_.id(), name.empty() ? "/" : name);
    const H5I_type_t kind = H5Iget_type(object.id());
    if (kind == H5I_DATASET) {
      add(name, "");
    } else if (kind == H5I_GROUP) {
      add_group(object.id(), name);
    } else {
      files::fail(path_, "`" + name + "` is neither a dataset nor a group");
    }
  }
  void close() {
    datasets_.clear();
    file_ = Handle();
    links_ = Handle();
  }

  Handle open(hid_t at, const std::string& name) {
    met_bar_ = false;
    Handle object(H5Oopen(at, name.c_str(), links_.id()), &H5Oclose);
    if (met_bar_)
      files::fail(path_, "`" + name + "` is a link into another file, which is not followed",
                  "copy what it links to into this file");
    if (!object.valid())
      files::fail(path_, "there is no dataset `" + name + "`",
                  "the file has " + files::listed(links_of(file_.id())));
    return object;
  }

  void add(const std::string& name, const std::string& field) {
    datasets_.emplace_back(open(file_.id(), name), path_ + ", " + name);
    require_borne_out(datasets_.back().bytes());
    columns_.push_back(datasets_.back().column());
    columns_.back().name = field;
  }

  // All together: several may be one, and what was never written takes no room in the file.
  void require_borne_out(std::uint64_t bytes) {
    bytes_ += bytes;
    if (is_borne_out(bytes_, file_bytes_)) return;
    files::fail(path_,
                "its datasets take " + std::to_string(bytes_) + " bytes, the file has " +
                    std::to_string(file_bytes_) + ": more than " + std::to_string(most_unfolded) +
                    " times as many",
                "where it is meant so, write them out: h5repack -f NONE -l CONTI");
  }

  // The datasets that stand in the group itself, by name.
  void add_group(hid_t group, const std::string& name) {
    const std::string prefix = name.empty() || name.ends_with('/') ? name : name + "/";
    std::vector<std::string> inside, groups;
    for (const std::string& link : links_of(group)) {
      const bool dataset = H5Iget_type(open(group, link).id()) == H5I_DATASET;
      (dataset ? inside : groups).push_back(link);
    }
    if (inside.empty())
      files::fail(path_, "there is no dataset in " + (name.empty() ? "it" : "`" + name + "`"),
                  groups.empty() ? "" : "`dataset` may name a group: " + files::listed(groups));
    const auto fields = files::identifiers(inside);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      add(prefix + inside[i], fields[i]);
      if (datasets_[i].samples() != datasets_[0].samples())
        files::fail(path_,
                    inside[0] + " has " + std::to_string(datasets_[0].samples()) +
                        " samples, but " + inside[i] + " has " +
                        std::to_string(datasets_[i].samples()),
                    "name one: hdf5(..., dataset = \"" + prefix + inside[0] + "\")");
    }
  }

  std::string path_;
  std::uint64_t file_bytes_ = 0, bytes_ = 0;  // of the file, and of the datasets
  Handle links_;                              // how links are followed
  bool met_bar_ = false;
  Handle file_;
  std::vector<Dataset> datasets_;
  std::vector<Column> columns_;
};

}  // namespace

}  // namespace ebb::hdf5

EBB_PLUGIN(hdf5, "1.0") {
  plugin.source("hdf5")
      .doc(
          "The samples of a dataset in an HDF5 file, or of all those of a group, a field each; the "
          "first dimension is the sample.")
      .path("path", "the file, relative to the data folder")
      .attr("dataset", "",
            "the dataset, or the group, that is wanted: \"train/x\"; \"\" is the root")
      .open([](const Attributes& a) {
        return std::make_unique<ebb::hdf5::Hdf5Source>(a.string(0), a.string(1));
      });
}
