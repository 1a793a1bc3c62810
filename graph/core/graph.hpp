// The dataflow graph.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/graph/adjacency_list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/core/op.hpp"
#include "graph/core/shape.hpp"
#include "graph/core/tensor.hpp"

namespace ebb {

using NodeId = std::uint32_t;

// A handle: a node and one of its outputs. Valid as long as its graph, which never drops a node.
struct Value {
  static constexpr NodeId none = 0xFFFFFFFF;
  NodeId node = none;
  std::uint32_t output = 0;
  explicit operator bool() const { return node != none; }
  auto operator<=>(const Value&) const = default;
};

struct Node {
  Node() = default;
  Node(const Node&) = default;
  // small_vector's move is not declared noexcept, though it only takes memory over: without this a
  // graph that grows would copy its nodes.
  Node(Node&&) noexcept = default;
  Node& operator=(const Node&) = default;
  Node& operator=(Node&&) noexcept = default;
  ~Node() = default;

  const OpDef* op = nullptr;
  std::shared_ptr<const Attributes> attrs;  // null where the op has none
  boost::container::small_vector<Type, 1> outputs;
  Span span;
  std::int32_t signature = 0;  // which signature of an elementwise op
  // Of a leaf: what it is called outside, and a constant's value (f64, i64 or boolean; shared).
  std::string key;
  std::shared_ptr<const Tensor> constant;
};

// Edges run from an argument to its user.
struct Edge {
  std::uint32_t argument = 0;  // which input of the user
  std::uint32_t output = 0;    // which output of the argument
};

// Append-only. Arguments precede their users, so node numbers are a topological order. Never hold a
// Node& across an append.
class Graph {
 public:
  using Storage =
      boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Node, Edge>;
  using Inputs = boost::container::small_vector<Value, 4>;

  explicit Graph(const OpRegistry& registry) : registry_(&registry) {}

  // Makes a node: checks the number of inputs, fills in attributes, converts inputs to the element
  // types that the op takes, infers the result. Throws OpError.
  Value add(const OpDef& op, std::span<const Value> inputs, const NamedAttrs& attrs = {},
            Span at = {});
  Value add(std::string_view op, std::initializer_list<Value> inputs, const NamedAttrs& attrs = {},
            Span at = {});
  // The same with attributes that are already complete.
  Value add_resolved(const OpDef& op, std::span<const Value> inputs,
                     std::shared_ptr<const Attributes> attrs, Span at);
  // All outputs of the node that `first` is output 0 of are Value{first.node, i}.

  // Leaves. `key` names the value for whoever provides it.
  Value constant(Tensor value, Span at = {});
  Value constant(double number, Span at = {});
  Value input(std::string key, Type type, Span at = {});
  Value variable(std::string key, Type type, Span at = {});
  Value data(std::string key, Type type, Span at = {});

  std::size_t size() const { return boost::num_vertices(storage_); }
  const Node& node(NodeId id) const { return storage_[id]; }
  const Node& node(Value value) const { return storage_[value.node]; }
  const Type& type(Value value) const { return storage_[value.node].outputs[value.output]; }
  Inputs inputs(NodeId id) const;
  bool is(Value value, const OpDef* op) const { return node(value).op == op; }

  // Names of values, for people: the first name a value was given stays its name.
  void set_name(Value value, std::string name);
  const std::string* name(Value value) const;

  const OpRegistry& registry() const { return *registry_; }
  // For Boost.Graph's algorithms.
  const Storage& storage() const { return storage_; }

 private:
  Value append(Node node, std::span<const Value> inputs);

  const OpRegistry* registry_;
  Storage storage_;
  std::unordered_map<std::uint64_t, std::string> names_;
};

// The number in a constant whose elements are all equal; false where `value` is no such constant.
bool uniform_constant(const Graph& graph, Value value, double& number);

// The nodes that the roots depend on, in topological order.
std::vector<NodeId> live_nodes(const Graph& graph, std::span<const Value> roots);

}  // namespace ebb

template <>
struct std::hash<ebb::Value> {
  std::size_t operator()(const ebb::Value& v) const noexcept {
    return std::hash<std::uint64_t>{}(std::uint64_t{v.node} << 32 | v.output);
  }
};
