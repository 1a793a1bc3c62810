// A graph as JSON, for `ebb import`. What the importer takes is a script without syntax errors, for
// its user has not written it; the front end then accepts it, or says what is wrong.
#include <cstdlib>
#include <iostream>

#include "graph/run/exchange.hpp"
#include "graph/script/elaborate.hpp"
#include "tests/fuzz/linked_plugin.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/registry.hpp"

namespace {

const ebb::ImporterDef& json() { return *ebb::test::linked_plugin().importers.find("json"); }

bool is_accepted(const std::string& script) {
  ebb::ElaborateOptions options;
  options.limits = {2000, 100'000, 5000};
  ebb::Diagnostics diagnostics;
  const auto model = ebb::elaborate_text("fuzz.ebb", script, "/nonexistent",
                                         ebb::test::everything(), options, diagnostics);
  (void)diagnostics.to_string();
  return model != nullptr;
}

// Throws UserError where the file is no graph.
std::string imported(const std::uint8_t* bytes, std::size_t size) {
  const ebb::test::MemoryFile file(bytes, size);
  return ebb::import_model(file.path(), json(), {}).script;
}

}  // namespace

// An importer that refuses all would find nothing.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const std::string_view graph =
      R"({"format": "ebb graph", "version": 1, "outputs": [{"name": "b", "value": "n"}], "nodes": [
      {"op": "input", "outputs": [{"name": "x", "type": "f32", "dims": [2], "per_sample": true}]},
      {"op": "exp", "inputs": ["x"], "outputs": [{"name": "n", "type": "f32", "dims": [2]}]}]})";
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(graph.data());
  if (!is_accepted(imported(bytes, graph.size()))) std::abort();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string script;
  try {
    script = imported(bytes, size);
  } catch (const ebb::UserError&) {
    return 0;
  }
  if (!ebb::test::parses(script)) {
    std::cerr << script << "--- has syntax errors\n";
    std::abort();
  }
  (void)is_accepted(script);
  return 0;
}
