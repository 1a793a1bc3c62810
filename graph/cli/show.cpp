// ebb show
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/listing.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/script_writer.hpp"
#include "graph/compile/plan.hpp"
#include "graph/compile/simplify.hpp"
#include "graph/core/gradient.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/training_graph.hpp"

namespace ebb {

namespace {

std::vector<Root> forward_roots(const Model& model) {
  std::vector<Root> roots;
  for (const NamedValue& output : model.outputs)
    roots.push_back({output.name, output.value, "output"});
  if (model.cost)
    roots.push_back(
        {model.cost->name.empty() ? "cost" : model.cost->name, model.cost->value, "cost"});
  for (const NamedValue& metric : model.metrics)
    roots.push_back({metric.name, metric.value, "metric"});
  if (roots.empty())
    for (const auto& [name, value] : model.names) roots.push_back({name, value});
  return roots;
}

// What the plan is made of, with the rewrites up to that of --after alone.
std::vector<Root> rewritten(Model& model, std::vector<Root> roots) {
  Simplifier simplify = simplifier_of(model);
  for (Root& root : roots) root.value = simplify(root.value);
  return roots;
}

// The cost and its gradients, simplified as mathematics: derivatives are not lowered.
std::vector<Root> gradient_roots(Model& model) {
  Simplifier simplify = simplifier_of(model, false);
  const Value objective = objective_of(model);
  std::vector<Value> parameters;
  for (const Parameter& parameter : model.parameters) parameters.push_back(parameter.value);
  const auto gradient = gradients(model.graph, objective, parameters);
  std::vector<Root> roots{{"C", simplify(objective)}};
  for (std::size_t i = 0; i < gradient.size(); ++i)
    roots.push_back({"∂C/∂" + model.parameters[i].name, simplify(gradient[i])});
  return roots;
}

std::vector<Root> update_roots(const Model& model, const TrainingGraph& training) {
  std::vector<Root> roots{{"C", training.objective}};
  for (const Assignment& assignment : training.assignments)
    roots.push_back({model.graph.node(assignment.variable).key + "'", assignment.next});
  return roots;
}

void require_training(const Model& model) {
  if (model.minimizer)
    throw UserError(model.minimizer->def->name +
                        " makes no updates that could be shown: it asks for the cost and its "
                        "gradient at points of its choice",
                    {"--gradients shows these"});
  if (!model.optimizer)
    throw UserError("the script has no optimizer", {"train { optimizer = sgd(0.1) }"});
}

void print_plan(Model& model, Precision precision) {
  const std::int64_t samples =
      model.inputs.empty() ? 1 : std::max<std::int64_t>(1, model.train.minibatch);
  const TrainingGraph training =
      make_training_graph(model, nullptr, {model.memory, precision, samples});
  const Plan plan = plan_of(model, training, precision, samples);
  std::cout << to_string(plan) << "no arena can be smaller than the " << plan.alive_bytes
            << " bytes that one step needs at once\n";
}

void add_options(boost::program_options::options_description& options) {
  options.add_options()("as", word("FORM"), "text, script, or dot for Graphviz (default: text)")(
      "gradients", "the cost and its gradients with respect to the parameters")(
      "update", "a whole training step: the cost, its gradients, the next parameters")(
      "plan", "the steps that a training step is compiled to, and their memory")(
      "rewrites", "the names of the graph's rewrites, in the order in which they are tried")(
      "after", word("REWRITE"), "the graph after this rewrite and those before it");
  add_memory(options);
}

int run(Invocation& invocation) {
  const std::string form = invocation.text("as", "text");
  if (form != "text" && form != "script" && form != "dot")
    throw UsageError("--as is text, script or dot, not `" + form + "`");
  const bool gradients = invocation.has("gradients"), update = invocation.has("update"),
             plan = invocation.has("plan");
  const bool names = invocation.has("rewrites");
  if (gradients + update + plan + names > 1)
    throw UsageError("--gradients, --update, --plan and --rewrites exclude each other");
  if ((plan || names) && form != "text")
    throw UsageError(std::string(plan ? "a plan is" : "rewrites are") + " shown as text only");
  if (invocation.json) throw UsageError("show knows no --json yet; programs read --as dot");
  Model& model = elaborate(invocation, gradients || update || plan, {});
  if (update || plan) require_training(model);
  if (names) {
    for (const std::string& name : rewrite_names(model.rewrites)) std::cout << name << '\n';
    return 0;
  }
  if (plan) {
    print_plan(model, invocation.precision());
    return 0;
  }
  auto roots = gradients ? gradient_roots(model)
               : update  ? update_roots(model, make_training_graph(model, nullptr))
                         : forward_roots(model);
  if (invocation.has("after")) roots = rewritten(model, std::move(roots));
  if (form == "script") {
    print_script(std::cout, model, roots);
    return 0;
  }
  const Listing listing(model.graph, roots);
  if (form == "dot") {
    listing.print_dot(std::cout);
  } else {
    listing.print_text(std::cout);
  }
  return 0;
}

}  // namespace

const Command show_command = {
    "show",
    "the graph, its gradients or the compiled plan, as text or drawing",
    "show SCRIPT [--as text|script|dot] [--gradients | --update | --plan | --rewrites] [flags]",
    "Prints the graph that the script describes, one line per node: its name, its op with "
    "what it works on, its type. Draw it with: ebb show SCRIPT --as dot | dot -Tsvg > "
    "graph.svg\n\n"
    "The graph is shown as it is written. With --after REWRITE it is shown as the rewrites up to "
    "that one leave it, and with --as script as a script that makes that graph; --without REWRITE "
    "leaves one out, here and in every command that takes a script.\n\n"
    "With --gradients, --update or --plan the script is elaborated with `training` true.",
    Takes::script,
    &add_options,
    &run};

}  // namespace ebb
