// Data sources: samples by column, read at random.
#pragma once

#include <ebb_plugin.h>
#include <ebb/attributes.hpp>
#include <ebb/op.hpp>

#include <functional>
#include <memory>
#include <span>

namespace ebb::sdk {

// A column of a source: what scripts call it ("" for the only one), and the type of one sample,
// EBB_BOOL to EBB_F64 (of EBB_BOOL each element is a byte, 0 or 1).
struct Column {
  std::string name;
  std::int32_t dtype = EBB_F64;
  Ints dims{};
};

// An open source. The host calls it from one thread at a time, not always the same, and destroys it
// when it closes the source. What a function throws (Failure has a hint) becomes the user's error.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  virtual std::int64_t samples() const = 0;
  // Always the same, whatever is read in between.
  virtual const std::vector<Column>& columns() const = 0;
  // Writes the samples of a column to `to`, one after the other, each in C order (the last index
  // fastest). Column and indices exist; indices come in any order, and repeat.
  virtual void read(int column, std::span<const std::int64_t> indices, void* to) = 0;
};

// Opens a source: attributes stand in the record's order, and a path is whole.
using OpenSource = std::function<std::unique_ptr<Source>(const Attributes&)>;

namespace detail {

// Everything a source's record points to; it lives as long as the process.
struct SourceRecord {
  ebb_source source{};
  AttributeTable attrs;
  OpenSource open;

  int hand_over(const ebb_host* host, ebb_context* context);
};

inline Source& opened(const ebb_source_call* call) { return *static_cast<Source*>(call->handle); }

inline const Column& column_of(const Source& source, std::int32_t index) {
  const auto& columns = source.columns();
  if (index < 0 || static_cast<std::size_t>(index) >= columns.size())
    throw Failure("there is no column " + std::to_string(index));
  return columns[static_cast<std::size_t>(index)];
}

inline int open_source(const ebb_source_call* call, void** handle, std::int64_t* samples,
                       std::int32_t* columns) {
  return guarded(call->host, call->context, [&] {
    auto source = static_cast<const SourceRecord*>(call->self)->open(Attributes(call->attrs));
    *samples = source->samples();
    *columns = static_cast<std::int32_t>(source->columns().size());
    *handle = source.release();
  });
}

inline int source_column(const ebb_source_call* call, std::int32_t index, ebb_column* column) {
  return guarded(call->host, call->context, [&] {
    const Column& found = column_of(opened(call), index);
    column->name = found.name.c_str();
    column->type = Type(found.dtype, true, found.dims).c();
  });
}

inline int read_source(const ebb_source_call* call, std::int32_t column,
                       const std::int64_t* indices, std::int64_t n, void* to) {
  return guarded(call->host, call->context, [&] {
    Source& source = opened(call);
    column_of(source, column);
    const std::span wanted(indices, static_cast<std::size_t>(n));
    for (const std::int64_t index : wanted)
      if (index < 0 || index >= source.samples())
        throw Failure("there is no sample " + std::to_string(index));
    source.read(column, wanted, to);
  });
}

inline void close_source(void* handle) { delete static_cast<Source*>(handle); }

inline int SourceRecord::hand_over(const ebb_host* host, ebb_context* context) {
  source.attrs = attrs.defs.data();
  source.attr_count = attrs.count();
  source.self = this;
  if (open) source.open = &open_source;
  source.column = &source_column;
  source.read = &read_source;
  source.close = &close_source;
  return host->register_source(context, &source);
}

}  // namespace detail

// Builds a source's record. Strings must be literals (or live as long).
class SourceBuilder : public AttributeBuilder<SourceBuilder> {
 public:
  explicit SourceBuilder(detail::SourceRecord& record)
      : AttributeBuilder(record.attrs), r_(record) {}

  SourceBuilder& doc(const char* text) { return r_.source.doc = text, *this; }
  // Throws where the source can not be opened.
  SourceBuilder& open(OpenSource function) { return r_.open = std::move(function), *this; }

 private:
  detail::SourceRecord& r_;
};

}  // namespace ebb::sdk
