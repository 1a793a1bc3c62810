// Data of a script that was read once is not read again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/core/source.hpp"

namespace ebb {

class SampleCache {
 public:
  // What the source gives; as before where neither its arguments nor the files that they name have
  // changed. What is given twice is in memory once.
  Samples open(const SourceDef& source, const std::vector<SourceArgument>& arguments,
               const SourceContext& context);
  // Forgets what was not asked for since this was last called.
  void tidy();

 private:
  struct Kept {
    Samples samples;
    bool used = true;
  };
  std::map<std::string, Kept> kept_;
};

}  // namespace ebb
