#include "graph/cli/tensorboard_graph.hpp"

#include <boost/range/adaptor/reversed.hpp>
#include <set>
#include <unordered_map>
#include <vector>

#include "graph/core/notation.hpp"

namespace ebb {

namespace {

// The numbers of fields, as tensorflow/core/framework has them in graph.proto, node_def.proto,
// attr_value.proto and tensor_shape.proto.
namespace graph_def {
constexpr int node = 1, versions = 4, producer = 1;
}
namespace node_def {
constexpr int name = 1, op = 2, input = 3, attr = 5, key = 1, value = 2;
}
namespace attr_value {
constexpr int list = 1, text = 2, list_shape = 7;
}
namespace tensor_shape {
constexpr int dim = 2, size = 1;
}
// The first version of graphs whose shapes may be unknown.
constexpr int version = 22;
// Of a constant, to be shown.
constexpr std::int64_t most_values = 16;

// "a[0].w" as "a_0/w".
std::string path_of(const std::string& name) {
  std::string path;
  for (const char c : name) {
    if (c == '.')
      path += '/';
    else if (c == '[')
      path += '_';
    else if (c != ']')
      path += c;
  }
  return path;
}

// What stands before the last slash; a name of the top level is itself a scope.
std::string scope_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(0, slash);
}

class Definition {
 public:
  explicit Definition(const Model& model) : graph_(model.graph) {
    const auto add_root = [&](const NamedValue& root) {
      roots_.push_back(root.value);
      if (!graph_.name(root.value)) names_.emplace(root.value.node, root.name);
    };
    for (const NamedValue& output : model.outputs) add_root(output);
    if (model.cost) add_root(*model.cost);
    for (const NamedValue& metric : model.metrics) add_root(metric);
    live_ = live_nodes(graph_, roots_);
    name_nodes();
  }

  WireMessage message() const {
    WireMessage all;
    for (const NodeId id : live_) all.message(graph_def::node, node(id));
    return all.message(graph_def::versions, WireMessage().whole(graph_def::producer, version));
  }

 private:
  // Users come before what they use, so that a node without a name finds the scope of its first
  // user.
  void name_nodes() {
    std::unordered_map<NodeId, std::string> scopes;
    std::set<std::string> taken;
    for (const NodeId id : boost::adaptors::reverse(live_)) {
      const std::string* given = graph_.name(Value{id, 0});
      const std::string& key = graph_.node(id).key;
      std::string path = path_of(names_.contains(id) ? names_[id] : given ? *given : key);
      if (path.empty()) {
        path = scopes[id].empty() ? graph_.node(id).op->name
                                  : scopes[id] + "/" + graph_.node(id).op->name;
      } else {
        scopes[id] = scope_of(path);
      }
      std::string unique = path;
      for (int i = 1; !taken.insert(unique).second; ++i) unique = path + "_" + std::to_string(i);
      names_[id] = unique;
      for (const Value input : graph_.inputs(id)) scopes[input.node] = scopes[id];
    }
  }

  WireMessage node(NodeId id) const {
    const Node& node = graph_.node(id);
    WireMessage message;
    message.text(node_def::name, names_.at(id)).text(node_def::op, node.op->name);
    for (const Value input : graph_.inputs(id))
      message.text(node_def::input,
                   names_.at(input.node) +
                       (input.output == 0 ? std::string() : ":" + std::to_string(input.output)));
    const auto add = [&](const std::string& key, const std::string& text) {
      message.message(node_def::attr, entry(key, WireMessage().text(attr_value::text, text)));
    };
    for (std::size_t i = 0; node.attrs && i < node.op->attrs.size(); ++i)
      add(node.op->attrs[i].name, to_string((*node.attrs)[i]));
    if (node.constant && node.constant->elements_per_sample() <= most_values)
      add("value", values_text(*node.constant));
    return message.message(node_def::attr, entry("_output_shapes", shapes(node)));
  }

  static WireMessage entry(const std::string& key, const WireMessage& value) {
    return WireMessage().text(node_def::key, key).message(node_def::value, value);
  }

  // The first dimension of what each sample has is their number, which is unknown: -1.
  static WireMessage shapes(const Node& node) {
    WireMessage list;
    for (const Type& type : node.outputs) {
      WireMessage shape;
      const auto add = [&](std::int64_t size) {
        shape.message(tensor_shape::dim, WireMessage().whole(tensor_shape::size, size));
      };
      if (type.per_sample) add(-1);
      for (const std::int64_t size : type.shape.dims()) add(size);
      list.message(attr_value::list_shape, shape);
    }
    return WireMessage().message(attr_value::list, list);
  }

  const Graph& graph_;
  std::vector<Value> roots_;
  std::vector<NodeId> live_;
  std::unordered_map<NodeId, std::string> names_;
};

}  // namespace

WireMessage tensorboard_graph(const Model& model) { return Definition(model).message(); }

}  // namespace ebb
