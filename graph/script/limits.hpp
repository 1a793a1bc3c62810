// How much a script may ask for. Every limit is an error that says so; none is near what a model
// needs.
#pragma once

#include <cstdint>

namespace ebb::script {

constexpr std::int64_t max_loop_iterations = 1'000'000;  // of all loops together
constexpr std::int64_t max_steps = 50'000'000;  // statements and expressions worked through
constexpr std::size_t max_call_depth = 200;     // calls in calls
constexpr int max_expression_depth = 2'000;     // expressions in expressions, over all calls
constexpr std::size_t max_nodes = 5'000'000;    // of the graph
constexpr std::int64_t max_list_elements = 10'000'000;
constexpr int max_list_depth = 8;

}  // namespace ebb::script
