#include "graph/core/registry.hpp"

#include "graph/core/diagnostic.hpp"
#include "graph/core/host.hpp"
#include "graph/core/native_source.hpp"
#include "graph/core/records.hpp"

namespace ebb {

namespace {

// Copies what all extensions have; what is missing is an OpError.
template <class Def, class Record>
Def import_extension(const Record& record, const std::string& plugin, const Named<Def>& known) {
  Def def;
  def.c = whole_table(&record);
  def.name = text_of(def.c.name);
  def.doc = text_of(def.c.doc);
  def.plugin = plugin;
  if (def.name.empty()) throw OpError{"it has no name", {}};
  if (def.doc.empty()) throw OpError{"documentation is missing", {}};
  if (known.find(def.name)) throw OpError{"one of this name is already registered", {}};
  def.attrs = import_attrs(def.c.attrs, def.c.attr_count);
  return def;
}

void require(bool there, const char* what) {
  if (!there) throw OpError{std::string("it needs ") + what, {}};
}

// Runs `action` on the registry; an error becomes a message that names plugin, kind and name.
template <class Action>
int registering(ebb_context* context, const char* kind, const char* name, const Action& action) {
  const std::string plugin = text_of(context->info->name);
  const auto say = [&](const std::string& message) {
    context->message = "plugin " + plugin + ": " + kind + " `" + text_of(name) + "`: " + message;
  };
  try {
    if (!context->registry) throw OpError{"only ops can be registered here", {}};
    action(*context->registry, plugin);
    return EBB_OK;
  } catch (const OpError& e) {
    say(e.message);
  } catch (const std::exception& e) {
    say(e.what());
  }
  return EBB_FAILED;
}

}  // namespace

int host_register_source(ebb_context* context, const ebb_source* record) {
  return registering(context, "source", record->name,
                     [&](Registry& all, const std::string& plugin) {
                       SourceDef def = import_source(whole_table(record), plugin);
                       if (all.sources.find(def.name))
                         throw OpError{"one of this name is already registered", {}};
                       all.sources.add(std::move(def));
                     });
}

int host_register_minimizer(ebb_context* context, const ebb_minimizer* record) {
  return registering(context, "minimizer", record->name,
                     [&](Registry& all, const std::string& plugin) {
                       auto def = import_extension(*record, plugin, all.minimizers);
                       require(def.c.minimize, "the function minimize");
                       all.minimizers.add(std::move(def));
                     });
}

int host_register_metric(ebb_context* context, const ebb_metric* record) {
  return registering(context, "metric", record->name,
                     [&](Registry& all, const std::string& plugin) {
                       auto def = import_extension(*record, plugin, all.metrics);
                       def.inputs = import_inputs(def.c.inputs, def.c.input_count);
                       require(!def.inputs.empty(), "an input");
                       require(def.c.begin && def.c.add && def.c.result && def.c.end,
                               "the functions begin, add, result and end");
                       all.metrics.add(std::move(def));
                     });
}

int host_register_exporter(ebb_context* context, const ebb_exporter* record) {
  return registering(context, "exporter", record->name,
                     [&](Registry& all, const std::string& plugin) {
                       auto def = import_extension(*record, plugin, all.exporters);
                       def.extension = text_of(def.c.extension);
                       require(def.c.run, "the function run");
                       all.exporters.add(std::move(def));
                     });
}

int host_register_importer(ebb_context* context, const ebb_importer* record) {
  return registering(context, "importer", record->name,
                     [&](Registry& all, const std::string& plugin) {
                       auto def = import_extension(*record, plugin, all.importers);
                       def.extension = text_of(def.c.extension);
                       require(def.c.run, "the function run");
                       all.importers.add(std::move(def));
                     });
}

Registry::Mark Registry::mark() const {
  return {ops.all().size(),     sources.all().size(),   minimizers.all().size(),
          metrics.all().size(), exporters.all().size(), importers.all().size()};
}

void Registry::forget_after(const Mark& mark) {
  ops.forget_after(mark[0]);
  sources.forget_after(mark[1]);
  minimizers.forget_after(mark[2]);
  metrics.forget_after(mark[3]);
  exporters.forget_after(mark[4]);
  importers.forget_after(mark[5]);
}

ebb_plugin_info Registry::load(ebb_plugin_main_fn plugin_main, bool from_file) {
  const Mark before = mark();
  ebb_context context;
  context.from_file = from_file;
  context.ops = &ops;
  context.registry = this;
  try {
    return register_plugin(context, plugin_main);
  } catch (...) {
    forget_after(before);
    throw;
  }
}

}  // namespace ebb
