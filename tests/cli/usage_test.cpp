#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "graph/script/elaborate.hpp"
#include "graph/script/token.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(usage, Binary)

namespace {

// Wrong usage: status 2, nothing on standard output, one line that says what and one what to try.
Outcome wrong(const std::string& who, const std::string& what) {
  const std::string help = who == "ebb" ? "ebb help" : "ebb help " + who.substr(4);
  return {2, "", who + ": " + what + "\ntry `" + help + "`\n"};
}

const std::string one_option = "option hidden = 30 \"neurons\"\ninput x[2]\noutput x\n";

}  // namespace

BOOST_AUTO_TEST_CASE(without_a_word_and_with_help_it_lists_the_commands) {
  const Outcome overview = ebb({});
  BOOST_TEST(overview == (Outcome{0,
                                  R"(Ebb 0.1.0: networks described by the mathematics of one sample

usage: ebb COMMAND SCRIPT [flags]

  check    is the script right? and what is in it?
  fmt      gives scripts their canonical layout
  train    trains, and keeps the weights
  test     the cost and the metrics of a data block with given weights
  run      outputs, or any named value, for given inputs
  grad     the gradient of the cost, as numbers
  derive   the delta equations that the graph yields
  show     the graph, its gradients or the compiled plan, as text or drawing
  profile  where the time of training goes, step by step
  replay   trains again as a manifest says, and compares the weights
  export   writes the network, with its weights, in another format
  import   a network of another format becomes a script and its weights
  ops      what is registered: ops, costs, layers, optimizers; one of them whole
  explain  what an error's code means, with an example
  plugin   plugins: list them, prove one, begin one
  lsp      a language server, for editors
  help     explains a command, a script's options, or anything a script can name

  ebb help COMMAND   a command and its flags
  ebb help SCRIPT    the options of a script
  ebb help NAME      an op, cost, layer, optimizer, source, training key or keyword;
                     `statements`: all that a script is made of; `layout`: how
                     `ebb fmt` sets it
  ebb --version      versions, and the libraries for matrix products
)",
                                  ""}));
  BOOST_TEST(ebb({"--help"}) == overview);
  BOOST_TEST(ebb({"-h"}) == overview);
  BOOST_TEST(ebb({"help"}) == overview);
}

BOOST_AUTO_TEST_CASE(help_has_no_json) {
  for (const char* what : {"train", "adam", "m.ebb"})
    BOOST_TEST(
        ebb({"help", what, "--json"}) ==
        wrong("ebb help", "help is for people; for programs there are --as and `ebb ops --json`"));
}

BOOST_AUTO_TEST_CASE(help_of_a_command_shows_its_flags) {
  const Outcome help = ebb({"help", "test"});
  BOOST_TEST(help == (Outcome{0,
                              R"(usage: ebb test SCRIPT --weights FILE [--on BLOCK] [flags]

Prints the cost and every metric of the script, each as the mean over the
samples of a data block. The script is elaborated with `training` false.

Flags:
  --on BLOCK            the data block (default: test)
  --samples A..B        of these samples only, counted from 0, without B
                        (default: all)
  --weights FILE        take the parameters from this .safetensors file
                        (default: the script's first values)
  --partial             load those weights that fit, and list the others

Flags of every command:
  --data DIR            where relative data paths are looked up (default:
                        beside the script)
  --allow-path DIR      files that the script may read or include, besides
                        those of its own folder and of --data
  --set KEY=VALUE       another value for a key of the script's train block:
                        train.epochs=5
  --seed N              of first values, data order and random ops (default: 1)
  --precision KIND      float or double (default: float)
  --threads N           how many threads may be used, 256 at most (default: the
                        machine's cores); results never depend on it
  --without REWRITE     do not apply this rewrite of the graph; ebb show SCRIPT
                        --rewrites lists them
  --plugin FILE         load this plugin, NAME.so; or look for plugins in this
                        folder first (default: those of EBB_PLUGIN_PATH, then
                        the installed ones)
  --no-verify           do not prove the gradients of a plugin's ops before
                        they are used
  --json                one JSON object per line on standard output, and
                        nothing else there
  --quiet               results only: no progress, notes or warnings
  --color WHEN          auto, always or never (default: auto)
  --help                print this

Each `option NAME` of the script is a flag too, --NAME VALUE; `ebb help SCRIPT`
lists them.
)",
                              ""}));
  BOOST_TEST(ebb({"test", "--help"}) == help);
  BOOST_TEST(ebb({"test", "some.ebb", "-h"}) == help);
}

BOOST_AUTO_TEST_CASE(an_unknown_command_gets_the_nearest) {
  BOOST_TEST(ebb({"trian", "x.ebb"}) ==
             wrong("ebb", "there is no command `trian`; did you mean `train`?"));
  BOOST_TEST(ebb({"frobnicate"}) == wrong("ebb", "there is no command `frobnicate`"));
  BOOST_TEST(
      ebb({"digits.ebb"}) ==
      wrong("ebb", "what should be done with digits.ebb? For example: ebb train digits.ebb"));
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_gets_the_nearest_flag_or_option) {
  write("m.ebb", one_option);
  BOOST_TEST(ebb({"check", "m.ebb", "--quite"}) ==
             wrong("ebb check",
                   "there is no flag --quite, and m.ebb has no option of that name; "
                   "did you mean --quiet?"));
  BOOST_TEST(ebb({"check", "m.ebb", "--hiden", "10"}) ==
             wrong("ebb check",
                   "there is no flag --hiden, and m.ebb has no option of that name; "
                   "did you mean --hidden?"));
  BOOST_TEST(ebb({"ops", "--frobnicate=3"}) == wrong("ebb ops", "there is no flag --frobnicate"));
  BOOST_TEST(ebb({"check", "--quite", "m.ebb"}) ==
             wrong("ebb check", "there is no flag --quite; did you mean --quiet?"));
  BOOST_TEST(ebb({"check", "m.ebb", "-x"}) == wrong("ebb check", "there is no flag -x"));
}

BOOST_AUTO_TEST_CASE(flags_are_never_abbreviated) {
  write("m.ebb", one_option);
  BOOST_TEST(ebb({"check", "m.ebb", "--quie"}) ==
             wrong("ebb check",
                   "there is no flag --quie, and m.ebb has no option of that name; "
                   "did you mean --quiet?"));
}

// `--out "$FILE"` without a FILE.
BOOST_AUTO_TEST_CASE(an_empty_word_is_no_value) {
  write("m.ebb", one_option);
  const std::string out = "--out needs a value";
  for (const char* command : {"train", "run", "grad", "show", "export", "import"}) {
    const std::string name = std::string("ebb ") + command;
    BOOST_TEST(ebb({command, "m.ebb", "--out", ""}) == wrong(name, out));
  }
  BOOST_TEST(ebb({"plugin", "new", "loud", "--out="}) == wrong("ebb plugin", out));
  BOOST_TEST(ebb({"check", "m.ebb", "--set", ""}) == wrong("ebb check", "--set needs a value"));
}

BOOST_AUTO_TEST_CASE(values_of_flags_are_checked) {
  write("m.ebb", one_option);
  const auto check = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"check", "m.ebb"});
    return ebb(flags);
  };
  BOOST_TEST(check({"--seed"}) == wrong("ebb check", "--seed needs a value"));
  BOOST_TEST(check({"--hidden"}) == wrong("ebb check", "--hidden needs a value"));
  BOOST_TEST(check({"--seed", "1", "--seed", "2"}) ==
             wrong("ebb check", "--seed is given more than once"));
  BOOST_TEST(check({"--quiet=yes"}) == wrong("ebb check", "--quiet takes no value"));
  BOOST_TEST(check({"--seed", "-1"}) ==
             wrong("ebb check", "--seed is a whole number of at least 0, not `-1`"));
  BOOST_TEST(check({"--threads", "0"}) ==
             wrong("ebb check", "--threads is a whole number of at least 1, not `0`"));
  for (const std::string size : {"5X", "0", "-1M", "M", "1MiB", "inf", "1e400"})
    BOOST_TEST(check({"--memory", size}) ==
               wrong("ebb check", "--memory takes a size such as 500M, not `" + size + "`"));
  BOOST_TEST(check({"--precision", "half"}) ==
             wrong("ebb check", "--precision is float or double, not `half`"));
  BOOST_TEST(check({"--color", "blue"}) ==
             wrong("ebb check", "--color is auto, always or never, not `blue`"));
  BOOST_TEST(check({"--set", "epochs"}) ==
             wrong("ebb check", "--set takes KEY=VALUE, such as train.epochs=5, not `epochs`"));
}

BOOST_AUTO_TEST_CASE(no_option_of_a_script_can_hide_a_flag) {
  const auto& reserved = ebb::command_line_flags();
  for (const char* command :
       {"check", "train", "test", "run", "grad", "derive", "show", "profile"}) {
    for (const std::string& line : lines_of(ebb({"help", command}).out)) {
      if (!line.starts_with("  --")) continue;
      const std::string flag = line.substr(4, line.find(' ', 4) - 4);
      BOOST_TEST((std::ranges::find(reserved, flag) != reserved.end()), "--" << flag);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_command_wants_one_script) {
  BOOST_TEST(ebb({"check"}) == wrong("ebb check", "which script?"));
  BOOST_TEST(ebb({"check", "a.ebb", "b.ebb"}) == wrong("ebb check", "one word too many: `b.ebb`"));
  BOOST_TEST(ebb({"lsp", "a.ebb"}) == wrong("ebb lsp", "one word too many: `a.ebb`"));
}

BOOST_AUTO_TEST_CASE(help_of_a_script_lists_its_options) {
  write("m.ebb",
        "option hidden = 30 \"neurons\"\noption name = \"x\" \"a word\"\noption deep = true \"two "
        "layers\"\n"
        "input x[2]\noutput x\n");
  BOOST_TEST(ebb({"help", "m.ebb"}) == (Outcome{0,
                                                R"(Options of m.ebb
  --hidden VALUE  neurons (default: 30)
  --name VALUE    a word (default: "x")
  --deep VALUE    two layers (default: true)
)",
                                                ""}));
  write("plain.ebb", "input x[2]\noutput x\n");
  BOOST_TEST(ebb({"help", "plain.ebb"}) ==
             (Outcome{0, "plain.ebb has no options of its own\n", ""}));
}

BOOST_AUTO_TEST_CASE(help_of_an_unknown_name_gets_the_nearest) {
  BOOST_TEST(ebb({"help", "param"}) ==
             (Outcome{0,
                      "param w[SHAPE] ~ INIT\n"
                      "    a shared, trained value, and what it begins with: an initializer or an\n"
                      "    expression\n",
                      ""}));
  const std::string statements = ebb({"help", "statements"}).out;
  BOOST_TEST(statements.starts_with("option NAME = VALUE \"help\"\n"));
  BOOST_TEST(statements.ends_with("assert COND \"message\"\n    when the script is loaded\n"));
  const std::string layout = ebb({"help", "layout"}).out;
  BOOST_TEST(layout.starts_with(
      "`ebb fmt SCRIPT...` gives scripts their one layout. Tokens, comments and the\n"
      "ends of lines stay what they are; blanks and empty lines change:\n\n"
      "- What stands in braces is indented by two. Between two lines there is one empty\n"
      "  line at most.\n"));
  BOOST_TEST(layout.ends_with(
      "- Within brackets a line stands below what follows the bracket, or is indented\n"
      "  by two where nothing follows it.\n"));
  for (const std::string& keyword : ebb::statement_words())
    BOOST_TEST(ebb({"help", keyword}).status == 0, keyword << " is not explained");
  BOOST_TEST(ebb({"help", "sigmod"}) ==
             wrong("ebb help", "nothing is called `sigmod`; did you mean `sigmoid`?"));
  BOOST_TEST(ebb({"help", "frobnicate"}) ==
             wrong("ebb help", "nothing is called `frobnicate`; `ebb ops` lists what is"));
}

BOOST_AUTO_TEST_CASE(version_names_the_libraries_and_the_blas) {
  const Outcome version = ebb({"--version"});
  BOOST_TEST(version.status == 0);
  BOOST_TEST(version.err == "");
  const auto lines = lines_of(version.out);
  BOOST_REQUIRE(lines.size() == 5u);
  BOOST_TEST(lines[0] == "Ebb 0.1.0");
  BOOST_TEST(lines[1].starts_with("compiler: "));
  BOOST_TEST(lines[2].starts_with("libraries: Boost 1."));
  BOOST_TEST(lines[2].find(", Armadillo ") != std::string::npos);
  BOOST_TEST(lines[3].starts_with("BLAS: "));
  BOOST_TEST(lines[4].starts_with("matrix products: blas"));
}

BOOST_AUTO_TEST_CASE(a_script_that_is_not_there_is_wrong_input) {
  BOOST_TEST(ebb({"check", "absent.ebb"}) ==
             (Outcome{1, "", "error: cannot read absent.ebb: No such file or directory\n"}));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_noticed) {
  const Outcome outcome = shell("$EBB ops >/dev/full");
  BOOST_TEST(outcome == (Outcome{1, "", "error: cannot write to standard output\n"}));
}

BOOST_AUTO_TEST_SUITE_END()
