// How an elementwise step walks its operands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/core/shape.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// Spans, as long as broadcasting allows, inside loops over the other dimensions; the samples are
// the last dimension. Made once for a step; a change of the number of samples allocates nothing.
class LoopNest {
 public:
  static constexpr std::size_t max_inputs = 8;
  struct Call {
    ebb_span_kernel kernel;
    const void* self;
    const ebb_attr* attrs;
  };

  // Types are concrete and broadcast to that of the output.
  LoopNest(std::span<const Type> inputs, const Type& output);
  void set_samples(std::int64_t samples);
  // Elements of the output, for all samples.
  std::int64_t elements() const { return elements_; }
  // Whether one call of the kernel can walk them all, with these steps.
  bool is_one_span() const { return loops_.size() == 1; }
  const std::int64_t* steps() const { return steps_.data(); }

  // A part of the output's elements, as they lie in memory.
  struct Range {
    std::int64_t begin = 0, count = 0;
  };
  // `data` points to the inputs' first elements; of those with a bit in `tiled`, which are walked
  // like the output, to the first one of the range, as `output` does.
  void run(const Call& call, const std::array<const void*, max_inputs>& data, void* output,
           Range range, unsigned tiled = 0) const;

 private:
  // One loop: its count, and by how many bytes it moves each input.
  struct Loop {
    std::int64_t count = 1;
    std::array<std::int64_t, max_inputs> bytes{};
  };
  bool continues(const Loop& inner, const Loop& outer) const;
  void find_periods();
  void run_repeated(const Call& call, const std::array<const void*, max_inputs>& data, void* output,
                    Range range, unsigned tiled) const;
  void run_spans(const Call& call, const std::array<const void*, max_inputs>& data, void* output,
                 Range range, unsigned tiled) const;

  std::size_t inputs_;
  std::array<std::size_t, max_inputs> input_sizes_{};  // of an element
  std::size_t output_size_;
  std::array<std::int64_t, max_inputs> sample_bytes_{};  // 0 for a shared input
  bool per_sample_;
  std::int64_t elements_ = 0;
  std::vector<Loop> dimensions_;  // of one sample, innermost first, merged where they can be
  std::vector<Loop> loops_;       // with the samples; the first one is the span
  std::array<std::int64_t, max_inputs> steps_{};  // 0 or 1, along the span
  // Where spans are short and each input is walked like the output, stands still, or begins anew
  // after `period` elements: these last ones are written out, and a block of spans is one.
  bool repeats_ = false;
  std::array<std::int64_t, max_inputs> periods_{};  // 0: walked like the output, or stands still
};

}  // namespace ebb
