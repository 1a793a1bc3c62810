// Data sources of plugins, called through the C boundary as a host calls them.
#pragma once

#include <dlfcn.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <deque>
#include <ebb/source.hpp>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/scratch.hpp"

namespace ebb::test {

inline const std::filesystem::path source_data = EBB_SOURCE_DIR "/tests/sources/data";
// The same advice on a line of its own after an error.
inline const std::string with_advice = "\n" + copy_again.substr(0, copy_again.size() - 1);

using Texts = std::vector<std::string>;
using Numbers = std::vector<double>;
constexpr auto each = boost::test_tools::per_element();

namespace detail {

// What the functions of this host's table work on.
struct SourceHost {
  std::map<std::string, ebb_source> sources;
  std::string error;

  ebb_context* c() { return reinterpret_cast<ebb_context*>(this); }
  static SourceHost& of(ebb_context* context) { return *reinterpret_cast<SourceHost*>(context); }
};

inline int keep_source(ebb_context* context, const ebb_source* source) {
  SourceHost::of(context).sources[source->name] = *source;
  return EBB_OK;
}

inline int keep_error(ebb_context* context, const char* message, const char* hint) {
  SourceHost::of(context).error =
      message + (hint ? std::string("\n  hint: ") + hint : std::string());
  return EBB_FAILED;
}

inline const ebb_host& source_host() {
  static const ebb_host host = [] {
    ebb_host made{};
    made.size = sizeof made;
    made.major = EBB_SDK_MAJOR;
    made.minor = EBB_SDK_MINOR;
    made.fail = &keep_error;
    made.register_source = &keep_source;
    return made;
  }();
  return host;
}

}  // namespace detail

// A message, and its hint on a line of its own, as a source gave them to the host.
struct SourceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Given =
    std::map<std::string, std::variant<bool, int, double, std::string, std::vector<std::string>>>;

// A source that is open.
class OpenedSource {
 public:
  OpenedSource(const ebb_source& source, const Given& given) : source_(source) {
    for (std::int32_t i = 0; i < source.attr_count; ++i) attrs_.push_back(source.attrs[i].fallback);
    std::size_t known = 0;
    for (std::int32_t i = 0; i < source.attr_count; ++i)
      if (const auto found = given.find(source.attrs[i].name); found != given.end()) {
        set(attrs_[static_cast<std::size_t>(i)], found->second);
        ++known;
      }
    BOOST_REQUIRE(known == given.size());
    call_ = {sizeof call_, source.self,   &detail::source_host(),
             context_.c(), attrs_.data(), nullptr};
    std::int32_t columns = 0;
    check(source.open(&call_, &call_.handle, &samples_, &columns));
    for (std::int32_t i = 0; i < columns; ++i) {
      ebb_column column{};
      column.size = sizeof column;
      check(source.column(&call_, i, &column));
      const sdk::Type type(column.type);
      columns_.push_back({column.name, type.dtype, type.dims});
    }
  }
  ~OpenedSource() {
    if (call_.handle) source_.close(call_.handle);
  }
  OpenedSource(const OpenedSource&) = delete;
  OpenedSource& operator=(const OpenedSource&) = delete;

  std::int64_t samples() const { return samples_; }
  // "name f64 [3]" for each column.
  std::vector<std::string> columns() const {
    static const char* const names[] = {"bool", "u8", "i8", "i16", "i32", "i64", "f32", "f64"};
    std::vector<std::string> texts;
    for (const auto& c : columns_)
      texts.push_back(c.name + " " + names[c.dtype] + " " + sdk::to_string(c.dims));
    return texts;
  }

  // The numbers of these samples of a column, one after the other.
  std::vector<double> read(std::size_t column, const std::vector<std::int64_t>& indices) {
    static const std::size_t widths[] = {1, 1, 1, 2, 4, 8, 4, 8};
    const auto& [name, dtype, dims] = columns_.at(column);
    const std::size_t elements = indices.size() * static_cast<std::size_t>(per_sample(dims));
    // A guard behind what may be written.
    std::vector<unsigned char> bytes(elements * widths[dtype] + 8, 0xa5);
    check(source_.read(&call_, static_cast<std::int32_t>(column), indices.data(),
                       static_cast<std::int64_t>(indices.size()), bytes.data()));
    for (std::size_t i = bytes.size() - 8; i < bytes.size(); ++i) BOOST_REQUIRE(bytes[i] == 0xa5);
    std::vector<double> numbers(elements);
    for (std::size_t i = 0; i < elements; ++i)
      numbers[i] = number(dtype, bytes.data() + i * widths[dtype]);
    return numbers;
  }
  std::vector<double> all(std::size_t column = 0) {
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < samples_; ++i) indices.push_back(i);
    return read(column, indices);
  }

 private:
  static std::int64_t per_sample(const sdk::Ints& dims) {
    std::int64_t n = 1;
    for (const std::int64_t d : dims) n *= d;
    return n;
  }
  template <class T>
  static double as(const unsigned char* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return static_cast<double>(value);
  }
  static double number(std::int32_t dtype, const unsigned char* bytes) {
    switch (dtype) {
      case EBB_I8:
        return as<std::int8_t>(bytes);
      case EBB_I16:
        return as<std::int16_t>(bytes);
      case EBB_I32:
        return as<std::int32_t>(bytes);
      case EBB_I64:
        return as<std::int64_t>(bytes);
      case EBB_F32:
        return as<float>(bytes);
      case EBB_F64:
        return as<double>(bytes);
      default:
        return as<std::uint8_t>(bytes);
    }
  }
  void set(ebb_attr& attr, const Given::mapped_type& value) {
    if (const auto* truth = std::get_if<bool>(&value)) attr.i = *truth ? 1 : 0;
    if (const auto* whole = std::get_if<int>(&value)) attr.i = *whole;
    if (const auto* real = std::get_if<double>(&value)) attr.r = *real;
    if (const auto* text = std::get_if<std::string>(&value)) attr.s = keep(*text);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
      std::string joined;
      for (const std::string& item : *list) joined.append(item).push_back('\0');
      attr.i = static_cast<std::int64_t>(list->size());
      attr.s = keep(joined);
    }
  }
  const char* keep(const std::string& text) { return texts_.emplace_back(text).c_str(); }
  void check(int status) const {
    if (status != EBB_OK) throw SourceError(context_.error);
  }

  const ebb_source source_;
  detail::SourceHost context_;
  ebb_source_call call_{};
  std::vector<ebb_attr> attrs_;
  std::deque<std::string> texts_;
  std::vector<sdk::Column> columns_;
  std::int64_t samples_ = 0;
};

// The sources that a plugin's entry registers.
inline std::map<std::string, ebb_source> sources_of(ebb_plugin_main_fn plugin_main) {
  detail::SourceHost context;
  ebb_plugin_info info{};
  info.size = sizeof info;
  if (plugin_main(&detail::source_host(), context.c(), &info) != EBB_OK)
    throw SourceError(context.error);
  return context.sources;
}

// A source of a plugin that Ebb brings, and a scratch folder for its files.
class SourceTrial : public Scratch {
 public:
  SourceTrial(const std::string& plugin, const std::string& source) {
    void* library = dlopen((EBB_PLUGIN_DIR "/" + plugin + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(dlerror());
    const auto entry = reinterpret_cast<ebb_plugin_main_fn>(dlsym(library, "ebb_plugin_main"));
    source_ = sources_of(entry).at(source);
  }
  explicit SourceTrial(const std::string& name) : SourceTrial(name, name) {}

  OpenedSource open(const std::filesystem::path& path, Given given = {}) const {
    given["path"] = path.string();
    return {source_, given};
  }
  // The same of a file of the scratch folder with these bytes.
  OpenedSource open_bytes(const std::string& bytes, Given given = {}) const {
    return open(fresh("x", bytes), std::move(given));
  }

  // Writes a file anew; to write over one makes some file systems wait for the disk.
  std::filesystem::path fresh(const std::string& name, const std::string& bytes) const {
    std::filesystem::remove(path(name));
    return write(name, bytes);
  }

  // What opening says, or reading all columns; the folder's name is left out.
  std::string error(const std::filesystem::path& path, Given given = {}) const {
    try {
      OpenedSource source = open(path, std::move(given));
      for (std::size_t c = 0; c < source.columns().size(); ++c) source.all(c);
    } catch (const SourceError& e) {
      std::string text = e.what();
      const std::string prefix = folder().string() + "/";
      for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;)
        text.erase(at, prefix.size());
      return text;
    }
    return "no error";
  }
  std::string error_of_bytes(const std::string& bytes, Given given = {}) const {
    return error(fresh("x", bytes), std::move(given));
  }

 private:
  ebb_source source_{};
};

}  // namespace ebb::test
