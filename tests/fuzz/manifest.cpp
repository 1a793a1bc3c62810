// What Ebb keeps as JSON and reads again: the manifest of a training, which is the same when it is
// written and read once more, and the certificate of a plugin, which is whole or made anew.
#include "graph/cli/manifest.hpp"

#include <fstream>

#include "graph/core/certificate.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/support/scratch.hpp"

namespace {

namespace fs = std::filesystem;

bool same(const ebb::Manifest& a, const ebb::Manifest& b) {
  return a.words == b.words && a.ingredients == b.ingredients && a.version == b.version &&
         a.updates == b.updates && a.weights == b.weights && a.versions == b.versions &&
         a.is_changed == b.is_changed;
}

void read_manifest_twice(const ebb::test::Scratch& folder, const fs::path& file) {
  ebb::Manifest manifest;
  try {
    manifest = ebb::read_manifest(file);
  } catch (const ebb::UserError&) {
    return;
  }
  const fs::path again = folder.path("again.json");
  ebb::write_manifest(again, manifest);
  if (!same(manifest, ebb::read_manifest(again))) std::abort();
}

// A plugin without ops, whose certificate is the one file of its folder.
struct Certified {
  explicit Certified(const ebb::test::Scratch& folder) {
    ::setenv("XDG_CACHE_HOME", folder.folder().c_str(), 1);
    plugin.name = "fuzz";
    plugin.version = "1.0";
    plugin.path = folder.write("fuzz.so", "no library");
    plugin.hash = "no hash";
    whole = to_json(ebb::certify(registry, plugin));
    place = *fs::directory_iterator(ebb::certificate_folder());
  }
  ebb::Registry registry;
  ebb::LoadedPlugin plugin;
  std::string whole;
  fs::path place;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const ebb::test::Scratch folder;
  static const Certified certified(folder);
  read_manifest_twice(folder, ebb::test::MemoryFile(bytes, size).path());
  std::ofstream(certified.place, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  const std::string kept = to_json(ebb::certify(certified.registry, certified.plugin));
  // Made anew, or what was kept said of this very file.
  const std::string_view what_it_is =
      std::string_view(certified.whole).substr(0, certified.whole.find("\"ops\""));
  if (kept != certified.whole && !kept.starts_with(what_it_is)) std::abort();
  return 0;
}
