// Data that was read once is not read again while a script is being written.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/core/source.hpp"

namespace ebb::lsp {

class SampleCache {
 public:
  // What the source gives to the script of that path; as before where neither its arguments nor
  // the files that they name have changed.
  Samples open(const SourceDef& source, const std::vector<SourceArgument>& arguments,
               const SourceContext& context, const std::string& script);
  // Forgets what the script has not asked for since this was last called for it.
  void tidy(const std::string& script);
  void forget(const std::string& script) { scripts_.erase(script); }

 private:
  struct Kept {
    Samples samples;
    bool used = true;
  };
  std::map<std::string, std::map<std::string, Kept>> scripts_;
};

}  // namespace ebb::lsp
