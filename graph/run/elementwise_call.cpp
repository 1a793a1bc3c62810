#include "graph/run/elementwise_call.hpp"

#include <algorithm>
#include <array>

#include "graph/compile/loop_nest.hpp"
#include "graph/core/host.hpp"

namespace ebb {

namespace {

using Range = LoopNest::Range;

std::vector<Type> types_of(const Plan& plan, const std::vector<std::uint32_t>& buffers) {
  std::vector<Type> types;
  for (const auto buffer : buffers) types.push_back(plan.buffers[buffer].type);
  return types;
}

// Where a buffer of a step lies: its first element, or that of its tile.
std::byte* place_of(const Plan& plan, const Step& step, const Memory& memory, std::uint32_t id) {
  const Buffer& owner = plan.buffers[plan.buffers[id].root];
  return owner.home == Home::tile ? memory.arena + step.scratch + owner.offset : memory.of(id);
}

bool is_tiled(const Plan& plan, std::uint32_t id) {
  return plan.buffers[plan.buffers[id].root].home == Home::tile;
}

// The call of a node's span kernel.
class SpanCall {
 public:
  SpanCall(const Plan& plan, const Step& step, const Instruction& instruction, const Memory& memory)
      : loops_(types_of(plan, instruction.inputs), plan.buffers[instruction.output].type),
        output_(place_of(plan, step, memory, instruction.output)),
        output_bytes_(
            is_tiled(plan, instruction.output)
                ? 0
                : static_cast<std::int64_t>(size_of(plan.buffers[instruction.output].type.dtype))) {
    const OpDef& op = *instruction.op;
    const ebb_signature& signature =
        op.signatures[static_cast<std::size_t>(plan.graph->node(instruction.node).signature)];
    call_ = {plan.precision == Precision::f32 ? signature.f32 : signature.f64, op.self,
             attributes_of(plan, instruction.node)};
    for (std::size_t i = 0; i < instruction.inputs.size(); ++i) {
      inputs_[i] = place_of(plan, step, memory, instruction.inputs[i]);
      if (is_tiled(plan, instruction.inputs[i])) tiled_ |= 1u << i;
    }
  }
  void set_samples(std::int64_t samples) { loops_.set_samples(samples); }
  std::int64_t elements() const { return loops_.elements(); }
  void run(Range range) const {
    loops_.run(call_, inputs_, output_ + range.begin * output_bytes_, range, tiled_);
  }

 private:
  LoopNest loops_;
  LoopNest::Call call_{};
  std::array<const void*, LoopNest::max_inputs> inputs_{};
  std::byte* output_;
  std::int64_t output_bytes_;  // by which it moves; 0 for a tile
  unsigned tiled_ = 0;
};

// A sum over the samples. It adds up in double, whatever the order of the tiles.
template <class T>
class SampleSum {
 public:
  SampleSum(const Plan& plan, const Step& step, const Instruction& instruction,
            const Memory& memory)
      : input_(reinterpret_cast<const T*>(place_of(plan, step, memory, instruction.inputs[0]))),
        moves_(!is_tiled(plan, instruction.inputs[0])),
        sums_(reinterpret_cast<double*>(memory.arena + step.scratch + instruction.sums)),
        output_(reinterpret_cast<T*>(memory.of(instruction.output))),
        size_(plan.buffers[instruction.output].type.shape.elements()) {}
  void begin() const { std::fill_n(sums_, size_, 0.0); }
  void run(Range range) const {
    const T* in = input_ + (moves_ ? range.begin : 0);
    std::int64_t at = range.begin % size_;
    for (std::int64_t left = range.count; left > 0; at = 0) {
      const std::int64_t n = std::min(left, size_ - at);
      for (std::int64_t i = 0; i < n; ++i) sums_[at + i] += static_cast<double>(in[i]);
      in += n;
      left -= n;
    }
  }
  void end() const {
    std::transform(sums_, sums_ + size_, output_, [](double sum) { return static_cast<T>(sum); });
  }

 private:
  const T* input_;
  bool moves_;
  double* sums_;
  T* output_;
  std::int64_t size_;
};

template <class T>
class ElementwiseCall : public BoundStep {
 public:
  ElementwiseCall(const Plan& plan, const Step& step, const Memory& memory) : tile_(step.tile) {
    const auto* sample_sum = plan.graph->registry().core().sample_sum;
    for (const Instruction& instruction : step.instructions) {
      Call call;
      if (instruction.op == sample_sum) {
        call.index = sums_.size();
        call.is_sum = true;
        sums_.emplace_back(plan, step, instruction, memory);
      } else {
        call.index = spans_.size();
        spans_.emplace_back(plan, step, instruction, memory);
      }
      if (instruction.op->from_file) {
        call.plugin_op = instruction.op;
        call.at = plan.graph->node(instruction.node).span;
      }
      calls_.push_back(call);
    }
  }
  void set_samples(std::int64_t samples) override {
    for (SpanCall& span : spans_) span.set_samples(samples);
  }
  int run() const override {
    for (const SampleSum<T>& sum : sums_) sum.begin();
    const std::int64_t elements = spans_[0].elements();
    const std::int64_t tile = tile_ > 0 ? tile_ : elements;
    for (std::int64_t begin = 0; begin < elements; begin += tile)
      if (run_tile({begin, std::min(tile, elements - begin)}) != EBB_OK) return EBB_FAILED;
    for (const SampleSum<T>& sum : sums_) sum.end();
    return EBB_OK;
  }
  UserError failure() const override {
    return plugin_failure(failed_->plugin_op->name, failed_->plugin_op->plugin, context_,
                          failed_->at);
  }

 private:
  struct Call {
    std::size_t index = 0;  // of spans_ or of sums_
    bool is_sum = false;
    const OpDef* plugin_op = nullptr;  // that crashes and exceptions are to name
    Span at;
  };
  int run_tile(Range range) const {
    for (const Call& call : calls_) {
      if (call.is_sum) {
        sums_[call.index].run(range);
      } else if (!call.plugin_op) {
        spans_[call.index].run(range);
      } else if (run_of_plugin(call, range) != EBB_OK) {
        failed_ = &call;
        return EBB_FAILED;
      }
    }
    return EBB_OK;
  }
  int run_of_plugin(const Call& call, Range range) const {
    return call_plugin(*call.plugin_op, "kernel", context_, [&] {
      spans_[call.index].run(range);
      return int{EBB_OK};
    });
  }

  std::int64_t tile_;
  std::vector<SpanCall> spans_;
  std::vector<SampleSum<T>> sums_;
  std::vector<Call> calls_;
  mutable const Call* failed_ = nullptr;
  mutable ebb_context context_;
};

}  // namespace

std::unique_ptr<BoundStep> bind_elementwise(const Plan& plan, const Step& step,
                                            const Memory& memory) {
  if (plan.precision == Precision::f32)
    return std::make_unique<ElementwiseCall<float>>(plan, step, memory);
  return std::make_unique<ElementwiseCall<double>>(plan, step, memory);
}

}  // namespace ebb
