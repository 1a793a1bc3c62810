// Times each library for matrix products on the products of training steps, and prints a table: the
// microseconds of each, which of them the rule of choose_gemm takes, by how much that one is slower
// than the fastest, and the microseconds with weights that are packed before, as in inference.
#include <algorithm>
#include <boost/program_options.hpp>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <set>
#include <sstream>
#include <tuple>
#include <vector>

#include "graph/compile/gemm/gemm.hpp"
#include "graph/core/tensor.hpp"
#include "tests/bench/flags.hpp"

namespace ebb {

namespace {

struct Options {
  std::vector<std::string> nets{
      "784-30-10/10",          "784-100-10/10", "784-1024-1024-10/128", "784-2048-2048-10/256",
      "784-32-32-10/16",       "784-10/32",     "784-256-256-64-10/32", "784-512-512-10/64",
      "64-128-128-128-10/128", "2-2-1/4"};
  std::string type = "f32";
  int rounds = 15;
  double block = 0.002;
};

std::vector<std::int64_t> numbers(const std::string& text, char separator) {
  std::vector<std::int64_t> values;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, separator);) values.push_back(std::stoll(part));
  return values;
}

// Of a network of dense layers: w a, w.T delta, and w += delta a.T, where no gradient of the
// network's input is wanted.
std::vector<GemmCall> products_of(const std::string& net) {
  const auto slash = net.find('/');
  const auto sizes = numbers(net.substr(0, slash), '-');
  const std::int64_t batch = std::stoll(net.substr(slash + 1));
  std::vector<GemmCall> calls;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    calls.push_back({false, false, false, sizes[i], batch, sizes[i - 1]});
    if (i > 1) calls.push_back({true, false, false, sizes[i - 1], batch, sizes[i]});
    calls.push_back({false, true, true, sizes[i], sizes[i - 1], batch});
  }
  return calls;
}

template <class T>
class Operands {
 public:
  explicit Operands(const GemmCall& call)
      : a_(make(call.m * call.k)), b_(make(call.k * call.n)), c_(make(call.m * call.n)) {}

  const T* a() const { return a_.get(); }
  // `a` is A, or A packed.
  void run(const PreparedGemm<T>& product, const T* a, GemmScratchMemory scratch) const {
    product.run(a, b_.get(), c_.get(), scratch);
  }

 private:
  static std::shared_ptr<T[]> make(std::int64_t n) {
    auto memory = allocate_aligned(static_cast<std::size_t>(n) * sizeof(T));
    auto* const values = reinterpret_cast<T*>(memory.get());
    for (std::int64_t i = 0; i < n; ++i) values[i] = T(1) / static_cast<T>(1 + i % 100);
    return {memory, values};
  }
  std::shared_ptr<T[]> a_, b_, c_;
};

// A library with a product and the memory for it.
template <class T>
struct Runner {
  Runner(const GemmProvider& provider, const GemmCall& call, const Operands<T>& operands)
      : product(provider.prepare<T>(call)),
        bytes(provider.scratch(call, sizeof(T) == 4 ? Precision::f32 : Precision::f64)),
        memory(allocate_aligned(own_scratch(bytes))),
        packed(allocate_aligned(bytes.packed)) {
    if (product && bytes.packed > 0)
      product->pack(operands.a(), reinterpret_cast<T*>(packed.get()));
  }
  void run(const Operands<T>& operands) const {
    const T* const a = bytes.packed > 0 ? reinterpret_cast<const T*>(packed.get()) : operands.a();
    operands.run(*product, a, own_scratch(bytes, memory.get()));
  }

  std::unique_ptr<PreparedGemm<T>> product;
  GemmScratch bytes;
  std::shared_ptr<std::byte[]> memory, packed;
  double best = 1e9;
};

GemmCall with_constant_a(GemmCall call) {
  call.constant_a = true;
  return call;
}

// Seconds of one call, by each library, and by the one that is chosen for a constant A, packed: the
// fastest block of all rounds, in each of which they run in turn. What else the machine does only
// makes a block slower, and processor time does not count what it runs in between.
template <class T>
std::vector<double> times(const GemmCall& call, const Options& options) {
  const Operands<T> operands(call);
  std::vector<Runner<T>> runners;
  for (const GemmProvider* provider : gemm_providers())
    runners.emplace_back(*provider, call, operands);
  const GemmCall constant = with_constant_a(call);
  const Precision precision = sizeof(T) == 4 ? Precision::f32 : Precision::f64;
  runners.emplace_back(choose_gemm(constant, precision), constant, operands);
  const auto time = [&](const Runner<T>& runner, int calls) {
    const std::clock_t start = std::clock();
    for (int i = 0; i < calls; ++i) runner.run(operands);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / calls;
  };
  int calls = 1;
  while (time(runners.front(), calls) * calls < options.block) calls *= 2;
  for (int round = 0; round < options.rounds; ++round)
    for (Runner<T>& runner : runners)
      if (runner.product) runner.best = std::min(runner.best, time(runner, calls));
  std::vector<double> seconds;
  for (const Runner<T>& runner : runners) seconds.push_back(runner.best);
  return seconds;
}

std::string title(const GemmCall& call) {
  std::ostringstream out;
  out << call.m << "x" << call.n << "x" << call.k << " " << (call.ta ? "T" : "N")
      << (call.tb ? "T" : "N") << (call.accumulate ? "+" : "");
  return out.str();
}

void report(const GemmCall& call, const Options& options) {
  const bool f32 = options.type == "f32";
  auto seconds = f32 ? times<float>(call, options) : times<double>(call, options);
  const double packed = seconds.back();
  seconds.pop_back();
  const double best = *std::ranges::min_element(seconds);
  const GemmProvider& chosen = choose_gemm(call, f32 ? Precision::f32 : Precision::f64);
  std::cout << "| " << title(call) << " |" << std::fixed;
  double taken = 0;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (gemm_providers()[i] == &chosen) taken = seconds[i];
    std::cout << " " << std::setprecision(2) << seconds[i] * 1e6 << " |";
  }
  const double flop = 2 * static_cast<double>(call.m * call.n) * static_cast<double>(call.k);
  std::cout << std::setprecision(0) << " " << flop / taken * 1e-9 << " | " << chosen.name << " | "
            << (taken / best - 1) * 100 << " % |";
  // No weights are an operand of their own updates.
  if (call.tb)
    std::cout << " - |" << std::endl;
  else
    std::cout << " " << std::setprecision(2) << packed * 1e6 << " |" << std::endl;
}

void run(const Options& options) {
  std::cout << "| m x n x k |";
  for (const GemmProvider* provider : gemm_providers()) std::cout << " " << provider->name << " |";
  std::cout << " GFLOP/s | chosen | slower by | packed |\n|---|";
  for (std::size_t i = 0; i < gemm_providers().size() + 4; ++i) std::cout << "---|";
  std::cout << std::endl;
  std::set<std::string> seen;
  for (const std::string& net : options.nets)
    for (const GemmCall& call : products_of(net))
      if (seen.insert(title(call)).second) report(call, options);
}

}  // namespace

}  // namespace ebb

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  ebb::Options options;
  po::options_description flags("Times matrix products");
  auto add = flags.add_options();
  add("help", "this text");
  add("net", po::value(&options.nets), "layer sizes and samples, 784-30-10/10; may be repeated");
  add("type", po::value(&options.type), "f32 or f64");
  add("rounds", po::value(&options.rounds), "rounds in which the libraries run in turn");
  add("block", po::value(&options.block), "seconds of a block of calls");
  if (const auto status = ebb::bench::parse(argc, argv, flags)) return *status;
  ebb::run(options);
}
