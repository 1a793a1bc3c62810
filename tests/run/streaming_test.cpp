// Samples that stay with their source: the same bits as in memory, read when they are wanted.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "graph/run/inference.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"
#include "tests/support/plugin.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(streaming)

namespace {

std::atomic<std::int64_t> images_read, values_read;

std::int64_t mixed(std::int64_t i, std::int64_t element) {
  return (i * 7919 + element * 104729 + i * i % 31) % 256;
}

class Noise : public sdk::Source {
 public:
  Noise(std::int64_t n, std::int64_t rows, std::int64_t cols, std::int64_t lost)
      : n_(n),
        elements_(rows * cols),
        lost_(lost),
        columns_{{"image", EBB_U8, {rows, cols}}, {"value", EBB_F64, {}}} {}
  std::int64_t samples() const override { return n_; }
  const std::vector<sdk::Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    auto* bytes = static_cast<std::uint8_t*>(to);
    auto* numbers = static_cast<double*>(to);
    (column == 0 ? images_read : values_read) += static_cast<std::int64_t>(indices.size());
    for (const std::int64_t i : indices) {
      if (i == lost_) throw sdk::Failure("sample " + std::to_string(i) + " is lost", "find it");
      if (column == 1) *numbers++ = static_cast<double>(mixed(i, -1)) / 8;
      for (std::int64_t e = 0; column == 0 && e < elements_; ++e)
        *bytes++ = static_cast<std::uint8_t>(mixed(i, e));
    }
  }

 private:
  std::int64_t n_, elements_, lost_;
  std::vector<sdk::Column> columns_;
};

void noise(sdk::Plugin& plugin) {
  plugin.source("noise")
      .doc("Noise: `.image`, `.value`.")
      .attr("n", 13, "how many samples")
      .attr("rows", 3, "of an image")
      .attr("cols", 2, "of an image")
      .attr("lost", -1, "a sample that can not be read")
      .open([](const sdk::Attributes& a) {
        return std::make_unique<Noise>(a.integer(0), a.integer(1), a.integer(2), a.integer(3));
      });
}

std::string script_of(const std::string& source, const std::string& train = "epochs = 3") {
  return "input x[3, 2]\ninput v\nparam k[1, 3] ~ glorot\ny = k * x\n"
         "cost 0.5 * sum((y - v) .^ 2)\n"
         "data train { d = " +
         source +
         "\n x = d.image / 255\n v = d.value / 32 }\n"
         "data test { d = " +
         source +
         "\n x = d.image / 255\n v = d.value / 32 }\n"
         "train { optimizer = momentum(0.01); minibatch = 4; " +
         train + " }\n";
}

std::unique_ptr<Model> model_for(const std::string& script, const std::string& block) {
  load_trial_plugin<&noise>();
  ElaborateOptions options;
  options.training = block == "train";
  options.data_blocks = {block};
  return model_of(script, options);
}

// The weights, bit by bit, and the cost on the block `test` after a training.
std::vector<double> trained(const std::string& script) {
  Model& model = kept(model_for(script, "train"));
  Model& inference = kept(model_for(script, "test"));
  Store store;
  initialize(model, store, Precision::f32);
  Trainer trainer(model, &inference, store, {Precision::f32, 5});
  std::vector<double> result;
  trainer.run([&](const EpochReport& report) {
    result.push_back(report.cost);
    result.push_back(*report.blocks.at(0).second.cost);
    return true;
  });
  const Tensor& weights = *store.find("k");
  for (std::int64_t i = 0; i < weights.elements_per_sample(); ++i) result.push_back(weights.at(i));
  return result;
}

std::string failure_of(const std::string& script) {
  try {
    trained(script);
  } catch (const UserError& error) {
    return to_string(error.diagnostic());
  }
  return "";
}

std::string messages_of(const std::string& text) {
  load_trial_plugin<&noise>();
  ElaborateOptions options;
  options.data_blocks = {"train"};
  Diagnostics diagnostics;
  elaborate_text("test.ebb", text, {}, with_sources(), options, diagnostics);
  return diagnostics.to_string();
}

}  // namespace

BOOST_AUTO_TEST_CASE(streamed_or_not_the_training_has_the_same_bits) {
  for (const char* train : {"epochs = 3", "epochs = 3; accumulate = 3", "epochs = 2; batch = 7",
                            "epochs = 2; average = 0.5; accumulate = 2"}) {
    const auto whole = trained(script_of("noise(stream = false)", train));
    const auto streamed = trained(script_of("noise(stream = true)", train));
    BOOST_TEST(whole.size() >= 7u);
    BOOST_TEST(streamed == whole, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_part_of_a_stream_is_a_stream) {
  const auto whole = trained(script_of("samples(noise(n = 40, stream = false), 11..30)"));
  BOOST_TEST(trained(script_of("samples(noise(n = 40, stream = true), 11..30)")) == whole,
             boost::test_tools::per_element());
  BOOST_TEST(
      trained(script_of("samples(samples(noise(n = 40, stream = true), 5..35), 6..25)")) == whole,
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_streamed_and_only_what_is_drawn_is_read) {
  // Four million samples of 1 MiB: almost 4 TiB.
  const auto model = model_for(
      "input x[1024, 1024]\nparam w ~ zeros\ncost (w - mean(x)) ^ 2\n"
      "data train { x = noise(n = 4000000, rows = 1024, cols = 1024).image }\n"
      "train { optimizer = sgd(0.1); batch = 3; minibatch = 1; epochs = 1 }\n",
      "train");
  Store store;
  initialize(*model, store, Precision::f32);
  Trainer trainer(*model, nullptr, store, {Precision::f32, 1});
  images_read = values_read = 0;
  trainer.run([](const EpochReport&) { return true; });
  BOOST_TEST(images_read == 3);
  BOOST_TEST(values_read == 0);
  BOOST_TEST(store.find("w")->at(0) > 10);
}

BOOST_AUTO_TEST_CASE(samples_of_a_block_are_fetched_from_a_stream) {
  Store store;
  const auto fetched = [&](const std::string& stream) {
    const auto model = model_for(script_of("noise(stream = " + stream + ")"), "test");
    if (store.all().empty()) initialize(*model, store, Precision::f64);
    InputSource source;
    source.block = "test";
    source.begin = 4;
    source.end = 9;
    const Array array = fetch(*model, {"y"}, source, store, Precision::f64)[0].second;
    return std::vector<double>(array.data<double>(), array.data<double>() + array.elements());
  };
  const auto whole = fetched("false");
  BOOST_TEST(whole.size() == 10u);
  BOOST_TEST(fetched("true") == whole, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_order_of_requests_changes_nothing) {
  const auto model = model_for(script_of("noise(stream = true)"), "test");
  PlanRequest request;
  request.fetches = {model->data.at(0).bindings.at(1).value};
  request.precision = Precision::f64;
  request.max_samples = 3;
  Store store;
  Executor executor(make_plan(model->graph, request), store);
  Feed feed(model->columns, executor);
  using Indices = std::vector<std::int64_t>;
  const auto check = [&](const Indices& indices) {
    feed.gather(indices);
    executor.run(static_cast<std::int64_t>(indices.size()));
    const Tensor values = executor.fetch_tensor(request.fetches[0]);
    for (std::size_t i = 0; i < indices.size(); ++i)
      BOOST_TEST(values.at(static_cast<std::int64_t>(i)) ==
                 static_cast<double>(mixed(indices[i], -1)) / 8 / 32);
  };
  check({1, 2});
  feed.prefetch(Indices{3, 4, 5});
  check({3, 4, 5});
  feed.prefetch(Indices{6, 7});
  check({8, 1, 6});  // what was read ahead is not what is wanted
  feed.prefetch(Indices{9});
  feed.prefetch(Indices{2, 0});
  check({2, 0});
  check({2, 0});
  feed.prefetch(Indices{12});  // and nobody takes it
}

BOOST_AUTO_TEST_CASE(what_can_not_be_read_is_an_error_of_the_step_that_needs_it) {
  BOOST_TEST(failure_of(script_of("noise(lost = 9, stream = true)")) ==
             "test.ebb:6:18: error: sample 9 is lost\n"
             "  6 | data train { d = noise(lost = 9, stream = true)\n"
             "    |                  ^^^^^\n"
             "  hint: find it\n");
  // In memory it is one when the script is loaded.
  BOOST_TEST(messages_of(script_of("noise(lost = 9, stream = false)")) ==
             "test.ebb:6:18: error[E0512]: sample 9 is lost\n"
             "  6 | data train { d = noise(lost = 9, stream = false)\n"
             "    |                  ^^^^^\n"
             "  hint: find it\n");
}

BOOST_AUTO_TEST_CASE(streams_keep_their_element_type) {
  const auto first_line = [](const std::string& stream) {
    const std::string all =
        messages_of("input n : int\ndata train { n = noise(stream = " + stream + ").value }\n");
    return all.substr(0, all.find('\n')) + all.substr(std::min(all.size(), all.find("\n  hint")));
  };
  BOOST_TEST(first_line("true") ==
             "test.ebb:2:14: error[E0508]: n is int, but this data is float64\n"
             "  hint: streamed data keeps its element type; with `stream = false` whole numbers "
             "are found in it\n");
  const std::string all = messages_of(script_of("noise(stream = \"maybe\")"));
  BOOST_TEST(all.substr(0, all.find('\n')) ==
             "test.ebb:6:18: error[E0512]: stream is true, false or \"auto\"");
}

BOOST_AUTO_TEST_SUITE_END()
