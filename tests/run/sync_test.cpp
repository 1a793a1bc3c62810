// Files whose disk fails when they are synced, by a fsync of our own before the C library's.
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "graph/run/data/file.hpp"
#include "tests/support/scratch.hpp"

namespace {

enum class Failing { nothing, file, folder };
Failing failing = Failing::nothing;
int error_number = EIO;

}  // namespace

extern "C" int fsync(int descriptor) {
  struct stat status {};
  fstat(descriptor, &status);
  const Failing kind = S_ISDIR(status.st_mode) ? Failing::folder : Failing::file;
  if (kind != failing) return static_cast<int>(syscall(SYS_fsync, descriptor));
  errno = error_number;
  return -1;
}

namespace ebb {

namespace {

struct Synced : test::Scratch {
  Synced() { write("kept", "old"); }
  ~Synced() { failing = Failing::nothing; }

  // What is said of a file that is to be replaced while the disk fails so.
  std::string said(Failing what, int number) {
    failing = what;
    error_number = number;
    const std::array pieces{bytes_of(std::string_view("new"))};
    return error_of([&] { write_file(path("kept"), pieces); });
  }
  std::size_t files() const {
    const std::filesystem::directory_iterator all(folder());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync, Synced)

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_synced_is_not_put_in_place) {
  BOOST_TEST(said(Failing::file, EIO) ==
             "error: kept: cannot sync to disk: Input/output error\n"
             "  hint: nothing was replaced: a file of that name is as it was before\n");
  BOOST_TEST(test::read_file(path("kept")) == "old");
  BOOST_TEST(files() == 1u);
}

BOOST_AUTO_TEST_CASE(a_folder_that_fails_is_told) {
  BOOST_TEST(said(Failing::folder, EIO) ==
             "error: kept: written, but its folder cannot be synced: Input/output error\n");
  BOOST_TEST(test::read_file(path("kept")) == "new");
  BOOST_TEST(files() == 1u);
}

BOOST_AUTO_TEST_CASE(a_file_system_that_syncs_no_folders_is_no_error) {
  BOOST_TEST(said(Failing::folder, EINVAL) == "no error");
  BOOST_TEST(test::read_file(path("kept")) == "new");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
