#include "graph/cli/plan_drawing.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "graph/cli/drawing_labels.hpp"
#include "graph/cli/terminal.hpp"
#include "graph/core/notation.hpp"

namespace ebb {

namespace {

class PlanDrawing {
 public:
  PlanDrawing(const Model& model, const Plan& plan) : model_(model), plan_(plan) {}
  std::string text(const std::string& title);

 private:
  // From the step that makes it to the last one that reads it.
  struct Life {
    std::size_t first = 0, last = 0;
    std::string name;
  };

  void name_values();
  void find_lives();
  void write_step(std::size_t index);
  Look look_of(const Step& step) const;
  std::string formula_of(NodeId node) const;
  void write_leaf(std::uint32_t id);
  void write_edges();
  void write_written();
  void write_arena();
  std::string kilobytes(std::size_t bytes) const { return size_text(static_cast<double>(bytes)); }
  const Buffer& root(std::uint32_t id) const { return plan_.buffers[plan_.buffers[id].root]; }

  const Model& model_;
  const Plan& plan_;
  std::map<Value, std::string> names_;   // of values that have none: "t1"
  std::map<std::uint32_t, Life> lives_;  // of what lies in the arena, by root
  std::ostringstream out_;
};

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
  std::ostringstream edges;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    std::set<std::uint32_t> read;
    for (const auto input : plan_.steps[i].inputs) {
      const std::uint32_t id = plan_.buffers[input].root;
      const Buffer& buffer = plan_.buffers[id];
      const bool is_number = buffer.home == Home::constant && buffer.type.shape.is_scalar();
      if (is_number || !read.insert(id).second) continue;
      const auto from = writer.find(id);
      if (from == writer.end() && buffer.home != Home::arena && leaves.insert(id).second)
        write_leaf(id);
      edges << (from == writer.end() ? "b" + std::to_string(id)
                                     : "s" + std::to_string(from->second))
            << " -> s" << i << " [" << edge_attributes(buffer.type.per_sample, false);
      if (buffer.home == Home::arena) {
        const std::string shape = shape_text(plan_.buffers[input].type);
        edges << ", label="
              << in_quotes("+" + std::to_string(buffer.offset) +
                           (shape.empty() ? "" : "\n" + shape));
      }
      edges << "];\n";
    }
    for (const auto output : plan_.steps[i].outputs) writer[plan_.buffers[output].root] = i;
  }
  out_ << edges.str();
}

// What is written into variables, and what is read after the step.
void PlanDrawing::write_written() {
  for (std::size_t i = 0; i < plan_.steps.size(); ++i)
    for (const auto output : plan_.steps[i].outputs) {
      const Buffer& buffer = root(output);
      if (buffer.home != Home::variable) continue;
      out_ << "w" << i << "_" << output << " [" << attributes_of(Look::parameter)
           << ", label=" << lines_html({bold(html(buffer.key + "′"))}) << "];\ns" << i << " -> w"
           << i << "_" << output << " [" << edge_attributes(false, false) << "];\n";
    }
}

// A row for each value: where it lies, and from which step to which.
void PlanDrawing::write_arena() {
  std::vector<std::pair<std::uint32_t, Life>> rows(lives_.begin(), lives_.end());
  std::ranges::sort(rows, {}, [&](const auto& row) {
    return std::tuple(plan_.buffers[row.first].offset, row.second.first, row.first);
  });
  const auto cell = [](const std::string& text, const char* align) {
    return "<td align=\"" + std::string(align) + "\">" + text + "</td>";
  };
  out_ << "arena [shape=plaintext, label=<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" "
          "cellpadding=\"2\">\n<tr><td colspan=\"4\" align=\"left\">"
       << bold("arena: " + kilobytes(plan_.arena_bytes)) << "</td></tr>\n<tr>"
       << cell(small("from"), "right") << cell(small("bytes"), "right")
       << cell(small("steps"), "left") << cell(small("value"), "left") << "</tr>\n";
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
  out_ << "digraph plan {\n" << drawing_attributes(title, plan_.steps.size());
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) write_step(i);
  write_edges();
  write_written();
  write_arena();
  out_ << "}\n";
  return out_.str();
}

}  // namespace

std::string drawing_of(const Model& model, const Plan& plan, const std::string& title) {
  return PlanDrawing(model, plan).text(title);
}

}  // namespace ebb
