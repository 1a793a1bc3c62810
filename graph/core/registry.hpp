// All that a run knows by name: ops, and what else plugins bring.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "graph/core/op.hpp"
#include "graph/core/source.hpp"

namespace ebb {

// What the records of extensions have in common. `c` is the plugin's record, with zeros for what
// was appended to it since the plugin was built.
template <class Record>
struct Extension {
  std::string name, doc, plugin;
  std::vector<AttrDef> attrs;
  Record c{};
};

using MinimizerDef = Extension<ebb_minimizer>;
struct MetricDef : Extension<ebb_metric> {
  std::vector<InputDef> inputs;
};
struct ExporterDef : Extension<ebb_exporter> {
  std::string extension;  // ".onnx"
};
struct ImporterDef : Extension<ebb_importer> {
  std::string extension;
};

// Records by name, in order of registration; they never move.
template <class Def>
class Named {
 public:
  const Def* find(std::string_view name) const {
    for (const Def& def : all_)
      if (def.name == name) return &def;
    return nullptr;
  }
  const std::deque<Def>& all() const { return all_; }
  void add(Def def) { all_.push_back(std::move(def)); }
  void forget_after(std::size_t count) { all_.resize(count); }

 private:
  std::deque<Def> all_;
};

struct Registry {
  OpRegistry ops;
  Named<SourceDef> sources;
  Named<MinimizerDef> minimizers;
  Named<MetricDef> metrics;
  Named<ExporterDef> exporters;
  Named<ImporterDef> importers;

  // Registers all that a plugin brings, or nothing. Returns what it says of itself. Throws
  // UserError for an incomplete or duplicate record, or where the plugin fails. `from_file`: it is
  // not built in.
  ebb_plugin_info load(ebb_plugin_main_fn plugin_main, bool from_file = false);

  // How much is registered; and forgetting what came after that.
  using Mark = std::array<std::size_t, 6>;
  Mark mark() const;
  void forget_after(const Mark& mark);
};

}  // namespace ebb
