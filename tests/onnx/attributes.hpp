// The attributes of a node of ONNX, which are to be read one and all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/onnx/model.hpp"

namespace ebb::test::onnx {

using Dims = std::vector<std::int64_t>;

class NodeAttributes {
 public:
  explicit NodeAttributes(const Node& node) : node_(node) {}

  const Node& node() const { return node_; }
  bool has(std::string_view attribute) { return find(attribute) != nullptr; }
  std::int64_t integer(std::string_view attribute, std::int64_t fallback) {
    const Attribute* found = find(attribute);
    return found ? found->integer : fallback;
  }
  double real(std::string_view attribute, double fallback) {
    const Attribute* found = find(attribute);
    return found ? found->real : fallback;
  }
  std::string text(std::string_view attribute, const std::string& fallback) {
    const Attribute* found = find(attribute);
    return found ? found->text : fallback;
  }
  Dims integers(std::string_view attribute, const Dims& fallback) {
    const Attribute* found = find(attribute);
    return found ? found->integers : fallback;
  }
  // Null where there is none.
  const Literal* tensor(std::string_view attribute) {
    const Attribute* found = find(attribute);
    return found ? &found->tensor : nullptr;
  }
  // For one that means nothing here, or says again what the inputs say.
  void ignore(std::string_view attribute) { find(attribute); }

  // A dimension that may count from the last (-1) as one that counts from 0.
  static std::int64_t dim(std::int64_t axis, std::int64_t rank) {
    return axis < 0 ? axis + rank : axis;
  }
  // Several, in ascending order.
  static Dims dims_in_order(Dims axes, std::int64_t rank) {
    for (std::int64_t& axis : axes) axis = dim(axis, rank);
    std::ranges::sort(axes);
    return axes;
  }

  // Throws std::runtime_error where there is one that nobody asked for.
  void check_all_read() const {
    for (const Attribute& attribute : node_.attributes)
      if (!read_.contains(attribute.name))
        throw std::runtime_error(node_.op + ": attribute " + attribute.name + " is not read");
  }

 private:
  const Attribute* find(std::string_view name) {
    const auto found = std::ranges::find(node_.attributes, name, &Attribute::name);
    if (found == node_.attributes.end()) return nullptr;
    read_.insert(found->name);
    return &*found;
  }

  const Node& node_;
  std::set<std::string> read_;
};

}  // namespace ebb::test::onnx
