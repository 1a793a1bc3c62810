// FANN, in float: one epoch of its batch training on one mini-batch is one step.
#include <floatfann.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "tests/bench/workload.hpp"

namespace ebb::bench {

namespace {

struct Destroy {
  void operator()(fann* net) const { fann_destroy(net); }
  void operator()(fann_train_data* data) const { fann_destroy_train(data); }
};
using Net = std::unique_ptr<fann, Destroy>;
using Data = std::unique_ptr<fann_train_data, Destroy>;

Net net_of(const Workload& workload) {
  std::vector<unsigned> sizes;
  for (const auto size : workload.sizes()) sizes.push_back(static_cast<unsigned>(size));
  Net net(fann_create_standard_array(static_cast<unsigned>(sizes.size()), sizes.data()));
  // FANN's sigmoid is 1 / (1 + exp(-2 steepness z)).
  fann_set_activation_function_hidden(net.get(), FANN_SIGMOID);
  fann_set_activation_function_output(net.get(), FANN_SIGMOID);
  fann_set_activation_steepness_hidden(net.get(), 0.5f);
  fann_set_activation_steepness_output(net.get(), 0.5f);
  fann_set_training_algorithm(net.get(), FANN_TRAIN_BATCH);
  fann_set_train_error_function(net.get(), FANN_ERRORFUNC_LINEAR);
  fann_set_learning_rate(net.get(), static_cast<float>(workload.eta));
  fann_set_learning_momentum(net.get(), 0);
  return net;
}

// FANN keeps its weights neuron by neuron, the bias after those of the inputs.
void set_weights(fann* net, const Start& start) {
  fann_type* to = net->weights;
  for (const Start::Layer& layer : start.layers) {
    const std::size_t inputs = layer.weights.size() / layer.biases.size();
    auto row = layer.weights.begin();
    for (const float bias : layer.biases) {
      to = std::copy_n(row, inputs, to);
      *to++ = bias;
      row += static_cast<std::ptrdiff_t>(inputs);
    }
  }
  if (to != net->weights + net->total_connections)
    throw std::runtime_error("FANN connects otherwise");
}

Data data_of(const Workload& workload, const Start::Batch& batch) {
  const auto samples = static_cast<std::size_t>(workload.batch);
  const std::size_t inputs = batch.inputs.size() / samples,
                    outputs = batch.targets.size() / samples;
  Data data(fann_create_train(static_cast<unsigned>(samples), static_cast<unsigned>(inputs),
                              static_cast<unsigned>(outputs)));
  for (std::size_t s = 0; s < samples; ++s) {
    std::copy_n(batch.inputs.begin() + static_cast<std::ptrdiff_t>(s * inputs), inputs,
                data->input[s]);
    std::copy_n(batch.targets.begin() + static_cast<std::ptrdiff_t>(s * outputs), outputs,
                data->output[s]);
  }
  return data;
}

void run(const Workload& workload) {
  if (workload.type != "f32" || workload.threads != 1)
    throw std::runtime_error("FANN is measured in f32 on one thread");
  const Start start = start_of(workload);
  const Net net = net_of(workload);
  set_weights(net.get(), start);
  std::vector<Data> batches;
  for (const Start::Batch& batch : start.batches) batches.push_back(data_of(workload, batch));

  std::size_t steps = 0;
  const auto step = [&] { fann_train_epoch(net.get(), batches[steps++ % batches.size()].get()); };
  // The epoch has summed up the squares of its samples' errors: FANN's mean is over outputs, too.
  const auto outputs = static_cast<double>(workload.sizes().back());
  measure(workload, {"fann", step, [&] { return 0.5 * outputs * fann_get_MSE(net.get()); }});
}

}  // namespace

}  // namespace ebb::bench

int main(int argc, char** argv) { return ebb::bench::bench_main(argc, argv, ebb::bench::run); }
