#include "graph/run/data/safetensors.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/support/scratch.hpp"

using namespace std::string_literals;

namespace {

using ebb::Array;
using ebb::DType;
using ebb::TensorFile;
using ebb::test::copy_again;
using ebb::test::read_file;

template <class T>
Array array_of(DType dtype, std::vector<std::int64_t> dims, const std::vector<T>& values) {
  Array array = Array::make(dtype, std::move(dims));
  std::copy(values.begin(), values.end(), array.data<T>());
  return array;
}

void check(const std::pair<std::string, Array>& tensor, const std::string& name, DType dtype,
           const std::vector<std::int64_t>& dims, const std::vector<double>& expected) {
  BOOST_TEST(tensor.first == name);
  BOOST_TEST(ebb::name(tensor.second.dtype) == ebb::name(dtype));
  BOOST_TEST(tensor.second.dims == dims, boost::test_tools::per_element());
  std::vector<double> values;
  for (std::int64_t i = 0; i < tensor.second.elements(); ++i) values.push_back(tensor.second.at(i));
  BOOST_TEST(values == expected, boost::test_tools::per_element());
}

// A file with this header and data, however wrong.
std::string safetensors_of(const std::string& header, const std::string& data = "") {
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size() & 0xff);
  length[1] = static_cast<char>(header.size() >> 8);
  return length + header + data;
}

TensorFile example() {
  TensorFile file;
  file.tensors = {{"a[0].w", array_of<float>(DType::f32, {1, 2}, {1, -2})},
                  {"seen", array_of<std::uint8_t>(DType::boolean, {3}, {1, 0, 1})},
                  {"step", array_of<std::int64_t>(DType::i64, {}, {7})}};
  file.metadata = {{"epoch", "3"}, {"script", "\"digits\""}};
  return file;
}

struct SafetensorsFiles : ebb::test::Scratch {
  std::string error(const std::string& bytes) const {
    write("w", bytes);
    return error_of([&] { ebb::read_safetensors(path("w")); });
  }
  std::string written(const TensorFile& file) const {
    ebb::write_safetensors(path("w"), file);
    return read_file(path("w"));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(safetensors, SafetensorsFiles)

BOOST_AUTO_TEST_CASE(a_hand_made_file_without_a_checksum_is_read) {
  const std::string header =
      R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
      R"("a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"__metadata__":{"format":"pt"}}  )";
  const TensorFile file = ebb::read_safetensors(
      write("w", safetensors_of(header, "\x05\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\x20\xc0"s)));
  BOOST_REQUIRE(file.tensors.size() == 2u);
  check(file.tensors[0], "a", DType::i64, {}, {5});
  check(file.tensors[1], "b", DType::f32, {2}, {1, -2.5});
  BOOST_TEST((file.metadata == std::map<std::string, std::string>{{"format", "pt"}}));
}

BOOST_AUTO_TEST_CASE(every_element_type_is_read) {
  const auto read = [&](const std::string& dtype, const std::string& bytes) {
    const std::string header = R"({"t":{"dtype":")" + dtype +
                               R"(","shape":[2],"data_offsets":[0,)" +
                               std::to_string(bytes.size()) + "]}}";
    return ebb::read_safetensors(write("w", safetensors_of(header, bytes))).tensors.at(0);
  };
  check(read("BOOL", "\0\2"s), "t", DType::boolean, {2}, {0, 1});
  // Truth values are made 0 and 1 in memory, not in the file, which is mapped.
  BOOST_TEST(read_file(path("w")).back() == '\2');
  check(read("U8", "\0\xff"s), "t", DType::u8, {2}, {0, 255});
  check(read("I8", "\x7f\x80"), "t", DType::i8, {2}, {127, -128});
  check(read("I16", "\xfe\xff\0\1"s), "t", DType::i16, {2}, {-2, 256});
  check(read("I32", "\xfe\xff\xff\xff\0\0\1\0"s), "t", DType::i32, {2}, {-2, 65536});
  check(read("I64", "\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0\0\0\0"s), "t", DType::i64, {2},
        {-1, 1});
  check(read("F16", "\0\x3c\1\x80"s), "t", DType::f32, {2}, {1, -0x1p-24});
  check(read("BF16", "\x80\x3f\x20\xc0"), "t", DType::f32, {2}, {1, -2.5});
  check(read("F32", "\0\0\x80\x3f\0\0\x20\xc0"s), "t", DType::f32, {2}, {1, -2.5});
  check(read("F64", "\0\0\0\0\0\0\xe0\x3f\0\0\0\0\0\0\x04\xc0"s), "t", DType::f64, {2},
        {0.5, -2.5});
}

BOOST_AUTO_TEST_CASE(tensors_lie_anywhere_in_a_file) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}   )";
  const TensorFile file =
      ebb::read_safetensors(write("w", safetensors_of(header, "\3\0\0\x80\x3f\0\0\x20\xc0"s)));
  BOOST_REQUIRE(file.tensors.size() == 2u);
  check(file.tensors[0], "a", DType::u8, {1}, {3});
  check(file.tensors[1], "b", DType::f32, {2}, {1, -2.5});
}

BOOST_AUTO_TEST_CASE(arrays_outlive_the_file) {
  Array weights;
  {
    TensorFile file = ebb::read_safetensors(write("w", written(example())));
    weights = file.tensors.at(1).second;
  }
  std::filesystem::remove(path("w"));
  check({"a[0].w", weights}, "a[0].w", DType::f32, {1, 2}, {1, -2});
}

BOOST_AUTO_TEST_CASE(what_is_written_has_exactly_these_bytes) {
  const std::string header =
      R"({"__metadata__":{"ebb.crc32":"90324c62","epoch":"3","script":"\"digits\""},)"
      R"("step":{"data_offsets":[0,8],"dtype":"I64","shape":[]},)"
      R"("a[0].w":{"data_offsets":[8,16],"dtype":"F32","shape":[1,2]},)"
      R"("seen":{"data_offsets":[16,19],"dtype":"BOOL","shape":[3]}})";
  BOOST_TEST(written(example()) ==
             safetensors_of(header + "      ", "\7\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\0\xc0\1\0\1"s));
}

BOOST_AUTO_TEST_CASE(the_round_trip_keeps_everything_wider_elements_first) {
  written(example());
  const TensorFile file = ebb::read_safetensors(path("w"));
  BOOST_REQUIRE(file.tensors.size() == 3u);
  check(file.tensors[0], "step", DType::i64, {}, {7});
  check(file.tensors[1], "a[0].w", DType::f32, {1, 2}, {1, -2});
  check(file.tensors[2], "seen", DType::boolean, {3}, {1, 0, 1});
  BOOST_TEST((file.metadata == example().metadata));
}

BOOST_AUTO_TEST_CASE(the_same_content_gives_the_same_bytes) {
  const std::string bytes = written(example());
  BOOST_TEST((written(example()) == bytes));
  BOOST_TEST((written(ebb::read_safetensors(path("w"))) == bytes));
}

BOOST_AUTO_TEST_CASE(empty_tensors_and_a_file_without_tensors_make_the_round_trip) {
  TensorFile file;
  file.tensors = {{"x", Array::make(DType::f32, {0, 3})}, {"y", Array::make(DType::f32, {2, 0})}};
  written(file);
  const TensorFile read = ebb::read_safetensors(path("w"));
  check(read.tensors.at(0), "x", DType::f32, {0, 3}, {});
  check(read.tensors.at(1), "y", DType::f32, {2, 0}, {});
  written({});
  BOOST_TEST(ebb::read_safetensors(path("w")).tensors.empty());
  BOOST_TEST(ebb::read_safetensors(write("w", safetensors_of("{}"))).tensors.empty());
}

// But for the checksum's own name, without which a file counts as another program's.
BOOST_AUTO_TEST_CASE(any_altered_byte_is_noticed) {
  const std::string bytes = written(example());
  const std::size_t name = bytes.find("ebb.crc32");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i >= name && i < name + 9) continue;
    for (const int mask : {0x01, 0x20, 0x80, 0xff}) {
      std::string altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ mask);
      BOOST_TEST_CONTEXT("byte " << i << " ^ " << mask) {
        BOOST_TEST(error(altered) != "no error");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_altered_weight_is_refused_with_both_checksums) {
  std::string bytes = written(example());
  const std::string said = bytes.substr(bytes.find("crc32\":\"") + 8, 8);
  bytes[bytes.size() - 4] ^= 1;
  const std::string message = error(bytes);
  const std::string found = message.substr(message.find("checksum is ") + 12, 8);
  BOOST_TEST(message == "error: w: altered: its checksum is " + found + ", ebb.crc32 says " + said +
                            "\n" + copy_again +
                            "  hint: if it was changed on purpose, save it without the metadata "
                            "ebb.crc32\n");
  BOOST_TEST(found != said);
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_refused) {
  const std::string bytes = written(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST_CONTEXT("cut after " << size << " bytes") {
      BOOST_TEST(error(bytes.substr(0, size)) != "no error");
    }
  }
  BOOST_TEST(error(bytes.substr(0, 7)) ==
             "error: w: not a safetensors file: it has 7 bytes, fewer than 8\n" + copy_again);
  BOOST_TEST(error(bytes.substr(0, 20)) ==
             "error: w: truncated: the header should have 256 bytes, the file has 12 after its "
             "length\n" +
                 copy_again);
  BOOST_TEST(error(bytes.substr(0, bytes.size() - 1)) ==
             "error: w: truncated: tensor 'seen' ends at byte 19 of the data, the file has 18\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(bytes_after_the_data_are_refused) {
  BOOST_TEST(error(written(example()) + "!") ==
             "error: w: too long: the tensors take 19 bytes of data, the file has 20\n" +
                 copy_again);
}

BOOST_AUTO_TEST_CASE(what_is_not_safetensors_is_refused) {
  BOOST_TEST(error_of([&] { ebb::read_safetensors(path("no")); }) ==
             "error: no: cannot open: No such file or directory\n");
  BOOST_TEST(error("PK\3\4 a PyTorch archive") ==
             "error: w: not a safetensors file: its first 8 bytes say that the header has "
             "5773721512423148368 bytes\n"
             "  hint: at most 100 MB are allowed\n");
  BOOST_TEST(error("\xff\xff\xff\xff\xff\xff\xff\xff{}") ==
             "error: w: not a safetensors file: its first 8 bytes say that the header has "
             "18446744073709551615 bytes\n"
             "  hint: at most 100 MB are allowed\n");
}

std::string malformed(const std::string& what) {
  return "error: w: malformed safetensors header: " + what + "\n" + copy_again;
}

BOOST_AUTO_TEST_CASE(a_header_that_is_not_a_json_object_is_refused) {
  BOOST_TEST(error(safetensors_of("")) == malformed("it does not begin with '{'"));
  BOOST_TEST(error(safetensors_of(" {}")) == malformed("it does not begin with '{'"));
  BOOST_TEST(error(safetensors_of("{\"a\":}")) == malformed("no JSON at byte 6"));
  BOOST_TEST(error(safetensors_of("{\"a\xff\":1}")) == malformed("no JSON at byte 4"));
  BOOST_TEST(error(safetensors_of("{} {}")) == malformed("no JSON at byte 4"));
  // Found by the fuzzer.
  BOOST_TEST(error(safetensors_of("{\"a\":1e999}")) == malformed("a number in it is too large"));
  BOOST_TEST(error(safetensors_of("{\"a\":" + std::string(30000, '['))) ==
             malformed("it is nested too deeply"));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_there_twice_is_refused) {
  const std::string entry = R"("w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  BOOST_TEST(error(safetensors_of("{" + entry + "," + entry + "}", "1")) ==
             malformed("'w' is there twice"));
  BOOST_TEST(error(safetensors_of(R"({"__metadata__":{"k":"1","k":"2"}})")) ==
             malformed("'k' is there twice"));
}

BOOST_AUTO_TEST_CASE(a_malformed_entry_is_refused_by_name) {
  const auto entry = [&](const std::string& json) {
    return error(safetensors_of("{\"w\":" + json + "}", "1234"));
  };
  BOOST_TEST(entry("7") == malformed("tensor 'w' needs exactly dtype, shape and data_offsets"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[4]})") ==
             malformed("tensor 'w' needs exactly dtype, shape and data_offsets"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1})") ==
             malformed("tensor 'w' needs exactly dtype, shape and data_offsets"));
  BOOST_TEST(entry(R"({"dtype":8,"shape":[4],"data_offsets":[0,4]})") ==
             malformed("the dtype of 'w' is not a string"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":4,"data_offsets":[0,4]})") ==
             malformed("the shape of 'w' is not a list"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[-4],"data_offsets":[0,4]})") ==
             malformed("the shape of 'w' has an entry that is not a size"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[4.0],"data_offsets":[0,4]})") ==
             malformed("the shape of 'w' has an entry that is not a size"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4,8]})") ==
             malformed("data_offsets of 'w' are not a begin and an end"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[4],"data_offsets":[4,0]})") ==
             malformed("data_offsets of 'w' are not a begin and an end"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[3],"data_offsets":[0,4]})") ==
             malformed("tensor 'w' of shape [3] and dtype U8 cannot take 4 bytes"));
  BOOST_TEST(entry(R"({"dtype":"F64","shape":[1],"data_offsets":[0,4]})") ==
             malformed("tensor 'w' of shape [1] and dtype F64 cannot take 4 bytes"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]})") ==
             malformed("tensor 'w' of shape [4294967296, 4294967296] and dtype U8 cannot take 0 "
                       "bytes"));
  BOOST_TEST(entry(R"({"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,4],"data_offsets":[0,4]})") ==
             "error: w: tensor 'w' has more than 9 dimensions\n");
  BOOST_TEST(entry(R"({"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]})") ==
             "error: w: tensor 'w' has the unsupported dtype F8_E4M3\n"
             "  hint: BOOL, U8, I8 to I64, F16, BF16, F32 and F64 are supported\n");
}

BOOST_AUTO_TEST_CASE(metadata_that_is_not_strings_is_refused) {
  BOOST_TEST(error(safetensors_of(R"({"__metadata__":[]})")) ==
             malformed("__metadata__ is not an object"));
  BOOST_TEST(error(safetensors_of(R"({"__metadata__":{"epoch":3}})")) ==
             malformed("metadata 'epoch' is not a string"));
}

BOOST_AUTO_TEST_CASE(overlaps_and_gaps_are_refused) {
  const auto two = [&](const std::string& first, const std::string& second) {
    return error(safetensors_of(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
                                    R"(},"w":{"dtype":"U8","shape":[2],"data_offsets":)" + second +
                                    "}}",
                                "12345"));
  };
  BOOST_TEST(two("[0,2]", "[1,3]") ==
             malformed("tensor 'w' begins at byte 1 of the data, the one before ends at 2"));
  BOOST_TEST(two("[0,2]", "[3,5]") ==
             malformed("tensor 'w' begins at byte 3 of the data, the one before ends at 2"));
  BOOST_TEST(two("[3,5]", "[1,3]") ==
             malformed("tensor 'w' begins at byte 1 of the data, the one before ends at 0"));
}

BOOST_AUTO_TEST_CASE(two_tensors_of_one_name_cannot_be_written) {
  TensorFile file = example();
  file.tensors.push_back(file.tensors[0]);
  BOOST_CHECK_THROW(ebb::write_safetensors(path("w"), file), ebb::InternalError);
  file.tensors = {{"__metadata__", file.tensors[0].second}};
  BOOST_CHECK_THROW(ebb::write_safetensors(path("w"), file), ebb::InternalError);
  BOOST_TEST(!std::filesystem::exists(path("w")));
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_and_no_other) {
  const std::string old = written(example());
  rlimit before{}, small{};
  getrlimit(RLIMIT_FSIZE, &before);
  small = {100, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { ebb::write_safetensors(path("w"), example()); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  BOOST_TEST(error ==
             "error: w: cannot write: File too large\n"
             "  hint: nothing was replaced: a file of that name is as it was before\n");
  BOOST_TEST((read_file(path("w")) == old));
  const auto entries = std::filesystem::directory_iterator(folder());
  BOOST_TEST(std::distance(begin(entries), end(entries)) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
