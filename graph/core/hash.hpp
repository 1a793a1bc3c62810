// Fingerprints of bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ebb {

// XXH3-128 of all that is added, in order. It tells what changed by chance or by hand, but is no
// defence against who wants two texts to look equal.
class Fingerprint {
 public:
  Fingerprint();
  ~Fingerprint();
  Fingerprint(const Fingerprint&) = delete;
  Fingerprint& operator=(const Fingerprint&) = delete;

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  // 32 hexadecimal digits.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// That of a whole file. Throws UserError where it can not be read.
std::string hash_of(const std::filesystem::path& file);

}  // namespace ebb
