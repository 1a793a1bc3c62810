#include "graph/cli/drawing_labels.hpp"

#include <algorithm>

#include "graph/cli/listing.hpp"
#include "graph/cli/terminal.hpp"
#include "graph/core/notation.hpp"

namespace ebb {

namespace {

constexpr std::string_view ink = "#1f2933", quiet = "#616e7c", delta = "#a8327a";
const std::string font = "fontname=\"Helvetica,Arial,DejaVu Sans,sans-serif\"";

std::string colors(std::string_view line, std::string_view fill, std::string_view text = ink) {
  return "color=\"" + std::string(line) + "\", fillcolor=\"" + std::string(fill) +
         "\", fontcolor=\"" + std::string(text) + "\"";
}

std::string rounded(const std::string& rest) {
  return "shape=box, style=\"rounded,filled\", " + rest;
}

// Longer texts would make the shape too wide.
std::string shortened(const std::string& text) {
  constexpr std::size_t longest = 40;
  if (text.size() <= longest) return text;
  std::size_t end = longest - 1;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return result + '"';
}

std::string html(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// Graphviz takes an element without content for an error.
std::string bold(const std::string& html) { return html.empty() ? "" : "<b>" + html + "</b>"; }

std::string small(const std::string& html) { return "<font point-size=\"9\">" + html + "</font>"; }

std::string lines_html(const std::vector<std::string>& lines) {
  std::string result = "<";
  for (const std::string& line : lines) result += (&line == lines.data() ? "" : "<br/>") + line;
  return result + ">";
}

std::string counted(const std::vector<std::string>& texts, const std::string& what,
                    const char* between) {
  constexpr std::size_t most_listed = 3;
  return texts.size() > most_listed ? std::to_string(texts.size()) + " " + what
                                    : joined(texts, between);
}

std::string steps_text(const std::vector<std::size_t>& steps) {
  constexpr std::size_t most_ranges = 3;
  std::vector<std::string> ranges;
  const auto range = [](std::size_t first, std::size_t last) {
    return std::to_string(first) + (first == last ? "" : "–" + std::to_string(last));
  };
  for (std::size_t i = 0, first = 0; i < steps.size(); ++i)
    if (i + 1 == steps.size() || steps[i + 1] != steps[i] + 1) {
      ranges.push_back(range(steps[first], steps[i]));
      first = i + 1;
    }
  return std::to_string(steps.size()) + " steps" +
         (ranges.size() > most_ranges ? " of " + range(steps.front(), steps.back())
                                      : ": " + joined(ranges));
}

std::string call_title(const std::string& text, const std::string& name, bool derived) {
  const std::string title = bold(html(std::string(derived ? "∂ " : "") + text));
  return name.empty() ? title : title + " " + small(html(name));
}

Look look_of_call(bool layer, bool derived) {
  if (layer) return derived ? Look::derived_layer : Look::layer;
  return derived ? Look::derived_op : Look::function;
}

std::string attributes_of(Look look) {
  switch (look) {
    case Look::op:
      return rounded(colors("#7b8794", "#ffffff"));
    case Look::derived_op:
      return rounded(colors(delta, "#fdf1f8"));
    case Look::layer:
      return rounded(colors("#2b6cb0", "#dbeafe") + ", penwidth=1.4");
    case Look::derived_layer:
      return rounded(colors(delta, "#fbdcee") + ", penwidth=1.4");
    case Look::function:
      return rounded(colors("#7b8794", "#eef1f4"));
    case Look::parameter:
      return "shape=cylinder, style=filled, " + colors("#b7791f", "#fdecc8");
    case Look::state:
      return "shape=cylinder, style=\"filled,dashed\", " + colors("#b7791f", "#fffaf0");
    case Look::input:
      return "shape=parallelogram, margin=0, style=filled, " + colors("#2f855a", "#d5f0df");
    case Look::target:
      return "shape=parallelogram, margin=0, style=\"filled,dashed\", " +
             colors("#2f855a", "#effaf3");
    case Look::constant:
      return "shape=plaintext, " + colors(quiet, "#ffffff", quiet);
    case Look::output:
      return "shape=oval, style=filled, " + colors("#2f855a", "#ffffff") + ", penwidth=1.8";
    case Look::cost:
      return "shape=oval, style=filled, " + colors(ink, ink, "#ffffff");
    case Look::update:
      return rounded(colors("#b7791f", "#fff8e6"));
    case Look::metric:
      return "shape=oval, style=filled, " + colors(quiet, "#ffffff");
  }
  return "";
}

std::string frame_attributes(bool layer, bool derived) {
  const std::string look = derived ? colors(delta, "#fef8fc", delta)
                           : layer ? colors("#2b6cb0", "#f3f8ff", "#2b6cb0")
                                   : colors("#9aa5b1", "#f8f9fa", quiet);
  return "style=\"rounded,filled\"; " + font + "; fontsize=11; labelloc=t; labeljust=l; " + [&] {
    std::string text = look;
    std::ranges::replace(text, ',', ';');
    return text;
  }();
}

std::string edge_attributes(bool per_sample, bool derived) {
  const std::string color(derived ? delta : std::string_view("#52606d"));
  return "color=\"" + color + "\", fontcolor=\"" + color + "\"" +
         (per_sample ? "" : ", style=dashed");
}

std::string drawing_attributes(const std::string& caption, std::size_t shapes) {
  constexpr std::size_t many = 100;
  const std::string quickly =
      shapes > many ? "splines=line, nslimit=0.1, nslimit1=0.1, mclimit=0.05, " : "";
  return "graph [" + quickly +
         "rankdir=TB, newrank=true, nodesep=0.3, ranksep=0.4, pad=0.2, bgcolor=white, " + font +
         ", fontsize=9, fontcolor=\"" + std::string(quiet) +
         "\", labelloc=b, labeljust=l, label=" + in_quotes(caption) + "];\nnode [" + font +
         ", fontsize=11, height=0.3, margin=\"0.12,0.06\"];\nedge [" + font +
         ", fontsize=9, arrowsize=0.6];\n";
}

std::string shape_text(const Type& type) {
  const bool real =
      type.dtype == DType::real || type.dtype == DType::f32 || type.dtype == DType::f64;
  if (real) return type.shape.is_scalar() ? "" : to_string(type.shape);
  const std::string whole = to_string(type);
  return whole.substr(0, type.shape.is_scalar() ? whole.find('[') : whole.find(']') + 1);
}

std::string short_name(const Graph& graph, Value value, const std::string& prefix) {
  const std::string* given = graph.name(value);
  const std::string& name = given ? *given : graph.node(value).key;
  return !prefix.empty() && name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

bool is_number(const Graph& graph, Value value) {
  double number = 0;
  return graph.node(value).constant && uniform_constant(graph, value, number);
}

OpLabel::OpLabel(const Graph& graph, NodeId node, std::string prefix,
                 const std::map<Value, std::string>* names)
    : graph_(graph), node_(node), prefix_(std::move(prefix)), names_(names) {
  for (const Value input : graph.inputs(node))
    if (!is_number(graph, input) && name(input).empty() &&
        std::ranges::find(unnamed_, input) == unnamed_.end())
      unnamed_.push_back(input);
  numbered_ = unnamed_.size() > 1 && !graph.node(node).op->claims_(EBB_COMMUTATIVE);
}

std::string OpLabel::name(Value operand) const {
  std::string given = short_name(graph_, operand, prefix_);
  if (!given.empty() || !names_) return given;
  const auto known = names_->find(operand);
  return known == names_->end() ? "" : known->second;
}

std::string OpLabel::mark(Value operand) const {
  static const char* const numbers[] = {"①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"};
  const auto at = std::ranges::find(unnamed_, operand) - unnamed_.begin();
  const auto index = static_cast<std::size_t>(at);
  if (!numbered_ || index == unnamed_.size()) return "";
  return index < std::size(numbers) ? numbers[index] : "(" + std::to_string(index + 1) + ")";
}

std::string OpLabel::formula() const {
  const Value value{node_, 0};
  const OpDef& op = *graph_.node(node_).op;
  if (changes_storage_only(graph_, value)) return op.name;
  const auto name_of = [&](Value operand) -> std::string {
    if (is_number(graph_, operand)) return "";
    std::string given = name(operand);
    if (!given.empty()) return given;
    std::string number = mark(operand);
    return number.empty() ? "•" : number;
  };
  std::string text = ebb::formula(graph_, value, name_of);
  if (graph_.node(node_).outputs.size() > 1 && text.ends_with("[0]")) text.resize(text.size() - 3);
  return shortened(text);
}

std::vector<std::string> OpLabel::attributes() const {
  const Node& node = graph_.node(node_);
  if (!node.attrs || changes_storage_only(graph_, {node_, 0})) return {};
  std::vector<std::string> texts;
  for (const auto& [name, text] : chosen_attributes(node))
    if (node.op->notation.find(std::string("{").append(name)) == std::string::npos)
      texts.push_back(shortened(std::string(name).append(" = ").append(text)));
  return texts;
}

}  // namespace ebb
