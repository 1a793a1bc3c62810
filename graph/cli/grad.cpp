// ebb grad
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/text.hpp"
#include "graph/run/data/safetensors.hpp"
#include "graph/run/inference.hpp"

namespace ebb {

namespace {

using NamedArrays = std::vector<std::pair<std::string, Array>>;

// `cost` is no name that a value of a script can have, so it never hides one.
void print_json(const NamedArrays& results) {
  Json line = Json::object();
  for (const auto& [name, array] : results) line[name] = to_json(array);
  print_line(line);
}

void print_text(const NamedArrays& results) {
  std::cout << "cost "
            << exact_number(results[0].second.at(0), results[0].second.dtype == DType::f32) << '\n';
  for (std::size_t i = 1; i < results.size(); ++i) {
    const auto& [name, array] = results[i];
    std::cout << "∂C/∂" << name;
    if (is_one_line(array)) {
      std::cout << " = " << to_text(array);
    } else {
      std::cout << ' ' << dims_of(array) << '\n' << to_text(array, 2);
    }
  }
}

void add_grad_options(boost::program_options::options_description& options) {
  options.add_options()("wrt", words("NAME"),
                        "a parameter, an input or another named value; repeat it for several "
                        "(default: all parameters)")(
      "out", word("FILE"), "write a .safetensors file: tensors by these names, and `cost`")(
      "training", "elaborate the script with `training` true (dropout and the like are active)");
  add_weights(options);
  add_samples(options);
}

int run_grad(Invocation& invocation) {
  const InputSource source = chosen_samples(invocation, outline_of(invocation));
  Model& model = elaborate(invocation, invocation.has("training"), blocks_of(source));
  Store store = first_values(invocation, model);
  const auto results =
      gradients_of(model, invocation.texts("wrt"), source, store, invocation.precision());
  if (invocation.has("out")) {
    write_safetensors(invocation.text("out"), {results, {}});
    if (invocation.json)
      print_line({{"cost", to_json(results[0].second)}, {"out", invocation.text("out")}});
  } else if (invocation.json) {
    print_json(results);
  } else {
    print_text(results);
  }
  return 0;
}

}  // namespace

const Command grad_command = {
    "grad",
    "the gradient of the cost, as numbers",
    "grad SCRIPT [--on BLOCK --samples A..B | --input NAME=FILE ...] [flags]",
    "Prints the objective (the mean cost over the given samples) and its gradient with "
    "respect to the parameters, or to what --wrt names. The gradient of a per-sample value "
    "has the sample as its first dimension. The script is elaborated with `training` "
    "false.",
    Takes::script,
    &add_grad_options,
    &run_grad};

}  // namespace ebb
