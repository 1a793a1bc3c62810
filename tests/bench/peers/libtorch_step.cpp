// PyTorch's C++ library: the same modules, autograd and optimizer as torch_step.py.
#include <torch/torch.h>

#include "tests/bench/workload.hpp"

namespace ebb::bench {

namespace {

torch::Tensor tensor_of(const std::vector<float>& numbers, std::vector<std::int64_t> shape,
                        torch::Dtype type) {
  return torch::tensor(torch::ArrayRef<float>(numbers)).reshape(shape).to(type);
}

void run(const Workload& workload) {
  torch::set_num_threads(workload.threads);
  const auto type = workload.type == "f64" ? torch::kFloat64 : torch::kFloat32;
  const Start start = start_of(workload);
  const auto sizes = workload.sizes();

  torch::nn::Sequential net;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    torch::nn::Linear linear(sizes[i], sizes[i + 1]);
    linear->to(type);
    const torch::NoGradGuard plain;
    linear->weight.copy_(tensor_of(start.layers[i].weights, {sizes[i + 1], sizes[i]}, type));
    linear->bias.copy_(tensor_of(start.layers[i].biases, {sizes[i + 1]}, type));
    net->push_back(linear);
    net->push_back(torch::nn::Sigmoid());
  }
  std::vector<std::pair<torch::Tensor, torch::Tensor>> batches;
  for (const Start::Batch& batch : start.batches)
    batches.emplace_back(tensor_of(batch.inputs, {workload.batch, sizes.front()}, type),
                         tensor_of(batch.targets, {workload.batch, sizes.back()}, type));
  torch::optim::SGD sgd(net->parameters(), torch::optim::SGDOptions(workload.eta));

  torch::Tensor cost;
  std::size_t steps = 0;
  const auto step = [&] {
    const auto& [x, y] = batches[steps++ % batches.size()];
    sgd.zero_grad();
    cost = (net->forward(x) - y).square().sum() * (0.5 / static_cast<double>(workload.batch));
    cost.backward();
    sgd.step();
  };
  measure(workload, {"libtorch", step, [&] { return cost.item<double>(); }});
}

}  // namespace

}  // namespace ebb::bench

int main(int argc, char** argv) { return ebb::bench::bench_main(argc, argv, ebb::bench::run); }
