#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <ebb/random.hpp>
#include <set>

using ebb::sdk::philox;
using ebb::sdk::random_key;
using ebb::sdk::RandomStream;

BOOST_AUTO_TEST_SUITE(random_numbers)

BOOST_AUTO_TEST_CASE(philox_gives_the_published_answers) {
  using Words = std::array<std::uint32_t, 4>;
  BOOST_TEST((philox({0, 0, 0, 0}, 0) == Words{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  constexpr std::uint32_t ones = 0xFFFFFFFF;
  BOOST_TEST((philox({ones, ones, ones, ones}, ~std::uint64_t{0}) ==
              Words{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
  BOOST_TEST((philox({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, 0x299F31D0A4093822) ==
              Words{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}));
}

BOOST_AUTO_TEST_CASE(uniform_numbers_lie_inside_the_open_unit_interval_and_spread_evenly) {
  const RandomStream stream{1};
  std::array<int, 10> bins{};
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const double u = stream.uniform(i);
    BOOST_REQUIRE((0 < u && u < 1));
    ++bins[static_cast<std::size_t>(10 * u)];
  }
  double chi_squared = 0;
  for (const int n : bins) chi_squared += (n - 10000.0) * (n - 10000.0) / 10000;
  BOOST_TEST(chi_squared < 27.9);  // 9 degrees of freedom, 0.1 %
}

BOOST_AUTO_TEST_CASE(normal_numbers_have_the_moments_of_the_normal_distribution) {
  const RandomStream stream{2};
  const int n = 100000;
  double moment[5] = {};
  for (int i = 0; i < n; ++i)
    for (int k = 1; k <= 4; ++k)
      moment[k] += std::pow(stream.normal(static_cast<std::uint64_t>(i)), k) / n;
  BOOST_TEST(std::abs(moment[1]) < 0.016);
  BOOST_TEST(std::abs(moment[2] - 1) < 0.023);
  BOOST_TEST(std::abs(moment[3]) < 0.062);
  BOOST_TEST(std::abs(moment[4] - 3) < 0.16);
}

BOOST_AUTO_TEST_CASE(keys_epochs_samples_and_indices_choose_different_numbers) {
  std::set<double> seen;
  for (std::uint64_t key : {0u, 1u})
    for (std::uint32_t epoch : {0u, 1u})
      for (std::uint64_t sample : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32})
        for (std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32})
          seen.insert(RandomStream{key, epoch, sample}.uniform(index));
  BOOST_TEST(seen.size() == 36);
  BOOST_TEST(random_key(1, "a.w") != random_key(2, "a.w"));
  BOOST_TEST(random_key(1, "a.w") != random_key(1, "a.b"));
}

BOOST_AUTO_TEST_SUITE_END()
