#include "graph/run/metrics.hpp"

#include <cmath>

#include "graph/core/crash.hpp"

namespace ebb {

Measurement::Measurement(const SampleMetric& metric)
    : metric_(metric), where_("metric `" + metric.def->name + "`") {
  const ebb_metric& record = metric.def->c;
  call_.size = sizeof call_;
  call_.self = record.self;
  call_.host = &host_table();
  call_.context = &context_;
  call_.attrs = metric.attrs ? metric.attrs->c() : nullptr;
  const InPlugin note(metric.def->plugin.c_str(), nullptr, where_.c_str());
  check(record.begin(&call_, &call_.handle));
}

Measurement::~Measurement() {
  const InPlugin note(metric_.def->plugin.c_str(), nullptr, where_.c_str());
  if (call_.handle) metric_.def->c.end(call_.handle);
}

void Measurement::add(const Executor& executor, std::span<const Value> inputs,
                      std::int64_t samples) {
  std::vector<Tensor> tensors;
  std::vector<ebb_tensor> views;
  for (const Value input : inputs) {
    Tensor tensor = executor.fetch_tensor(input);
    if (tensor.type().dtype == DType::f32) tensor = tensor.converted(DType::f64);
    tensors.push_back(std::move(tensor));
    views.push_back(tensors.back().view());
  }
  call_.inputs = views.data();
  call_.samples = samples;
  const InPlugin note(metric_.def->plugin.c_str(), nullptr, where_.c_str());
  check(metric_.def->c.add(&call_));
}

double Measurement::result() {
  double number = NAN;
  const InPlugin note(metric_.def->plugin.c_str(), nullptr, where_.c_str());
  check(metric_.def->c.result(&call_, &number));
  if (std::isnan(number))
    throw UserError(
        {Severity::error,
         metric_.def->name + " of the plugin " + metric_.def->plugin + " is not a number",
         metric_.span,
         {},
         {}});
  return number;
}

void Measurement::check(int status) const {
  if (status == EBB_OK) return;
  throw plugin_failure(metric_.def->name, metric_.def->plugin, context_, metric_.span);
}

}  // namespace ebb
