// Small graphs, and what is left of them.
#pragma once

#include <boost/test/unit_test.hpp>

#include "graph/compile/simplify.hpp"
#include "tests/support/patterns.hpp"

namespace ebb::test {

struct Simplified {
  Graph g{registry()};
  std::vector<Rewrite> rewrites;

  Value x = g.input("x", real_per_sample({3}));
  Value y = g.input("y", real_per_sample({4}));
  Value w = g.variable("w", real_type({4, 3}));
  Value b = g.variable("b", real_type({3}));

  Value number(double v) { return g.constant(v); }
  Value list(std::vector<double> v) {
    return g.constant(Tensor::from_values(DType::f64, {static_cast<std::int64_t>(v.size())}, v));
  }

  // The simplified form as text, after a check that type and numbers stayed.
  std::string simplified(Value value, SimplifyOptions options = {}) {
    Simplifier simplify(g, rewrites, options);
    const Value result = simplify(value);
    BOOST_TEST(to_string(g.type(result)) == to_string(g.type(value)));
    BOOST_TEST(difference(evaluated(g, result, 3), evaluated(g, value, 3)) < 1e-12);
    return text(g, result);
  }
};

}  // namespace ebb::test
