#include "graph/cli/memory_picture.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/core/graph.hpp"

using namespace ebb;

namespace {

// Six steps that copy; a value of 640 bytes lives from step 1 to 4, others in the place beside it.
struct Planned {
  Planned() {
    const auto add = [&](std::size_t offset, std::size_t bytes) {
      Buffer buffer;
      buffer.type = {DType::f32, false, Shape{static_cast<std::int64_t>(bytes / 4)}};
      buffer.root = static_cast<std::uint32_t>(plan.buffers.size());
      buffer.offset = offset;
      buffer.bytes = bytes;
      plan.buffers.push_back(buffer);
      Step step;
      step.kind = StepKind::copy;
      step.outputs = {buffer.root};
      plan.steps.push_back(step);
    };
    add(0, 640);
    add(640, 640);
    add(1280, 320);
    add(640, 320);
    add(0, 64);
    add(64, 64);
    plan.steps[2].inputs = {1};
    plan.steps[3].inputs = {0, 2};
    plan.steps[4].scratch = 128;
    plan.steps[4].scratch_bytes = 128;
    plan.steps[5].inputs = {4};
    plan.arena_bytes = plan.alive_bytes = 1600;
  }
  Plan plan;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(memory_picture, Planned)

BOOST_AUTO_TEST_CASE(a_value_lives_until_it_is_read_for_the_last_time) {
  std::string text;
  for (const Life& life : lives_in_arena(plan))
    text += std::to_string(life.buffer) + ": " + std::to_string(life.made) + " to " +
            std::to_string(life.last_read) + "\n";
  BOOST_TEST(text == "0: 0 to 3\n1: 1 to 2\n2: 2 to 3\n3: 3 to 3\n4: 4 to 5\n5: 5 to 5\n");
}

BOOST_AUTO_TEST_CASE(bytes_in_use_are_counted_once) {
  BOOST_TEST(alive_by_step(plan) == (std::vector<std::size_t>{640, 1280, 1600, 1280, 192, 128}),
             boost::test_tools::per_element());
  plan.buffers[5].offset = 0;  // in place of what it reads
  BOOST_TEST(alive_by_step(plan)[5] == 64u);
}

BOOST_AUTO_TEST_CASE(a_chart_in_blocks_and_in_ascii) {
  BOOST_TEST("\n" + memory_chart(plan, 80, true) == R"(
   1.6 kB │        ████
          │    ▇▇▇▇████▇▇▇▇
          │    ████████████
          │▄▄▄▄████████████
          │████████████████
          │████████████████▆▆▆▆▄▄▄▄
        0 └────────────────────────
           6 steps; the most in step 3: copy
)");
  BOOST_TEST("\n" + memory_chart(plan, 20, false) == R"(
   1.6 kB |  #
          | ###
          | ###
          |####
          |####
          |######
        0 +------
           6 steps; the most in step 3: copy
)");
}

BOOST_AUTO_TEST_CASE(of_many_steps_a_column_shows_the_most) {
  Step copy;
  copy.kind = StepKind::copy;
  plan = {};
  plan.steps.resize(54, copy);
  for (std::size_t i = 0; i < 54; ++i)
    plan.steps[i].scratch_bytes = i % 3 > 0 ? 100 : i % 2 > 0 ? 1280 : 1600;
  BOOST_TEST("\n" + memory_chart(plan, 30, true) == R"(
   1.6 kB │█ █ █ █ █ █ █ █ █
          │█▇█▇█▇█▇█▇█▇█▇█▇█▇
          │██████████████████
          │██████████████████
          │██████████████████
          │██████████████████
        0 └──────────────────
           54 steps; the most in step 1: copy
)");
}

BOOST_AUTO_TEST_CASE(nothing_in_the_arena_has_no_chart) {
  BOOST_TEST(memory_chart(Plan{}, 80, true) == "");
}

BOOST_AUTO_TEST_SUITE_END()
