// What every program of the step benchmark shares, Ebb's own and its peers': the workload and its
// options, where training starts, how steps are run and timed, and the line of JSON that is
// printed. So a peer is measured by the same code.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ebb::bench {

// Sigmoid layers, half the squared distance as cost, its mean over the mini-batch, plain steepest
// descent.
struct Workload {
  std::string net = "784-30-10";  // 784-32x64-10 has 64 layers of 32
  std::string type = "f32";       // or f64
  std::string start;              // the file to start from; "": start_of makes the numbers
  std::int64_t batch = 10;        // samples in a mini-batch
  std::int64_t pool = 64;         // mini-batches in memory, cycled through
  std::int64_t steps = 0;         // run so many after the first, untimed; 0: time blocks of steps
  int threads = 1, reps = 9;      // reps: timed blocks
  double block = 0.2;             // seconds of a block
  double eta = 0.1;               // learning rate
  double scale = 1, bias = 0;     // of the weights, and of the hidden layers' biases, made here
  bool show = false;              // the plan, on standard error

  // Of the input and of each layer. Throws std::runtime_error for what is no net.
  std::vector<std::int64_t> sizes() const;
};

// Numbers to start from. A weight matrix (outputs x inputs) lies in C order, a mini-batch sample
// after sample.
struct Start {
  struct Layer {
    std::vector<float> weights, biases;
  };
  struct Batch {
    std::vector<float> inputs, targets;
  };
  std::vector<Layer> layers;
  std::vector<Batch> batches;
};

// Reads the workload's file, or makes numbers that depend on the workload alone: weights normal
// over the root of the number of inputs, inputs uniform in (0, 1), targets a class each. Throws
// std::runtime_error where the file is not of this workload's size.
Start start_of(const Workload& workload);
// 32-bit floats in this machine's byte order and nothing else: weights and biases layer by layer,
// then inputs and targets mini-batch by mini-batch.
void write_start(const Start& start, const std::string& path);

// A program under measurement: `step` runs the next step; `loss` is the mean cost of the mini-batch
// that the last step saw, before that step's update.
struct Peer {
  std::string name;
  std::function<void()> step;
  std::function<double()> loss;
};

// Runs the workload and prints its line of JSON: the losses of the first and of the last step, the
// peak of the resident memory, and without `steps` the microseconds of a step by the clock (the
// median block, the fastest and the slowest) and of processor time (the median).
void measure(const Workload& workload, const Peer& peer);

// A program's main: calls `run` with the workload of the command line; returns the exit code, 2 for
// wrong options, 1 where `run` throws.
int bench_main(int argc, char** argv, const std::function<void(const Workload&)>& run);

}  // namespace ebb::bench
