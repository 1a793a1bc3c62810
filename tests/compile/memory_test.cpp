#include "graph/compile/memory.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

namespace ebb {

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(places_are_aligned_and_the_arena_grows_by_what_is_lacking) {
  ArenaPlanner arena;
  BOOST_TEST(arena.allocate(1) == 0u);
  BOOST_TEST(arena.allocate(65) == 64u);
  BOOST_TEST(arena.size() == 192u);
  arena.release(64, 65);
  BOOST_TEST(arena.allocate(300) == 64u);
  BOOST_TEST(arena.size() == 384u);
}

BOOST_AUTO_TEST_CASE(the_smallest_place_that_fits_is_taken) {
  ArenaPlanner arena;
  const auto large = arena.allocate(256);
  arena.allocate(64);
  const auto small = arena.allocate(128);
  arena.allocate(64);
  arena.release(large, 256);
  arena.release(small, 128);
  BOOST_TEST(arena.allocate(128) == small);
  BOOST_TEST(arena.allocate(128) == large);
}

BOOST_AUTO_TEST_CASE(neighbours_that_are_free_become_one_place) {
  ArenaPlanner arena;
  const auto a = arena.allocate(64), b = arena.allocate(64), c = arena.allocate(64);
  arena.allocate(64);
  arena.release(a, 64);
  arena.release(c, 64);
  arena.release(b, 64);
  BOOST_TEST(arena.allocate(192) == a);
}

BOOST_AUTO_TEST_CASE(nothing_takes_no_place) {
  ArenaPlanner arena;
  BOOST_TEST(arena.allocate(0) == 0u);
  arena.release(0, 0);
  BOOST_TEST(arena.size() == 0u);
}

BOOST_AUTO_TEST_CASE(places_in_use_never_overlap) {
  ArenaPlanner arena;
  std::mt19937 random(1);
  std::map<std::size_t, std::size_t> used;
  for (int i = 0; i < 5000; ++i) {
    if (!used.empty() && random() % 2 == 0) {
      const auto it = std::next(used.begin(), static_cast<std::ptrdiff_t>(random() % used.size()));
      arena.release(it->first, it->second);
      used.erase(it);
      continue;
    }
    const std::size_t bytes = 1 + random() % 2000, offset = arena.allocate(bytes);
    const auto next = used.lower_bound(offset);
    BOOST_REQUIRE((next == used.end() || offset + bytes <= next->first));
    BOOST_REQUIRE(
        (next == used.begin() || std::prev(next)->first + std::prev(next)->second <= offset));
    BOOST_REQUIRE(offset + bytes <= arena.size());
    used.emplace(offset, bytes);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ebb
