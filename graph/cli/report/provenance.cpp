#include "graph/cli/report/provenance.hpp"

#include <sys/utsname.h>

#include <algorithm>

#include "graph/cli/manifest.hpp"
#include "graph/cli/version.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/thread_pool.hpp"

namespace ebb {

namespace {

std::string command_of(const Invocation& invocation) {
  std::string text = "ebb train";
  for (const std::string& word : invocation.command_line) text += " " + shell_word(word);
  return text;
}

// As it was read.
std::string script_text(const Invocation& invocation) {
  constexpr std::size_t most = 200'000;
  const auto path = (invocation.folder / invocation.subject).string();
  return invocation.script_texts.at(path).substr(0, most);
}

Json named_shapes(const Model& model, const auto& values) {
  Json list = Json::array();
  for (const auto& value : values)
    list.push_back(
        {{"name", value.name}, {"shape", dims_text(model.graph.type(value.value).shape.dims())}});
  return list;
}

}  // namespace

std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("_-+=./:,@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) c == '\'' ? text += "'\\''" : text += c;
  return text + "'";
}

Json made_from(const Training& training) {
  const Invocation& invocation = training.invocation;
  const Model& model = training.model;
  return {{"script", std::filesystem::path(invocation.subject).filename().string()},
          {"text", script_text(invocation)},
          {"inputs", named_shapes(model, model.inputs)},
          {"outputs", named_shapes(model, model.outputs)},
          {"optimizer", model.optimizer_text},
          {"minibatch", model.train.minibatch},
          {"samples", training.trainer.samples()},
          {"precision", invocation.text("precision", "float")},
          {"seed", invocation.seed()},
          {"command", command_of(invocation)}};
}

Json made_on() {
  struct utsname system {};
  ::uname(&system);
  return {{"ebb", version_text()},
          {"machine", processor()},
          {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
          {"cores", processor_cores()},
          {"threads", ThreadPool::shared().size()}};
}

Json manifest_of(const Training& training) {
  const auto path = training.folder / manifest_file;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return nullptr;
  const Manifest manifest = read_manifest(path);
  Json ingredients = Json::object();
  for (const auto& [name, value] : manifest.ingredients) ingredients[name] = value;
  return {{"path", path.string()},
          {"made from", std::move(ingredients)},
          {"updates", manifest.updates},
          {"weights", manifest.weights}};
}

}  // namespace ebb
