// Runs `ebb` with the plugins of tests/plugins/modules on its path.
#pragma once

#include <string>
#include <vector>

#include "tests/support/binary.hpp"

namespace ebb::test {

// A fixture: certificates are kept in the scratch folder; plugins stand without their folder in
// what is printed.
class Plugged : public Binary {
 public:
  Outcome ebb(const std::vector<std::string>& words) const {
    std::string command = "XDG_CACHE_HOME=\"$PWD\"/cache EBB_PLUGIN_PATH=" EBB_TEST_PLUGINS " $EBB";
    for (const std::string& word : words) command += " " + quoted(word);
    Outcome outcome = shell(command);
    outcome.out = without_folder(outcome.out);
    outcome.err = without_folder(outcome.err);
    return outcome;
  }
  static std::string without_folder(std::string text) {
    const std::string prefix = EBB_TEST_PLUGINS "/";
    for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;)
      text.erase(at, prefix.size());
    return text;
  }
  static std::string file(const std::string& name) { return EBB_TEST_PLUGINS "/" + name + ".so"; }
  // What `ebb` says of a file that it does not take.
  std::string refusal(const std::string& path) const {
    const Outcome outcome = ebb({"ops", "--plugin", path});
    return (outcome.status == 1 && outcome.out.empty() ? "" : "status or output is wrong: ") +
           outcome.err;
  }
};

}  // namespace ebb::test
