// Protocol Buffers' wire format, as far as files of ONNX use it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ebb::test::onnx {

// One field of a message: a number, or bytes (text, a message, packed numbers).
struct Field {
  std::uint64_t id = 0;
  bool is_bytes = false;
  std::uint64_t number = 0;  // the bits of a fixed32 or fixed64
  std::string_view bytes;    // into what the Reader was given

  std::int64_t integer() const { return static_cast<std::int64_t>(number); }
  float real() const { return std::bit_cast<float>(static_cast<std::uint32_t>(number)); }
  std::string text() const { return std::string(bytes); }
};

// The fields of a message in order. All of it throws std::runtime_error where the bytes end within
// a field, or where a field is of no known kind.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  // The next field; false at the end.
  bool next(Field& field) {
    if (rest_.empty()) return false;
    const std::uint64_t tag = varint();
    field = {tag >> 3, false, 0, {}};
    switch (tag & 7) {
      case 0:
        field.number = varint();
        return true;
      case 1:
        field.number = fixed<std::uint64_t>();
        return true;
      case 2:
        field.is_bytes = true;
        field.bytes = take(varint());
        return true;
      case 5:
        field.number = fixed<std::uint32_t>();
        return true;
      default:
        throw std::runtime_error("a field of no known kind");
    }
  }

  bool at_end() const { return rest_.empty(); }

  // Base 128, the lowest seven bits first.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("a number of more than 64 bits");
  }

  // Little-endian, as the machine is.
  template <class T>
  T fixed() {
    static_assert(std::endian::native == std::endian::little);
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) throw std::runtime_error("the bytes end within a field");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

// Calls f for each number of a repeated field of varints, packed or single.
template <class F>
void for_each_integer(const Field& field, F&& f) {
  if (!field.is_bytes) {
    f(field.integer());
    return;
  }
  for (Reader packed(field.bytes); !packed.at_end();) f(static_cast<std::int64_t>(packed.varint()));
}

// The same for floats (fixed32) and doubles (fixed64).
template <class T, class F>
void for_each_real(const Field& field, F&& f) {
  if (!field.is_bytes) {
    if constexpr (sizeof(T) == sizeof(float))
      f(field.real());
    else
      f(std::bit_cast<T>(field.number));
    return;
  }
  for (Reader packed(field.bytes); !packed.at_end();) f(packed.fixed<T>());
}

}  // namespace ebb::test::onnx
