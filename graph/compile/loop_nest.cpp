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

LoopNest::LoopNest(std::span<const Type> inputs, const Type& output)
    : inputs_(inputs.size()), output_size_(size_of(output.dtype)), per_sample_(output.per_sample) {
  ensure(inputs.size() <= max_inputs, "an elementwise op has at most 8 inputs");
  std::array<std::int64_t, max_inputs> stride{};
  for (std::size_t i = 0; i < inputs_; ++i) {
    stride[i] = element_bytes(inputs[i]);
    input_sizes_[i] = size_of(inputs[i].dtype);
  }
  for (int d = 0; d < output.shape.rank(); ++d) {
    Loop loop{output.shape[d], {}};
    for (std::size_t i = 0; i < inputs_; ++i) {
      const auto size = d < inputs[i].shape.rank() ? inputs[i].shape[d] : 1;
      loop.bytes[i] = size == 1 ? 0 : stride[i];
      stride[i] *= size;
    }
    if (loop.count == 1) continue;
    if (!dimensions_.empty() && continues(dimensions_.back(), loop))
      dimensions_.back().count *= loop.count;
    else
      dimensions_.push_back(loop);
  }
  for (std::size_t i = 0; i < inputs_; ++i) sample_bytes_[i] = inputs[i].per_sample ? stride[i] : 0;
  loops_.reserve(dimensions_.size() + 1);
  set_samples(1);
}

// Whether the outer loop goes on where the inner one ends, for every input.
bool LoopNest::continues(const Loop& inner, const Loop& outer) const {
  for (std::size_t i = 0; i < inputs_; ++i)
    if (outer.bytes[i] != inner.bytes[i] * inner.count) return false;
  return true;
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
  // Inputs are dense, so along the innermost loop they stand still or move by one element.
  for (std::size_t i = 0; i < inputs_; ++i) steps_[i] = loops_[0].bytes[i] == 0 ? 0 : 1;
  find_periods();
}

void LoopNest::find_periods() {
  repeats_ = loops_.size() > 1 && loops_[0].count <= short_span &&
             elements_ >= min_spans * loops_[0].count;
  for (std::size_t i = 0; i < inputs_ && repeats_; ++i) {
    const auto stands_still = [&](const Loop& loop) { return loop.bytes[i] == 0; };
    periods_[i] = 0;
    if (std::ranges::all_of(loops_, stands_still)) continue;
    std::int64_t period = 1;
    std::size_t d = 0;
    for (; d < loops_.size(); ++d) {
      if (loops_[d].bytes[i] != period * static_cast<std::int64_t>(input_sizes_[i])) break;
      period *= loops_[d].count;
    }
    if (d == loops_.size()) continue;
    periods_[i] = period;
    repeats_ = d > 0 && period <= block_elements &&
               std::ranges::all_of(std::span(loops_).subspan(d), stands_still);
  }
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
  call.kernel(call.self, at.data(), steps_.data(), output, range.count, call.attrs);
}

void LoopNest::run_repeated(const Call& call, const std::array<const void*, max_inputs>& data,
                            void* output, Range range, unsigned tiled) const {
  alignas(64) std::array<std::array<std::byte, block_elements * 8>, max_inputs> written;
  std::array<const void*, max_inputs> at{};
  std::array<std::int64_t, max_inputs> steps{};
  auto* to = static_cast<std::byte*>(output);
  const std::int64_t end = range.begin + range.count;
  for (std::int64_t begin = range.begin, n = 0; begin < end; begin += n) {
    n = std::min(end - begin, block_elements);
    for (std::size_t i = 0; i < inputs_; ++i) {
      const auto* from = static_cast<const std::byte*>(data[i]);
      const auto size = static_cast<std::int64_t>(input_sizes_[i]);
      const bool moves = steps_[i] != 0 && periods_[i] == 0;
      steps[i] = steps_[i];
      at[i] = from;
      if ((tiled >> i & 1u) != 0)
        at[i] = from + (begin - range.begin) * size;
      else if (moves)
        at[i] = from + begin * size;
      else if (periods_[i] != 0)
        at[i] = repeat(from, periods_[i], begin % periods_[i], n, size, written[i].data());
    }
    call.kernel(call.self, at.data(), steps.data(), to, n, call.attrs);
    to += static_cast<std::size_t>(n) * output_size_;
  }
}

void LoopNest::run_spans(const Call& call, const std::array<const void*, max_inputs>& data,
                         void* output, Range range, unsigned tiled) const {
  std::array<std::int64_t, Shape::max_rank + 1> index{};
  std::array<std::int64_t, max_inputs> offset{};
  std::int64_t rest = range.begin;
  for (std::size_t d = 0; rest > 0; ++d) {
    index[d] = rest % loops_[d].count;
    rest /= loops_[d].count;
    for (std::size_t i = 0; i < inputs_; ++i) offset[i] += index[d] * loops_[d].bytes[i];
  }
  for (std::size_t i = 0; i < inputs_; ++i)
    if ((tiled >> i & 1u) != 0) offset[i] = 0;
  auto* to = static_cast<std::byte*>(output);
  for (std::int64_t left = range.count;;) {
    const std::int64_t span = std::min(left, loops_[0].count - index[0]);
    std::array<const void*, max_inputs> at{};
    for (std::size_t i = 0; i < inputs_; ++i)
      at[i] = static_cast<const std::byte*>(data[i]) + offset[i];
    call.kernel(call.self, at.data(), steps_.data(), to, span, call.attrs);
    left -= span;
    if (left == 0) return;
    to += static_cast<std::size_t>(span) * output_size_;
    // The first span may have begun in the middle.
    for (std::size_t i = 0; i < inputs_; ++i) offset[i] -= index[0] * loops_[0].bytes[i];
    index[0] = 0;
    for (std::size_t d = 1;; ++d) {
      const Loop& loop = loops_[d];
      const bool ends = ++index[d] == loop.count;
      const std::int64_t moves = ends ? 1 - loop.count : 1;
      for (std::size_t i = 0; i < inputs_; ++i) offset[i] += loop.bytes[i] * moves;
      if (!ends) break;
      index[d] = 0;
    }
  }
}

}  // namespace ebb
