// A script's trainer, with first values, for tests.
#pragma once

#include "graph/run/trainer.hpp"
#include "graph/run/weights.hpp"
#include "tests/support/model.hpp"

namespace ebb::test {

struct Training {
  explicit Training(const std::string& script, Precision precision = Precision::f64)
      : model(model_of(script, for_training())),
        store(first_values(*model, precision)),
        trainer(*model, nullptr, store, {precision, 1}) {}

  std::unique_ptr<Model> model;
  Store store;
  Trainer trainer;

 private:
  static Store first_values(const Model& model, Precision precision) {
    Store values;
    initialize(model, values, precision);
    return values;
  }
};

}  // namespace ebb::test
