// How an elementwise step walks its operands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/compile/part.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// Spans, as long as broadcasting and gaps allow, inside loops over the other dimensions; the
// samples are the last dimension. Made once for a step; a change of the number of samples allocates
// nothing.
class LoopNest {
 public:
  static constexpr std::size_t max_inputs = 8;
  struct Call {
    ebb_span_kernel kernel;
    const void* self;
    const ebb_attr* attrs;
  };

  // Of a concrete type; null: it lies densely. A part has runs.
  struct Operand {
    Type type;
    const Part* part = nullptr;
  };

  // The inputs' types are broadcast to that of the output.
  LoopNest(std::span<const Operand> inputs, const Operand& output);
  void set_samples(std::int64_t samples);
  // Elements of the output, for all samples.
  std::int64_t elements() const { return elements_; }
  // Whether one call of the kernel can walk them all, with these steps.
  bool is_one_span() const { return loops_.size() == 1; }
  const std::int64_t* steps() const { return steps_.data(); }

  // A part of the output's elements, in the order in which they lie in memory.
  struct Range {
    std::int64_t begin = 0, count = 0;
  };
  // `data` points to the inputs' first elements; of those with a bit in `tiled`, which are walked
  // like a dense output, to the first one of the range. `output` points to the first one of the
  // range where the output is dense, else to that of its first sample.
  void run(const Call& call, const std::array<const void*, max_inputs>& data, void* output,
           Range range, unsigned tiled = 0) const;

 private:
  // One loop: its count, and by how many bytes it moves each input, and last the output.
  using Bytes = std::array<std::int64_t, max_inputs + 1>;
  struct Loop {
    std::int64_t count = 1;
    Bytes bytes{};
  };
  using Index = std::array<std::int64_t, Shape::max_rank + 2>;  // by loop
  // How an input is walked where spans are written out: it stands still, moves like the output,
  // begins anew after `period` elements, or is a part, whose elements are gathered.
  enum class Walk : std::uint8_t { still, along, anew, apart };
  bool continues(const Loop& inner, const Loop& outer) const;
  Walk walk_of(std::size_t operand);
  const std::byte* gather(std::size_t operand, Range range, const std::byte* from,
                          std::byte* to) const;
  template <class F>
  void for_each_span(std::size_t operand, Range range, F&& f) const;
  void run_repeated(const Call& call, const std::array<const void*, max_inputs>& data, void* output,
                    Range range, unsigned tiled) const;
  void run_spans(const Call& call, const std::array<const void*, max_inputs>& data, void* output,
                 Range range, unsigned tiled) const;

  static constexpr std::size_t output_at = max_inputs;  // after the inputs, among the operands
  bool has_gaps(std::size_t operand) const { return (gaps_ >> operand & 1u) != 0; }

  std::size_t inputs_;
  std::array<std::int64_t, max_inputs + 1> sizes_{};  // of an element; last the output's
  Bytes sample_bytes_{};                              // 0 for a shared input
  unsigned gaps_ = 0;                                 // operands that are parts
  bool per_sample_;
  std::int64_t elements_ = 0;
  std::vector<Loop> dimensions_;  // of one sample, innermost first, merged where they can be
  std::vector<Loop> loops_;       // with the samples; the first one is the span
  std::array<std::int64_t, max_inputs> steps_{};  // 0 or 1, along the span
  // Where spans are short and each operand can be written out: a block of spans becomes one.
  bool repeats_ = false;
  std::array<Walk, max_inputs> walks_{};
  std::array<std::int64_t, max_inputs> periods_{};  // of those that begin anew
};

}  // namespace ebb
