#include "graph/core/native_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <numeric>

#include "graph/core/crash.hpp"
#include "graph/core/host.hpp"
#include "graph/core/out_of_memory.hpp"
#include "graph/core/records.hpp"

namespace ebb {

namespace {

constexpr const char* stream_name = "stream";
constexpr const char* stream_doc =
    "true: samples are read when a mini-batch needs them; false: all of them at once; \"auto\": "
    "all at once where they take up less than a quarter of the machine's memory";

// An open source. Its readers keep it open.
class OpenSource {
 public:
  OpenSource(const ebb_source& source, std::string name, std::string plugin,
             std::shared_ptr<const Attributes> attrs)
      : source_(source),
        name_(std::move(name)),
        plugin_(std::move(plugin)),
        where_("source `" + name_ + "`"),
        attrs_(std::move(attrs)) {
    call_ = {sizeof call_, source.self, &host_table(), &context_, attrs_ ? attrs_->c() : nullptr,
             nullptr};
    const std::lock_guard lock(one_at_a_time());
    const InPlugin note(plugin_.c_str(), nullptr, where_.c_str());
    check(source.open(&call_, &call_.handle, &samples_, &columns_));
  }
  ~OpenSource() {
    const std::lock_guard lock(one_at_a_time());
    const InPlugin note(plugin_.c_str(), nullptr, where_.c_str());
    if (call_.handle) source_.close(call_.handle);
  }
  OpenSource(const OpenSource&) = delete;
  OpenSource& operator=(const OpenSource&) = delete;

  const std::string& name() const { return name_; }
  std::int32_t columns() const { return columns_; }
  std::int64_t samples() const { return samples_; }

  // The column's name, and what an array of all its samples would be.
  std::pair<std::string, Array> column(std::int32_t index) {
    ebb_column column{};
    column.size = sizeof column;
    const std::lock_guard lock(one_at_a_time());
    const InPlugin note(plugin_.c_str(), nullptr, where_.c_str());
    check(source_.column(&call_, index, &column));
    const std::string name = text_of(column.name);
    const ebb_type& type = column.type;
    if (type.dtype < EBB_BOOL || type.dtype > EBB_F64)
      throw UserError(name_ + ": the column `" + name + "` has no element type");
    if (type.rank < 0 || type.rank > EBB_MAX_RANK ||
        std::any_of(type.dims, type.dims + type.rank, [](auto dim) { return dim < 1; }))
      throw UserError(name_ + ": the column `" + name + "` has a shape that can not be");
    Array array{static_cast<DType>(type.dtype), {samples_}, nullptr};
    array.dims.insert(array.dims.end(), type.dims, type.dims + type.rank);
    if (checked_elements(array.dims) < 0)
      throw UserError(name_ + ": the column `" + name + "` has too many elements");
    return {name, array};
  }

  void read(std::int32_t column, std::span<const std::int64_t> indices, std::byte* to) {
    const std::lock_guard lock(one_at_a_time());
    const InPlugin note(plugin_.c_str(), nullptr, where_.c_str());
    check(source_.read(&call_, column, indices.data(), static_cast<std::int64_t>(indices.size()),
                       to));
  }

 private:
  // Libraries beneath sources may not bear several threads, even in several files.
  static std::mutex& one_at_a_time() {
    static std::mutex mutex;
    return mutex;
  }
  void check(int status) const {
    if (status == EBB_OK) return;
    if (context_.message.starts_with(out_of_memory))
      throw UserError(name_ + ": " + context_.message);
    throw UserError(context_.message.empty() ? name_ + " failed" : context_.message,
                    hints_of(context_.hint));
  }
  const ebb_source source_;
  const std::string name_, plugin_;
  const std::string where_;  // in words, for a crash
  const std::shared_ptr<const Attributes> attrs_;
  ebb_context context_;
  ebb_source_call call_{};
  std::int64_t samples_ = 0;
  std::int32_t columns_ = 0;
};

class ColumnReader : public SampleReader {
 public:
  ColumnReader(std::shared_ptr<OpenSource> source, std::int32_t column)
      : source_(std::move(source)), column_(column) {}
  void read(std::span<const std::int64_t> indices, std::byte* to) override {
    source_->read(column_, indices, to);
  }

 private:
  std::shared_ptr<OpenSource> source_;
  std::int32_t column_;
};

// Fills the array with all samples of the column.
void read_whole(OpenSource& source, std::int32_t column, Array& array) {
  constexpr std::size_t most = 1 << 16;
  try {
    array = Array::make(array.dtype, array.dims);
  } catch (const OutOfMemory& error) {
    refuse_memory(source.name() + ": a column of " + std::to_string(source.samples()) + " samples",
                  error.bytes(), {}, {"`stream = true` reads them as they are needed"});
  }
  const auto samples = static_cast<std::size_t>(source.samples());
  const std::size_t sample_bytes = array.size_bytes() / samples;
  std::vector<std::int64_t> indices(std::min(most, samples));
  for (std::size_t first = 0; first < samples; first += most) {
    const std::size_t n = std::min(most, samples - first);
    std::iota(indices.begin(), indices.end(), static_cast<std::int64_t>(first));
    source.read(column, {indices.data(), n}, array.bytes.get() + first * sample_bytes);
  }
}

std::size_t bytes_of_machine() {
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
}

bool is_streamed(const SourceArgument& stream, std::size_t bytes) {
  if (const auto* said = std::get_if<bool>(&stream)) return *said;
  const auto* text = std::get_if<std::string>(&stream);
  if (!text || *text != "auto") throw UserError("stream is true, false or \"auto\"");
  return bytes >= bytes_of_machine() / 4;
}

Samples samples_of(const std::shared_ptr<OpenSource>& source, const SourceArgument& stream) {
  if (source->samples() < 1 || source->columns() < 1)
    throw UserError(source->name() + ": there are no samples");
  std::vector<std::pair<std::string, Array>> columns;
  std::size_t bytes = 0;
  for (std::int32_t i = 0; i < source->columns(); ++i) {
    columns.push_back(source->column(i));
    bytes += columns.back().second.size_bytes();
  }
  const bool streamed = is_streamed(stream, bytes);
  Samples samples;
  for (std::int32_t i = 0; i < source->columns(); ++i) {
    auto& [name, array] = columns[static_cast<std::size_t>(i)];
    if (!streamed) read_whole(*source, i, array);
    SampleColumn column =
        streamed ? SampleColumn(array.dtype, array.dims, std::make_shared<ColumnReader>(source, i))
                 : SampleColumn(array);
    samples.columns.emplace_back(std::move(name), std::move(column));
  }
  return samples;
}

SourceArgument to_argument(const Attr& attr) {
  if (const auto* i = std::get_if<std::int64_t>(&attr)) return static_cast<double>(*i);
  if (const auto* r = std::get_if<double>(&attr)) return *r;
  if (const auto* b = std::get_if<bool>(&attr)) return *b;
  if (const auto* s = std::get_if<std::string>(&attr)) return *s;
  if (const auto* strings = std::get_if<std::vector<std::string>>(&attr)) return *strings;
  Array array;
  const auto fill = [&](const auto& list) {
    array = Array::make(DType::f64, {static_cast<std::int64_t>(list.size())});
    for (std::size_t i = 0; i < list.size(); ++i)
      array.data<double>()[i] = static_cast<double>(list[i]);
  };
  if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&attr)) fill(*ints);
  if (const auto* reals = std::get_if<std::vector<double>>(&attr)) fill(*reals);
  return array;
}

Attr to_attr(const SourceArgument& argument) {
  if (const auto* r = std::get_if<double>(&argument)) return *r;
  if (const auto* b = std::get_if<bool>(&argument)) return *b;
  if (const auto* s = std::get_if<std::string>(&argument)) return *s;
  if (const auto* strings = std::get_if<std::vector<std::string>>(&argument)) return *strings;
  const auto& array = std::get<Array>(argument);
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < array.elements(); ++i) numbers.push_back(array.at(i));
  return numbers;
}

// One argument per attribute, then `stream`.
Samples open_source(const ebb_source& source, const std::string& name, const std::string& plugin,
                    const std::vector<AttrDef>& defs, const std::vector<SourceArgument>& arguments,
                    const SourceContext& context) {
  NamedAttrs given;
  for (std::size_t i = 0; i < defs.size(); ++i) {
    Attr attr = to_attr(arguments[i]);
    if (auto* path = std::get_if<std::string>(&attr); path && defs[i].is_path && !path->empty())
      *path = context.file(*path).string();
    given.emplace_back(defs[i].name, std::move(attr));
  }
  try {
    const auto attrs = resolve_attributes(name, defs, given);
    return samples_of(std::make_shared<OpenSource>(source, name, plugin, attrs), arguments.back());
  } catch (const OpError& e) {
    throw UserError(e.message, hints_of(e.hint));
  }
}

}  // namespace

SourceDef import_source(const ebb_source& record, const std::string& plugin) {
  SourceDef def;
  def.name = text_of(record.name);
  def.doc = text_of(record.doc);
  def.plugin = plugin;
  if (def.name.empty()) throw OpError{"it has no name", {}};
  if (def.doc.empty()) throw OpError{"documentation is missing", {}};
  if (!record.open || !record.column || !record.read || !record.close)
    throw OpError{"it needs the functions open, column, read and close", {}};
  const auto attrs = import_attrs(record.attrs, record.attr_count);
  for (const AttrDef& attr : attrs) {
    if (attr.name == stream_name)
      throw OpError{"`stream` is an argument that every source has", {}};
    SourceParameter parameter{attr.name, attr.doc, {}};
    if (attr.fallback) parameter.fallback = to_argument(*attr.fallback);
    def.parameters.push_back(std::move(parameter));
  }
  def.parameters.push_back({stream_name, stream_doc, SourceArgument(std::string("auto"))});
  def.open = [record, name = def.name, plugin = def.plugin, attrs](const auto& arguments,
                                                                   const auto& where) {
    return open_source(record, name, plugin, attrs, arguments, where);
  };
  return def;
}

}  // namespace ebb
