#include "graph/run/executor.hpp"

#include <cstring>
#include <unordered_map>

#include "graph/run/bound_step.hpp"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace ebb {

namespace {

// Subnormal numbers cost a hundred cycles each and mean nothing to training: they become zero while
// a plan runs.
class FlushSubnormals {
#if defined(__SSE__)
 public:
  FlushSubnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | flush_to_zero_and_zeros); }
  ~FlushSubnormals() { _mm_setcsr(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  static constexpr unsigned flush_to_zero_and_zeros = 0x8040;
  unsigned before_;
#endif
};

}  // namespace

Tensor& Store::get(const std::string& name, const Type& type, Precision precision) {
  const Type wanted{concrete(type.dtype, precision), type.per_sample, type.shape};
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) return tensors_.emplace(name, Tensor(wanted)).first->second;
  if (it->second.type() != wanted)
    throw InternalError("the store has '" + name + "' as " + to_string(it->second.type()) +
                        ", not as " + to_string(wanted));
  return it->second;
}

Tensor* Store::find(const std::string& name) {
  const auto it = tensors_.find(name);
  return it == tensors_.end() ? nullptr : &it->second;
}

struct Executor::Impl {
  Impl(Plan p, Store& store);
  void bind_buffers(Store& store);

  Plan plan;
  std::shared_ptr<std::byte[]> arena;
  std::vector<std::byte*> data;   // by buffer
  std::vector<Tensor> variables;  // keep the memory that steps point into
  std::vector<std::shared_ptr<std::byte[]>> leaf_memory;
  std::vector<std::pair<std::string, ebb_tensor>> leaves;
  std::vector<std::unique_ptr<BoundStep>> steps;
  std::unordered_map<Value, std::uint32_t> fetches;
  std::int64_t samples = 0;  // that the steps are bound for
};

Executor::Impl::Impl(Plan p, Store& store)
    : plan(std::move(p)), arena(allocate_aligned(plan.arena_bytes)) {
  bind_buffers(store);
  const Memory memory{arena.get(), [this](std::uint32_t buffer) { return data[buffer]; }};
  for (const Step& step : plan.steps) steps.push_back(bind(plan, step, memory));
  fetches.insert(plan.fetches.begin(), plan.fetches.end());
}

void Executor::Impl::bind_buffers(Store& store) {
  data.resize(plan.buffers.size());
  for (std::uint32_t id = 0; id < plan.buffers.size(); ++id) {
    const Buffer& buffer = plan.buffers[id];
    if (buffer.root != id) continue;
    switch (buffer.home) {
      case Home::arena:
        data[id] = arena.get() + buffer.offset;
        break;
      case Home::variable:
        variables.push_back(store.get(buffer.key, buffer.type, plan.precision));
        data[id] = variables.back().bytes();
        break;
      case Home::constant:
        // Kernels do not write to their inputs.
        data[id] = const_cast<std::byte*>(buffer.constant->bytes());
        break;
      case Home::tile:
        break;  // in the scratch of the step that has it
      case Home::leaf:
        leaf_memory.push_back(allocate_aligned(buffer.bytes));
        data[id] = leaf_memory.back().get();
        leaves.emplace_back(buffer.key, view_of(buffer, data[id], plan.max_samples));
        break;
    }
  }
  for (std::uint32_t id = 0; id < plan.buffers.size(); ++id) data[id] = data[plan.buffers[id].root];
}

Executor::Executor(Plan plan, Store& store)
    : impl_(std::make_unique<Impl>(std::move(plan), store)) {}
Executor::~Executor() = default;
Executor::Executor(Executor&&) noexcept = default;
Executor& Executor::operator=(Executor&&) noexcept = default;

const ebb_tensor* Executor::leaf(const std::string& key) const {
  for (const auto& [name, tensor] : impl_->leaves)
    if (name == key) return &tensor;
  return nullptr;
}

const std::vector<std::pair<std::string, ebb_tensor>>& Executor::leaves() const {
  return impl_->leaves;
}

void set_scalar(const ebb_tensor* tensor, double value) {
  if (!tensor) return;
  ensure(tensor->type.rank == 0 && !tensor->type.per_sample, "set_scalar: a shared scalar");
  switch (static_cast<DType>(tensor->type.dtype)) {
    case DType::f32:
      *static_cast<float*>(tensor->data) = static_cast<float>(value);
      break;
    case DType::f64:
      *static_cast<double*>(tensor->data) = value;
      break;
    case DType::i64:
      *static_cast<std::int64_t*>(tensor->data) = static_cast<std::int64_t>(value);
      break;
    case DType::boolean:
      *static_cast<std::uint8_t*>(tensor->data) = value != 0;
      break;
    default:
      throw InternalError("set_scalar: a graph value");
  }
}

void Executor::run(std::int64_t samples) {
  Impl& impl = *impl_;
  ensure(samples >= 1 && samples <= impl.plan.max_samples, "run: from 1 to max_samples samples");
  if (samples != impl.samples) {
    for (const auto& step : impl.steps) step->set_samples(samples);
    impl.samples = samples;
  }
  const FlushSubnormals flush;
  for (const auto& step : impl.steps)
    if (step->run() != EBB_OK) throw step->failure();
}

ebb_tensor Executor::fetch(Value value) const {
  const auto it = impl_->fetches.find(value);
  ensure(it != impl_->fetches.end(), "fetch: a value that was requested of the plan");
  return view_of(impl_->plan.buffers[it->second], impl_->data[it->second], impl_->samples);
}

double Executor::scalar(Value value) const {
  const ebb_tensor view = fetch(value);
  ensure(view.type.rank == 0 && view.samples == 1, "scalar: one number was fetched");
  switch (static_cast<DType>(view.type.dtype)) {
    case DType::f32:
      return *static_cast<const float*>(view.data);
    case DType::f64:
      return *static_cast<const double*>(view.data);
    case DType::i64:
      return static_cast<double>(*static_cast<const std::int64_t*>(view.data));
    default:
      return *static_cast<const std::uint8_t*>(view.data);
  }
}

Tensor Executor::fetch_tensor(Value value) const {
  const ebb_tensor view = fetch(value);
  Tensor tensor(from_c(view.type), view.samples);
  if (tensor.size_bytes() > 0) std::memcpy(tensor.bytes(), view.data, tensor.size_bytes());
  return tensor;
}

const Plan& Executor::plan() const { return impl_->plan; }

}  // namespace ebb
