#include "graph/script/mentions.hpp"

#include <algorithm>

namespace ebb::script {

namespace {

void collect(const ast::Expression& expression, std::set<std::string>& names);

// Goes through the parts of one statement.
struct Parts {
  std::set<std::string>& names;

  void visit(const ast::Expression* expression) const {
    if (expression != nullptr) collect(*expression, names);
  }
  void inside(const ast::Block& block) const { collect_names(block, names); }
  void all(const std::vector<ast::ExpressionPtr>& expressions) const {
    for (const auto& expression : expressions) visit(expression.get());
  }
  void all(const std::vector<ast::Parameter>& parameters) const {
    for (const auto& parameter : parameters) visit(parameter.value.get());
  }
  void operator()(const ast::Option& node) const { visit(node.value.get()); }
  void operator()(const ast::Include&) const {}
  void operator()(const ast::Use&) const {}
  void operator()(const ast::Rewrite&) const {}
  void operator()(const ast::Def& node) const {
    all(node.parameters);
    inside(node.body);
  }
  void operator()(const ast::Layer& node) const {
    all(node.parameters);
    inside(node.body);
  }
  void operator()(const ast::Optimizer& node) const {
    all(node.hyperparameters);
    inside(node.body);
  }
  void operator()(const ast::Input& node) const { all(node.shape); }
  void operator()(const ast::Param& node) const {
    all(node.shape);
    visit(node.init.get());
  }
  void operator()(const ast::State& node) const {
    all(node.shape);
    visit(node.init.get());
  }
  void operator()(const ast::Assign& node) const { visit(node.value.get()); }
  void operator()(const ast::For& node) const {
    visit(node.range.get());
    inside(node.body);
  }
  void operator()(const ast::If& node) const {
    visit(node.condition.get());
    inside(node.then);
    inside(node.otherwise);
  }
  void operator()(const ast::Return& node) const { visit(node.value.get()); }
  void operator()(const ast::Output& node) const { visit(node.value.get()); }
  void operator()(const ast::Cost& node) const { visit(node.value.get()); }
  void operator()(const ast::Metric& node) const { visit(node.value.get()); }
  void operator()(const ast::Data& node) const { inside(node.body); }
  void operator()(const ast::Train& node) const {
    for (const auto& setting : node.settings) visit(setting.value.get());
  }
  void operator()(const ast::Assert& node) const { visit(node.condition.get()); }
};

void collect(const ast::Expression& expression, std::set<std::string>& names) {
  const Parts parts{names};
  const auto visit = [&parts](const ast::ExpressionPtr& inner) { parts.visit(inner.get()); };
  if (const auto* node = expression.as<ast::Name>()) names.insert(node->text);
  if (const auto* node = expression.as<ast::List>()) std::ranges::for_each(node->elements, visit);
  if (const auto* node = expression.as<ast::Map>()) {
    for (const auto& entry : node->entries) visit(entry.value);
  }
  if (const auto* node = expression.as<ast::Range>()) visit(node->first), visit(node->last);
  if (const auto* node = expression.as<ast::Call>()) {
    visit(node->callee);
    for (const auto& argument : node->arguments) visit(argument.value);
  }
  if (const auto* node = expression.as<ast::Index>()) {
    visit(node->object);
    for (const auto& subscript : node->subscripts) visit(subscript.value);
  }
  if (const auto* node = expression.as<ast::Member>()) visit(node->object);
  if (const auto* node = expression.as<ast::Unary>()) visit(node->operand);
  if (const auto* node = expression.as<ast::Binary>()) visit(node->left), visit(node->right);
}

}  // namespace

void collect_names(const ast::Block& block, std::set<std::string>& names) {
  for (const ast::Statement& statement : block) std::visit(Parts{names}, statement.node);
}

}  // namespace ebb::script
