// Limits that no caller changes; the others are ElaborateLimits.
#pragma once

#include <cstdint>

namespace ebb::script {

constexpr std::size_t max_call_depth = 200;  // calls in calls
constexpr int max_depth = 1'000;  // blocks and expressions in one another, over all calls
constexpr std::size_t max_name_characters = 32'000'000;  // of the paths of all layer calls
constexpr std::int64_t max_list_elements = 10'000'000;
constexpr int max_list_depth = 8;

}  // namespace ebb::script
