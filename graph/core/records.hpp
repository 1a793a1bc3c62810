// Records as plugins hand them over become records as the host keeps them.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "graph/core/op.hpp"

namespace ebb {

// A table as its writer knows it: what was appended since is zero.
template <class Table>
Table whole_table(const Table* table) {
  Table whole{};
  std::memcpy(static_cast<void*>(&whole), table, std::min(table->size, sizeof whole));
  return whole;
}

// Element i of an array whose elements have the size that the plugin was built with.
template <class Table>
Table table_element(const Table* array, std::int32_t i) {
  const auto* bytes = reinterpret_cast<const std::byte*>(array);
  return whole_table(
      reinterpret_cast<const Table*>(bytes + array->size * static_cast<std::size_t>(i)));
}

inline std::string text_of(const char* string) { return string ? string : ""; }

Attr import_attr(const ebb_attr& attr);

// These copy and check; they throw OpError saying what is missing.
std::vector<AttrDef> import_attrs(const ebb_attr_def* attrs, std::int32_t count);
std::vector<InputDef> import_inputs(const ebb_input_def* inputs, std::int32_t count);
OpDef import_op(const ebb_op& record, const std::string& plugin);
// The op of the record's backward kernel, for an op that has one.
OpDef import_backward(const ebb_op& record, const OpDef& op);

}  // namespace ebb
