#include "tests/onnx/model.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "tests/onnx/wire.hpp"

namespace ebb::test::onnx {

BOOST_AUTO_TEST_SUITE(model)

namespace {

using namespace std::string_literals;

// A field that holds bytes: `tag` is its number and 2 as one byte, as the wire has it.
std::string bytes_field(char tag, const std::string& bytes) {
  return std::string(1, tag) + static_cast<char>(bytes.size()) + bytes;
}

// [2] floats: dims = [2] (packed), data_type = 1, name = "x", and the data that follow.
std::string two_floats(const std::string& data) {
  return "\x0A\x01\x02"s + "\x10\x01"s + bytes_field('\x42', "x") + data;
}

const std::string raw_data = bytes_field('\x4A', "\0\0\x80\x3F\0\0\0\xC0"s);    // 1, -2
const std::string float_data = bytes_field('\x22', "\0\0\x80\x3F\0\0\0\xC0"s);  // packed

std::string error_of(const std::string& literal) {
  try {
    read_literal(literal);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_are_read_packed_and_single) {
  const std::string message = "\x08\x96\x01\x0A\x03\x05\xAC\x02"s;
  std::vector<std::int64_t> numbers;
  Field field;
  for (Reader reader(message); reader.next(field);)
    for_each_integer(field, [&](std::int64_t number) { numbers.push_back(number); });
  BOOST_TEST(numbers == (std::vector<std::int64_t>{150, 5, 300}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_negative_number_takes_ten_bytes) {
  const std::string minus_one = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s;
  Reader reader(minus_one);
  BOOST_TEST(static_cast<std::int64_t>(reader.varint()) == -1);
  BOOST_TEST(reader.at_end());
}

BOOST_AUTO_TEST_CASE(a_tensor_is_read_from_raw_and_from_typed_data) {
  for (const std::string& data : {raw_data, float_data}) {
    const Literal literal = read_literal(two_floats(data));
    BOOST_TEST(literal.name == "x");
    BOOST_TEST(name(literal.element) == "float"s);
    BOOST_TEST(literal.array.dims == (std::vector<std::int64_t>{2}),
               boost::test_tools::per_element());
    BOOST_TEST(literal.array.at(0) == 1);
    BOOST_TEST(literal.array.at(1) == -2);
  }
}

BOOST_AUTO_TEST_CASE(a_model_is_read) {
  // Y = Sign(X) with axis = 3, X of float.
  const std::string attribute = bytes_field('\x0A', "axis") + "\x18\x03"s;
  const std::string node = bytes_field('\x0A', "X") + bytes_field('\x12', "Y") +
                           bytes_field('\x22', "Sign") + bytes_field('\x2A', attribute);
  const std::string port =
      bytes_field('\x0A', "X") + bytes_field('\x12', bytes_field('\x0A', "\x08\x01"s));
  const Model model =
      read_model(bytes_field('\x3A', bytes_field('\x0A', node) + bytes_field('\x5A', port)));
  BOOST_REQUIRE(model.nodes.size() == 1u);
  BOOST_TEST(model.nodes[0].op == "Sign");
  BOOST_TEST(model.nodes[0].inputs == std::vector<std::string>{"X"});
  BOOST_TEST(model.nodes[0].outputs == std::vector<std::string>{"Y"});
  BOOST_REQUIRE(model.nodes[0].attributes.size() == 1u);
  BOOST_TEST(model.nodes[0].attributes[0].name == "axis");
  BOOST_TEST(model.nodes[0].attributes[0].integer == 3);
  BOOST_REQUIRE(model.inputs.size() == 1u);
  BOOST_TEST(model.inputs[0].name == "X");
  BOOST_TEST(name(model.inputs[0].element) == "float"s);
}

BOOST_AUTO_TEST_CASE(a_truncated_tensor_is_refused_at_every_length) {
  const std::string whole = two_floats(raw_data);
  const std::size_t header = two_floats("").size();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // Before the type is read, nothing says that there are elements.
    const bool complete = length == 0 || length == 3;
    const std::string expected = complete           ? "none"
                                 : length == 5      ? "a tensor with too few elements"
                                 : length == header ? "a tensor with too few elements"
                                                    : "the bytes end within a field";
    BOOST_TEST(error_of(whole.substr(0, length)) == expected, length << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(a_tensor_whose_data_do_not_fit_is_refused) {
  BOOST_TEST(error_of(two_floats(raw_data + float_data)) == "a tensor with too many elements");
  BOOST_TEST(error_of("\x0A\x05\xFF\xFF\xFF\xFF\x0F\x10\x01"s) == "a tensor with too few elements");
  BOOST_TEST(error_of("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x10\x01"s) ==
             "a tensor of impossible dimensions");
  BOOST_TEST(error_of("\x0B"s) == "a field of no known kind");
  BOOST_TEST(error_of("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s) ==
             "a number of more than 64 bits");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb::test::onnx
