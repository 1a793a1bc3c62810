#include "graph/run/elementwise_call.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "graph/compile/loop_nest.hpp"
#include "graph/core/conversion.hpp"
#include "graph/core/host.hpp"
#include "graph/core/sums.hpp"

namespace ebb {

namespace {

using Range = LoopNest::Range;

LoopNest::Operand operand_of(const Buffer& buffer) { return {buffer.type, buffer.part.get()}; }

std::vector<LoopNest::Operand> operands_of(const Plan& plan,
                                           const std::vector<std::uint32_t>& buffers) {
  std::vector<LoopNest::Operand> operands;
  for (const auto buffer : buffers) operands.push_back(operand_of(plan.buffers[buffer]));
  return operands;
}

// Where a buffer of a step lies: its first element, or that of its tile.
std::byte* place_of(const Plan& plan, const Memory& memory, std::byte* scratch, std::uint32_t id) {
  const Buffer& owner = plan.buffers[plan.buffers[id].root];
  return owner.home == Home::tile ? scratch + owner.offset : memory.of(id);
}

bool is_tiled(const Plan& plan, std::uint32_t id) {
  return plan.buffers[plan.buffers[id].root].home == Home::tile;
}

ebb_span_kernel kernel_of(const Plan& plan, const Instruction& instruction) {
  const OpDef& op = *instruction.op;
  if (!op.is_elementwise())  // a conversion
    return conversion(plan.buffers[instruction.inputs[0]].type.dtype,
                      plan.buffers[instruction.output].type.dtype);
  const ebb_signature& signature =
      op.signatures[static_cast<std::size_t>(plan.graph->node(instruction.node).signature)];
  return plan.precision == Precision::f32 ? signature.f32 : signature.f64;
}

// A call of a span kernel for all elements at once; without a kernel, that can not be.
struct WholeCall {
  LoopNest::Call call{};
  const void* const* inputs = nullptr;
  const std::int64_t* steps = nullptr;
  void* output = nullptr;
};

// The call of a node's span kernel.
class SpanCall {
 public:
  SpanCall(const Plan& plan, const Instruction& instruction, const Memory& memory,
           std::byte* scratch)
      : loops_(operands_of(plan, instruction.inputs), operand_of(plan.buffers[instruction.output])),
        count_(instruction.inputs.size()),
        output_(place_of(plan, memory, scratch, instruction.output)),
        output_bytes_(
            is_tiled(plan, instruction.output) || plan.buffers[instruction.output].part
                ? 0
                : static_cast<std::int64_t>(size_of(plan.buffers[instruction.output].type.dtype))) {
    call_ = {kernel_of(plan, instruction), instruction.op->self,
             attributes_of(plan, instruction.node)};
    for (std::size_t i = 0; i < instruction.inputs.size(); ++i) {
      inputs_[i] = place_of(plan, memory, scratch, instruction.inputs[i]);
      if (is_tiled(plan, instruction.inputs[i])) tiled_ |= 1u << i;
    }
  }
  void set_samples(std::int64_t samples) { loops_.set_samples(samples); }
  std::int64_t elements() const { return loops_.elements(); }
  void move_operands(const Move& move) {
    for (std::size_t i = 0; i < count_; ++i) move(inputs_[i]);
  }
  // Holds until the number of samples changes.
  WholeCall whole() const {
    if (!loops_.is_one_span() || loops_.elements() == 0) return {};
    return {call_, inputs_.data(), loops_.steps(), output_};
  }
  void run(Range range) const {
    loops_.run(call_, inputs_, output_ + range.begin * output_bytes_, range, tiled_);
  }

 private:
  LoopNest loops_;
  LoopNest::Call call_{};
  std::array<const void*, LoopNest::max_inputs> inputs_{};
  std::size_t count_;  // of them
  std::byte* output_;
  std::int64_t output_bytes_;  // by which it moves; 0 for a tile, and for a part
  unsigned tiled_ = 0;
};

// A sum over the samples. Each part adds up in double, whatever the order of its tiles.
template <class T>
class SampleSum {
 public:
  SampleSum(const Plan& plan, const Instruction& instruction, const Memory& memory,
            std::byte* scratch)
      : input_(reinterpret_cast<const T*>(place_of(plan, memory, scratch, instruction.inputs[0]))),
        moves_(!is_tiled(plan, instruction.inputs[0])),
        output_(reinterpret_cast<T*>(memory.of(instruction.output))),
        size_(plan.buffers[instruction.output].type.shape.elements()) {}
  std::int64_t size() const { return size_; }
  void move_operands(const Move& move) { move(input_); }
  void run(Range range, double* sums) const {
    add_in_turn(input_ + (moves_ ? range.begin : 0), range.count, sums, size_, range.begin % size_);
  }
  void end(const double* sums) const {
    std::transform(sums, sums + size_, output_, [](double sum) { return static_cast<T>(sum); });
  }

 private:
  const T* input_;
  bool moves_;
  T* output_;
  std::int64_t size_;
};

// The calls of a step, with the tiles of one thread.
template <class T>
struct ThreadCalls {
  std::vector<SpanCall> spans;
  std::vector<SampleSum<T>> sums;
  std::optional<int> failed_part;
  std::size_t failed_call = 0;
  ebb_context context;
};

template <class T>
class ElementwiseCall : public BoundStep {
 public:
  ElementwiseCall(const Plan& plan, const Step& step, const Memory& memory)
      : tile_(step.tile),
        part_(step.part),
        sums_(reinterpret_cast<double*>(memory.arena + step.scratch)),
        size_of_sums_(step.sums_bytes / sizeof(double)),
        threads_(part_ > 0 ? memory.threads.size() : 1) {
    const auto* sample_sum = plan.graph->registry().core().sample_sum;
    for (std::size_t t = 0; t < threads_.size(); ++t)
      for (const Instruction& instruction : step.instructions)
        if (instruction.op == sample_sum)
          threads_[t].sums.emplace_back(plan, instruction, memory, memory.threads[t]);
        else
          threads_[t].spans.emplace_back(plan, instruction, memory, memory.threads[t]);
    std::size_t spans = 0;
    for (const Instruction& instruction : step.instructions) {
      Call call;
      if (instruction.op == sample_sum) {
        call.is_sum = true;
        call.index = places_.size();
        places_.push_back(instruction.sums / sizeof(double));
      } else {
        call.index = spans++;
      }
      if (instruction.op->from_file) {
        call.plugin_op = instruction.op;
        call.at = plan.graph->node(instruction.node).span;
      }
      calls_.push_back(call);
    }
    set_joins(!places_.empty());
    set_samples(1);
  }
  void set_samples(std::int64_t samples) override {
    for (auto& thread : threads_)
      for (SpanCall& span : thread.spans) span.set_samples(samples);
    elements_ = threads_[0].spans[0].elements();
    set_parts(elements_, part_);
    const bool is_one_tile = parts() == 1 && (tile_ == 0 || elements_ <= tile_);
    for (Call& call : calls_)
      if (!call.is_sum && !call.plugin_op)
        call.whole = is_one_tile ? threads_[0].spans[call.index].whole() : WholeCall{};
  }
  void move_operands(const Move& move) override {
    for (auto& thread : threads_) {
      for (SpanCall& span : thread.spans) span.move_operands(move);
      for (SampleSum<T>& sum : thread.sums) sum.move_operands(move);
    }
  }
  int run(int part, int thread) const override {
    ThreadCalls<T>& calls = threads_[static_cast<std::size_t>(thread)];
    double* const sums = sums_of(part);
    if (!places_.empty()) std::fill_n(sums, size_of_sums_, 0.0);
    const std::int64_t first = part * part_;
    const std::int64_t end = parts() == 1 ? elements_ : std::min(elements_, first + part_);
    const std::int64_t tile = tile_ > 0 ? tile_ : end - first;
    for (std::int64_t begin = first; begin < end; begin += tile)
      if (run_tile(calls, {begin, std::min(tile, end - begin)}, sums) != EBB_OK) {
        if (!calls.failed_part) calls.failed_part = part;
        return EBB_FAILED;
      }
    return EBB_OK;
  }
  void join() const override {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const SampleSum<T>& sum = threads_[0].sums[i];
      double* const total = sums_of(0) + places_[i];
      for (int part = 1; part < parts(); ++part) {
        const double* const more = sums_of(part) + places_[i];
        for (std::int64_t e = 0; e < sum.size(); ++e) total[e] += more[e];
      }
      sum.end(total);
    }
  }
  // That of the first part, which is the same one whatever threads there are.
  UserError failure() const override {
    ThreadCalls<T>* first = nullptr;
    for (auto& thread : threads_)
      if (thread.failed_part && (!first || *thread.failed_part < *first->failed_part))
        first = &thread;
    ensure(first != nullptr, "a kernel failed");
    const Call& call = calls_[first->failed_call];
    UserError error =
        plugin_failure(call.plugin_op->name, call.plugin_op->plugin, first->context, call.at);
    for (auto& thread : threads_) thread.failed_part.reset();
    return error;
  }

 private:
  struct Call {
    std::size_t index = 0;  // of spans or of sums
    bool is_sum = false;
    const OpDef* plugin_op = nullptr;  // that crashes and exceptions are to name
    Span at;
    WholeCall whole;  // by the first thread, where there is one tile
  };
  double* sums_of(int part) const { return sums_ + static_cast<std::size_t>(part) * size_of_sums_; }
  int run_tile(ThreadCalls<T>& of, Range range, double* sums) const {
    for (const Call& call : calls_) {
      if (const WholeCall& whole = call.whole; whole.call.kernel) {
        whole.call.kernel(whole.call.self, whole.inputs, whole.steps, whole.output, range.count,
                          whole.call.attrs);
      } else if (call.is_sum) {
        of.sums[call.index].run(range, sums + places_[call.index]);
      } else if (!call.plugin_op) {
        of.spans[call.index].run(range);
      } else if (of.failed_part || run_of_plugin(of, call, range) != EBB_OK) {
        // What is said of the first failure stays.
        if (!of.failed_part) of.failed_call = static_cast<std::size_t>(&call - calls_.data());
        return EBB_FAILED;
      }
    }
    return EBB_OK;
  }
  int run_of_plugin(ThreadCalls<T>& of, const Call& call, Range range) const {
    return call_plugin(*call.plugin_op, "kernel", of.context, [&] {
      of.spans[call.index].run(range);
      return int{EBB_OK};
    });
  }

  std::int64_t tile_, part_, elements_ = 0;
  double* sums_;
  std::size_t size_of_sums_;         // of a part
  std::vector<std::size_t> places_;  // of the sums among those of a part
  std::vector<Call> calls_;
  mutable std::vector<ThreadCalls<T>> threads_;
};

}  // namespace

std::unique_ptr<BoundStep> bind_elementwise(const Plan& plan, const Step& step,
                                            const Memory& memory) {
  if (plan.precision == Precision::f32)
    return std::make_unique<ElementwiseCall<float>>(plan, step, memory);
  return std::make_unique<ElementwiseCall<double>>(plan, step, memory);
}

}  // namespace ebb
