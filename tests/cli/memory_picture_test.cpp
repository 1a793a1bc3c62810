#include "graph/cli/memory_picture.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/cli/layers.hpp"
#include "graph/core/graph.hpp"
#include "tests/support/interrupted.hpp"

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

// The words of a drawing, after its title.
std::string texts_of(const std::string& drawing) {
  std::string texts;
  std::size_t at = drawing.find("<text");
  while ((at = drawing.find("<text", at + 1)) != std::string::npos) {
    const std::size_t begin = drawing.find('>', at) + 1;
    texts += drawing.substr(begin, drawing.find('<', begin) - begin) + "|";
  }
  return texts;
}

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

// One that lives in a single step of forty, or is low, has no room; in two steps there is some for
// the name, in four for the size below it, in eight beside it. A fifth step of the second is
// covered.
BOOST_AUTO_TEST_CASE(boxes_have_labels_where_there_is_room) {
  plan.arena_bytes = 6400;
  plan.steps.resize(40, plan.steps[0]);
  for (std::size_t i = 6; i < plan.steps.size(); ++i) plan.steps[i].outputs.clear();
  const auto reach = [&](std::uint32_t buffer, std::size_t offset, std::size_t last) {
    plan.buffers[buffer].offset = offset;
    plan.buffers[buffer].bytes = 640;
    plan.steps[last].inputs.push_back(buffer);
  };
  for (Step& step : plan.steps) step.inputs.clear();
  reach(0, 0, 7);
  reach(1, 640, 5);
  reach(2, 1280, 3);
  reach(3, 1920, 3);
  reach(4, 2560, 12);
  plan.buffers[4].bytes = 64;
  reach(5, 640, 39);
  BOOST_TEST(texts_of(memory_drawing(plan, std::vector<std::string>(40))) ==
             "copy, 640 bytes|copy|640 bytes|copy|copy, 640 "
             "bytes|2|4|6|8|10|12|14|16|18|20|22|24|26|28|30|32|34|36|38|40|"
             "0|1 kB|2 kB|3 kB|4 kB|5 kB|6 kB|step of the plan|");
}

BOOST_FIXTURE_TEST_CASE(values_without_a_name_are_told_by_their_layer, test::Interrupted) {
  const Plan& plan = trainer.plan();
  BOOST_TEST(texts_of(memory_drawing(plan, layers_of(*model, plan))) ==
             "x, 16 bytes|h.z|h, 24 bytes|z: z.wᵀ •, 24 bytes|h: • ⊙ •, 24 bytes|h: Σ •, 12 bytes|"
             "h: -0.1 x, 16 bytes|1|2|3|4|5|6|7|8|9|10|11|12|13|14|"
             "0|100 bytes|200 bytes|300 bytes|400 bytes|500 bytes|step of the plan|");
}

BOOST_AUTO_TEST_CASE(axes_of_a_long_plan_have_few_marks) {
  Step copy;
  copy.kind = StepKind::copy;
  plan = {};
  plan.steps.resize(54, copy);
  plan.arena_bytes = 1'600'000;
  BOOST_TEST(texts_of(memory_drawing(plan, std::vector<std::string>(54))) ==
             "5|10|15|20|25|30|35|40|45|50|"
             "0|200 kB|400 kB|600 kB|800 kB|1 MB|1.2 MB|1.4 MB|1.6 MB|step of the plan|");
}

BOOST_AUTO_TEST_CASE(nothing_in_the_arena_has_no_chart) {
  BOOST_TEST(memory_chart(Plan{}, 80, true) == "");
}

BOOST_AUTO_TEST_SUITE_END()
