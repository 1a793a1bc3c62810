#include "graph/cli/report/sample_pictures.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>

using namespace ebb;

BOOST_AUTO_TEST_SUITE(sample_pictures)

namespace {

// Two samples of that shape: 0, 1, 2, ... in C order, then twice as much.
Tensor samples(const std::vector<std::int64_t>& dims) {
  std::vector<std::int64_t> all{2};
  all.insert(all.end(), dims.begin(), dims.end());
  Array array = Array::make(DType::f64, all);
  const std::int64_t n = array.elements() / 2;
  for (std::int64_t i = 0; i < 2 * n; ++i)
    array.data<double>()[i] = static_cast<double>(i < n ? i : 2 * (i - n));
  return to_tensor(array, {DType::f64, true, Shape(dims)});
}

std::string drawn(const std::vector<std::int64_t>& dims) {
  SamplePictures pictures;
  const Tensor tensor = samples(dims);
  if (!pictures.add(tensor, 0) || !pictures.add(tensor, 1)) return "no picture";
  std::string text;
  for (const Json& picture : pictures.json()) text += picture.dump() + "\n";
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(all_share_their_scale_of_grey) {
  const std::string expected =
      R"({"rows":5,"columns":5,"channels":1,"pixels":"AAULEBUbICUrMDU6QEVKUFVaYGVqcHV6gA=="})"
      "\n"
      R"({"rows":5,"columns":5,"channels":1,"pixels":"AAsVICs1QEpVYGp1gIqVn6q1v8rV3+r0/w=="})"
      "\n";
  for (const auto& dims :
       std::vector<std::vector<std::int64_t>>{{25}, {5, 5}, {1, 5, 5}, {5, 5, 1}})
    BOOST_TEST(drawn(dims) == expected);
}

BOOST_AUTO_TEST_CASE(colours_stand_first_or_last) {
  SamplePictures first, last;
  BOOST_TEST(first.add(samples({3, 5, 6}), 0));
  BOOST_TEST(last.add(samples({5, 6, 3}), 0));
  const Json a = first.json()[0], b = last.json()[0];
  for (const Json& picture : {a, b}) {
    BOOST_TEST(picture["rows"] == 5);
    BOOST_TEST(picture["columns"] == 6);
    BOOST_TEST(picture["channels"] == 3);
    BOOST_TEST(picture["pixels"].get<std::string>().size() == 120u);
  }
  // 0, 30 and 60 of 89; 0, 1 and 2 of 89.
  BOOST_TEST(a["pixels"].get<std::string>().substr(0, 4) == "AFas");
  BOOST_TEST(b["pixels"].get<std::string>().substr(0, 4) == "AAMG");
}

BOOST_AUTO_TEST_CASE(large_ones_are_made_smaller) {
  SamplePictures pictures;
  BOOST_TEST(pictures.add(samples({100, 200}), 0));
  const Json picture = pictures.json()[0];
  BOOST_TEST(picture["rows"] == 34);
  BOOST_TEST(picture["columns"] == 67);
}

BOOST_AUTO_TEST_CASE(what_is_too_small_or_of_another_shape_is_no_picture) {
  for (const auto& dims :
       std::vector<std::vector<std::int64_t>>{{}, {4}, {16}, {26}, {2, 30}, {2, 5, 5}})
    BOOST_TEST(drawn(dims) == "no picture");
}

BOOST_AUTO_TEST_SUITE_END()
