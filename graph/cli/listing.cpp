#include "graph/cli/listing.hpp"

#include <algorithm>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/graphviz.hpp>
#include <ostream>
#include <set>

#include "graph/core/notation.hpp"

namespace ebb {

namespace {

// Attributes that differ from the record's defaults: "n = 2".
std::vector<std::string> attributes_of(const Node& node) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < node.op->attrs.size(); ++i) {
    const AttrDef& def = node.op->attrs[i];
    const Attr& value = (*node.attrs)[i];
    if (def.name != "key" && !(def.fallback && *def.fallback == value))
      texts.push_back(def.name + " = " + to_string(value));
  }
  return texts;
}

// As Graphviz reads a string.
std::string in_quotes(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return result + '"';
}

// Which nodes a drawing holds; a pointer, since Boost.Graph copies predicates.
struct IsShown {
  const std::set<NodeId>* shown = nullptr;
  bool operator()(std::size_t vertex) const { return shown->contains(static_cast<NodeId>(vertex)); }
};

}  // namespace

Listing::Listing(const Graph& graph, std::span<const Root> roots)
    : graph_(graph), roots_(roots.begin(), roots.end()) {
  std::vector<Value> values;
  std::set<std::string> taken;
  for (const Root& root : roots_) {
    values.push_back(root.value);
    if (!graph.name(root.value) && !graph.node(root.value).op->leaf &&
        taken.insert(root.name).second)
      names_.emplace(root.value, root.name);
  }
  live_ = live_nodes(graph, values);
  std::size_t unnamed = 0;
  for (const NodeId id : live_) {
    if (is_number(id)) continue;
    for (std::uint32_t i = 0; i < graph.node(id).outputs.size(); ++i) {
      const Value value{id, i};
      if (names_.contains(value)) continue;
      const std::string* given = graph.name(value);
      const std::string& key = graph.node(id).key;
      const std::string wanted = given ? *given : key;
      // A name that the script uses again means a new value each time; the first keeps it.
      const bool free = !wanted.empty() && taken.insert(wanted).second;
      names_.emplace(value, free ? wanted : "%" + std::to_string(++unnamed));
    }
  }
}

bool Listing::is_number(NodeId id) const {
  double number = 0;
  const Node& node = graph_.node(id);
  return node.constant && node.outputs[0].shape.is_scalar() &&
         uniform_constant(graph_, {id, 0}, number);
}

std::string Listing::name(Value value) const {
  double number = 0;
  if (is_number(value.node) && uniform_constant(graph_, value, number)) return number_text(number);
  return names_.at(value);
}

std::string Listing::right_side(NodeId id) const {
  const Node& node = graph_.node(id);
  std::string text;
  const auto add = [&](const std::string& argument) {
    text += (text.empty() ? "" : ", ") + argument;
  };
  for (const Value input : graph_.inputs(id)) add(name(input));
  if (node.constant && node.outputs[0].shape.elements() <= 16) add(values_text(*node.constant));
  if (node.attrs)
    for (const std::string& attribute : attributes_of(node)) add(attribute);
  return node.op->name + (node.op->leaf && text.empty() ? "" : "(" + text + ")");
}

void Listing::print_text(std::ostream& out) const {
  for (const NodeId id : live_) {
    if (is_number(id)) continue;
    const Node& node = graph_.node(id);
    for (std::uint32_t i = 0; i < node.outputs.size(); ++i) out << (i ? ", " : "") << name({id, i});
    out << " = " << right_side(id) << " : ";
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
      out << (i ? ", " : "") << to_string(node.outputs[i]);
    out << '\n';
  }
  for (const Root& root : roots_)
    if (name(root.value) != root.name)
      out << root.name << " = " << name(root.value) << " : " << to_string(graph_.type(root.value))
          << '\n';
}

std::string Listing::label(NodeId id) const {
  const Node& node = graph_.node(id);
  std::string first = is_number(id) ? name({id, 0}) : names_.at({id, 0});
  if (first.starts_with('%')) first.clear();
  for (const Root& root : roots_)
    if (root.value.node == id && root.name != first)
      first += (first.empty() ? "" : " = ") + root.name;
  std::string text = first;
  if (!node.op->leaf) {
    text += (first.empty() ? "" : " = ") + node.op->name;
    if (node.attrs)
      for (const std::string& attribute : attributes_of(node)) text += "\n" + attribute;
  }
  return is_number(id) ? text : text + "\n" + to_string(node.outputs[0]);
}

void Listing::print_dot(std::ostream& out) const {
  const std::set<NodeId> shown(live_.begin(), live_.end());
  const boost::filtered_graph<Graph::Storage, boost::keep_all, IsShown> view(
      graph_.storage(), boost::keep_all{}, IsShown{&shown});
  const auto node_writer = [this](std::ostream& to, std::size_t vertex) {
    const auto id = static_cast<NodeId>(vertex);
    const Node& node = graph_.node(id);
    const bool variable = node.op == graph_.registry().core().variable;
    const char* shape = !node.op->leaf ? "box" : variable ? "box3d" : "ellipse";
    to << "[shape=" << shape << ", label=" << in_quotes(label(id)) << "]";
  };
  // Which argument an edge is matters where an op has several and their order counts.
  const auto edge_writer = [this](std::ostream& to, const auto& edge) {
    const OpDef& op = *graph_.node(static_cast<NodeId>(edge.m_target)).op;
    const std::size_t argument = graph_.storage()[edge].argument;
    if (op.inputs.size() > 1 && !op.claims_(EBB_COMMUTATIVE) && argument < op.inputs.size())
      to << "[label=" << in_quotes(op.inputs[argument].name) << "]";
  };
  const auto graph_writer = [](std::ostream& to) {
    to << "rankdir=BT;\nnode [fontname=\"sans-serif\", fontsize=11];\n"
          "edge [fontname=\"sans-serif\", fontsize=9];\n";
  };
  boost::write_graphviz(out, view, node_writer, edge_writer, graph_writer);
}

}  // namespace ebb
