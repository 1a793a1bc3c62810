#include "graph/run/bound_step.hpp"

#include <algorithm>
#include <optional>

#include "graph/core/host.hpp"
#include "graph/run/buffer_copy.hpp"
#include "graph/run/elementwise_call.hpp"
#include "graph/run/gemm_call.hpp"

namespace ebb {

namespace {

// The call of a tensor kernel for a range of the samples. Each thread has one.
class KernelCall {
 public:
  KernelCall(const Plan& plan, const Step& step, const Memory& memory, std::byte* scratch) {
    const auto view = [&](std::uint32_t id) { return view_of(plan.buffers[id], memory.of(id), 1); };
    for (const auto id : step.inputs) whole_.push_back(view(id));
    for (const auto id : step.outputs) whole_.push_back(view(id));
    tensors_ = whole_;
    call_ = {sizeof call_,
             step.op->self,
             static_cast<std::int32_t>(step.inputs.size()),
             static_cast<std::int32_t>(step.outputs.size()),
             tensors_.data(),
             tensors_.data() + step.inputs.size(),
             attributes_of(plan, step.node),
             scratch,
             1,
             &host_table(),
             context.get()};
  }
  void move_operands(const Move& move) {
    for (std::int32_t i = 0; i < call_.input_count; ++i) {
      ebb_tensor& whole = whole_[static_cast<std::size_t>(i)];
      move(whole.data);
      tensors_[static_cast<std::size_t>(i)].data = whole.data;
    }
  }
  const ebb_kernel_call& of(std::int64_t first, std::int64_t samples) {
    call_.samples = samples;
    for (std::size_t i = 0; i < whole_.size(); ++i) {
      if (!whole_[i].type.per_sample) continue;
      const auto offset = static_cast<std::size_t>(first * whole_[i].sample_stride) *
                          size_of(static_cast<DType>(whole_[i].type.dtype));
      tensors_[i].data = static_cast<std::byte*>(whole_[i].data) + offset;
      tensors_[i].samples = samples;
    }
    return call_;
  }

  std::unique_ptr<ebb_context> context = std::make_unique<ebb_context>();
  std::optional<int> failed_part;

 private:
  std::vector<ebb_tensor> whole_, tensors_;  // inputs, then outputs
  ebb_kernel_call call_{};
};

class TensorCall : public BoundStep {
 public:
  TensorCall(const Plan& plan, const Step& step, const Memory& memory)
      : op_(*step.op),
        at_(plan.graph->node(step.node).span),
        kernel_(plan.precision == Precision::f32 ? op_.kernel_f32 : op_.kernel_f64),
        part_(step.part) {
    if (part_ == 0) {
      calls_.emplace_back(plan, step, memory, memory.arena + step.scratch);
    } else {
      for (std::byte* const scratch : memory.threads)
        calls_.emplace_back(plan, step, memory, scratch);
    }
    set_samples(1);
  }
  void set_samples(std::int64_t samples) override {
    samples_ = samples;
    set_parts(samples, part_);
  }
  void move_operands(const Move& move) override {
    for (KernelCall& call : calls_) call.move_operands(move);
  }
  int run(int part, int thread) const override {
    const std::int64_t first = part * part_;
    KernelCall& mine = calls_[static_cast<std::size_t>(thread)];
    // What it says of the first failure stays.
    if (mine.failed_part) return EBB_FAILED;
    const ebb_kernel_call& call =
        mine.of(first, parts() == 1 ? samples_ : std::min(part_, samples_ - first));
    const int status =
        op_.from_file ? call_plugin(op_, "kernel", *mine.context, [&] { return kernel_(&call); })
                      : kernel_(&call);
    if (status != EBB_OK) mine.failed_part = part;
    return status;
  }
  // That of the first part, which is the same one whatever threads there are.
  UserError failure() const override {
    const KernelCall* first = nullptr;
    for (const KernelCall& call : calls_)
      if (call.failed_part && (!first || *call.failed_part < *first->failed_part)) first = &call;
    ensure(first != nullptr, "a kernel failed");
    UserError error = plugin_failure(op_.name, op_.plugin, *first->context, at_);
    for (KernelCall& call : calls_) call.failed_part.reset();
    return error;
  }

 private:
  const OpDef& op_;
  Span at_;
  ebb_kernel kernel_;
  std::int64_t part_, samples_ = 1;        // of a part; of all
  mutable std::vector<KernelCall> calls_;  // by thread
};

class CopyCall : public BoundStep {
 public:
  CopyCall(const Plan& plan, const Step& step, const Memory& memory)
      : from_(memory.of(step.inputs[0])),
        to_(memory.of(step.outputs[0])),
        copy_(plan.buffers[step.inputs[0]], plan.buffers[step.outputs[0]]) {
    set_samples(1);
  }
  void set_samples(std::int64_t samples) override { samples_ = samples; }
  void move_operands(const Move& move) override { move(from_); }
  int run(int, int) const override {
    copy_.run(from_, to_, 0, samples_);
    return EBB_OK;
  }

 private:
  const std::byte* from_;
  std::byte* to_;
  BufferCopy copy_;
  std::int64_t samples_ = 1;
};

}  // namespace

std::unique_ptr<BoundStep> bind(const Plan& plan, const Step& step, const Memory& memory) {
  switch (step.kind) {
    case StepKind::elementwise:
      return bind_elementwise(plan, step, memory);
    case StepKind::tensor:
      return std::make_unique<TensorCall>(plan, step, memory);
    case StepKind::copy:
      return std::make_unique<CopyCall>(plan, step, memory);
    case StepKind::gemm:
      break;
  }
  return bind_gemm(plan, step, memory);
}

UserError BoundStep::failure() const { throw InternalError("a step failed that cannot fail"); }

const ebb_attr* attributes_of(const Plan& plan, NodeId node) {
  const auto& attrs = plan.graph->node(node).attrs;
  return attrs ? attrs->c() : nullptr;
}

ebb_tensor view_of(const Buffer& buffer, std::byte* data, std::int64_t samples) {
  ebb_tensor view{};
  view.data = data;
  view.type = to_c(buffer.type);
  view.samples = buffer.type.per_sample ? samples : 1;
  view.sample_stride = buffer.type.per_sample ? buffer.type.shape.elements() : 0;
  return view;
}

}  // namespace ebb
