#include "tests/onnx/scripted.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>

#include "tests/onnx/importer.hpp"
#include "tests/support/model.hpp"

namespace ebb::test::onnx {

namespace {

std::string text(double number) { return to_string(Attr(number)); }

std::string text(const std::vector<std::int64_t>& dims) { return to_string(Attr(dims)); }

// A node with its inputs while it is put into a script.
class Writer {
 public:
  Writer(const Node& node, const std::vector<Literal>& inputs, std::vector<Literal>& expected)
      : node_(node), inputs_(inputs), expected_(expected) {}

  const Array& input(std::size_t i) const { return inputs_.at(i).array; }
  std::size_t inputs() const { return inputs_.size(); }
  double number(std::size_t i) const { return input(i).at(0); }
  const Node& node() const { return node_; }
  std::vector<Literal>& expected() { return expected_; }
  double real(std::string_view attribute, double fallback) {
    const Attribute* found = find(attribute);
    return found ? found->real : fallback;
  }
  std::int64_t integer(std::string_view attribute, std::int64_t fallback) {
    const Attribute* found = find(attribute);
    return found ? found->integer : fallback;
  }
  std::string word(std::string_view attribute) {
    const Attribute* found = find(attribute);
    return found ? found->text : "";
  }
  void check_all_read() const {
    for (const Attribute& attribute : node_.attributes)
      if (std::ranges::find(read_, attribute.name) == read_.end())
        throw std::runtime_error(node_.op + ": attribute " + attribute.name + " is not scripted");
  }

  // Elaborates the script, whose values are then found by name.
  void script(const std::string& text, bool training) {
    ElaborateOptions options;
    options.training = training;
    Diagnostics diagnostics;
    model_ = elaborate_text("onnx.ebb", text, {}, registry(), sources(), options, diagnostics);
    if (!model_) throw NotCovered(diagnostics.all().at(0).message);
    computation_ = std::make_unique<Computation>(model_->graph);
    for (const State& state : model_->states) names_[state.name] = state.value;
    for (const State& state : model_->states) names_[state.name + "'"] = state.next;
  }
  // Lets the optimizer stage work on these gradients. Then `w'` and `w/v'` are next values.
  void update(const Values& gradients) {
    const std::vector<Update> updates = model_->optimizer(*model_, gradients);
    for (std::size_t i = 0; i < updates.size(); ++i) {
      names_[model_->parameters[i].name + "'"] = updates[i].next;
      for (const State& state : updates[i].states) {
        names_[state.name] = state.value;
        names_[state.name + "'"] = state.next;
      }
    }
  }

  Value value(const std::string& name) const {
    if (const auto found = names_.find(name); found != names_.end()) return found->second;
    return model_->names.at(name);
  }
  void set(const std::string& name, const Array& array) { computation_->set(value(name), array); }
  void give(Value output) { computation_->outputs.push_back(output); }
  ebb::Model& model() { return *model_; }
  Computation& computation() { return *computation_; }

  std::unique_ptr<ebb::Model> model_;
  std::unique_ptr<Computation> computation_;

 private:
  const Attribute* find(std::string_view name) {
    const auto found = std::ranges::find(node_.attributes, name, &Attribute::name);
    if (found == node_.attributes.end()) return nullptr;
    read_.push_back(found->name);
    return &*found;
  }

  const Node& node_;
  const std::vector<Literal>& inputs_;
  std::vector<Literal>& expected_;
  std::vector<std::string> read_;
  std::map<std::string, Value> names_;
};

// The inputs are x, scale, bias, mean, variance; ONNX's momentum is what is kept, Ebb's what is
// new.
void batch_normalization(Writer& w) {
  const bool training = w.integer("training_mode", 0) != 0;
  const std::vector<std::int64_t>& x = w.input(0).dims;
  w.script("include \"std/layers.ebb\"\ninput x" + text({x.begin() + 1, x.end()}) +
               "\ny = batch_norm(x, momentum = 1 - " + text(w.real("momentum", 0.9)) +
               ", epsilon = " + text(w.real("epsilon", 1e-5)) + ")\noutput y\n",
           training);
  w.computation().samples = x[0];
  const std::array names{"x", "y.gain", "y.bias", "y.running_mean", "y.running_variance"};
  for (std::size_t i = 0; i < names.size(); ++i) w.set(names[i], w.input(i));
  w.give(w.value("y"));
  if (!training) return;
  w.give(w.value("y.running_mean'"));
  w.give(w.value("y.running_variance'"));
}

// ONNX's layer is what follows `axis`, Ebb's is a column.
void layer_normalization(Writer& w) {
  const std::vector<std::int64_t>& x = w.input(0).dims;
  std::int64_t axis = w.integer("axis", -1);
  w.integer("stash_type", 1);  // the precision of the statistics
  if (axis < 0) axis += static_cast<std::int64_t>(x.size());
  const auto product = [](auto begin, auto end) {
    return std::accumulate(begin, end, std::int64_t{1}, std::multiplies<>());
  };
  const std::int64_t layers = product(x.begin(), x.begin() + axis);
  std::vector<std::int64_t> kept = x;
  std::fill(kept.begin() + axis, kept.end(), 1);
  const std::string epsilon = text(w.real("epsilon", 1e-5));
  w.script(
      "include \"std/layers.ebb\"\n"
      "param x" +
          text(std::vector{layers, product(x.begin() + axis, x.end())}) +
          " ~ zeros\n"
          "y = layer_norm(x.T, epsilon = " +
          epsilon +
          ")\n"
          "out = reshape(y.T, " +
          text(x) +
          ")\n"
          "m = column_mean(x.T)\n"
          "mean = reshape(m, " +
          text(kept) +
          ")\n"
          "v = column_mean((x.T - m) .^ 2)\n"
          "deviation = reshape(1 ./ sqrt(v + " +
          epsilon + "), " + text(kept) +
          ")\n"
          "output out\noutput mean\noutput deviation\n",
      false);
  w.set("x", w.input(0));
  w.set("y.gain", w.input(1));
  w.set("y.bias", w.input(2));
  for (const char* output : {"out", "mean", "deviation"}) w.give(w.value(output));
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
Array bias(Writer& w, std::int64_t hidden, const std::vector<std::size_t>& order) {
  const auto gates = order.size();
  if (w.inputs() < 4) {
    Array zeros = Array::make(DType::f64, {static_cast<std::int64_t>(gates) * hidden});
    std::fill_n(zeros.data<double>(), zeros.elements(), 0.0);
    return zeros;
  }
  std::vector<std::size_t> second;
  for (const std::size_t gate : order) second.push_back(gate + gates);
  Array sum = blocks(w.input(3), hidden, order);
  const Array other = blocks(w.input(3), hidden, second);
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
void recurrent_layer(Writer& w, const std::string& layer, const std::vector<std::size_t>& order) {
  if (w.inputs() > 4) throw NotCovered("first values, lengths and peepholes of " + w.node().op);
  const bool batch_first = w.integer("layout", 0) != 0;
  const std::int64_t hidden = w.integer("hidden_size", 0);
  const Array x = columns(w.input(0), batch_first);
  const std::string n = std::to_string(hidden), steps = std::to_string(x.dims[2]);
  w.script("include \"std/layers.ebb\"\ninput x" + text({x.dims[1], x.dims[2]}) + "\ny = " + layer +
               "(x, " + n + ")\nall = reshape(y.T, [" + steps + ", 1, " + n +
               "])\nlast = reshape(y[:, " + steps + " - 1], [1, " + n +
               "])\noutput all\noutput last\n",
           false);
  w.computation().samples = x.dims[0];
  w.set("x", x);
  w.set("y.w", blocks(w.input(1), hidden, order));
  if (!w.node().outputs[0].empty()) w.give(w.value("all"));
  w.give(w.value("last"));
  if (!batch_first)
    for (Literal& output : w.expected()) output.array.dims = {x.dims[0], 1, hidden};
}

void recurrent(Writer& w) {
  recurrent_layer(w, "recurrent", {0});
  w.set("y.u", blocks(w.input(2), w.integer("hidden_size", 0), {0}));
  w.set("y.b", bias(w, w.integer("hidden_size", 0), {0}));
}

void gated(Writer& w) {
  const std::int64_t hidden = w.integer("hidden_size", 0);
  recurrent_layer(w, "gru", {0, 1, 2});
  w.set("y.u", blocks(w.input(2), hidden, {0, 1}));
  w.set("y.v", blocks(w.input(2), hidden, {2}));
  w.set("y.b", bias(w, hidden, {0, 1, 2}));
}

// ONNX's gates are input, output, forget, candidate. Ebb's forget gate has a bias of 1 more.
void long_short_term(Writer& w) {
  const std::vector<std::size_t> order{0, 2, 1, 3};
  const std::int64_t hidden = w.integer("hidden_size", 0);
  recurrent_layer(w, "lstm", order);
  w.set("y.u", blocks(w.input(2), hidden, order));
  Array b = bias(w, hidden, order);
  for (std::int64_t e = hidden; e < 2 * hidden; ++e) b.data<double>()[e] -= 1;
  w.set("y.b", b);
}

// What the update rules of ONNX have in common: R, T, then all parameters, all their gradients, all
// of each kind of state; a gradient is that of the objective with norm_coefficient / 2 |x|^2 added.
class Training {
 public:
  Training(Writer& w, const std::string& rule, std::size_t states)
      : w_(w), count_((w.inputs() - 2) / (2 + states)) {
    std::string script, sum;
    for (std::size_t i = 0; i < count_; ++i) {
      script += "param " + name(i) + text(w.input(2 + i).dims) + " ~ zeros\n";
      sum += (i ? " + sum(" : "sum(") + name(i) + ")";
    }
    script += "cost " + sum + "\ntrain { optimizer = weight_decay(inner = " + rule +
              ", decay = " + text(w.real("norm_coefficient", 0)) + ") }\n";
    if (w.real("norm_coefficient_post", 0) != 0)
      throw std::runtime_error("norm_coefficient_post is not scripted");
    w.script(script, true);
    Values gradients;
    for (std::size_t i = 0; i < count_; ++i) {
      const Value parameter = w.value(name(i));
      const Value g =
          w.model().graph.input("g" + std::to_string(i), w.model().graph.type(parameter));
      w.computation().set(g, w.input(2 + count_ + i));
      w.set(name(i), w.input(2 + i));
      gradients.push_back(g);
    }
    w.update(gradients);
    for (std::size_t i = 0; i < count_; ++i) w.give(w.value(name(i) + "'"));
  }

  // The states of kind `kind` (from 0 on), which the rule calls so and holds times `factor`.
  void state(std::size_t kind, const std::string& called, double factor = 1) {
    for (std::size_t i = 0; i < count_; ++i) {
      const std::string state = name(i) + "/inner/" + called;
      Array scaled = convert(w_.input(2 + (2 + kind) * count_ + i), DType::f64);
      for (std::int64_t e = 0; e < scaled.elements(); ++e) scaled.data<double>()[e] *= factor;
      w_.set(state, scaled);
      w_.give(w_.model().graph.add("scale", {w_.value(state + "'")}, {{"factor", 1 / factor}}));
    }
  }

 private:
  static std::string name(std::size_t i) { return "x" + std::to_string(i); }

  Writer& w_;
  std::size_t count_;
};

// T = 0 asks for no correction of the bias, which is what is left of it after very many steps.
void adam(Writer& w) {
  Training training(w,
                    "adam(eta = " + text(w.number(0)) + ", beta1 = " + text(w.real("alpha", 0.9)) +
                        ", beta2 = " + text(w.real("beta", 0.999)) +
                        ", epsilon = " + text(w.real("epsilon", 1e-6)) + ")",
                    2);
  const double t = w.number(1);
  Array step = Array::make(DType::i64, {});
  *step.data<std::int64_t>() = t == 0 ? 1'000'000 : static_cast<std::int64_t>(t) - 1;
  w.computation().set(w.model().step, step);
  training.state(0, "m");
  training.state(1, "v");
}

// Ebb's velocity is a step: -R times ONNX's. In the first step ONNX takes beta for 1.
void momentum(Writer& w) {
  const bool nesterov = w.word("mode") == "nesterov";
  const double beta = w.real("beta", 1), share = w.number(1) > 0 ? beta : 1;
  if (nesterov && share != 1) throw std::runtime_error("nesterov with a beta is not scripted");
  Training training(w,
                    std::string(nesterov ? "nesterov" : "momentum") + "(eta = " +
                        text(w.number(0) * share) + ", mu = " + text(w.real("alpha", 0.9)) + ")",
                    1);
  training.state(0, "v", -w.number(0));
}

void adagrad(Writer& w) {
  const double rate = w.number(0) / (1 + w.number(1) * w.real("decay_factor", 0));
  Training training(
      w, "adagrad(eta = " + text(rate) + ", epsilon = " + text(w.real("epsilon", 1e-6)) + ")", 1);
  training.state(0, "v");
}

const std::map<std::string, void (*)(Writer&)>& scripts() {
  static const std::map<std::string, void (*)(Writer&)> all{
      {"BatchNormalization", batch_normalization},
      {"LayerNormalization", layer_normalization},
      {"Adam", adam},
      {"Adagrad", adagrad},
      {"Momentum", momentum},
      {"RNN", recurrent},
      {"GRU", gated},
      {"LSTM", long_short_term}};
  return all;
}

}  // namespace

bool is_scripted(const Model& model) {
  return model.nodes.size() == 1 && scripts().contains(model.nodes[0].op);
}

Scripted::Scripted(const Model& model, const std::vector<Literal>& inputs,
                   std::vector<Literal>& expected) {
  Writer writer(model.nodes[0], inputs, expected);
  scripts().at(model.nodes[0].op)(writer);
  writer.check_all_read();
  model_ = std::move(writer.model_);
  computation_ = std::move(writer.computation_);
}

}  // namespace ebb::test::onnx
