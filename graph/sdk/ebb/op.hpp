// The builder of an op's record.
#pragma once

#include <ebb_plugin.h>
#include <ebb/attributes.hpp>
#include <ebb/elementwise.hpp>
#include <ebb/tensor.hpp>
#include <ebb/value.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>

namespace ebb::sdk {

// In place of a VJP rule: this input has no gradient (an index, a condition).
struct NoGradient {};
inline constexpr NoGradient no_gradient{};
using VjpRule = std::function<Value(const Call&)>;

// Kernels of one function for float and for double.
struct SpanKernels {
  ebb_span_kernel f32, f64;
};

namespace detail {

// What a case to prove points to.
struct Case {
  std::vector<ebb_type> types;
  std::vector<ebb_named_attr> attrs;
  std::deque<Ints> ints;
  std::deque<std::vector<double>> reals;

  Case(std::initializer_list<Ints> shapes, std::initializer_list<NamedAttr> given) {
    for (const Ints& shape : shapes) types.push_back(Type(EBB_REAL, false, shape).c());
    for (const NamedAttr& attr : given) {
      ebb_attr kept = attr.value;
      const auto n = static_cast<std::size_t>(kept.i);
      if (kept.kind == EBB_ATTR_INTS)
        kept.ints = ints.emplace_back(kept.ints, kept.ints + n).data();
      if (kept.kind == EBB_ATTR_REALS)
        kept.reals = reals.emplace_back(kept.reals, kept.reals + n).data();
      attrs.push_back({attr.name, kept});
    }
  }
};

// Everything a record points to; it lives as long as the process.
struct Record {
  ebb_op op{};
  std::vector<ebb_input_def> inputs;
  AttributeTable attrs;
  std::vector<ebb_signature> signatures;
  std::vector<std::unique_ptr<std::vector<double>>> points;  // kinks and turns
  std::function<void(Inference&)> infer;
  std::function<void(const Kernel&)> f32, f64;
  std::function<void(const Backward&)> backward_f32, backward_f64;
  std::function<std::size_t(const ScratchRequest&)> scratch, backward_scratch;
  std::function<double(const ScratchRequest&)> flops;
  std::vector<VjpRule> vjps;
  std::deque<Case> cases;
  std::vector<ebb_case> case_records;
  int key = -1;  // index of the attribute `key` of a random op or an initializer

  int hand_over(const ebb_host* host, ebb_context* context);

 private:
  void hand_over_backward();
};

// Runs a rule and turns what it throws into an error return.
template <class Rule>
int guarded(const ebb_host* host, ebb_context* context, Rule&& rule) noexcept {
  try {
    rule();
    return EBB_OK;
  } catch (const HostFailure&) {
    return EBB_FAILED;
  } catch (const Failure& e) {
    return host->fail(context, e.what(), e.hint.empty() ? nullptr : e.hint.c_str());
  } catch (const std::exception& e) {
    return host->fail(context, e.what(), nullptr);
  } catch (...) {
    return host->fail(context, "threw something that is not a std::exception", nullptr);
  }
}

inline int infer(const ebb_infer_call* call) {
  return guarded(call->host, call->context, [&] {
    Inference inference(*call);
    static_cast<const Record*>(call->self)->infer(inference);
    inference.store();
  });
}

inline int vjp(const ebb_vjp_call* call, ebb_value* result) {
  return guarded(call->host, call->context, [&] {
    const auto& rules = static_cast<const Record*>(call->self)->vjps;
    const auto i = std::min(static_cast<std::size_t>(call->input), rules.size() - 1);
    *result = rules[i](Call(*call)).id();
  });
}

template <std::function<void(const Kernel&)> Record::*Function>
int kernel(const ebb_kernel_call* call) {
  return guarded(call->host, call->context, [&] {
    const auto& record = *static_cast<const Record*>(call->self);
    (record.*Function)(Kernel(*call, record.key));
  });
}

template <std::function<void(const Backward&)> Record::*Function>
int backward(const ebb_kernel_call* call) {
  return guarded(call->host, call->context, [&] {
    const auto& record = *static_cast<const Record*>(call->self);
    (record.*Function)(
        Backward(*call, record.op.input_count, record.op.output_count, record.op.differentiable));
  });
}

template <auto Rule>
auto of_types(const void* self, const ebb_type* inputs, std::int32_t, const ebb_type* outputs,
              const ebb_attr* attrs, std::int64_t samples) {
  const auto& record = *static_cast<const Record*>(self);
  const std::size_t size = outputs[0].dtype == EBB_F32 ? sizeof(float) : sizeof(double);
  return (record.*Rule)(ScratchRequest{inputs, outputs, Attributes(attrs), samples, size});
}

}  // namespace detail

// Builds one op's record; what is said last wins. Strings must be literals (or live as long).
class Op : public AttributeBuilder<Op> {
 public:
  explicit Op(detail::Record& record) : AttributeBuilder(record.attrs), r_(record) {}

  Op& doc(const char* text) { return r_.op.doc = text, *this; }
  Op& family(const char* name) { return r_.op.family = name, *this; }
  // An input: its element type (EBB_REAL, EBB_I64, EBB_BOOL, EBB_ANY) and, for real ones, its
  // domain.
  Op& input(const char* name, std::int32_t dtype = EBB_REAL, Interval domain = any_number,
            std::vector<double> kinks = {}) {
    ebb_input_def def{};
    def.size = sizeof def;
    def.name = name;
    def.dtype = dtype;
    def.domain = {domain.lower, domain.upper, detail::excluded(domain),
                  static_cast<std::int32_t>(kinks.size()), nullptr};
    def.domain.kinks = kept(std::move(kinks));
    r_.inputs.push_back(def);
    return *this;
  }
  Op& input(const char* name, Interval domain) { return input(name, EBB_REAL, domain); }
  // The last input, one or more values of one element type.
  Op& inputs(const char* name, std::int32_t dtype = EBB_REAL) {
    input(name, dtype);
    r_.inputs.back().variadic = 1;
    return *this;
  }

  // An elementwise kernel: a captureless generic lambda of the inputs, then the attributes as
  // numbers. Its inputs and its output are real where no signature is said; of several, such as
  // elementwise<integer(integer), real(real)>(f), the first that fits is used.
  template <class... Signatures, class F>
  Op& elementwise(const F&) {
    if constexpr (sizeof...(Signatures) == 0)
      r_.signatures.push_back(detail::real_signature<F>(r_.inputs.size()));
    else
      (r_.signatures.push_back(detail::signature<Signatures, F>()), ...);
    return *this;
  }

  // In place of elementwise(): span kernels of your own for float and double, of the inputs said
  // before, all of them real, to a real output. What ebb_plugin.h says of a span kernel holds.
  Op& span_kernels(SpanKernels kernels) {
    ebb_signature signature{};
    signature.size = sizeof signature;
    signature.output = EBB_REAL;
    std::fill_n(signature.inputs, r_.inputs.size(), std::int32_t{EBB_REAL});
    signature.f32 = kernels.f32;
    signature.f64 = kernels.f64;
    r_.signatures.push_back(signature);
    return *this;
  }

  // A tensor op: its type rule, and a kernel `[](const Kernel& k, auto zero)` instantiated with a
  // float and a double zero that carry the precision, or `[](const Kernel& k)` where it does not
  // matter.
  Op& infer(std::function<void(Inference&)> rule) { return r_.infer = std::move(rule), *this; }
  template <class F>
  Op& kernel(F f) {
    if constexpr (std::is_invocable_v<F, const Kernel&>) {
      r_.f32 = r_.f64 = f;
    } else {
      r_.f32 = [f](const Kernel& k) { f(k, float{}); };
      r_.f64 = [f](const Kernel& k) { f(k, double{}); };
    }
    return *this;
  }
  Op& scratch(std::function<std::size_t(const ScratchRequest&)> rule) {
    return r_.scratch = std::move(rule), *this;
  }
  // Floating-point operations, for profiles; where none are said, one for each element.
  Op& flops(std::function<double(const ScratchRequest&)> rule) {
    return r_.flops = std::move(rule), *this;
  }
  Op& outputs(int count) { return r_.op.output_count = count, *this; }

  // One rule per input, in order; `no_gradient` where an input has none. A variadic input's rule
  // comes last and serves all of its values (Call::input says which is asked for).
  template <class... Rules>
  Op& vjp(Rules... rules) {
    (add_rule(rules), ...);
    return *this;
  }
  // In place of VJP rules: a kernel `[](const Backward& k, auto zero)` that fills the gradients of
  // the inputs with these indices (all real ones where none is said). The op then has first
  // derivatives only, and cannot be random.
  template <class F>
  Op& backward(F f, std::initializer_list<int> inputs = {}) {
    if constexpr (std::is_invocable_v<F, const Backward&>) {
      r_.backward_f32 = r_.backward_f64 = f;
    } else {
      r_.backward_f32 = [f](const Backward& k) { f(k, float{}); };
      r_.backward_f64 = [f](const Backward& k) { f(k, double{}); };
    }
    for (const int i : inputs) r_.op.differentiable |= 1u << i;
    return first_order();
  }
  // Bytes of its scratch memory. The rule's inputs are the op's inputs, its outputs, and their
  // gradients; its outputs the gradients of the inputs.
  Op& backward_scratch(std::function<std::size_t(const ScratchRequest&)> rule) {
    return r_.backward_scratch = std::move(rule), *this;
  }
  // Shapes of inputs, and attributes, at which the host should prove the op: for a tensor op whose
  // type rule takes few shapes. May be said several times.
  Op& prove_at(std::initializer_list<Ints> shapes, std::initializer_list<NamedAttr> attrs = {}) {
    r_.cases.emplace_back(shapes, attrs);
    return *this;
  }
  // In place of a VJP rule of a unary elementwise op: its derivative, a registered op of the same
  // input.
  Op& derivative(const char* op_name) { return r_.op.derivative = op_name, *this; }

  Op& notation(const char* text, int precedence = 10) {
    r_.op.notation = text;
    r_.op.precedence = precedence;
    return *this;
  }
  // The operator of the script language that means this op.
  Op& operator_text(const char* text) { return r_.op.operator_text = text, *this; }
  Op& range(const char* text) { return r_.op.range = text, *this; }
  Op& example(const char* expression, const char* result) {
    r_.op.example = expression;
    r_.op.example_result = result;
    return *this;
  }
  // The initial value of a parameter: no inputs; its output is a real of the shape that the host
  // gives. The face adds the attributes `shape` and `key`, after the op's own.
  Op& initializer() { return r_.op.kind = EBB_KIND_INITIALIZER, *this; }
  // Names the attribute, false by default, with which the op gives the sum of its results over the
  // samples: the type rule then makes the output shared, and the kernel adds up. The host sets it
  // where it would sum the results, and refuses it where no input is per sample.
  Op& over_samples(const char* attr_name) { return r_.op.over_samples = attr_name, *this; }
  Op& commutative() { return claim(EBB_COMMUTATIVE); }
  // Kernel::random gives its numbers. The host passes two inputs after those said here, the epoch
  // and the sample's index; the face adds the attribute `key`, after the op's own.
  Op& random() { return claim(EBB_RANDOM); }
  // A sample's result depends on the other samples of the mini-batch.
  Op& across_samples() { return claim(EBB_ACROSS_SAMPLES); }
  Op& training_only() { return claim(EBB_TRAINING); }
  // What interval analysis may conclude of the result from bounds of the inputs. `turns` are those
  // of the last input; a parabola turns at 0.
  Op& monotone(std::vector<double> turns = {}) {
    r_.inputs.back().turn_count = static_cast<std::int64_t>(turns.size());
    r_.inputs.back().turns = kept(std::move(turns));
    return claim(EBB_MONOTONE);
  }
  Op& selects() { return claim(EBB_SELECTS); }
  Op& sums() { return claim(EBB_SUMS); }
  Op& zero_gradient() { return claim(EBB_ZERO_GRADIENT); }
  Op& first_order() { return claim(EBB_FIRST_ORDER); }
  Op& gradient_by_definition(const char* reason) {
    r_.op.reason = reason;
    return claim(EBB_GRADIENT_BY_DEFINITION);
  }

 private:
  const double* kept(std::vector<double> numbers) {
    r_.points.push_back(std::make_unique<std::vector<double>>(std::move(numbers)));
    return r_.points.back()->data();
  }
  Op& claim(std::int32_t bit) { return r_.op.claims |= bit, *this; }
  void add_rule(NoGradient) { r_.vjps.emplace_back(); }
  void add_rule(VjpRule rule) {
    r_.op.differentiable |= 1u << r_.vjps.size();
    r_.vjps.push_back(std::move(rule));
  }
  detail::Record& r_;
};

}  // namespace ebb::sdk
