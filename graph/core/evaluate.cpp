#include "graph/core/evaluate.hpp"

#include <algorithm>
#include <array>

#include "graph/core/diagnostic.hpp"
#include "graph/core/host.hpp"
#include "graph/core/out_of_memory.hpp"

namespace ebb {

namespace {

constexpr int max_kernel_inputs = 8;

// Walks an elementwise op's operands span by span: the first `inner` dimensions of the output form
// one span.
struct Loop {
  // Dimensions of the output with the samples as the last one, and per operand its step along each.
  std::array<std::int64_t, Shape::max_rank + 1> sizes{};
  std::array<std::array<std::int64_t, Shape::max_rank + 1>, max_kernel_inputs> steps{};
  int rank = 0;
};

Loop make_loop(std::span<const ebb_tensor> inputs, const ebb_tensor& output) {
  Loop loop;
  loop.rank = output.type.rank + 1;
  const auto last = static_cast<std::size_t>(loop.rank - 1);
  for (std::size_t d = 0; d < last; ++d) loop.sizes[d] = output.type.dims[d];
  loop.sizes[last] = output.samples;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::int64_t stride = 1;
    for (std::int32_t d = 0; d < inputs[i].type.rank; ++d) {
      const auto size = inputs[i].type.dims[d];
      loop.steps[i][static_cast<std::size_t>(d)] = size == 1 ? 0 : stride;
      stride *= size;
    }
    loop.steps[i][last] = inputs[i].samples == 1 ? 0 : inputs[i].sample_stride;
  }
  return loop;
}

// Merges dimensions that every operand walks as one, so that spans are as long as they can be.
Loop collapsed(const Loop& loop, std::size_t inputs) {
  Loop result;
  for (int d = 0; d < loop.rank; ++d) {
    const auto from = static_cast<std::size_t>(d);
    if (loop.sizes[from] == 1) continue;
    const auto to = static_cast<std::size_t>(result.rank);
    bool merge = to > 0;
    for (std::size_t i = 0; merge && i < inputs; ++i)
      merge = loop.steps[i][from] == result.steps[i][to - 1] * result.sizes[to - 1];
    if (merge) {
      result.sizes[to - 1] *= loop.sizes[from];
      continue;
    }
    result.sizes[to] = loop.sizes[from];
    for (std::size_t i = 0; i < inputs; ++i) result.steps[i][to] = loop.steps[i][from];
    ++result.rank;
  }
  if (result.rank == 0) {
    result.sizes[0] = 1;
    result.rank = 1;
  }
  return result;
}

}  // namespace

void run_elementwise(const OpDef& op, const ebb_signature& signature,
                     std::span<const ebb_tensor> inputs, const ebb_tensor& output,
                     const ebb_attr* attrs, Precision precision) {
  ensure(inputs.size() <= max_kernel_inputs, "an elementwise op has at most 8 inputs");
  const Loop loop = collapsed(make_loop(inputs, output), inputs.size());
  const auto kernel = precision == Precision::f32 ? signature.f32 : signature.f64;
  std::int64_t outer = 1;
  for (int d = 1; d < loop.rank; ++d) outer *= loop.sizes[static_cast<std::size_t>(d)];
  std::array<const std::byte*, max_kernel_inputs> at{};
  std::array<std::size_t, max_kernel_inputs> size{};
  std::array<std::int64_t, max_kernel_inputs> inner{};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    at[i] = static_cast<const std::byte*>(inputs[i].data);
    size[i] = size_of(static_cast<DType>(inputs[i].type.dtype));
    inner[i] = loop.steps[i][0];
  }
  auto* to = static_cast<std::byte*>(output.data);
  const auto span_bytes =
      static_cast<std::size_t>(loop.sizes[0]) * size_of(static_cast<DType>(output.type.dtype));
  std::array<std::int64_t, Shape::max_rank + 1> index{};
  for (std::int64_t n = 0; n < outer && loop.sizes[0] > 0; ++n, to += span_bytes) {
    kernel(op.self, reinterpret_cast<const void* const*>(at.data()), inner.data(), to,
           loop.sizes[0], attrs);
    for (std::size_t d = 1; d < static_cast<std::size_t>(loop.rank); ++d) {
      const bool wraps = ++index[d] == loop.sizes[d];
      for (std::size_t i = 0; i < inputs.size(); ++i)
        at[i] += static_cast<std::ptrdiff_t>(size[i]) * loop.steps[i][d] *
                 (wraps ? 1 - loop.sizes[d] : 1);
      if (!wraps) break;
      index[d] = 0;
    }
  }
}

std::size_t scratch_of(const Node& node, std::span<const ebb_tensor> inputs,
                       std::span<const ebb_tensor> outputs, std::int64_t samples) {
  std::vector<ebb_type> in, out;
  for (const ebb_tensor& tensor : inputs) in.push_back(tensor.type);
  for (const ebb_tensor& tensor : outputs) out.push_back(tensor.type);
  return scratch_bytes(*node.op, in, out, node.attrs ? node.attrs->c() : nullptr, samples);
}

int run_kernel(const Node& node, std::span<const ebb_tensor> inputs,
               std::span<const ebb_tensor> outputs, void* scratch, std::int64_t samples,
               Precision precision, ebb_context& context) {
  const OpDef& op = *node.op;
  const ebb_attr* attrs = node.attrs ? node.attrs->c() : nullptr;
  const ebb_kernel_call call{sizeof(ebb_kernel_call),
                             op.self,
                             static_cast<std::int32_t>(inputs.size()),
                             static_cast<std::int32_t>(outputs.size()),
                             inputs.data(),
                             outputs.data(),
                             attrs,
                             scratch,
                             samples,
                             &host_table(),
                             &context};
  return call_plugin(op, "kernel", context, [&] {
    if (!op.is_elementwise())
      return (precision == Precision::f32 ? op.kernel_f32 : op.kernel_f64)(&call);
    run_elementwise(op, op.signatures[static_cast<std::size_t>(node.signature)], inputs, outputs[0],
                    attrs, precision);
    return int{EBB_OK};
  });
}

namespace {

std::vector<Tensor> outputs_of(const Node& node, const std::vector<Tensor>& inputs,
                               Precision precision, std::int64_t samples) {
  std::vector<Tensor> outputs;
  for (const Type& type : node.outputs)
    outputs.emplace_back(Type{concrete(type.dtype, precision), type.per_sample, type.shape},
                         type.per_sample ? samples : 1);
  std::vector<ebb_tensor> in, out;
  for (const Tensor& tensor : inputs) in.push_back(tensor.view());
  for (const Tensor& tensor : outputs) out.push_back(tensor.view());
  const std::size_t bytes = scratch_of(node, in, out, samples);
  const auto scratch = bytes > 0 ? allocate_aligned(bytes) : nullptr;
  ebb_context context;
  if (run_kernel(node, in, out, scratch.get(), samples, precision, context) != EBB_OK)
    throw plugin_failure(node.op->name, node.op->plugin, context, node.span);
  return outputs;
}

}  // namespace

std::vector<Tensor> run_node(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs,
                             Precision precision, std::int64_t samples) {
  const Node& node = graph.node(id);
  try {
    return outputs_of(node, inputs, precision, samples);
  } catch (const OutOfMemory& error) {
    refuse_memory(
        "`" + node.op->name + "`, whose result is " + to_string(node.outputs.at(0).shape) + ",",
        error.bytes(), node.span, {});
  }
}

void Evaluator::set(Value value, const Tensor& tensor) {
  const Type& type = graph_.type(value);
  ensure(tensor.type().shape == type.shape && tensor.type().per_sample == type.per_sample,
         "a value is set to a tensor of its type");
  known_[value] = tensor.converted(concrete(type.dtype, precision_));
}

void Evaluator::compute(NodeId id) {
  const Node& node = graph_.node(id);
  if (node.constant) {
    known_[{id, 0}] = node.constant->converted(concrete(node.outputs[0].dtype, precision_));
    return;
  }
  if (node.op->leaf)
    throw UserError({Severity::error, "`" + node.key + "` has no value", node.span, {}, {}});
  std::vector<Tensor> inputs;
  for (const Value input : graph_.inputs(id)) inputs.push_back(known_.at(input));
  auto outputs = run_node(graph_, id, inputs, precision_, samples_);
  for (std::uint32_t i = 0; i < outputs.size(); ++i)
    known_.try_emplace({id, i}, std::move(outputs[i]));
}

const Tensor& Evaluator::operator()(Value value) {
  // Depth first without recursion: graphs may be deep.
  std::vector<Value> stack{value};
  while (!stack.empty()) {
    const Value top = stack.back();
    const std::size_t before = stack.size();
    if (!known_.contains(top))
      for (const Value input : graph_.inputs(top.node))
        if (!known_.contains(input)) stack.push_back(input);
    if (stack.size() > before) continue;
    if (!known_.contains(top)) compute(top.node);
    stack.pop_back();
  }
  return known_.at(value);
}

}  // namespace ebb
