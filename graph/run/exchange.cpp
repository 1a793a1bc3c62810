#include "graph/run/exchange.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>

#include "graph/core/crash.hpp"
#include "graph/core/host.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/training_graph.hpp"

namespace ebb {

namespace {

struct ExportContext : ebb_context {
  std::string bytes;
};

struct ImportContext : ebb_context {
  std::optional<std::string> script;
  std::vector<std::pair<std::string, Array>> parameters;
};

int append(ebb_context* context, const void* bytes, std::size_t count) {
  static_cast<ExportContext*>(context)->bytes.append(static_cast<const char*>(bytes), count);
  return EBB_OK;
}

int take_script(ebb_context* context, const char* text) {
  auto& script = static_cast<ImportContext*>(context)->script;
  if (script) return host_table().fail(context, "it gives two scripts", nullptr);
  script = text;
  return EBB_OK;
}

// Why a parameter can not be what the importer says; "" where it can.
std::string refusal(const ImportContext& context, const std::string& name,
                    const ebb_tensor& value) {
  const ebb_type& type = value.type;
  if (type.dtype < EBB_BOOL || type.dtype > EBB_F64) return "has no element type";
  if (type.per_sample != 0) return "is per sample, and parameters are shared";
  if (type.rank < 0 || type.rank > EBB_MAX_RANK ||
      !is_valid_shape({type.dims, static_cast<std::size_t>(type.rank)}))
    return "has a shape that can not be";
  for (const auto& known : context.parameters)
    if (known.first == name) return "is given twice";
  return "";
}

int take_parameter(ebb_context* base, const char* name, const ebb_tensor* value) {
  auto& context = *static_cast<ImportContext*>(base);
  if (const std::string why = refusal(context, name, *value); !why.empty())
    return host_table().fail(base, ("parameter " + std::string(name) + " " + why).c_str(), nullptr);
  const ebb_type& type = value->type;
  Array array = Array::make(static_cast<DType>(type.dtype), {type.dims, type.dims + type.rank});
  std::memcpy(array.bytes.get(), value->data, array.size_bytes());
  context.parameters.emplace_back(name, std::move(array));
  return EBB_OK;
}

std::string whole_file(const std::filesystem::path& path) {
  constexpr std::size_t piece = 1 << 20;
  InputFile file(path);
  std::string bytes;
  for (std::size_t got = piece; got == piece;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + piece);
    got = file.read_some(std::as_writable_bytes(std::span(bytes).subspan(before)));
    bytes.resize(before + got);
  }
  return bytes;
}

// The attributes that a user gave for a format.
template <class Def>
std::shared_ptr<const Attributes> attributes_of(const Def& format, const NamedAttrs& given) {
  try {
    return resolve_attributes(format.name, format.attrs, given);
  } catch (const OpError& error) {
    throw UserError(error.message, hints_of(error.hint));
  }
}

// What a plugin's function said before it failed.
template <class Def>
[[noreturn]] void throw_failure(const std::string& where, const Def& format,
                                const ebb_context& context) {
  throw UserError(
      where + ": " +
          (context.message.empty() ? format.name + " of the plugin " + format.plugin + " failed"
                                   : context.message),
      hints_of(context.hint));
}

// A graph in the form of the boundary. What nodes point to stays where it is.
class ExportedGraph {
 public:
  ExportedGraph(const Graph& graph, const Store& store, const Plugins& plugins, Precision precision)
      : graph_(graph), store_(store), plugins_(plugins), precision_(precision) {}

  void add(NodeId id);
  ebb_value handle(Value value) const {
    return (std::uint64_t{positions_.at(value.node)} << 32 | value.output) + 1;
  }
  const std::vector<ebb_node>& nodes() const { return nodes_; }

 private:
  struct Parts {
    std::string op, name, plugin;
    std::vector<ebb_value> inputs;
    std::vector<ebb_named_attr> attrs;
    std::vector<ebb_type> outputs;
    Tensor tensor;
    ebb_tensor value{};
  };
  std::string op_name(const Node& node) const;
  void set_value(const Node& node, Parts& parts) const;

  const Graph& graph_;
  const Store& store_;
  const Plugins& plugins_;
  Precision precision_;
  std::deque<Parts> parts_;
  std::vector<ebb_node> nodes_;
  std::unordered_map<NodeId, std::uint32_t> positions_;
};

std::string ExportedGraph::op_name(const Node& node) const {
  const auto& core = graph_.registry().core();
  return node.op == core.variable ? "parameter" : node.op->name;
}

void ExportedGraph::set_value(const Node& node, Parts& parts) const {
  if (node.constant) {
    parts.tensor = node.constant->converted(concrete(node.outputs[0].dtype, precision_));
  } else {
    const auto stored = store_.all().find(node.key);
    ensure(stored != store_.all().end(), "every parameter and state is in the store");
    parts.tensor = stored->second;
  }
  parts.value = parts.tensor.view();
}

void ExportedGraph::add(NodeId id) {
  const Node& node = graph_.node(id);
  const auto& core = graph_.registry().core();
  Parts& parts = parts_.emplace_back();
  parts.op = op_name(node);
  const std::string* name = graph_.name({id, 0});
  parts.name = !node.key.empty() ? node.key : name ? *name : "";
  if (plugins_.is_loaded(node.op->plugin)) parts.plugin = node.op->plugin;
  for (const Value input : graph_.inputs(id)) parts.inputs.push_back(handle(input));
  for (std::size_t i = 0; i < node.op->attrs.size(); ++i)
    parts.attrs.push_back({node.op->attrs[i].name.c_str(), node.attrs->c()[i]});
  for (Type type : node.outputs) {
    type.dtype = concrete(type.dtype, precision_);
    parts.outputs.push_back(to_c(type));
  }
  const bool valued = node.constant || node.op == core.variable;
  if (valued) set_value(node, parts);
  positions_.emplace(id, static_cast<std::uint32_t>(nodes_.size()));
  nodes_.push_back({sizeof(ebb_node), parts.op.c_str(), parts.name.c_str(), parts.inputs.data(),
                    parts.attrs.data(), parts.outputs.data(),
                    static_cast<std::int32_t>(parts.inputs.size()),
                    static_cast<std::int32_t>(parts.attrs.size()),
                    static_cast<std::int32_t>(parts.outputs.size()), 0,
                    valued ? &parts.value : nullptr, parts.plugin.c_str()});
}

// Epochs, steps and the index of a sample are known to a run, and to no file.
void check_inputs(const Model& model, const std::vector<NodeId>& nodes) {
  for (const NodeId id : nodes) {
    if (!model.graph.is({id, 0}, model.graph.registry().core().input)) continue;
    if (std::ranges::find(model.inputs, Value{id, 0}, &ModelInput::value) != model.inputs.end())
      continue;
    const std::string* name = model.graph.name({id, 0});
    throw UserError("the outputs depend on `" + (name ? *name : model.graph.node(id).key) +
                        "`, which an exported graph does not know",
                    {"random numbers and what changes from epoch to epoch are for training"});
  }
}

}  // namespace

std::string export_model(Model& model, const Store& store, const ExporterDef& format,
                         const NamedAttrs& attrs, const std::string& name, const Plugins& plugins,
                         Precision precision) {
  if (model.outputs.empty())
    throw UserError("the script has no `output`", {"what is exported computes the outputs"});
  const auto given = attributes_of(format, attrs);
  std::vector<Value> values;
  for (const NamedValue& output : model.outputs) values.push_back(output.value);
  values = simplifier_of(model)(values);
  const auto live = live_nodes(model.graph, values);
  check_inputs(model, live);
  ExportedGraph graph(model.graph, store, plugins, precision);
  for (const NodeId id : live) graph.add(id);
  std::vector<ebb_named_value> outputs;
  for (std::size_t i = 0; i < values.size(); ++i)
    outputs.push_back({model.outputs[i].name.c_str(), graph.handle(values[i])});
  ExportContext context;
  const ebb_export_call call{sizeof(ebb_export_call),
                             format.c.self,
                             &host_table(),
                             &context,
                             given ? given->c() : nullptr,
                             name.c_str(),
                             graph.nodes().data(),
                             outputs.data(),
                             static_cast<std::int64_t>(graph.nodes().size()),
                             static_cast<std::int32_t>(outputs.size()),
                             0,
                             &append};
  const InPlugin note(format.plugin.c_str(), nullptr, "exporter");
  if (format.c.run(&call) != EBB_OK) throw_failure("export to " + format.name, format, context);
  return std::move(context.bytes);
}

ImportedModel import_model(const std::filesystem::path& file, const ImporterDef& format,
                           const NamedAttrs& attrs) {
  const auto given = attributes_of(format, attrs);
  const std::string bytes = whole_file(file);
  ImportContext context;
  const std::string path = file.string();
  const ebb_import_call call{sizeof(ebb_import_call),
                             format.c.self,
                             &host_table(),
                             &context,
                             given ? given->c() : nullptr,
                             path.c_str(),
                             bytes.data(),
                             bytes.size(),
                             &take_script,
                             &take_parameter};
  const InPlugin note(format.plugin.c_str(), nullptr, "importer");
  if (format.c.run(&call) != EBB_OK) throw_failure(path, format, context);
  if (!context.script)
    throw UserError(path + ": " + format.name + " of the plugin " + format.plugin +
                    " gives no script");
  return {std::move(*context.script), std::move(context.parameters)};
}

}  // namespace ebb
