// A scratch folder beside an installed Ebb, which the test sdk/install has put into EBB_PREFIX.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/binary.hpp"

namespace ebb::test {

inline std::filesystem::path installed_scripts() { return EBB_PREFIX "/share/ebb/scripts"; }

// All scripts in a folder and the folders in it, in order.
inline std::vector<std::filesystem::path> scripts_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> scripts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".ebb") scripts.push_back(entry.path());
  std::ranges::sort(scripts);
  return scripts;
}

inline bool reads_mnist(const std::filesystem::path& script) {
  return read_file(script).find("train-images-idx3-ubyte") != std::string::npos;
}

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

  // Trains an example for an epoch, or for a step where it has no data.
  void train(const std::filesystem::path& script, const std::string& flags) const {
    const bool has_data = read_file(script).find("\ndata train ") != std::string::npos;
    const Outcome outcome =
        shell("ebb train " + quoted(script.string()) + " --quiet --no-report --out w --set train." +
              (has_data ? "epochs" : "steps") + "=1" + flags);
    BOOST_TEST(outcome.status == 0, script.string() << ": " << outcome);
    BOOST_TEST(outcome.out.ends_with("weights: w/weights.safetensors\n"), outcome);
    std::filesystem::remove_all(path("w"));
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
