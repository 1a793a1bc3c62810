// What is wrong with a script can be said. What has no syntax errors is laid out with the same
// tokens, for good. Whatever the front end accepts is printed as a script,
// which must be accepted too. What numbers alone make is calculated by then, so the next print is
// the canonical one: it is accepted, and printed as it stands.
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "graph/cli/script_writer.hpp"
#include "graph/script/elaborate.hpp"
#include "tests/support/layout.hpp"
#include "tests/support/registry.hpp"

namespace {

std::unique_ptr<ebb::Model> elaborated(const std::string& text) {
  ebb::ElaborateOptions options;
  options.limits = {2000, 100'000, 5000};
  ebb::Diagnostics diagnostics;
  auto model = ebb::elaborate_text("fuzz.ebb", text, "/nonexistent", ebb::test::everything(),
                                   options, diagnostics);
  (void)diagnostics.to_string();
  return model;
}

std::string printed(const ebb::Model& model) {
  std::vector<ebb::Root> roots;
  for (const ebb::NamedValue& output : model.outputs)
    roots.push_back({output.name, output.value, "output"});
  if (model.cost) roots.push_back({model.cost->name, model.cost->value, "cost"});
  std::ostringstream out;
  ebb::print_script(out, model, roots);
  return out.str();
}

// What is printed of a script that was printed.
std::string again(const std::string& script) {
  const auto model = elaborated(script);
  if (model) return printed(*model);
  std::cerr << script << "--- is not accepted\n";
  std::abort();
}

void check_layout(const std::string& text) {
  const std::string wrong = ebb::test::wrong_layout(text);
  if (wrong.empty()) return;
  std::cerr << text << "--- is laid out with " << wrong;
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (ebb::test::parses(text)) check_layout(text);
  const auto model = elaborated(text);
  if (!model) return 0;
  const std::string canonical = again(printed(*model));
  const std::string same = again(canonical);
  if (same != canonical) {
    std::cerr << canonical << "--- is printed as\n" << same;
    std::abort();
  }
  return 0;
}
