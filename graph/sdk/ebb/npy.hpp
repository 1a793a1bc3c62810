// The header of NumPy's .npy files, for whoever reads them: parsed strictly, never evaluated.
#pragma once

#include <ebb_plugin.h>
#include <ebb/bytes.hpp>
#include <ebb/value.hpp>

#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace ebb::sdk {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

struct NpyType {
  std::string_view code;  // as numpy names it, without its byte order
  std::int32_t dtype;     // as it is kept; f2 becomes EBB_F32
  std::size_t width;      // of an element in the file, in bytes
};
inline constexpr NpyType npy_types[] = {
    {"b1", EBB_BOOL, 1}, {"u1", EBB_U8, 1},  {"i1", EBB_I8, 1},
    {"i2", EBB_I16, 2},  {"i4", EBB_I32, 4}, {"i8", EBB_I64, 8},
    {"f2", EBB_F32, 2},  {"f4", EBB_F32, 4}, {"f8", EBB_F64, 8}};

// What a file says before its data.
struct NpyHeader {
  NpyType type{};
  bool big_endian = false;
  bool fortran_order = false;
  Ints dims;
  std::int64_t elements = 1;  // the product of dims, at most 2^48
  std::size_t size = 0;       // of all that precedes the data, in bytes

  std::int64_t data_bytes() const { return elements * static_cast<std::int64_t>(type.width); }
  bool is_half() const { return type.dtype == EBB_F32 && type.width == 2; }
};

namespace detail {

// The text is a Python dict literal such as
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
// and nothing else that Python would accept is taken.
class NpyHeaderParser {
 public:
  explicit NpyHeaderParser(std::string_view text) : text_(text) {}

  NpyHeader parse() {
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !std::exchange(has_descr, true)) {
        set_type(descr());
      } else if (key == "fortran_order" && !std::exchange(has_order, true)) {
        header_.fortran_order = boolean();
      } else if (key == "shape" && !std::exchange(has_shape, true)) {
        shape();
      } else {
        fail("unexpected key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("unexpected text after the dict");
    if (!has_descr || !has_order || !has_shape) {
      fail("'descr', 'fortran_order' and 'shape' must all be there");
    }
    return header_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Failure("malformed .npy header: " + what + ", at byte " + std::to_string(at_) + " of it",
                  copy_again);
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("expected '") + c + "'");
  }
  bool accept_word(std::string_view word) {
    skip_space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string string() {
    const char quote = accept('\'') ? '\'' : accept('"') ? '"' : '\0';
    if (quote == '\0') fail("expected a string");
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] > ' ' && text_[at_] < '\x7f' && text_[at_] != quote &&
           text_[at_] != '\\') {
      ++at_;
    }
    if (at_ == text_.size() || text_[at_] != quote) fail("unexpected character in a string");
    return std::string(text_.substr(begin, at_++ - begin));
  }

  std::string descr() {
    if (accept('[')) {
      throw Failure("structured dtypes are not supported",
                    "save one field: numpy.save(file, x['field'])");
    }
    return string();
  }

  void set_type(const std::string& descr) {
    const char order = descr.empty() ? ' ' : descr[0];
    for (const NpyType& type : npy_types) {
      if (descr.empty() || descr.substr(1) != type.code) continue;
      header_.big_endian = order == '>';
      header_.type = type;
      if (order == '<' || order == '>' || (order == '|' && type.width == 1)) return;
    }
    throw Failure("dtype '" + descr + "' is not supported",
                  "bool, uint8, int8 to int64 and float16 to float64 are: save "
                  "x.astype('float32'), say");
  }

  bool boolean() {
    if (accept_word("True")) return true;
    if (!accept_word("False")) fail("expected True or False");
    return false;
  }

  std::int64_t size() {
    skip_space();
    const std::size_t begin = at_;
    std::int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const int digit = text_[at_] - '0';
      if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) {
        fail("a size is too large");
      }
      value = value * 10 + digit;
    }
    if (at_ == begin) fail("expected a size");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote long integers so
    return value;
  }

  void shape() {
    constexpr std::size_t max_rank = EBB_MAX_RANK + 1;  // the samples and a sample's own
    expect('(');
    while (!accept(')')) {
      if (header_.dims.size() == max_rank) {
        throw Failure("the array has more than " + std::to_string(max_rank) + " dimensions");
      }
      header_.dims.push_back(size());
      if (accept(',')) continue;
      if (header_.dims.size() == 1) fail("expected ','");  // (3) is a number, (3,) a tuple
      expect(')');
      break;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  NpyHeader header_;
};

// The product of dims; Failure beyond what a file can hold, also of the others where one is 0.
inline std::int64_t npy_elements(const Ints& dims) {
  constexpr std::int64_t most = std::int64_t{1} << 48;
  std::int64_t elements = 1;
  bool empty = false;
  for (const std::int64_t d : dims) {
    empty = empty || d == 0;
    if (d == 0) continue;
    if (elements > most / d)
      throw Failure("impossible sizes: the header says " + to_string(dims), copy_again);
    elements *= d;
  }
  return empty ? 0 : elements;
}

}  // namespace detail

// Reads the header. `read_some(std::span<std::byte>)` fills the span unless the file ends before,
// and returns the bytes read. Throws Failure: not .npy, another version or dtype, truncated,
// malformed. Messages do not name the file.
template <class ReadSome>
NpyHeader read_npy_header(const ReadSome& read_some) {
  const auto read = [&](std::span<std::byte> bytes, const std::string& what) {
    const std::size_t got = read_some(bytes);
    if (got == bytes.size()) return;
    throw Failure("truncated: " + what + " needs " + std::to_string(bytes.size()) + " bytes, " +
                      std::to_string(got) + " are left",
                  copy_again);
  };
  std::array<char, 8> start{};  // the magic, the major and the minor version
  const std::size_t got = read_some(std::as_writable_bytes(std::span(start)));
  const std::string_view begin(start.data(), got);
  if (begin.starts_with("PK\x03\x04"))
    throw Failure("an .npz archive, not an .npy file", "save a single array with numpy.save");
  if (!begin.starts_with(npy_magic))
    throw Failure("not an .npy file: it does not begin with \\x93NUMPY", "numpy.save writes one");
  if (got < start.size())
    throw Failure("truncated: the file ends in its first 8 bytes", copy_again);
  const int version = start[6];
  if (version < 1 || version > 3)
    throw Failure("version " + std::to_string(version) + " of .npy is not known",
                  "versions 1 to 3 are");
  std::array<std::byte, 4> length_bytes{};
  const std::size_t length_size = version == 1 ? 2 : 4;
  read(std::span(length_bytes).first(length_size), "the header's length");
  const auto length = std::bit_cast<std::uint32_t>(length_bytes);
  if (length > 1 << 20)
    throw Failure("the header's length of " + std::to_string(length) + " bytes is implausible",
                  copy_again);
  std::string text(length, '\0');
  read(std::as_writable_bytes(std::span(text)), "the header");
  NpyHeader header = detail::NpyHeaderParser(text).parse();
  header.elements = detail::npy_elements(header.dims);
  header.size = start.size() + length_size + length;
  return header;
}

// Turns elements as the file has them, which it changes, into elements as memory has them: of this
// machine's byte order, halves widened, every boolean 0 or 1. `to` may be where they are, but for
// halves.
inline void convert_npy(const NpyHeader& header, std::span<std::byte> elements, void* to) {
  if (header.big_endian) swap_bytes(elements, header.type.width);
  if (header.is_half()) {
    for (std::size_t i = 0; i < elements.size() / 2; ++i) {
      std::uint16_t half = 0;
      std::memcpy(&half, elements.data() + 2 * i, 2);
      static_cast<float*>(to)[i] = float_of_half(half);
    }
    return;
  }
  if (header.type.dtype == EBB_BOOL)
    for (std::byte& byte : elements) byte = std::byte{byte != std::byte{0}};
  if (to != elements.data()) std::memcpy(to, elements.data(), elements.size());
}

}  // namespace ebb::sdk
