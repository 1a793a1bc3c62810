// One training step of a network of sigmoid layers, run by Ebb: forward, backward and plain
// steepest descent on mini-batches that lie in memory and are read there.
#include <algorithm>
#include <iostream>

#include "graph/run/executor.hpp"
#include "graph/run/thread_pool.hpp"
#include "tests/bench/workload.hpp"
#include "tests/support/network.hpp"

namespace ebb {

namespace {

class Bench {
 public:
  explicit Bench(const bench::Workload& workload)
      : batch_(workload.batch),
        precision_(workload.type == "f64" ? Precision::f64 : Precision::f32),
        sizes_(workload.sizes()),
        network_(sizes_, workload.eta),
        executor_(make_plan(network_.graph(), request()), store_),
        x_leaf_(index_of("x")),
        y_leaf_(index_of("y")) {
    const bench::Start start = bench::start_of(workload);
    for (std::size_t i = 0; i < start.layers.size(); ++i) {
      set(network_.parameters()[2 * i], start.layers[i].weights);
      set(network_.parameters()[2 * i + 1], start.layers[i].biases);
    }
    for (const bench::Start::Batch& batch : start.batches) {
      x_.push_back(samples(batch.inputs));
      y_.push_back(samples(batch.targets));
    }
  }

  void step() {
    const std::size_t i = steps_++ % x_.size();
    executor_.lay_leaf(x_leaf_, x_[i].bytes());
    executor_.lay_leaf(y_leaf_, y_[i].bytes());
    executor_.run(batch_);
  }
  double loss() const { return executor_.scalar(mean_); }
  const Plan& plan() const { return executor_.plan(); }

 private:
  PlanRequest request() {
    auto request = network_.training(precision_, batch_);
    mean_ = request.fetches.front();
    return request;
  }

  std::size_t index_of(const char* key) const {
    const auto& leaves = executor_.leaves();
    return static_cast<std::size_t>(
        std::ranges::find(leaves, key, &std::pair<std::string, ebb_tensor>::first) -
        leaves.begin());
  }

  void set(Value parameter, const std::vector<float>& c_order) {
    Tensor& tensor = *store_.find(network_.graph().node(parameter).key);
    for (std::size_t i = 0; i < c_order.size(); ++i)
      tensor.set(column_major_index(tensor.type().shape, static_cast<std::int64_t>(i)), c_order[i]);
  }

  Tensor samples(const std::vector<float>& numbers) const {
    const Shape shape{static_cast<std::int64_t>(numbers.size()) / batch_};
    Tensor tensor(Type{concrete(DType::real, precision_), true, shape}, batch_);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      tensor.set(static_cast<std::int64_t>(i), numbers[i]);
    return tensor;
  }

  std::int64_t batch_;
  Precision precision_;
  std::vector<std::int64_t> sizes_;
  test::SigmoidNetwork network_;
  Value mean_;
  Store store_;
  Executor executor_;
  std::size_t x_leaf_, y_leaf_;
  std::vector<Tensor> x_, y_;
  std::size_t steps_ = 0;
};

void run(const bench::Workload& workload) {
  ThreadPool::shared().resize(workload.threads);
  Bench ours(workload);
  if (workload.show) std::cerr << to_string(ours.plan());
  bench::measure(workload, {"ebb", [&] { ours.step(); }, [&] { return ours.loss(); }});
}

}  // namespace

}  // namespace ebb

int main(int argc, char** argv) { return ebb::bench::bench_main(argc, argv, ebb::run); }
