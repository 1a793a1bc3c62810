#include "graph/run/executor.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <unordered_map>

#include "graph/core/out_of_memory.hpp"
#include "graph/run/bound_step.hpp"
#include "graph/run/flush_subnormals.hpp"
#include "graph/run/thread_pool.hpp"

namespace ebb {

Tensor& Store::get(const std::string& name, const Type& type, Precision precision) {
  const Type wanted{concrete(type.dtype, precision), type.per_sample, type.shape};
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) {
    try {
      return tensors_.emplace(name, Tensor(wanted)).first->second;
    } catch (const OutOfMemory& error) {
      refuse_memory("`" + name + "`, which is " + to_string(type.shape) + ",", error.bytes(), {},
                    {});
    }
  }
  if (it->second.type() != wanted)
    throw InternalError("the store has '" + name + "' as " + to_string(it->second.type()) +
                        ", not as " + to_string(wanted));
  return it->second;
}

Tensor* Store::find(const std::string& name) {
  const auto it = tensors_.find(name);
  return it == tensors_.end() ? nullptr : &it->second;
}

namespace {

// OpenBLAS asks for this much for each thread that multiplies, and where there is not so much it
// asks for ever. Memory that was there once is kept by it.
void require_memory_of_blas(const Plan& plan, int threads) {
  constexpr std::size_t of_thread = std::size_t{130} << 20;
  static std::atomic<bool> had{false};
  const auto multiplies = [](const Step& step) { return step.provider == &arma_gemm(); };
  if (had || std::ranges::none_of(plan.steps, multiplies)) return;
  const std::size_t bytes = of_thread * static_cast<std::size_t>(threads);
  void* const room =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED)
    refuse_memory(
        "the BLAS on " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"), bytes,
        {}, {"--threads 1 takes least"});
  ::munmap(room, bytes);
  had = true;
}

}  // namespace

struct Executor::Impl {
  Impl(Plan p, Store& store, const Impl* shares);
  void bind_buffers(Store& store);
  void set_samples(std::int64_t wanted);
  void pack();
  // What holds for the time of a run.
  class Run {
   public:
    explicit Run(int threads) : threads_(ThreadPool::shared(), threads) {}
    int run(const WorkInParts& step) const { return threads_.run(step); }

   private:
    FlushSubnormals flush_;
    ThreadPool::Lease threads_;
  };
  Run begin(std::int64_t wanted) {
    ensure(wanted >= 1 && wanted <= plan.max_samples, "run: from 1 to max_samples samples");
    if (wanted != samples) set_samples(wanted);
    if (!is_packed) pack();
    return Run(threads);
  }

  Plan plan;
  std::shared_ptr<std::byte[]> arena;
  std::shared_ptr<std::byte[]> packed;
  bool is_packed = false;
  std::vector<std::shared_ptr<std::byte[]>> thread_scratch;
  std::vector<std::byte*> data;   // by buffer
  std::vector<Tensor> variables;  // keep the memory that steps point into
  std::vector<std::shared_ptr<std::byte[]>> leaf_memory;
  std::vector<std::pair<std::string, ebb_tensor>> leaves;
  std::vector<std::uint32_t> leaf_buffers;
  std::vector<std::vector<std::uint32_t>> leaf_views;  // the leaf's buffer among them
  std::vector<std::vector<BoundStep*>> leaf_readers;
  std::vector<std::unique_ptr<BoundStep>> steps;
  std::unordered_map<Value, std::uint32_t> fetches;
  std::int64_t samples = 0;  // that the steps are bound for
  int threads = 1;           // that some step can use
};

Executor::Impl::Impl(Plan p, Store& store, const Impl* shares)
    : plan(std::move(p)),
      arena(shares && shares->plan.arena_bytes >= plan.arena_bytes
                ? shares->arena
                : allocate_aligned(plan.arena_bytes)),
      packed(allocate_unset(plan.packed_bytes)) {
  bind_buffers(store);
  Memory memory{
      arena.get(), packed.get(), [this](std::uint32_t buffer) { return data[buffer]; }, {}};
  for (int thread = 0; thread < ThreadPool::shared().size(); ++thread) {
    thread_scratch.push_back(allocate_aligned(plan.thread_bytes));
    memory.threads.push_back(thread_scratch.back().get());
  }
  leaf_readers.resize(leaves.size());
  for (const Step& step : plan.steps) {
    steps.push_back(bind(plan, step, memory));
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf)
      if (std::ranges::any_of(step.inputs, [&](std::uint32_t input) {
            return plan.buffers[input].root == leaf_buffers[leaf];
          }))
        leaf_readers[leaf].push_back(steps.back().get());
  }
  fetches.insert(plan.fetches.begin(), plan.fetches.end());
  set_samples(plan.max_samples);
  require_memory_of_blas(plan, threads);
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
        leaf_buffers.push_back(id);
        break;
    }
  }
  leaf_views.resize(leaves.size());
  for (std::uint32_t id = 0; id < plan.buffers.size(); ++id) {
    const std::uint32_t root = plan.buffers[id].root;
    const Buffer& buffer = plan.buffers[id];
    data[id] = data[root];
    if (buffer.part)
      data[id] += buffer.part->first * static_cast<std::int64_t>(size_of(buffer.type.dtype));
    if (plan.buffers[root].home != Home::leaf) continue;
    const auto leaf = std::ranges::find(leaf_buffers, root) - leaf_buffers.begin();
    leaf_views[static_cast<std::size_t>(leaf)].push_back(id);
  }
}

void Executor::Impl::set_samples(std::int64_t wanted) {
  int parts = 1;
  for (const auto& step : steps) {
    step->set_samples(wanted);
    parts = std::max(parts, step->parts());
  }
  samples = wanted;
  threads = std::min(parts, static_cast<int>(thread_scratch.size()));
}

void Executor::Impl::pack() {
  for (const auto& step : steps) step->pack();
  is_packed = true;
}

Executor::Executor(Plan plan, Store& store, const Executor* shares) {
  const std::int64_t samples = plan.max_samples;
  const std::size_t bytes = bytes_of(plan);
  try {
    impl_ = std::make_unique<Impl>(std::move(plan), store, shares ? shares->impl_.get() : nullptr);
  } catch (const std::bad_alloc&) {
    refuse_memory("a step of " + std::to_string(samples) + (samples == 1 ? " sample" : " samples"),
                  bytes, {},
                  {"fewer samples at once take less: train.minibatch, --samples",
                   "`--memory BYTES` has a training step compute again what it does not keep"});
  }
}
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

void Executor::lay_leaf(std::size_t index, const std::byte* samples) {
  const std::uint32_t leaf = impl_->leaf_buffers[index];
  const auto* from = impl_->data[leaf];
  const auto* to =
      samples ? samples : static_cast<const std::byte*>(impl_->leaves[index].second.data);
  if (from == to) return;
  const Move move{from, impl_->plan.buffers[leaf].bytes, to};
  for (BoundStep* step : impl_->leaf_readers[index]) step->move_operands(move);
  for (const std::uint32_t view : impl_->leaf_views[index]) move(impl_->data[view]);
}

void set_scalar(const ebb_tensor* leaf, double value) {
  if (!leaf) return;
  ensure(leaf->type.rank == 0 && !leaf->type.per_sample, "set_scalar: a shared scalar");
  switch (static_cast<DType>(leaf->type.dtype)) {
    case DType::f32:
      *static_cast<float*>(leaf->data) = static_cast<float>(value);
      break;
    case DType::f64:
      *static_cast<double*>(leaf->data) = value;
      break;
    case DType::i64:
      *static_cast<std::int64_t*>(leaf->data) = static_cast<std::int64_t>(value);
      break;
    case DType::boolean:
      *static_cast<std::uint8_t*>(leaf->data) = value != 0;
      break;
    default:
      throw InternalError("set_scalar: a graph value");
  }
}

void Executor::weights_changed() { impl_->is_packed = false; }

void Executor::run(std::int64_t samples) {
  const auto threads = impl_->begin(samples);
  for (const auto& step : impl_->steps)
    if (threads.run(*step) != EBB_OK) throw step->failure();
}

void Executor::run(std::int64_t samples, std::span<double> seconds) {
  using Clock = std::chrono::steady_clock;
  ensure(seconds.size() == impl_->steps.size(), "run: a time for each step");
  const auto threads = impl_->begin(samples);
  auto before = Clock::now();
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const BoundStep& step = *impl_->steps[i];
    if (threads.run(step) != EBB_OK) throw step.failure();
    const auto after = Clock::now();
    seconds[i] = std::chrono::duration<double>(after - before).count();
    before = after;
  }
}

bool Executor::falls_back(std::size_t step) const { return impl_->steps[step]->falls_back(); }

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
