#include "graph/cli/sample_cache.hpp"

#include <cstring>
#include <utility>

namespace ebb {

namespace {

// When the file was last written and its size: what differs when it has changed.
std::string state_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(file, error);
  if (error) return "absent";
  const auto size = std::filesystem::file_size(file, error);
  return std::to_string(time.time_since_epoch().count()) + "," + std::to_string(error ? 0 : size);
}

struct KeyWriter {
  const std::filesystem::path& data_dir;
  std::string text;

  void operator()(double number) { text += "n" + std::string(bytes_of(number)) + ";"; }
  void operator()(bool truth) { text += truth ? "true;" : "false;"; }
  void operator()(const std::string& name) {
    text += "s" + std::to_string(name.size()) + ":" + name + state_of(data_dir / name) + ";";
  }
  void operator()(const std::vector<std::string>& names) {
    text += "[";
    for (const std::string& name : names) (*this)(name);
    text += "]";
  }
  void operator()(const Array& array) {
    text += "a" + std::to_string(static_cast<int>(array.dtype));
    for (const std::int64_t dim : array.dims) text += "," + std::to_string(dim);
    text += ":";
    text.append(reinterpret_cast<const char*>(array.bytes.get()), array.size_bytes());
  }

 private:
  static std::string bytes_of(double number) {
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
  }
};

}  // namespace

Samples SampleCache::open(const SourceDef& source, const std::vector<SourceArgument>& arguments,
                          const SourceContext& context) {
  KeyWriter key{context.data_dir, source.name + "("};
  for (const SourceArgument& argument : arguments) std::visit(key, argument);
  if (const auto found = kept_.find(key.text); found != kept_.end()) {
    found->second.used = true;
    return found->second.samples;
  }
  Samples samples = source.open(arguments, context);
  kept_.insert_or_assign(std::move(key.text), Kept{samples});
  return samples;
}

void SampleCache::tidy() {
  std::erase_if(kept_, [](const auto& entry) { return !entry.second.used; });
  for (auto& [key, kept] : kept_) kept.used = false;
}

}  // namespace ebb
