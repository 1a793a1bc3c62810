#include "graph/cli/graph_json.hpp"

#include <map>

#include "graph/cli/diagnostic_json.hpp"

namespace ebb {

namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json json_of(const Type& type) {
  return {
      {"type", name(type.dtype)}, {"shape", type.shape.dims()}, {"per_sample", type.per_sample}};
}

Json attributes_of(const Node& node) {
  Json all = Json::object();
  for (std::size_t i = 0; node.attrs && i < node.op->attrs.size(); ++i)
    if (const std::string& name = node.op->attrs[i].name; name != "key")
      std::visit([&](const auto& value) { all[name] = value; }, (*node.attrs)[i]);
  return all;
}

class Writer {
 public:
  explicit Writer(const Graph& graph) : graph_(graph) {}

  void add(NodeId id) {
    const Node& node = graph_.node(id);
    const std::string* given = graph_.name({id, 0});
    Json outputs = Json::array(), inputs = Json::array();
    for (const Type& type : node.outputs) outputs.push_back(json_of(type));
    for (const Value input : graph_.inputs(id)) inputs.push_back(place_of(input));
    Json line{{"id", places_.size()},
              {"op", node.op->name},
              {"name", text_or_null(given ? *given : node.key)},
              {"attributes", attributes_of(node)},
              {"outputs", outputs},
              {"inputs", inputs},
              {"at", to_json(node.span)}};
    if (node.constant) line["value"] = to_json(to_array(*node.constant));
    places_.emplace(id, places_.size());
    nodes_.push_back(std::move(line));
  }

  Json place_of(Value value) const { return {places_.at(value.node), value.output}; }
  const Json& nodes() const { return nodes_; }

 private:
  const Graph& graph_;
  Json nodes_ = Json::array();
  std::map<NodeId, std::size_t> places_;  // in the list
};

}  // namespace

Json json_of(const Graph& graph, std::span<const Root> roots) {
  std::vector<Value> values;
  for (const Root& root : roots) values.push_back(root.value);
  Writer writer(graph);
  for (const NodeId id : live_nodes(graph, values)) writer.add(id);
  Json list = Json::array();
  for (const Root& root : roots)
    list.push_back({{"name", root.name},
                    {"statement", text_or_null(root.statement)},
                    {"value", writer.place_of(root.value)}});
  return {{"nodes", writer.nodes()}, {"roots", std::move(list)}};
}

}  // namespace ebb
