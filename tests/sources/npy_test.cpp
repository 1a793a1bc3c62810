#include <boost/test/unit_test.hpp>

#include "tests/support/source.hpp"

using namespace ebb::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(npy)

namespace {

const std::filesystem::path goldens = EBB_SOURCE_DIR "/tests/golden/npy";

struct Npy : SourceTrial {
  Npy() : SourceTrial("npy") {}
};
struct Npz : SourceTrial {
  Npz() : SourceTrial("npy", "npz") {}
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(numpys_dtypes_come_as_they_are, Npy) {
  const auto whole = [&](const std::string& name, const std::string& type) {
    auto source = open(goldens / (name + ".npy"));
    BOOST_TEST(source.columns() == Texts{" " + type + " [3]"}, each);
    BOOST_TEST(source.all() == (Numbers{-3, -2, -1, 0, 1, 2}), each);
  };
  whole("i1", "i8");
  for (const std::string order : {"le_", "be_"}) {
    whole(order + "i2", "i16");
    whole(order + "i4", "i32");
    whole(order + "i8", "i64");
    for (const auto& [code, type] : {std::pair{"f2", "f32"}, {"f4", "f32"}, {"f8", "f64"}}) {
      auto source = open(goldens / (order + code + ".npy"));
      BOOST_TEST(source.columns() == Texts{" "s + type + " [3]"}, each);
      BOOST_TEST(source.all() == (Numbers{-0.75, -0.5, -0.25, 0, 0.25, 0.5}), each);
    }
  }
  BOOST_TEST(open(goldens / "u1.npy").columns() == Texts{" u8 []"}, each);
  BOOST_TEST(open(goldens / "u1.npy").all() == (Numbers{0, 1, 255}), each);
  BOOST_TEST(open(goldens / "bool.npy").columns() == Texts{" bool [2]"}, each);
  BOOST_TEST(open(goldens / "bool.npy").all() == (Numbers{1, 0, 0, 1}), each);
}

BOOST_FIXTURE_TEST_CASE(samples_come_in_any_order_and_again, Npy) {
  auto source = open(goldens / "le_i4.npy");
  BOOST_TEST(source.samples() == 2);
  BOOST_TEST(source.read(0, {1, 0, 1, 1}) == (Numbers{0, 1, 2, -3, -2, -1, 0, 1, 2, 0, 1, 2}),
             each);
  BOOST_TEST(source.read(0, {}).empty());
}

BOOST_FIXTURE_TEST_CASE(fortran_order_comes_in_c_order, Npy) {
  for (const char* name : {"fortran_order.npy", "fortran_order_be.npy", "version_2.npy"}) {
    auto source = open(goldens / name);
    Numbers second, both;
    for (int i = 0; i < 24; ++i) (i < 12 ? both : second).push_back(i);
    BOOST_TEST(source.read(0, {1}) == second, each);
    both.insert(both.end(), second.begin(), second.end());
    BOOST_TEST(source.all() == both, each);
  }
}

BOOST_FIXTURE_TEST_CASE(few_samples_of_a_long_fortran_array_come_one_by_one, Npy) {
  const int n = 1000;
  std::string bytes = "\x93NUMPY\1\0\x50\0"s;
  std::string header = "{'descr': '|u1', 'fortran_order': True, 'shape': (1000, 2)}";
  header.resize(0x50, ' ');
  bytes += header;
  for (int i = 0; i < 2 * n; ++i) bytes += static_cast<char>(i % 251);
  auto source = open_bytes(bytes);
  BOOST_TEST(source.read(0, {999, 3}) == (Numbers{999 % 251, 1999 % 251, 3, 1003 % 251}), each);
}

BOOST_FIXTURE_TEST_CASE(samples_that_are_not_there_are_refused, Npy) {
  auto source = open(goldens / "le_i4.npy");
  for (const std::int64_t index : {-1, 2})
    BOOST_CHECK_EXCEPTION(source.read(0, {index}), SourceError, [&](const SourceError& e) {
      return e.what() == "there is no sample " + std::to_string(index);
    });
}

BOOST_FIXTURE_TEST_CASE(what_holds_no_samples_is_refused, Npy) {
  BOOST_TEST(error(path("no")) == "no: cannot open: No such file or directory");
  BOOST_TEST(error(folder()) == folder().string() + ": cannot open: it is a folder, not a file");
  BOOST_TEST(error("/dev/null") ==
             "/dev/null: cannot open: it is not a regular file, which can be read at random");
  BOOST_TEST(
      error_of_bytes("") ==
      "x: not an .npy file: it does not begin with \\x93NUMPY\n  hint: numpy.save writes one");
  BOOST_TEST(error_of_bytes(read_file(goldens / "scalar.npy")) ==
             "x: holds a single number, not samples\n"
             "  hint: the first dimension of an array is the sample");
  BOOST_TEST(error_of_bytes(read_file(goldens / "empty.npy")) ==
             "x: holds no samples: the array is [0, 3]");
  BOOST_TEST(error_of_bytes(read_file(goldens / "text.npy")) ==
             "x: dtype '<U5' is not supported\n  hint: bool, uint8, int8 to int64 and float16 to "
             "float64 are: save x.astype('float32'), say");
}

BOOST_FIXTURE_TEST_CASE(a_file_cut_anywhere_is_refused, Npy) {
  const std::string bytes = read_file(goldens / "le_f4.npy");
  for (std::size_t n = 0; n < bytes.size(); ++n)
    BOOST_TEST(error_of_bytes(bytes.substr(0, n)) != "no error");
  BOOST_TEST(error_of_bytes(bytes.substr(0, bytes.size() - 1)) ==
             "x: truncated: the header says 24 bytes of data, the file has 23" + with_advice);
  BOOST_TEST(error_of_bytes(bytes + "!") ==
             "x: too long: the header says 24 bytes of data, the file has 25" + with_advice);
}

BOOST_FIXTURE_TEST_CASE(an_archive_has_a_field_for_each_array, Npz) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    auto source = open(source_data / name);
    const auto columns = source.columns();
    const auto at = [&](const std::string& text) {
      const auto found = std::ranges::find(columns, text);
      BOOST_REQUIRE(found != columns.end());
      return static_cast<std::size_t>(found - columns.begin());
    };
    BOOST_TEST(source.samples() == 4);
    BOOST_TEST(source.read(at("x f32 [2, 3]"), {2}) == (Numbers{12, 13, 14, 15, 16, 17}), each);
    BOOST_TEST(source.all(at("label i64 []")) == (Numbers{0, 1, 2, 3}), each);
    BOOST_TEST(source.read(at("fortran i16 [3, 2]"), {3, 0}) ==
                   (Numbers{18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5}),
               each);
  }
}

BOOST_FIXTURE_TEST_CASE(large_arrays_of_an_archive_are_read_at_random, Npz) {
  for (const char* name : {"large.npz", "deflated.npz"}) {
    auto source = open(source_data / name, {{"array", "large"}});
    BOOST_TEST(source.columns() == Texts{" f64 [1000]"}, each);
    const Numbers read = source.read(0, {3, 1});
    for (std::size_t i = 0; i < 1000; ++i) {
      BOOST_TEST(read[i] == 3000 + static_cast<double>(i));
      BOOST_TEST(read[1000 + i] == 1000 + static_cast<double>(i));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(what_unpacks_to_far_more_than_the_archive_is_refused, Npz) {
  std::string bytes = read_file(source_data / "deflated.npz");
  // Of the first entry of the directory, which libzip believes until it reads.
  const std::size_t entry = bytes.find("PK\1\2");
  bytes.replace(entry + 24, 4, "\xff\xff\xff\x7f");
  BOOST_TEST(error_of_bytes(bytes) ==
             "x: its arrays take 2147483647 bytes unpacked, the archive has " +
                 std::to_string(bytes.size()) +
                 ": more than 256 times as many\n"
                 "  hint: numpy.savez writes arrays that are not packed, of any size");
}

BOOST_FIXTURE_TEST_CASE(an_array_is_unpacked_where_TMPDIR_says, Npz) {
  auto source = open(source_data / "deflated.npz", {{"array", "large"}});
  ::setenv("TMPDIR", path("none").c_str(), 1);
  const std::string name = (source_data / "deflated.npz").string() + ", large.npy";
  BOOST_CHECK_EXCEPTION(source.read(0, {3}), SourceError, [&](const SourceError& e) {
    BOOST_TEST(
        std::string(e.what()) ==
        name +
            ": cannot be unpacked: No such file or directory\n  hint: it goes to a temporary file, "
            "where TMPDIR says; numpy.savez writes arrays that need none");
    return true;
  });
  std::filesystem::create_directory(path("none"));
  BOOST_TEST(source.read(0, {3}).at(1) == 3001);
  BOOST_TEST(std::filesystem::is_empty(path("none")));
  ::unsetenv("TMPDIR");
}

BOOST_FIXTURE_TEST_CASE(arrays_of_other_lengths_are_wanted_one_by_one, Npz) {
  BOOST_TEST(error_of_bytes(read_file(source_data / "lengths.npz")) ==
             "x: train has 3 samples, but test has 2\n"
             "  hint: name the array: npz(..., array = \"train\")");
  BOOST_TEST(open(source_data / "lengths.npz", {{"array", "test"}}).all() == (Numbers{0, 1, 2, 3}),
             each);
  BOOST_TEST(error_of_bytes(read_file(source_data / "lengths.npz"), {{"array", "tset"}}) ==
             "x: there is no array `tset`\n  hint: it has train, test");
}

BOOST_FIXTURE_TEST_CASE(what_is_no_archive_is_refused, Npz) {
  BOOST_TEST(error_of_bytes(read_file(source_data / "empty.npz")) == "x: the archive is empty");
  BOOST_TEST(error_of_bytes("1,2\n") ==
             "x: not a zip archive, or a damaged one: Not a zip archive\n"
             "  hint: numpy.savez writes one");
  BOOST_TEST(error(path("no")) == "no: cannot open: No such file or directory");
}

BOOST_FIXTURE_TEST_CASE(a_cut_archive_is_refused, Npz) {
  const std::string bytes = read_file(source_data / "stored.npz");
  for (std::size_t n = 0; n < bytes.size(); ++n)
    BOOST_TEST(error_of_bytes(bytes.substr(0, n)) != "no error");
}

BOOST_FIXTURE_TEST_CASE(altered_data_of_an_archive_is_refused, Npz) {
  for (const char* name : {"large.npz", "deflated.npz"}) {
    std::string bytes = read_file(source_data / name);
    const std::size_t middle = bytes.size() / 3;
    bytes[middle] = static_cast<char>(bytes[middle] ^ 0x10);
    BOOST_TEST_CONTEXT(name) {
      const std::string said = error_of_bytes(bytes, {{"array", "large"}});
      BOOST_TEST(said.starts_with("x, large.npy: is damaged: "), said);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(no_altered_byte_makes_the_reader_crash, Npz) {
  const std::string bytes = read_file(source_data / "stored.npz");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 0xff);
    error_of_bytes(altered);
  }
}

BOOST_AUTO_TEST_SUITE_END()
