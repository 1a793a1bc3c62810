#include "graph/script/characters.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "graph/core/diagnostic.hpp"

namespace ebb {
namespace {

// At least as many digits.
std::string hexadecimal(char32_t c, std::size_t width) {
  std::array<char, 8> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(),
                                          static_cast<std::uint32_t>(c), 16);
  std::string hex(digits.data(), end);
  for (char& digit : hex) {
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  }
  return std::string(hex.size() < width ? width - hex.size() : 0, '0') + hex;
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  utf8proc_int32_t value = 0;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (length <= 0) return {0, 0};
  return {static_cast<char32_t>(value), static_cast<std::size_t>(length)};
}

std::size_t valid_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const std::size_t next = first_code_point(text.substr(length)).length;
    if (next == 0) break;
    length += next;
  }
  return length;
}

std::string invalid_byte(char byte) {
  return "invalid UTF-8: byte 0x" + hexadecimal(static_cast<unsigned char>(byte), 2);
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    // A byte that is not UTF-8 is shown as some sign of its own.
    width +=
        c.length > 0
            ? static_cast<std::size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(c.value)))
            : 1;
    text.remove_prefix(std::max<std::size_t>(c.length, 1));
  }
  return width;
}

bool is_name_start(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
      return true;
    default:
      return false;
  }
}

bool is_name_part(char32_t c) {
  if (is_name_start(c) || (c >= '0' && c <= '9')) return true;
  if (c < 0x80) return false;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
      return true;
    default:
      return false;
  }
}

std::string description(char32_t c) {
  std::array<utf8proc_uint8_t, 4> bytes;
  const auto code_point = static_cast<utf8proc_int32_t>(c);
  const auto length = utf8proc_encode_char(code_point, bytes.data());
  std::string name = "U+" + hexadecimal(c, 4);
  if (utf8proc_charwidth(code_point) < 1 || c == U'\u00A0') return name;
  return "`" + std::string(bytes.begin(), bytes.begin() + length) + "` (" + name + ")";
}

std::string normalized(std::string_view name) {
  std::string result(name);
  const bool ascii = std::all_of(result.begin(), result.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return result;
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> composed(
      utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>(result.c_str())), &std::free);
  ensure(composed != nullptr, "normalized: the name is not valid UTF-8");
  return reinterpret_cast<const char*>(composed.get());
}

}  // namespace ebb
