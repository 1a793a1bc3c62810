// What was proved of a plugin, kept between runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "graph/core/plugins.hpp"
#include "graph/core/proof.hpp"

namespace ebb {

struct Certificate {
  std::string plugin, version;
  std::string hash;      // XXH3-128 of the file, 32 hexadecimal digits
  std::string sdk, ebb;  // versions that the proof holds for
  std::vector<OpProof> ops;
};

// `renew` proves anew whatever is kept.
enum class Kept : std::uint8_t { use, renew };

// The certificate of a plugin that has just been loaded: the kept one, if it is of this very file,
// SDK and Ebb, else one that is made by proving, and kept. Throws UserError where the proof fails.
// What can not be read is proved anew, and what can not be written is not kept.
Certificate certify(const Registry& registry, const LoadedPlugin& plugin, Kept kept = Kept::use);

// $XDG_CACHE_HOME/ebb/certificates or ~/.cache/ebb/certificates; empty where neither is known.
std::filesystem::path certificate_folder();

// As JSON, on one line.
std::string to_json(const Certificate& certificate);

}  // namespace ebb
