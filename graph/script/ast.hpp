// The abstract syntax tree of a graph description script. The parser makes it, the elaborator reads
// it. A node owns its strings and children; spans point into the file that the Script keeps alive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/core/shape.hpp"

namespace ebb {
namespace ast {

// A name as written, normalised to NFC, with its prime if it has one: "w", "η", "w'".
struct Identifier {
  std::string text;
  Span span;

  bool primed() const { return text.ends_with('\''); }
  // "w" for both w and w'.
  std::string unprimed() const { return primed() ? text.substr(0, text.size() - 1) : text; }
};

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

struct Number {
  double value;
};

struct String {
  std::string value;  // escapes resolved
};

struct Boolean {
  bool value;
};

struct Name {
  std::string text;  // as in Identifier; the expression's span is the name's
};

// [30, 10]
struct List {
  std::vector<ExpressionPtr> elements;
};

// ["*.b": sgd(0.1), "*": adam()]; at least one entry.
struct Map {
  struct Entry {
    ExpressionPtr key, value;
  };
  std::vector<Entry> entries;
};

// first..last, half-open
struct Range {
  ExpressionPtr first, last;
};

struct Argument {
  Span span;        // of "act = relu" or of the value alone
  Identifier name;  // empty text where positional; positional ones come first
  ExpressionPtr value;

  bool named() const { return !name.text.empty(); }
};

// Errors about a call put the caret at the callee's span.
struct Call {
  ExpressionPtr callee;
  std::vector<Argument> arguments;
};

// One place between the brackets of x[3], x[0..10], x[:, t].
struct Subscript {
  Span span;
  ExpressionPtr value;  // null for ":", the whole dimension

  bool whole() const { return value == nullptr; }
};

struct Index {
  ExpressionPtr object;
  std::vector<Subscript> subscripts;  // at least one
};

// `.T` and `.image`, and the parts of scoped names such as a[0].w; which it is, the elaborator
// knows.
struct Member {
  ExpressionPtr object;
  Identifier name;
};

enum class UnaryOperator : std::uint8_t { negate, logical_not };

struct Unary {
  UnaryOperator op;
  Span op_span;
  ExpressionPtr operand;
};

enum class BinaryOperator : std::uint8_t {
  logical_or,
  logical_and,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  add,
  subtract,
  multiply,
  hadamard,  // .* and ⊙
  divide,
  divide_elements,  // ./
  power,
  power_elements,  // .^
};

// Errors about an operation put the caret at the operator's span.
struct Binary {
  BinaryOperator op;
  Span op_span;
  ExpressionPtr left, right;
};

struct Expression {
  Span span;  // with the parentheses around it
  std::variant<Number, String, Boolean, Name, List, Map, Range, Call, Index, Member, Unary, Binary>
      node;
  // Height of this tree, at most max_nesting, so that code may recurse over it without a guard.
  std::uint32_t height = 1;

  // The node as T, or null where it is another kind.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

// How tightly parts of an expression bind, loosest first.
enum class Precedence : std::uint8_t {
  logical_or,
  logical_and,
  logical_not,
  comparison,  // does not chain
  range,       // does not chain
  additive,
  multiplicative,
  negation,
  power,  // groups to the right; its exponent may be a negation
  postfix,
  primary,
};
Precedence precedence(BinaryOperator op);
Precedence precedence(const Expression& expression);

// The operator as it is written: "*", ".*", "and".
std::string_view spelling(UnaryOperator op);
std::string_view spelling(BinaryOperator op);
// A number as the language writes it, shortest form that reads back the same: 30, 0.1, 1e-07.
std::string spelling(double number);
// A string as the language writes it, in quotes and with escapes.
std::string quoted(std::string_view text);

// The expression on one line, with the parentheses it needs and no others: "dense(x, 30)".
std::string to_source(const Expression& expression);

struct Statement;
using Block = std::vector<Statement>;

// What stands between the parentheses of a def, a layer or an optimizer.
struct Parameter {
  Identifier name;
  ExpressionPtr value;  // the default; null where there is none
};

// option NAME = VALUE "help"
struct Option {
  Identifier name;
  ExpressionPtr value;
  std::string help;
};

// include "file.ebb"
struct Include {
  std::string path;
  Span path_span;
};

// use NAME
struct Use {
  Identifier name;
};

// def f(a, b = 1) = EXPR, whose body is a single Return; or def f(a, b = 1) { ... }
struct Def {
  Identifier name;
  std::vector<Parameter> parameters;  // those with defaults come last
  Block body;
  bool short_form = false;
};

// layer f(...) { ... }
struct Layer {
  Identifier name;
  std::vector<Parameter> parameters;  // those with defaults come last
  Block body;
};

// input x[SHAPE] : TYPE and target y[SHAPE] : TYPE
struct Input {
  Identifier name;
  bool target = false;
  std::vector<ExpressionPtr> shape;  // empty for a scalar
  DType type = DType::real;          // real, i64 or boolean
};

// param w[SHAPE] ~ INIT
struct Param {
  Identifier name;
  std::vector<ExpressionPtr> shape;  // empty for a scalar
  ExpressionPtr init;
};

// state v[SHAPE] = INIT, in a layer or an optimizer
struct State {
  Identifier name;
  bool shaped = false;               // whether brackets were written
  std::vector<ExpressionPtr> shape;  // empty for a scalar or where no brackets were written
  ExpressionPtr init;
};

// name = EXPR, and name' = EXPR in a layer or an optimizer
struct Assign {
  Identifier name;
  ExpressionPtr value;
};

// for i in EXPR { ... }
struct For {
  Identifier variable;
  ExpressionPtr range;
  Block body;
};

// if COND { ... } else { ... }; `else if` is an If alone in `otherwise`.
struct If {
  ExpressionPtr condition;
  Block then, otherwise;
};

struct Return {
  ExpressionPtr value;
};

struct Output {
  ExpressionPtr value;
};

struct Cost {
  ExpressionPtr value;
};

// metric EXPR, metric NAME = EXPR
struct Metric {
  Identifier name;  // empty text where none was given
  ExpressionPtr value;
};

// optimizer momentum(w, g; eta = 0.01, mu = 0.9) { ... }
struct Optimizer {
  Identifier name;
  std::vector<Parameter> parameters;       // before the semicolon, without defaults
  std::vector<Parameter> hyperparameters;  // after it; those with defaults come last
  Block body;
};

// rewrite PATTERN => PATTERN
struct Rewrite {
  ExpressionPtr pattern, replacement;
};

// data NAME { x = SOURCE ... }; the body holds Assign, For, If and Assert.
struct Data {
  Identifier name;
  Block body;
};

// One key of a train block; keys may be keywords ("optimizer") and may repeat.
struct Setting {
  Identifier key;
  ExpressionPtr value;
};

// train { key = value ... }
struct Train {
  std::vector<Setting> settings;
};

// assert COND "message"
struct Assert {
  ExpressionPtr condition;
  std::string message;
};

struct Statement {
  Span span;     // of the whole statement
  Span keyword;  // of the word it begins with; for an Assign of the name
  std::variant<Option, Include, Use, Def, Layer, Input, Param, State, Assign, For, If, Return,
               Output, Cost, Metric, Optimizer, Rewrite, Data, Train, Assert>
      node;

  // The node as T, or null where it is another kind.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

}  // namespace ast

// A parsed file. Whoever keeps a part of it or a span keeps the Script too.
struct Script {
  std::shared_ptr<const SourceFile> file;
  ast::Block statements;
};

}  // namespace ebb
