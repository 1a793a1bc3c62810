// The interpreter of scripts: works through the statements once and appends to a Model.
//
// Errors are thrown inside a statement and reported by the loop over statements, which goes on with
// the next one; what a faulty statement would have named is poison, whose use ends a statement
// without another report.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graph/core/intervals.hpp"
#include "graph/core/registry.hpp"
#include "graph/script/activation.hpp"
#include "graph/script/elaborate.hpp"
#include "graph/script/files.hpp"
#include "graph/script/item.hpp"
#include "graph/script/mistake.hpp"
#include "graph/script/model.hpp"
#include "graph/script/naming.hpp"
#include "graph/script/scope.hpp"
#include "graph/script/temporarily.hpp"

namespace ebb::script {

// Ends the elaboration: there are syntax errors, or too many others.
struct Stop {};

class Elaborator {
 public:
  Elaborator(Model& model, const Registry& registry, const ElaborateOptions& options, Files& files,
             Repeats& repeats);
  Elaborator(const Elaborator&) = delete;
  Elaborator& operator=(const Elaborator&) = delete;

  // Elaborates the prelude and the script. What is wrong is collected in `diagnostics()`.
  void run(const File& script);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  // The optimizer stage of the model. From the first call on errors are thrown.
  std::vector<Update> update(const std::vector<Value>& gradients);
  bool has_optimizer() const { return !rules_.entries.empty(); }
  bool has_errors() const { return errors_ > 0; }
  // By a limit: to elaborate it again would take as long, and end there too.
  bool is_stopped() const { return is_stopped_; }

 private:
  friend const std::vector<struct Builtin>& builtins();

  // elaborator.cpp: files, and the loop over statements
  void run_prelude();
  void run_file(const File& file, Scope& scope);
  void run(const ast::Block& block);
  void execute(const ast::Statement& statement);
  void count_steps(Span at, std::int64_t steps = 1);
  // A copy of a list costs what its elements cost: a loop that makes them may not hang.
  void count_copied(Span at, std::int64_t elements) { count_steps(at, elements / 16); }
  void check_graph_size(Span at);
  void count_name(const std::string& path, Span at);
  [[noreturn]] void stop(Mistake mistake, Span at, std::string message, std::string hint);
  void report(const Diagnostic& diagnostic);
  // Reports what the action throws, unless errors are to be thrown.
  template <class Action>
  void attempt(const Action& action) {
    try {
      action();
    } catch (const UserError& error) {
      if (strict_) throw;
      report(error.diagnostic());
    } catch (const Poisoned&) {
    }
  }
  void poison(const ast::Statement& statement);
  void poison(const ast::Block& block);

  // errors.cpp
  [[noreturn]] void fail(Mistake mistake, Span at, std::string message, Advice advice = {}) const;
  // For what another part of the program threw without knowing the place and the kind.
  [[noreturn]] void fail_with(Mistake mistake, const UserError& error, Span at) const;
  void warn(Mistake mistake, Span at, std::string message, Advice advice = {});
  void require_even_rows(Mistake mistake, const std::string& user, const List& list,
                         const ast::Expression& source) const;
  [[noreturn]] void fail_schedule(const std::string& schedule, Span at) const;
  [[noreturn]] void fail_not_callable(const Item& item, const ast::Expression& callee) const;
  const ast::Expression* written_string(const ast::Expression& expression,
                                        const std::string& text) const;
  void require_no_schedule(Span at) const;
  const CallFrame* call_of_embedded(Span at) const;
  void add_stack(Diagnostic& diagnostic) const;
  void add_arguments(const CallFrame& frame, std::vector<Label>& labels) const;
  bool is_declared(const Node& node) const;
  std::vector<ebb::Frame> stack(std::size_t count) const;
  std::string text_of(const CallFrame& frame) const;
  std::vector<Label> declarations(const std::vector<Operand>& operands, Span at) const;
  std::string text_of(const Item& item, const ast::Expression* source) const;
  std::string operand_name(const Operand& operand, std::size_t index) const;
  std::string operand_text(const Operand& operand, std::size_t index) const;
  [[noreturn]] void unknown_name(const std::string& name, Span at);
  Fix use_of(const std::string& plugin, const std::string& why) const;
  std::vector<std::string> visible_names() const;
  void record_assignment(Binding& binding, const std::string& name);
  void warn_of_unused();
  void mention(const ast::Block& block);
  void observe(const ast::Statement& statement) const;
  void observe(Span at, const Item& item) const;

  // statements: elaborator_statements.cpp
  void execute(const ast::Statement& statement, const ast::Include& node);
  void execute(const ast::Statement& statement, const ast::Use& node);
  void execute(const ast::Statement& statement, const ast::Option& node);
  void execute(const ast::Statement& statement, const ast::Def& node);
  void execute(const ast::Statement& statement, const ast::Layer& node);
  void execute(const ast::Statement& statement, const ast::Optimizer& node);
  void execute(const ast::Statement& statement, const ast::Assign& node);
  void execute(const ast::Statement& statement, const ast::For& node);
  void execute(const ast::Statement& statement, const ast::If& node);
  void execute(const ast::Statement& statement, const ast::Return& node);
  void execute(const ast::Statement& statement, const ast::Assert& node);
  void execute(const ast::Statement& statement, const ast::Rewrite& node);
  void execute(const ast::Statement& statement, const ast::Data& node);
  void execute(const ast::Statement& statement, const ast::Train& node);
  void define(const ast::Identifier& name, BindingKind kind, Function function);
  void check_free(const ast::Identifier& name, const char* what);
  void name_value(const std::string& name, Value value);
  void assign_next(const ast::Assign& node);
  Value next_value(const Operand& operand, const ast::Identifier& name, const Type& wanted);
  Value broadcast_to(Value value, const Shape& shape, Span at);
  std::int64_t loop_count(const Item& range, Span at);

  // declarations.cpp: what the model is made of
  void execute(const ast::Statement& statement, const ast::Input& node);
  void execute(const ast::Statement& statement, const ast::Param& node);
  void execute(const ast::Statement& statement, const ast::State& node);
  void execute(const ast::Statement& statement, const ast::Output& node);
  void execute(const ast::Statement& statement, const ast::Cost& node);
  Shape shape_of(const std::string& name, const std::vector<ast::ExpressionPtr>& dims);
  Value initial_value(const ast::Expression& init, const std::string& name, const Shape& shape);
  Value initialize(const Initializer& initializer, const std::string& name, const Shape& shape,
                   Span at);
  Value result_value(const ast::Expression& expression, const char* what);
  std::string result_name(const ast::Expression& expression) const;
  Item option_value(const ast::Option& node, const Item& fallback);
  void check_options();
  void check_cost();
  void report_not_reached(const std::vector<std::string>& names, const std::vector<Span>& places);

  // metrics.cpp
  void execute(const ast::Statement& statement, const ast::Metric& node);
  const MetricDef* metric_called(const ast::Expression& expression);
  void claim_metric_name(const std::string& name, const ast::Metric& node);
  void add_sample_metric(const MetricDef& def, std::string name, const ast::Call& node);
  Value metric_input(const MetricDef& def, std::size_t input, const ast::Argument& argument);

  // expressions.cpp
  Item evaluate(const ast::Expression& expression, const std::string* assigned = nullptr);
  Item evaluate_or_poison(const ast::Expression& expression);
  Item evaluate_node(const ast::Expression& expression, const std::string* assigned);
  Item lookup(const std::string& name, Span at);
  std::optional<Item> find_global(const std::string& name, Span at);
  void check_used(const std::string& plugin, const std::string& name, Span at) const;
  std::optional<Item> rule_value(const std::string& name, Span at);
  Item list(const ast::List& node, Span at);
  void add_to(List& list, Item item, Span at) const;
  Item range(const ast::Range& node);
  Item member(const ast::Expression& expression);
  Item field(const Source& source, const ast::Identifier& name);
  std::optional<Value> find_scoped(const std::string& text);
  Advice as_function(const ast::Member& node);
  Advice meant_part(const ast::Member& node);
  [[noreturn]] void unknown_part(const ast::Expression& expression);
  std::string scoped_text(const ast::Expression& expression);
  double number(const ast::Expression& expression, const std::string& what);
  std::int64_t whole(const ast::Expression& expression, const std::string& what);
  bool condition(const ast::Expression& expression, const char* what);
  static bool is_scoped_name(const ast::Expression& expression);

  // operators.cpp
  Item unary(const ast::Unary& node);
  Item binary(const ast::Binary& node);
  Item numbers(const ast::Binary& node, double left, double right);
  Item booleans(const ast::Binary& node, const Item& left);
  Item product(const ast::Binary& node, Operand left, Operand right);
  Item quotient(const ast::Binary& node, Operand left, Operand right);
  Item power(const ast::Binary& node, Operand left, Operand right);
  Value scaled(const Operand& operand, double factor, Span at);
  const OpDef& operator_op(std::string_view text, Span at) const;
  Value operand_value(const Operand& operand, Span at);

  // indexing.cpp
  Item index(const ast::Index& node);
  Item index_list(const List& list, const ast::Index& node);
  Item index_value(Value value, const ast::Index& node);
  Interval subscript(const ast::Subscript& node, std::int64_t size, const std::string& object,
                     bool& single);

  // calls.cpp
  Item call(const ast::Call& node, const std::string* assigned);
  Matched match(const std::string& callee, const std::vector<Formal>& formals,
                const ast::Call& node, Span declared = {}) const;
  std::vector<Item> evaluate_arguments(const ast::Call& node);
  Arguments arguments_of(const Function& function, const std::vector<ast::Parameter>& parameters,
                         const ast::Call& node);
  Item call_function(const Function& function, const std::vector<ast::Parameter>& parameters,
                     const ast::Block& body, const Arguments& arguments, const ast::Call& node,
                     Activation& activation, ScopeKind kind);
  Item call_layer(const Function& function, const ast::Layer& layer, const ast::Call& node,
                  const std::string* assigned);
  Item make_rule(const Function& function, const ast::Optimizer& optimizer, const ast::Call* node,
                 Span at);
  Item call_rule(const Rule& rule, const ast::Call& node);
  void check_depth(Span at);
  Scope& new_scope(ScopeKind kind, Scope* parent);

  // Counts how deep blocks and expressions stand in one another: the stack of the machine is
  // finite.
  class Deeper {
   public:
    Deeper(Elaborator& elaborator, Span at);
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    int& depth_;
  };
  // Puts a call on the stack of calls for as long as it lives.
  class Entered {
   public:
    Entered(Elaborator& elaborator, CallFrame frame) : frames_(elaborator.frames_) {
      frames_.push_back(std::move(frame));
    }
    ~Entered() { frames_.pop_back(); }
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    std::vector<CallFrame>& frames_;
  };
  // A scope for one call; it stays where a function defined in it may still need it.
  class OwnScope {
   public:
    OwnScope(Elaborator& elaborator, ScopeKind kind, Scope* parent)
        : scopes_(elaborator.scopes_), scope_(elaborator.new_scope(kind, parent)) {}
    ~OwnScope() {
      if (!scope_.captured) scopes_.erase(&scope_);
    }
    OwnScope(const OwnScope&) = delete;
    OwnScope& operator=(const OwnScope&) = delete;
    Scope& get() const { return scope_; }

   private:
    std::unordered_map<const Scope*, std::unique_ptr<Scope>>& scopes_;
    Scope& scope_;
  };

  // op_calls.cpp: nodes of the graph
  Item call_op(const OpDef& op, const ast::Call& node);
  Value add_node(const OpDef& op, std::vector<Operand> operands, const NamedAttrs& attrs, Span at);
  Item apply(const OpDef& op, std::vector<Operand> operands, const NamedAttrs& attrs, Span at);
  Item outputs_of(Value first) const;
  std::optional<Item> apply_to_numbers(const OpDef& op, const std::vector<Operand>& operands,
                                       const NamedAttrs& attrs, Span at);
  Value to_value(const Operand& operand, std::size_t index, bool whole, const std::string& user,
                 Span at);
  bool takes_whole(const OpDef& op, std::size_t input, const std::vector<Operand>& operands) const;
  Value constant(const Array& array, bool whole, Span at);
  Value convert(Value value, DType dtype, Span at);
  Attr attribute(const std::string& callee, const std::string& name, const ast::Argument& argument);
  void require_attribute(const OpDef& op, const NamedAttrs::value_type& given, Span at) const;
  [[noreturn]] void fail_op(const OpDef& op, const OpError& error,
                            const std::vector<Operand>& operands, Span at) const;
  Bounds bounds_of(const Item& item);
  void check_domain(const OpDef& op, const std::vector<Operand>& operands, Span at);
  std::int64_t random_key_for(const std::string& name) const;
  std::string random_name(const OpDef& op);

  // builtins.cpp: functions of the language that are no ops
  Item size(const ast::Call& node, const Matched& arguments);
  Item shape(const ast::Call& node, const Matched& arguments);
  Item grad(const ast::Call& node, const Matched& arguments);
  Item sample_mean(const ast::Call& node, const Matched& arguments);
  Item parameters(const ast::Call& node, const Matched& arguments);
  Item samples(const ast::Call& node, const Matched& arguments);
  Item append(const ast::Call& node, const Matched& arguments);
  Value differentiable(const Item& item, const Operand& cost, const ast::Argument& argument,
                       Span at);

  // data_blocks.cpp
  void elaborate_data(const ast::Data& data);
  Item open_source(const SourceDef& source, const ast::Call& node);
  Value column_value(const Source& source, DType wanted, Span at);
  void bind(const ModelInput& input, const Item& item, DataBlock& block, Span at,
            const ast::Expression* written);
  void check_samples(const ModelInput& input, Value value, DataBlock& block, Span at);
  void check_bindings(const ast::Data& data, const DataBlock& block);

  // train.cpp
  void elaborate_train();
  void set_from_command_line(const std::string& key, const std::string& text);
  void set_key(const ast::Identifier& key, const ast::Expression& value);
  std::int64_t setting(const ast::Expression& value, const std::string& key, std::int64_t least);
  void set_optimizer(const ast::Expression& value);
  void check_settings();
  void check_effect(const char* key, bool idle, const std::string& why, const std::string& hint);
  void check_length();
  const Assignment* unnamed_cost() const;
  void require_cost();
  RulePtr rule_of(const Item& item, Span at);

  // minimizers.cpp
  MinimizerPtr minimizer_of(const Item& item, Span at);
  MinimizerPtr make_minimizer(const MinimizerDef& def, const ast::Call* node, Span at);
  Value residual(const MinimizerDef& def, const ast::Argument& argument);
  void check_minimizer();

  // update_rules.cpp
  Item hyperparameter(const std::pair<std::string, Item>& given);
  Value apply_rule(const Rule& rule, Value parameter, Value gradient, const std::string& prefix,
                   std::vector<State>& states);
  Value special(const std::string& name);

  // native_rules.cpp: optimizers and schedules of plugins
  RulePtr make_native_rule(const OpDef& op, const ast::Call* node, Span at);
  Value apply_native_rule(const Rule& rule, Value parameter, Value gradient,
                          const std::string& prefix, std::vector<State>& states);
  Item call_schedule(const OpDef& op, const ast::Call& node);
  std::vector<std::pair<std::string, Item>> settings_of(const OpDef& op, const ast::Call* node,
                                                        Span at, NamedAttrs& attrs);
  void check_setting(const OpDef& op, const InputDef& setting, const Item& item, Span at);
  Value add_update(const OpDef& op, std::vector<Value> inputs,
                   const std::vector<std::pair<std::string, Item>>& settings,
                   const NamedAttrs& attrs, Span at);
  State add_native_state(const StateDef& def, const std::string& name, const Type& type, Span at);

  Model& model_;
  const OpRegistry& registry_;
  const Registry& all_;
  ElaborateOptions options_;
  Files& files_;
  Repeats& repeats_;
  std::vector<Diagnostic> diagnostics_;
  std::size_t errors_ = 0;
  std::set<std::pair<const SourceFile*, std::pair<std::uint32_t, std::string>>> reported_;
  bool strict_ = false;  // errors are thrown, not collected

  std::unordered_map<const Scope*, std::unique_ptr<Scope>> scopes_;
  Scope* base_ = nullptr;
  Scope* globals_ = nullptr;
  NameScope names_;
  Activation* now_ = nullptr;
  std::vector<CallFrame> frames_;
  const File* file_ = nullptr;
  std::vector<const File*> including_;
  std::set<std::string> included_;
  std::set<std::string> used_;  // plugins
  bool plugin_missing_ = false;

  Intervals intervals_;

  // What the limits count.
  std::int64_t iterations_ = 0, steps_ = 0;
  std::size_t name_characters_ = 0;
  bool is_stopped_ = false;
  int depth_ = 0;

  std::vector<Assignment> assignments_;
  std::unordered_map<Value, std::size_t> records_;  // the last assignment of a value
  std::set<std::string> mentioned_;  // in code that may run only at times, or as `a` of `a.w`
  std::unordered_set<const void*> walked_;

  std::map<std::string, std::int64_t, std::less<>> random_nodes_;
  std::vector<std::pair<const ast::Data*, const ast::Statement*>> data_;
  std::vector<std::pair<const ast::Train*, const ast::Statement*>> train_;
  bool cost_failed_ = false;
  std::map<std::string, Span> metric_names_;

  // Of the data block at hand.
  std::string block_;
  int sources_opened_ = 0;
  std::unordered_map<std::string, Value> leaves_;
  std::unordered_map<NodeId, std::int64_t> leaf_samples_;

  // Of the optimizer stage.
  RuleTable rules_;
  Span optimizer_at_;
  std::set<std::string> keys_set_;
  std::map<std::string, Span> settings_at_;  // the values of keys that are set
  bool rule_context_ = false;
  const std::vector<Value>* gradients_ = nullptr;
  Value global_norm_;
};

}  // namespace ebb::script
