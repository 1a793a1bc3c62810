#include "graph/cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "graph/cli/script.hpp"
#include "graph/run/thread_pool.hpp"

namespace po = boost::program_options;

namespace ebb {

namespace {

constexpr unsigned line_length = 80, description_length = 50;
// No plan has parts for more.
constexpr std::int64_t max_threads = 256;

po::options_description shared_options(Takes takes) {
  po::options_description options("Flags of every command", line_length, description_length);
  auto add = options.add_options();
  if (takes == Takes::script) {
    add_folders(options);
    add("set", words("KEY=VALUE"),
        "another value for a key of the script's train block: train.epochs=5");
    add("seed", word("N"), "of first values, data order and random ops (default: 1)");
    add("precision", word("KIND"), "float or double (default: float)");
    add("threads", word("N"),
        "how many threads may be used, 256 at most (default: the machine's cores); results never "
        "depend on it");
    add("without", words("REWRITE"),
        "do not apply this rewrite of the graph; ebb show SCRIPT --rewrites lists them");
  }
  add("plugin", words("FILE"),
      "load this plugin, NAME.so; or look for plugins in this folder first (default: those of "
      "EBB_PLUGIN_PATH, then the installed ones)");
  add("no-verify", "do not prove the gradients of a plugin's ops before they are used");
  if (takes != Takes::nothing)
    add("json", "one JSON object per line on standard output, and nothing else there");
  if (takes == Takes::script) add("quiet", "results only: no progress, notes or warnings");
  add("color", word("WHEN"), "auto, always or never (default: auto)");
  add("help", "print this");
  return options;
}

po::options_description own_options(const Command& command) {
  po::options_description options("Flags", line_length, description_length);
  if (command.add_options) command.add_options(options);
  return options;
}

std::vector<std::string> flag_names(const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back(option->long_name());
  return names;
}

// Parts of a text between empty lines; within one, lines are joined.
std::vector<std::string> paragraphs(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  bool begins = true;
  for (std::string line; std::getline(in, line); begins = line.empty()) {
    if (line.empty()) continue;
    if (begins) result.emplace_back();
    result.back() += line + ' ';
  }
  return result;
}

// As Boost.Program_options prints them, without the blanks that it leaves at the ends of lines.
std::string to_text(const po::options_description& options) {
  std::stringstream printed;
  printed << options;
  std::string text;
  for (std::string line; std::getline(printed, line);)
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  return text;
}

// What the parser of Boost.Program_options objects to, in our words.
[[noreturn]] void rethrow(const po::error& error) {
  const auto* with_option = dynamic_cast<const po::error_with_option_name*>(&error);
  if (!with_option) throw UsageError(error.what());
  const std::string flag = "--" + with_option->get_option_name().substr(
                                      with_option->get_option_name().find_first_not_of('-'));
  if (dynamic_cast<const po::multiple_occurrences*>(&error))
    throw UsageError(flag + " is given more than once");
  if (const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error)) {
    using Kind = po::invalid_syntax;
    if (syntax->kind() == Kind::missing_parameter ||
        syntax->kind() == Kind::empty_adjacent_parameter)
      throw UsageError(flag + " needs a value");
    if (syntax->kind() == Kind::extra_parameter) throw UsageError(flag + " takes no value");
  }
  throw UsageError(error.what());
}

// `--out ""`, as `--out "$FILE"` is without a FILE.
void refuse_empty(const std::vector<po::option>& parsed) {
  for (const po::option& option : parsed)
    if (!option.value.empty() && option.value[0].empty())
      throw UsageError("--" + option.string_key + " needs a value");
}

// Flags that the command does not know are the script's options; their values look like words to
// the parser.
void collect_unregistered(Invocation& invocation, const std::vector<po::option>& parsed) {
  std::vector<std::string> subjects;
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    const po::option& option = parsed[i];
    if (option.position_key >= 0) {
      subjects.insert(subjects.end(), option.value.begin(), option.value.end());
    } else if (option.unregistered) {
      std::string value;
      if (!option.value.empty()) {
        value = option.value[0];
      } else if (i + 1 < parsed.size() && parsed[i + 1].position_key >= 0) {
        value = parsed[++i].value[0];
      } else {
        value = "";
      }
      invocation.script_options.emplace_back(option.string_key, value);
    }
  }
  if (!subjects.empty()) invocation.subject = subjects[0];
  if (invocation.command->takes == Takes::words && subjects.size() > 1) {
    invocation.words.assign(subjects.begin() + 1, subjects.end());
    return;
  }
  const std::size_t taken = invocation.command->takes == Takes::nothing ? 0 : 1;
  if (subjects.size() <= taken) return;
  const std::string& word = subjects[taken];
  const bool flag = word.size() > 1 && word[0] == '-';
  throw UsageError(flag ? "there is no flag " + word : "one word too many: `" + word + "`");
}

bool is_train_key(const std::string& name) {
  return std::ranges::any_of(train_keys(), [&](const TrainKey& key) { return key.name == name; });
}

// Every --NAME must be an option of the script.
void check_script_options(Invocation& invocation, std::vector<std::string> flags) {
  if (invocation.script_options.empty()) return;
  const bool has_script = invocation.command->takes == Takes::script && !invocation.subject.empty();
  const Outline outline = has_script ? outline_of(invocation) : Outline{};
  // Its errors are reported when it is elaborated, and matter more.
  if (outline.faulty) return;
  flags.insert(flags.end(), outline.options.begin(), outline.options.end());
  for (const auto& [name, value] : invocation.script_options) {
    if (std::ranges::find(outline.options, name) != outline.options.end()) {
      if (value.empty()) throw UsageError("--" + name + " needs a value");
      continue;
    }
    std::string message = "there is no flag --" + name;
    if (has_script) message += ", and " + invocation.subject + " has no option of that name";
    if (has_script && is_train_key(name)) {
      throw UsageError(message, {"keys of the train block are set so: `--set train." + name + "=" +
                                 (value.empty() ? "VALUE" : value) + "`"});
    }
    const std::string near = nearest(name, flags);
    if (!near.empty()) message += "; did you mean --" + near + "?";
    throw UsageError(message);
  }
}

void prefer_plugins(Invocation& invocation) {
  if (invocation.has("no-verify")) invocation.plugins.set_proof({});
  for (const std::string& given : invocation.texts("plugin"))
    if (const auto file = invocation.plugins.prefer(given)) invocation.plugins.use(file->name);
  invocation.warn_of_unproved();
}

}  // namespace

void add_folders(po::options_description& options) {
  options.add_options()("data", word("DIR"),
                        "where relative data paths are looked up (default: beside the script)")(
      "allow-path", words("DIR"),
      "files that the script may read or include, besides those of its own folder and of --data");
}

void add_weights(po::options_description& options) {
  options.add_options()(
      "weights", word("FILE"),
      "take the parameters from this .safetensors file (default: the script's first values)")(
      "partial", "load those weights that fit, and list the others");
}

void add_memory(po::options_description& options) {
  options.add_options()(
      "memory", word("SIZE"),
      "how much a training step may take, such as 500M or 2G: what does not fit is computed again "
      "in the reverse pass (default: as much as it needs)");
}

void add_samples(po::options_description& options) {
  options.add_options()("on", word("BLOCK"), "take the samples of this data block of the script")(
      "samples", word("A..B"), "of these only, counted from 0, without B (default: all)")(
      "input", words("NAME=FILE"),
      "take an input's samples from a .npy file, the sample first; - is standard input");
}

void parse_words(Invocation& invocation, const std::vector<std::string>& words) {
  invocation.command_line = words;
  po::options_description options;
  options.add(own_options(*invocation.command)).add(shared_options(invocation.command->takes));
  using namespace po::command_line_style;
  try {
    auto parsed = po::command_line_parser(words)
                      .options(options)
                      .style(allow_long | long_allow_adjacent | long_allow_next)
                      .allow_unregistered()
                      .run();
    collect_unregistered(invocation, parsed.options);
    std::erase_if(parsed.options, [](const po::option& option) {
      return option.unregistered || option.position_key >= 0;
    });
    refuse_empty(parsed.options);
    po::store(parsed, invocation.flags);
  } catch (const po::error& error) {
    rethrow(error);
  }
  invocation.json = invocation.has("json");
  invocation.quiet = invocation.has("quiet");
  invocation.terminal = look_at_terminal(invocation.text("color", "auto"));
  if (invocation.has("help")) return;
  invocation.seed();
  invocation.precision();
  invocation.bytes("memory");
  // Only plans need threads.
  if (invocation.command->takes == Takes::script) {
    const auto threads = invocation.whole("threads", 1, processor_cores());
    ThreadPool::shared().resize(static_cast<int>(std::min(threads, max_threads)));
  }
  prefer_plugins(invocation);
  check_script_options(invocation, flag_names(options));
  if (invocation.command->takes == Takes::script && invocation.subject.empty())
    throw UsageError("which script?");
}

std::string help_of(const Command& command) {
  std::string text = std::string("usage: ebb ") + command.usage + '\n';
  for (const std::string& paragraph : paragraphs(command.about))
    text += '\n' + wrapped(paragraph, 0, line_length);
  const auto own = own_options(command);
  if (!own.options().empty()) text += '\n' + to_text(own);
  text += '\n' + to_text(shared_options(command.takes));
  if (command.takes == Takes::script)
    text += '\n' + wrapped(
                       "Each `option NAME` of the script is a flag too, --NAME VALUE; `ebb help "
                       "SCRIPT` lists them.",
                       0, line_length);
  if (command.more_help) text += '\n' + command.more_help();
  return text;
}

Flags flags_of(const Command& command) {
  const auto listed = [](const po::options_description& options) {
    std::vector<Flag> flags;
    for (const auto& option : options.options()) {
      const bool takes_value = option->semantic()->max_tokens() > 0;
      flags.push_back({option->long_name(), takes_value ? option->format_parameter() : "",
                       option->description(), option->semantic()->is_composing()});
    }
    return flags;
  };
  return {listed(own_options(command)), listed(shared_options(command.takes))};
}

std::string Invocation::text(const char* flag, const char* fallback) const {
  return has(flag) ? flags[flag].as<std::string>() : fallback;
}

std::vector<std::string> Invocation::texts(const char* flag) const {
  return has(flag) ? flags[flag].as<std::vector<std::string>>() : std::vector<std::string>{};
}

std::int64_t Invocation::whole(const char* flag, std::int64_t lowest, std::int64_t fallback) const {
  if (!has(flag)) return fallback;
  const std::string given = text(flag);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error != std::errc() || end != given.data() + given.size() || number < lowest)
    throw UsageError(std::string("--") + flag + " is a whole number of at least " +
                     std::to_string(lowest) + ", not `" + given + "`");
  return number;
}

double Invocation::bytes(const char* flag) const {
  if (!has(flag)) return 0;
  const std::string given = text(flag);
  double number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  std::string unit(end, given.data() + given.size());
  if (unit.ends_with('B')) unit.pop_back();
  constexpr std::string_view units = "kMGT";
  const std::size_t power = unit.empty() ? 0 : units.find(unit == "K" ? "k" : unit) + 1;
  if (error != std::errc{} || !(number > 0) || !std::isfinite(number) || unit.size() > 1 ||
      (!unit.empty() && power == 0))
    throw UsageError("--" + std::string(flag) + " takes a size such as 500M, not `" + given + "`");
  return number * std::pow(1000.0, static_cast<double>(power));
}

std::uint64_t Invocation::seed() const { return static_cast<std::uint64_t>(whole("seed", 0, 1)); }

Precision Invocation::precision() const {
  const std::string given = text("precision", "float");
  if (given != "float" && given != "double")
    throw UsageError("--precision is float or double, not `" + given + "`");
  return given == "float" ? Precision::f32 : Precision::f64;
}

}  // namespace ebb
