#include "graph/cli/listing.hpp"

#include <algorithm>
#include <ostream>
#include <set>

#include "graph/core/notation.hpp"

namespace ebb {

std::vector<std::pair<std::string, std::string>> chosen_attributes(const Node& node) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (std::size_t i = 0; node.attrs && i < node.op->attrs.size(); ++i) {
    const AttrDef& def = node.op->attrs[i];
    const Attr& value = (*node.attrs)[i];
    if (def.name != "key" && !(def.fallback && *def.fallback == value))
      texts.emplace_back(def.name, to_string(value));
  }
  return texts;
}

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
  for (const auto& [attribute, value] : chosen_attributes(node))
    add(std::string(attribute).append(" = ").append(value));
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

}  // namespace ebb
