// `ebb fmt`: whole scripts before and after, and what is said of them.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/binary.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(fmt, Binary)

namespace {

const std::string bare = "input x[3]\n\n\ntarget y\nz=sum( x )-y\n";
const std::string laid = "input x[3]\n\ntarget y\nz = sum(x) - y\n";

}  // namespace

BOOST_AUTO_TEST_CASE(scripts_are_rewritten_and_named) {
  write("a.ebb", bare);
  write("b.ebb", laid);
  write("c.ebb", "x=1");
  BOOST_TEST(ebb({"fmt", "a.ebb", "b.ebb", "c.ebb"}) == (Outcome{0, "a.ebb\nc.ebb\n", ""}));
  BOOST_TEST(read_file(path("a.ebb")) == laid);
  BOOST_TEST(read_file(path("b.ebb")) == laid);
  BOOST_TEST(read_file(path("c.ebb")) == "x = 1\n");
  BOOST_TEST(ebb({"fmt", "a.ebb", "b.ebb", "c.ebb"}) == (Outcome{0, "", ""}));
}

BOOST_AUTO_TEST_CASE(scripts_of_the_project_are_laid_out) {
  std::vector<std::string> words{"fmt", "--check"};
  for (const char* folder : {"scripts", "ops", "plugins"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(EBB_SOURCE_DIR) / folder))
      if (entry.path().extension() == ".ebb") words.push_back(entry.path().string());
  BOOST_TEST(words.size() > 45U);
  BOOST_TEST(ebb(words) == (Outcome{0, "", ""}));
}

BOOST_AUTO_TEST_CASE(a_file_keeps_its_permissions_and_the_link_to_it) {
  fs::create_directory(path("sub"));
  write("sub/a.ebb", bare);
  ::chmod(path("sub/a.ebb").c_str(), 0640);
  fs::create_symlink("sub/a.ebb", path("link.ebb"));
  BOOST_TEST(ebb({"fmt", "link.ebb"}) == (Outcome{0, "link.ebb\n", ""}));
  BOOST_TEST(fs::is_symlink(path("link.ebb")));
  BOOST_TEST(read_file(path("sub/a.ebb")) == laid);
  BOOST_TEST((fs::status(path("sub/a.ebb")).permissions() == fs::perms(0640)));
  BOOST_TEST(std::distance(fs::directory_iterator(path("sub")), {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_script_that_stays_is_not_written) {
  write("a.ebb", laid);
  struct stat before {
  }, after{};
  ::stat(path("a.ebb").c_str(), &before);
  BOOST_TEST(ebb({"fmt", "a.ebb"}) == (Outcome{0, "", ""}));
  ::stat(path("a.ebb").c_str(), &after);
  BOOST_TEST(before.st_ino == after.st_ino);
}

BOOST_AUTO_TEST_CASE(standard_input_goes_to_standard_output) {
  BOOST_TEST(ebb({"fmt", "-"}, bare) == (Outcome{0, laid, ""}));
  BOOST_TEST(ebb({"fmt", "-"}, laid) == (Outcome{0, laid, ""}));
  BOOST_TEST(ebb({"fmt", "-"}) == (Outcome{0, "", ""}));
  BOOST_TEST(ebb({"fmt", "-", "--check"}, bare) == (Outcome{1, "standard input\n", ""}));
  BOOST_TEST(ebb({"fmt", "-", "--check"}, laid) == (Outcome{0, "", ""}));
}

BOOST_AUTO_TEST_CASE(a_check_changes_nothing) {
  write("a.ebb", bare);
  write("b.ebb", laid);
  BOOST_TEST(ebb({"fmt", "--check", "b.ebb", "a.ebb"}) == (Outcome{1, "a.ebb\n", ""}));
  BOOST_TEST(read_file(path("a.ebb")) == bare);
  BOOST_TEST(ebb({"fmt", "--check", "b.ebb"}) == (Outcome{0, "", ""}));
}

BOOST_AUTO_TEST_CASE(a_diff_is_what_patch_takes) {
  std::string text = "\n\n# begin\n" + bare;
  for (int i = 1; i <= 12; ++i) text += "a" + std::to_string(i) + " = x\n";
  text += "last=x";
  write("a.ebb", text);
  write("b.ebb", laid);
  const Outcome diff = ebb({"fmt", "--diff", "a.ebb", "b.ebb"});
  BOOST_TEST(diff == (Outcome{0, R"(--- a.ebb
+++ a.ebb
@@ -1,11 +1,8 @@
-
-
 # begin
 input x[3]
 
-
 target y
-z=sum( x )-y
+z = sum(x) - y
 a1 = x
 a2 = x
 a3 = x
@@ -18,4 +15,4 @@
 a10 = x
 a11 = x
 a12 = x
-last=x
\ No newline at end of file
+last = x
)",
                              ""}));
  BOOST_TEST(read_file(path("a.ebb")) == text);
  BOOST_TEST(ebb({"fmt", "--diff", "--check", "a.ebb"}) == (Outcome{1, diff.out, ""}));
  const std::string laid_out = ebb({"fmt", "-"}, text).out;
  if (shell("command -v patch").status != 0) return;
  BOOST_TEST(shell("patch -p0", diff.out) == (Outcome{0, "patching file a.ebb\n", ""}));
  BOOST_TEST(read_file(path("a.ebb")) == laid_out);
}

BOOST_AUTO_TEST_CASE(a_diff_has_colours_where_they_are_wanted) {
  BOOST_TEST(ebb({"fmt", "--diff", "-", "--color", "always"}, "a=1\n\n\n") ==
             (Outcome{0,
                      "\033[1m--- standard input\033[0m\n\033[1m+++ standard input\033[0m\n"
                      "\033[36m@@ -1,3 +1 @@\033[0m\n\033[31m-a=1\033[0m\n\033[31m-\033[0m\n"
                      "\033[31m-\033[0m\n\033[32m+a = 1\033[0m\n",
                      ""}));
}

BOOST_AUTO_TEST_CASE(a_program_reads_an_object_for_each_script) {
  write("a.ebb", "a=1\n");
  write("b.ebb", laid);
  write("c.ebb", "a = (\n");
  BOOST_TEST(ebb({"fmt", "a.ebb", "b.ebb", "--json"}) ==
             (Outcome{0,
                      R"({"file":"a.ebb","changed":true,"diagnostics":[]})"
                      "\n"
                      R"({"file":"b.ebb","changed":false,"diagnostics":[]})"
                      "\n",
                      ""}));
  BOOST_TEST(read_file(path("a.ebb")) == "a = 1\n");
  BOOST_TEST(ebb({"fmt", "-", "--json"}, "a=1\n") ==
             (Outcome{0,
                      R"({"file":"standard input","changed":true,"text":"a = 1\n",)"
                      R"("diagnostics":[]})"
                      "\n",
                      ""}));
  BOOST_TEST(ebb({"fmt", "-", "--json", "--diff"}, "a=1\n") ==
             (Outcome{0,
                      R"({"file":"standard input","changed":true,"diff":"--- standard input\n)"
                      R"(+++ standard input\n@@ -1 +1 @@\n-a=1\n+a = 1\n","diagnostics":[]})"
                      "\n",
                      ""}));
  const Outcome wrong = ebb({"fmt", "c.ebb", "--json"});
  BOOST_TEST(wrong.status == 1);
  BOOST_TEST(wrong.err == "");
  BOOST_TEST(wrong.out.starts_with(
      R"({"file":"c.ebb","changed":false,"diagnostics":[{"severity":"error","code":"E0)"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_laid_out_is_left_and_the_others_are_not) {
  write("a.ebb", "a=(1\n");
  write("b.ebb", bare);
  fs::create_directory(path("sub"));
  const Outcome outcome = ebb({"fmt", "a.ebb", "none.ebb", "sub", "b.ebb"});
  BOOST_TEST(outcome == (Outcome{1, "b.ebb\n", R"(a.ebb:1:3: error[E0009]: this `(` is never closed
  1 | a=(1
    |   ^
  hint: close it with `)`
error: cannot read none.ebb: No such file or directory
error: sub is a folder
  hint: the scripts in it: sub/*.ebb
)"}));
  BOOST_TEST(read_file(path("a.ebb")) == "a=(1\n");
  BOOST_TEST(read_file(path("b.ebb")) == laid);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_is_said) {
  if (::geteuid() == 0) return;
  fs::create_directory(path("sub"));
  write("sub/a.ebb", bare);
  ::chmod(path("sub").c_str(), 0500);
  const Outcome outcome = ebb({"fmt", "sub/a.ebb"});
  ::chmod(path("sub").c_str(), 0700);
  BOOST_TEST(outcome ==
             (Outcome{1, "",
                      "error: sub/a.ebb: cannot create a file beside it: Permission denied\n"
                      "  hint: nothing was replaced: a file of that name is as it was before\n"}));
}

BOOST_AUTO_TEST_CASE(usage_is_checked) {
  BOOST_TEST(ebb({"fmt"}) == (Outcome{2, "", "ebb fmt: which script?\ntry `ebb help fmt`\n"}));
  BOOST_TEST(ebb({"fmt", "--chekc", "a.ebb"}) ==
             (Outcome{2, "",
                      "ebb fmt: there is no flag --chekc; did you mean --check?\n"
                      "try `ebb help fmt`\n"}));
}

BOOST_AUTO_TEST_CASE(what_is_printed_as_a_script_is_laid_out) {
  for (const char* name : {"attention", "convnet", "digits_embedded", "iris", "recurrent"}) {
    const Outcome script =
        ebb({"show", example(std::string(name) + ".ebb"), "--update", "--as", "script", "--quiet"});
    BOOST_TEST(script.status == 0, name);
    BOOST_TEST(ebb({"fmt", "--check", "-"}, script.out) == (Outcome{0, "", ""}), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
