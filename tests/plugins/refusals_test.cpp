#include <elf.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "graph/core/certificate.hpp"
#include "graph/core/plugins.hpp"
#include "ops/ops.hpp"
#include "tests/plugins/plugged.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(refusals, Plugged)

namespace {

// The beginning of a shared library for this machine, or for another.
std::string elf(Elf64_Half machine) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
  header.e_machine = machine;
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

// The superuser reads everything.
boost::test_tools::assertion_result bound_by_permissions(boost::unit_test::test_unit_id) {
  return ::geteuid() != 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_no_plugin) {
  write("text.so", "not a library");
  write("other.so", elf(EM_68K));
  BOOST_TEST(
      refusal("text.so") ==
      "error: text.so: is not a plugin: it is no shared library\n"
      "  hint: a plugin is built from its source with `ebb_add_plugin`, see `ebb help plugin`\n");
  BOOST_TEST(refusal("other.so") ==
             "error: other.so: is built for another kind of machine\n"
             "  hint: build it here\n");
  BOOST_TEST(refusal("absent.so") == "error: absent.so: there is no such plugin\n");
  BOOST_TEST(refusal(file("no_entry")) ==
             "error: no_entry.so: is not a plugin: it has no function ebb_plugin_main\n"
             "  hint: EBB_PLUGIN(name, \"1.0\") { ... } defines it\n");
  BOOST_TEST(refusal(file("undefined")) ==
             "error: undefined.so: cannot be loaded: undefined symbol: in_no_library\n");
  std::filesystem::create_directory(path("folder.so"));
  write("m.ebb", "use folder\n");
  BOOST_TEST(shell("EBB_PLUGIN_PATH=. $EBB check m.ebb").err ==
             "m.ebb:1:5: error[E0803]: ./folder.so: is a folder, not a plugin\n"
             "  1 | use folder\n"
             "    |     ^^^^^^\n");
}

BOOST_AUTO_TEST_CASE(what_can_not_be_read, *boost::unit_test::precondition(bound_by_permissions)) {
  std::filesystem::permissions(write("closed.so", elf(EM_X86_64)), std::filesystem::perms::none);
  BOOST_TEST(refusal("closed.so") == "error: closed.so: cannot be read: Permission denied\n");
}

BOOST_AUTO_TEST_CASE(what_was_built_for_another_interface) {
  BOOST_TEST(refusal(file("newer")) ==
             "error: newer.so: plugin newer was built for version 1.99 of the plugin interface; "
             "this Ebb has 1.3\n"
             "  hint: a newer Ebb can load it\n");
  BOOST_TEST(refusal(file("other_major")) ==
             "error: other_major.so: plugin other_major was built for version 2.0 of the plugin "
             "interface; this Ebb has 1.3\n"
             "  hint: a newer Ebb can load it\n");
}

BOOST_AUTO_TEST_CASE(what_does_not_register_as_it_should) {
  BOOST_TEST(refusal(file("duplicate")) ==
             "error: duplicate.so: plugin duplicate: op `exp`: an op of this name is already "
             "registered\n");
  BOOST_TEST(refusal(file("incomplete")) ==
             "error: incomplete.so: plugin incomplete: op `copied`: documentation is missing\n");
  BOOST_TEST(refusal(file("throwing")) ==
             "error: throwing.so: ebb_plugin_main threw an exception: no licence was found\n");
  BOOST_TEST(refusal(file("nothing")) == "error: nothing.so: registers nothing\n");
  BOOST_TEST(refusal(file("misnamed")) ==
             "error: misnamed.so: calls itself `other`; a plugin's file is NAME.so\n"
             "  hint: rename the file to other.so\n");
  std::filesystem::copy_file(file("right"), path("ops.so"));
  BOOST_TEST(refusal("ops.so") ==
             "error: ops.so: `ops` is the name of what is built in\n"
             "  hint: give it another\n");
}

BOOST_AUTO_TEST_CASE(a_script_gets_the_reason_at_the_name) {
  write("m.ebb", "use wrong_gradient\ny = wrong_square(2)\noutput y\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) ==
             (Outcome{1, "",
                      "m.ebb:1:5: error[E0803]: wrong_gradient.so: plugin wrong_gradient: op "
                      "`wrong_square`: the gradient with respect to x is wrong: at x = -1.41883768 "
                      "it is -3.56568146, central differences give -7.13136291\n"
                      "  1 | use wrong_gradient\n"
                      "    |     ^^^^^^^^^^^^^^\n"
                      "  hint: correct its rule; where it is meant to differ from the derivative, "
                      "claim gradient_by_definition(\"why\")\n"}));
  write("m.ebb", "use newer\n");
  BOOST_TEST(
      ebb({"check", "m.ebb"}) ==
      (Outcome{1, "",
               "m.ebb:1:5: error[E0803]: newer.so: plugin newer was built for version 1.99 of the "
               "plugin interface; this Ebb has 1.3\n"
               "  1 | use newer\n"
               "    |     ^^^^^\n"
               "  hint: a newer Ebb can load it\n"}));
  write("m.ebb", "use rigth\n");
  const std::string beside =
      (std::filesystem::path(EBB_BINARY).parent_path() / "plugins/loadable").string();
  BOOST_TEST(ebb({"check", "m.ebb"}).err ==
             "m.ebb:1:5: error[E0803]: there is no plugin `rigth`\n"
             "  1 | use rigth\n"
             "    |     ^^^^^\n"
             "  hint: did you mean `right`?\n"
             "  hint: looked in " EBB_TEST_PLUGINS ", " +
                 beside + "; `--plugin FILE` names another place\n");
}

BOOST_AUTO_TEST_CASE(a_script_never_names_a_path) {
  write("m.ebb", "use \"right.so\"\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) ==
             (Outcome{1, "",
                      "m.ebb:1:5: error[E0032]: expected a plugin's name, found a string\n"
                      "  1 | use \"right.so\"\n"
                      "    |     ^^^^^^^^^^\n"
                      "  hint: a script names a plugin, not its file: `use NAME`\n"}));
  write("m.ebb", "use modules/right\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) ==
             (Outcome{1, "",
                      "m.ebb:1:12: error[E0015]: expected the end of the statement, found `/`\n"
                      "  1 | use modules/right\n"
                      "    |            ^\n"
                      "  hint: a statement ends with its line or `;`\n"}));
}

BOOST_AUTO_TEST_CASE(after_a_refusal_all_is_as_before) {
  Registry all;
  all.load(&ebb_ops_main);
  Plugins plugins(all, {EBB_TEST_PLUGINS},
                  [](const Registry& registry, const LoadedPlugin& p) { prove(registry, p.name); });
  const auto before = all.ops.names();
  for (const char* name : {"wrong_gradient", "duplicate", "throwing", "misnamed"}) {
    BOOST_CHECK_THROW(plugins.use(name), UserError);
    BOOST_TEST(all.ops.names() == before, boost::test_tools::per_element());
    BOOST_TEST(plugins.loaded().empty());
  }
  BOOST_TEST(plugins.use("right").proved);
  BOOST_TEST(all.ops.find("right_cube") != nullptr);
  BOOST_TEST(all.ops.names().size() == before.size() + 1);
}

BOOST_AUTO_TEST_SUITE_END()
