// The library as it is installed: the program of graph/library/README.md, and programs with other
// settings.
#include <boost/test/unit_test.hpp>

#include "tests/sdk/installed.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(installed_library, Installed)

namespace {

// The C++ program in its README that includes the library's header.
std::string program_of_its_readme() {
  const std::string readme = read_file(EBB_SOURCE_DIR "/graph/library/README.md"), fence = "```";
  const std::size_t begin = readme.find(fence + "cpp\n#include <ebb/ebb.hpp>");
  if (begin == std::string::npos) return "";
  const std::size_t text = begin + fence.size() + 4;
  return readme.substr(text, readme.find(fence, text) - text);
}

// Runs of blanks become one: Armadillo pads its columns.
std::string squeezed(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (c != ' ' || (!result.empty() && result.back() != ' ' && result.back() != '\n')) result += c;
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_program_of_its_readme_is_at_most_a_dozen_lines_and_runs) {
  const std::string program = program_of_its_readme();
  BOOST_TEST_REQUIRE(!program.empty());
  BOOST_TEST(lines_of(program).size() <= 15u);
  write("main.cpp", program);
  write("CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES CXX)\n"
        "set(CMAKE_CXX_STANDARD 20)\nfind_package(ebb REQUIRED)\nadd_executable(p main.cpp)\n"
        "target_link_libraries(p PRIVATE ebb::ebb)\n");
  const Outcome built = build(".");
  BOOST_TEST_REQUIRE(built.status == 0, built.out << built.err);
  const Outcome ran = shell("cp $PREFIX/share/ebb/scripts/xor.ebb . && build/p");
  BOOST_TEST_REQUIRE(ran.status == 0, ran.out << ran.err);
  // It has learned: rounded, the outputs are the targets.
  double a[4] = {};
  BOOST_TEST_REQUIRE(
      std::sscanf(squeezed(ran.out).c_str(), "a:\n%lf %lf %lf %lf", a, a + 1, a + 2, a + 3) == 4,
      ran.out);
  BOOST_TEST(a[0] < 0.1);
  BOOST_TEST(a[1] > 0.9);
  BOOST_TEST(a[2] > 0.9);
  BOOST_TEST(a[3] < 0.1);
  BOOST_TEST(shell("ebb run xor.ebb --weights xor.safetensors --on train --samples 0..1").status ==
             0);
}

// Nothing but numbers crosses into the library. It finds the plugins that are installed with it.
BOOST_AUTO_TEST_CASE(a_program_of_another_compiler_and_with_other_settings_works) {
  write("square.ebb",
        "use npy\ninput x[2]\nparam w[2] ~ 2\na = w .* x .^ 2\noutput a\ncost sum(a)\n");
  write("main.cpp", R"(#include <ebb/ebb.hpp>
#include <iostream>
static_assert(sizeof(arma::uword) == 4 && _GLIBCXX_USE_CXX11_ABI == 0);
int main() {
  ebb::Session net("square.ebb");
  net.feed("x", arma::mat{{1, 2, 3}, {4, 5, 6}});
  net.run("a").print("a");
  net.gradient("w").print("w");
  try {
    net.run("b" + std::string(40, 'b'));
  } catch (const ebb::Error& error) {
    std::cout << error.what() << '\n';
  }
}
)");
  BOOST_TEST_REQUIRE(
      shell("clang++ -std=c++17 -O1 -D_GLIBCXX_USE_CXX11_ABI=0 -DARMA_32BIT_WORD -DARMA_NO_DEBUG "
            "main.cpp -o p $(pkg-config --cflags --libs ebb)") == (Outcome{0, "", ""}));
  const Outcome ran = shell("./p");
  BOOST_TEST(ran.status == 0);
  BOOST_TEST(squeezed(ran.out) ==
             "a\n2.0000 8.0000 18.0000\n32.0000 50.0000 72.0000\nw\n4.6667\n25.6667\n"
             "error: the script has no value `b" +
                 std::string(40, 'b') + "`\n");
}

// Its internals can not meet those of the program.
BOOST_AUTO_TEST_CASE(the_library_shows_its_c_functions_alone) {
  const Outcome names = shell("nm -D --defined-only $PREFIX/lib/libebb.so | grep -v ebb_session_");
  BOOST_TEST(names == (Outcome{1, "", ""}));
}

BOOST_AUTO_TEST_SUITE_END()
