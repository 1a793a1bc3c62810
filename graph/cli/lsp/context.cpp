#include "graph/cli/lsp/context.hpp"

#include <algorithm>

#include "graph/script/lexer.hpp"

namespace ebb::lsp {

namespace {

using Kind = Context::Kind;

bool makes_up_a_name(TokenKind keyword) {
  switch (keyword) {
    case TokenKind::key_option:
    case TokenKind::key_def:
    case TokenKind::key_layer:
    case TokenKind::key_optimizer:
    case TokenKind::key_input:
    case TokenKind::key_target:
    case TokenKind::key_param:
    case TokenKind::key_state:
    case TokenKind::key_for:
    case TokenKind::key_data:
      return true;
    default:
      return false;
  }
}

bool ends_an_operand(TokenKind kind) {
  return kind == TokenKind::name || kind == TokenKind::number || kind == TokenKind::string ||
         kind == TokenKind::close_paren || kind == TokenKind::close_bracket ||
         kind == TokenKind::key_true || kind == TokenKind::key_false;
}

// The place that braces open in a statement that begins so.
Place inside(TokenKind first, Place around) {
  switch (first) {
    case TokenKind::key_def:
      return Place::def;
    case TokenKind::key_layer:
      return Place::layer;
    case TokenKind::key_optimizer:
      return Place::optimizer;
    case TokenKind::key_data:
      return Place::data;
    case TokenKind::key_train:
      return Place::train;
    default:
      return body_place(around);
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : file_("", std::string(text)) {
    Diagnostics ignored;
    tokens_ = tokenize(file_, ignored);
    tokens_.pop_back();  // the end
  }

  Context operator()() {
    if (in_comment()) return {};
    std::size_t written = file_.text().size();
    if (!tokens_.empty() && tokens_.back().end == file_.text().size()) {
      const Token last = tokens_.back();
      if (in_string(last)) return in_include();
      if (last.kind == TokenKind::number) return {};
      // The word that is being written.
      if (last.kind == TokenKind::name || is_keyword(last.kind)) {
        written = last.begin;
        tokens_.pop_back();
      }
    }
    follow();
    Context context;
    context.place = places_.back();
    context.kind = kind();
    context.statement = begins_ ? written : tokens_[first_].begin;
    context.braces = places_.size() - 1;
    if (context.kind == Kind::member) context.object = object();
    if (context.kind == Kind::expression) context.callee = callee();
    return context;
  }

 private:
  std::string_view text(const Token& token) const {
    return std::string_view(file_.text()).substr(token.begin, token.end - token.begin);
  }

  bool in_comment() const {
    const std::string_view rest =
        std::string_view(file_.text()).substr(tokens_.empty() ? 0 : tokens_.back().end);
    return rest.substr(rest.rfind('\n') + 1).find('#') != std::string_view::npos;
  }

  bool in_string(const Token& token) const {
    return token.kind == TokenKind::string &&
           (token.end - token.begin < 2 || text(token).back() != '"');
  }

  Context in_include() const {
    const bool include =
        tokens_.size() > 1 && tokens_[tokens_.size() - 2].kind == TokenKind::key_include;
    Context context;
    if (include) context.kind = Kind::include;
    return context;
  }

  // Follows the braces, brackets and statements to the end.
  void follow() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const TokenKind kind = tokens_[i].kind;
      const bool separates = kind == TokenKind::newline || kind == TokenKind::semicolon;
      if (separates) {
        if (open_.empty()) begins_ = true;
        continue;
      }
      if (begins_) first_ = i;
      begins_ = false;
      if (kind == TokenKind::open_brace) {
        places_.push_back(inside(tokens_[first_].kind, places_.back()));
      } else if (kind == TokenKind::close_brace && places_.size() > 1) {
        places_.pop_back();
      } else if (kind == TokenKind::open_paren || kind == TokenKind::open_bracket) {
        open_.push_back(i);
      } else if (kind == TokenKind::close_paren || kind == TokenKind::close_bracket) {
        if (!open_.empty()) open_.pop_back();
      }
      if (kind == TokenKind::open_brace || kind == TokenKind::close_brace) {
        open_.clear();
        begins_ = true;
      }
    }
  }

  Kind kind() const {
    if (begins_) return places_.back() == Place::train ? Kind::key : Kind::statement;
    const TokenKind last = tokens_.back().kind;
    if (last == TokenKind::dot) return Kind::member;
    if (last == TokenKind::key_use) return Kind::plugin;
    if (last == TokenKind::key_include || makes_up_a_name(last) || ends_an_operand(last))
      return Kind::nothing;
    if (in_parameters() && last != TokenKind::assign) return Kind::nothing;
    return Kind::expression;
  }

  // Whether the innermost bracket holds the parameters of a function that is being defined.
  bool in_parameters() const {
    return open_.size() == 1 && open_[0] == first_ + 2 &&
           tokens_[open_[0]].kind == TokenKind::open_paren &&
           (tokens_[first_].kind == TokenKind::key_def ||
            tokens_[first_].kind == TokenKind::key_layer ||
            tokens_[first_].kind == TokenKind::key_optimizer);
  }

  // The names before the dot, without what stands in brackets after them.
  std::vector<std::string> object() const {
    std::vector<std::string> names;
    for (std::size_t i = tokens_.size(); i > 0 && tokens_[i - 1].kind == TokenKind::dot;) {
      --i;
      int depth = 0;
      while (i > 0 && (depth > 0 || tokens_[i - 1].kind == TokenKind::close_bracket)) {
        --i;
        if (tokens_[i].kind == TokenKind::close_bracket) ++depth;
        if (tokens_[i].kind == TokenKind::open_bracket) --depth;
      }
      if (i == 0 || tokens_[i - 1].kind != TokenKind::name) return {};
      names.insert(names.begin(), std::string(text(tokens_[--i])));
    }
    return names;
  }

  std::string callee() const {
    const TokenKind last = tokens_.back().kind;
    if (open_.empty() || (last != TokenKind::open_paren && last != TokenKind::comma)) return "";
    const std::size_t open = open_.back();
    const bool called = tokens_[open].kind == TokenKind::open_paren && open > 0 &&
                        tokens_[open - 1].kind == TokenKind::name;
    return called ? std::string(text(tokens_[open - 1])) : "";
  }

  SourceFile file_;
  std::vector<Token> tokens_;
  std::vector<Place> places_{Place::top};
  std::vector<std::size_t> open_;  // brackets
  std::size_t first_ = 0;          // of the statement at hand
  bool begins_ = true;             // a statement
};

}  // namespace

Context context_after(std::string_view text) { return Reader(text)(); }

}  // namespace ebb::lsp
