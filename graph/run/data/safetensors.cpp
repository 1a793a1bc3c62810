#include "graph/run/data/safetensors.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <unordered_set>

#include "graph/core/diagnostic.hpp"
#include "graph/run/data/file.hpp"

namespace ebb {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t max_header = 100'000'000;  // as the format's own reader has it
constexpr const char* metadata_key = "__metadata__";
constexpr const char* checksum_key = "ebb.crc32";
// CRC-32 of the whole file, taken with these digits in the checksum's place.
constexpr std::string_view checksum_blank = "00000000";

struct ElementType {
  std::string_view code;
  DType dtype;        // as it is kept; F16 and BF16 become f32
  std::size_t width;  // in the file
};

constexpr ElementType element_types[] = {{"BOOL", DType::boolean, 1}, {"U8", DType::u8, 1},
                                         {"I8", DType::i8, 1},        {"I16", DType::i16, 2},
                                         {"I32", DType::i32, 4},      {"I64", DType::i64, 8},
                                         {"F16", DType::f32, 2},      {"BF16", DType::f32, 2},
                                         {"F32", DType::f32, 4},      {"F64", DType::f64, 8}};

// Where a tensor's elements lie, counted from the end of the header.
struct Entry {
  std::string name;
  ElementType type;
  std::vector<std::int64_t> dims;
  std::uint64_t begin = 0, end = 0;
};

[[noreturn]] void malformed(const std::string& file, const std::string& what) {
  file_error(file, "malformed safetensors header: " + what, {copy_again});
}

std::uint32_t crc_of(std::uint32_t crc, std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string hex(std::uint32_t value) {
  std::string text(8, '0');
  for (std::size_t i = 0; i < 8; ++i) text[7 - i] = "0123456789abcdef"[value >> 4 * i & 15];
  return text;
}

// Goes through a header without keeping it, and refuses what the parser would not: too deep a nest
// and a repeated key. The parser's own callback looks through the parent at the end of each object.
class HeaderCheck : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderCheck(const std::string& file) : file_(file) {}

  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool key(string_t& key) override {
    if (!keys_.back().insert(key).second) malformed(file_, "'" + key + "' is there twice");
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t byte, const std::string&, const Json::exception& error) override {
    if (dynamic_cast<const Json::out_of_range*>(&error) != nullptr)
      malformed(file_, "a number in it is too large");
    malformed(file_, "no JSON at byte " + std::to_string(byte));
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }

 private:
  bool open() {
    if (keys_.size() == 3) malformed(file_, "it is nested too deeply");
    keys_.emplace_back();
    return true;
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  const std::string& file_;
  std::vector<std::unordered_set<std::string>> keys_;  // of what is open; a list has none
};

// Parses the header, at most three levels deep and without a repeated key.
Json parse_header(const std::string& file, const std::string& text) {
  HeaderCheck check(file);
  Json::sax_parse(text, &check);
  Json header = Json::parse(text);
  if (!header.is_object()) malformed(file, "it is not a JSON object");
  return header;
}

// A JSON list of whole numbers >= 0.
std::vector<std::int64_t> read_sizes(const std::string& file, const std::string& what,
                                     const Json& list) {
  std::vector<std::int64_t> sizes;
  if (!list.is_array()) malformed(file, what + " is not a list");
  for (const Json& size : list) {
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > std::uint64_t{1} << 62) {
      malformed(file, what + " has an entry that is not a size");
    }
    sizes.push_back(static_cast<std::int64_t>(size.get<std::uint64_t>()));
  }
  return sizes;
}

ElementType element_type(const std::string& file, const std::string& tensor, const Json& code) {
  if (!code.is_string()) malformed(file, "the dtype of '" + tensor + "' is not a string");
  const auto text = code.get<std::string>();
  for (const ElementType& type : element_types) {
    if (type.code == text) return type;
  }
  file_error(file, "tensor '" + tensor + "' has the unsupported dtype " + text,
             {"BOOL, U8, I8 to I64, F16, BF16, F32 and F64 are supported"});
}

Entry read_entry(const std::string& file, const std::string& name, const Json& json,
                 std::uint64_t data_size) {
  const std::string tensor = "tensor '" + name + "'";
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets")) {
    malformed(file, tensor + " needs exactly dtype, shape and data_offsets");
  }
  Entry entry{name, element_type(file, name, json["dtype"]),
              read_sizes(file, "the shape of '" + name + "'", json["shape"])};
  const auto offsets = read_sizes(file, "data_offsets of '" + name + "'", json["data_offsets"]);
  if (entry.dims.size() > max_file_rank) {
    file_error(file, tensor + " has more than " + std::to_string(max_file_rank) + " dimensions");
  }
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    malformed(file, "data_offsets of '" + name + "' are not a begin and an end");
  }
  entry.begin = static_cast<std::uint64_t>(offsets[0]);
  entry.end = static_cast<std::uint64_t>(offsets[1]);
  if (entry.end > data_size) {
    file_error(file,
               "truncated: " + tensor + " ends at byte " + std::to_string(entry.end) +
                   " of the data, the file has " + std::to_string(data_size),
               {copy_again});
  }
  const std::int64_t elements = checked_elements(entry.dims);
  const std::uint64_t bytes = entry.end - entry.begin;
  if (elements < 0 || bytes % entry.type.width != 0 ||
      bytes / entry.type.width != static_cast<std::uint64_t>(elements)) {
    malformed(file, tensor + " of shape " + dims_text(entry.dims) + " and dtype " +
                        std::string(entry.type.code) + " cannot take " + std::to_string(bytes) +
                        " bytes");
  }
  return entry;
}

std::map<std::string, std::string> read_metadata(const std::string& file, const Json& json) {
  std::map<std::string, std::string> metadata;
  if (!json.is_object()) malformed(file, std::string(metadata_key) + " is not an object");
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) malformed(file, "metadata '" + key + "' is not a string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

// The tensors in the order of their data, which they must cover without a gap or an overlap.
std::vector<Entry> read_entries(const std::string& file, const Json& header,
                                std::uint64_t data_size) {
  std::vector<Entry> entries;
  for (const auto& [name, json] : header.items()) {
    if (name != metadata_key) entries.push_back(read_entry(file, name, json, data_size));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != covered) {
      malformed(file, "tensor '" + entry.name + "' begins at byte " + std::to_string(entry.begin) +
                          " of the data, the one before ends at " + std::to_string(covered));
    }
    covered = entry.end;
  }
  if (covered != data_size) {
    file_error(file,
               "too long: the tensors take " + std::to_string(covered) +
                   " bytes of data, the file has " + std::to_string(data_size),
               {copy_again});
  }
  return entries;
}

// Reads the header's text after its length, which must fit the file.
std::string read_header_text(InputFile& file) {
  const std::optional<std::uint64_t> size = file.remaining();
  if (!size) file_error(file.name(), "not a regular file");
  if (*size < 8) {
    file_error(file.name(),
               "not a safetensors file: it has " + std::to_string(*size) + " bytes, fewer than 8",
               {copy_again});
  }
  std::array<std::byte, 8> length_bytes{};
  file.read(length_bytes, "the header's length");
  const auto length = std::bit_cast<std::uint64_t>(length_bytes);
  if (length > max_header) {
    file_error(file.name(),
               "not a safetensors file: its first 8 bytes say that the header has " +
                   std::to_string(length) + " bytes",
               {"at most 100 MB are allowed"});
  }
  if (length > *size - 8) {
    file_error(file.name(),
               "truncated: the header should have " + std::to_string(length) +
                   " bytes, the file has " + std::to_string(*size - 8) + " after its length",
               {copy_again});
  }
  std::string text(length, '\0');
  file.read(std::as_writable_bytes(std::span(text)), "the header");
  if (text.empty() || text[0] != '{') malformed(file.name(), "it does not begin with '{'");
  return text;
}

Array tensor_of(const std::string& file, const Entry& entry,
                const std::shared_ptr<std::byte[]>& data) {
  const std::span<const std::byte> bytes(data.get() + entry.begin, entry.end - entry.begin);
  if (entry.type.code == "F16") return widen_f16(file, bytes, entry.dims);
  if (entry.type.code == "BF16") return widen_bf16(file, bytes, entry.dims);
  Array array{entry.type.dtype, entry.dims, {data, data.get() + entry.begin}};
  // Other writers need not align their tensors.
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % entry.type.width != 0) {
    array = allocate(file, entry.type.dtype, entry.dims);
    std::memcpy(array.bytes.get(), bytes.data(), bytes.size());
  }
  if (array.dtype == DType::boolean) normalise_booleans(array);
  return array;
}

std::string checksum_entry(std::string_view digits) {
  return "\"" + std::string(checksum_key) + "\":\"" + std::string(digits) + "\"";
}

std::uint32_t crc_of_header(const std::string& text) {
  const auto length_bytes = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t{text.size()});
  return crc_of(crc_of(0, length_bytes), bytes_of(text));
}

// The header's text with the checksum's digits blank. A quote within a JSON string is escaped, so
// what is found is the entry itself.
std::string blank_checksum(std::string text, const std::string& digits) {
  const std::size_t at = text.find(checksum_entry(digits));
  if (at != std::string::npos) {
    text.replace(at, checksum_entry(digits).size(), checksum_entry(checksum_blank));
  }
  return text;
}

void check_names(const TensorFile& file) {
  std::set<std::string> names{metadata_key};
  for (const auto& [name, array] : file.tensors) {
    ensure(names.insert(name).second, "write_safetensors: a name is there twice");
  }
}

const char* safetensors_code(DType dtype) {
  for (const ElementType& type : element_types) {
    if (type.dtype == dtype && type.width == size_of(dtype)) return type.code.data();
  }
  throw InternalError("write_safetensors: no code for this dtype");
}

using NamedArray = std::pair<std::string, Array>;

std::vector<const NamedArray*> aligned_order(const TensorFile& file) {
  std::vector<const NamedArray*> order;
  for (const NamedArray& tensor : file.tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const NamedArray* a, const NamedArray* b) {
    return size_of(a->second.dtype) > size_of(b->second.dtype);
  });
  return order;
}

std::string json_text(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::type_error&) {
    throw InternalError("write_safetensors: a name or metadata is not UTF-8");
  }
}

// The header with a blank checksum, padded to a multiple of 8 bytes.
std::string header_text(const std::vector<const NamedArray*>& tensors,
                        std::map<std::string, std::string> metadata) {
  metadata[checksum_key] = checksum_blank;
  std::string text = "{" + json_text(metadata_key) + ":" + json_text(metadata);
  std::uint64_t begin = 0;
  for (const auto* tensor : tensors) {
    const auto& [name, array] = *tensor;
    const std::uint64_t end = begin + array.size_bytes();
    const Json entry = {{"dtype", safetensors_code(array.dtype)},
                        {"shape", array.dims},
                        {"data_offsets", {begin, end}}};
    text += "," + json_text(name) + ":" + json_text(entry);
    begin = end;
  }
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

TensorFile read_safetensors(const std::filesystem::path& path) {
  InputFile file(path, InputFile::Kind::regular);
  const std::string text = read_header_text(file);
  const Json header = parse_header(file.name(), text);
  TensorFile result;
  if (header.contains(metadata_key)) {
    result.metadata = read_metadata(file.name(), header[metadata_key]);
  }
  const auto checksum = result.metadata.extract(checksum_key);
  const std::uint64_t size = file.remaining().value_or(0);
  const auto entries = read_entries(file.name(), header, size);
  const auto data = file.rest();
  if (checksum) {
    const std::string crc =
        hex(crc_of(crc_of_header(blank_checksum(text, checksum.mapped())), {data.get(), size}));
    if (checksum.mapped() != crc)
      file_error(
          file.name(),
          "altered: its checksum is " + crc + ", " + checksum_key + " says " + checksum.mapped(),
          {copy_again, std::string("if it was changed on purpose, save it without the metadata ") +
                           checksum_key});
  }
  for (const Entry& entry : entries)
    result.tensors.emplace_back(entry.name, tensor_of(file.name(), entry, data));
  return result;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  check_names(file);
  const auto tensors = aligned_order(file);
  std::string header = header_text(tensors, file.metadata);
  std::uint32_t crc = crc_of_header(header);
  std::vector<std::span<const std::byte>> pieces(2);
  for (const NamedArray* tensor : tensors) {
    pieces.push_back(bytes_of(tensor->second));
    crc = crc_of(crc, pieces.back());
  }
  header.replace(header.find(checksum_entry(checksum_blank)), checksum_entry(checksum_blank).size(),
                 checksum_entry(hex(crc)));
  const auto length_bytes = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t{header.size()});
  pieces[0] = length_bytes;
  pieces[1] = bytes_of(header);
  write_file(path, pieces);
}

}  // namespace ebb
