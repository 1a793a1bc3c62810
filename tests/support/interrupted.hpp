// A profile of a small network in which the process is interrupted.
#pragma once

#include "tests/support/training.hpp"

namespace ebb::test {

// Each of 100 updates takes 1 µs for the first step, 2 for the second and so on, 3 to feed samples
// and 4 for the rest; each of these once takes 10 ms.
struct Interrupted : Training {
  Interrupted()
      : Training(
            "input x[2]\ntarget y[1]\nh = dense(x, 3, act = tanh)\nz = dense(h, 1)\n"
            "output z\ncost quadratic(z, y)\ndata train {\n"
            "  x = values([[1, 0], [0, 1]])\n  y = values([[1], [0]])\n}\n"
            "train {\n  optimizer = sgd(0.1)\n  minibatch = 2\n}\n",
            Precision::f32) {
    profile = trainer.profile(0, 1);
    Profile::Pass& pass = profile.passes[0];
    pass.runs = profile.updates = 100;
    pass.steps.assign(pass.steps.size(), {});
    profile.feeding = profile.rest = {};
    profile.seconds = 1;
    profile.drawing = 0;
    const auto take = [](Durations& durations, double seconds) {
      for (int i = 0; i < 100; ++i) durations.add(i == 50 ? 10e-3 : seconds);
    };
    for (std::size_t i = 0; i < pass.steps.size(); ++i)
      take(pass.steps[i], static_cast<double>(i + 1) * 1e-6);
    take(profile.feeding, 3e-6);
    take(profile.rest, 4e-6);
  }
  Profile profile;
};

}  // namespace ebb::test
