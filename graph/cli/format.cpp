#include "graph/cli/format.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <sstream>

#include "graph/cli/options.hpp"

namespace ebb {

namespace {

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) items.push_back(item);
  return items;
}

// The text as an attribute of a kind; as a string, which is no such attribute, where it is none.
Attr to_attr(const std::string& text, std::int32_t kind) {
  if (kind == EBB_ATTR_BOOL && (text == "true" || text == "false")) return text == "true";
  if (kind == EBB_ATTR_STRINGS) return split(text);
  if (kind == EBB_ATTR_INT || kind == EBB_ATTR_REAL) {
    if (const auto number = number_of(text)) return *number;
  }
  if (kind == EBB_ATTR_INTS || kind == EBB_ATTR_REALS) {
    std::vector<double> numbers;
    for (const std::string& item : split(text)) {
      const auto number = number_of(item);
      if (!number) return text;
      numbers.push_back(*number);
    }
    return numbers;
  }
  return text;
}

bool has_plugin(const Invocation& invocation, const std::string& name) {
  const auto files = invocation.plugins.available();
  return std::ranges::find(files, name, &PluginFile::name) != files.end();
}

// `kind` is "exporter" or "importer".
template <class Def>
const Def& format_of(Invocation& invocation, const Named<Def>& known, const char* kind,
                     const char* flag, const std::string& file) {
  std::string name = invocation.text(flag);
  const std::string ending = std::filesystem::path(file).extension().string();
  if (name.empty())
    for (const Def& def : known.all())
      if (!ending.empty() && def.extension == ending) name = def.name;
  if (name.empty() && ending.size() > 1 && has_plugin(invocation, ending.substr(1)))
    name = ending.substr(1);
  if (name.empty())
    throw UsageError(std::string("--") + flag + " FORMAT is needed" +
                     (file.empty() ? "" : ": the name " + file + " does not say the format"));
  if (!known.find(name) && has_plugin(invocation, name)) invocation.plugins.use(name);
  if (const Def* def = known.find(name)) return *def;
  std::vector<std::string> names;
  for (const Def& def : known.all()) names.push_back(def.name);
  for (const PluginFile& plugin : invocation.plugins.available()) names.push_back(plugin.name);
  std::vector<std::string> hints;
  if (const std::string near = nearest(name, names); !near.empty() && near != name)
    hints.push_back("did you mean `" + near + "`?");
  hints.emplace_back("a format belongs to a plugin: of its name, or one that --plugin FILE loads");
  throw UserError(std::string("there is no ") + kind + " `" + name + "`", hints);
}

}  // namespace

const ExporterDef& export_format(Invocation& invocation, const std::string& file) {
  return format_of(invocation, invocation.registry.exporters, "exporter", "to", file);
}

const ImporterDef& import_format(Invocation& invocation, const std::string& file) {
  return format_of(invocation, invocation.registry.importers, "importer", "from", file);
}

NamedAttrs given_attributes(const Invocation& invocation, const std::vector<AttrDef>& attrs) {
  NamedAttrs given;
  for (const std::string& text : invocation.texts("with")) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw UsageError("--with takes KEY=VALUE, not `" + text + "`");
    const std::string name = text.substr(0, equals), value = text.substr(equals + 1);
    const auto def = std::ranges::find(attrs, name, &AttrDef::name);
    given.emplace_back(name, def == attrs.end() ? Attr(value) : to_attr(value, def->kind));
  }
  return given;
}

void add_with(boost::program_options::options_description& options) {
  options.add_options()("with", words("KEY=VALUE"), "an attribute of the format");
}

}  // namespace ebb
