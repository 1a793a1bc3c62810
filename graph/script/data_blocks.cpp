// Data blocks: sources become leaves of the graph, and expressions over them are bound to inputs.
#include <algorithm>
#include <utility>

#include "graph/script/elaborator.hpp"
#include "graph/script/limits.hpp"

namespace ebb::script {

namespace {

// What an argument of a source may be; nothing for what it may not.
std::optional<SourceArgument> source_argument(const Item& item) {
  if (const auto* number = as<double>(item)) return *number;
  if (const auto* truth = as<bool>(item)) return *truth;
  if (const auto* text = as<std::string>(item)) return *text;
  if (const auto* range = as<Interval>(item); range && range->size() <= max_list_elements)
    return ebb::convert(to_array(*range), DType::i64);
  const auto* list = as<ListPtr>(item);
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> strings;
  for (const Item& element : (*list)->items)
    if (const auto* text = as<std::string>(element)) strings.push_back(*text);
  if (!strings.empty() && strings.size() == (*list)->items.size()) return strings;
  Array array;
  if (to_array(**list, array)) return array;
  return std::nullopt;
}

bool is_real(DType type) { return type == DType::real || type == DType::f32 || type == DType::f64; }

// Whether every element is a value of the type that is wanted, an integer or a boolean.
bool holds_only(const Array& array, DType wanted) {
  if (wanted != DType::boolean && (wanted != DType::i64 || !is_real(array.dtype))) return false;
  for (std::int64_t i = 0; i < array.elements(); ++i) {
    const double number = array.at(i);
    if (wanted == DType::boolean ? number != 0 && number != 1 : !is_whole(number)) return false;
  }
  return true;
}

// What a statement of the block itself binds to the name that stands at `at`; else null.
const ast::Expression* bound_there(const ast::Block& block, Span at) {
  for (const ast::Statement& statement : block) {
    const auto* assign = statement.as<ast::Assign>();
    if (assign != nullptr && assign->name.span.begin == at.begin) return assign->value.get();
  }
  return nullptr;
}

// The list in `values([...])`; null of anything else.
const ast::Expression* listed(const ast::Expression* expression) {
  const auto* call = expression == nullptr ? nullptr : expression->as<ast::Call>();
  const auto* callee = call == nullptr ? nullptr : call->callee->as<ast::Name>();
  if (callee == nullptr || callee->text != "values" || call->arguments.size() != 1) return nullptr;
  const ast::Expression& argument = *call->arguments[0].value;
  return argument.as<ast::List>() == nullptr ? nullptr : &argument;
}

// Whether every sample is the number of one of `classes` classes; not known of a stream.
bool are_classes(const Array& array, std::int64_t classes) {
  for (std::int64_t i = 0; i < array.elements(); ++i) {
    const double number = array.at(i);
    if (!is_whole(number) || number < 0 || number >= static_cast<double>(classes)) return false;
  }
  return true;
}

Fix within(std::string what, Span at, std::string before, std::string after) {
  return {std::move(what),
          {{{at.file, at.begin, at.begin}, std::move(before)},
           {{at.file, at.end, at.end}, std::move(after)}}};
}

// What to do about samples of the shape `given`, which is not the input's: numbers in the place of
// vectors are classes, or one sample that lacks the brackets around it.
Advice advice_on_samples(const ModelInput& input, const Shape& wanted, const Source* source,
                         const Shape& given, const ast::Expression* written) {
  const std::string shape = given.is_scalar() ? "" : to_string(given);
  Advice declared{std::string(input.target ? "`target " : "`input ") + input.name + shape +
                  "` takes such samples"};
  if (!given.is_scalar() || wanted.rank() != 1) return declared;
  const std::int64_t size = wanted.dims()[0];
  const std::string classes = std::to_string(size);
  const Array* array = source == nullptr ? nullptr : &source->columns[0].samples.array;
  const bool in_memory = array != nullptr && array->bytes;
  const bool numbers = in_memory && are_classes(*array, size);
  if (const auto* list = listed(written); list && source && source->samples == size && !numbers)
    return within("a sample of " + classes + " numbers is a list in the list: `values([[...]])`",
                  list->span, "[", "]");
  if (numbers && input.target && written != nullptr)
    return within("`one_hot(class, " + classes + ")` is the vector of a class", written->span,
                  "one_hot(", ", " + classes + ")");
  if (in_memory && !numbers) return declared;
  return {"`one_hot(class, " + classes + ")` is the vector of a class"};
}

std::vector<Label> bound_before(const DataBlock& block) {
  if (block.bindings.empty()) return {};
  const NamedValue& last = block.bindings.back();
  return {{last.span, last.name + " has " + std::to_string(block.samples) + " samples"}};
}

}  // namespace

void Elaborator::elaborate_data(const ast::Data& data) {
  if (std::ranges::find(options_.data_blocks, data.name.text) == options_.data_blocks.end()) {
    mention(data.body);
    return;
  }
  Activation activation;
  activation.scope = &new_scope(ScopeKind::data, globals_);
  activation.names = &names_;
  const Temporarily current(now_, &activation);
  block_ = data.name.text;
  sources_opened_ = 0;
  const std::size_t errors = errors_;
  run(data.body);
  if (errors_ > errors) return;

  DataBlock block;
  block.name = data.name.text;
  block.span = data.name.span;
  for (const ModelInput& input : model_.inputs) {
    const Binding* bound = activation.scope->find_here(input.name);
    if (bound == nullptr || as<Poison>(bound->item) != nullptr) continue;
    attempt(
        [&] { bind(input, bound->item, block, bound->span, bound_there(data.body, bound->span)); });
  }
  if (errors_ > errors) return;
  check_bindings(data, block);
  model_.data.push_back(std::move(block));
}

// Inputs that the block leaves out. Inference needs no targets, so a block may have none of them.
void Elaborator::check_bindings(const ast::Data& data, const DataBlock& block) {
  const auto is_bound = [&](const ModelInput& input) {
    return std::ranges::find(block.bindings, input.name, &NamedValue::name) != block.bindings.end();
  };
  const bool any_target = std::ranges::any_of(
      model_.inputs, [&](const ModelInput& input) { return input.target && is_bound(input); });
  for (const ModelInput& input : model_.inputs) {
    const bool needed = !input.target || any_target || data.name.text == "train";
    if (is_bound(input) || !needed) continue;
    fail(Mistake::unbound_input, data.name.span,
         "data " + data.name.text + " does not bind the " + (input.target ? "target " : "input ") +
             input.name,
         {{"add `" + input.name + " = ...`"}, {{input.span, "declared here"}}});
  }
  if (block.bindings.empty()) {
    fail(Mistake::unbound_input, data.name.span,
         "data " + data.name.text + " binds nothing: the script has no inputs");
  }
}

Item Elaborator::open_source(const SourceDef& source, const ast::Call& node) {
  const Span at = node.callee->span;
  if (now_->scope->kind() != ScopeKind::data) {
    fail(Mistake::source_outside_data, at,
         source.name + " is a data source; it belongs in a data block",
         {"write `data train { x = " + source.name + "(...) }`"});
  }
  std::vector<Formal> formals;
  for (const SourceParameter& p : source.parameters) formals.push_back({p.name, !p.fallback});
  const Matched matched = match(source.name, formals, node);
  std::vector<SourceArgument> arguments;
  for (std::size_t i = 0; i < matched.size(); ++i) {
    if (matched[i] == nullptr) {
      arguments.push_back(*source.parameters[i].fallback);
      continue;
    }
    const Item item = evaluate(*matched[i]->value);
    auto argument = source_argument(item);
    if (!argument) {
      if (const auto* list = as<ListPtr>(item)) {
        require_even_rows(Mistake::source_argument, source.name + " takes lists of numbers", **list,
                          *matched[i]->value);
      }
      fail(Mistake::source_argument, matched[i]->value->span,
           source.name + " cannot take " + kind_of(item) + " as " + formals[i].name,
           as<ListPtr>(item) != nullptr
               ? std::vector<std::string>{"it takes numbers, in rows of one length"}
               : std::vector<std::string>{});
    }
    if (const auto* array = std::get_if<Array>(&*argument))
      count_copied(matched[i]->value->span, array->elements());
    arguments.push_back(std::move(*argument));
  }
  Samples samples;
  try {
    const SourceContext context{options_.data_dir, files_.reach()};
    samples =
        options_.open ? options_.open(source, arguments, context) : source.open(arguments, context);
  } catch (const UserError& error) {
    fail_with(Mistake::unreadable_data, error, at);
  }
  auto result = std::make_shared<Source>();
  const std::string key = block_ + "/" + std::to_string(sources_opened_++), folder = key + "/";
  for (auto& [name, column] : samples.columns) {
    result->samples = column.array.dims.at(0);
    column.at = at;
    result->columns.push_back({name, name.empty() ? key : folder + name, std::move(column)});
  }
  result->span = at;
  return SourcePtr(std::move(result));
}

// The leaf for a source of one column. Reals that are whole numbers, such as `values` gives, can
// also be had as integers, and zeros and ones as booleans.
Value Elaborator::column_value(const Source& source, DType wanted, Span at) {
  if (source.columns.size() != 1 || !source.columns[0].name.empty()) {
    std::string fields;
    for (const auto& column : source.columns) {
      fields += (fields.empty() ? "." : ", .") + column.name;
    }
    fail(Mistake::source_field, at, "this data source has several fields; say which",
         {"it has " + fields});
  }
  const Source::Column& column = source.columns[0];
  SampleColumn samples = column.samples;
  Array& array = samples.array;
  std::string key = column.key;
  if (array.bytes && array.dtype != wanted && holds_only(array, wanted)) {
    key += wanted == DType::i64 ? " as int" : " as bool";
    if (!leaves_.contains(key)) array = ebb::convert(array, wanted);
  }
  if (const auto found = leaves_.find(key); found != leaves_.end()) return found->second;
  const auto dims = std::span<const std::int64_t>(array.dims).subspan(1);
  if (!is_valid_shape(dims)) {
    fail(Mistake::sample_shape, at, "a sample has at most 8 dimensions and 2^40 elements");
  }
  const Value value = model_.graph.data(key, {array.dtype, true, Shape(dims)}, source.span);
  leaves_.emplace(key, value);
  leaf_samples_.emplace(value.node, source.samples);
  model_.columns.emplace(std::move(key), std::move(samples));
  return value;
}

// Binds the item, converted and reshaped to the input's type. `written` is what stands there for
// it, or null.
void Elaborator::bind(const ModelInput& input, const Item& item, DataBlock& block, Span at,
                      const ast::Expression* written) {
  const Type wanted = model_.graph.type(input.value);
  const auto* source = as<SourcePtr>(item);
  Value value = source != nullptr ? column_value(**source, wanted.dtype, at)
                                  : to_value({item, nullptr, "this"}, 0, false, input.name, at);
  check_samples(input, value, block, at);
  const Type type = model_.graph.type(value);
  if (!type.per_sample) {
    fail(Mistake::not_data, at, input.name + " is bound to constants; it takes a data source",
         {"`values([...])` is one, with a list of samples"});
  }
  if ((is_real(type.dtype) && wanted.dtype != DType::real) ||
      (wanted.dtype == DType::boolean && type.dtype != DType::boolean)) {
    const bool streamed =
        source != nullptr && (*source)->columns[0].samples.reader && !is_real(wanted.dtype);
    fail(
        Mistake::sample_type, at,
        input.name + " is " + name(wanted.dtype) + ", but this data is " + name(type.dtype),
        {streamed ? std::vector<std::string>{"streamed data keeps its element type; with `stream = "
                                             "false` whole numbers are found in it"}
                  : std::vector<std::string>{},
         {{input.span, "declared here"}}});
  }
  if (type.shape.elements() != wanted.shape.elements()) {
    Advice advice = advice_on_samples(input, wanted.shape, source ? source->get() : nullptr,
                                      type.shape, written);
    advice.labels = {{input.span, "declared here"}};
    fail(Mistake::sample_shape, at,
         input.name + " is " + described(wanted.shape) + ", but each sample of this data is " +
             described(type.shape),
         std::move(advice));
  }
  if (type.dtype != wanted.dtype) value = convert(value, wanted.dtype, at);
  if (!(type.shape == wanted.shape)) {
    const auto dims = wanted.shape.dims();
    value = add_node(*registry_.core().reshape, {{value, nullptr, nullptr}},
                     {{"shape", std::vector<std::int64_t>(dims.begin(), dims.end())}}, at);
  }
  block.bindings.push_back({input.name, value, at});
}

// All data of a block has one number of samples, and depends on nothing but data.
void Elaborator::check_samples(const ModelInput& input, Value value, DataBlock& block, Span at) {
  for (const NodeId id : live_nodes(model_.graph, std::span(&value, 1))) {
    const Node& node = model_.graph.node(id);
    if (!node.op->leaf || node.op == registry_.core().constant || id == model_.epoch.node ||
        id == model_.sample_index.node) {
      continue;
    }
    const auto samples = leaf_samples_.find(id);
    if (samples == leaf_samples_.end()) {
      fail(Mistake::not_data, at,
           "data cannot depend on the model, but " + input.name + " depends on " + node.key);
    }
    if (block.samples == 0) block.samples = samples->second;
    if (block.samples != samples->second) {
      fail(Mistake::sample_count, at,
           input.name + " has " + std::to_string(samples->second) +
               " samples, but what comes before it in data " + block.name + " has " +
               std::to_string(block.samples),
           {{"`samples(data, first..last)` takes some of them"}, bound_before(block)});
    }
  }
}

}  // namespace ebb::script
