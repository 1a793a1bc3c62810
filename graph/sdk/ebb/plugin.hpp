// The C++ face of the plugin boundary: a plugin includes this file and nothing else of Ebb.
#pragma once

#include <ebb_plugin.h>
#include <ebb/exchange.hpp>
#include <ebb/metric.hpp>
#include <ebb/minimizer.hpp>
#include <ebb/op.hpp>
#include <ebb/random.hpp>
#include <ebb/source.hpp>
#include <ebb/update_rule.hpp>

#include <algorithm>
#include <deque>

namespace ebb::sdk {

namespace detail {

// A backward kernel gives the gradients of all real inputs, unless it says of which.
inline void Record::hand_over_backward() {
  if (!backward_f32) return;
  op.backward_f32 = &backward<&Record::backward_f32>;
  op.backward_f64 = &backward<&Record::backward_f64>;
  if (backward_scratch) op.backward_scratch = &of_types<&Record::backward_scratch>;
  if (op.differentiable != 0) return;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].dtype == EBB_REAL) op.differentiable |= 1u << i;
}

// Adds the attributes that the host sets, and points the C record at its parts.
inline int Record::hand_over(const ebb_host* host, ebb_context* context) {
  const bool initializer = op.kind == EBB_KIND_INITIALIZER;
  if (key < 0 && (initializer || (op.claims & EBB_RANDOM) != 0)) {
    Op builder(*this);
    if (initializer) {
      builder.attr("shape", required, EBB_ATTR_INTS, "the parameter's shape");
      const int shape = attrs.count() - 1;
      if (!infer) builder.infer([shape](Inference& c) { c.out[0].dims = c.attrs.dims(shape); });
    }
    builder.attr("key", 0, "its stream of random numbers");
    key = attrs.count() - 1;
  }
  op.inputs = inputs.data();
  op.input_count = static_cast<std::int32_t>(inputs.size());
  op.attrs = attrs.defs.data();
  op.attr_count = attrs.count();
  op.signatures = signatures.data();
  op.signature_count = static_cast<std::int32_t>(signatures.size());
  if (infer) op.infer = &detail::infer;
  if (f32) op.kernel_f32 = &kernel<&Record::f32>;
  if (f64) op.kernel_f64 = &kernel<&Record::f64>;
  if (scratch) op.scratch_bytes = &of_types<&Record::scratch>;
  if (flops) op.flops = &of_types<&Record::flops>;
  hand_over_backward();
  case_records.clear();
  for (const Case& one : cases)
    case_records.push_back({sizeof(ebb_case), one.types.data(),
                            static_cast<std::int32_t>(one.types.size()),
                            static_cast<std::int32_t>(one.attrs.size()), one.attrs.data()});
  op.cases = case_records.data();
  op.case_count = static_cast<std::int32_t>(case_records.size());
  if (!vjps.empty()) op.vjp = &detail::vjp;
  op.self = this;
  return host->register_op(context, &op);
}

}  // namespace detail

// Collects records and hands them to the host. Records live as long as the process: the host keeps
// pointers into them.
class Plugin {
 public:
  Op op(const char* name) {
    auto& record = keep<detail::Record>();
    record.op.size = sizeof(ebb_op);
    record.op.name = name;
    record.op.family = family_;
    record.op.precedence = 10;
    record.op.output_count = 1;
    return Op(record);
  }
  SourceBuilder source(const char* name) {
    auto& record = keep<detail::SourceRecord>();
    record.source.size = sizeof(ebb_source);
    record.source.name = name;
    return SourceBuilder(record);
  }
  // A format that `ebb export` writes, and one that `ebb import` reads.
  Exporter exporter(const char* name) {
    auto& record = keep<detail::ExporterRecord>();
    record.c.name = name;
    return Exporter(record);
  }
  Importer importer(const char* name) {
    auto& record = keep<detail::ImporterRecord>();
    record.c.name = name;
    return Importer(record);
  }
  Optimizer optimizer(const char* name) { return Optimizer(update_rule(name, EBB_KIND_OPTIMIZER)); }
  Schedule schedule(const char* name) { return Schedule(update_rule(name, EBB_KIND_SCHEDULE)); }
  // Measure: see Metric.
  template <class Measure>
  Metric metric(const char* name) {
    auto& record = keep<detail::MetricRecord>();
    using Functions = detail::MetricFunctions<Measure>;
    record.metric.size = sizeof(ebb_metric);
    record.metric.name = name;
    record.metric.begin = &Functions::begin;
    record.metric.add = &Functions::add;
    record.metric.result = &Functions::result;
    record.metric.end = &Functions::end;
    return Metric(record);
  }
  Minimizer minimizer(const char* name) {
    auto& record = keep<detail::MinimizerRecord>();
    record.minimizer.name = name;
    return Minimizer(record);
  }
  // The heading for the ops that follow.
  void family(const char* name) { family_ = name; }

  int register_all(const ebb_host* host, ebb_context* context) const {
    for (const auto& hand_over : mine_)
      if (hand_over(host, context) != EBB_OK) return EBB_FAILED;
    return EBB_OK;
  }

 private:
  // A new record, for the host when its turn comes.
  template <class Record>
  Record& keep() {
    static std::deque<Record> all;
    Record& record = all.emplace_back();
    mine_.push_back([&record](const ebb_host* host, ebb_context* context) {
      return record.hand_over(host, context);
    });
    return record;
  }
  detail::UpdateRecord& update_rule(const char* name, std::int32_t kind) {
    auto& record = keep<detail::UpdateRecord>();
    record.op.size = sizeof(ebb_op);
    record.op.name = name;
    record.op.family = family_;
    record.op.kind = kind;
    record.op.precedence = 10;
    record.op.output_count = 1;
    return record;
  }
  std::vector<std::function<int(const ebb_host*, ebb_context*)>> mine_;
  const char* family_ = "plugin";
};

namespace detail {

// The body of a plugin's entry point. The records are made once and live as long as the process.
template <void (*Body)(Plugin&)>
int plugin_main(const char* name, const char* version, const ebb_host* host, ebb_context* context,
                ebb_plugin_info* info) noexcept {
  if (ebb_plugin_begin(host, info, name, version) != EBB_OK) return EBB_FAILED;
  return guarded(host, context, [&] {
    static const Plugin plugin = [] {
      Plugin made;
      Body(made);
      return made;
    }();
    if (plugin.register_all(host, context) != EBB_OK) throw HostFailure();
  });
}

}  // namespace detail
}  // namespace ebb::sdk

// EBB_PLUGIN(softplus, "1.0") { plugin.op("softplus")...; }
#define EBB_PLUGIN(NAME, VERSION)                                                                  \
  static void ebb_plugin_body(::ebb::sdk::Plugin& plugin);                                         \
  extern "C" EBB_EXPORT int ebb_plugin_main(const ebb_host* host, ebb_context* context,            \
                                            ebb_plugin_info* info) {                               \
    return ::ebb::sdk::detail::plugin_main<&ebb_plugin_body>(#NAME, VERSION, host, context, info); \
  }                                                                                                \
  static void ebb_plugin_body(::ebb::sdk::Plugin& plugin)
