// What a call is while the elaborator is inside it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/script/item.hpp"
#include "graph/script/model.hpp"
#include "graph/script/naming.hpp"
#include "graph/script/scope.hpp"

namespace ebb::script {

// One entry of the stack of calls. Its text is made when an error needs it.
struct CallFrame {
  std::string text;
  const ast::Call* call = nullptr;           // or, instead of a text, the call
  const std::vector<Item>* items = nullptr;  // its arguments' values
  Span at;
};

// What the body of the running function may change.
struct Activation {
  Scope* scope = nullptr;
  NameScope* names = nullptr;
  bool names_values = false;             // not in defs, rules and data blocks
  std::optional<Item> result;            // once `return` has run
  std::vector<State>* states = nullptr;  // where `state` adds to: the model's, or an update's
  std::map<std::string, std::size_t> own_states;  // of this body, by their names there
  std::string state_prefix;                       // of an update rule: "a[0].w/"
  const ast::Optimizer* rule = nullptr;
  Type rule_type;  // of the parameter that the rule updates
};

// An argument of an op with the expression it was written as (null where there is none).
struct Operand {
  Item item;
  const ast::Expression* source = nullptr;
  const char* place = nullptr;  // "the left side"; null: "argument 1"
};

// A parameter of whatever is called.
struct Formal {
  std::string name;
  bool required = true;
};

// The arguments of one call in the order of the callee's parameters; null where none was given.
using Matched = std::vector<const ast::Argument*>;

// Those of a call, with their values in the order in which they stand.
struct Arguments {
  Matched matched;
  std::vector<Item> items;
};

}  // namespace ebb::script
