#include "tests/onnx/model.hpp"

#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "tests/onnx/wire.hpp"

namespace ebb::test::onnx {

namespace {

// Calls f(field) for each field of a message.
template <class F>
void for_each_field(std::string_view message, F&& f) {
  Field field;
  for (Reader reader(message); reader.next(field);) f(field);
}

// How the elements stand in an Array; false where they cannot.
bool stored_as(Element element, DType& dtype) {
  switch (element) {
    case Element::f32:
      dtype = DType::f32;
      return true;
    case Element::f64:
      dtype = DType::f64;
      return true;
    case Element::boolean:
      dtype = DType::boolean;
      return true;
    case Element::u8:
    case Element::i8:
    case Element::u16:
    case Element::i16:
    case Element::i32:
    case Element::u32:
    case Element::i64:
    case Element::u64:
      dtype = DType::i64;
      return true;
    default:
      return false;
  }
}

// The elements of a tensor while they are read.
class Elements {
 public:
  explicit Elements(Array& array) : array_(array) {}

  template <class T>
  void push(T value) {
    if (count_ == array_.elements()) throw std::runtime_error("a tensor with too many elements");
    switch (array_.dtype) {
      case DType::f32:
        array_.data<float>()[count_++] = static_cast<float>(value);
        return;
      case DType::f64:
        array_.data<double>()[count_++] = static_cast<double>(value);
        return;
      case DType::boolean:
        array_.data<std::uint8_t>()[count_++] = value != T{};
        return;
      default:
        array_.data<std::int64_t>()[count_++] = static_cast<std::int64_t>(value);
    }
  }
  template <class T>
  void push_raw(std::string_view bytes) {
    for (Reader raw(bytes); !raw.at_end();) push(raw.fixed<T>());
  }
  void push_raw(Element element, std::string_view bytes) {
    switch (element) {
      case Element::f32:
        return push_raw<float>(bytes);
      case Element::f64:
        return push_raw<double>(bytes);
      case Element::boolean:
      case Element::u8:
        return push_raw<std::uint8_t>(bytes);
      case Element::i8:
        return push_raw<std::int8_t>(bytes);
      case Element::u16:
        return push_raw<std::uint16_t>(bytes);
      case Element::i16:
        return push_raw<std::int16_t>(bytes);
      case Element::i32:
        return push_raw<std::int32_t>(bytes);
      case Element::u32:
        return push_raw<std::uint32_t>(bytes);
      default:
        return push_raw<std::int64_t>(bytes);
    }
  }
  bool complete() const { return count_ == array_.elements(); }

 private:
  Array& array_;
  std::int64_t count_ = 0;
};

Port read_port(std::string_view message) {
  Port port;
  for_each_field(message, [&](const Field& info) {
    if (info.id == 1) port.name = info.text();
    if (info.id != 2) return;
    for_each_field(info.bytes, [&](const Field& type) {
      if (type.id != 1) return;  // a sequence or an optional
      for_each_field(type.bytes, [&](const Field& tensor) {
        if (tensor.id == 1) port.element = static_cast<Element>(tensor.integer());
      });
    });
  });
  return port;
}

Attribute read_attribute(std::string_view message) {
  Attribute attribute;
  for_each_field(message, [&](const Field& field) {
    switch (field.id) {
      case 1:
        attribute.name = field.text();
        break;
      case 2:
        attribute.real = field.real();
        break;
      case 3:
        attribute.integer = field.integer();
        break;
      case 4:
        attribute.text = field.text();
        break;
      case 5:
        attribute.tensor = read_literal(field.bytes);
        break;
      case 7:
        for_each_real<float>(field, [&](float x) { attribute.reals.push_back(x); });
        break;
      case 8:
        for_each_integer(field, [&](std::int64_t i) { attribute.integers.push_back(i); });
        break;
      default:
        break;
    }
  });
  return attribute;
}

Node read_node(std::string_view message) {
  Node node;
  for_each_field(message, [&](const Field& field) {
    if (field.id == 1) node.inputs.push_back(field.text());
    if (field.id == 2) node.outputs.push_back(field.text());
    if (field.id == 4) node.op = field.text();
    if (field.id == 5) node.attributes.push_back(read_attribute(field.bytes));
    if (field.id == 7) node.domain = field.text();
  });
  return node;
}

}  // namespace

const char* name(Element element) {
  switch (element) {
    case Element::f32:
      return "float";
    case Element::u8:
      return "uint8";
    case Element::i8:
      return "int8";
    case Element::u16:
      return "uint16";
    case Element::i16:
      return "int16";
    case Element::i32:
      return "int32";
    case Element::i64:
      return "int64";
    case Element::text:
      return "string";
    case Element::boolean:
      return "bool";
    case Element::f16:
      return "float16";
    case Element::f64:
      return "double";
    case Element::u32:
      return "uint32";
    case Element::u64:
      return "uint64";
    case Element::bf16:
      return "bfloat16";
    default:
      return "no tensor";
  }
}

Literal read_literal(std::string_view bytes) {
  Literal literal;
  std::vector<std::int64_t> dims;
  for_each_field(bytes, [&](const Field& field) {
    if (field.id == 1) for_each_integer(field, [&](std::int64_t dim) { dims.push_back(dim); });
    if (field.id == 2) literal.element = static_cast<Element>(field.integer());
    if (field.id == 8) literal.name = field.text();
  });
  DType dtype{};
  if (!stored_as(literal.element, dtype)) return literal;
  if (checked_elements(dims) < 0 || !is_valid_shape(dims))
    throw std::runtime_error("a tensor of impossible dimensions");
  // No element takes less than a byte.
  if (checked_elements(dims) > static_cast<std::int64_t>(bytes.size()))
    throw std::runtime_error("a tensor with too few elements");
  literal.array = Array::make(dtype, dims);
  Elements elements(literal.array);
  for_each_field(bytes, [&](const Field& field) {
    if (field.id == 4) for_each_real<float>(field, [&](float x) { elements.push(x); });
    if (field.id == 5 || field.id == 7 || field.id == 11)
      for_each_integer(field, [&](std::int64_t i) { elements.push(i); });
    if (field.id == 9) elements.push_raw(literal.element, field.bytes);
    if (field.id == 10) for_each_real<double>(field, [&](double x) { elements.push(x); });
  });
  if (!elements.complete()) throw std::runtime_error("a tensor with too few elements");
  return literal;
}

Model read_model(std::string_view bytes) {
  Model model;
  for_each_field(bytes, [&](const Field& part) {
    if (part.id != 7) return;
    for_each_field(part.bytes, [&](const Field& field) {
      if (field.id == 1) model.nodes.push_back(read_node(field.bytes));
      if (field.id == 5) model.initializers.push_back(read_literal(field.bytes));
      if (field.id == 11) model.inputs.push_back(read_port(field.bytes));
      if (field.id == 12) model.outputs.push_back(read_port(field.bytes));
    });
  });
  return model;
}

std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace ebb::test::onnx
