#include "graph/cli/drawing.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "graph/cli/call_tree.hpp"
#include "graph/cli/drawing_labels.hpp"
#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

std::vector<Value> values_of(std::span<const Root> roots) {
  std::vector<Value> values;
  for (const Root& root : roots) values.push_back(root.value);
  return values;
}

class Drawing {
 public:
  Drawing(const Model& model, std::span<const Root> roots, const DrawingOptions& options)
      : model_(model),
        graph_(model.graph),
        roots_(roots),
        options_(options),
        live_(live_nodes(model.graph, values_of(roots))),
        calls_(model, live_) {}

  std::string text();

 private:
  // What a call is to nodes of one order of differentiation.
  using Part = std::pair<CallTree::Call, int>;
  // A shape: a node, or a folded call.
  struct Element {
    std::string id;
    CallTree::Call folded = CallTree::none;
    int order = 0;
    std::vector<Part> frames;  // of unfolded calls, the outermost first
    std::vector<NodeId> nodes;
  };
  using Indices = std::vector<std::size_t>;
  struct Arrow {
    std::size_t from, to;
    bool per_sample = false;
    std::vector<std::string> labels = {};
  };

  void find_elements();
  void write(const Indices& elements, std::size_t level);
  void write_frame(Part part, const Indices& elements, std::size_t level);
  void write(const Element& element);
  std::string node_label(NodeId id) const;
  std::string folded_label(const Element& element) const;
  Look look_of(NodeId id, int order) const;
  std::string tooltip(NodeId id) const;
  std::string prefix_of(NodeId id) const;
  std::string names_as_root(NodeId id, const std::string& prefix) const;
  void find_arrows();
  void add_arrow(Value value, std::size_t to, const std::string& mark);
  void write(const Arrow& arrow);
  void write_sinks();
  void write_ranks();

  const Model& model_;
  const Graph& graph_;
  std::span<const Root> roots_;
  const DrawingOptions& options_;
  std::vector<NodeId> live_;
  CallTree calls_;
  std::vector<Element> elements_;
  std::map<NodeId, std::size_t> element_of_;
  std::vector<Arrow> arrows_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> arrow_of_;  // to folded calls
  std::ostringstream out_;
};

void Drawing::find_elements() {
  std::map<Part, std::size_t> folded;
  for (const NodeId id : live_) {
    if (is_number(graph_, {id, 0})) continue;
    const int order = model_.origins(id).order;
    const auto path = calls_.path(id);
    const auto depth = static_cast<std::size_t>(options_.depth);
    const CallTree::Call call = path.size() > depth ? path[depth] : CallTree::none;
    std::size_t index = elements_.size();
    if (call != CallTree::none) index = folded.try_emplace({call, order}, index).first->second;
    if (index == elements_.size()) {
      Element element{"n" + std::to_string(index), call, order, {}, {}};
      for (std::size_t i = 0; i < std::min(path.size(), depth); ++i)
        element.frames.emplace_back(path[i], order);
      elements_.push_back(std::move(element));
    }
    elements_[index].nodes.push_back(id);
    element_of_[id] = index;
  }
}

// Those at this level of frames, and a frame for those that are deeper.
void Drawing::write(const Indices& elements, std::size_t level) {
  std::map<Part, Indices> inside;
  for (const std::size_t i : elements)
    if (elements_[i].frames.size() > level) inside[elements_[i].frames[level]].push_back(i);
  for (const std::size_t i : elements) {
    if (elements_[i].frames.size() == level) {
      write(elements_[i]);
    } else if (const auto frame = inside.find(elements_[i].frames[level]);
               frame->second.front() == i) {
      write_frame(frame->first, frame->second, level);
    }
  }
}

void Drawing::write_frame(Part part, const Indices& elements, std::size_t level) {
  const auto& [call, order] = part;
  const std::string label = call_title(calls_[call].text, calls_[call].name, order > 0);
  out_ << "subgraph cluster_" << call << "_" << order << " {\n"
       << frame_attributes(calls_.is_layer(call), order > 0) << ";\nlabel=" << lines_html({label})
       << ";\n";
  write(elements, level + 1);
  out_ << "}\n";
}

void Drawing::write(const Element& element) {
  const NodeId first = element.nodes.front();
  const bool is_node = element.folded == CallTree::none;
  const Look look = is_node ? look_of(first, element.order)
                            : look_of_call(calls_.is_layer(element.folded), element.order > 0);
  const std::string label = is_node ? node_label(first) : folded_label(element);
  const std::size_t count = element.nodes.size();
  const std::string tip =
      is_node ? tooltip(first) : std::to_string(count) + (count == 1 ? " node" : " nodes");
  out_ << element.id << " [" << attributes_of(look) << ", label=" << label
       << ", tooltip=" << in_quotes(tip) << "];\n";
}

Look Drawing::look_of(NodeId id, int order) const {
  const Node& node = graph_.node(id);
  if (!node.op->leaf) return order > 0 ? Look::derived_op : Look::op;
  if (node.constant) return Look::constant;
  const auto is_this = [&](const auto& entry) { return entry.value.node == id; };
  if (std::ranges::any_of(model_.parameters, is_this)) return Look::parameter;
  if (node.op == graph_.registry().core().variable) return Look::state;
  const auto input = std::ranges::find_if(model_.inputs, is_this);
  return input != model_.inputs.end() && input->target ? Look::target : Look::input;
}

// "sigmoid: real[30] per sample, digits.ebb:10:10"
std::string Drawing::tooltip(NodeId id) const {
  const Node& node = graph_.node(id);
  const std::string place = node.span ? to_string(node.span) : "";
  return node.op->name + ": " + to_string(node.outputs[0]) + (place.empty() ? "" : ", ") +
         place.substr(place.rfind('/') + 1);
}

// What the names of the layer's values begin with.
std::string Drawing::prefix_of(NodeId id) const {
  const auto path = calls_.path(id);
  for (std::size_t i = path.size(); i-- > 0;)
    if (calls_.is_layer(path[i])) return calls_[path[i]].name + ".";
  return "";
}

// The names of the roots that are no statements.
std::string Drawing::names_as_root(NodeId id, const std::string& prefix) const {
  std::string names;
  for (const Root& root : roots_) {
    if (root.value.node != id || !root.statement.empty()) continue;
    std::string name = root.name;
    if (const auto at = name.find(prefix); !prefix.empty() && at != std::string::npos)
      name.erase(at, prefix.size());
    names += (names.empty() ? "" : " = ") + name;
  }
  return names;
}

std::string Drawing::node_label(NodeId id) const {
  const Node& node = graph_.node(id);
  const std::string prefix = prefix_of(id);
  const std::string name = short_name(graph_, {id, 0}, prefix);
  const std::string root = names_as_root(id, prefix);
  std::string names = name + (name.empty() || root.empty() || name == root ? "" : " = ");
  if (name != root) names += root;
  if (node.constant) return lines_html({html(to_string(node.outputs[0].shape))});
  if (node.op->leaf)
    return lines_html({bold(html(names)) + " " + html(shape_text(node.outputs[0]))});
  const OpLabel op(graph_, id, prefix);
  std::vector<std::string> lines{(names.empty() ? "" : bold(html(names)) + " = ") +
                                 html(op.formula())};
  for (const std::string& attribute : op.attributes()) lines.push_back(small(html(attribute)));
  return lines_html(lines);
}

std::string Drawing::folded_label(const Element& element) const {
  const ModelCall& call = calls_[element.folded];
  const std::string prefix = call.name.empty() ? "" : call.name + ".";
  std::vector<std::string> parameters, roots;
  std::int64_t numbers = 0;
  for (const NodeId id : element.nodes) {
    const Type& type = graph_.node(id).outputs[0];
    const std::string shape = shape_text(type);
    const std::string behind = shape.empty() ? "" : " " + shape;
    if (!graph_.node(id).op->leaf) {
      const std::string name = names_as_root(id, prefix);
      if (!name.empty()) roots.push_back(name + behind);
    } else if (look_of(id, 0) == Look::parameter) {
      parameters.push_back(short_name(graph_, {id, 0}, prefix) + behind);
      numbers += type.shape.elements();
    }
  }
  std::vector<std::string> lines{call_title(call.text, call.name, element.order > 0)};
  if (!parameters.empty()) {
    lines.push_back(html(counted(parameters, "parameter arrays")));
    lines.push_back(small(with_commas(numbers) + (numbers == 1 ? " parameter" : " parameters")));
  }
  if (!roots.empty())
    lines.push_back(html(counted(roots, element.order > 0 ? "gradients" : "next values")));
  return lines_html(lines);
}

void Drawing::add_arrow(Value value, std::size_t to, const std::string& mark) {
  const std::size_t from = element_of_.at(value.node);
  std::size_t index = arrows_.size();
  if (elements_[to].folded != CallTree::none)
    index = arrow_of_.try_emplace({from, to}, index).first->second;
  if (index == arrows_.size()) arrows_.push_back({from, to});
  Arrow& arrow = arrows_[index];
  const Type& type = graph_.type(value);
  arrow.per_sample = arrow.per_sample || type.per_sample;
  const std::string shape = shape_text(type);
  const std::string label = mark + (mark.empty() || shape.empty() ? "" : " ") + shape;
  if (!label.empty() && std::ranges::find(arrow.labels, label) == arrow.labels.end())
    arrow.labels.push_back(label);
}

void Drawing::find_arrows() {
  for (const NodeId id : live_) {
    const auto to = element_of_.find(id);
    if (to == element_of_.end()) continue;
    const OpLabel op(graph_, id, prefix_of(id));
    std::set<Value> seen;
    for (const Value input : graph_.inputs(id)) {
      const auto from = element_of_.find(input.node);
      if (from == element_of_.end() || from->second == to->second || !seen.insert(input).second)
        continue;
      add_arrow(input, to->second,
                elements_[to->second].folded == CallTree::none ? op.mark(input) : "");
    }
  }
}

void Drawing::write(const Arrow& arrow) {
  const Element &from = elements_[arrow.from], &to = elements_[arrow.to];
  // What flows back is laid out against its direction, so that it runs beside what it came from.
  const bool back = from.order > 0 && to.order > 0;
  out_ << (back ? to : from).id << " -> " << (back ? from : to).id << " ["
       << edge_attributes(arrow.per_sample, from.order > 0);
  if (back) out_ << ", dir=back";
  if (from.order == 0 && to.order > 0) out_ << ", constraint=false";
  if (!arrow.labels.empty()) out_ << ", label=" << in_quotes(counted(arrow.labels, "shapes", "\n"));
  out_ << "];\n";
}

void Drawing::write_sinks() {
  std::size_t count = 0;
  for (const Root& root : roots_) {
    if (root.statement.empty() || !element_of_.contains(root.value.node)) continue;
    const std::string id = "r" + std::to_string(count++);
    const Look look = root.statement == "cost"     ? Look::cost
                      : root.statement == "output" ? Look::output
                                                   : Look::metric;
    std::vector<std::string> words{html(root.statement)};
    if (root.name != root.statement) words.push_back(bold(html(root.name)));
    out_ << id << " [" << attributes_of(look) << ", label=" << lines_html({joined(words, " ")})
         << "];\n";
    const Type& type = graph_.type(root.value);
    out_ << elements_[element_of_.at(root.value.node)].id << " -> " << id << " ["
         << edge_attributes(type.per_sample, false) << ", label=" << in_quotes(shape_text(type))
         << "];\n";
  }
}

// What differentiation has made stands beside what it was made of.
void Drawing::write_ranks() {
  std::map<NodeId, std::size_t> forward;  // by what the first node stems from
  std::map<CallTree::Call, std::size_t> folded;
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const Element& element = elements_[i];
    if (element.order > 0) continue;
    if (element.folded != CallTree::none) folded.emplace(element.folded, i);
    for (const NodeId id : element.nodes) forward.emplace(model_.origins(id).node, i);
  }
  std::set<std::size_t> taken;
  for (const Element& element : elements_) {
    if (element.order == 0) continue;
    const auto& partners = element.folded != CallTree::none;
    const auto call = folded.find(element.folded);
    const auto node = forward.find(model_.origins(element.nodes.front()).node);
    if (partners ? call == folded.end() : node == forward.end()) continue;
    const std::size_t partner = partners ? call->second : node->second;
    if (taken.insert(partner).second)
      out_ << "{ rank=same; " << elements_[partner].id << "; " << element.id << "; }\n";
  }
}

std::string Drawing::text() {
  find_elements();
  out_ << "digraph ebb {\n" << drawing_attributes(options_.title, elements_.size());
  Indices all(elements_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  write(all, 0);
  find_arrows();
  for (const Arrow& arrow : arrows_) write(arrow);
  write_sinks();
  write_ranks();
  out_ << "}\n";
  return out_.str();
}

}  // namespace

std::string drawing_of(const Model& model, std::span<const Root> roots,
                       const DrawingOptions& options) {
  return Drawing(model, roots, options).text();
}

}  // namespace ebb
