// Exporters and importers: graphs in other formats, written by `ebb export` and read by
// `ebb import`.
#pragma once

#include <ebb_plugin.h>
#include <ebb/attributes.hpp>
#include <ebb/op.hpp>
#include <ebb/tensor.hpp>

#include <cstring>
#include <functional>

namespace ebb::sdk {

// A value of the graph: an output of one of its nodes.
struct ValueRef {
  std::int64_t node;
  int output;
  explicit ValueRef(ebb_value handle)
      : node(static_cast<std::int64_t>((handle - 1) >> 32)),
        output(static_cast<int>((handle - 1) & 0xFFFFFFFF)) {}
};

// A node as an exporter sees it. Strings and attributes live as long as the call.
class GraphNode {
 public:
  explicit GraphNode(const ebb_node& node) {
    std::memcpy(&c_, &node, std::min(node.size, sizeof c_));
  }
  std::string_view op() const { return c_.op; }
  std::string_view name() const { return c_.name; }  // "" where it has none
  std::string_view plugin() const { return c_.plugin ? c_.plugin : ""; }
  int inputs() const { return c_.input_count; }
  ValueRef input(int i) const { return ValueRef(c_.inputs[i]); }
  int outputs() const { return c_.output_count; }
  Type type(int output = 0) const { return Type(c_.outputs[output]); }
  // All attributes of the op, in the order of its record.
  std::span<const ebb_named_attr> attrs() const {
    return {c_.attrs, static_cast<std::size_t>(c_.attr_count)};
  }
  // The attribute of that name; null where the op has none.
  const ebb_attr* attr(std::string_view name) const {
    for (const ebb_named_attr& one : attrs())
      if (one.name == name) return &one.value;
    return nullptr;
  }
  // Whether it is a parameter or a constant, and then its elements in C order (the last index
  // fastest), converted to T.
  bool has_value() const { return c_.value != nullptr; }
  template <class T>
  std::vector<T> values() const {
    const std::span dims(c_.value->type.dims, static_cast<std::size_t>(c_.value->type.rank));
    std::vector<T> result(static_cast<std::size_t>(Type(c_.value->type).elements()));
    with_element(c_.value->type.dtype, [&](auto zero) {
      const auto* data = static_cast<const decltype(zero)*>(c_.value->data);
      for_each_element(dims, [&](std::int64_t offset, std::int64_t index) {
        result[static_cast<std::size_t>(index)] = static_cast<T>(data[offset]);
      });
    });
    return result;
  }

 private:
  ebb_node c_{};
};

// The graph to export, its arguments before their users, and the file to fill.
class Export {
 public:
  explicit Export(const ebb_export_call& call) : attrs(call.attrs), c_(call) {}
  Attributes attrs;  // those that the user gave for the format

  std::string_view model() const { return c_.model; }  // the script's name: "xor"
  std::int64_t size() const { return c_.node_count; }
  GraphNode operator[](std::int64_t i) const {
    const auto* bytes = reinterpret_cast<const char*>(c_.nodes);
    return GraphNode(
        *reinterpret_cast<const ebb_node*>(bytes + c_.nodes->size * static_cast<std::size_t>(i)));
  }
  int outputs() const { return c_.output_count; }
  std::string_view output_name(int i) const { return c_.outputs[i].name; }
  ValueRef output(int i) const { return ValueRef(c_.outputs[i].value); }
  // Appends to the file, which the user sees only once all went well.
  void write(std::string_view bytes) const {
    if (c_.write(c_.context, bytes.data(), bytes.size()) != EBB_OK) throw HostFailure();
  }

 private:
  const ebb_export_call& c_;
};

// The file to import, and what it becomes: a script, and values of its parameters.
class Import {
 public:
  explicit Import(const ebb_import_call& call) : attrs(call.attrs), c_(call) {}
  Attributes attrs;

  std::string_view path() const { return c_.path; }
  std::string_view bytes() const { return {static_cast<const char*>(c_.bytes), c_.count}; }
  // To be called once.
  void script(const std::string& text) const { check(c_.script(c_.context, text.c_str())); }
  // A parameter's value, its elements in C order; T is float, double, std::int64_t or (a bool)
  // std::uint8_t.
  template <class T>
  void parameter(const std::string& name, const Ints& dims, std::span<const T> values) const {
    const Type type(element<T>(), false, dims);
    if (type.elements() != static_cast<std::int64_t>(values.size()))
      throw Failure("parameter " + name + " is " + to_string(dims) + ", but has " +
                    std::to_string(values.size()) + " numbers");
    const ebb_tensor tensor{const_cast<T*>(values.data()), type.c(), 1, 0};
    check(c_.parameter(c_.context, name.c_str(), &tensor));
  }

 private:
  static void check(int status) {
    if (status != EBB_OK) throw HostFailure();
  }
  template <class T>
  static constexpr std::int32_t element() {
    if constexpr (std::is_same_v<T, float>) return EBB_F32;
    if constexpr (std::is_same_v<T, double>) return EBB_F64;
    if constexpr (std::is_same_v<T, std::int64_t>) return EBB_I64;
    return EBB_BOOL;
  }
  const ebb_import_call& c_;
};

namespace detail {

// What a record of an exporter or an importer points to; lives as long as the process.
template <class C, class Call, class View, auto Register>
struct ExchangeRecord {
  C c{};
  AttributeTable attrs;
  std::function<void(const View&)> function;

  static int run(const Call* call) {
    return guarded(call->host, call->context,
                   [&] { static_cast<const ExchangeRecord*>(call->self)->function(View(*call)); });
  }
  int hand_over(const ebb_host* host, ebb_context* context) {
    c.size = sizeof c;
    c.attrs = attrs.defs.data();
    c.attr_count = attrs.count();
    c.self = this;
    if (function) c.run = &run;
    return (host->*Register)(context, &c);
  }
};
using ExporterRecord =
    ExchangeRecord<ebb_exporter, ebb_export_call, Export, &ebb_host::register_exporter>;
using ImporterRecord =
    ExchangeRecord<ebb_importer, ebb_import_call, Import, &ebb_host::register_importer>;

}  // namespace detail

// Builds the record of an exporter or of an importer. Strings must be literals (or live as long).
template <class Record, class View>
class Exchange : public AttributeBuilder<Exchange<Record, View>> {
 public:
  explicit Exchange(Record& record)
      : AttributeBuilder<Exchange<Record, View>>(record.attrs), r_(record) {}
  Exchange& doc(const char* text) { return r_.c.doc = text, *this; }
  // The ending of its files, by which `ebb` chooses the format where none is said: ".onnx".
  Exchange& extension(const char* ending) { return r_.c.extension = ending, *this; }
  Exchange& run(std::function<void(const View&)> function) {
    return r_.function = std::move(function), *this;
  }

 private:
  Record& r_;
};
using Exporter = Exchange<detail::ExporterRecord, Export>;
using Importer = Exchange<detail::ImporterRecord, Import>;

}  // namespace ebb::sdk
