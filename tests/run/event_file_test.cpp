#include "graph/run/event_file.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/support/scratch.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_FIXTURE_TEST_SUITE(event_file, Scratch)

namespace {

std::string bytes(std::initializer_list<int> numbers) {
  std::string text;
  for (const int number : numbers) text += static_cast<char>(number);
  return text;
}

Tensor vector_of(const std::vector<double>& numbers) {
  Tensor tensor(Type{DType::f64, false, Shape{static_cast<std::int64_t>(numbers.size())}});
  for (std::size_t i = 0; i < numbers.size(); ++i)
    tensor.set(static_cast<std::int64_t>(i), numbers[i]);
  return tensor;
}

using Doubles = std::vector<double>;

}  // namespace

// The value that the catalogue of CRC algorithms gives for CRC-32/ISCSI, and those of RFC 3720,
// appendix B.4.
BOOST_AUTO_TEST_CASE(checksums_are_the_published_ones) {
  BOOST_TEST(crc32c("123456789") == 0xE3069283u);
  BOOST_TEST(crc32c(std::string(32, '\0')) == 0x8A9136AAu);
  BOOST_TEST(crc32c(std::string(32, '\xFF')) == 0x62A8AB43u);
  std::string rising, falling;
  for (int i = 0; i < 32; ++i) {
    rising += static_cast<char>(i);
    falling += static_cast<char>(31 - i);
  }
  BOOST_TEST(crc32c(rising) == 0x46DD794Eu);
  BOOST_TEST(crc32c(falling) == 0x113FDB5Cu);
}

BOOST_AUTO_TEST_CASE(a_record_is_its_length_and_its_bytes_each_with_a_masked_checksum) {
  const std::string record = record_of("123456789");
  BOOST_REQUIRE(record.size() == 8u + 4 + 9 + 4);
  BOOST_TEST(record.substr(0, 8) == bytes({9, 0, 0, 0, 0, 0, 0, 0}));
  BOOST_TEST(record.substr(12, 9) == "123456789");
  // 0xE3069283 turned right by 15 bits is 0x2507C60D; with 0xA282EAD8 added, 0xC78AB0E5.
  BOOST_TEST(record.substr(21) == bytes({0xE5, 0xB0, 0x8A, 0xC7}));
}

// The examples of the encoding's own guide: 150 as a varint, "testing" as a string.
BOOST_AUTO_TEST_CASE(messages_are_encoded_as_the_guide_shows) {
  BOOST_TEST(WireMessage().whole(1, 150).bytes() == bytes({0x08, 0x96, 0x01}));
  BOOST_TEST(WireMessage().text(2, "testing").bytes() ==
             bytes({0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67}));
  BOOST_TEST(WireMessage().message(3, WireMessage().whole(1, 150)).bytes() ==
             bytes({0x1A, 0x03, 0x08, 0x96, 0x01}));
  BOOST_TEST(WireMessage().whole(1, -1).bytes() ==
             bytes({0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}));
  BOOST_TEST(WireMessage().single(2, 1).bytes() == bytes({0x15, 0, 0, 0x80, 0x3F}));
  const double one[] = {1};
  BOOST_TEST(WireMessage().reals(16, one).bytes() ==
             bytes({0x82, 0x01, 0x08, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F}));
}

BOOST_AUTO_TEST_CASE(a_histogram_counts_what_is_finite) {
  const Histogram some = Histogram::of(vector_of({0, 1, 2, 2.5, 4, INFINITY, NAN}), 4);
  BOOST_TEST(some.least == 0);
  BOOST_TEST(some.largest == 4);
  BOOST_TEST(some.sum == 9.5);
  BOOST_TEST(some.sum_of_squares == 27.25);
  BOOST_TEST(some.limits == (Doubles{1, 2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(some.counts == (Doubles{2, 1, 1, 1}), boost::test_tools::per_element());
  const Histogram same = Histogram::of(vector_of({3, 3}), 4);
  BOOST_TEST(same.limits == Doubles{3}, boost::test_tools::per_element());
  BOOST_TEST(same.counts == Doubles{2}, boost::test_tools::per_element());
  BOOST_TEST(Histogram::of(vector_of({NAN}), 4).counts.empty());
}

BOOST_AUTO_TEST_CASE(each_file_has_a_name_of_its_own) {
  const EventFile one(path("events")), other(path("events"));
  BOOST_TEST(one.path().filename().string().starts_with("events.out.tfevents."));
  BOOST_TEST(one.path() != other.path());
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_named) {
  write("file", "");
  BOOST_CHECK_EXCEPTION(EventFile(path("file/events")), UserError, [&](const UserError& error) {
    const std::string& message = error.diagnostic().message;
    return message.starts_with(path("file/events").string()) &&
           message.ends_with(": cannot be made: Not a directory");
  });
}

BOOST_AUTO_TEST_SUITE_END()
