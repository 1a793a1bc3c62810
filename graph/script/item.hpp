// What expressions give while a script is elaborated: numbers, lists, functions, graph values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "graph/core/graph.hpp"
#include "graph/core/registry.hpp"
#include "graph/core/source.hpp"
#include "graph/script/ast.hpp"

namespace ebb {
struct ChosenMinimizer;
}

namespace ebb::script {

class Scope;
struct Builtin;
struct List;
struct Function;
struct Rule;
struct RuleTable;
struct Initializer;
struct Source;

// Stands for what a faulty expression would have given; using it is no further error.
struct Poison {};
// Unwinds to the statement that used poison.
struct Poisoned {};

// first..last, half-open.
struct Interval {
  std::int64_t first = 0, last = 0;
  std::int64_t size() const { return last > first ? last - first : 0; }
};

using ListPtr = std::shared_ptr<const List>;
using FunctionPtr = std::shared_ptr<const Function>;
using RulePtr = std::shared_ptr<const Rule>;
using RuleTablePtr = std::shared_ptr<const RuleTable>;
using InitializerPtr = std::shared_ptr<const Initializer>;
using SourcePtr = std::shared_ptr<const Source>;
using MinimizerPtr = std::shared_ptr<const ChosenMinimizer>;

using Item = std::variant<Poison, double, bool, std::string, Interval, Value, ListPtr, FunctionPtr,
                          RulePtr, RuleTablePtr, InitializerPtr, SourcePtr, MinimizerPtr>;

// [30, 10]; lists may hold lists.
struct List {
  std::vector<Item> items;
  int depth = 1;              // of lists in lists
  std::int64_t elements = 0;  // of all lists in it; what stands in two places counts twice
};

// Whatever can be called. The syntax tree and the scope live as long as the elaboration.
struct Function {
  std::string name;
  std::variant<const ast::Def*, const ast::Layer*, const ast::Optimizer*, const OpDef*,
               const SourceDef*, const MetricDef*, const MinimizerDef*, const Builtin*>
      body;
  Scope* scope = nullptr;  // of a def, layer or optimizer: where it stands
};

// An update rule with its hyper-parameters: sgd(eta). It is written in the language or, of a
// plugin, an op.
struct Rule {
  std::string name;
  const ast::Optimizer* definition = nullptr;
  const OpDef* native = nullptr;
  NamedAttrs attrs;  // of a native one
  Span at;           // likewise: where it is named
  Scope* scope = nullptr;
  std::vector<std::pair<std::string, Item>> hyperparameters;
};

// ["*.b": sgd(0.1), "*": adam()]
struct RuleTable {
  struct Entry {
    std::string pattern;
    Span span;
    RulePtr rule;
  };
  std::vector<Entry> entries;
};

// normal(0, 1): an initial value that waits for the shape of its parameter.
struct Initializer {
  const OpDef* op = nullptr;
  NamedAttrs attrs;
};

// What a data source gave. Columns become leaves of the graph when they are used.
struct Source {
  struct Column {
    std::string name;  // "" for the only column of a source without fields
    std::string key;   // of the leaf: "train/0/image"
    SampleColumn samples;
  };
  std::vector<Column> columns;
  std::int64_t samples = 0;
  Span span;  // of the call
};

// The kind for messages: "a number", "a value of the graph".
std::string kind_of(const Item& item);
// "[2, 3]", and "a scalar" where there are no dimensions.
std::string described(const Shape& shape);

// What to do where a number or a value is wanted and this is none; empty where nothing is likely.
std::vector<std::string> hints_on(const Item& item);
// How a whole number is made of what is none; empty where that is written out.
std::vector<std::string> whole_number_hint(const ast::Expression& expression);
// How a value is kept in there.
std::string clamp_hint(const Domain& domain);

bool is_whole(double number);

// Throws Poisoned where one of them is poison.
void require_no_poison(const std::vector<Item>& items);

// Whether the item is an optimizer without settings: `sgd`, not `sgd(0.1)`.
bool is_optimizer(const Item& item);

// The item as T, or null where it is another kind.
template <class T>
const T* as(const Item& item) {
  return std::get_if<T>(&item);
}

// Nested lists of numbers as an array of type f64. False where the list holds something else, or
// rows of different lengths.
bool to_array(const List& list, Array& array);
// The numbers of a range, likewise.
Array to_array(const Interval& range);

// Numbers, booleans, strings, ranges and lists of them; false where the two can not be compared.
bool comparable(const Item& a, const Item& b);
bool equal(const Item& a, const Item& b);

}  // namespace ebb::script
