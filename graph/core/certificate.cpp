#include "graph/core/certificate.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "graph/core/diagnostic.hpp"

namespace fs = std::filesystem;

namespace ebb {

namespace {

using Json = nlohmann::ordered_json;

std::string read_whole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// All but the proofs.
Certificate blank(const LoadedPlugin& plugin) {
  Certificate certificate;
  certificate.plugin = plugin.name;
  certificate.version = plugin.version;
  certificate.hash = plugin.hash;
  certificate.sdk = std::to_string(EBB_SDK_MAJOR) + "." + std::to_string(EBB_SDK_MINOR);
  certificate.ebb = EBB_VERSION;
  return certificate;
}

// The name says all that the proof depends on.
fs::path place_of(const Certificate& certificate) {
  const fs::path folder = certificate_folder();
  if (folder.empty()) return {};
  return folder /
         (certificate.hash + "-sdk" + certificate.sdk + "-ebb" + certificate.ebb + ".json");
}

OpProof proof_of(const Json& json) {
  OpProof proof;
  json.at("op").get_to(proof.op);
  json.at("claims").get_to(proof.claims);
  json.at("kernel_runs").get_to(proof.kernel_runs);
  json.at("first_derivatives").get_to(proof.first);
  json.at("second_derivatives").get_to(proof.second);
  json.at("largest_difference").get_to(proof.difference);
  return proof;
}

// The kept certificate, if there is one, whole, that says what `wanted` says.
std::optional<Certificate> read_kept(const Certificate& wanted) {
  const fs::path place = place_of(wanted);
  if (place.empty()) return std::nullopt;
  try {
    const Json json = Json::parse(read_whole(place));
    Certificate kept = wanted;
    for (const Json& proof : json.at("ops")) kept.ops.push_back(proof_of(proof));
    // Written again it is the same text, or something is missing, changed or of another library.
    if (Json::parse(to_json(kept)) == json) return kept;
  } catch (const Json::exception&) {
  }
  return std::nullopt;
}

// Aside and renamed, so that another process reads a whole one or none.
void keep(const Certificate& certificate) {
  const fs::path place = place_of(certificate);
  if (place.empty()) return;
  std::error_code error;
  fs::create_directories(place.parent_path(), error);
  fs::path aside = place;
  aside += "." + std::to_string(::getpid());
  std::ofstream out(aside, std::ios::binary);
  out << to_json(certificate) << '\n';
  out.close();
  if (out) fs::rename(aside, place, error);
  if (!out || error) fs::remove(aside, error);
}

}  // namespace

fs::path certificate_folder() {
  // The specification wants an absolute path, and others ignored.
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return fs::path(cache) / "ebb/certificates";
  if (const char* home = std::getenv("HOME"); home && *home == '/')
    return fs::path(home) / ".cache/ebb/certificates";
  return {};
}

std::string to_json(const Certificate& certificate) {
  Json ops = Json::array();
  for (const OpProof& proof : certificate.ops)
    ops.push_back({{"op", proof.op},
                   {"claims", proof.claims},
                   {"kernel_runs", proof.kernel_runs},
                   {"first_derivatives", proof.first},
                   {"second_derivatives", proof.second},
                   {"largest_difference", proof.difference}});
  const Json json{{"plugin", certificate.plugin}, {"version", certificate.version},
                  {"hash", certificate.hash},     {"sdk", certificate.sdk},
                  {"ebb", certificate.ebb},       {"ops", ops}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Certificate certify(const Registry& registry, const LoadedPlugin& plugin, Kept kept) {
  Certificate certificate = blank(plugin);
  if (kept == Kept::use)
    if (auto found = read_kept(certificate)) return *found;
  certificate.ops = prove(registry, plugin.name);
  keep(certificate);
  return certificate;
}

}  // namespace ebb
