// Gradients and updates against PyTorch's figures (tests/golden/make_gradients.py).
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "graph/core/gradient.hpp"
#include "graph/core/gradient_check.hpp"
#include "graph/run/inference.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/figures.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(oracle)

namespace {

std::vector<std::string> networks() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(EBB_SOURCE_DIR "/tests/golden/gradients"))
    if (entry.path().extension() == ".ebb") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::unique_ptr<Model> network(const std::string& name) {
  return model_of_file(EBB_SOURCE_DIR "/tests/golden/gradients/" + name + ".ebb");
}

InputSource batch_of(const nlohmann::json& batch) {
  InputSource source;
  source.arrays["x"] = array_of(batch["x"]);
  source.arrays["y"] = array_of(batch["y"]);
  return source;
}

Array sample_of(const Array& samples, std::int64_t s) {
  Array one = samples;
  one.dims[0] = 1;
  const auto bytes = one.size_bytes();
  one.bytes = Array::make(samples.dtype, one.dims).bytes;
  std::copy_n(samples.bytes.get() + static_cast<std::size_t>(s) * bytes, bytes, one.bytes.get());
  return one;
}

std::vector<std::string> all_wrt(const Model& model) {
  std::vector<std::string> wrt;
  for (const Parameter& p : model.parameters) wrt.push_back(p.name);
  wrt.push_back("x");
  return wrt;
}

}  // namespace

BOOST_AUTO_TEST_CASE(there_are_at_least_twelve_networks) { BOOST_TEST(networks().size() >= 12u); }

BOOST_AUTO_TEST_CASE(gradients_in_double_agree_with_pytorch) {
  for (const auto& name : networks()) {
    const auto golden = figures("gradients/" + name + ".json");
    for (const auto& batch : golden["batches"]) {
      const auto model = network(name);
      Store store;
      set_parameters(*model, golden["parameters"], store);
      const auto results =
          gradients_of(*model, all_wrt(*model), batch_of(batch), store, Precision::f64);
      BOOST_TEST_CONTEXT(name << ", " << batch["samples"] << " samples") {
        BOOST_TEST(results[0].second.at(0) == batch["objective"].get<double>(),
                   boost::test_tools::tolerance(1e-12));
        for (std::size_t i = 1; i < results.size(); ++i) {
          const double off =
              difference(results[i].second, array_of(batch["gradient"][results[i].first]));
          BOOST_TEST(off <= 1e-10, results[i].first << " is off by " << off);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_central_differences) {
  for (const auto& name : networks()) {
    const auto golden = figures("gradients/" + name + ".json");
    const auto& batch = golden["batches"][1];
    const auto model = network(name);
    const Value objective = objective_of(*model);
    std::vector<LeafValue> leaves;
    for (const Parameter& p : model->parameters)
      leaves.push_back(
          {p.value, to_tensor(array_of(golden["parameters"][p.name]), model->graph.type(p.value))});
    for (const ModelInput& input : model->inputs)
      leaves.push_back(
          {input.value, to_tensor(array_of(batch[input.name]), model->graph.type(input.value))});
    for (const Parameter& p : model->parameters) {
      const auto check =
          check_gradient(model->graph, objective, p.value, leaves, batch["samples"], 1e-7);
      BOOST_TEST(check.passed, name << ": " << p.name << ": " << check.message);
      BOOST_TEST(!check.all_zero);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_averaged_gradient_is_the_average_of_the_samples_gradients) {
  for (const auto& name : networks()) {
    const auto golden = figures("gradients/" + name + ".json");
    if (golden["samples_coupled"]) continue;
    for (const auto& batch : golden["batches"]) {
      const auto model = network(name);
      Store store;
      set_parameters(*model, golden["parameters"], store);
      std::vector<std::string> names;
      for (const Parameter& p : model->parameters) names.push_back(p.name);
      Inference inference =
          inference_of_gradients(*model, names, batch_of(batch), store, Precision::f64);
      inference.run(batch_of(batch));
      const auto samples = batch["samples"].get<std::int64_t>();
      std::vector<Array> whole, means;
      for (std::size_t i = 0; i < names.size(); ++i) {
        whole.push_back(inference[i + 1]);
        means.push_back(Array::make(DType::f64, whole[i].dims));
        std::fill_n(means.back().data<double>(), means.back().elements(), 0.0);
      }
      for (std::int64_t s = 0; s < samples; ++s) {
        InputSource one = batch_of(batch);
        for (auto& [input, array] : one.arrays) array = sample_of(array, s);
        inference.run(one);
        for (std::size_t i = 0; i < names.size(); ++i) {
          const Array single = inference[i + 1];
          for (std::int64_t e = 0; e < single.elements(); ++e)
            means[i].data<double>()[e] += single.at(e) / static_cast<double>(samples);
        }
      }
      for (std::size_t i = 0; i < means.size(); ++i) {
        const double off = difference(whole[i], means[i]);
        BOOST_TEST(off <= 1e-13,
                   name << ", " << samples << " samples, " << names[i] << ": " << off);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ten_updates_of_each_optimizer_agree_with_pytorch) {
  const auto golden = figures("optimizers.json");
  BOOST_TEST(golden["rules"].size() == 20u);
  for (const auto& rule : golden["rules"]) {
    ElaborateOptions options = for_training();
    options.settings = {{"train.optimizer", rule["rule"].get<std::string>()}};
    const auto model = model_of_file(EBB_SOURCE_DIR "/tests/golden/optimizers.ebb", options);
    Store store;
    set_parameters(*model, golden["parameters"], store);
    Trainer trainer(*model, nullptr, store, {Precision::f64, 1});
    std::vector<std::int64_t> all(static_cast<std::size_t>(trainer.samples()));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    for (const auto& expected : rule["steps"]) {
      BOOST_TEST(trainer.step(all) == expected["objective"].get<double>(),
                 boost::test_tools::tolerance(1e-10));
      for (const Parameter& p : model->parameters) {
        const double off =
            difference(to_array(*store.find(p.name)), array_of(expected["parameters"][p.name]));
        BOOST_TEST(off <= 1e-10, rule["rule"] << ": " << p.name << " is off by " << off);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
