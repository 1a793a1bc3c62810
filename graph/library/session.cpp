#include "graph/library/session.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "graph/core/certificate.hpp"
#include "graph/core/linked_plugins.hpp"
#include "graph/run/sources.hpp"
#include "graph/run/weights.hpp"

using namespace ebb;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs(const char* const* words, std::size_t count) {
  Pairs result;
  for (std::size_t i = 0; i < count; ++i) result.emplace_back(words[2 * i], words[2 * i + 1]);
  return result;
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const Named& named : all) names.push_back(named.name);
  return names;
}

[[noreturn]] void no_such(const std::string& kind, const std::string& name,
                          const std::vector<std::string>& known) {
  throw UserError("the script has no " + kind + " `" + name + "`", did_you_mean(name, known));
}

// Conversion to bool or int must lose nothing.
void check_elements(const Array& samples, DType type, const std::string& input) {
  if (type != DType::boolean && type != DType::i64) return;
  for (std::int64_t i = 0; i < samples.elements(); ++i) {
    const double number = samples.at(i);
    const bool fits = type == DType::boolean
                          ? number == 0 || number == 1
                          : number == std::floor(number) && std::abs(number) <= 0x1p53;
    if (!fits)
      throw UserError(input + " is " + name(type) + ", but a sample fed to it holds " +
                      to_string(Attr(number)));
  }
}

}  // namespace

ebb_session::ebb_session(const std::string& script, const ebb_session_settings& settings)
    : plugins_(registry_, plugin_path(),
               [](const Registry& all, const LoadedPlugin& plugin) { certify(all, plugin); }),
      script_(script) {
  for (const auto plugin_main : linked_plugins()) registry_.load(plugin_main);
  register_sources(registry_.sources);
  for (std::size_t i = 0; i < settings.plugin_count; ++i)
    if (const auto file = plugins_.prefer(settings.plugins[i])) plugins_.use(file->name);
  options_.seed = settings.seed == 0 ? 1 : settings.seed;
  options_.options = pairs(settings.options, settings.option_count);
  options_.settings = pairs(settings.keys, settings.key_count);
  options_.data_dir = settings.data ? settings.data : "";
  options_.plugins = &plugins_;
  precision_ = settings.precision == EBB_F32 ? Precision::f32 : Precision::f64;
  model_ = elaborate(false, {});
  initialize(*model_, store_, precision_);
  for (const Parameter& parameter : model_->parameters) names_.push_back(parameter.name.c_str());
}

std::unique_ptr<Model> ebb_session::elaborate(bool training, std::vector<std::string> blocks) {
  ElaborateOptions options = options_;
  options.training = training;
  options.data_blocks = std::move(blocks);
  Diagnostics diagnostics;
  auto model = load_script(script_, registry_, options, diagnostics);
  if (!model) throw FaultyScript(diagnostics.to_string());
  return model;
}

void ebb_session::feed(const std::string& input, const Array& samples) {
  const auto found = std::ranges::find(model_->inputs, input, &ModelInput::name);
  if (found == model_->inputs.end()) no_such("input", input, names_of(model_->inputs));
  const Type& type = model_->graph.type(found->value);
  if (samples.dims.empty() || samples.dims[0] == 0)
    throw UserError("no samples are fed to " + input);
  const std::int64_t each = samples.elements() / samples.dims[0];
  if (each != type.shape.elements())
    throw UserError(input + " is " + to_string(type.shape) + ", but each sample fed to it has " +
                        std::to_string(each) + (each == 1 ? " element" : " elements"),
                    {"a matrix holds a column per sample, a cube a slice per sample"});
  check_elements(samples, type.dtype, input);
  Array kept = convert(samples, concrete(type.dtype, precision_));
  kept.dims.assign(1, samples.dims[0]);
  kept.dims.insert(kept.dims.end(), type.shape.dims().begin(), type.shape.dims().end());
  fed_.insert_or_assign(input, std::move(kept));
}

InputSource ebb_session::samples_fed() const {
  InputSource source;
  source.arrays = fed_;
  source.hint = "feed it its samples";
  return source;
}

// Plans are kept: what is asked for again, for no more samples, only runs again.
template <class Make>
const Inference& ebb_session::inferred(const std::string& key, Make&& make) {
  const InputSource source = samples_fed();
  auto found = plans_.find(key);
  if (found == plans_.end() || !found->second.fits(source)) {
    plans_.erase(key);
    found = plans_.emplace(key, make(source)).first;
  }
  found->second.run(source);
  return found->second;
}

Array ebb_session::run(const std::string& name) {
  return inferred("value " + name, [&](const InputSource& source) {
    return Inference(*model_, {named_value(*model_, name)}, source, store_, precision_, true);
  })[0];
}

bool ebb_session::is_per_sample(const std::string& name) const {
  return model_->graph.type(named_value(*model_, name)).per_sample;
}

double ebb_session::cost() {
  return inferred("cost",
                  [&](const InputSource& source) {
                    return inference_of_gradients(*model_, {}, source, store_, precision_, true);
                  })[0]
      .at(0);
}

Array ebb_session::gradient(const std::string& name) {
  return inferred("gradient " + name, [&](const InputSource& source) {
    return inference_of_gradients(*model_, {name}, source, store_, precision_, true);
  })[1];
}

void ebb_session::weights_changed() {
  for (auto& [key, inference] : plans_) inference.weights_changed();
}

// The samples fed become the model's data block `train`.
void ebb_session::bind_fed(Model& model) const {
  DataBlock block;
  block.name = "train";
  for (const ModelInput& input : model.inputs) {
    const auto found = fed_.find(input.name);
    if (found == fed_.end())
      throw UserError("nothing is fed to the input " + input.name,
                      {"feed all inputs, or none to train on the script's `data train`"});
    const std::int64_t samples = found->second.dims[0];
    if (block.samples != 0 && block.samples != samples)
      throw UserError(input.name + " has " + std::to_string(samples) +
                      " samples, but what was fed before it has " + std::to_string(block.samples));
    block.samples = samples;
    const std::string key = "fed/" + input.name;
    const Value leaf = model.graph.data(key, model.graph.type(input.value), input.span);
    model.columns.emplace(key, found->second);
    block.bindings.push_back({input.name, leaf, input.span});
  }
  model.data.push_back(std::move(block));
}

double ebb_session::train(const Trainer::OnEpoch& on_epoch) {
  const bool own_data = fed_.empty();
  training_.clear();
  Model& model = *training_.emplace_back(
      elaborate(true, own_data ? std::vector<std::string>{"train"} : std::vector<std::string>{}));
  Model* validation = nullptr;
  if (own_data) {
    validation = training_.emplace_back(elaborate(false, {"validation"})).get();
    if (validation->data.empty()) validation = nullptr;
  } else {
    bind_fed(model);
  }
  Trainer trainer(model, validation, store_, {precision_, options_.seed});
  double cost = std::numeric_limits<double>::quiet_NaN();
  // However it ends.
  const std::unique_ptr<ebb_session, void (*)(ebb_session*)> at_the_end(
      this, [](ebb_session* session) { session->weights_changed(); });
  trainer.run([&](const EpochReport& report) {
    weights_changed();
    cost = report.cost;
    return on_epoch(report);
  });
  return cost;
}

const Parameter& ebb_session::parameter_named(const std::string& name) const {
  const auto found = std::ranges::find(model_->parameters, name, &Parameter::name);
  if (found == model_->parameters.end()) no_such("parameter", name, names_of(model_->parameters));
  return *found;
}

Array ebb_session::parameter(const std::string& name) {
  return to_array(*store_.find(parameter_named(name).name));
}

void ebb_session::set_parameter(const std::string& name, Array value) {
  const Type& type = model_->graph.type(parameter_named(name).value);
  const auto dims = type.shape.dims();
  const bool column = value.dims.size() == 2 && value.dims[1] == 1 && type.shape.rank() != 2 &&
                      value.dims[0] == type.shape.elements();
  if (!column && !std::ranges::equal(value.dims, dims)) {
    std::string given;
    for (const std::int64_t dim : value.dims)
      given += (given.empty() ? "" : ", ") + std::to_string(dim);
    throw UserError("parameter " + name + " is " + to_string(type.shape) +
                    ", but its new value is [" + given + "]");
  }
  value.dims.assign(dims.begin(), dims.end());
  Tensor& target = *store_.find(name);
  weights_changed();
  assign(target, value);
}

void ebb_session::save(const std::string& file) const {
  save_weights(file, *model_, {}, store_,
               {{"seed", std::to_string(options_.seed)},
                {"precision", precision_ == Precision::f32 ? "float" : "double"},
                {"ebb", EBB_VERSION}});
}

void ebb_session::load(const std::string& file) {
  weights_changed();
  load_weights(file, *model_, store_, precision_, false);
}
