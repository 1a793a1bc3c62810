// Ops of ONNX that work element by element.
#include <limits>

#include "tests/onnx/importer.hpp"

namespace ebb::test::onnx {

namespace {

struct Namesake {
  const char *onnx, *ebb;
};

// Those without attributes.
constexpr Namesake namesakes[] = {{"Abs", "abs"},
                                  {"Acos", "acos"},
                                  {"Acosh", "acosh"},
                                  {"Add", "add"},
                                  {"And", "and"},
                                  {"Asin", "asin"},
                                  {"Asinh", "asinh"},
                                  {"Atan", "atan"},
                                  {"Atanh", "atanh"},
                                  {"Ceil", "ceil"},
                                  {"Cos", "cos"},
                                  {"Cosh", "cosh"},
                                  {"Equal", "equal"},
                                  {"Erf", "erf"},
                                  {"Exp", "exp"},
                                  {"Floor", "floor"},
                                  {"Greater", "greater"},
                                  {"GreaterOrEqual", "greater_equal"},
                                  {"HardSwish", "hard_swish"},
                                  {"IsNaN", "isnan"},
                                  {"Less", "less"},
                                  {"LessOrEqual", "less_equal"},
                                  {"Log", "log"},
                                  {"Mul", "mul"},
                                  {"Neg", "neg"},
                                  {"Not", "not"},
                                  {"Or", "or"},
                                  {"PRelu", "prelu"},
                                  {"Reciprocal", "reciprocal"},
                                  {"Relu", "relu"},
                                  {"Round", "round"},
                                  {"Sigmoid", "sigmoid"},
                                  {"Sign", "sign"},
                                  {"Sin", "sin"},
                                  {"Sinh", "sinh"},
                                  {"Softplus", "softplus"},
                                  {"Softsign", "softsign"},
                                  {"Sqrt", "sqrt"},
                                  {"Sub", "sub"},
                                  {"Tan", "tan"},
                                  {"Tanh", "tanh"},
                                  {"Where", "where"},
                                  {"Xor", "xor"}};

// f over all inputs, two at a time.
Value folded(Call& c, const char* op) {
  Values values = c.aligned(c.all());
  Value result = values.at(0);
  for (std::size_t i = 1; i < values.size(); ++i) result = c.add(op, {result, values[i]});
  return result;
}

// In ONNX a result has the type of the first operand; Ebb's quotient and power are real.
Value as_first(Call& c, const char* op) {
  return c.convert(c.add(op, c.aligned(c.all())), c.type(c[0]).dtype);
}

Value clip(Call& c) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return c.add("clamp", {c[0]},
               {{"lower", c.has(1) ? c.numbers(1).at(0) : c.real("min", -infinity)},
                {"upper", c.has(2) ? c.numbers(2).at(0) : c.real("max", infinity)}});
}

Value selu(Call& c) {
  if (!c.has("alpha") && !c.has("gamma")) return c.add("selu", {c[0]});
  const Value elu = c.add("elu", {c[0]}, {{"alpha", c.real("alpha", 1.67326319217681884765625)}});
  return c.add("scale", {elu}, {{"factor", c.real("gamma", 1.05070102214813232421875)}});
}

Value is_infinite(Call& c) {
  Value result = c.add("isinf", {c[0]});
  if (c.integer("detect_positive", 1) == 0)
    result = c.add("and", {result, c.add("less", {c[0], c.constant(0)})});
  if (c.integer("detect_negative", 1) == 0)
    result = c.add("and", {result, c.add("greater", {c[0], c.constant(0)})});
  return result;
}

// Float and double are one type here: the precision of a run.
Value cast(Call& c, Element to) {
  switch (to) {
    case Element::f32:
    case Element::f64:
      return c.convert(c[0], DType::real);
    case Element::boolean:
      return c.convert(c[0], DType::boolean);
    case Element::i32:
    case Element::i64:
      return c.convert(c[0], DType::i64);
    default:
      throw NotCovered(std::string("type ") + name(to));
  }
}

Values another_generator(Call&) { throw NotCovered("random numbers of NumPy's generator"); }

// With a probability of 0 nothing is dropped; what is dropped else depends on the generator.
Value dropped(Call& c, Value x) {
  const bool training = c.has(2) && c.numbers(2).at(0) != 0;
  if (training && (c.has(1) ? c.numbers(1).at(0) : 0.5) != 0) another_generator(c);
  return c.add("dropout", {x, c.whole(0), c.whole(0)}, {{"p", 0.0}});
}

Values dropout(Call& c) {
  c.ignore("seed");
  c.ignore("ratio");  // of inference, which drops nothing
  const Value ones =
      c.add("broadcast", {c.constant(1)}, {{"shape", c.dims(c[0])}, {"per_sample", false}});
  return {dropped(c, c[0]), c.add("not_equal", {dropped(c, ones), c.constant(0)})};
}

}  // namespace

void translate_elementwise(Table& table) {
  for (const Namesake& pair : namesakes) {
    table[pair.onnx] = {
        [op = pair.ebb](Call& c) -> Values { return {c.add(op, c.aligned(c.all()))}; }};
  }
  const auto one = [&](const char* onnx, auto make) {
    table[onnx] = {[make](Call& c) -> Values { return {make(c)}; }};
  };
  one("Div", [](Call& c) { return as_first(c, "div"); });
  one("Pow", [](Call& c) { return as_first(c, "pow"); });
  one("Mod", [](Call& c) {
    return c.add(c.integer("fmod", 0) != 0 ? "fmod" : "mod", c.aligned(c.all()));
  });
  one("Max", [](Call& c) { return folded(c, "maximum"); });
  one("Min", [](Call& c) { return folded(c, "minimum"); });
  one("Sum", [](Call& c) { return folded(c, "add"); });
  one("Mean", [](Call& c) {
    return c.add("scale", {folded(c, "add")}, {{"factor", 1.0 / static_cast<double>(c.inputs())}});
  });
  one("Clip", clip);
  one("Elu", [](Call& c) { return c.add("elu", {c[0]}, {{"alpha", c.real("alpha", 1)}}); });
  one("Celu", [](Call& c) { return c.add("celu", {c[0]}, {{"alpha", c.real("alpha", 1)}}); });
  one("Selu", selu);
  one("LeakyRelu", [](Call& c) {
    return c.add("leaky_relu", {c[0]}, {{"slope", c.real("alpha", 0.01)}});
  });
  one("HardSigmoid", [](Call& c) {
    return c.add("hard_sigmoid", {c[0]},
                 {{"slope", c.real("alpha", 0.2)}, {"offset", c.real("beta", 0.5)}});
  });
  one("ThresholdedRelu", [](Call& c) {
    return c.add("threshold", {c[0]}, {{"at", c.real("alpha", 1)}, {"value", 0.0}});
  });
  one("IsInf", is_infinite);
  one("Identity", [](Call& c) { return c[0]; });
  one("Cast", [](Call& c) { return cast(c, static_cast<Element>(c.integer("to", 0))); });
  one("CastLike", [](Call& c) { return c.convert(c[0], c.type(c[1]).dtype); });
  table["Dropout"] = {dropout};
  table["Bernoulli"] = {another_generator};
  table["RandomUniformLike"] = {another_generator};
}

}  // namespace ebb::test::onnx
