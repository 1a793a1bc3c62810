// The package on a Debian 12 that holds nothing but what every Debian does: debootstrap makes it.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

class Chroot : public Binary {
 public:
  Chroot() {
    must("debootstrap --variant=minbase bookworm root && cp " + quoted(EBB_DEB) +
         " root/root/ebb.deb && cp /etc/resolv.conf root/etc/");
    must(
        inside("apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "
               "--no-install-recommends /root/ebb.deb && useradd -m reader"));
  }

  void must(const std::string& command) const {
    const Outcome outcome = shell(command);
    BOOST_REQUIRE_MESSAGE(outcome.status == 0, command << "\n" << outcome);
  }

  static std::string inside(const std::string& command) {
    return "LC_ALL=C chroot root /bin/sh -c " + quoted(command);
  }

  Outcome as_reader(const std::string& command) const {
    return shell(inside("su - reader -c " + quoted(command)));
  }
};

boost::test_tools::assertion_result is_root(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(geteuid() == 0);
  result.message() << "debootstrap needs root";
  return result;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(chroot_slow, Chroot)

BOOST_AUTO_TEST_CASE(it_installs_trains_and_goes_again, *boost::unit_test::precondition(is_root)) {
  BOOST_TEST(as_reader("ebb --version | head -1") == (Outcome{0, "Ebb " EBB_VERSION "\n", ""}));

  const std::string scripts = "/usr/share/ebb/scripts/";
  const Outcome trained = as_reader("mkdir any && cd any && ebb train " + scripts +
                                    "digits_embedded.ebb --set train.epochs=2 --quiet && "
                                    "ebb test " +
                                    scripts +
                                    "digits_embedded.ebb --on test --json --weights "
                                    "out/digits_embedded/weights.safetensors");
  BOOST_TEST(trained.status == 0);
  BOOST_TEST(trained.err == "");
  const auto lines = lines_of(trained.out);
  BOOST_REQUIRE_EQUAL(lines.size(), 2u);
  BOOST_TEST(lines[0] == "weights: out/digits_embedded/weights.safetensors");
  BOOST_TEST(lines[1].find("\"accuracy\":0.9") != std::string::npos, lines[1]);
  // A plugin with a library of its own.
  BOOST_TEST(as_reader("cd any && ebb train " + scripts + "iris.ebb --quiet") ==
             (Outcome{0, "weights: out/iris/weights.safetensors\n", ""}));

  must(inside("apt-get remove -y ebb"));
  BOOST_TEST(!std::filesystem::exists(path("root/usr/bin/ebb")));
  BOOST_TEST(!std::filesystem::exists(path("root/usr/share/ebb")));
}

BOOST_AUTO_TEST_SUITE_END()
