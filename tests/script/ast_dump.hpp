// A syntax tree as an s-expression, so that tests compare whole trees: "(assign a (* w x))".
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "graph/script/ast.hpp"

namespace ebb::test {

class AstDump {
 public:
  std::string text(const ast::Expression& e) const {
    return std::visit([this](const auto& node) { return text(node); }, e.node);
  }
  std::string text(const ast::Statement& s) const {
    return std::visit([this](const auto& node) { return text(node); }, s.node);
  }
  // The statements, each followed by a line end at the top level, else between braces.
  std::string lines(const ast::Block& block) const {
    std::string result;
    for (const ast::Statement& s : block) result += text(s) + "\n";
    return result;
  }

 private:
  // "(head a b)", without the empty ones among the parts.
  static std::string form(std::string head, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) head += part.empty() ? "" : " " + part;
    return "(" + head + ")";
  }
  std::string text(const ast::ExpressionPtr& e) const { return e ? text(*e) : ""; }
  std::string text(const std::vector<ast::ExpressionPtr>& shape) const {
    std::string result;
    for (const auto& dim : shape) result += (result.empty() ? "" : " ") + text(dim);
    return result.empty() ? "" : "[" + result + "]";
  }
  std::string text(const ast::Block& block) const {
    std::string result;
    for (const ast::Statement& s : block) result += " " + text(s);
    return "{" + result + " }";
  }
  std::string text(const std::vector<ast::Parameter>& parameters) const {
    std::string result;
    for (const ast::Parameter& p : parameters) {
      result += result.empty() ? "" : " ";
      result += p.value ? form("=", {p.name.text, text(p.value)}) : p.name.text;
    }
    return "(" + result + ")";
  }

  std::string text(const ast::Number& n) const { return ast::spelling(n.value); }
  std::string text(const ast::String& n) const { return ast::quoted(n.value); }
  std::string text(const ast::Boolean& n) const { return n.value ? "true" : "false"; }
  std::string text(const ast::Name& n) const { return n.text; }
  std::string text(const ast::List& n) const {
    std::vector<std::string> parts;
    for (const auto& element : n.elements) parts.push_back(text(element));
    return form("list", parts);
  }
  std::string text(const ast::Map& n) const {
    std::vector<std::string> parts;
    for (const auto& entry : n.entries)
      parts.push_back(form(":", {text(entry.key), text(entry.value)}));
    return form("map", parts);
  }
  std::string text(const ast::Range& n) const { return form("..", {text(n.first), text(n.last)}); }
  std::string text(const ast::Call& n) const {
    std::vector<std::string> parts{text(n.callee)};
    for (const ast::Argument& a : n.arguments) {
      parts.push_back(a.named() ? form("=", {a.name.text, text(a.value)}) : text(a.value));
    }
    return form("call", parts);
  }
  std::string text(const ast::Index& n) const {
    std::vector<std::string> parts{text(n.object)};
    for (const ast::Subscript& s : n.subscripts) parts.push_back(s.whole() ? ":" : text(s.value));
    return form("index", parts);
  }
  std::string text(const ast::Member& n) const { return form(".", {text(n.object), n.name.text}); }
  std::string text(const ast::Unary& n) const {
    return form(std::string(ast::spelling(n.op)), {text(n.operand)});
  }
  std::string text(const ast::Binary& n) const {
    return form(std::string(ast::spelling(n.op)), {text(n.left), text(n.right)});
  }

  std::string text(const ast::Option& n) const {
    return form("option", {n.name.text, text(n.value), ast::quoted(n.help)});
  }
  std::string text(const ast::Include& n) const { return form("include", {ast::quoted(n.path)}); }
  std::string text(const ast::Use& n) const { return form("use", {n.name.text}); }
  std::string text(const ast::Def& n) const {
    return form("def", {n.name.text, text(n.parameters), n.short_form ? "=" : "", text(n.body)});
  }
  std::string text(const ast::Layer& n) const {
    return form("layer", {n.name.text, text(n.parameters), text(n.body)});
  }
  std::string text(const ast::Input& n) const {
    return form(n.target ? "target" : "input", {n.name.text, text(n.shape),
                                                n.type == DType::real  ? ""
                                                : n.type == DType::i64 ? "int"
                                                                       : "bool"});
  }
  std::string text(const ast::Param& n) const {
    return form("param", {n.name.text, text(n.shape), text(n.init)});
  }
  std::string text(const ast::State& n) const {
    return form("state", {n.name.text, text(n.shape), text(n.init)});
  }
  std::string text(const ast::Assign& n) const {
    return form("assign", {n.name.text, text(n.value)});
  }
  std::string text(const ast::For& n) const {
    return form("for", {n.variable.text, text(n.range), text(n.body)});
  }
  std::string text(const ast::If& n) const {
    return form("if",
                {text(n.condition), text(n.then), n.otherwise.empty() ? "" : text(n.otherwise)});
  }
  std::string text(const ast::Return& n) const { return form("return", {text(n.value)}); }
  std::string text(const ast::Output& n) const { return form("output", {text(n.value)}); }
  std::string text(const ast::Cost& n) const { return form("cost", {text(n.value)}); }
  std::string text(const ast::Metric& n) const {
    return form("metric", {n.name.text.empty() ? "" : n.name.text + " =", text(n.value)});
  }
  std::string text(const ast::Optimizer& n) const {
    return form("optimizer",
                {n.name.text, text(n.parameters), text(n.hyperparameters), text(n.body)});
  }
  std::string text(const ast::Rewrite& n) const {
    return form("rewrite", {text(n.pattern), text(n.replacement)});
  }
  std::string text(const ast::Data& n) const { return form("data", {n.name.text, text(n.body)}); }
  std::string text(const ast::Train& n) const {
    std::vector<std::string> parts;
    for (const ast::Setting& s : n.settings)
      parts.push_back(form("=", {s.key.text, text(s.value)}));
    return form("train", parts);
  }
  std::string text(const ast::Assert& n) const {
    return form("assert", {text(n.condition), ast::quoted(n.message)});
  }
};

}  // namespace ebb::test
