#include "graph/compile/loop_nest.hpp"

#include <algorithm>
#include <cstring>

#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

std::int64_t element_bytes(const Type& type) {
  return static_cast<std::int64_t>(size_of(type.dtype));
}

// A call for fewer elements costs more than what it does.
constexpr std::int64_t short_span = 64;
// Of fewer spans the calls cost no more than to write out what is repeated.
constexpr std::int64_t min_spans = 4;
// Of short spans that are written out and become one.
constexpr std::int64_t block_elements = 512;

// Writes n elements of what begins anew after `period` of them, from its element `first` on.
const std::byte* repeat(const std::byte* from, std::int64_t period, std::int64_t first,
                        std::int64_t n, std::int64_t size, std::byte* to) {
  const auto copy = [&](std::int64_t at, const std::byte* elements, std::int64_t count) {
    std::memcpy(to + at * size, elements, static_cast<std::size_t>(count * size));
  };
  const std::int64_t to_its_end = std::min(period - first, n);
  copy(0, from + first * size, to_its_end);
  copy(to_its_end, from, std::min(first, n - to_its_end));
  for (std::int64_t done = period; done < n; done *= 2) copy(done, to, std::min(done, n - done));
  return to;
}

}  // namespace

LoopNest::LoopNest(std::span<const Operand> inputs, const Operand& output)
    : inputs_(inputs.size()), per_sample_(output.type.per_sample) {
  ensure(inputs.size() <= max_inputs, "an elementwise op has at most 8 inputs");
  std::array<Part, max_inputs + 1> places;
  std::array<std::size_t, max_inputs + 1> next_stride{};
  const auto begin = [&](std::size_t at, const Operand& operand) {
    sizes_[at] = element_bytes(operand.type);
    places[at] = operand.part ? *operand.part : Part::whole(operand.type);
    sample_bytes_[at] = places[at].sample * sizes_[at];
    if (operand.part) gaps_ |= 1u << at;
  };
  const auto move = [&](std::size_t at, const Shape& shape, int d) {
    const auto size = d < shape.rank() ? shape[d] : 1;
    return size == 1 ? 0 : places[at].strides[next_stride[at]++] * sizes_[at];
  };
  for (std::size_t i = 0; i < inputs_; ++i) begin(i, inputs[i]);
  begin(output_at, output);
  for (int d = 0; d < output.type.shape.rank(); ++d) {
    Loop loop{output.type.shape[d], {}};
    for (std::size_t i = 0; i < inputs_; ++i) loop.bytes[i] = move(i, inputs[i].type.shape, d);
    loop.bytes[output_at] = move(output_at, output.type.shape, d);
    if (loop.count == 1) continue;
    if (!dimensions_.empty() && continues(dimensions_.back(), loop))
      dimensions_.back().count *= loop.count;
    else
      dimensions_.push_back(loop);
  }
  loops_.reserve(dimensions_.size() + 2);
  set_samples(1);
}

// Whether the outer loop goes on where the inner one ends, for every operand.
bool LoopNest::continues(const Loop& inner, const Loop& outer) const {
  const auto does = [&](std::size_t at) {
    return outer.bytes[at] == inner.bytes[at] * inner.count;
  };
  for (std::size_t i = 0; i < inputs_; ++i)
    if (!does(i)) return false;
  return does(output_at);
}

void LoopNest::set_samples(std::int64_t samples) {
  loops_.assign(dimensions_.begin(), dimensions_.end());
  const Loop over_samples{per_sample_ ? samples : 1, sample_bytes_};
  if (loops_.empty())
    loops_.push_back(over_samples);
  else if (over_samples.count > 1 && continues(loops_.back(), over_samples))
    loops_.back().count *= over_samples.count;
  else if (over_samples.count > 1)
    loops_.push_back(over_samples);
  elements_ = 1;
  for (const Loop& loop : loops_) elements_ *= loop.count;
  // Along a span operands stand still or move by one element: numbers of samples that lie apart are
  // spans of one.
  const auto jumps = [&](std::size_t at) {
    return has_gaps(at) && loops_[0].bytes[at] != 0 && loops_[0].bytes[at] != sizes_[at];
  };
  for (std::size_t at = 0; at <= output_at; ++at)
    if (loops_[0].count > 1 && jumps(at)) loops_.insert(loops_.begin(), Loop{});
  for (std::size_t i = 0; i < inputs_; ++i) steps_[i] = loops_[0].bytes[i] == 0 ? 0 : 1;
  repeats_ = loops_.size() > 1 && loops_[0].count <= short_span &&
             elements_ >= min_spans * loops_[0].count;
  for (std::size_t i = 0; i < inputs_ && repeats_; ++i) walks_[i] = walk_of(i);
}

// Where an input is walked in no such way, spans are not written out.
LoopNest::Walk LoopNest::walk_of(std::size_t operand) {
  const auto stands_still = [&](const Loop& loop) { return loop.bytes[operand] == 0; };
  if (std::ranges::all_of(loops_, stands_still)) return Walk::still;
  if (has_gaps(operand)) {
    repeats_ = loops_[0].count == 1 || !stands_still(loops_[0]);
    return Walk::apart;
  }
  std::int64_t period = 1;
  std::size_t d = 0;
  for (; d < loops_.size(); ++d) {
    if (loops_[d].count == 1) continue;
    if (loops_[d].bytes[operand] != period * sizes_[operand]) break;
    period *= loops_[d].count;
  }
  if (d == loops_.size()) return Walk::along;
  periods_[operand] = period;
  repeats_ = period > 1 && period <= block_elements &&
             std::ranges::all_of(std::span(loops_).subspan(d), stands_still);
  return Walk::anew;
}

void LoopNest::run(const Call& call, const std::array<const void*, max_inputs>& data, void* output,
                   Range range, unsigned tiled) const {
  if (range.count == 0) return;
  if (repeats_) return run_repeated(call, data, output, range, tiled);
  if (loops_.size() > 1) return run_spans(call, data, output, range, tiled);
  if (range.begin == 0)
    return call.kernel(call.self, data.data(), steps_.data(), output, range.count, call.attrs);
  std::array<const void*, max_inputs> at = data;
  for (std::size_t i = 0; i < inputs_; ++i)
    if ((tiled >> i & 1u) == 0)
      at[i] = static_cast<const std::byte*>(data[i]) + range.begin * loops_[0].bytes[i];
  auto* to = static_cast<std::byte*>(output);
  if (has_gaps(output_at)) to += range.begin * sizes_[output_at];
  call.kernel(call.self, at.data(), steps_.data(), to, range.count, call.attrs);
}

// Calls f(offset, bytes) for each span of the range, of an operand that moves along spans.
template <class F>
void LoopNest::for_each_span(std::size_t operand, Range range, F&& f) const {
  Index index{};
  std::int64_t offset = 0, rest = range.begin;
  for (std::size_t d = 0; rest > 0; ++d) {
    index[d] = rest % loops_[d].count;
    rest /= loops_[d].count;
    offset += index[d] * loops_[d].bytes[operand];
  }
  for (std::int64_t left = range.count;;) {
    const std::int64_t span = std::min(left, loops_[0].count - index[0]);
    f(offset, span * sizes_[operand]);
    left -= span;
    if (left == 0) return;
    // The first span may have begun in the middle.
    offset -= index[0] * loops_[0].bytes[operand];
    index[0] = 0;
    for (std::size_t d = 1;; ++d) {
      const bool ends = ++index[d] == loops_[d].count;
      offset += loops_[d].bytes[operand] * (ends ? 1 - loops_[d].count : 1);
      if (!ends) break;
      index[d] = 0;
    }
  }
}

void LoopNest::run_repeated(const Call& call, const std::array<const void*, max_inputs>& data,
                            void* output, Range range, unsigned tiled) const {
  using Block = std::array<std::byte, block_elements * 8>;
  alignas(64) std::array<Block, max_inputs> written;
  alignas(64) Block result;
  std::array<const void*, max_inputs> at{};
  std::array<std::int64_t, max_inputs> steps{};
  auto* to = static_cast<std::byte*>(output);
  const std::int64_t end = range.begin + range.count;
  for (std::int64_t begin = range.begin, n = 0; begin < end; begin += n) {
    n = std::min(end - begin, block_elements);
    for (std::size_t i = 0; i < inputs_; ++i) {
      const auto* from = static_cast<const std::byte*>(data[i]);
      steps[i] = walks_[i] == Walk::still ? 0 : 1;
      at[i] = from;
      if ((tiled >> i & 1u) != 0)
        at[i] = from + (begin - range.begin) * sizes_[i];
      else if (walks_[i] == Walk::along)
        at[i] = from + begin * sizes_[i];
      else if (walks_[i] == Walk::anew)
        at[i] = repeat(from, periods_[i], begin % periods_[i], n, sizes_[i], written[i].data());
      else if (walks_[i] == Walk::apart)
        at[i] = gather(i, {begin, n}, from, written[i].data());
    }
    if (!has_gaps(output_at)) {
      call.kernel(call.self, at.data(), steps.data(), to, n, call.attrs);
      to += n * sizes_[output_at];
      continue;
    }
    call.kernel(call.self, at.data(), steps.data(), result.data(), n, call.attrs);
    const std::byte* next = result.data();
    for_each_span(output_at, {begin, n}, [&](std::int64_t offset, std::int64_t bytes) {
      std::memcpy(to + offset, next, static_cast<std::size_t>(bytes));
      next += bytes;
    });
  }
}

const std::byte* LoopNest::gather(std::size_t operand, Range range, const std::byte* from,
                                  std::byte* to) const {
  std::byte* next = to;
  for_each_span(operand, range, [&](std::int64_t offset, std::int64_t bytes) {
    std::memcpy(next, from + offset, static_cast<std::size_t>(bytes));
    next += bytes;
  });
  return to;
}

void LoopNest::run_spans(const Call& call, const std::array<const void*, max_inputs>& data,
                         void* output, Range range, unsigned tiled) const {
  Index index{};
  Bytes offset{};
  const auto move = [&](const Loop& loop, std::int64_t by) {
    for (std::size_t i = 0; i < inputs_; ++i) offset[i] += by * loop.bytes[i];
    offset[output_at] += by * loop.bytes[output_at];
  };
  std::int64_t rest = range.begin;
  for (std::size_t d = 0; rest > 0; ++d) {
    index[d] = rest % loops_[d].count;
    rest /= loops_[d].count;
    move(loops_[d], index[d]);
  }
  for (std::size_t i = 0; i < inputs_; ++i)
    if ((tiled >> i & 1u) != 0) offset[i] = 0;
  if (!has_gaps(output_at)) offset[output_at] = 0;
  for (std::int64_t left = range.count;;) {
    const std::int64_t span = std::min(left, loops_[0].count - index[0]);
    std::array<const void*, max_inputs> at{};
    for (std::size_t i = 0; i < inputs_; ++i)
      at[i] = static_cast<const std::byte*>(data[i]) + offset[i];
    call.kernel(call.self, at.data(), steps_.data(),
                static_cast<std::byte*>(output) + offset[output_at], span, call.attrs);
    left -= span;
    if (left == 0) return;
    // The first span may have begun in the middle.
    move(loops_[0], -index[0]);
    index[0] = 0;
    for (std::size_t d = 1;; ++d) {
      const Loop& loop = loops_[d];
      const bool ends = ++index[d] == loop.count;
      move(loop, ends ? 1 - loop.count : 1);
      if (!ends) break;
      index[d] = 0;
    }
  }
}

}  // namespace ebb
