// A scratch folder beside an installed Ebb, which the test sdk/install has put into EBB_PREFIX.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/support/binary.hpp"

namespace ebb::test {

class Installed : public Scratch {
 public:
  // A line for the shell; `ebb`, CMake's find_package and pkg-config find the installation.
  Outcome shell(const std::string& command) const {
    const std::string prefix = quoted(EBB_PREFIX);
    const std::string line =
        "cd " + quoted(folder().string()) + " && export NO_COLOR=1 PREFIX=" + prefix +
        " PATH=" + prefix + "/bin:\"$PATH\" CMAKE_PREFIX_PATH=" + prefix +
        " PKG_CONFIG_PATH=" + prefix + "/lib/pkgconfig LD_LIBRARY_PATH=" + prefix +
        "/lib XDG_CACHE_HOME=$PWD/cache && unset EBB_PLUGIN_PATH && { " + command +
        "\n} </dev/null >stdout 2>stderr";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(path("stdout")),
            read_file(path("stderr"))};
  }

  // Configures and builds the project in `source`, into `build`. Its optimiser is left off: nothing
  // here takes long to run.
  Outcome build(const std::string& source) const {
    return shell("cmake -S " + quoted(source) +
                 " -B build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS='-Wall -Wextra "
                 "-Werror' -DCMAKE_CXX_FLAGS='-Wall -Wextra -Werror' && cmake --build build");
  }
};

}  // namespace ebb::test
