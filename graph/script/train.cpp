// The train block and `--set train.KEY=VALUE`.
#include <algorithm>
#include <boost/range/adaptor/reversed.hpp>
#include <limits>
#include <utility>

#include "graph/script/elaborator.hpp"
#include "graph/script/foreign.hpp"

namespace ebb {

const std::vector<TrainKey>& train_keys() {
  static const std::vector<TrainKey> keys = {
      {"optimizer", "an update rule, a table of them by parameter, or a minimizer", "none",
       "how a gradient becomes an update: sgd(0.1), or [\"*.b\": sgd(0.1), \"*\": adam()]; or what "
       "minimizes the cost over all samples at once: lbfgs(), after `use lbfgs`"},
      {"minibatch", "a whole number, or batch", "32",
       "samples per update; a minimizer takes the whole batch"},
      {"batch", "a whole number, or all", "all", "samples drawn for an epoch"},
      {"epochs", "a whole number", "10",
       "how often a batch is drawn; of a minimizer, its iterations at most"},
      {"steps", "a whole number", "100", "updates of a script without inputs"},
      {"patience", "a whole number", "0",
       "epochs without gain on `validation` before training stops; 0: never"},
      {"accumulate", "a whole number", "1",
       "mini-batches per update; its gradient is the average over all their samples"},
      {"average", "a number from 0 to below 1", "0",
       "keeps a running average of the weights: each update makes it average * (what it was) + "
       "(1 - average) * w; 0: none"},
      {"checkpoint_steps", "a whole number", "0",
       "saves the run after so many updates too, besides after each epoch; 0: does not"},
      {"checkpoint_minutes", "a number", "10",
       "saves the run after so many minutes too; 0: does not"},
      {"keep", "a whole number", "1", "how many of the last checkpoints are kept"},
  };
  return keys;
}

namespace script {

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();

bool is_name(const ast::Expression& expression, const char* name) {
  const auto* node = expression.as<ast::Name>();
  return node != nullptr && name != nullptr && node->text == name;
}

// Where there is a word for the whole batch, 0 stands for it.
struct WholeKey {
  const char* name;
  std::int64_t TrainSettings::*member;
  std::int64_t least;
  const char* all = nullptr;
};
constexpr WholeKey whole_keys[] = {
    {"minibatch", &TrainSettings::minibatch, 1, "batch"},
    {"batch", &TrainSettings::batch, 1, "all"},
    {"epochs", &TrainSettings::epochs, 1},
    {"steps", &TrainSettings::steps, 1},
    {"patience", &TrainSettings::patience, 0},
    {"accumulate", &TrainSettings::accumulate, 1},
    {"checkpoint_steps", &TrainSettings::checkpoint_steps, 0},
    {"keep", &TrainSettings::keep, 1},
};

std::string default_of(const std::string& key) {
  return std::ranges::find(train_keys(), key, &TrainKey::name)->fallback;
}

}  // namespace

void Elaborator::elaborate_train() {
  Activation activation;
  activation.scope = &new_scope(ScopeKind::train, globals_);
  activation.names = &names_;
  const Temporarily current(now_, &activation);
  // What the command line sets is not read in the script.
  for (const auto& given : boost::adaptors::reverse(options_.settings))
    attempt([&] { set_from_command_line(given.first, given.second); });
  const std::set<std::string> overridden = std::exchange(keys_set_, {});
  for (const auto& [train, statement] : train_) {
    for (const ast::Setting& setting : train->settings) {
      attempt([&, &s = setting] {
        if (!keys_set_.insert(s.key.text).second) {
          fail(Mistake::repeated_key, s.key.span, "`" + s.key.text + "` is set twice",
               {{"take one of them out"}, {{settings_at_.at(s.key.text), "the first"}}});
        }
        if (!overridden.contains(s.key.text)) set_key(s.key, *s.value);
      });
    }
  }
  attempt([this] { check_settings(); });
}

void Elaborator::set_from_command_line(const std::string& key, const std::string& text) {
  const std::string prefix = "train.";
  const bool is_key = key.starts_with(prefix);
  const SourceFile& argument = files_.add_text("--set", key + "=" + text);
  const Span at{&argument, static_cast<std::uint32_t>(is_key ? prefix.size() : 0),
                static_cast<std::uint32_t>(key.size())};
  if (!is_key) {
    fail(Mistake::unknown_key, at, "unknown setting `" + key + "`",
         {"keys of the train block are set as train.KEY: `--set train.epochs=5`"});
  }
  const std::string name = key.substr(prefix.size());
  if (keys_set_.contains(name)) return;  // the last one counts, and comes first here
  const SourceFile& file = files_.add_text("--set " + key, text);
  Diagnostics syntax;
  auto expression = std::shared_ptr<const ast::Expression>(parse_expression(file, syntax));
  for (const Diagnostic& diagnostic : syntax.all()) report(diagnostic);
  if (syntax.has_errors()) return;
  model_.keep_alive.push_back(expression);
  try {
    set_key({name, at}, *expression);
  } catch (const UserError& error) {
    // With what the script says in its place.
    Diagnostic diagnostic = error.diagnostic();
    for (const auto& [train, statement] : train_)
      for (const ast::Setting& setting : train->settings)
        if (setting.key.text == name) diagnostic.labels.push_back({setting.key.span, "set here"});
    throw UserError(std::move(diagnostic));
  }
  keys_set_.insert(name);
}

void Elaborator::set_key(const ast::Identifier& key, const ast::Expression& value) {
  TrainSettings& train = model_.train;
  settings_at_[key.text] = value.span;
  if (key.text == "optimizer") return set_optimizer(value);
  for (const WholeKey& whole_key : whole_keys)
    if (key.text == whole_key.name) {
      const bool means_all = is_name(value, "all") || is_name(value, whole_key.all);
      train.*whole_key.member =
          whole_key.all && means_all ? 0 : setting(value, key.text, whole_key.least);
      return;
    }
  if (key.text == "checkpoint_minutes") {
    train.checkpoint_minutes = number(value, key.text);
    if (train.checkpoint_minutes >= 0) return;
    fail(Mistake::setting_value, value.span,
         "checkpoint_minutes is at least 0, but is " + ast::spelling(train.checkpoint_minutes),
         {"its default is " + default_of(key.text)});
  }
  if (key.text == "average") {
    train.average = number(value, key.text);
    if (train.average >= 0 && train.average < 1) return;
    fail(Mistake::setting_value, value.span,
         "average is at least 0 and below 1, but is " + ast::spelling(train.average),
         {"0.99 weighs about the last hundred updates"});
  }
  std::vector<std::string> keys;
  std::string all;
  for (const TrainKey& known : train_keys()) {
    keys.emplace_back(known.name);
    all += (all.empty() ? "" : ", ") + keys.back();
  }
  const std::string message = "train has no key `" + key.text + "`";
  const ForeignWord* foreign = foreign_argument(key.text, {"eta"});
  if (foreign != nullptr)
    fail(Mistake::unknown_key, key.span, message,
         {foreign->write == "eta" ? "a learning rate is the optimizer's: `optimizer = sgd(0.1)`"
                                  : std::string(foreign->hint)});
  // What the command line sets stands beside nothing.
  std::vector<std::string> set;
  if (!key.span.file->path().empty())
    for (const auto& entry : train_)
      for (const ast::Setting& setting : entry.first->settings) set.push_back(setting.key.text);
  fail(Mistake::unknown_key, key.span, message,
       meant_argument(key.text, keys, set, key.span, "its keys are " + all));
}

std::int64_t Elaborator::setting(const ast::Expression& value, const std::string& key,
                                 std::int64_t least) {
  const std::int64_t result = whole(value, key);
  if (result < least || result > most) {
    fail(Mistake::setting_value, value.span,
         key + " is at " +
             (result < least ? "least " + std::to_string(least) : "most " + std::to_string(most)) +
             ", but is " + std::to_string(result),
         {"its default is " + default_of(key)});
  }
  return result;
}

// A rule from what a script may write for one: sgd, sgd(0.1).
RulePtr Elaborator::rule_of(const Item& item, Span at) {
  if (const auto* rule = as<RulePtr>(item)) return *rule;
  if (const auto* function = as<FunctionPtr>(item)) {
    const auto* optimizer = std::get_if<const ast::Optimizer*>(&(*function)->body);
    if (optimizer != nullptr) {
      return std::get<RulePtr>(make_rule(**function, **optimizer, nullptr, at));
    }
    const auto* op = std::get_if<const OpDef*>(&(*function)->body);
    if (op != nullptr && (*op)->kind == EBB_KIND_OPTIMIZER) {
      return make_native_rule(**op, nullptr, at);
    }
  }
  if (const MinimizerPtr minimizer = minimizer_of(item, at)) {
    const std::string& name = minimizer->def->name;
    fail(Mistake::not_an_optimizer, at,
         name + " minimizes over all parameters at once, and is no rule for some of them",
         {"write `optimizer = " + name + "(...)`"});
  }
  Advice advice;
  if (const auto* name = as<std::string>(item)) {
    const auto named = find_global(*name, at);
    if (named && is_optimizer(*named))
      advice = replacement("an optimizer is called by its name", at, *name + "()");
  }
  fail(Mistake::not_an_optimizer, at,
       "an optimizer is an update rule such as `sgd(0.1)`, not " + kind_of(item),
       std::move(advice));
}

void Elaborator::set_optimizer(const ast::Expression& value) {
  const Temporarily context(rule_context_, true);
  // Layers called here are schedules; the states of a run have a / in their names.
  NameScope names = now_->names->open("train/optimizer");
  const Temporarily inside(now_->names, &names);
  optimizer_at_ = value.span;
  model_.optimizer_text = to_source(value);
  RuleTable table;
  if (const auto* map = value.as<ast::Map>()) {
    for (const ast::Map::Entry& entry : map->entries) {
      const Item key = evaluate(*entry.key);
      const auto* pattern = as<std::string>(key);
      if (pattern == nullptr) {
        fail(Mistake::pattern_matches, entry.key->span,
             "a key is a pattern such as \"*.b\", not " + kind_of(key));
      }
      table.entries.push_back(
          {*pattern, entry.key->span, rule_of(evaluate(*entry.value), entry.value->span)});
    }
  } else {
    const Item item = evaluate(value);
    model_.minimizer = minimizer_of(item, value.span);
    if (model_.minimizer == nullptr)
      table.entries.push_back({"*", value.span, rule_of(item, value.span)});
  }
  rules_ = std::move(table);
}

// Fails at a setting that is given and that nothing would look at.
void Elaborator::check_effect(const char* key, bool idle, const std::string& why,
                              const std::string& hint) {
  if (idle) fail(Mistake::idle_setting, settings_at_.at(key), why, {hint});
}

// A training is counted in epochs where there is data, else in updates.
void Elaborator::check_length() {
  if (!model_.cost || errors_ > 0) return;
  const bool data = !model_.inputs.empty();
  const bool watched = std::ranges::any_of(
      data_, [](const auto& entry) { return entry.first->name.text == "validation"; });
  const auto refuse = [&](const std::string& key, bool counts, const std::string& why,
                          const std::string& more = "") {
    attempt([&] {
      check_effect(key.c_str(), !counts && settings_at_.contains(key),
                   "`" + key + "` has no effect: " + why, "leave `" + key + "` out" + more);
    });
  };
  const std::string no_data = "a script without inputs has no data to draw from";
  refuse("steps", !data, "a script with inputs is trained in epochs",
         ": `epochs` says how long it is trained");
  refuse("epochs", data, no_data, ": `steps` is the number of updates");
  refuse("batch", data, no_data);
  refuse("minibatch", data, no_data);
  refuse("patience", model_.train.patience == 0 || (data && watched),
         "there is no `data validation` whose cost could fall");
}

// What is called as a cost is elsewhere and goes nowhere, in a script that is trained without one.
const Assignment* Elaborator::unnamed_cost() const {
  if (model_.cost || !optimizer_at_) return nullptr;
  for (const Assignment& assignment : assignments_) {
    const ForeignWord* word = foreign_statement(assignment.name);
    if (assignment.used || word == nullptr || word->write != "cost") continue;
    const Binding* bound = globals_->find_here(assignment.name);
    const auto* value = bound == nullptr ? nullptr : as<Value>(bound->item);
    const bool last = value != nullptr && bound->span.begin == assignment.span.begin;
    if (last && model_.graph.type(*value).shape.is_scalar()) return &assignment;
  }
  return nullptr;
}

// Of a script that is to be trained; what only infers needs no cost, whatever its script says.
void Elaborator::require_cost() {
  if (!options_.training || !optimizer_at_) return;
  Advice advice{"for example `cost quadratic(a, y)`"};
  if (const Assignment* assignment = unnamed_cost()) {
    const std::string& text = assignment->span.file->text();
    const std::size_t value =
        text.find_first_not_of(" \t", text.find('=', assignment->span.end) + 1);
    advice = replacement(
        "write `cost` in the place of `" + assignment->name + " =`",
        {assignment->span.file, assignment->span.begin, static_cast<std::uint32_t>(value)},
        "cost ");
  }
  report(make_diagnostic(Mistake::no_cost, optimizer_at_, "the script has no `cost` to train",
                         std::move(advice)));
}

// What concerns several keys, or keys and the model.
void Elaborator::check_settings() {
  const TrainSettings& train = model_.train;
  if (model_.minimizer != nullptr) check_minimizer();
  check_length();
  const auto minibatch = settings_at_.find("minibatch");
  if (train.batch > 0 && train.minibatch > train.batch && minibatch != settings_at_.end()) {
    fail(Mistake::batch_too_small, minibatch->second,
         "a mini-batch of " + std::to_string(train.minibatch) +
             " samples does not fit in a batch of " + std::to_string(train.batch),
         {{"`minibatch = batch` takes all of it"}, {{settings_at_.at("batch"), "the batch"}}});
  }
  if (errors_ > 0 || model_.parameters.empty()) return;
  for (const Parameter& parameter : model_.parameters) {
    const bool ruled =
        rules_.entries.empty() || std::ranges::any_of(rules_.entries, [&](const auto& entry) {
          return matches(entry.pattern, parameter.name);
        });
    if (!ruled) {
      fail(Mistake::pattern_matches, optimizer_at_,
           "no optimizer is given for the parameter " + parameter.name,
           {"end the table with `\"*\": ...`"});
    }
  }
  for (const RuleTable::Entry& entry : rules_.entries) {
    const bool used = std::ranges::any_of(model_.parameters, [&](const Parameter& parameter) {
      return matches(entry.pattern, parameter.name);
    });
    if (!used)
      fail(Mistake::pattern_matches, entry.span,
           "no parameter matches " + ast::quoted(entry.pattern));
  }
}

}  // namespace script
}  // namespace ebb
