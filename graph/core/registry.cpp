#include "graph/core/registry.hpp"

#include <memory>

#include "graph/core/diagnostic.hpp"
#include "graph/core/host.hpp"
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

// An open source; all that it gives is read at once.
class OpenSource {
 public:
  OpenSource(const ebb_source& source, const std::string& name, const Attributes* attrs)
      : source_(source), name_(name) {
    call_ = {sizeof call_, source.self, &host_table(), &context_, attrs ? attrs->c() : nullptr,
             nullptr};
    check(source.open(&call_, &call_.handle, &samples_, &columns_));
    if (samples_ < 1 || columns_ < 1) throw UserError(name + ": there are no samples");
  }
  ~OpenSource() {
    if (call_.handle) source_.close(call_.handle);
  }
  OpenSource(const OpenSource&) = delete;
  OpenSource& operator=(const OpenSource&) = delete;

  Samples read() {
    Samples samples;
    for (std::int32_t i = 0; i < columns_; ++i) {
      ebb_column column{};
      column.size = sizeof column;
      check(source_.column(&call_, i, &column));
      std::vector<std::int64_t> dims{samples_};
      dims.insert(dims.end(), column.type.dims, column.type.dims + column.type.rank);
      Array array = Array::make(static_cast<DType>(column.type.dtype), dims);
      std::vector<std::int64_t> all(static_cast<std::size_t>(samples_));
      for (std::size_t s = 0; s < all.size(); ++s) all[s] = static_cast<std::int64_t>(s);
      check(source_.read(&call_, i, all.data(), samples_, array.bytes.get()));
      samples.columns.emplace_back(text_of(column.name), std::move(array));
    }
    return samples;
  }

 private:
  void check(int status) const {
    if (status == EBB_OK) return;
    std::vector<std::string> hints;
    if (!context_.hint.empty()) hints.push_back(context_.hint);
    throw UserError(context_.message.empty() ? name_ + " failed" : context_.message, hints);
  }
  const ebb_source source_;
  std::string name_;
  ebb_context context_;
  ebb_source_call call_{};
  std::int64_t samples_ = 0;
  std::int32_t columns_ = 0;
};

SourceArgument to_argument(const Attr& attr) {
  if (const auto* i = std::get_if<std::int64_t>(&attr)) return static_cast<double>(*i);
  if (const auto* r = std::get_if<double>(&attr)) return *r;
  if (const auto* b = std::get_if<bool>(&attr)) return *b;
  if (const auto* s = std::get_if<std::string>(&attr)) return *s;
  if (const auto* strings = std::get_if<std::vector<std::string>>(&attr)) return *strings;
  Array array;
  const auto fill = [&](const auto& list) {
    array = Array::make(DType::f64, {static_cast<std::int64_t>(list.size())});
    for (std::size_t i = 0; i < list.size(); ++i)
      array.data<double>()[i] = static_cast<double>(list[i]);
  };
  if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&attr)) fill(*ints);
  if (const auto* reals = std::get_if<std::vector<double>>(&attr)) fill(*reals);
  return array;
}

Attr to_attr(const SourceArgument& argument) {
  if (const auto* r = std::get_if<double>(&argument)) return *r;
  if (const auto* b = std::get_if<bool>(&argument)) return *b;
  if (const auto* s = std::get_if<std::string>(&argument)) return *s;
  if (const auto* strings = std::get_if<std::vector<std::string>>(&argument)) return *strings;
  const auto& array = std::get<Array>(argument);
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < array.elements(); ++i) numbers.push_back(array.at(i));
  return numbers;
}

Samples open_source(const ebb_source& source, const std::string& name,
                    const std::vector<AttrDef>& defs, const std::vector<SourceArgument>& arguments,
                    const SourceContext& context) {
  NamedAttrs given;
  for (std::size_t i = 0; i < defs.size(); ++i) {
    Attr attr = to_attr(arguments[i]);
    if (auto* path = std::get_if<std::string>(&attr); path && defs[i].is_path && !path->empty())
      *path = (context.data_dir / *path).string();
    given.emplace_back(defs[i].name, std::move(attr));
  }
  try {
    const auto attrs = resolve_attributes(name, defs, given);
    return OpenSource(source, name, attrs.get()).read();
  } catch (const OpError& e) {
    std::vector<std::string> hints;
    if (!e.hint.empty()) hints.push_back(e.hint);
    throw UserError(e.message, hints);
  }
}

}  // namespace

int host_register_source(ebb_context* context, const ebb_source* record) {
  return registering(
      context, "source", record->name, [&](Registry& all, const std::string& plugin) {
        const ebb_source source = whole_table(record);
        SourceDef def;
        def.name = text_of(source.name);
        def.doc = text_of(source.doc);
        def.plugin = plugin;
        if (def.name.empty()) throw OpError{"it has no name", {}};
        if (def.doc.empty()) throw OpError{"documentation is missing", {}};
        if (all.sources.find(def.name)) throw OpError{"one of this name is already registered", {}};
        require(source.open && source.column && source.read && source.close,
                "the functions open, column, read and close");
        const auto attrs = import_attrs(source.attrs, source.attr_count);
        for (const AttrDef& attr : attrs) {
          SourceParameter parameter{attr.name, attr.doc, {}};
          if (attr.fallback) parameter.fallback = to_argument(*attr.fallback);
          def.parameters.push_back(std::move(parameter));
        }
        def.open = [source, name = def.name, attrs](const auto& arguments, const auto& where) {
          return open_source(source, name, attrs, arguments, where);
        };
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
