// ebb plugin verify
#include <algorithm>
#include <iostream>

#include "graph/cli/json.hpp"
#include "graph/cli/plugin_actions.hpp"
#include "graph/core/certificate.hpp"

namespace ebb {

namespace {

const LoadedPlugin& loaded(Invocation& invocation, const std::string& word) {
  const bool is_file = word.find('/') != std::string::npos || word.ends_with(".so");
  if (!is_file) return invocation.plugins.use(word);
  const auto file = invocation.plugins.prefer(word);
  if (!file) throw UserError(word + ": is a folder, not a plugin");
  return invocation.plugins.use(file->name);
}

// What a plugin brings beside ops: "source csv".
std::vector<std::string> others_of(const Registry& registry, const std::string& plugin) {
  std::vector<std::string> others;
  const auto add = [&](const char* kind, const auto& all) {
    for (const auto& one : all.all())
      if (one.plugin == plugin) others.push_back(std::string(kind) + " " + one.name);
  };
  add("source", registry.sources);
  add("minimizer", registry.minimizers);
  add("metric", registry.metrics);
  add("exporter", registry.exporters);
  add("importer", registry.importers);
  return others;
}

void print_op(const OpProof& proof) {
  std::cout << "\n  " << proof.op << '\n';
  if (proof.first > 0)
    std::cout << "    gradients agree with central differences: " << with_commas(proof.first)
              << " derivatives"
              << (proof.second > 0 ? ", " + with_commas(proof.second) + " of second order" : "")
              << "; largest difference " << short_number(proof.difference, 2) << '\n';
  std::cout << "    kernels keep to their memory and give the same bits: "
            << with_commas(proof.kernel_runs) << " runs\n";
  for (const std::string& claim : proof.claims) std::cout << "    claim: " << claim << '\n';
}

void print(const Certificate& certificate, const LoadedPlugin& plugin,
           const std::vector<std::string>& others) {
  std::cout << certificate.plugin << ' ' << certificate.version
            << " is proved: " << plugin.path.string() << "\n  hash " << certificate.hash
            << "\n  built for SDK " << plugin.sdk_major << '.' << plugin.sdk_minor
            << "; proved for SDK " << certificate.sdk << ", Ebb " << certificate.ebb << '\n';
  for (const OpProof& proof : certificate.ops) print_op(proof);
  if (others.empty()) return;
  std::cout << "\n  beside ops, with nothing to prove: ";
  for (std::size_t i = 0; i < others.size(); ++i) std::cout << (i ? ", " : "") << others[i];
  std::cout << '\n';
}

}  // namespace

int plugin_verify(Invocation& invocation) {
  if (invocation.words.empty()) throw UsageError("which plugin? its name, or its file NAME.so");
  invocation.plugins.set_proof({});  // loaded first, then proved here
  for (const std::string& word : invocation.words) {
    const LoadedPlugin& plugin = loaded(invocation, word);
    Certificate certificate;
    try {
      certificate = certify(invocation.registry, plugin, Kept::renew);
    } catch (const UserError& error) {
      throw refused(plugin.path, error);
    }
    if (invocation.json) {
      std::cout << to_json(certificate) << '\n';
    } else {
      print(certificate, plugin, others_of(invocation.registry, plugin.name));
    }
  }
  return 0;
}

}  // namespace ebb
