#include "graph/core/proof_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "graph/core/evaluate.hpp"
#include "graph/core/host.hpp"
#include "graph/core/probe.hpp"

namespace ebb {

namespace {

constexpr std::size_t zone = 1024;
constexpr std::byte zone_byte{0xC3};
constexpr std::byte fills[] = {std::byte{0x5A}, std::byte{0xA5}};
constexpr double float_tolerance = 1e-3;

// Memory between two guard zones.
class Guarded {
 public:
  Guarded(std::size_t bytes, std::byte fill)
      : bytes_(bytes), storage_(allocate_aligned(bytes + 2 * zone)) {
    std::fill_n(storage_.get(), bytes + 2 * zone, zone_byte);
    std::fill_n(data(), bytes, fill);
  }
  std::byte* data() const { return storage_.get() + zone; }
  // "before" or "after" where a zone was written to, else null.
  const char* breach() const {
    const auto touched = [](const std::byte* at) {
      return std::any_of(at, at + zone, [](std::byte b) { return b != zone_byte; });
    };
    if (touched(storage_.get())) return "before";
    return touched(data() + bytes_) ? "after" : nullptr;
  }

 private:
  std::size_t bytes_;
  std::shared_ptr<std::byte[]> storage_;
};

// One node in one precision; each run has fresh memory.
class GuardedNode {
 public:
  GuardedNode(const Graph& graph, NodeId id, Precision precision)
      : node_(graph.node(id)), op_(*node_.op), precision_(precision) {}

  // What it gives, its outputs and its scratch memory having been filled with `fill`.
  std::vector<Tensor> run(const std::vector<Tensor>& inputs, std::int64_t samples, std::byte fill) {
    std::vector<Guarded> in, out;
    std::vector<ebb_tensor> in_views, out_views;
    for (const Tensor& tensor : inputs) {
      in.emplace_back(tensor.size_bytes(), fill);
      std::copy_n(tensor.bytes(), tensor.size_bytes(), in.back().data());
      in_views.push_back(tensor.view());
      in_views.back().data = in.back().data();
    }
    std::vector<Tensor> outputs;
    for (const Type& type : node_.outputs) {
      const Type made{concrete(type.dtype, precision_), type.per_sample, type.shape};
      outputs.emplace_back(made, type.per_sample ? samples : 1);
      out.emplace_back(outputs.back().size_bytes(), fill);
      out_views.push_back(outputs.back().view());
      out_views.back().data = out.back().data();
    }
    const Guarded scratch(scratch_of(node_, in_views, out_views, samples), fill);
    call(in_views, out_views, samples, scratch.data());
    for (std::size_t i = 0; i < in.size(); ++i) {
      check_zones(in[i], "input " + input_name(i));
      if (std::memcmp(in[i].data(), inputs[i].bytes(), inputs[i].size_bytes()) != 0)
        throw OpError{"its kernel writes into its input " + input_name(i),
                      "inputs are read only: other ops read them too"};
    }
    check_zones(scratch, "scratch memory");
    for (std::size_t i = 0; i < out.size(); ++i) {
      check_zones(out[i], "output " + std::to_string(i));
      std::copy_n(out[i].data(), outputs[i].size_bytes(), outputs[i].bytes());
    }
    ++runs_;
    return outputs;
  }
  std::int64_t runs() const { return runs_; }

 private:
  std::string input_name(std::size_t i) const {
    return i < op_.inputs.size() || op_.is_variadic()
               ? op_.inputs[std::min(i, op_.inputs.size() - 1)].name
               : std::to_string(i);
  }
  void call(const std::vector<ebb_tensor>& in, const std::vector<ebb_tensor>& out,
            std::int64_t samples, void* scratch) const {
    ebb_context context;
    if (run_kernel(node_, in, out, scratch, samples, precision_, context) == EBB_OK) return;
    throw OpError{
        "its kernel failed at points of its domain" +
            (context.message.empty() ? "" : ": " + context.message),
        context.hint.empty() ? "say in its record which values and shapes it takes" : context.hint};
  }
  void check_zones(const Guarded& memory, const std::string& what) const {
    if (const char* where = memory.breach())
      throw OpError{std::string("its kernel writes ") + where + " its " + what,
                    "it may write to the elements of its outputs and to its scratch memory, and "
                    "to nothing else"};
  }

  Node node_;
  const OpDef& op_;
  Precision precision_;
  std::int64_t runs_ = 0;
};

std::int64_t total(const Tensor& tensor) { return tensor.elements_per_sample() * tensor.samples(); }

// The first element in which two tensors of a type differ, bit by bit; -1: in none.
std::int64_t first_difference(const Tensor& a, const Tensor& b) {
  const std::size_t size = size_of(a.type().dtype);
  for (std::int64_t i = 0; i < total(a); ++i)
    if (std::memcmp(a.bytes() + static_cast<std::size_t>(i) * size,
                    b.bytes() + static_cast<std::size_t>(i) * size, size) != 0)
      return i;
  return -1;
}

bool holds_fill(const Tensor& tensor, std::int64_t element, std::byte fill) {
  const std::size_t size = size_of(tensor.type().dtype);
  const std::byte* at = tensor.bytes() + static_cast<std::size_t>(element) * size;
  return std::all_of(at, at + size, [&](std::byte b) { return b == fill; });
}

void require_same_on_every_run(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    const std::int64_t i = first_difference(a[k], b[k]);
    if (i < 0) continue;
    if (holds_fill(a[k], i, fills[0]) && holds_fill(b[k], i, fills[1]))
      throw OpError{"its kernel does not write element " + std::to_string(i) + " of its output " +
                        std::to_string(k),
                    "an output holds anything before a kernel fills it"};
    throw OpError{"its kernel is not deterministic: on the same inputs it gives " +
                      nine_digits(a[k].at(i)) + ", then " + nine_digits(b[k].at(i)),
                  "it may depend on nothing but its inputs and attributes: not on what stood in "
                  "its output or scratch memory before, nor on a state of its own"};
  }
}

void require_float_near_double(const std::vector<Tensor>& single, const std::vector<Tensor>& full) {
  for (std::size_t k = 0; k < full.size(); ++k)
    for (std::int64_t i = 0; i < total(full[k]); ++i) {
      const double a = single[k].at(i), b = full[k].at(i);
      const bool same = a == b || (std::isnan(a) && std::isnan(b));
      if (same || std::abs(a - b) <= float_tolerance * std::max(1.0, std::abs(b))) continue;
      throw OpError{"its float kernel gives " + nine_digits(a) + " where the double one gives " +
                        nine_digits(b),
                    "both compute the same, each in its precision"};
    }
}

void require_samples_alone(GuardedNode& node, const std::vector<Tensor>& inputs,
                           const std::vector<Tensor>& together, std::int64_t samples) {
  for (std::int64_t s = 0; s < samples; ++s) {
    std::vector<Tensor> alone;
    for (const Tensor& tensor : inputs) alone.push_back(one_sample(tensor, s));
    const auto outputs = node.run(alone, 1, fills[0]);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (!together[k].type().per_sample) continue;
      const Tensor wanted = one_sample(together[k], s);
      const std::int64_t i = first_difference(outputs[k], wanted);
      if (i >= 0)
        throw OpError{"a sample alone gives other bits than in a mini-batch: " +
                          nine_digits(outputs[k].at(i)) + " and " + nine_digits(wanted.at(i)),
                      "a sample's result depends on that sample alone, or the record claims "
                      "across_samples()"};
    }
  }
}

std::vector<Tensor> in_precision(const std::vector<Tensor>& inputs, Precision precision) {
  std::vector<Tensor> result;
  for (const Tensor& tensor : inputs) {
    const bool is_real = tensor.type().dtype == DType::f64 || tensor.type().dtype == DType::f32;
    result.push_back(is_real ? tensor.converted(concrete(DType::real, precision)) : tensor);
  }
  return result;
}

}  // namespace

std::int64_t prove_kernel(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs,
                          std::int64_t samples) {
  const OpDef& op = *graph.node(id).op;
  const OpDef& claiming = op.backward_of ? *op.backward_of : op;
  std::int64_t runs = 0;
  std::vector<Tensor> single;
  const auto rounded = in_precision(inputs, Precision::f32);
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    GuardedNode node(graph, id, precision);
    const auto given = in_precision(rounded, precision);
    const auto outputs = node.run(given, samples, fills[0]);
    require_same_on_every_run(outputs, node.run(given, samples, fills[1]));
    if (!claiming.claims_(EBB_ACROSS_SAMPLES)) require_samples_alone(node, given, outputs, samples);
    if (precision == Precision::f32) {
      single = outputs;
    } else {
      require_float_near_double(single, outputs);
    }
    runs += node.runs();
  }
  return runs;
}

namespace {

// The span kernel over elements [begin, end) of the inputs, of which those with step 0 stay at
// their first.
void run_span(const OpDef& op, ebb_span_kernel kernel, const std::vector<Tensor>& inputs,
              const std::vector<std::int64_t>& steps, const ebb_attr* attrs, Tensor& output,
              std::int64_t begin, std::int64_t end) {
  std::vector<const void*> at;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::size_t size = size_of(inputs[i].type().dtype);
    at.push_back(inputs[i].bytes() + static_cast<std::size_t>(begin * steps[i]) * size);
  }
  const std::size_t size = size_of(output.type().dtype);
  const InPlugin note(op, "kernel");
  kernel(op.self, at.data(), steps.data(), output.bytes() + static_cast<std::size_t>(begin) * size,
         end - begin, attrs);
}

}  // namespace

std::int64_t prove_spans(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs) {
  const Node& node = graph.node(id);
  const OpDef& op = *node.op;
  const ebb_signature& signature = op.signatures[static_cast<std::size_t>(node.signature)];
  const ebb_attr* attrs = node.attrs ? node.attrs->c() : nullptr;
  const std::int64_t n = inputs[0].elements_per_sample();
  const std::array<std::int64_t, 4> cuts{0, 1, n / 3 + 2, n};
  std::int64_t runs = 0;
  for (const Precision precision : {Precision::f32, Precision::f64}) {
    const auto given = in_precision(inputs, precision);
    const auto kernel = precision == Precision::f32 ? signature.f32 : signature.f64;
    const Type type{concrete(node.outputs[0].dtype, precision), false, node.outputs[0].shape};
    // Of one input the first element alone, or of none.
    for (std::size_t alone = 0; alone <= inputs.size(); ++alone) {
      std::vector<std::int64_t> steps(inputs.size(), 1);
      if (alone < inputs.size()) steps[alone] = 0;
      if (inputs.size() == 1 && alone == 0) continue;
      Tensor whole(type), cut(type);
      run_span(op, kernel, given, steps, attrs, whole, 0, n);
      for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
        run_span(op, kernel, given, steps, attrs, cut, cuts[i], cuts[i + 1]);
      runs += 4;
      const std::int64_t i = first_difference(whole, cut);
      if (i >= 0)
        throw OpError{"its kernel gives other bits when a span is cut: " +
                          nine_digits(whole.at(i)) + " and " + nine_digits(cut.at(i)),
                      "each element is computed for itself; build without -ffast-math"};
    }
  }
  return runs;
}

}  // namespace ebb
