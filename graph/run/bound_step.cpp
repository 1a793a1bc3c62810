#include "graph/run/bound_step.hpp"

#include <cstring>

#include "graph/core/host.hpp"
#include "graph/run/elementwise_call.hpp"
#include "graph/run/gemm_call.hpp"

namespace ebb {

namespace {

class TensorCall : public BoundStep {
 public:
  TensorCall(const Plan& plan, const Step& step, const Memory& memory)
      : op_(*step.op),
        at_(plan.graph->node(step.node).span),
        kernel_(plan.precision == Precision::f32 ? op_.kernel_f32 : op_.kernel_f64) {
    const auto view = [&](std::uint32_t id) { return view_of(plan.buffers[id], memory.of(id), 1); };
    for (const auto id : step.inputs) inputs_.push_back(view(id));
    for (const auto id : step.outputs) outputs_.push_back(view(id));
    call_ = {sizeof call_,
             op_.self,
             static_cast<std::int32_t>(inputs_.size()),
             static_cast<std::int32_t>(outputs_.size()),
             inputs_.data(),
             outputs_.data(),
             attributes_of(plan, step.node),
             memory.arena + step.scratch,
             1,
             &host_table(),
             &context_};
  }
  void set_samples(std::int64_t samples) override {
    call_.samples = samples;
    for (auto* tensors : {&inputs_, &outputs_})
      for (ebb_tensor& tensor : *tensors) tensor.samples = tensor.type.per_sample ? samples : 1;
  }
  int run() const override {
    if (!op_.from_file) return kernel_(&call_);
    return call_plugin(op_, "kernel", context_, [this] { return kernel_(&call_); });
  }
  UserError failure() const override { return plugin_failure(op_.name, op_.plugin, context_, at_); }

 private:
  const OpDef& op_;
  Span at_;
  ebb_kernel kernel_;
  std::vector<ebb_tensor> inputs_, outputs_;
  ebb_kernel_call call_{};
  mutable ebb_context context_;
};

class CopyCall : public BoundStep {
 public:
  CopyCall(const Plan& plan, const Step& step, const Memory& memory)
      : from_(memory.of(step.inputs[0])),
        to_(memory.of(step.outputs[0])),
        type_(plan.buffers[step.outputs[0]].type) {
    set_samples(1);
  }
  void set_samples(std::int64_t samples) override {
    bytes_ = static_cast<std::size_t>(type_.shape.elements() * (type_.per_sample ? samples : 1)) *
             size_of(type_.dtype);
  }
  int run() const override {
    if (bytes_ > 0) std::memcpy(to_, from_, bytes_);
    return EBB_OK;
  }

 private:
  const std::byte* from_;
  std::byte* to_;
  Type type_;
  std::size_t bytes_ = 0;
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
