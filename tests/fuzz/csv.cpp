// The first byte chooses what a script may ask of the reader, the rest is the file. What is
// accepted is read whole, then sample by sample from the last: nothing may differ.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/linked_plugin.hpp"

namespace {

using Arguments = std::vector<ebb::SourceArgument>;

const ebb::SourceDef& csv() { return *ebb::test::linked_plugin().sources.find("csv"); }

Arguments arguments(const std::filesystem::path& path, unsigned choice) {
  const auto given = [&](const std::string& name,
                         ebb::SourceArgument fallback) -> ebb::SourceArgument {
    static const char* const policies[] = {"error", "nan", "skip", "error"};
    using Texts = std::vector<std::string>;
    if (name == "path") return path.string();
    if (name == "header") return (choice & 1) == 0;
    if (name == "if_missing") return std::string(policies[choice >> 1 & 3]);
    if (name == "separator" && (choice & 8)) return std::string(";");
    if (name == "quote" && (choice & 16)) return std::string();
    if (name == "one_hot" && (choice & 32)) return Texts{"c1"};
    if (name == "columns" && (choice & 64)) return Texts{"c1", "c2"};
    if (name == "stream") return (choice & 128) != 0;
    return fallback;
  };
  Arguments all;
  for (const ebb::SourceParameter& p : csv().parameters)
    all.push_back(given(p.name, p.fallback.value_or(std::string())));
  return all;
}

std::string all_of(const ebb::SampleColumn& column, bool backwards) {
  const auto samples = static_cast<std::size_t>(column.array.dims[0]);
  std::string bytes(column.array.size_bytes(), '\0');
  if (!column.reader) {
    std::memcpy(bytes.data(), column.array.bytes.get(), bytes.size());
    return bytes;
  }
  auto* to = reinterpret_cast<std::byte*>(bytes.data());
  std::vector<std::int64_t> indices(samples);
  for (std::size_t i = 0; i < samples; ++i) indices[i] = static_cast<std::int64_t>(i);
  if (!backwards) {
    column.reader->read(indices, to);
    return bytes;
  }
  for (std::size_t i = samples; i-- > 0;)
    column.reader->read({&indices[i], 1}, to + i * (bytes.size() / samples));
  return bytes;
}

// A file with a place in a folder, which a file in memory has not: what a script may read goes by
// folders.
class TableFile {
 public:
  TableFile()
      : path_(std::filesystem::temp_directory_path() /
              ("ebb-fuzz-" + std::to_string(::getpid()) + ".csv")) {}
  ~TableFile() { std::filesystem::remove(path_); }
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  ebb::Samples open(std::string_view table, unsigned choice) const {
    std::ofstream(path_, std::ios::binary) << table;
    ebb::SourceContext context;
    context.reach.add(path_.parent_path());
    return csv().open(arguments(path_, choice), context);
  }

 private:
  std::filesystem::path path_;
};

const TableFile& file() {
  static const TableFile only;
  return only;
}

}  // namespace

// A reader that refuses all would find nothing.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (file().open("a,b\n1,2\n3,4\n", 0).columns.size() != 2) std::abort();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  try {
    const std::string_view table(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    const ebb::Samples samples = file().open(table, bytes[0]);
    for (const auto& [name, column] : samples.columns)
      if (all_of(column, false) != all_of(column, true)) std::abort();
  } catch (const ebb::UserError&) {
  }
  return 0;
}
