// What the tests of `ebb profile` profile.
#pragma once

#include <string>

namespace ebb::test {

inline const std::string profiled = R"(input  x[40]
target y
param w[40] ~ normal(0, 0.1)
z = w.T * x
output z
cost quadratic(z, y)
data train {
  x = one_hot(values(0..40), 40)
  y = values(0..40)
}
train {
  optimizer = sgd(0.1)
  minibatch = 10
}
)";

}  // namespace ebb::test
