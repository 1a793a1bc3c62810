#include "graph/cli/plan_drawing.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "graph/cli/call_tree.hpp"
#include "graph/cli/drawing_labels.hpp"
#include "graph/cli/terminal.hpp"
#include "graph/core/notation.hpp"

namespace ebb {

namespace {

// Rows of the arena beside folded calls: those of the largest values.
constexpr std::size_t most_rows = 20;

// What tells to which call a step belongs.
std::optional<NodeId> node_of(const Step& step) {
  if (step.kind == StepKind::copy) return {};
  return step.instructions.empty() ? step.node : step.instructions.front().node;
}

std::vector<NodeId> nodes_of(const Plan& plan) {
  std::vector<NodeId> nodes;
  for (const Step& step : plan.steps) {
    if (const auto node = node_of(step); node && step.instructions.empty()) nodes.push_back(*node);
    for (const Instruction& instruction : step.instructions) nodes.push_back(instruction.node);
  }
  return nodes;
}

class PlanDrawing {
 public:
  PlanDrawing(const Model& model, const Plan& plan, std::int64_t depth)
      : model_(model), plan_(plan), calls_(model, nodes_of(plan)) {
    find_elements(static_cast<std::size_t>(depth));
  }
  std::string text(const std::string& title);

 private:
  // A shape: a step, or the steps of a folded call that are of one order of differentiation.
  struct Element {
    CallTree::Call call = CallTree::none;
    int order = 0;
    std::string rule;  // the update rule that was called, for any variable; "" for another call
    std::vector<std::size_t> steps;
    bool folded() const { return steps.size() > 1; }
    std::string id() const { return "s" + std::to_string(steps.front()); }
  };
  // To or from a folded call, of all values that go there.
  struct Edge {
    std::string from, to;
    bool per_sample = false;
    std::vector<std::string> labels = {};
  };
  // From the step that makes it to the last one that reads it.
  struct Life {
    std::size_t first = 0, last = 0;
    std::string name;
  };

  void find_elements(std::size_t depth);
  void name_values();
  void find_lives();
  std::string folded_label(const Element& element) const;
  void write(const Element& element);
  void write_step(std::size_t index);
  Look look_of(const Step& step) const;
  std::string formula_of(NodeId node) const;
  void write_leaf(std::uint32_t id);
  void write_edges();
  void add_edge(const std::string& from, const std::string& to, std::uint32_t buffer, bool merged);
  void write(const Edge& edge);
  void write_written();
  void write_arena();
  std::string kilobytes(std::size_t bytes) const { return size_text(static_cast<double>(bytes)); }
  const Buffer& root(std::uint32_t id) const { return plan_.buffers[plan_.buffers[id].root]; }

  const Model& model_;
  const Plan& plan_;
  CallTree calls_;
  std::vector<Element> elements_;
  std::vector<std::size_t> element_of_;  // by step
  std::vector<Edge> edges_;
  std::map<std::pair<std::string, std::string>, std::size_t> edge_of_;  // of folded calls
  std::map<Value, std::string> names_;   // of values that have none: "t1"
  std::map<std::uint32_t, Life> lives_;  // of what lies in the arena, by root
  std::ostringstream out_;
};

// An update rule is called for each parameter: all its calls are one shape.
void PlanDrawing::find_elements(std::size_t depth) {
  std::map<std::tuple<CallTree::Call, int, std::string>, std::size_t> folded;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const auto node = node_of(plan_.steps[i]);
    const auto path = node ? calls_.path(*node) : std::vector<CallTree::Call>{};
    Element element;
    if (path.size() > depth) {
      element.call = path[depth];
      element.order = model_.origins(*node).order;
      if (const auto rule = rule_call(calls_[element.call])) element.rule = rule->rule;
    }
    std::size_t index = elements_.size();
    if (!element.rule.empty())
      index = folded.try_emplace({CallTree::none, 0, element.rule}, index).first->second;
    else if (element.call != CallTree::none)
      index = folded.try_emplace({element.call, element.order, ""}, index).first->second;
    if (index == elements_.size()) elements_.push_back(std::move(element));
    elements_[index].steps.push_back(i);
    element_of_.push_back(index);
  }
}

// "z = t1 + b"
std::string PlanDrawing::formula_of(NodeId node) const {
  const std::string* name = plan_.graph->name({node, 0});
  const auto number = names_.find({node, 0});
  return (name                     ? *name
          : number == names_.end() ? ""
                                   : number->second) +
         " = " + OpLabel(*plan_.graph, node, "", &names_).formula();
}

void PlanDrawing::name_values() {
  const Graph& graph = *plan_.graph;
  std::size_t count = 0;
  const auto name = [&](NodeId node) {
    for (const Value input : graph.inputs(node)) {
      // A view is called like what it is a view of.
      Value seen = input;
      while (!names_.contains(seen) && changes_storage_only(graph, seen))
        seen = graph.inputs(seen.node)[0];
      std::string called = short_name(graph, seen, "");
      if (called.empty() && names_.contains(seen)) called = names_.at(seen);
      if (seen != input && !called.empty()) names_.try_emplace(input, called);
    }
    if (!graph.name({node, 0}) && !graph.node(node).op->leaf)
      names_.try_emplace({node, 0}, "t" + std::to_string(++count));
  };
  for (const Step& step : plan_.steps) {
    for (const Instruction& instruction : step.instructions) name(instruction.node);
    if (step.op) name(step.node);
    if (step.gemm.accumulate)
      for (const Value term : graph.inputs(step.node))
        if (graph.is(term, step.op))
          names_.try_emplace(term, OpLabel(graph, term.node, "", &names_).formula());
  }
}

void PlanDrawing::find_lives() {
  const auto begin = [&](std::uint32_t id, NodeId node, std::size_t at) {
    if (root(id).home == Home::arena)
      lives_.try_emplace(plan_.buffers[id].root, Life{at, at, formula_of(node)});
  };
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const Step& step = plan_.steps[i];
    for (const Instruction& instruction : step.instructions)
      if (plan_.buffers[instruction.output].home != Home::tile)
        begin(instruction.output, instruction.node, i);
    for (const auto output : step.outputs) begin(output, step.node, i);
    for (const auto input : step.inputs)
      if (const auto life = lives_.find(plan_.buffers[input].root); life != lives_.end())
        life->second.last = i;
  }
  for (const auto& [value, id] : plan_.fetches)
    if (const auto life = lives_.find(plan_.buffers[id].root); life != lives_.end())
      life->second.last = plan_.steps.size();
}

Look PlanDrawing::look_of(const Step& step) const {
  const auto is_variable = [&](std::uint32_t id) { return root(id).home == Home::variable; };
  if (std::ranges::any_of(step.outputs, is_variable)) return Look::update;
  const NodeId node = step.instructions.empty() ? step.node : step.instructions.front().node;
  const bool derived = step.kind != StepKind::copy && model_.origins(node).order > 0;
  switch (step.kind) {
    case StepKind::gemm:
      return derived ? Look::derived_layer : Look::layer;
    case StepKind::elementwise:
      return derived ? Look::derived_op : Look::op;
    case StepKind::tensor:
      return derived ? Look::derived_op : Look::function;
    case StepKind::copy:
      break;
  }
  return Look::constant;
}

void PlanDrawing::write_step(std::size_t index) {
  const Step& step = plan_.steps[index];
  const std::size_t ops = step.instructions.size();
  std::vector<std::string> lines;
  const std::string number = std::to_string(index) + "  ";
  if (step.kind == StepKind::gemm) {
    lines = {bold(number + "product"), html(formula_of(step.node)),
             small(html(product_text(step)))};
  } else if (step.kind == StepKind::elementwise) {
    lines = {bold(number + (ops > 1 ? "fused, " + std::to_string(ops) + " ops" : "elementwise"))};
    for (const Instruction& instruction : step.instructions)
      lines.push_back(html(formula_of(instruction.node)));
  } else if (step.kind == StepKind::tensor) {
    lines = {bold(number + html(step.op->name)), html(formula_of(step.node))};
  } else {
    lines = {bold(number + "copy")};
  }
  std::string label = "<";
  for (const std::string& line : lines) label += line + "<br align=\"left\"/>";
  out_ << "s" << index << " [" << attributes_of(look_of(step)) << ", label=" << label << ">];\n";
}

// The call, its steps, the variables that they read and those that they write.
std::string PlanDrawing::folded_label(const Element& element) const {
  const ModelCall& call = calls_[element.call];
  std::set<std::string> read, written;
  const std::string prefix = call.name.empty() ? "" : call.name + ".";
  const auto add = [&](std::uint32_t id, std::set<std::string>& names, const char* mark) {
    const Buffer& buffer = root(id);
    if (buffer.home != Home::variable) return;
    const bool own = !prefix.empty() && buffer.key.starts_with(prefix);
    names.insert((own ? buffer.key.substr(prefix.size()) : buffer.key) + mark);
  };
  for (const std::size_t i : element.steps) {
    for (const auto input : plan_.steps[i].inputs) add(input, read, "");
    for (const auto output : plan_.steps[i].outputs) add(output, written, "′");
  }
  std::vector<std::string> lines{element.rule.empty()
                                     ? call_title(call.text, call.name, element.order > 0)
                                     : bold(html(element.rule)),
                                 small(steps_text(element.steps))};
  const auto list = [&](const char* verb, const std::set<std::string>& names) {
    if (names.empty()) return;
    const std::vector<std::string> all(names.begin(), names.end());
    lines.push_back(small(verb + html(counted(all, "variables"))));
  };
  list("reads ", read);
  list("writes ", written);
  return lines_html(lines);
}

void PlanDrawing::write(const Element& element) {
  if (!element.folded()) return write_step(element.steps.front());
  const Look look = element.rule.empty()
                        ? look_of_call(calls_.is_layer(element.call), element.order > 0)
                        : Look::update;
  out_ << element.id() << " [" << attributes_of(look) << ", label=" << folded_label(element)
       << "];\n";
}

// The numbers of a short one, of a longer one its shape.
std::string constant_text(const Buffer& buffer) {
  constexpr std::int64_t few = 6;
  const bool is_short = buffer.constant && buffer.type.shape.elements() <= few;
  return html(is_short ? values_text(*buffer.constant) : to_string(buffer.type.shape));
}

// A variable, a leaf or a constant that some step reads.
void PlanDrawing::write_leaf(std::uint32_t id) {
  const Buffer& buffer = plan_.buffers[id];
  const auto named = [&](const auto& entry) {
    return entry.value && plan_.graph->node(entry.value).key == buffer.key;
  };
  const bool parameter = std::ranges::any_of(model_.parameters, named);
  const Look look = buffer.home == Home::constant ? Look::constant
                    : buffer.home == Home::leaf   ? Look::input
                    : parameter                   ? Look::parameter
                                                  : Look::state;
  const std::string shape = html(shape_text(buffer.type));
  const std::string label =
      buffer.key.empty() ? constant_text(buffer) : bold(html(buffer.key)) + " " + shape;
  out_ << "b" << id << " [" << attributes_of(look) << ", label=" << lines_html({label}) << "];\n";
}

void PlanDrawing::write_edges() {
  std::map<std::uint32_t, std::size_t> writer;  // of a root, at present
  std::set<std::uint32_t> leaves;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const Element& element = elements_[element_of_[i]];
    std::set<std::uint32_t> read;
    for (const auto input : plan_.steps[i].inputs) {
      const std::uint32_t id = plan_.buffers[input].root;
      const Buffer& buffer = plan_.buffers[id];
      const bool is_number = buffer.home == Home::constant && buffer.type.shape.is_scalar();
      if (is_number || !read.insert(id).second) continue;
      const auto from = writer.find(id);
      if (from != writer.end()) {
        const Element& maker = elements_[element_of_[from->second]];
        if (&maker != &element)
          add_edge(maker.id(), element.id(), input, maker.folded() || element.folded());
        continue;
      }
      // Those of a folded call stand in it.
      if (element.folded() && buffer.home == Home::variable) continue;
      if (buffer.home != Home::arena && leaves.insert(id).second) write_leaf(id);
      add_edge("b" + std::to_string(id), element.id(), input, element.folded());
    }
    for (const auto output : plan_.steps[i].outputs) writer[plan_.buffers[output].root] = i;
  }
  for (const Edge& edge : edges_) write(edge);
}

// Those of folded calls are one from each to each.
void PlanDrawing::add_edge(const std::string& from, const std::string& to, std::uint32_t buffer,
                           bool merged) {
  std::size_t index = edges_.size();
  if (merged) index = edge_of_.try_emplace({from, to}, index).first->second;
  if (index == edges_.size()) edges_.push_back({from, to});
  Edge& edge = edges_[index];
  edge.per_sample = edge.per_sample || root(buffer).type.per_sample;
  if (root(buffer).home != Home::arena) return;
  const std::string shape = shape_text(plan_.buffers[buffer].type);
  const std::string place = "+" + std::to_string(root(buffer).offset);
  const std::string label = merged ? shape : place + (shape.empty() ? "" : "\n") + shape;
  if (!label.empty() && std::ranges::find(edge.labels, label) == edge.labels.end())
    edge.labels.push_back(label);
}

void PlanDrawing::write(const Edge& edge) {
  out_ << edge.from << " -> " << edge.to << " [" << edge_attributes(edge.per_sample, false);
  if (!edge.labels.empty()) out_ << ", label=" << in_quotes(counted(edge.labels, "shapes", "\n"));
  out_ << "];\n";
}

// What is written into variables, and what is read after the step.
void PlanDrawing::write_written() {
  for (std::size_t i = 0; i < plan_.steps.size(); ++i)
    for (const auto output : plan_.steps[i].outputs) {
      const Buffer& buffer = root(output);
      if (buffer.home != Home::variable || elements_[element_of_[i]].folded()) continue;
      out_ << "w" << i << "_" << output << " [" << attributes_of(Look::parameter)
           << ", label=" << lines_html({bold(html(buffer.key + "′"))}) << "];\ns" << i << " -> w"
           << i << "_" << output << " [" << edge_attributes(false, false) << "];\n";
    }
}

// A row for each value: where it lies, and from which step to which.
void PlanDrawing::write_arena() {
  std::vector<std::pair<std::uint32_t, Life>> rows(lives_.begin(), lives_.end());
  std::string title = "arena: " + kilobytes(plan_.arena_bytes);
  if (elements_.size() < plan_.steps.size() && rows.size() > most_rows) {
    title += ", the " + std::to_string(most_rows) + " largest of " + std::to_string(rows.size()) +
             " values";
    std::ranges::stable_sort(rows, std::greater<>(),
                             [&](const auto& row) { return plan_.buffers[row.first].bytes; });
    rows.resize(most_rows);
  }
  std::ranges::sort(rows, {}, [&](const auto& row) {
    return std::tuple(plan_.buffers[row.first].offset, row.second.first, row.first);
  });
  const auto cell = [](const std::string& text, const char* align) {
    return "<td align=\"" + std::string(align) + "\">" + text + "</td>";
  };
  out_ << "arena [shape=plaintext, label=<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" "
          "cellpadding=\"2\">\n<tr><td colspan=\"4\" align=\"left\">"
       << bold(title) << "</td></tr>\n<tr>" << cell(small("from"), "right")
       << cell(small("bytes"), "right") << cell(small("steps"), "left")
       << cell(small("value"), "left") << "</tr>\n";
  for (const auto& [id, life] : rows) {
    const Buffer& buffer = plan_.buffers[id];
    const std::string end = life.last == plan_.steps.size() ? "end" : std::to_string(life.last);
    out_ << "<tr>" << cell("+" + std::to_string(buffer.offset), "right")
         << cell(std::to_string(buffer.bytes), "right")
         << cell(std::to_string(life.first) + "–" + end, "left") << cell(html(life.name), "left")
         << "</tr>\n";
  }
  out_ << "</table>>];\n";
}

std::string PlanDrawing::text(const std::string& title) {
  name_values();
  find_lives();
  out_ << "digraph plan {\n" << drawing_attributes(title, elements_.size());
  for (const Element& element : elements_) write(element);
  write_edges();
  write_written();
  write_arena();
  out_ << "}\n";
  return out_.str();
}

}  // namespace

std::string drawing_of(const Model& model, const Plan& plan, const DrawingOptions& options) {
  return PlanDrawing(model, plan, options.depth).text(options.title);
}

}  // namespace ebb
