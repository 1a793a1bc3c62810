// The C++ face of the plugin boundary: a plugin includes this file and nothing else of Ebb.
#pragma once

#include <ebb_plugin.h>
#include <ebb/op.hpp>
#include <ebb/random.hpp>

#include <algorithm>
#include <deque>

namespace ebb::sdk {

// Collects records and hands them to the host.
class Plugin {
 public:
  Op op(const char* name) {
    auto& record = records().emplace_back();
    record.op.size = sizeof(ebb_op);
    record.op.name = name;
    record.op.family = family_;
    record.op.precedence = 10;
    record.op.output_count = 1;
    mine_.push_back(&record);
    return Op(record);
  }
  // The heading for the ops that follow.
  void family(const char* name) { family_ = name; }

  int register_all(const ebb_host* host, ebb_context* context) const {
    for (detail::Record* record : mine_) {
      finish(*record);
      if (host->register_op(context, &record->op) != EBB_OK) return EBB_FAILED;
    }
    return EBB_OK;
  }

 private:
  // Records outlive the plugin object: the host keeps pointers into them.
  static std::deque<detail::Record>& records() {
    static std::deque<detail::Record> all;
    return all;
  }
  // Adds the attributes that the host sets, and points the C record at its parts.
  static void finish(detail::Record& r) {
    const bool initializer = r.op.kind == EBB_KIND_INITIALIZER;
    if (r.key < 0 && (initializer || (r.op.claims & EBB_RANDOM) != 0)) {
      Op op(r);
      if (initializer) {
        op.attr("shape", required, EBB_ATTR_INTS, "the parameter's shape");
        const int shape = static_cast<int>(r.attrs.size()) - 1;
        if (!r.infer) op.infer([shape](Inference& c) { c.out[0].dims = c.attrs.dims(shape); });
      }
      op.attr("key", 0, "its stream of random numbers");
      r.key = static_cast<int>(r.attrs.size()) - 1;
    }
    r.op.inputs = r.inputs.data();
    r.op.input_count = static_cast<std::int32_t>(r.inputs.size());
    r.op.attrs = r.attrs.data();
    r.op.attr_count = static_cast<std::int32_t>(r.attrs.size());
    r.op.signatures = r.signatures.data();
    r.op.signature_count = static_cast<std::int32_t>(r.signatures.size());
    if (r.infer) r.op.infer = &detail::infer;
    if (r.f32) r.op.kernel_f32 = &detail::kernel<&detail::Record::f32>;
    if (r.f64) r.op.kernel_f64 = &detail::kernel<&detail::Record::f64>;
    if (r.scratch) r.op.scratch_bytes = &detail::scratch;
    if (!r.vjps.empty()) r.op.vjp = &detail::vjp;
    r.op.self = &r;
  }
  std::vector<detail::Record*> mine_;
  const char* family_ = "plugin";
};

namespace detail {

// The body of a plugin's entry point. The records are made once and live as long as the process.
template <void (*Body)(Plugin&)>
int plugin_main(const char* name, const char* version, const ebb_host* host, ebb_context* context,
                ebb_plugin_info* info) noexcept {
  info->major = EBB_SDK_MAJOR;
  info->minor = EBB_SDK_MINOR;
  info->name = name;
  info->version = version;
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
  extern "C" __attribute__((visibility("default"))) int ebb_plugin_main(                           \
      const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {                         \
    return ::ebb::sdk::detail::plugin_main<&ebb_plugin_body>(#NAME, VERSION, host, context, info); \
  }                                                                                                \
  static void ebb_plugin_body(::ebb::sdk::Plugin& plugin)
