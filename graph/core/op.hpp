// Op records as the host keeps them, and the registry.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "graph/core/shape.hpp"
#include "graph/sdk/ebb_plugin.h"

namespace ebb {

// The value of an attribute; the order of alternatives is that of EBB_ATTR_*.
using Attr = std::variant<std::int64_t, double, bool, std::string, std::vector<std::int64_t>,
                          std::vector<double>, std::vector<std::string>>;
using NamedAttrs = std::vector<std::pair<std::string, Attr>>;

// "0.5", "[2, 3]", "\"x\""
std::string to_string(const Attr& attr);

// A node's attributes in the record's order, together with the array that kernels get. Immutable.
class Attributes {
 public:
  explicit Attributes(std::vector<Attr> values);
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  const std::vector<Attr>& values() const { return values_; }
  const ebb_attr* c() const { return c_.data(); }
  const Attr& operator[](std::size_t i) const { return values_[i]; }

 private:
  std::vector<Attr> values_;
  std::vector<std::string> joined_;  // lists of strings as kernels get them
  std::vector<ebb_attr> c_;
};

struct Domain {
  double lower = 0, upper = 0;
  bool lower_excluded = false, upper_excluded = false;
  std::vector<double> kinks;
};

// "(0, 1]"
std::string to_string(const Domain& domain);
// False for a NaN.
bool contains(const Domain& domain, double x);

struct AttrDef {
  std::string name, doc;
  std::int32_t kind = EBB_ATTR_REAL;
  std::optional<Attr> fallback;  // none: it must be given
  double lower = 0, upper = 0;
  bool lower_excluded = false, upper_excluded = false;
  bool is_path = false;  // a string that names a file or a folder

  Domain bounds() const { return {lower, upper, lower_excluded, upper_excluded, {}}; }
};

struct InputDef {
  std::string name;
  std::int32_t dtype = EBB_REAL;  // EBB_REAL, EBB_I64, EBB_BOOL or EBB_ANY
  bool variadic = false;
  Domain domain;
  std::vector<double> turns;  // of an EBB_MONOTONE op, beside the kinks
  std::string doc;            // of a setting
  std::optional<double> fallback;
};

// What an optimizer or a schedule remembers.
struct StateDef {
  std::string name, doc;
  double initial = 0;
};

// Where an op should be proved.
struct ProofCase {
  std::vector<Shape> shapes;
  NamedAttrs attrs;
};

// A node could not be made. `{0}`, `{1}` in message and hint stand for the inputs as the user wrote
// them.
struct OpError {
  std::string message;
  std::string hint;  // may be empty
  enum class About : std::uint8_t { shapes, element_type, attribute, input_count };
  About about = About::shapes;
};

// Replaces {i} by names[i].
std::string fill_in(const std::string& text, const std::vector<std::string>& names);

// One op: all that documentation, tests, errors, equations and the executor know of it.
struct OpDef {
  std::string name, family, doc;
  std::int32_t kind = EBB_KIND_OP;
  std::int32_t claims = 0;
  std::string reason;
  std::vector<InputDef> inputs;
  std::vector<AttrDef> attrs;
  int outputs = 1;
  std::vector<ebb_signature> signatures;  // of an elementwise op
  ebb_infer infer = nullptr;
  ebb_kernel kernel_f32 = nullptr, kernel_f64 = nullptr;
  ebb_scratch scratch_bytes = nullptr;
  ebb_flops flops = nullptr;
  ebb_vjp vjp = nullptr;
  // The op whose kernel is this one's backward kernel, in place of a rule; and the other way round.
  const OpDef *backward = nullptr, *backward_of = nullptr;
  std::uint32_t differentiable = 0;
  std::string derivative;  // op that is the derivative of this unary one, or ""
  std::string notation;
  int precedence = 10;
  std::string operator_text;  // "" where no operator means this op
  std::string range, example, example_result;
  Domain output{-INFINITY, INFINITY, false, false, {}};  // `range`, where it is an interval
  std::string plugin;                                    // who registered it
  const void* self = nullptr;
  std::string over_samples;  // attribute that sums the result over the samples, or ""
  // Of an optimizer or a schedule. Its `inputs` are all that its kernels take.
  std::vector<StateDef> states;
  std::vector<ProofCase> cases;
  bool leaf = false;       // constant, input, variable, data: a value from outside
  bool from_file = false;  // of a plugin that was loaded from a file, which others have written

  bool is_elementwise() const { return !signatures.empty(); }
  bool claims_(std::int32_t bit) const { return (claims & bit) != 0; }
  bool is_variadic() const { return !inputs.empty() && inputs.back().variadic; }
  bool is_differentiable_in(std::size_t input) const;
  // Of an optimizer or a schedule: the inputs that are settings; those before the states.
  std::span<const InputDef> settings() const;
  std::size_t given_inputs() const { return kind == EBB_KIND_OPTIMIZER ? 2 : 3; }
  // Index of an attribute, or -1.
  int find_attr(std::string_view attr) const;
};

// Checks the given attributes against the record and fills in the others. Throws OpError: unknown
// name (with the nearest), missing, wrong kind, out of bounds. A whole real is taken for an INT.
std::shared_ptr<const Attributes> resolve_attributes(const OpDef& op, const NamedAttrs& given);
// The same for the attributes of anything else, called `user`.
std::shared_ptr<const Attributes> resolve_attributes(const std::string& user,
                                                     const std::vector<AttrDef>& attrs,
                                                     const NamedAttrs& given);

// The ops known to a run. Records never move or go away while it lives. The core's structural
// primitives are always there.
class OpRegistry {
 public:
  OpRegistry();
  OpRegistry(const OpRegistry&) = delete;
  OpRegistry& operator=(const OpRegistry&) = delete;

  // Registers the ops of a plugin that brings nothing else. Throws UserError for an incomplete or
  // duplicate record.
  void load(ebb_plugin_main_fn plugin_main);

  const OpDef* find(std::string_view name) const;
  // Throws InternalError where there is none.
  const OpDef& get(std::string_view name) const;
  const OpDef* find_operator(std::string_view text) const;
  // In order of registration.
  const std::vector<std::unique_ptr<OpDef>>& all() const { return ops_; }
  std::vector<std::string> names() const;
  // True for an op that another one names as its derivative (sigmoid').
  bool is_derivative(const OpDef& op) const;

  // The structural primitives that differentiation and compilation are made of.
  struct Core {
    const OpDef *constant, *input, *variable, *data, *add, *mul, *scale, *matmul, *transpose,
        *reshape, *broadcast, *sum_to, *sample_sum, *sample_weight, *convert, *checkpoint_begin,
        *checkpoint_end, *after, *slice, *concat, *stack, *pad;
  };
  const Core& core() const { return core_; }

  // For the host table and the core's leaves.
  const OpDef& add(OpDef op);
  // The op of another one's backward kernel; scripts can not name it.
  void add_backward(OpDef op);
  // Forgets the ops after the first `count`: those of a plugin that was refused. No graph may use
  // them.
  void forget_after(std::size_t count);

 private:
  std::vector<std::unique_ptr<OpDef>> ops_;
  std::map<std::string, const OpDef*, std::less<>> by_name_, by_operator_;
  Core core_{};
};

}  // namespace ebb
