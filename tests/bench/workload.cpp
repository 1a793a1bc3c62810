#include "tests/bench/workload.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <ebb/random.hpp>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "tests/bench/flags.hpp"

namespace ebb::bench {

namespace {

std::size_t product(std::int64_t a, std::int64_t b) { return static_cast<std::size_t>(a * b); }

// All of a start's numbers, in the order of the file.
template <class S, class F>
void for_each_part(S& start, F&& f) {
  for (auto& layer : start.layers) {
    f(layer.weights);
    f(layer.biases);
  }
  for (auto& batch : start.batches) {
    f(batch.inputs);
    f(batch.targets);
  }
}

Start zeros(const Workload& workload) {
  const auto sizes = workload.sizes();
  Start start;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    Start::Layer layer;
    layer.weights.resize(product(sizes[i], sizes[i - 1]));
    layer.biases.resize(product(sizes[i], 1));
    start.layers.push_back(std::move(layer));
  }
  for (std::int64_t i = 0; i < workload.pool; ++i) {
    Start::Batch batch;
    batch.inputs.resize(product(sizes.front(), workload.batch));
    batch.targets.resize(product(sizes.back(), workload.batch));
    start.batches.push_back(std::move(batch));
  }
  return start;
}

Start read_start(const Workload& workload) {
  Start start = zeros(workload);
  std::ifstream file(workload.start, std::ios::binary);
  for_each_part(start, [&](std::vector<float>& part) {
    file.read(reinterpret_cast<char*>(part.data()),
              static_cast<std::streamsize>(part.size() * sizeof(float)));
  });
  if (!file || file.peek() != std::ifstream::traits_type::eof())
    throw std::runtime_error(workload.start + " is no start of " + workload.net + " with " +
                             std::to_string(workload.pool) + " mini-batches of " +
                             std::to_string(workload.batch));
  return start;
}

// A class per sample, as a vector with a single 1; where there is one output, 0 or 1.
void draw_targets(std::vector<float>& targets, std::size_t outputs,
                  const sdk::RandomStream& random) {
  for (std::size_t sample = 0; sample * outputs < targets.size(); ++sample) {
    const double uniform = random.uniform(sample);
    if (outputs == 1)
      targets[sample] = uniform < 0.5 ? 0.0f : 1.0f;
    else
      targets[sample * outputs + static_cast<std::size_t>(uniform * static_cast<double>(outputs))] =
          1;
  }
}

Start make_start(const Workload& workload) {
  const auto sizes = workload.sizes();
  Start start = zeros(workload);
  for (std::size_t i = 0; i < start.layers.size(); ++i) {
    auto& [weights, biases] = start.layers[i];
    const double sd = workload.scale / std::sqrt(static_cast<double>(sizes[i]));
    const sdk::RandomStream random{i};
    for (std::size_t j = 0; j < weights.size(); ++j)
      weights[j] = static_cast<float>(sd * random.normal(j));
    const bool hidden = i + 1 < start.layers.size();
    std::ranges::fill(biases, hidden ? static_cast<float>(workload.bias) : 0.0f);
  }
  for (std::size_t i = 0; i < start.batches.size(); ++i) {
    auto& [inputs, targets] = start.batches[i];
    const sdk::RandomStream random{1000 + 2 * i}, classes{1001 + 2 * i};
    for (std::size_t j = 0; j < inputs.size(); ++j)
      inputs[j] = static_cast<float>(random.uniform(j));
    draw_targets(targets, static_cast<std::size_t>(sizes.back()), classes);
  }
  return start;
}

// Of the matrix products: the gradient of the network's input is not computed.
double flop_per_step(const Workload& workload) {
  const auto sizes = workload.sizes();
  double products = 0;
  for (std::size_t i = 1; i < sizes.size(); ++i)
    products += (i == 1 ? 2.0 : 3.0) * static_cast<double>(sizes[i] * sizes[i - 1]);
  return 2 * static_cast<double>(workload.batch) * products;
}

// Of this program alone: getrusage counts the pages of the process that started it, too.
double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  throw std::runtime_error("/proc/self/status does not tell the peak of the memory");
}

// instructions.py has what runs within this function counted, by its name.
[[gnu::noinline]] void run_steps(const std::function<void()>& step, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) step();
}

// By the clock on the wall, and of the processor's time.
struct Seconds {
  double wall = 0, processor = 0;
};

Seconds seconds_of(const std::function<void()>& step, std::int64_t count) {
  const std::clock_t ticks = std::clock();
  const auto start = std::chrono::steady_clock::now();
  run_steps(step, count);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {wall.count(), static_cast<double>(std::clock() - ticks) / CLOCKS_PER_SEC};
}

// Microseconds of a step, block by block, sorted.
struct Times {
  std::vector<double> wall, processor;
};

// After a warm-up as long as all blocks, of half a second at most.
Times times(const Workload& workload, const std::function<void()>& step) {
  const double enough = std::min(0.5, workload.reps * workload.block);
  double warm = 0;
  std::int64_t steps = 0;
  for (std::int64_t more = 1; warm < enough; more *= 2) {
    warm += seconds_of(step, more).wall;
    steps += more;
  }
  const double in_a_block = workload.block / warm * static_cast<double>(steps);
  const auto count = static_cast<std::int64_t>(std::max(1.0, in_a_block));
  Times result;
  for (int i = 0; i < workload.reps; ++i) {
    const Seconds seconds = seconds_of(step, count);
    result.wall.push_back(seconds.wall / static_cast<double>(count) * 1e6);
    result.processor.push_back(seconds.processor / static_cast<double>(count) * 1e6);
  }
  std::ranges::sort(result.wall);
  std::ranges::sort(result.processor);
  return result;
}

}  // namespace

std::vector<std::int64_t> Workload::sizes() const {
  std::vector<std::int64_t> sizes;
  std::istringstream parts(net);
  for (std::string part; std::getline(parts, part, '-');) {
    std::istringstream numbers(part);
    std::int64_t size = 0, times = 1;
    char x = 'x';
    numbers >> size;
    if (!numbers.eof()) numbers >> x >> times;
    if (!numbers || !numbers.eof() || x != 'x' || size < 1 || times < 1)
      throw std::runtime_error("'" + net + "' is no net: write layer sizes as in 784-30-10");
    sizes.insert(sizes.end(), static_cast<std::size_t>(times), size);
  }
  if (sizes.size() < 2) throw std::runtime_error("a net has at least two sizes, as in 784-10");
  return sizes;
}

Start start_of(const Workload& workload) {
  return workload.start.empty() ? make_start(workload) : read_start(workload);
}

void write_start(const Start& start, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  for_each_part(start, [&](const std::vector<float>& part) {
    file.write(reinterpret_cast<const char*>(part.data()),
               static_cast<std::streamsize>(part.size() * sizeof(float)));
  });
  if (!file.flush()) throw std::runtime_error(path + " can not be written");
}

void measure(const Workload& workload, const Peer& peer) {
  peer.step();
  const double first = peer.loss();
  std::ostringstream line;
  line << std::setprecision(9) << R"({"peer": ")" << peer.name << R"(", "net": ")" << workload.net
       << R"(", "batch": )" << workload.batch << R"(, "threads": )" << workload.threads
       << R"(, "type": ")" << workload.type << '"';
  if (workload.steps > 0) {
    run_steps(peer.step, workload.steps);
  } else {
    const Times us = times(workload, peer.step);
    const double median = us.wall[us.wall.size() / 2];
    line << R"(, "us_per_step": )" << median << R"(, "us_min": )" << us.wall.front()
         << R"(, "us_max": )" << us.wall.back() << R"(, "processor_us_per_step": )"
         << us.processor[us.processor.size() / 2] << R"(, "gflops": )"
         << flop_per_step(workload) / median / 1e3;
  }
  line << R"(, "rss_mb": )" << peak_megabytes() << R"(, "loss_first": )" << first
       << R"(, "loss_last": )" << peer.loss() << R"(, "compiler": ")" << __VERSION__ << "\"}\n";
  std::cout << line.str();
}

int bench_main(int argc, char** argv, const std::function<void(const Workload&)>& run) {
  namespace po = boost::program_options;
  Workload w;
  std::string save;
  po::options_description flags("Times one training step and prints a line of JSON");
  auto add = flags.add_options();
  add("help", "this text");
  add("net", po::value(&w.net), "layer sizes: 784-30-10; 784-32x64-10 has 64 layers of 32");
  add("batch", po::value(&w.batch), "samples in a mini-batch");
  add("threads", po::value(&w.threads), "threads");
  add("type", po::value(&w.type), "f32 or f64");
  add("reps", po::value(&w.reps), "timed blocks");
  add("block", po::value(&w.block), "seconds of a block");
  add("pool", po::value(&w.pool), "mini-batches, cycled through");
  add("eta", po::value(&w.eta), "learning rate");
  add("steps", po::value(&w.steps), "run one step and so many more, and time nothing");
  add("start", po::value(&w.start), "weights and mini-batches: a file that --save wrote");
  add("save", po::value(&save), "write weights and mini-batches to a file and stop");
  add("scale", po::value(&w.scale), "factor of the weights to start from");
  add("bias", po::value(&w.bias), "bias of the hidden layers to start from");
  add("show", po::bool_switch(&w.show), "Ebb: print the plan to standard error");
  if (const auto status = parse(argc, argv, flags)) return *status;
  const char* wrong = nullptr;
  if (w.type != "f32" && w.type != "f64") wrong = "--type is f32 or f64";
  if (w.batch < 1 || w.pool < 1 || w.reps < 1 || w.steps < 0 || w.threads < 1)
    wrong = "--batch, --pool, --reps, --threads must be positive, --steps not negative";
  if (wrong) {
    std::cerr << wrong << "\n";
    return 2;
  }
  try {
    if (save.empty())
      run(w);
    else
      write_start(start_of(w), save);
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace ebb::bench
