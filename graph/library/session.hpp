// A script as a library's user has it: its model, parameters, and the samples fed to it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/core/plugins.hpp"
#include "graph/library/ebb_session.h"
#include "graph/run/inference.hpp"
#include "graph/run/trainer.hpp"
#include "graph/script/elaborate.hpp"

namespace ebb {

// A script with errors; `what` is all of them as `ebb` prints them.
struct FaultyScript : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace ebb

// The functions of ebb_session.h, which say what these do. They throw UserError and FaultyScript.
struct ebb_session {
 public:
  ebb_session(const std::string& script, const ebb_session_settings& settings);

  void feed(const std::string& input, const ebb::Array& samples);
  ebb::Array run(const std::string& name);
  // Whether the result of `run` or `gradient` has the sample as its first dimension.
  bool is_per_sample(const std::string& name) const;
  double cost();
  ebb::Array gradient(const std::string& name);
  double train(const ebb::Trainer::OnEpoch& on_epoch);

  const std::vector<const char*>& parameters() const { return names_; }
  ebb::Array parameter(const std::string& name);
  void set_parameter(const std::string& name, ebb::Array value);
  void save(const std::string& file) const;
  void load(const std::string& file);

  // What the last call gave: callers see its memory until the next one.
  ebb::Array result;

 private:
  std::unique_ptr<ebb::Model> elaborate(bool training, std::vector<std::string> blocks);
  ebb::InputSource samples_fed() const;
  template <class Make>
  const ebb::Inference& inferred(const std::string& key, Make&& make);
  // What kept plans have packed of the parameters is no longer theirs.
  void weights_changed();
  void bind_fed(ebb::Model& model) const;
  const ebb::Parameter& parameter_named(const std::string& name) const;

  ebb::Registry registry_;
  ebb::Plugins plugins_;
  std::string script_;
  ebb::ElaborateOptions options_;
  ebb::Precision precision_;
  // Models live as long as the session: what is thrown points into their texts.
  std::vector<std::unique_ptr<ebb::Model>> training_;
  std::unique_ptr<ebb::Model> model_;
  std::vector<const char*> names_;
  ebb::Store store_;
  std::map<std::string, ebb::Array> fed_;
  std::map<std::string, ebb::Inference> plans_;
};
