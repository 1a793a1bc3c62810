#include "graph/run/data/idx.hpp"

#include <sys/resource.h>
#include <zlib.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/scratch.hpp"

using namespace std::string_literals;

namespace {

using ebb::Array;
using ebb::DType;
using ebb::test::copy_again;

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

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

const std::string six_bytes = "\0\0\x08\x02\0\0\0\2\0\0\0\3\x01\x02\x03\x04\x05\xff"s;

struct IdxFiles : ebb::test::Scratch {
  std::string error(const std::string& name) const {
    return error_of([&] { ebb::read_idx(path(name)); });
  }
  std::string error(const std::string& name, const std::string& bytes) const {
    write(name, bytes);
    return error(name);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idx, IdxFiles)

BOOST_AUTO_TEST_CASE(a_plain_file_gives_its_elements_in_c_order) {
  check(ebb::read_idx(write("x", six_bytes)), DType::u8, {2, 3}, {1, 2, 3, 4, 5, 255});
}

BOOST_AUTO_TEST_CASE(a_compressed_file_gives_the_same) {
  check(ebb::read_idx(write("x.gz", gzip(six_bytes))), DType::u8, {2, 3}, {1, 2, 3, 4, 5, 255});
}

BOOST_AUTO_TEST_CASE(the_content_tells_whether_a_file_is_compressed_not_its_name) {
  check(ebb::read_idx(write("x", gzip(six_bytes))), DType::u8, {2, 3}, {1, 2, 3, 4, 5, 255});
  check(ebb::read_idx(write("y.gz", six_bytes)), DType::u8, {2, 3}, {1, 2, 3, 4, 5, 255});
}

BOOST_AUTO_TEST_CASE(a_gzip_file_of_two_members_is_their_concatenation) {
  const std::string bytes = gzip(six_bytes.substr(0, 7)) + gzip(six_bytes.substr(7));
  check(ebb::read_idx(write("x.gz", bytes)), DType::u8, {2, 3}, {1, 2, 3, 4, 5, 255});
}

BOOST_AUTO_TEST_CASE(every_element_type_is_converted_from_big_endian) {
  check(ebb::read_idx(write("x", "\0\0\x09\1\0\0\0\2\x80\x7f"s)), DType::i8, {2}, {-128, 127});
  check(ebb::read_idx(write("x", "\0\0\x0b\1\0\0\0\2\xff\xfe\x01\x00"s)), DType::i16, {2},
        {-2, 256});
  check(ebb::read_idx(write("x", "\0\0\x0c\1\0\0\0\2\xff\xff\xff\xfd\0\1\0\0"s)), DType::i32, {2},
        {-3, 65536});
  check(ebb::read_idx(write("x", "\0\0\x0d\1\0\0\0\2\x3f\x80\0\0\xc0\x20\0\0"s)), DType::f32, {2},
        {1, -2.5});
  check(ebb::read_idx(write("x", "\0\0\x0e\1\0\0\0\1\x3f\xe0\0\0\0\0\0\0"s)), DType::f64, {1},
        {0.5});
}

BOOST_AUTO_TEST_CASE(rank_eight_is_legal_and_no_samples_are_not) {
  const std::string one = "\0\0\0\1"s;
  check(ebb::read_idx(
            write("x", "\0\0\x08\x08"s + one + one + one + one + one + one + one + one + "\7")),
        DType::u8, {1, 1, 1, 1, 1, 1, 1, 1}, {7});
  BOOST_TEST(error("x", "\0\0\x08\2\0\0\0\0\0\0\0\3"s) ==
             "error: x: holds no samples: the array is [0, 3]\n");
}

BOOST_AUTO_TEST_CASE(where_the_named_file_is_missing_its_twin_is_read) {
  write("a.gz", gzip(six_bytes));
  write("b", six_bytes);
  check(ebb::read_idx(path("a")), DType::u8, {2, 3}, {1, 2, 3, 4, 5, 255});
  check(ebb::read_idx(path("b.gz")), DType::u8, {2, 3}, {1, 2, 3, 4, 5, 255});
}

BOOST_AUTO_TEST_CASE(where_neither_twin_is_there_the_error_names_both) {
  BOOST_TEST(error("a.gz") ==
             "error: a.gz: no such file\n"
             "  hint: neither is a there; --data DIR says where data files are\n");
  BOOST_TEST(error("a") ==
             "error: a: no such file\n"
             "  hint: neither is a.gz there; --data DIR says where data files are\n");
}

BOOST_AUTO_TEST_CASE(a_folder_is_refused) {
  std::filesystem::create_directory(path("d"));
  BOOST_TEST(error("d") == "error: d: is a folder, not a file\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_idx_is_refused_with_its_first_bytes) {
  BOOST_TEST(error("x", "") == "error: x: the file is empty\n" + copy_again);
  BOOST_TEST(error("x", "\x89PNG\r\n") ==
             "error: x: not an IDX file: it begins with 89 50 4e 47\n"
             "  hint: an IDX file begins with 00 00, its element type and its rank\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_element_type_is_refused) {
  BOOST_TEST(error("x", "\0\0\x0a\1\0\0\0\1\1"s) ==
             "error: x: unknown IDX element type 0a\n"
             "  hint: known are 08 uint8, 09 int8, 0b int16, 0c int32, 0d float32, 0e float64\n");
}

BOOST_AUTO_TEST_CASE(ranks_outside_1_to_8_are_refused) {
  BOOST_TEST(error("x", "\0\0\x08\0"s) ==
             "error: x: IDX rank 0 is not supported\n  hint: ranks 1 to 8 are\n");
  BOOST_TEST(error("x", "\0\0\x08\x09"s + std::string(37, '\1')) ==
             "error: x: IDX rank 9 is not supported\n  hint: ranks 1 to 8 are\n");
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_refused) {
  const std::string huge = "\xff\xff\xff\xff";
  BOOST_TEST(error("x", "\0\0\x0e\3"s + huge + huge + huge) ==
             "error: x: impossible sizes: the header says [4294967295, 4294967295, 4294967295] of "
             "float64\n" +
                 copy_again);
  BOOST_TEST(error("x", "\0\0\x0e\2"s + huge + huge) ==
             "error: x: impossible sizes: the header says [4294967295, 4294967295] of float64\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(a_truncated_file_is_refused_wherever_it_ends) {
  BOOST_TEST(error("x", six_bytes.substr(0, 3)) ==
             "error: x: truncated: the file ends within the IDX header\n" + copy_again);
  BOOST_TEST(error("x", six_bytes.substr(0, 11)) ==
             "error: x: truncated: the file ends within the IDX header\n" + copy_again);
  BOOST_TEST(error("x", six_bytes.substr(0, 17)) ==
             "error: x: truncated: the header says [2, 3] of uint8, 18 bytes; the file has 17\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(bytes_after_the_data_are_refused) {
  BOOST_TEST(error("x", six_bytes + "!") ==
             "error: x: too long: the header says [2, 3] of uint8, 18 bytes; the file has 19\n" +
                 copy_again);
  BOOST_TEST(error("x.gz", gzip(six_bytes + "!")) ==
             "error: x.gz: too long: the data goes on after the 6 bytes that the header says\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(compressed_data_shorter_than_its_header_says_is_refused) {
  BOOST_TEST(error("x.gz", gzip(six_bytes.substr(0, 15))) ==
             "error: x.gz: truncated: the header says 6 bytes of data, the file holds 3\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(a_damaged_gzip_checksum_is_refused) {
  std::string bytes = gzip(six_bytes);
  bytes[bytes.size() - 8] ^= 1;
  BOOST_TEST(error("x.gz", bytes) ==
             "error: x.gz: damaged gzip data: incorrect data check\n" + copy_again);
}

BOOST_AUTO_TEST_CASE(a_gzip_file_cut_anywhere_is_refused) {
  const std::string bytes = gzip(six_bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST_CONTEXT("cut after " << size << " bytes") {
      BOOST_TEST(error("x.gz", bytes.substr(0, size)) != "no error");
    }
  }
  BOOST_TEST(error("x.gz", bytes.substr(0, bytes.size() - 1)) ==
             "error: x.gz: damaged gzip data: the file ends within the compressed data\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(a_header_beyond_what_gzip_can_hold_takes_no_memory) {
  const std::string bytes = gzip("\0\0\x08\2\0\1\0\0\0\1\0\0"s);
  BOOST_TEST(error("x.gz", bytes) ==
             "error: x.gz: truncated: the header says [65536, 65536] of uint8, 4294967308 bytes; " +
                 std::to_string(bytes.size()) + " bytes of gzip cannot hold them\n" + copy_again);
}

BOOST_AUTO_TEST_CASE(a_gzip_bomb_is_inflated_no_further_than_its_header_says) {
  const gzFile bomb = gzopen(path("x.gz").c_str(), "wb1");
  gzwrite(bomb, "\0\0\x08\1\0\0\0\1", 8);
  const std::string zeros(1 << 20, '\0');
  for (int i = 0; i < 128; ++i) gzwrite(bomb, zeros.data(), 1 << 20);
  gzclose(bomb);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  BOOST_TEST(error("x.gz") ==
             "error: x.gz: too long: the data goes on after the 1 bytes that the header says\n" +
                 copy_again);
  getrusage(RUSAGE_SELF, &after);
  BOOST_TEST(after.ru_maxrss - before.ru_maxrss < 32 << 10);  // KiB
}

BOOST_AUTO_TEST_CASE(no_altered_byte_makes_the_reader_crash) {
  for (const std::string& bytes : {six_bytes, gzip(six_bytes)}) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const int mask : {0x01, 0x80, 0xff}) {
        std::string altered = bytes;
        altered[i] = static_cast<char>(altered[i] ^ mask);
        error("x", altered);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
