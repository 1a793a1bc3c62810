// The proof of a plugin: nothing false gets in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/core/registry.hpp"

namespace ebb {

// What was tested of one op.
struct OpProof {
  std::string op;
  std::vector<std::string> claims;     // in words, with their reasons
  std::int64_t kernel_runs = 0;        // each in memory of its own, compared bit by bit
  std::int64_t first = 0, second = 0;  // derivatives compared, of first and of second order
  double difference = 0;               // the largest, relative, of derivatives
};

// Tests every op that the plugin has registered: its kernels (see proof_kernels.hpp), and in double
// its gradients of first and second order against central differences, at points of its domain,
// for shared and per-sample inputs. What a record claims to be otherwise is tested as a claim.
// Throws UserError, which names plugin, op and input, and says what to do; also where a test would
// have passed without testing anything.
std::vector<OpProof> prove(const Registry& registry, const std::string& plugin);

}  // namespace ebb
