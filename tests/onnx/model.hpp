// What a file of ONNX says: a model of nodes, or a tensor. The numbers of fields and of element
// types are those of onnx.proto.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "graph/core/array.hpp"

namespace ebb::test::onnx {

// TensorProto.DataType. Of a value that is no tensor (a sequence, an optional): none.
enum class Element : std::int32_t {
  none = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  text = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  bf16 = 16
};
const char* name(Element element);

struct Literal {
  std::string name;
  Element element = Element::none;
  // The whole numbers that an Array does not have (u16, u32, u64) stand in i64; without bytes where
  // the elements are neither numbers of C++ nor bools.
  Array array;
};

struct Attribute {
  std::string name, text;
  double real = 0;
  std::int64_t integer = 0;
  std::vector<double> reals;
  std::vector<std::int64_t> integers;
  Literal tensor;
};

struct Node {
  std::string op, domain;
  std::vector<std::string> inputs, outputs;  // "" for one that is left out
  std::vector<Attribute> attributes;
};

// An input or an output of the model.
struct Port {
  std::string name;
  Element element = Element::none;
};

struct Model {
  std::vector<Node> nodes;  // arguments precede their users
  std::vector<Literal> initializers;
  std::vector<Port> inputs, outputs;
};

// All throw std::runtime_error for bytes that are no such thing.
Model read_model(std::string_view bytes);
Literal read_literal(std::string_view bytes);
std::string read_bytes(const std::filesystem::path& file);

}  // namespace ebb::test::onnx
