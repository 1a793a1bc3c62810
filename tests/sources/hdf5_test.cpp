#if __has_include(<hdf5.h>)
#include <hdf5.h>
#endif

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "plugins/hdf5/trial.hpp"
#include "tests/support/source.hpp"

using namespace ebb::test;
using namespace std::string_literals;

namespace {

struct Hdf5 : SourceTrial {
  Hdf5() : SourceTrial("hdf5") {}

  std::string error_of(const std::string& dataset) const {
    return error_of_bytes(read_file(source_data / "arrays.h5"), {{"dataset", dataset}});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hdf5, Hdf5)

BOOST_AUTO_TEST_CASE(a_group_has_a_field_for_each_dataset) {
  OpenedSource source = open(source_data / "arrays.h5", {{"dataset", "train"s}});
  BOOST_TEST(source.samples() == 5);
  BOOST_TEST(source.columns() == (Texts{"label i16 []", "x f32 [2, 3]"}), each);
  BOOST_TEST(source.all(0) == (Numbers{0, 1, 2, 3, 4}), each);
  Numbers counted;
  for (int i = 0; i < 30; ++i) counted.push_back(i);
  BOOST_TEST(source.all(1) == counted, each);
  BOOST_TEST(source.read(1, {4, 0, 1}) ==
                 (Numbers{24, 25, 26, 27, 28, 29, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
             each);
}

BOOST_AUTO_TEST_CASE(a_dataset_is_a_column_of_its_own) {
  OpenedSource source = open(source_data / "arrays.h5", {{"dataset", "test/x"s}});
  BOOST_TEST(source.columns() == Texts{" f64 [2, 3]"}, each);
  BOOST_TEST(source.read(0, {1}) == (Numbers{6, 7, 8, 9, 10, 11}), each);
  // The root is a group, too.
  OpenedSource root = open(source_data / "one.h5");
  BOOST_TEST(root.columns() == Texts{"x f64 [2]"}, each);
  BOOST_TEST(root.read(0, {3, 3}) == (Numbers{6, 7, 6, 7}), each);
}

BOOST_AUTO_TEST_CASE(types_come_as_they_are_or_as_the_next_that_holds_them) {
  OpenedSource source = open(source_data / "arrays.h5", {{"dataset", "types"s}});
  const Texts columns{"be_f4 f32 []", "be_i8 i64 []", "be_u4 i64 []", "bool bool []", "i1 i8 []",
                      "le_f2 f32 []", "le_i4 i32 []", "le_u2 i32 []", "u1 u8 []"};
  BOOST_TEST(source.columns() == columns, each);
  for (std::size_t c = 0; c < columns.size(); ++c)
    BOOST_TEST(source.all(c) == (c == 3 ? Numbers{1, 0, 1} : Numbers{0, 1, 2}), each);
}

BOOST_AUTO_TEST_CASE(what_holds_no_samples_is_refused) {
  BOOST_TEST(error_of("") ==
             "x: there is no dataset in it\n  hint: `dataset` may name a group: lengths, nothing, "
             "refused, test, train, types");
  BOOST_TEST(error_of("nothing") == "x: there is no dataset in `nothing`");
  BOOST_TEST(error_of("train/y") ==
             "x: there is no dataset `train/y`\n"
             "  hint: the file has lengths, nothing, refused, test, train, types");
  BOOST_TEST(error_of("lengths") ==
             "x: a has 3 samples, but b has 2\n"
             "  hint: name one: hdf5(..., dataset = \"lengths/a\")");
  const std::string numbers =
      " holds no numbers of a known type\n  hint: whole numbers, floats of up to 64 bits and "
      "booleans can be read; `dataset` names the one that is wanted";
  BOOST_TEST(error_of("refused/text") == "x, refused/text:" + numbers);
  BOOST_TEST(error_of("refused/compound") == "x, refused/compound:" + numbers);
  BOOST_TEST(error_of("refused/u8") ==
             "x, refused/u8: holds uint64, which int64 can not hold\n  hint: save it as int64");
  BOOST_TEST(error_of("refused/scalar") ==
             "x, refused/scalar: holds a single number, not samples\n"
             "  hint: the first dimension of a dataset is the sample");
  BOOST_TEST(error_of("refused/empty") == "x, refused/empty: holds no samples: it is [0, 3]");
  BOOST_TEST(error_of_bytes("no HDF5") ==
             "x: not an HDF5 file, or a damaged one: file signature not found" + with_advice);
  BOOST_TEST(error(path("no")) == "no: cannot open: No such file or directory");
}

// The files are made by the library that would follow them.
#if __has_include(<hdf5.h>)
BOOST_AUTO_TEST_CASE(data_of_other_files_is_not_read) {
  fresh("secret", std::string(64, 's'));
  const auto made = [&](const auto& fill) {
    std::filesystem::remove(path("x"));
    const hid_t file = H5Fcreate(path("x").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fill(file);
    H5Fclose(file);
    return error(path("x"), {{"dataset", "x"s}});
  };
  const auto dataset = [](hid_t file, const auto& choose) {
    const hsize_t size = 8;
    const hid_t space = H5Screate_simple(1, &size, nullptr), how = H5Pcreate(H5P_DATASET_CREATE);
    choose(how, space);
    H5Dclose(H5Dcreate2(file, "x", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, how, H5P_DEFAULT));
    H5Pclose(how);
    H5Sclose(space);
  };
  const std::string elsewhere =
      "x, x: keeps its data in other files, which are not read\n  hint: copy it into this file";
  const std::string secret = path("secret").string();
  BOOST_TEST(made([&](hid_t file) { dataset(file, [](hid_t, hid_t) {}); }) == "no error");
  BOOST_TEST(made([&](hid_t file) {
               dataset(file,
                       [&](hid_t how, hid_t) { H5Pset_external(how, secret.c_str(), 0, 64); });
             }) == elsewhere);
  BOOST_TEST(made([&](hid_t file) {
               dataset(file, [&](hid_t how, hid_t space) {
                 H5Pset_virtual(how, space, secret.c_str(), "x", space);
               });
             }) == elsewhere);
  const std::string link =
      "x: `x` is a link into another file, which is not followed\n"
      "  hint: copy what it links to into this file";
  const auto linked = [&](hid_t file, const char* name) {
    H5Lcreate_external((source_data / "one.h5").c_str(), "x", file, name, H5P_DEFAULT, H5P_DEFAULT);
  };
  BOOST_TEST(made([&](hid_t file) { linked(file, "x"); }) == link);
  // By way of a link within the file.
  BOOST_TEST(made([&](hid_t file) {
               linked(file, "y");
               H5Lcreate_soft("y", file, "x", H5P_DEFAULT, H5P_DEFAULT);
             }) == link);
}

// What is not written is not in the file.
BOOST_AUTO_TEST_CASE(samples_that_a_file_does_not_bear_out_are_refused) {
  fresh("x", "");
  const hid_t file = H5Fcreate(path("x").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t size = 1'000'000'000;
  const hid_t space = H5Screate_simple(1, &size, nullptr);
  H5Dclose(H5Dcreate2(file, "x", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  H5Fclose(file);
  const auto has = std::to_string(std::filesystem::file_size(path("x")));
  BOOST_TEST(error(path("x")) == "x: its datasets take 8000000000 bytes, the file has " + has +
                                     ": more than 256 times as many\n  hint: where it is meant so, "
                                     "write them out: h5repack -f NONE -l CONTI");
}

BOOST_AUTO_TEST_CASE(what_does_not_end_or_crashes_is_tried_in_a_child) {
  using ebb::hdf5::End;
  using ebb::hdf5::tried;
  int changed = 0;
  BOOST_TEST((tried("x", [&] { changed = 1; }) == End::finished));
  BOOST_TEST(changed == 0);
  BOOST_TEST((tried("x", [] { throw std::runtime_error("wrong"); }) == End::finished));
  BOOST_TEST((tried("x", [] { std::abort(); }) == End::crashed));
  BOOST_TEST((tried("x", [] {
                for (;;) ::getppid();
              }) == End::endless));
}

#endif

BOOST_AUTO_TEST_CASE(what_the_library_goes_round_in_is_refused) {
  std::string bytes = read_file(source_data / "arrays.h5");
  bytes[1882] = '\x40';
  BOOST_TEST(error_of_bytes(bytes, {{"dataset", "train"s}}) ==
             "x: its datasets take 167772290 bytes, the file has 21864: more than 256 times as "
             "many\n  hint: where it is meant so, write them out: h5repack -f NONE -l CONTI");
}

BOOST_AUTO_TEST_CASE(a_cut_file_is_refused) {
  const std::string bytes = read_file(source_data / "one.h5");
  for (std::size_t n = 0; n < bytes.size(); ++n)
    BOOST_TEST(error_of_bytes(bytes.substr(0, n)).starts_with("x: not an HDF5 file"), n);
}

BOOST_AUTO_TEST_CASE(damaged_compressed_data_is_refused) {
  std::string bytes = read_file(source_data / "arrays.h5");
  // A deflated chunk begins with 78; altered, it can not be unpacked.
  std::size_t found = 0;
  for (std::size_t at = 0; (at = bytes.find("\x78\x5e", at)) != std::string::npos; at += 2) {
    bytes[at + 2] = '\xff';
    ++found;
  }
  BOOST_REQUIRE(found > 0u);
  const std::string said = error_of_bytes(bytes, {{"dataset", "train/x"s}});
  BOOST_TEST(said == "x, train/x: cannot be read: inflate() failed" + with_advice);
}

BOOST_AUTO_TEST_SUITE_END()
