// Nodes of ONNX that are a layer or an update rule of Ebb: what its script library calls so, in a
// script of a few lines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/script/model.hpp"
#include "tests/onnx/computation.hpp"
#include "tests/onnx/model.hpp"

namespace ebb::test::onnx {

// Whether the model is one such node.
bool is_scripted(const Model& model);

class Scripted {
 public:
  // Brings the dimensions of what is expected into Ebb's order. Throws std::runtime_error for what
  // the script cannot say, NotCovered for what Ebb's layer does not have.
  Scripted(const Model& model, const std::vector<Literal>& inputs, std::vector<Literal>& expected);

  Computation& computation() { return *computation_; }

 private:
  std::unique_ptr<ebb::Model> model_;
  std::unique_ptr<Computation> computation_;
};

}  // namespace ebb::test::onnx
