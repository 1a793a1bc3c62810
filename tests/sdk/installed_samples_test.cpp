// Each sample builds against the installed SDK alone, and its script uses what it brings.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/sdk/installed.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(installed_samples, Installed)

namespace {

std::vector<std::string> samples() {
  std::vector<std::string> names;
  for (const auto& folder : fs::directory_iterator(EBB_SOURCE_DIR "/plugins/samples"))
    if (folder.is_directory()) names.push_back(folder.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_builds_and_its_script_is_right) {
  BOOST_TEST(samples().size() > 0u);
  for (const std::string& name : samples()) {
    const std::string folder = EBB_SOURCE_DIR "/plugins/samples/" + name;
    BOOST_TEST_INFO_SCOPE(name);
    const Outcome built = build(folder);
    BOOST_TEST_REQUIRE(built.status == 0, name << ": " << built.out << built.err);
    const Outcome checked = shell("ebb check " + quoted(folder + "/" + name + ".ebb") +
                                  " --plugin build/" + name + ".so && rm -r build");
    BOOST_TEST(checked.status == 0, name << ": " << checked.out << checked.err);
  }
}

// A plugin of ours sees no more of Ebb than one of anybody's.
BOOST_AUTO_TEST_CASE(the_minimiser_builds_and_finds_the_minimum_of_rosenbrock) {
  const std::string source = EBB_SOURCE_DIR;
  write("CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.25)\nproject(lbfgs LANGUAGES CXX)\n"
        "find_package(ebb REQUIRED)\nebb_add_plugin(lbfgs " +
            source + "/plugins/lbfgs/lbfgs.cpp " + source +
            "/plugins/lbfgs/line_search.cpp)\ntarget_include_directories(lbfgs PRIVATE " + source +
            ")\n");
  write("rosenbrock.ebb",
        "use lbfgs\nparam x ~ constant(-1.2)\nparam y ~ constant(1)\noutput x\noutput y\n"
        "cost 100 * (y - x^2)^2 + (1 - x)^2\n"
        "train { optimizer = lbfgs(tolerance = 1e-12); steps = 100 }\n");
  const Outcome built = build(".");
  BOOST_TEST_REQUIRE(built.status == 0, built.out << built.err);
  const std::string flags = " rosenbrock.ebb --plugin build/lbfgs.so --precision double --quiet";
  const Outcome trained = shell("ebb train" + flags + " --out out");
  BOOST_TEST_REQUIRE(trained.status == 0, trained.out << trained.err);
  BOOST_TEST(shell("ebb run" + flags + " --weights out/weights.safetensors") ==
             (Outcome{0, "x = 1\ny = 1\n", ""}));
}

// As short as the design promises.
BOOST_AUTO_TEST_CASE(softplus_has_at_most_thirty_lines) {
  BOOST_TEST(lines_of(read_file(EBB_SOURCE_DIR "/plugins/samples/softplus/softplus.cpp")).size() <=
             30u);
}

// Clang, another ABI of the standard library, and 32-bit words in Armadillo.
BOOST_AUTO_TEST_CASE(a_plugin_of_another_compiler_and_with_other_settings_works) {
  write("foreign.cpp", R"(#include <ebb/plugin.hpp>
#include <ebb/arma.hpp>
static_assert(sizeof(arma::uword) == 4 && _GLIBCXX_USE_CXX11_ABI == 0);
using namespace ebb::sdk;

EBB_PLUGIN(foreign, "1.0") {
  plugin.op("gram")
      .doc("The product of a matrix and its transpose.")
      .input("x")
      .infer([](Inference& c) {
        if (c.in[0].rank() != 2) c.fail("{0} must be a matrix", std::string(40, '!'));
        c.out[0].dims = {c.in[0].dims[0], c.in[0].dims[0]};
      })
      .kernel([]<class T>(const Kernel& k, T) {
        for (std::int64_t s = 0; s < k.samples(); ++s) {
          const auto x = matrix(k.in<T>(0), s);
          matrix(k.out<T>(), s) = x * x.t();
        }
      })
      .vjp([](const Call& c) { return call("matmul", {c.g + call("transpose", c.g), c[0]}); });
}
)");
  write("foreign.ebb", R"(use foreign
param w[2, 3] ~ 1
x = gram(w)
output x
cost sum(x)
)");
  BOOST_TEST_REQUIRE(
      shell("clang++ -std=c++20 -O1 -D_GLIBCXX_USE_CXX11_ABI=0 -DARMA_32BIT_WORD -fPIC -shared "
            "$(pkg-config --cflags ebb-plugin) foreign.cpp -o foreign.so -larmadillo") ==
      (Outcome{0, "", ""}));
  const std::string flags = " foreign.ebb --plugin foreign.so --precision double";
  BOOST_TEST(shell("ebb run" + flags + " --quiet") ==
             (Outcome{0, "x (2, 2)\n  3  3\n  3  3\n", ""}));
  BOOST_TEST(shell("ebb grad" + flags + " --wrt w").out ==
             "cost 12\n∂C/∂w (2, 3)\n  4  4  4\n  4  4  4\n");
  // What it throws is a std::string of the other ABI.
  write("wrong.ebb", "use foreign\nparam w[2] ~ 1\noutput gram(w)\n");
  BOOST_TEST(shell("ebb check wrong.ebb --plugin foreign.so").err ==
             "wrong.ebb:3:8: error[E0301]: gram of the plugin foreign: w must be a matrix\n"
             "  2 | param w[2] ~ 1\n"
             "    |       - w is [2], declared here\n"
             "  3 | output gram(w)\n"
             "    |        ^^^^\n"
             "  hint: " +
                 std::string(40, '!') + "\n");
}

BOOST_AUTO_TEST_SUITE_END()
