#include "graph/run/data/npy.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <csignal>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/scratch.hpp"

using namespace std::string_literals;

namespace {

using ebb::Array;
using ebb::DType;
using ebb::test::copy_again;
using ebb::test::read_file;

const std::filesystem::path goldens = EBB_SOURCE_DIR "/tests/golden/npy";
std::vector<double> values(const Array& array) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < array.elements(); ++i) result.push_back(array.at(i));
  return result;
}

void check(const Array& array, DType dtype, const std::vector<std::int64_t>& dims,
           const std::vector<double>& expected) {
  BOOST_TEST(ebb::name(array.dtype) == ebb::name(dtype));
  BOOST_TEST(array.dims == dims, boost::test_tools::per_element());
  BOOST_TEST(values(array) == expected, boost::test_tools::per_element());
}

std::vector<double> counting(double step) {
  return {-3 * step, -2 * step, -step, 0, step, 2 * step};
}

std::vector<double> block() {
  std::vector<double> result;
  for (int i = 0; i < 24; ++i) result.push_back(i);
  return result;
}

// A version 1 file whose header is `dict`.
std::string file_of(const std::string& dict, const std::string& data = "") {
  std::string length(2, '\0');
  length[0] = static_cast<char>(dict.size() & 0xff);
  length[1] = static_cast<char>(dict.size() >> 8);
  return "\x93NUMPY\1\0"s + length + dict + data;
}

Array array_of(const std::vector<float>& values, std::vector<std::int64_t> dims) {
  Array array = Array::make(DType::f32, std::move(dims));
  std::copy(values.begin(), values.end(), array.data<float>());
  return array;
}

// While it lives, `descriptor` is `other`.
class Redirect {
 public:
  Redirect(int descriptor, int other) : descriptor_(descriptor), saved_(::dup(descriptor)) {
    ::dup2(other, descriptor);
    ::close(other);
  }
  ~Redirect() {
    ::dup2(saved_, descriptor_);
    ::close(saved_);
  }

 private:
  int descriptor_, saved_;
};

struct NpyFiles : ebb::test::Scratch {
  std::string error(const std::string& bytes) const {
    write("x.npy", bytes);
    return error_of([&] { ebb::read_npy(path("x.npy")); });
  }
  std::string golden_error(const std::string& name) const {
    return error(read_file(goldens / name));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(npy, NpyFiles)

BOOST_AUTO_TEST_CASE(numpys_integers_of_both_byte_orders_are_read) {
  check(ebb::read_npy(goldens / "u1.npy"), DType::u8, {3}, {0, 1, 255});
  check(ebb::read_npy(goldens / "i1.npy"), DType::i8, {2, 3}, counting(1));
  for (const std::string order : {"le_", "be_"}) {
    check(ebb::read_npy(goldens / (order + "i2.npy")), DType::i16, {2, 3}, counting(1));
    check(ebb::read_npy(goldens / (order + "i4.npy")), DType::i32, {2, 3}, counting(1));
    check(ebb::read_npy(goldens / (order + "i8.npy")), DType::i64, {2, 3}, counting(1));
  }
}

BOOST_AUTO_TEST_CASE(numpys_floats_of_both_byte_orders_are_read) {
  for (const std::string order : {"le_", "be_"}) {
    check(ebb::read_npy(goldens / (order + "f2.npy")), DType::f32, {2, 3}, counting(0.25));
    check(ebb::read_npy(goldens / (order + "f4.npy")), DType::f32, {2, 3}, counting(0.25));
    check(ebb::read_npy(goldens / (order + "f8.npy")), DType::f64, {2, 3}, counting(0.25));
  }
}

BOOST_AUTO_TEST_CASE(special_half_floats_are_widened_exactly) {
  const Array array = ebb::read_npy(goldens / "f2_special.npy");
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> read = values(array);
  BOOST_TEST(std::signbit(read[1]));
  BOOST_TEST(std::isnan(read.back()));
  read.pop_back();
  BOOST_TEST(read == (std::vector<double>{0, 0, 0x1p-24, 0x1p-14, 65504, infinity, -infinity}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(booleans_scalars_and_empty_arrays_are_read) {
  check(ebb::read_npy(goldens / "bool.npy"), DType::boolean, {2, 2}, {1, 0, 0, 1});
  check(ebb::read_npy(goldens / "scalar.npy"), DType::f64, {}, {2.5});
  check(ebb::read_npy(goldens / "empty.npy"), DType::f32, {0, 3}, {});
}

BOOST_AUTO_TEST_CASE(a_boolean_byte_other_than_0_becomes_1) {
  check(ebb::read_npy(write("x.npy", file_of("{'descr': '|b1', 'fortran_order': False, "
                                             "'shape': (3,)}",
                                             "\0\2\xff"s))),
        DType::boolean, {3}, {0, 1, 1});
}

BOOST_AUTO_TEST_CASE(fortran_order_becomes_c_order) {
  check(ebb::read_npy(goldens / "fortran_order.npy"), DType::i32, {2, 3, 4}, block());
  check(ebb::read_npy(goldens / "fortran_order_be.npy"), DType::i16, {2, 3, 4}, block());
}

BOOST_AUTO_TEST_CASE(header_versions_2_and_3_are_read) {
  check(ebb::read_npy(goldens / "version_2.npy"), DType::i32, {2, 3, 4}, block());
  check(ebb::read_npy(goldens / "version_3.npy"), DType::i32, {2, 3, 4}, block());
}

BOOST_AUTO_TEST_CASE(what_is_written_has_the_bytes_that_numpy_writes) {
  for (const char* name :
       {"bool", "u1", "i1", "le_i2", "le_i4", "le_i8", "le_f4", "le_f8", "scalar", "empty"}) {
    BOOST_TEST_CONTEXT(name) {
      const auto golden = goldens / (std::string(name) + ".npy");
      ebb::write_npy(path("y.npy"), ebb::read_npy(golden));
      BOOST_TEST((read_file(path("y.npy")) == read_file(golden)));
    }
  }
}

BOOST_AUTO_TEST_CASE(nine_dimensions_make_the_round_trip_and_ten_are_refused) {
  const std::vector<std::int64_t> dims{1, 2, 1, 1, 1, 1, 1, 1, 2};
  ebb::write_npy(path("y.npy"), array_of({1, 2, 3, 4}, dims));
  check(ebb::read_npy(path("y.npy")), DType::f32, dims, {1, 2, 3, 4});
  BOOST_TEST(
      error(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, "
                    "1, 1)}",
                    "1234")) == "error: x.npy: the array has more than 9 dimensions\n");
}

BOOST_AUTO_TEST_CASE(standard_input_gives_one_array_and_keeps_the_next) {
  const std::string bytes = read_file(goldens / "le_f4.npy") + read_file(goldens / "u1.npy");
  const Redirect redirect(STDIN_FILENO, ::open(write("in", bytes).c_str(), O_RDONLY));
  check(ebb::read_npy("-"), DType::f32, {2, 3}, counting(0.25));
  check(ebb::read_npy("-"), DType::u8, {3}, {0, 1, 255});
  BOOST_TEST(error_of([] { ebb::read_npy("-"); }) ==
             "error: standard input: not an .npy file: it does not begin with \\x93NUMPY\n"
             "  hint: numpy.save writes one\n");
}

BOOST_AUTO_TEST_CASE(a_large_array_comes_through_a_pipe) {
  const std::int64_t n = 5'000'000;  // several steps of the growing buffer
  Array array = Array::make(DType::f64, {n});
  for (std::int64_t i = 0; i < n; ++i) array.data<double>()[i] = static_cast<double>(i);
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  ebb::write_npy(path("big.npy"), array);
  std::thread writer([&, out = ends[1]] {
    const std::string bytes = read_file(path("big.npy"));
    for (std::size_t at = 0; at < bytes.size();) {
      at += static_cast<std::size_t>(::write(out, bytes.data() + at, bytes.size() - at));
    }
    ::close(out);
  });
  const Redirect redirect(STDIN_FILENO, ends[0]);
  const Array read = ebb::read_npy("-");
  writer.join();
  BOOST_TEST(read.dims == array.dims, boost::test_tools::per_element());
  BOOST_TEST(std::memcmp(read.bytes.get(), array.bytes.get(), array.size_bytes()) == 0);
}

BOOST_AUTO_TEST_CASE(a_size_that_never_comes_through_a_pipe_takes_no_memory) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const std::string bytes =
      file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,)}", "12345678");
  BOOST_REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::close(ends[1]);
  const Redirect redirect(STDIN_FILENO, ends[0]);
  BOOST_TEST(error_of([] { ebb::read_npy("-"); }) ==
             "error: standard input: truncated: the header says 800000000000 bytes of data, only 8 "
             "came\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(standard_output_takes_an_array) {
  {
    const Redirect redirect(STDOUT_FILENO, ::open(path("out").c_str(), O_WRONLY | O_CREAT, 0600));
    ebb::write_npy("-", ebb::read_npy(goldens / "le_f4.npy"));
  }
  BOOST_TEST((read_file(path("out")) == read_file(goldens / "le_f4.npy")));
}

BOOST_AUTO_TEST_CASE(a_missing_file_and_a_folder_are_refused) {
  BOOST_TEST(error_of([&] { ebb::read_npy(path("no.npy")); }) ==
             "error: no.npy: cannot open: No such file or directory\n");
  std::filesystem::create_directory(path("d"));
  BOOST_TEST(error_of([&] { ebb::read_npy(path("d")); }) == "error: d: is a folder, not a file\n");
}

BOOST_AUTO_TEST_CASE(dtypes_that_ebb_does_not_know_are_refused_with_a_way_out) {
  const std::string hint =
      "  hint: bool, uint8, int8 to int64 and float16 to float64 are: save "
      "x.astype('float32'), say\n";
  BOOST_TEST(golden_error("complex.npy") == "error: x.npy: dtype '<c16' is not supported\n" + hint);
  BOOST_TEST(golden_error("text.npy") == "error: x.npy: dtype '<U5' is not supported\n" + hint);
  BOOST_TEST(error(file_of("{'descr': '', 'fortran_order': False, 'shape': ()}")) ==
             "error: x.npy: dtype '' is not supported\n" + hint);
  BOOST_TEST(error(file_of("{'descr': '|f4', 'fortran_order': False, 'shape': ()}", "1234")) ==
             "error: x.npy: dtype '|f4' is not supported\n" + hint);
  BOOST_TEST(golden_error("structured.npy") ==
             "error: x.npy: structured dtypes are not supported\n"
             "  hint: save one field: numpy.save(file, x['field'])\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_npy_is_refused) {
  const std::string not_npy =
      "error: x.npy: not an .npy file: it does not begin with \\x93NUMPY\n"
      "  hint: numpy.save writes one\n";
  BOOST_TEST(error("") == not_npy);
  BOOST_TEST(error("1,2,3\n4,5,6\n") == not_npy);
  BOOST_TEST(golden_error("archive.npz") ==
             "error: x.npy: an .npz archive, not an .npy file\n"
             "  hint: save a single array with numpy.save\n");
  BOOST_TEST(error("\x93NUMPY\4\0\0\0"s) ==
             "error: x.npy: version 4 of .npy is not known\n  hint: versions 1 to 3 are\n");
}

BOOST_AUTO_TEST_CASE(a_malformed_header_is_refused_where_it_goes_wrong) {
  const auto malformed = [](const std::string& what) {
    return "error: x.npy: malformed .npy header: " + what + " of it\n" + copy_again;
  };
  const std::string rest = ", 'fortran_order': False, 'shape': (1,)}";
  BOOST_TEST(error(file_of("")) == malformed("expected '{', at byte 0"));
  BOOST_TEST(error(file_of("[]")) == malformed("expected '{', at byte 0"));
  BOOST_TEST(error(file_of("{}")) ==
             malformed("'descr', 'fortran_order' and 'shape' must all be there, at byte 2"));
  BOOST_TEST(error(file_of("{descr: '<f4'" + rest)) == malformed("expected a string, at byte 1"));
  BOOST_TEST(error(file_of("{'descr' '<f4'" + rest)) == malformed("expected ':', at byte 9"));
  BOOST_TEST(error(file_of("{'descr': '<f4" + rest)) ==
             malformed("unexpected character in a string, at byte 15"));
  BOOST_TEST(error(file_of("{'descr': '\\x3cf4'" + rest)) ==
             malformed("unexpected character in a string, at byte 11"));
  BOOST_TEST(error(file_of("{'descr': '<f4', 'descr': '<f4'" + rest)) ==
             malformed("unexpected key 'descr', at byte 25"));
  BOOST_TEST(error(file_of("{'order': 1" + rest)) ==
             malformed("unexpected key 'order', at byte 9"));
  BOOST_TEST(error(file_of("{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}")) ==
             malformed("expected '}', at byte 16"));
  BOOST_TEST(error(file_of("{'descr': '<f4'" + rest + "; import os")) ==
             malformed("unexpected text after the dict, at byte 55"));
  BOOST_TEST(error(file_of("{'fortran_order': 0")) ==
             malformed("expected True or False, at byte 18"));
  BOOST_TEST(error(file_of("{'shape': (3)")) == malformed("expected ',', at byte 12"));
  BOOST_TEST(error(file_of("{'shape': [3]")) == malformed("expected '(', at byte 10"));
  BOOST_TEST(error(file_of("{'shape': (-3,)")) == malformed("expected a size, at byte 11"));
  BOOST_TEST(error(file_of("{'shape': (2**9,)")) == malformed("expected ',', at byte 12"));
  BOOST_TEST(error(file_of("{'shape': (3, 4")) == malformed("expected ')', at byte 15"));
  BOOST_TEST(error(file_of("{'shape': (9223372036854775808,)")) ==
             malformed("a size is too large, at byte 29"));
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_refused) {
  BOOST_TEST(error(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, "
                           "4294967296)}")) ==
             "error: x.npy: impossible sizes: the header says [4294967296, 4294967296]\n" +
                 copy_again);
  // Found by the fuzzer: there are no elements, and yet too many.
  BOOST_TEST(error(file_of("{'descr': '<f2', 'fortran_order': False, 'shape': (0, 4294967296, "
                           "4294967296)}")) ==
             "error: x.npy: impossible sizes: the header says [0, 4294967296, 4294967296]\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(a_file_too_short_or_too_long_is_refused) {
  const std::string bytes = read_file(goldens / "le_f4.npy");
  BOOST_TEST(error(bytes.substr(0, bytes.size() - 1)) ==
             "error: x.npy: truncated: the header says 24 bytes of data, the file has 23\n" +
                 copy_again);
  BOOST_TEST(error(bytes + "!") ==
             "error: x.npy: too long: the header says 24 bytes of data, the file has 25\n" +
                 copy_again);
  BOOST_TEST(error(bytes.substr(0, 7)) ==
             "error: x.npy: truncated: the file ends in its first 8 bytes\n" + copy_again);
  BOOST_TEST(error(bytes.substr(0, 9)) ==
             "error: x.npy: truncated: the header's length needs 2 bytes, 1 are left\n" +
                 copy_again);
  BOOST_TEST(error(bytes.substr(0, 100)) ==
             "error: x.npy: truncated: the header needs 118 bytes, 90 are left\n" + copy_again);
  BOOST_TEST(error("\x93NUMPY\2\0\xff\xff\xff\xff"s) ==
             "error: x.npy: the header's length of 4294967295 bytes is implausible\n" + copy_again);
}

BOOST_AUTO_TEST_CASE(no_altered_byte_makes_the_reader_crash) {
  const std::string bytes = read_file(goldens / "fortran_order.npy");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int mask : {0x01, 0x10, 0x80, 0xff}) {
      std::string altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ mask);
      error(altered);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_leaves_the_old_file_and_no_other) {
  write("y.npy", "old");
  rlimit before{}, small{};
  getrlimit(RLIMIT_FSIZE, &before);
  small = {100, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { ebb::write_npy(path("y.npy"), array_of({1}, {1})); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  BOOST_TEST(error ==
             "error: y.npy: cannot write: File too large\n"
             "  hint: nothing was replaced: a file of that name is as it was before\n");
  BOOST_TEST(read_file(path("y.npy")) == "old");
  const auto entries = std::filesystem::directory_iterator(folder());
  BOOST_TEST(std::distance(begin(entries), end(entries)) == 1);
}

BOOST_AUTO_TEST_CASE(a_missing_folder_and_a_folder_as_target_are_refused) {
  BOOST_TEST(error_of([&] { ebb::write_npy(path("no/y.npy"), array_of({1}, {1})); }) ==
             "error: no/y.npy: cannot create a file beside it: No such file or directory\n"
             "  hint: nothing was replaced: a file of that name is as it was before\n");
  std::filesystem::create_directory(path("d"));
  BOOST_TEST(error_of([&] { ebb::write_npy(path("d"), array_of({1}, {1})); }) ==
             "error: d: cannot write: it is a folder\n");
}

BOOST_AUTO_TEST_CASE(a_device_is_written_to_and_a_link_followed) {
  BOOST_TEST(error_of([&] { ebb::write_npy("/dev/full", array_of({1}, {1})); }) ==
             "error: /dev/full: cannot write: No space left on device\n");
  write("real.npy", "old");
  std::filesystem::create_symlink("real.npy", path("link.npy"));
  ebb::write_npy(path("link.npy"), array_of({1}, {1}));
  BOOST_TEST(std::filesystem::is_symlink(path("link.npy")));
  check(ebb::read_npy(path("real.npy")), DType::f32, {1}, {1});
}

BOOST_AUTO_TEST_SUITE_END()
