// One training step of a network of sigmoid layers: forward, backward and plain steepest descent on
// mini-batches that lie in memory. Prints one line of JSON.
#include <sys/resource.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ebb/random.hpp>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "graph/run/executor.hpp"
#include "tests/support/network.hpp"

namespace ebb {

namespace {

struct Options {
  std::string net = "784-30-10", type = "f32";
  std::int64_t batch = 10;
  int threads = 1, reps = 9, pool = 64;
  double block = 0.2, eta = 0.1;
  bool show = false;
};

// "784-32x64-10" has 64 layers of 32.
std::vector<std::int64_t> sizes_of(const std::string& net) {
  std::vector<std::int64_t> sizes;
  std::istringstream parts(net);
  for (std::string part; std::getline(parts, part, '-');) {
    const auto times = part.find('x');
    const auto count = times == std::string::npos ? 1 : std::stoul(part.substr(times + 1));
    sizes.insert(sizes.end(), count, std::stoll(part));
  }
  return sizes;
}

// Of the matrix products: the gradient of the network's input is not computed.
double flop_per_step(const std::vector<std::int64_t>& sizes, std::int64_t batch) {
  double products = 0;
  for (std::size_t i = 1; i < sizes.size(); ++i)
    products += (i == 1 ? 2.0 : 3.0) * static_cast<double>(sizes[i] * sizes[i - 1]);
  return 2 * static_cast<double>(batch) * products;
}

Tensor random_tensor(DType dtype, std::int64_t size, std::int64_t samples, std::uint64_t key) {
  Tensor tensor(Type{dtype, true, {size}}, samples);
  const sdk::RandomStream stream{key};
  for (std::int64_t i = 0; i < size * samples; ++i)
    tensor.set(i, stream.uniform(static_cast<std::uint64_t>(i)));
  return tensor;
}

// A class per sample, as a vector with a single 1.
Tensor one_hot(DType dtype, std::int64_t size, std::int64_t samples) {
  Tensor tensor(Type{dtype, true, {size}}, samples);
  const sdk::RandomStream stream{3};
  for (std::int64_t s = 0; s < samples; ++s)
    tensor.set(s * size + static_cast<std::int64_t>(stream.uniform(static_cast<std::uint64_t>(s)) *
                                                    double(size)),
               1);
  return tensor;
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        sizes_(sizes_of(options.net)),
        precision_(options.type == "f64" ? Precision::f64 : Precision::f32),
        network_(sizes_, options.eta),
        executor_(make_plan(network_.graph(), request()), store_) {
    const DType dtype = concrete(DType::real, precision_);
    for (int i = 0; i < options.pool; ++i) {
      x_.push_back(random_tensor(dtype, sizes_.front(), options.batch, 100 + std::uint64_t(i)));
      y_.push_back(one_hot(dtype, sizes_.back(), options.batch));
    }
    for (const Value parameter : network_.parameters()) start(parameter);
  }

  void run() {
    if (options_.show) std::cerr << to_string(executor_.plan());
    step();
    const double first = executor_.scalar(mean_);
    const auto seconds = times();
    std::cout << std::setprecision(8) << R"({"peer": "ebb", "net": ")" << options_.net
              << R"(", "batch": )" << options_.batch << R"(, "threads": )" << options_.threads
              << R"(, "type": ")" << options_.type << R"(", "us_per_step": )"
              << seconds[seconds.size() / 2] * 1e6 << R"(, "us_min": )" << seconds.front() * 1e6
              << R"(, "us_max": )" << seconds.back() * 1e6 << R"(, "gflops": )"
              << flop_per_step(sizes_, options_.batch) / seconds[seconds.size() / 2] / 1e9
              << R"(, "steps": )" << steps_ << R"(, "rss_mb": )" << peak_megabytes()
              << R"(, "loss_first": )" << first << R"(, "loss_last": )" << executor_.scalar(mean_)
              << "}\n";
  }

 private:
  PlanRequest request() {
    auto request = network_.training(precision_, options_.batch);
    mean_ = request.fetches.front();
    return request;
  }

  // Normal numbers over the root of the number of inputs.
  void start(Value parameter) {
    Tensor& tensor = *store_.find(network_.graph().node(parameter).key);
    const Shape& shape = tensor.type().shape;
    const double sd = 1 / std::sqrt(static_cast<double>(shape.rank() == 2 ? shape[1] : 1));
    const sdk::RandomStream stream{parameter.node};
    for (std::int64_t i = 0; i < tensor.elements_per_sample(); ++i)
      tensor.set(i, sd * stream.normal(static_cast<std::uint64_t>(i)));
  }

  void step() {
    const std::size_t i = steps_++ % x_.size();
    std::memcpy(executor_.leaf("x")->data, x_[i].bytes(), x_[i].size_bytes());
    std::memcpy(executor_.leaf("y")->data, y_[i].bytes(), y_[i].size_bytes());
    executor_.run(options_.batch);
  }

  double time(std::size_t steps) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < steps; ++i) step();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  // Seconds a step of `reps` blocks, sorted, after half a second to warm up.
  std::vector<double> times() {
    double warm = 0;
    const std::size_t before = steps_;
    while (warm < 0.5) warm += time(5);
    const double per_step = warm / static_cast<double>(steps_ - before);
    const auto inner = static_cast<std::size_t>(std::max(1.0, options_.block / per_step));
    std::vector<double> seconds;
    for (int i = 0; i < options_.reps; ++i)
      seconds.push_back(time(inner) / static_cast<double>(inner));
    std::ranges::sort(seconds);
    return seconds;
  }

  static double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
  }

  Options options_;
  std::vector<std::int64_t> sizes_;
  Precision precision_;
  test::SigmoidNetwork network_;
  Value mean_;
  Store store_;
  Executor executor_;
  std::vector<Tensor> x_, y_;
  std::size_t steps_ = 0;
};

}  // namespace

}  // namespace ebb

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  ebb::Options options;
  po::options_description flags("Times one training step");
  auto add = flags.add_options();
  add("help", "this text");
  add("net", po::value(&options.net), "layer sizes: 784-30-10, 784-32x64-10 has 64 layers of 32");
  add("batch", po::value(&options.batch), "samples in a mini-batch");
  add("threads", po::value(&options.threads), "threads (one is used)");
  add("type", po::value(&options.type), "f32 or f64");
  add("reps", po::value(&options.reps), "timed blocks");
  add("block", po::value(&options.block), "seconds of a block");
  add("pool", po::value(&options.pool), "mini-batches, cycled through");
  add("eta", po::value(&options.eta), "learning rate");
  add("show", po::bool_switch(&options.show), "print the plan to standard error");
  po::variables_map given;
  try {
    po::store(po::parse_command_line(argc, argv, flags), given);
    po::notify(given);
  } catch (const po::error& e) {
    std::cerr << e.what() << "\n";
    return 2;
  }
  if (given.contains("help")) {
    std::cout << flags;
    return 0;
  }
  ebb::Bench(options).run();
}
