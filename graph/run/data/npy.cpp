#include "graph/run/data/npy.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/file.hpp"

namespace ebb {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t max_header = 1 << 20;

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> dims;
};

// Reads the header, a Python dict literal such as
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
// and nothing else that Python would accept.
class HeaderParser {
 public:
  HeaderParser(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  Header parse() {
    Header header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !std::exchange(has_descr, true)) {
        header.descr = descr();
      } else if (key == "fortran_order" && !std::exchange(has_order, true)) {
        header.fortran_order = boolean();
      } else if (key == "shape" && !std::exchange(has_shape, true)) {
        header.dims = shape();
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
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    file_error(file_,
               "malformed .npy header: " + what + ", at byte " + std::to_string(at_) + " of it",
               {copy_again});
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
      file_error(file_, "structured dtypes are not supported",
                 {"save one field: numpy.save(file, x['field'])"});
    }
    return string();
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

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> dims;
    expect('(');
    while (!accept(')')) {
      if (dims.size() == max_file_rank) {
        file_error(file_,
                   "the array has more than " + std::to_string(max_file_rank) + " dimensions");
      }
      dims.push_back(size());
      if (accept(',')) continue;
      if (dims.size() == 1) fail("expected ','");  // (3) is a number, (3,) a tuple
      expect(')');
      break;
    }
    return dims;
  }

  const std::string& file_;
  std::string_view text_;
  std::size_t at_ = 0;
};

struct ElementType {
  std::string_view code;  // without its byte order
  DType dtype;            // as it is kept; f2 becomes f32
  std::size_t width;      // in the file
};

constexpr ElementType element_types[] = {
    {"b1", DType::boolean, 1}, {"u1", DType::u8, 1},  {"i1", DType::i8, 1},
    {"i2", DType::i16, 2},     {"i4", DType::i32, 4}, {"i8", DType::i64, 8},
    {"f2", DType::f32, 2},     {"f4", DType::f32, 4}, {"f8", DType::f64, 8}};

struct Elements {
  ElementType type;
  bool big_endian;
};

Elements element_type(const std::string& file, const std::string& descr) {
  const char order = descr.empty() ? ' ' : descr[0];
  for (const ElementType& type : element_types) {
    if (descr.substr(std::min<std::size_t>(1, descr.size())) != type.code) continue;
    if (order == '<' || (order == '|' && type.width == 1)) return {type, false};
    if (order == '>') return {type, true};
  }
  file_error(file, "dtype '" + descr + "' is not supported",
             {"bool, uint8, int8 to int64 and float16 to float64 are: "
              "save x.astype('float32'), say"});
}

std::string read_header_text(InputFile& file) {
  std::array<char, 8> start{};  // the magic, the major and the minor version
  const std::size_t got = file.read_some(std::as_writable_bytes(std::span(start)));
  const std::string_view begin(start.data(), got);
  if (begin.starts_with("PK\x03\x04")) {
    file_error(file.name(), "an .npz archive, not an .npy file",
               {"save a single array with numpy.save"});
  }
  if (!begin.starts_with(magic)) {
    file_error(file.name(), "not an .npy file: it does not begin with \\x93NUMPY",
               {"numpy.save writes one"});
  }
  if (got < start.size())
    file_error(file.name(), "truncated: the file ends in its first 8 bytes", {copy_again});
  const int version = start[6];
  if (version < 1 || version > 3) {
    file_error(file.name(), "version " + std::to_string(version) + " of .npy is not known",
               {"versions 1 to 3 are"});
  }
  std::array<std::byte, 4> length_bytes{};
  file.read(std::span(length_bytes).first(version == 1 ? 2 : 4), "the header's length");
  const auto length = std::bit_cast<std::uint32_t>(length_bytes);
  if (length > max_header) {
    file_error(file.name(),
               "the header's length of " + std::to_string(length) + " bytes is implausible",
               {copy_again});
  }
  std::string text(length, '\0');
  file.read(std::as_writable_bytes(std::span(text)), "the header");
  return text;
}

// Reads `size` bytes. Where the file's size is unknown, memory grows with what has really come.
Array read_data(InputFile& file, std::int64_t size) {
  constexpr std::int64_t step = 1 << 24;
  const std::optional<std::uint64_t> remaining = file.remaining();
  if (remaining && *remaining != static_cast<std::uint64_t>(size)) {
    const bool too_short = *remaining < static_cast<std::uint64_t>(size);
    file_error(file.name(),
               (too_short ? "truncated: " : "too long: ") + std::string("the header says ") +
                   std::to_string(size) + " bytes of data, the file has " +
                   std::to_string(*remaining),
               {copy_again});
  }
  Array data = allocate(file.name(), DType::u8, {remaining ? size : std::min(size, step)});
  std::int64_t filled = 0;
  for (;;) {
    const auto begin = static_cast<std::size_t>(filled);
    filled += static_cast<std::int64_t>(file.read_some(bytes_of(data).subspan(begin)));
    if (filled == size) return data;
    if (filled < data.elements()) {
      file_error(file.name(),
                 "truncated: the header says " + std::to_string(size) + " bytes of data, only " +
                     std::to_string(filled) + " came",
                 {copy_again});
    }
    Array larger = allocate(file.name(), DType::u8, {std::min(size, 2 * filled)});
    std::memcpy(larger.bytes.get(), data.bytes.get(), data.size_bytes());
    data = larger;
  }
}

// The same array with its last index fastest, where the first one was.
Array from_fortran_order(const std::string& file, const Array& array) {
  Array result = allocate(file, array.dtype, array.dims);
  const std::size_t rank = array.dims.size(), width = size_of(array.dtype);
  std::vector<std::size_t> strides(rank);
  std::size_t stride = width;
  for (std::size_t d = 0; d < rank; ++d) {
    strides[d] = stride;
    stride *= static_cast<std::size_t>(array.dims[d]);
  }
  std::vector<std::int64_t> index(rank, 0);
  std::size_t from = 0;
  for (std::size_t to = 0; to < result.size_bytes(); to += width) {
    std::memcpy(result.bytes.get() + to, array.bytes.get() + from, width);
    for (std::size_t d = rank; d-- > 0;) {
      from += strides[d];
      if (++index[d] < array.dims[d]) break;
      from -= strides[d] * static_cast<std::size_t>(array.dims[d]);
      index[d] = 0;
    }
  }
  return result;
}

std::string_view code_of(DType dtype) {
  for (const ElementType& type : element_types) {
    if (type.dtype == dtype && type.width == size_of(dtype)) return type.code;  // so never f2
  }
  throw InternalError("write_npy: no code for this dtype");
}

std::string header_text(const Array& array) {
  std::string text = std::string("{'descr': '") + (size_of(array.dtype) == 1 ? '|' : '<') +
                     std::string(code_of(array.dtype)) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < array.dims.size(); ++i) {
    text += (i == 0 ? "" : " ") + std::to_string(array.dims[i]);
    if (i + 1 < array.dims.size() || i == 0) text += ",";
  }
  text += "), }";
  // The data begins at a multiple of 64 bytes, after 10 bytes of start, the text and a newline.
  constexpr std::size_t start = 10, alignment = 64;
  const std::size_t total = (start + text.size() + 1 + alignment - 1) / alignment * alignment;
  text.append(total - start - text.size() - 1, ' ');
  return text + "\n";
}

}  // namespace

Array read_npy(const std::filesystem::path& path) {
  InputFile file(path);
  const std::string text = read_header_text(file);
  const Header header = HeaderParser(file.name(), text).parse();
  const auto [type, big_endian] = element_type(file.name(), header.descr);
  const std::int64_t elements = checked_elements(header.dims);
  if (elements < 0 || elements > (std::int64_t{1} << 48)) {
    file_error(file.name(), "impossible sizes: the header says " + dims_text(header.dims),
               {copy_again});
  }
  Array data = read_data(file, elements * static_cast<std::int64_t>(type.width));
  if (big_endian) swap_bytes(bytes_of(data), type.width);
  Array array = type.code == "f2" ? widen_f16(file.name(), bytes_of(data), header.dims)
                                  : Array{type.dtype, header.dims, data.bytes};
  if (type.dtype == DType::boolean) normalise_booleans(array);
  return header.fortran_order ? from_fortran_order(file.name(), array) : array;
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  const std::string header = header_text(array);
  ensure(header.size() <= 0xffff, "write_npy: the header is too long");
  std::string start(magic);
  start += '\x01';
  start += '\x00';
  start += static_cast<char>(header.size() & 0xff);
  start += static_cast<char>(header.size() >> 8);
  const std::span<const std::byte> pieces[] = {bytes_of(start), bytes_of(header), bytes_of(array)};
  write_file(path, pieces);
}

}  // namespace ebb
