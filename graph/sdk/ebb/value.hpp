// What the rules of an op see: types, attributes, and graph values that they calculate with.
#pragma once

#include <ebb_plugin.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ebb::sdk {

// Thrown inside rules; the face turns it into an error return at the boundary.
struct Failure : std::runtime_error {
  explicit Failure(const std::string& message, std::string hint_text = {})
      : std::runtime_error(message), hint(std::move(hint_text)) {}
  std::string hint;
};

// Thrown after the host has already reported why it refused a call.
struct HostFailure : std::exception {};

// A list of dimensions, indices or counts.
using Ints = std::vector<std::int64_t>;

// The type of a graph value. Ranks count the dimensions of one sample.
struct Type {
  std::int32_t dtype = EBB_REAL;
  bool per_sample = false;
  Ints dims;

  Type() = default;
  Type(std::int32_t element, bool samples, Ints shape)
      : dtype(element), per_sample(samples), dims(std::move(shape)) {}
  explicit Type(const ebb_type& type)
      : dtype(type.dtype),
        per_sample(type.per_sample != 0),
        dims(type.dims, type.dims + type.rank) {}

  int rank() const { return static_cast<int>(dims.size()); }
  std::int64_t elements() const {
    std::int64_t n = 1;
    for (auto d : dims) n *= d;
    return n;
  }
  ebb_type c() const {
    ebb_type type{};
    if (dims.size() > EBB_MAX_RANK) throw Failure("a value has at most 8 dimensions");
    type.dtype = dtype;
    type.per_sample = per_sample ? 1 : 0;
    type.rank = static_cast<std::int32_t>(dims.size());
    for (std::size_t i = 0; i < dims.size(); ++i) type.dims[i] = dims[i];
    return type;
  }
};

// "[30, 784]"
inline std::string to_string(const Ints& dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

// A node's attributes, in the order of the record.
class Attributes {
 public:
  explicit Attributes(const ebb_attr* attrs) : attrs_(attrs) {}
  std::int64_t integer(int i) const { return attrs_[i].i; }
  double real(int i) const { return attrs_[i].r; }
  bool boolean(int i) const { return attrs_[i].i != 0; }
  const char* string(int i) const { return attrs_[i].s; }
  std::span<const std::int64_t> integers(int i) const {
    return {attrs_[i].ints, static_cast<std::size_t>(attrs_[i].i)};
  }
  // The same as a list of its own.
  Ints dims(int i) const { return {integers(i).begin(), integers(i).end()}; }
  std::span<const double> reals(int i) const {
    return {attrs_[i].reals, static_cast<std::size_t>(attrs_[i].i)};
  }
  std::vector<std::string> strings(int i) const {
    std::vector<std::string> list;
    const char* next = attrs_[i].s;
    for (std::int64_t k = 0; k < attrs_[i].i; ++k) next += list.emplace_back(next).size() + 1;
    return list;
  }
  const ebb_attr& operator[](int i) const { return attrs_[i]; }

 private:
  const ebb_attr* attrs_;
};

// An attribute given by name when a rule makes a node. The pointers must live through the call.
struct NamedAttr {
  const char* name;
  ebb_attr value;

  template <class Int>
  requires std::is_integral_v<Int> NamedAttr(const char* n, Int i) : name(n), value{} {
    value.kind = std::is_same_v<Int, bool> ? EBB_ATTR_BOOL : EBB_ATTR_INT;
    value.i = static_cast<std::int64_t>(i);
    value.r = static_cast<double>(i);
  }
  NamedAttr(const char* n, double r) : name(n), value{} {
    value.kind = EBB_ATTR_REAL;
    value.r = r;
  }
  NamedAttr(const char* n, std::span<const std::int64_t> ints) : name(n), value{} {
    value.kind = EBB_ATTR_INTS;
    value.i = static_cast<std::int64_t>(ints.size());
    value.ints = ints.data();
  }
  NamedAttr(const char* n, const Ints& ints) : NamedAttr(n, std::span<const std::int64_t>(ints)) {}
  NamedAttr(const char* n, const std::vector<double>& reals) : name(n), value{} {
    value.kind = EBB_ATTR_REALS;
    value.i = static_cast<std::int64_t>(reals.size());
    value.reals = reals.data();
  }
  NamedAttr(const char* n, const char* string) : name(n), value{} {
    value.kind = EBB_ATTR_STRING;
    value.s = string;
  }
  NamedAttr(const char* n, const ebb_attr& attr) : name(n), value(attr) {}
};

// A graph value inside a VJP rule. Arithmetic makes nodes; `*` is element by element with
// broadcasting.
class Value {
 public:
  Value() = default;
  Value(const ebb_host* host, ebb_context* context, ebb_value id)
      : host_(host), context_(context), id_(id) {}

  explicit operator bool() const { return id_ != 0; }
  ebb_value id() const { return id_; }
  Type type() const {
    ebb_type type{};
    check(host_->type_of(context_, id_, &type));
    return Type(type);
  }
  Value constant(double number) const {
    ebb_value result = 0;
    check(host_->constant(context_, number, &result));
    return {host_, context_, result};
  }
  Value call(const char* op, std::span<const Value> inputs, std::initializer_list<NamedAttr> attrs,
             int output = 0) const {
    std::vector<ebb_value> ids;
    for (const Value& v : inputs) ids.push_back(v.id_);
    std::vector<ebb_named_attr> named;
    for (const NamedAttr& a : attrs) named.push_back({a.name, a.value});
    ebb_value result = 0;
    check(host_->call(context_, op, ids.data(), static_cast<std::int32_t>(ids.size()), named.data(),
                      static_cast<std::int32_t>(named.size()), output, &result));
    return {host_, context_, result};
  }

 private:
  static void check(int status) {
    if (status != EBB_OK) throw HostFailure();
  }
  const ebb_host* host_ = nullptr;
  ebb_context* context_ = nullptr;
  ebb_value id_ = 0;
};

// Makes a node of any registered op: call("sigmoid", {x}). Of an op with several outputs, the
// value is the one that `output` counts.
inline Value call(const char* op, std::initializer_list<Value> inputs,
                  std::initializer_list<NamedAttr> attrs = {}, int output = 0) {
  return inputs.begin()->call(op, {inputs.begin(), inputs.size()}, attrs, output);
}
inline Value call(const char* op, const Value& input) { return call(op, {input}); }

inline Value operator+(const Value& a, const Value& b) { return call("add", {a, b}); }
inline Value operator-(const Value& a, const Value& b) { return call("sub", {a, b}); }
inline Value operator*(const Value& a, const Value& b) { return call("mul", {a, b}); }
inline Value operator/(const Value& a, const Value& b) { return call("div", {a, b}); }
inline Value operator*(double k, const Value& a) { return call("scale", {a}, {{"factor", k}}); }
inline Value operator/(const Value& a, double k) { return 1 / k * a; }
inline Value operator-(const Value& a) { return -1.0 * a; }
inline Value operator+(double k, const Value& a) { return a.constant(k) + a; }
inline Value operator+(const Value& a, double k) { return k + a; }
inline Value operator-(double k, const Value& a) { return a.constant(k) - a; }
inline Value operator-(const Value& a, double k) { return a - a.constant(k); }
inline Value operator/(double k, const Value& a) { return a.constant(k) / a; }

// The call of a VJP rule: c[0] is the first input, c.out() the result, c.g its gradient.
class Call {
 public:
  explicit Call(const ebb_vjp_call& c)
      : g(c.host, c.context, c.gradients[0]), attrs(c.attrs), input(c.input), c_(c) {}

  Value g;           // of output 0; false where that output does not reach the objective
  Attributes attrs;  // in the record's order
  int input;         // which input the rule is asked for (of use to variadic ops)

  int inputs() const { return c_.input_count; }
  Value operator[](int i) const { return {c_.host, c_.context, c_.inputs[i]}; }
  Value out(int i = 0) const { return {c_.host, c_.context, c_.outputs[i]}; }
  Value gradient(int i) const { return {c_.host, c_.context, c_.gradients[i]}; }

 private:
  const ebb_vjp_call& c_;
};

// The call of a type rule. Outputs begin as real scalars, per sample where some input is.
class Inference {
 public:
  explicit Inference(const ebb_infer_call& c) : attrs(c.attrs), c_(c) {
    for (int i = 0; i < c.input_count; ++i) in.emplace_back(c.inputs[i]);
    for (int i = 0; i < c.output_count; ++i) out.emplace_back(c.outputs[i]);
  }
  std::vector<Type> in, out;
  Attributes attrs;

  [[noreturn]] void fail(const std::string& message, const std::string& hint = {}) const {
    throw Failure(message, hint);
  }
  void store() const {
    for (int i = 0; i < c_.output_count; ++i) c_.outputs[i] = out[static_cast<std::size_t>(i)].c();
  }

 private:
  const ebb_infer_call& c_;
};

}  // namespace ebb::sdk
