#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

const std::string script = "input x[3]\na = 2 - x\noutput a\n";

// A folder that begins the PATH, with a program `dot`.
struct WithDot : Binary {
  void program(const std::string& text) const {
    std::filesystem::create_directories(path("bin"));
    write("bin/dot", "#!/bin/sh\n" + text + "\n");
    std::filesystem::permissions(path("bin/dot"), std::filesystem::perms::owner_all);
  }
  Outcome show(const std::string& flags) const {
    return shell("PATH=\"$PWD/bin:$PATH\" $EBB show m.ebb " + flags);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(graphviz, WithDot)

BOOST_AUTO_TEST_CASE(pictures_are_made_by_graphviz) {
  write("m.ebb", script);
  const Outcome svg = ebb({"show", "m.ebb", "--as", "svg"});
  BOOST_TEST(svg.status == 0);
  BOOST_TEST(svg.err == "");
  BOOST_TEST(svg.out.starts_with("<?xml"));
  BOOST_TEST(svg.out.ends_with("</svg>\n"));
  // A browser would leave out the blank before what follows a bold name.
  BOOST_TEST(svg.out.find(">&#160;= 2 &#45; x</text>") != std::string::npos, svg.out);
  BOOST_TEST(svg.out.find("> ") == std::string::npos);
  BOOST_TEST(ebb({"show", "m.ebb", "--as", "png", "--out", "m.png"}) ==
             (Outcome{0, "", "note: wrote m.png\n"}));
  BOOST_TEST(read_file(path("m.png")).starts_with("\x89PNG"));
}

BOOST_AUTO_TEST_CASE(a_png_does_not_go_to_a_terminal) {
  write("m.ebb", script);
  BOOST_TEST(shell("script -qec \"$EBB show m.ebb --as png\" /dev/null | tr -d '\\r'").out ==
             "ebb show: a PNG is no text for a terminal; --out FILE writes it to a file\n"
             "try `ebb help show`\n");
}

BOOST_AUTO_TEST_CASE(without_graphviz_the_error_says_how_to_get_it) {
  write("m.ebb", script);
  BOOST_TEST(shell("PATH=\"$PWD/bin\" $EBB show m.ebb --as svg") ==
             (Outcome{1, "",
                      "error: drawings are made by Graphviz, whose program `dot` is not on the "
                      "PATH\n  hint: on Debian: apt install graphviz\n"
                      "  hint: --as dot needs no Graphviz\n"}));
}

BOOST_AUTO_TEST_CASE(what_graphviz_says_is_told) {
  write("m.ebb", script);
  program("cat >/dev/null; echo 'Error: no memory' >&2; echo more >&2; exit 1");
  BOOST_TEST(show("--as svg") ==
             (Outcome{1, "", "error: Graphviz can not draw the graph: Error: no memory\n"}));
  program("exit 1");
  BOOST_TEST(
      show("--as svg") ==
      (Outcome{1, "", "error: Graphviz can not draw the graph: `dot` ended without a word\n"}));
}

BOOST_AUTO_TEST_CASE(neither_side_waits_for_the_other) {
  std::string text = "input x\na = x\n";
  for (int i = 0; i < 2000; ++i) text += "a = a * x + 1\n";
  write("m.ebb", text + "output a\n");
  // It says all that it reads twice, as it reads it.
  program("awk '{ print; print | \"cat 1>&2\" }'");
  const Outcome outcome = show("--as svg --out graph.txt --quiet");
  BOOST_TEST(outcome == (Outcome{0, "", ""}));
  const std::string drawn = read_file(path("graph.txt"));
  BOOST_TEST(drawn.size() > 200'000u);
  BOOST_TEST((drawn == shell("$EBB show m.ebb --as dot").out));
}

BOOST_AUTO_TEST_SUITE_END()
