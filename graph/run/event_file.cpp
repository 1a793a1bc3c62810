#include "graph/run/event_file.hpp"

#include <unistd.h>

#include <array>
#include <boost/crc.hpp>
#include <chrono>
#include <cstring>
#include <system_error>

#include "graph/run/data/file.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

// The numbers of fields, as tensorflow/core/util/event.proto and framework/summary.proto have them.
namespace event {
constexpr int wall_time = 1, step = 2, file_version = 3, graph_def = 4, summary = 5,
              session_log = 7;
}
namespace summary {
constexpr int value = 1, tag = 1, simple_value = 2, histogram = 5;
}
namespace histogram {
constexpr int least = 1, largest = 2, count = 3, sum = 4, sum_of_squares = 5, limits = 6,
              counts = 7;
}
constexpr int session_status = 1, session_starts = 1;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string little_endian(std::uint64_t number, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(number >> 8 * i & 0xFF);
  return text;
}

std::string masked_checksum(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return little_endian(std::uint32_t{(crc >> 15 | crc << 17) + 0xA282EAD8}, 4);
}

// events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER, the first that there is not yet. TensorBoard
// reads the files of a folder in the order of their names.
fs::path new_file_in(const fs::path& folder) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) std::strcpy(host.data(), "host");
  const std::string name = "events.out.tfevents." +
                           std::to_string(static_cast<std::int64_t>(seconds_since_1970())) + "." +
                           host.data() + "." + std::to_string(::getpid()) + ".";
  int number = 0;
  // Where it cannot be looked, it cannot be opened either, which says why.
  std::error_code ignored;
  while (fs::exists(folder / (name + std::to_string(number)), ignored)) ++number;
  return folder / (name + std::to_string(number));
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::string record_of(std::string_view bytes) {
  const std::string length = little_endian(bytes.size(), 8);
  return length + masked_checksum(length) + std::string(bytes) + masked_checksum(bytes);
}

EventFile::EventFile(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  path_ = new_file_in(folder);
  file_.open(path_, std::ios::binary);
  if (!file_) file_error(path_.string(), "cannot be made: " + std::string(std::strerror(errno)));
  add(0, event::file_version, "brain.Event:2");
  flush();
}

void EventFile::begins_at(std::int64_t step) {
  add(step, event::session_log, WireMessage().whole(session_status, session_starts).bytes());
}

void EventFile::numbers(std::int64_t step, std::span<const NamedNumber> numbers) {
  WireMessage all;
  for (const auto& [tag, number] : numbers)
    all.message(summary::value, WireMessage()
                                    .text(summary::tag, tag)
                                    .single(summary::simple_value, static_cast<float>(number)));
  add(step, event::summary, all.bytes());
}

void EventFile::histograms(std::int64_t step,
                           std::span<const std::pair<std::string, Histogram>> histograms) {
  WireMessage all;
  for (const auto& [tag, of] : histograms) {
    double count = 0;
    for (const double number : of.counts) count += number;
    WireMessage message;
    message.real(histogram::least, of.least)
        .real(histogram::largest, of.largest)
        .real(histogram::count, count)
        .real(histogram::sum, of.sum)
        .real(histogram::sum_of_squares, of.sum_of_squares)
        .reals(histogram::limits, of.limits)
        .reals(histogram::counts, of.counts);
    all.message(summary::value,
                WireMessage().text(summary::tag, tag).message(summary::histogram, message));
  }
  add(step, event::summary, all.bytes());
}

void EventFile::graph(const WireMessage& definition) {
  add(0, event::graph_def, definition.bytes());
}

void EventFile::add(std::int64_t step, int field, std::string_view what) {
  WireMessage message;
  message.real(event::wall_time, seconds_since_1970());
  if (step != 0) message.whole(event::step, step);
  message.text(field, what);
  const std::string record = record_of(message.bytes());
  if (!file_.write(record.data(), static_cast<std::streamsize>(record.size())))
    file_error(path_.string(), "cannot be written: " + std::string(std::strerror(errno)));
}

void EventFile::flush() {
  if (!file_.flush())
    file_error(path_.string(), "cannot be written: " + std::string(std::strerror(errno)));
}

}  // namespace ebb
