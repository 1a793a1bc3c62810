// Scripts as models, for tests.
#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "graph/run/sources.hpp"
#include "graph/script/elaborate.hpp"
#include "tests/support/registry.hpp"

namespace ebb::test {

// The built-in ops and sources.
inline const Registry& with_sources() {
  [[maybe_unused]] static const bool once = (register_sources(everything().sources), true);
  return everything();
}

// As `ebb train` elaborates, with the data of `train`.
inline ElaborateOptions for_training() {
  ElaborateOptions options;
  options.training = true;
  options.data_blocks = {"train"};
  return options;
}

// The model of a script that has no errors.
inline std::unique_ptr<Model> model_of(const std::string& text,
                                       const ElaborateOptions& options = {},
                                       const std::string& name = "test.ebb") {
  Diagnostics diagnostics;
  auto model =
      elaborate_text(name, text, EBB_SOURCE_DIR "/scripts", with_sources(), options, diagnostics);
  BOOST_REQUIRE_MESSAGE(model, diagnostics.to_string());
  return model;
}

inline std::unique_ptr<Model> model_of_file(const std::filesystem::path& path,
                                            const ElaborateOptions& options = {}) {
  Diagnostics diagnostics;
  auto model = load_script(path, with_sources(), options, diagnostics);
  BOOST_REQUIRE_MESSAGE(model, diagnostics.to_string());
  return model;
}

// The model for as long as the program runs: errors point into its text.
inline Model& kept(std::unique_ptr<Model> model) {
  static std::vector<std::unique_ptr<Model>> all;
  return *all.emplace_back(std::move(model));
}

}  // namespace ebb::test
