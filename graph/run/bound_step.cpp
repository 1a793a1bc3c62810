#include "graph/run/bound_step.hpp"

#include <array>
#include <cstring>

#include "graph/compile/loop_nest.hpp"
#include "graph/core/host.hpp"
#include "graph/run/gemm_call.hpp"

namespace ebb {

namespace {

const ebb_attr* attributes_of(const Plan& plan, const Step& step) {
  const auto& attrs = plan.graph->node(step.node).attrs;
  return attrs ? attrs->c() : nullptr;
}

class ElementwiseCall : public BoundStep {
 public:
  ElementwiseCall(const Plan& plan, const Step& step, const Memory& memory)
      : loops_(types(plan, step), plan.buffers[step.outputs[0]].type),
        output_(memory.of(step.outputs[0])) {
    const auto signature = static_cast<std::size_t>(plan.graph->node(step.node).signature);
    const ebb_signature& s = step.op->signatures[signature];
    call_ = {plan.precision == Precision::f32 ? s.f32 : s.f64, step.op->self,
             attributes_of(plan, step)};
    for (std::size_t i = 0; i < step.inputs.size(); ++i) inputs_[i] = memory.of(step.inputs[i]);
  }
  void set_samples(std::int64_t samples) override { loops_.set_samples(samples); }
  int run() const override {
    loops_.run(call_, inputs_, output_);
    return EBB_OK;
  }

 private:
  static std::vector<Type> types(const Plan& plan, const Step& step) {
    std::vector<Type> result;
    for (const auto input : step.inputs) result.push_back(plan.buffers[input].type);
    return result;
  }
  LoopNest loops_;
  LoopNest::Call call_{};
  std::array<const void*, LoopNest::max_inputs> inputs_{};
  void* output_;
};

class TensorCall : public BoundStep {
 public:
  TensorCall(const Plan& plan, const Step& step, const Memory& memory)
      : kernel_(plan.precision == Precision::f32 ? step.op->kernel_f32 : step.op->kernel_f64) {
    const auto view = [&](std::uint32_t id) { return view_of(plan.buffers[id], memory.of(id), 1); };
    for (const auto id : step.inputs) inputs_.push_back(view(id));
    for (const auto id : step.outputs) outputs_.push_back(view(id));
    call_ = {sizeof call_,
             step.op->self,
             static_cast<std::int32_t>(inputs_.size()),
             static_cast<std::int32_t>(outputs_.size()),
             inputs_.data(),
             outputs_.data(),
             attributes_of(plan, step),
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
  int run() const override { return kernel_(&call_); }
  UserError failure(const OpDef& op, Span at) const override {
    return plugin_failure(op.name, op.plugin, context_, at);
  }

 private:
  ebb_kernel kernel_;
  std::vector<ebb_tensor> inputs_, outputs_;
  ebb_kernel_call call_{};
  ebb_context context_;
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

// A step of a plugin's op, which names it where it crashes or throws. Steps of the built-in ops do
// without.
class PluginStep : public BoundStep {
 public:
  PluginStep(const OpDef& op, std::unique_ptr<BoundStep> step) : op_(op), step_(std::move(step)) {}
  void set_samples(std::int64_t samples) override { step_->set_samples(samples); }
  int run() const override {
    return call_plugin(op_, "kernel", context_, [this] { return step_->run(); });
  }
  UserError failure(const OpDef& op, Span at) const override {
    return context_.message.empty() ? step_->failure(op, at)
                                    : plugin_failure(op.name, op.plugin, context_, at);
  }

 private:
  const OpDef& op_;
  std::unique_ptr<BoundStep> step_;
  mutable ebb_context context_;
};

std::unique_ptr<BoundStep> bind_kind(const Plan& plan, const Step& step, const Memory& memory) {
  switch (step.kind) {
    case StepKind::elementwise:
      return std::make_unique<ElementwiseCall>(plan, step, memory);
    case StepKind::tensor:
      return std::make_unique<TensorCall>(plan, step, memory);
    case StepKind::copy:
      return std::make_unique<CopyCall>(plan, step, memory);
    case StepKind::gemm:
      break;
  }
  return bind_gemm(plan, step, memory);
}

}  // namespace

UserError BoundStep::failure(const OpDef& op, Span at) const {
  return plugin_failure(op.name, op.plugin, {}, at);
}

std::unique_ptr<BoundStep> bind(const Plan& plan, const Step& step, const Memory& memory) {
  auto bound = bind_kind(plan, step, memory);
  if (!step.op || !step.op->from_file) return bound;
  return std::make_unique<PluginStep>(*step.op, std::move(bound));
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
