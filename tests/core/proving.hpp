// Plugins in this program, and what the proof says of them.
#pragma once

#include <boost/test/unit_test.hpp>
#include <ebb/plugin.hpp>
#include <string>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/core/proof.hpp"
#include "ops/ops.hpp"

namespace ebb::test {

inline void (*current)(sdk::Plugin&);
inline const ebb_op* current_record;

// A plugin `sample` that registers what `current` describes, and `current_record` if there is one.
inline int sample_main(const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
  if (ebb_plugin_begin(host, info, "sample", "1") != EBB_OK) return EBB_FAILED;
  sdk::Plugin plugin;
  if (current) current(plugin);
  if (plugin.register_all(host, context) != EBB_OK) return EBB_FAILED;
  return current_record ? host->register_op(context, current_record) : int{EBB_OK};
}

struct Proved {
  std::vector<OpProof> proofs;
  std::string refusal;
};

inline Proved proved(void (*build)(sdk::Plugin&), const ebb_op* record = nullptr) {
  current = build;
  current_record = record;
  Registry all;
  all.load(&ebb_ops_main);
  all.load(&sample_main, true);
  try {
    return {prove(all, "sample"), ""};
  } catch (const UserError& error) {
    return {{}, to_string(error.diagnostic())};
  }
}

// What is said of the op `f`.
inline std::string refusal(void (*build)(sdk::Plugin&), const ebb_op* record = nullptr) {
  const std::string said = proved(build, record).refusal;
  const std::string names = "error: plugin sample: op `f`: ";
  return said.starts_with(names) ? said.substr(names.size()) : said;
}

inline void same(sdk::Inference& c) { c.out[0].dims = c.in[0].dims; }

template <class T>
void copy(const sdk::Kernel& k, T) {
  const auto x = k.in<T>(0);
  for (std::int64_t s = 0; s < k.samples(); ++s)
    std::copy_n(x.data(s), x.elements(), k.out<T>().data(s));
}

inline sdk::Op f(sdk::Plugin& p) { return p.op("f").doc("d"); }
inline sdk::Op copying(sdk::Plugin& p) {
  return f(p).input("x").infer(same).vjp([](const sdk::Call& c) { return c.g; });
}

}  // namespace ebb::test
