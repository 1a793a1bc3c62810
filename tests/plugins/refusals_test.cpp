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

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refusals, Plugged)

BOOST_AUTO_TEST_CASE(what_is_no_plugin) {
  write("text.so", "not a library");
  write("other.so", elf(EM_68K));
  BOOST_TEST(refusal("text.so") == "");
  BOOST_TEST(refusal("other.so") == "");
  BOOST_TEST(refusal("absent.so") == "");
  BOOST_TEST(refusal(file("no_entry")) == "");
  BOOST_TEST(refusal(file("undefined")) == "");
  std::filesystem::create_directory(path("folder.so"));
  write("m.ebb", "use folder\n");
  BOOST_TEST(shell("EBB_PLUGIN_PATH=. $EBB check m.ebb").err == "");
}

BOOST_AUTO_TEST_CASE(what_can_not_be_read, *boost::unit_test::precondition([](auto) {
                       return boost::test_tools::assertion_result(::geteuid() != 0);
                     })) {
  std::filesystem::permissions(write("closed.so", elf(EM_X86_64)), std::filesystem::perms::none);
  BOOST_TEST(refusal("closed.so") == "");
}

BOOST_AUTO_TEST_CASE(what_was_built_for_another_interface) {
  BOOST_TEST(refusal(file("newer")) == "");
  BOOST_TEST(refusal(file("other_major")) == "");
}

BOOST_AUTO_TEST_CASE(what_does_not_register_as_it_should) {
  BOOST_TEST(refusal(file("duplicate")) == "");
  BOOST_TEST(refusal(file("incomplete")) == "");
  BOOST_TEST(refusal(file("throwing")) == "");
  BOOST_TEST(refusal(file("nothing")) == "");
  BOOST_TEST(refusal(file("misnamed")) == "");
  std::filesystem::copy_file(file("right"), path("ops.so"));
  BOOST_TEST(refusal("ops.so") == "");
}

BOOST_AUTO_TEST_CASE(a_script_gets_the_reason_at_the_name) {
  write("m.ebb", "use wrong_gradient\ny = wrong_square(2)\noutput y\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) == (Outcome{1, "", ""}));
  write("m.ebb", "use newer\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) == (Outcome{1, "", ""}));
  write("m.ebb", "use rigth\n");
  BOOST_TEST(ebb({"check", "m.ebb"}).err == "");
}

BOOST_AUTO_TEST_CASE(a_script_never_names_a_path) {
  write("m.ebb", "use \"right.so\"\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) == (Outcome{1, "", ""}));
  write("m.ebb", "use modules/right\n");
  BOOST_TEST(ebb({"check", "m.ebb"}) == (Outcome{1, "", ""}));
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
