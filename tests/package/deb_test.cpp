// The package that `cpack` makes: what it says of itself, and that what it holds runs.
#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

class Package : public Binary {
 public:
  std::string field(const std::string& name) const {
    const Outcome outcome = shell("dpkg-deb -f " + quoted(EBB_DEB) + " " + name);
    BOOST_REQUIRE_EQUAL(outcome.status, 0);
    return outcome.out;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(deb, Package)

BOOST_AUTO_TEST_CASE(it_says_what_it_is_and_what_it_needs) {
  BOOST_TEST(field("Package") == "ebb\n");
  BOOST_TEST(field("Version") == EBB_VERSION "\n");
  BOOST_TEST(field("Recommends") == "graphviz\n");
  // One of each kind: of the program, of the library, of plugins.
  const std::string depends = field("Depends");
  for (const char* library : {"libc6 ", "libstdc++6 ", "libboost-program-options", "libopenblas0",
                              "zlib1g ", "libcsv3 ", "libhdf5-"})
    BOOST_TEST(depends.find(library) != std::string::npos, library << " is not in " << depends);
}

BOOST_AUTO_TEST_CASE(what_it_holds_trains_an_example_from_any_folder) {
  const Outcome outcome =
      shell("dpkg-deb -x " + quoted(EBB_DEB) +
            " . && mkdir elsewhere && cd elsewhere && "
            "../usr/bin/ebb train ../usr/share/ebb/scripts/iris.ebb --set train.epochs=2 --quiet "
            "&& ls out/iris/weights.safetensors");
  BOOST_TEST(outcome == (Outcome{0,
                                 "weights: out/iris/weights.safetensors\n"
                                 "out/iris/weights.safetensors\n",
                                 ""}));
}

BOOST_AUTO_TEST_CASE(pages_and_what_editors_need_are_in_it) {
  const std::string listed = shell("dpkg-deb -c " + quoted(EBB_DEB)).out;
  for (const char* file :
       {"doc/ebb/README.md", "doc/ebb/scripts/tutorial/README.md",
        "doc/ebb/graph/script/language.md", "doc/ebb/ops/README.md", "doc/ebb/graph/sdk/README.md",
        "doc/ebb/scripts/pictures/report.png", "ebb/editors/vscode/package.json",
        "ebb/editors/vscode/syntaxes/ebb.tmLanguage.json", "vim/vimfiles/syntax/ebb.vim"})
    BOOST_TEST(listed.find(std::string(" ./usr/share/") + file + "\n") != std::string::npos,
               file << " is missing");
}

BOOST_AUTO_TEST_CASE(the_licences_are_in_it) {
  const Outcome outcome = shell("dpkg-deb --fsys-tarfile " + quoted(EBB_DEB) +
                                " | tar -xO ./usr/share/doc/ebb/copyright");
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out.starts_with(read_file(EBB_SOURCE_DIR "/LICENSE")));
  const std::string uplot = read_file(EBB_SOURCE_DIR "/graph/cli/report/assets/uplot/LICENSE");
  BOOST_TEST(outcome.out.find("\nuPlot, https://github.com/leeoniya/uPlot") != std::string::npos);
  BOOST_TEST(outcome.out.ends_with("\n" + uplot + "\n"));
}

BOOST_AUTO_TEST_SUITE_END()
