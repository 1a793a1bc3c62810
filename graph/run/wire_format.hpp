// Messages in the wire format of Protocol Buffers, written field by field.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ebb {

// The fields that were added, in this order, as bytes. A field of another message is its `bytes()`.
class WireMessage {
 public:
  // int32, int64, bool and enumerations.
  WireMessage& whole(int field, std::int64_t number) {
    return varint(tag(field, 0)).varint(static_cast<std::uint64_t>(number));
  }
  WireMessage& single(int field, float number) {
    varint(tag(field, 5));
    return fixed(std::bit_cast<std::uint32_t>(number));
  }
  WireMessage& real(int field, double number) {
    varint(tag(field, 1));
    return fixed(std::bit_cast<std::uint64_t>(number));
  }
  // A string, bytes or a message.
  WireMessage& text(int field, std::string_view text) {
    varint(tag(field, 2)).varint(text.size());
    bytes_ += text;
    return *this;
  }
  WireMessage& message(int field, const WireMessage& message) {
    return text(field, message.bytes());
  }
  // A packed repeated double.
  WireMessage& reals(int field, std::span<const double> numbers) {
    WireMessage packed;
    for (const double number : numbers) packed.fixed(std::bit_cast<std::uint64_t>(number));
    return message(field, packed);
  }

  const std::string& bytes() const { return bytes_; }

 private:
  static std::uint64_t tag(int field, unsigned type) {
    return static_cast<std::uint64_t>(field) << 3 | type;
  }
  WireMessage& varint(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes_ += static_cast<char>(number | 0x80);
    bytes_ += static_cast<char>(number);
    return *this;
  }
  // The lowest byte first.
  template <class Bits>
  WireMessage& fixed(Bits bits) {
    for (std::size_t i = 0; i < sizeof bits; ++i) bytes_ += static_cast<char>(bits >> 8 * i & 0xFF);
    return *this;
  }

  std::string bytes_;
};

}  // namespace ebb
