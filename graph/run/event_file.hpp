// TensorBoard's event files: records with checksums, each an event in Protocol Buffers' wire
// format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/run/histogram.hpp"
#include "graph/run/wire_format.hpp"

namespace ebb {

// CRC-32C (Castagnoli), as iSCSI has it: 0xE3069283 for "123456789".
std::uint32_t crc32c(std::string_view bytes);

// The record that holds these bytes: their number and themselves, each with its masked checksum.
std::string record_of(std::string_view bytes);

struct NamedNumber {
  std::string tag;  // "train/cost": TensorBoard groups by what stands before the slash
  double number;
};

class EventFile {
 public:
  // Makes the folder, and a new file in it whose name TensorBoard knows. Throws UserError, as all
  // that writes.
  explicit EventFile(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return path_; }
  // What earlier files of the folder say of this step and later ones counts no longer.
  void begins_at(std::int64_t step);
  void numbers(std::int64_t step, std::span<const NamedNumber> numbers);
  void histograms(std::int64_t step, std::span<const std::pair<std::string, Histogram>> histograms);
  // A message GraphDef.
  void graph(const WireMessage& definition);
  // What was written so far reaches the disk's cache, where TensorBoard reads it.
  void flush();

 private:
  void add(std::int64_t step, int field, std::string_view what);

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace ebb
