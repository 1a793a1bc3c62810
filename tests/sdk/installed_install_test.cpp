// What `cmake --install` puts where.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/sdk/installed.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(installed_install, Installed)

BOOST_AUTO_TEST_CASE(everything_is_in_its_usual_place) {
  for (const char* file : {"bin/ebb",
                           "include/ebb_plugin.h",
                           "include/ebb_extensions.h",
                           "include/ebb_session.h",
                           "include/ebb/plugin.hpp",
                           "include/ebb/ebb.hpp",
                           "lib/libebb.so",
                           "lib/cmake/ebb/ebb-config.cmake",
                           "lib/cmake/ebb/ebb-config-version.cmake",
                           "lib/cmake/ebb/ebb-targets.cmake",
                           "lib/cmake/ebb/EbbPlugin.cmake",
                           "lib/pkgconfig/ebb.pc",
                           "lib/pkgconfig/ebb-plugin.pc",
                           "share/ebb/scripts/xor.ebb",
                           "share/bash-completion/completions/ebb",
                           "share/zsh/site-functions/_ebb",
                           "share/fish/vendor_completions.d/ebb.fish",
                           "share/man/man1/ebb.1",
                           "share/man/man1/ebb-train.1",
                           "share/vim/vimfiles/syntax/ebb.vim"})
    BOOST_TEST(fs::exists(fs::path(EBB_PREFIX) / file), file << " is missing");
}

BOOST_AUTO_TEST_CASE(the_headers_are_those_of_the_sdk_and_of_the_library_and_no_others) {
  const auto headers_in = [](const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
      const std::string name = file.path().filename().string(),
                        ending = file.path().extension().string();
      const bool face = ending == ".hpp" && file.path().parent_path().filename() == "ebb";
      if (face || (ending == ".h" && name.starts_with("ebb_"))) names.insert(name);
    }
    return names;
  };
  std::set<std::string> expected = headers_in(EBB_SOURCE_DIR "/graph/sdk");
  expected.merge(headers_in(EBB_SOURCE_DIR "/graph/library"));
  std::set<std::string> installed;
  for (const auto& file : fs::recursive_directory_iterator(EBB_PREFIX "/include"))
    if (file.is_regular_file()) installed.insert(file.path().filename().string());
  BOOST_TEST(installed == expected, boost::test_tools::per_element());
}

// What CMake and pkg-config read names neither the prefix nor the build.
BOOST_AUTO_TEST_CASE(an_installation_may_be_moved) {
  BOOST_TEST(shell("grep -rlF -e \"$PREFIX\" -e " + quoted(EBB_SOURCE_DIR) +
                   " $PREFIX/lib/cmake $PREFIX/lib/pkgconfig $PREFIX/include") ==
             (Outcome{1, "", ""}));
  const Outcome moved = shell("cp -r $PREFIX moved && moved/bin/ebb plugin list");
  BOOST_TEST(moved.status == 0);
  // One line for each plugin: it is found beside the program.
  const auto lines = lines_of(moved.out);
  std::size_t plugins = 0;
  for (const auto& file : fs::directory_iterator(EBB_PREFIX "/lib/ebb/plugins"))
    plugins += file.path().extension() == ".so";
  if (plugins == 0) {
    BOOST_TEST(moved.out == "there are no plugins\n");
    return;
  }
  BOOST_TEST(lines.size() == plugins);
  for (const std::string& line : lines)
    BOOST_TEST(line.find(path("moved/lib/ebb/plugins/").string()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_plugin_is_built_with_pkg_config) {
  BOOST_TEST(shell("c++ -std=c++20 -O0 -fPIC -shared $(pkg-config --cflags ebb-plugin) -o "
                   "softplus.so " EBB_SOURCE_DIR
                   "/plugins/samples/softplus/softplus.cpp && ebb ops sharp_softplus --plugin "
                   "softplus.so | head -n 1") ==
             (Outcome{0, "sharp_softplus(x, k = 1)    op, plugin\n", ""}));
}

BOOST_AUTO_TEST_CASE(cmake_refuses_another_version) {
  write("CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES NONE)\n"
        "find_package(ebb 0.1 REQUIRED)\nmessage(STATUS \"SDK ${ebb_SDK_VERSION}\")\n"
        "find_package(ebb 1.0 QUIET)\nmessage(STATUS \"found: ${ebb_FOUND}\")\n");
  const Outcome outcome = shell("cmake -S . -B build | grep -e SDK -e found:");
  BOOST_TEST(outcome == (Outcome{0, "-- SDK 1.3\n-- found: 0\n", ""}));
}

BOOST_AUTO_TEST_SUITE_END()
