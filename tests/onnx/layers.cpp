// Nodes of ONNX that are layers of Ebb: std/layers.ebb holds them.
#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "tests/onnx/importer.hpp"
#include "tests/onnx/scripted.hpp"

namespace ebb::test::onnx {

namespace {

// The inputs are x, scale, bias, mean, variance; ONNX's momentum is what is kept, Ebb's what is
// new.
void batch_normalization(Scripted& s) {
  const bool training = s.integer("training_mode", 0) != 0;
  const Dims& x = s.input(0).dims;
  s.script(fill_in(R"(input x{0}
y = batch_norm(x, momentum = 1 - {1}, epsilon = {2})
output y
)",
                   {literal({x.begin() + 1, x.end()}), literal(s.real("momentum", 0.9)),
                    literal(s.real("epsilon", 1e-5))}),
           training);
  s.computation().samples = x[0];
  const std::array names{"x", "y.gain", "y.bias", "y.running_mean", "y.running_variance"};
  for (std::size_t i = 0; i < names.size(); ++i) s.set(names[i], s.input(i));
  s.give(s.value("y"));
  if (!training) return;
  s.give(s.value("y.running_mean'"));
  s.give(s.value("y.running_variance'"));
}

// ONNX's layer is what follows `axis`, Ebb's is a column.
void layer_normalization(Scripted& s) {
  const Dims& x = s.input(0).dims;
  std::int64_t axis = s.integer("axis", -1);
  if (axis < 0) axis += static_cast<std::int64_t>(x.size());
  s.ignore("stash_type");  // the precision of the statistics
  const auto product = [](auto begin, auto end) {
    return std::accumulate(begin, end, std::int64_t{1}, std::multiplies<>());
  };
  const Dims layers{product(x.begin(), x.begin() + axis), product(x.begin() + axis, x.end())};
  Dims kept = x;
  std::fill(kept.begin() + axis, kept.end(), 1);
  s.script(fill_in(R"(param x{0} ~ zeros
y         = layer_norm(x.T, epsilon = {1})
m         = column_mean(x.T)
v         = column_mean((x.T - m) .^ 2)
out       = reshape(y.T, {2})
mean      = reshape(m, {3})
deviation = reshape(1 ./ sqrt(v + {1}), {3})
output out
output mean
output deviation
)",
                   {literal(layers), literal(s.real("epsilon", 1e-5)), literal(x), literal(kept)}),
           false);
  const std::array names{"x", "y.gain", "y.bias"};
  for (std::size_t i = 0; i < names.size(); ++i) s.set(names[i], s.input(i));
  for (const char* output : {"out", "mean", "deviation"}) s.give(s.value(output));
}

// A matrix with blocks of `rows` rows in another order; of what has no columns, one.
Array blocks(const Array& matrix, std::int64_t rows, const std::vector<std::size_t>& order) {
  const std::int64_t columns = matrix.dims.size() == 3 ? matrix.dims[2] : 1;
  const auto block = static_cast<std::size_t>(rows * columns);
  Array result = Array::make(DType::f64, {static_cast<std::int64_t>(order.size()) * rows, columns});
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t e = 0; e < block; ++e)
      result.data<double>()[i * block + e] =
          matrix.at(static_cast<std::int64_t>(order[i] * block + e));
  return result;
}

// The sum of ONNX's two biases, in the order of the gates.
Array bias(Scripted& s, std::int64_t hidden, const std::vector<std::size_t>& order) {
  const auto gates = order.size();
  if (s.inputs() < 4) {
    Array zeros = Array::make(DType::f64, {static_cast<std::int64_t>(gates) * hidden});
    std::fill_n(zeros.data<double>(), zeros.elements(), 0.0);
    return zeros;
  }
  std::vector<std::size_t> second;
  for (const std::size_t gate : order) second.push_back(gate + gates);
  Array sum = blocks(s.input(3), hidden, order);
  const Array other = blocks(s.input(3), hidden, second);
  for (std::int64_t e = 0; e < sum.elements(); ++e) sum.data<double>()[e] += other.at(e);
  return sum;
}

// X as samples of [elements, steps]. ONNX has the steps first, or (layout 1) the batch.
Array columns(const Array& x, bool batch_first) {
  const std::int64_t batch = x.dims[batch_first ? 0 : 1], steps = x.dims[batch_first ? 1 : 0];
  const std::int64_t size = x.dims[2];
  Array result = Array::make(DType::f64, {batch, size, steps});
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t i = 0; i < size; ++i)
      for (std::int64_t t = 0; t < steps; ++t)
        result.data<double>()[(b * size + i) * steps + t] =
            x.at(((batch_first ? b * steps + t : t * batch + b)) * size + i);
  return result;
}

// `order` says which of ONNX's gates each of Ebb's is. ONNX's results have a dimension more, for a
// second direction; where it stands before the batch it is left out.
void recurrent_layer(Scripted& s, const std::string& layer, const std::vector<std::size_t>& order) {
  if (s.inputs() > 4) throw NotCovered("first values, lengths and peepholes of " + s.node().op);
  const bool batch_first = s.integer("layout", 0) != 0;
  const std::int64_t hidden = s.integer("hidden_size", 0);
  const Array x = columns(s.input(0), batch_first);
  s.script(fill_in(R"(input x[{0}, {1}]
y    = {2}(x, {3})
all  = reshape(y.T, [{1}, 1, {3}])
last = reshape(y[:, {1} - 1], [1, {3}])
output all
output last
)",
                   {std::to_string(x.dims[1]), std::to_string(x.dims[2]), layer,
                    std::to_string(hidden)}),
           false);
  s.computation().samples = x.dims[0];
  s.set("x", x);
  s.set("y.w", blocks(s.input(1), hidden, order));
  if (!s.node().outputs[0].empty()) s.give(s.value("all"));
  s.give(s.value("last"));
  if (!batch_first)
    for (Literal& output : s.expected()) output.array.dims = {x.dims[0], 1, hidden};
}

void recurrent(Scripted& s) {
  recurrent_layer(s, "recurrent", {0});
  s.set("y.u", blocks(s.input(2), s.integer("hidden_size", 0), {0}));
  s.set("y.b", bias(s, s.integer("hidden_size", 0), {0}));
}

void gated(Scripted& s) {
  const std::int64_t hidden = s.integer("hidden_size", 0);
  recurrent_layer(s, "gru", {0, 1, 2});
  s.set("y.u", blocks(s.input(2), hidden, {0, 1}));
  s.set("y.v", blocks(s.input(2), hidden, {2}));
  s.set("y.b", bias(s, hidden, {0, 1, 2}));
}

// ONNX's gates are input, output, forget, candidate. Ebb's forget gate has a bias of 1 more.
void long_short_term(Scripted& s) {
  const std::vector<std::size_t> order{0, 2, 1, 3};
  const std::int64_t hidden = s.integer("hidden_size", 0);
  recurrent_layer(s, "lstm", order);
  s.set("y.u", blocks(s.input(2), hidden, order));
  Array b = bias(s, hidden, order);
  for (std::int64_t e = hidden; e < 2 * hidden; ++e) b.data<double>()[e] -= 1;
  s.set("y.b", b);
}

}  // namespace

void script_layers(Scripts& scripts) {
  scripts["BatchNormalization"] = {batch_normalization};
  scripts["LayerNormalization"] = {layer_normalization};
  scripts["RNN"] = {recurrent};
  scripts["GRU"] = {gated};
  scripts["LSTM"] = {long_short_term};
}

}  // namespace ebb::test::onnx
