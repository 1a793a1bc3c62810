// Completion as the shells run it, and the manual pages as man shows them.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

struct Shells : Binary {
  Shells() {
    write("m.ebb",
          "option hidden = 30 \"neurons\"\noption act = \"tanh\" \"what [a: b] 'is'\"\n"
          "input x[2]\noutput x\ndata train { x = values([[1, 2]]) }\n"
          "data extra { x = values([[1, 2]]) }\n");
    std::filesystem::create_directory(path("sub"));
    std::filesystem::create_directory(path("bin"));
    std::filesystem::create_symlink(EBB_BINARY, path("bin/ebb"));
    write("bash", ebb({"help", "--as", "bash"}).out);
  }

  bool has(const std::string& program) const {
    if (shell("command -v " + program).status == 0) return true;
    BOOST_TEST_MESSAGE("skipped: no " << program);
    return false;
  }

  // What bash offers for the last of these words; in the way of readline, which breaks at =.
  std::vector<std::string> offers(const std::vector<std::string>& words) const {
    std::string line = ". ./bash; compopt() { :; }; PATH=$PWD/bin:$PATH; COMP_WORDS=(";
    for (const std::string& word : words) line += quoted(word) + " ";
    line += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; _ebb ebb " +
            quoted(words.back()) + " " + quoted(words[words.size() - 2]) +
            "; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const Outcome outcome = shell("bash -c " + ebb::test::quoted(line));
    BOOST_TEST(outcome.err == "");
    auto lines = lines_of(outcome.out);
    std::erase(lines, "");
    std::ranges::sort(lines);
    return lines;
  }
};

using Words = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(completion, Shells)

BOOST_AUTO_TEST_CASE(bash_offers_commands_flags_and_their_values) {
  BOOST_TEST(offers({"ebb", "t"}) == (Words{"test", "train"}), boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "train", "--pa"}) == (Words{"--partial"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "train", "--nan", ""}) == (Words{"ignore", "stop", "warn"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "show", "m.ebb", "--as", ""}) ==
                 (Words{"dot", "json", "png", "script", "svg", "text"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "check", "m.ebb", "--precision", "d"}) == (Words{"double"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "check", "--color", "=", "a"}) == (Words{"always", "auto"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "check", "--color", "="}) == (Words{"always", "auto", "never"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "check", "--color=n"}) == (Words{"--color=never"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "check", "--set", "train.e"}) == (Words{"train.epochs="}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "plugin", ""}) == (Words{"list", "new", "verify"}),
             boost::test_tools::per_element());
  BOOST_TEST(
      offers({"ebb", "explain", "E050"}) ==
          (Words{"E0501", "E0502", "E0503", "E0504", "E0505", "E0506", "E0507", "E0508", "E0509"}),
      boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "ops", "sigm"}) == (Words{"sigmoid"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bash_offers_files_and_what_the_script_has) {
  BOOST_TEST(offers({"ebb", "check", ""}) == (Words{"bin", "m.ebb", "sub"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "fmt", "m.ebb", ""}) == (Words{"bin", "m.ebb", "sub"}),
             boost::test_tools::per_element());
  BOOST_TEST(
      offers({"ebb", "fmt", "m.ebb", "--"}) ==
          (Words{"--check", "--color", "--diff", "--help", "--json", "--no-verify", "--plugin"}),
      boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "check", "--data", ""}) == (Words{"bin", "sub"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "check", "m.ebb", "--h"}) == (Words{"--help", "--hidden"}),
             boost::test_tools::per_element());
  BOOST_TEST(offers({"ebb", "test", "m.ebb", "--on", ""}) == (Words{"extra", "train"}),
             boost::test_tools::per_element());
  // A script with errors still has its options.
  write("n.ebb", "option hidden = 30 \"neurons\"\noutput y\n");
  BOOST_TEST(offers({"ebb", "check", "n.ebb", "--hi"}) == (Words{"--hidden"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_offered_is_taken) {
  // The words for values come from the helps; each command must know them.
  for (const std::string nan : {"stop", "warn", "ignore"})
    BOOST_TEST(ebb({"train", "m.ebb", "--nan", nan}).err.find("--nan is") == std::string::npos);
  for (const std::string precision : {"float", "double"})
    BOOST_TEST(ebb({"check", "m.ebb", "--precision", precision, "--quiet"}).status == 0);
}

BOOST_AUTO_TEST_CASE(options_and_blocks_are_listed_for_the_shells) {
  BOOST_TEST(ebb({"help", "--as", "options", "m.ebb"}) ==
             (Outcome{0,
                      "hidden\tneurons (default: 30)\n"
                      "act\twhat [a: b] 'is' (default: \"tanh\")\n",
                      ""}));
  BOOST_TEST(ebb({"help", "--as", "blocks", "m.ebb"}) == (Outcome{0, "train\nextra\n", ""}));
  BOOST_TEST(ebb({"help", "--as", "html"}) ==
             (Outcome{2, "",
                      "ebb help: --as is one of bash, zsh, fish, man, commands, names, options, "
                      "blocks, not `html`\ntry `ebb help help`\n"}));
}

BOOST_AUTO_TEST_CASE(zsh_and_fish_read_their_scripts) {
  for (const std::string name : {"bash", "zsh", "fish"}) {
    if (!has(name)) continue;
    write("script", ebb({"help", "--as", name}).out);
    BOOST_TEST(shell(name + " -n script") == (Outcome{0, "", ""}), name);
  }
}

// What zsh's `_arguments` is given.
BOOST_AUTO_TEST_CASE(zsh_offers_what_the_script_has) {
  if (!has("zsh")) return;
  write("_ebb", ebb({"help", "--as", "zsh"}).out);
  const Outcome outcome =
      shell("PATH=$PWD/bin:$PATH zsh -fc " +
            quoted("_arguments() { print -rl -- $@ }; words=(ebb check m.ebb --h); CURRENT=4; "
                   "source ./_ebb"));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  for (const std::string line : {R"(--hidden=[neurons (default\: 30)]:VALUE: )",
                                 R"(--act=[what \[a\: b\] 'is' (default\: "tanh")]:VALUE: )"})
    BOOST_TEST(outcome.out.find("\n" + line + "\n") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(fish_offers_what_the_script_has) {
  if (!has("fish")) return;
  write("ebb.fish", ebb({"help", "--as", "fish"}).out);
  const auto offered = [&](const std::string& line) {
    return shell("HOME=$PWD PATH=$PWD/bin:$PATH fish --no-config -c " +
                 quoted("source ebb.fish; complete -C " + quoted(line)));
  };
  BOOST_TEST(offered("ebb check m.ebb --hi") ==
             (Outcome{0, "--hidden\tneurons (default: 30)\n", ""}));
  BOOST_TEST(offered("ebb test m.ebb --on e") ==
             (Outcome{0, "extra\tthe data block (default: test)\n", ""}));
  BOOST_TEST(offered("ebb fmt m") == (Outcome{0, "m.ebb\n", ""}));
  BOOST_TEST(offered("ebb lsp --pr") == (Outcome{0, "", ""}));
  BOOST_TEST(
      offered("ebb train --nan s") ==
      (Outcome{0,
               "stop\twhat a cost, parameter or state that is no longer finite does: stop, warn "
               "or ignore (default: stop)\n",
               ""}));
}

BOOST_AUTO_TEST_CASE(manual_pages_are_whole_and_without_warnings) {
  if (!has("groff")) return;
  auto pages = lines_of(ebb({"help", "--as", "commands"}).out);
  pages.insert(pages.begin(), "");
  for (const std::string& page : pages) {
    std::vector<std::string> words{"help", "--as", "man"};
    if (!page.empty()) words.push_back(page);
    write("page.1", ebb(words).out);
    BOOST_TEST(shell("groff -man -Tutf8 -Kutf8 -ww -z page.1") == (Outcome{0, "", ""}), page);
  }
  write("page.1", ebb({"help", "--as", "man", "lsp"}).out);
  const Outcome shown = shell("groff -man -Tutf8 -Kutf8 -rLL=72n page.1 | col -bx");
  for (const std::string line :
       {"       ebb-lsp - a language server, for editors", "       ebb lsp [flags]",
        "       --data DIR", "       0      done"})
    BOOST_TEST(shown.out.find("\n" + line + "\n") != std::string::npos, line);
}

BOOST_AUTO_TEST_SUITE_END()
