// dlib: its fully connected layers with sig, loss_mean_squared_multioutput and sgd, stepped without
// the trainer. A net is a type there, so those of the workloads are listed below.
#include <dlib/dnn.h>

#include <stdexcept>

#include "tests/bench/workload.hpp"

namespace ebb::bench {

namespace {

using Column = dlib::matrix<float>;

template <unsigned long Outputs, class Below>
using Layer = dlib::sig<dlib::fc<Outputs, Below>>;
template <class Below>
using Layer32 = Layer<32, Below>;
using Input = dlib::input<Column>;
template <class Layers>
using Net = dlib::loss_mean_squared_multioutput<Layers>;

Column column(const std::vector<float>& numbers, std::size_t sample, std::int64_t size) {
  Column result(size, 1);
  const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(sample) * size;
  std::copy(first, first + size, result.begin());
  return result;
}

// dlib visits the layers from the output down; a layer's weights lie input by input, and the biases
// after them.
template <class Layers>
void set_weights(Net<Layers>& net, const Workload& workload, const Start& start) {
  const auto sizes = workload.sizes();
  std::size_t i = start.layers.size();
  dlib::visit_layer_parameters(net, [&](std::size_t, dlib::tensor& parameters) {
    if (parameters.size() == 0) return;
    --i;
    const auto inputs = static_cast<std::size_t>(sizes[i]);
    const auto outputs = static_cast<std::size_t>(sizes[i + 1]);
    if (parameters.size() != (inputs + 1) * outputs)
      throw std::runtime_error("dlib orders otherwise");
    float* to = parameters.host();
    for (std::size_t column = 0; column < inputs; ++column)
      for (std::size_t row = 0; row < outputs; ++row)
        *to++ = start.layers[i].weights[row * inputs + column];
    std::copy(start.layers[i].biases.begin(), start.layers[i].biases.end(), to);
  });
}

template <class Layers>
void run_net(const Workload& workload) {
  const Start start = start_of(workload);
  const auto sizes = workload.sizes();
  std::vector<dlib::resizable_tensor> inputs(start.batches.size());
  std::vector<std::vector<Column>> targets;
  Net<Layers> net;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<Column> x, y;
    for (std::size_t s = 0; s < static_cast<std::size_t>(workload.batch); ++s) {
      x.push_back(column(start.batches[i].inputs, s, sizes.front()));
      y.push_back(column(start.batches[i].targets, s, sizes.back()));
    }
    net.to_tensor(x.begin(), x.end(), inputs[i]);
    targets.push_back(y);
  }
  net.forward(inputs[0]);  // makes the parameters
  set_weights(net, workload, start);

  const double no_decay = 0, no_momentum = 0;
  std::vector<dlib::sgd> solvers(Net<Layers>::num_computational_layers,
                                 dlib::sgd(no_decay, no_momentum));
  std::size_t steps = 0;
  double squares = 0;
  const auto step = [&] {
    const std::size_t i = steps++ % inputs.size();
    squares = net.compute_loss(inputs[i], targets[i].begin());
    net.back_propagate_error(inputs[i]);
    net.update_parameters(solvers, workload.eta);
  };
  measure(workload, {"dlib", step, [&] { return 0.5 * squares; }});
}

void run(const Workload& workload) {
  if (workload.type != "f32") throw std::runtime_error("dlib's nets are in f32");
  const std::string& net = workload.net;
  if (net == "784-30-10")
    run_net<Layer<10, Layer<30, Input>>>(workload);
  else if (net == "784-100-10")
    run_net<Layer<10, Layer<100, Input>>>(workload);
  else if (net == "784-1024-1024-10")
    run_net<Layer<10, Layer<1024, Layer<1024, Input>>>>(workload);
  else if (net == "784-2048-2048-2048-10")
    run_net<Layer<10, Layer<2048, Layer<2048, Layer<2048, Input>>>>>(workload);
  else if (net == "2-2-1")
    run_net<Layer<1, Layer<2, Input>>>(workload);
  else if (net == "784-32x64-10")
    run_net<Layer<10, dlib::repeat<63, Layer32, Layer<32, Input>>>>(workload);
  else if (net == "784-10")
    run_net<Layer<10, Input>>(workload);
  else
    throw std::runtime_error("dlib: " + net + " is not among the nets compiled in");
}

}  // namespace

}  // namespace ebb::bench

int main(int argc, char** argv) { return ebb::bench::bench_main(argc, argv, ebb::bench::run); }
