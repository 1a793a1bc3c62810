#include "graph/run/data/digits.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>
#include <span>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/digit_strokes.hpp"

BOOST_AUTO_TEST_SUITE(digits)

namespace {

using ebb::Digits;
using ebb::make_digits;

constexpr std::size_t pixels = 28 * 28;

std::span<const std::uint8_t> bytes(const ebb::Array& array) {
  return {array.data<std::uint8_t>(), array.size_bytes()};
}
std::span<const std::uint8_t> image(const Digits& digits, std::size_t i) {
  return bytes(digits.images).subspan(i * pixels, pixels);
}

std::string error_of(std::int64_t n) {
  try {
    make_digits(n, 1);
  } catch (const ebb::UserError& error) {
    return to_string(error.diagnostic());
  }
  return "no error";
}

// Ten weights and a bias per pixel, trained by plain stochastic descent on the softmax's
// cross-entropy.
class LinearClassifier {
 public:
  int classify(std::span<const std::uint8_t> image) {
    for (std::size_t k = 0; k < 10; ++k) {
      const float* row = weights_.data() + k * (pixels + 1);
      float sum = row[pixels];
      for (std::size_t p = 0; p < pixels; ++p) sum += row[p] * static_cast<float>(image[p]);
      scores_[k] = sum;
    }
    return static_cast<int>(std::max_element(scores_.begin(), scores_.end()) - scores_.begin());
  }
  void learn(std::span<const std::uint8_t> image, int label, float rate) {
    const float top = scores_[static_cast<std::size_t>(classify(image))];
    float sum = 0;
    for (float& score : scores_) sum += score = std::exp(score - top);
    for (std::size_t k = 0; k < 10; ++k) {
      const float error = scores_[k] / sum - (static_cast<int>(k) == label ? 1.0f : 0.0f);
      if (std::abs(error) < 1e-3f) continue;
      float* row = weights_.data() + k * (pixels + 1);
      for (std::size_t p = 0; p < pixels; ++p) {
        row[p] -= rate * error * static_cast<float>(image[p]);
      }
      row[pixels] -= rate * error;
    }
  }

 private:
  std::vector<float> weights_ = std::vector<float>(10 * (pixels + 1));
  std::array<float, 10> scores_{};
};

}  // namespace

BOOST_AUTO_TEST_CASE(images_and_labels_have_the_shapes_of_mnist) {
  const Digits digits = make_digits(3, 1);
  BOOST_TEST(ebb::name(digits.images.dtype) == "uint8");
  BOOST_TEST(ebb::name(digits.labels.dtype) == "uint8");
  BOOST_TEST(digits.images.dims == (std::vector<std::int64_t>{3, 28, 28}),
             boost::test_tools::per_element());
  BOOST_TEST(digits.labels.dims == std::vector<std::int64_t>{3}, boost::test_tools::per_element());
}

// The same bytes from GCC and Clang, with and without optimisation and fused arithmetic.
BOOST_AUTO_TEST_CASE(every_compiler_makes_the_same_bytes) {
  const Digits digits = make_digits(1000, 1);
  const std::vector<int> labels(digits.labels.data<std::uint8_t>(),
                                digits.labels.data<std::uint8_t>() + 20);
  BOOST_TEST(
      labels == (std::vector<int>{1, 3, 3, 5, 7, 9, 7, 3, 4, 9, 9, 2, 3, 9, 4, 3, 6, 7, 2, 4}),
      boost::test_tools::per_element());
  BOOST_TEST(crc32_z(0, bytes(digits.images).data(), digits.images.size_bytes()) == 2585399048u);
}

BOOST_AUTO_TEST_CASE(fewer_digits_are_the_first_of_more) {
  const Digits few = make_digits(20, 7), many = make_digits(50, 7);
  BOOST_TEST(std::ranges::equal(bytes(few.images), bytes(many.images).first(20 * pixels)));
  BOOST_TEST(std::ranges::equal(bytes(few.labels), bytes(many.labels).first(20)));
}

BOOST_AUTO_TEST_CASE(another_seed_gives_other_digits_and_no_image_repeats) {
  const Digits one = make_digits(200, 1), two = make_digits(200, 2);
  std::set<std::vector<std::uint8_t>> images;
  for (const Digits* digits : {&one, &two}) {
    for (std::size_t i = 0; i < 200; ++i) {
      images.emplace(image(*digits, i).begin(), image(*digits, i).end());
    }
  }
  BOOST_TEST(images.size() == 400u);
}

BOOST_AUTO_TEST_CASE(the_ten_digits_are_about_equally_frequent) {
  const Digits digits = make_digits(5000, 3);
  std::array<int, 10> counts{};
  for (const std::uint8_t label : bytes(digits.labels)) ++counts.at(label);
  for (const int count : counts) BOOST_TEST((count > 400 && count < 600));
}

BOOST_AUTO_TEST_CASE(every_digit_is_written_in_at_least_three_styles_within_its_square) {
  std::array<int, 10> counts{};
  for (const ebb::DigitStyle& style : ebb::digit_styles()) {
    ++counts.at(static_cast<std::size_t>(style.digit));
    BOOST_TEST((style.width > 0.1 && style.width < 1.2));
    for (const ebb::PenStroke& stroke : style.strokes) {
      BOOST_TEST(stroke.size() >= 2u);
      BOOST_TEST((!stroke.front().corner && !stroke.back().corner));
      for (const ebb::PenPoint& point : stroke) {
        BOOST_TEST((point.x >= 0 && point.x <= 100 && point.y >= 0 && point.y <= 100));
      }
    }
  }
  for (const int count : counts) BOOST_TEST(count >= 3);
}

BOOST_AUTO_TEST_CASE(each_digit_is_centred_by_its_mass_and_as_inked_as_mnists) {
  const Digits digits = make_digits(2000, 4);
  double ink_of_all = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    double ink = 0, x = 0, y = 0;
    for (std::size_t p = 0; p < pixels; ++p) {
      const double value = image(digits, i)[p];
      ink += value;
      x += value * (static_cast<double>(p % 28) + 0.5);
      y += value * (static_cast<double>(p / 28) + 0.5);
    }
    BOOST_TEST((std::abs(x / ink - 14) < 3.5 && std::abs(y / ink - 14) < 3.5));
    BOOST_TEST(ink > 255 * 15);
    ink_of_all += ink;
  }
  const double mean = ink_of_all / 2000 / pixels / 255;
  BOOST_TEST((mean > 0.10 && mean < 0.14));  // MNIST's is 0.13
}

BOOST_AUTO_TEST_CASE(a_linear_classifier_learns_but_stays_below_93_percent) {
  const Digits train = make_digits(8000, 1), test = make_digits(1000, 2);
  LinearClassifier classifier;
  for (const float rate : {2e-6f, 1e-6f, 5e-7f}) {
    for (std::size_t i = 0; i < 8000; ++i) {
      classifier.learn(image(train, i), bytes(train.labels)[i], rate);
    }
  }
  int right = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    right += classifier.classify(image(test, i)) == bytes(test.labels)[i] ? 1 : 0;
  }
  BOOST_TEST_MESSAGE("right: " << right << " of 1000");
  BOOST_TEST((right > 820 && right < 930));
}

BOOST_AUTO_TEST_CASE(no_digits_are_legal_and_impossible_numbers_refused) {
  BOOST_TEST(make_digits(0, 1).images.elements() == 0);
  BOOST_TEST(error_of(-1) ==
             "error: digits: cannot make -1 of them\n  hint: 0 to 10000000 can be made\n");
  BOOST_TEST(error_of(10'000'001) ==
             "error: digits: cannot make 10000001 of them\n  hint: 0 to 10000000 can be made\n");
}

BOOST_AUTO_TEST_SUITE_END()
