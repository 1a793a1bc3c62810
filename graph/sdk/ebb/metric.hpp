// The builder of a metric: a number that is no mean over samples, such as a rank statistic.
#pragma once

#include <ebb_plugin.h>
#include <ebb/op.hpp>

namespace ebb::sdk {

// A mini-batch of samples, as a metric sees it.
class Batch {
 public:
  explicit Batch(const ebb_metric_call& c) : attrs(c.attrs), c_(c) {}
  Attributes attrs;

  std::int64_t samples() const { return c_.samples; }
  // Input i: in(0).data(s) is where sample s begins. EBB_REAL inputs are double.
  template <class T = double>
  View<const T> in(int i) const {
    return View<const T>(c_.inputs[i]);
  }
  std::int32_t in_dtype(int i) const { return c_.inputs[i].type.dtype; }

 private:
  const ebb_metric_call& c_;
};

namespace detail {

struct MetricRecord {
  ebb_metric metric{};
  std::vector<ebb_input_def> inputs;
  AttributeTable attrs;

  int hand_over(const ebb_host* host, ebb_context* context) {
    metric.inputs = inputs.data();
    metric.input_count = static_cast<std::int32_t>(inputs.size());
    metric.attrs = attrs.defs.data();
    metric.attr_count = attrs.count();
    metric.self = this;
    return host->register_metric(context, &metric);
  }
};

// The functions of a metric whose state is a Measure.
template <class Measure>
struct MetricFunctions {
  static int begin(const ebb_metric_call* call, void** handle) {
    return guarded(call->host, call->context, [&] {
      if constexpr (std::is_constructible_v<Measure, const Attributes&>)
        *handle = new Measure(Attributes(call->attrs));
      else
        *handle = new Measure();
    });
  }
  static int add(const ebb_metric_call* call) {
    return guarded(call->host, call->context,
                   [&] { static_cast<Measure*>(call->handle)->add(Batch(*call)); });
  }
  static int result(const ebb_metric_call* call, double* number) {
    return guarded(call->host, call->context,
                   [&] { *number = static_cast<Measure*>(call->handle)->result(); });
  }
  static void end(void* handle) { delete static_cast<Measure*>(handle); }
};

}  // namespace detail

// Builds one metric's record. Strings must be literals (or live as long). The metric itself is a
// class, one object of which sees the samples of one data block:
//
//   struct Largest {
//     double largest = -infinity;
//     void add(const Batch& b) {
//       for (std::int64_t s = 0; s < b.samples(); ++s)
//         largest = std::max(largest, *b.in(0).data(s));
//     }
//     double result() { return largest; }
//   };
//   plugin.metric<Largest>("largest").doc("...").input("a");
//
// It may have a constructor from `const Attributes&`. What it throws, the user is told; so is a
// result that is no number.
class Metric : public AttributeBuilder<Metric> {
 public:
  explicit Metric(detail::MetricRecord& record) : AttributeBuilder(record.attrs), r_(record) {}

  Metric& doc(const char* text) { return r_.metric.doc = text, *this; }
  // A value of each sample: EBB_REAL, EBB_I64, EBB_BOOL, or EBB_ANY for whatever it is.
  Metric& input(const char* name, std::int32_t dtype = EBB_REAL) {
    ebb_input_def def{};
    def.size = sizeof def;
    def.name = name;
    def.dtype = dtype;
    def.domain = {-infinity, infinity, 0, 0, nullptr};
    r_.inputs.push_back(def);
    return *this;
  }

 private:
  detail::MetricRecord& r_;
};

}  // namespace ebb::sdk
