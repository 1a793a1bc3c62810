// FANN, in float: one epoch of its batch training on one mini-batch is one step.
#include <floatfann.h>

#include <map>
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

// FANN numbers its neurons layer by layer, the neuron that is always 1 last in each.
void set_weights(fann* net, const Workload& workload, const Start& start) {
  std::vector<fann_connection> connections(fann_get_total_connections(net));
  fann_get_connection_array(net, connections.data());
  std::map<std::pair<unsigned, unsigned>, float> weights;
  const auto sizes = workload.sizes();
  unsigned below = 0;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    const auto inputs = static_cast<unsigned>(sizes[i]),
               outputs = static_cast<unsigned>(sizes[i + 1]);
    const unsigned here = below + inputs + 1;
    for (unsigned row = 0; row < outputs; ++row) {
      for (unsigned column = 0; column < inputs; ++column)
        weights[{below + column, here + row}] =
            start.layers[i].weights[std::size_t{row} * inputs + column];
      weights[{below + inputs, here + row}] = start.layers[i].biases[row];
    }
    below = here;
  }
  for (fann_connection& connection : connections)
    connection.weight = weights.at({connection.from_neuron, connection.to_neuron});
  fann_set_weight_array(net, connections.data(), static_cast<unsigned>(connections.size()));
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
  set_weights(net.get(), workload, start);
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
