// ebb show
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>

#include "graph/cli/commands.hpp"
#include "graph/cli/drawing.hpp"
#include "graph/cli/graph_json.hpp"
#include "graph/cli/graphviz.hpp"
#include "graph/cli/listing.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/plan_drawing.hpp"
#include "graph/cli/roots.hpp"
#include "graph/cli/script.hpp"
#include "graph/cli/script_writer.hpp"
#include "graph/compile/plan.hpp"
#include "graph/compile/simplify.hpp"
#include "graph/run/data/file.hpp"
#include "graph/run/trainer.hpp"
#include "graph/run/training_graph.hpp"

namespace ebb {

namespace {

// Of a plan whose drawing is not folded by itself.
constexpr std::size_t most_unfolded_steps = 60;

// What the plan is made of, with the rewrites up to that of --after alone.
std::vector<Root> rewritten(Model& model, std::vector<Root> roots) {
  Simplifier simplify = simplifier_of(model);
  for (Root& root : roots) root.value = simplify(root.value);
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

Plan plan_of_step(Model& model, Precision precision) {
  const std::int64_t samples =
      model.inputs.empty() ? 1 : std::max<std::int64_t>(1, model.train.minibatch);
  const TrainingGraph training =
      make_training_graph(model, nullptr, {model.memory, precision, samples});
  return passes_of(model, training, precision, samples).update;
}

// What is shown, and how.
struct Wanted {
  std::string form;
  bool gradients = false, update = false, plan = false, rewrites = false;
  std::optional<std::int64_t> depth = {};

  bool drawn() const { return form == "dot" || form == "svg" || form == "png"; }
};

std::optional<std::int64_t> depth_of(const Invocation& invocation) {
  if (!invocation.has("depth")) return {};
  const std::string text = invocation.text("depth");
  if (text == "all") return DrawingOptions::all;
  std::int64_t depth = -1;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, depth);
  if (error != std::errc() || stopped != end || depth < 0)
    throw UsageError("--depth is a whole number of at least 0, or all, not `" + text + "`");
  return depth;
}

// As --as and --json say, or the extension of the file that is written.
std::string form_of(const Invocation& invocation) {
  if (invocation.json && invocation.text("as", "json") != "json")
    throw UsageError("--json means --as json");
  if (invocation.json) return "json";
  if (invocation.has("as")) return invocation.text("as");
  const std::string file = invocation.text("out");
  std::string extension = std::filesystem::path(file).extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension.empty() || extension == ".txt") return "text";
  if (extension == ".gv") return "dot";
  if (extension == ".ebb") return "script";
  for (const char* form : {"svg", "png", "dot", "json"})
    if (extension == std::string(".") + form) return form;
  throw UsageError("--out " + file + ": no form has that extension; --as says which it shall be: " +
                   "text, script, json, svg, png or dot");
}

Wanted wanted_of(const Invocation& invocation) {
  const auto has = [&](const char* flag) { return invocation.has(flag); };
  Wanted wanted{form_of(invocation), has("gradients"), has("update"),
                has("plan"),         has("rewrites"),  depth_of(invocation)};
  const std::string& form = wanted.form;
  if (form != "text" && form != "script" && form != "json" && !wanted.drawn())
    throw UsageError("--as is text, script, json, svg, png or dot, not `" + form + "`");
  if (wanted.gradients + wanted.update + wanted.plan + wanted.rewrites > 1)
    throw UsageError("--gradients, --update, --plan and --rewrites exclude each other");
  if (wanted.rewrites && form != "text") throw UsageError("rewrites are shown as text only");
  if (wanted.plan && (form == "script" || form == "json"))
    throw UsageError("a plan is shown as text or drawn");
  if (has("depth") && !wanted.drawn())
    throw UsageError("--depth unfolds a drawing: --as svg, png or dot");
  if (form == "png" && !has("out") && ::isatty(STDOUT_FILENO))
    throw UsageError("a PNG is no text for a terminal; --out FILE writes it to a file");
  return wanted;
}

std::string title_of(const Invocation& invocation) {
  return std::filesystem::path(invocation.subject).filename().string();
}

std::string as_text(const Invocation& invocation, const Wanted& wanted, Model& model) {
  std::ostringstream out;
  if (wanted.rewrites) {
    for (const std::string& name : rewrite_names(model.rewrites)) out << name << '\n';
    out << parts_in_place << '\n';
    return out.str();
  }
  if (wanted.plan) {
    const Plan plan = plan_of_step(model, invocation.precision());
    if (wanted.drawn()) {
      const bool is_long = plan.steps.size() > most_unfolded_steps;
      return drawing_of(
          model, plan,
          {wanted.depth.value_or(is_long ? 0 : DrawingOptions::all), title_of(invocation)});
    }
    out << to_string(plan) << "no arena can be smaller than the " << plan.alive_bytes
        << " bytes that one step needs at once\n";
    return out.str();
  }
  std::vector<State> states;
  std::vector<Root> roots;
  if (wanted.update) {
    TrainingGraph training = make_training_graph(model, nullptr);
    roots = update_roots(model, training);
    states = std::move(training.rule_states);
  } else {
    roots = wanted.gradients ? gradient_roots(model) : forward_roots(model);
  }
  if (invocation.has("after")) roots = rewritten(model, std::move(roots));
  if (wanted.form == "script") {
    print_script(out, model, roots, states);
  } else if (wanted.form == "json") {
    out << one_line(json_of(model.graph, roots));
  } else if (wanted.form == "text") {
    Listing(model.graph, roots).print_text(out);
  } else {
    out << drawing_of(model, roots, {wanted.depth.value_or(0), title_of(invocation)});
  }
  return out.str();
}

void add_show_options(boost::program_options::options_description& options) {
  options.add_options()("as", word("FORM"),
                        "text, script, json, svg, png or dot (default: text); the last three are "
                        "drawings, dot in Graphviz' language")(
      "out", word("FILE"),
      "write to this file instead of standard output; without --as its extension says the form: "
      ".ebb, .json, .svg, .png, .dot or .gv")(
      "depth", word("N"),
      "how many levels of calls a drawing unfolds, or all (default: 0; of a plan of at most 60 "
      "steps all)")("gradients", "the cost and its gradients with respect to the parameters")(
      "update", "a whole training step: the cost, its gradients, the next parameters")(
      "plan",
      "the steps that a training step is compiled to, and their memory; those that convert data "
      "are not among them, which profile counts")(
      "rewrites", "the names of the graph's rewrites, in the order in which they are tried")(
      "after", word("REWRITE"), "the graph after this rewrite and those before it");
  add_memory(options);
}

int run_show(Invocation& invocation) {
  const Wanted wanted = wanted_of(invocation);
  Model& model = elaborate(invocation, wanted.gradients || wanted.update || wanted.plan, {});
  if (wanted.update || wanted.plan) require_training(model);
  std::string text = as_text(invocation, wanted, model);
  if (wanted.drawn() && wanted.form != "dot") text = draw(text, wanted.form);
  if (invocation.has("out")) {
    const std::span<const std::byte> bytes = bytes_of(std::string_view(text));
    write_file(invocation.text("out"), {&bytes, 1});
    invocation.note("wrote " + invocation.text("out"));
    if (invocation.json) print_line({{"out", invocation.text("out")}});
  } else {
    std::cout << text;
  }
  return 0;
}

}  // namespace

const Command show_command = {
    "show",
    "the graph, its gradients or the compiled plan, as text or drawing",
    "show SCRIPT [--as FORM] [--gradients | --update | --plan | --rewrites] [flags]",
    "Prints the graph that the script describes, one line per node: its name, its op with "
    "what it works on, its type. Or draws it, by Graphviz: ebb show SCRIPT --out graph.svg\n\n"
    "A drawing folds each call of a layer or a function to a box, with its parameters; --depth "
    "unfolds so many levels of calls. An edge bears the shape of what flows along it, none a "
    "scalar; what all samples share is dashed. With --gradients what differentiation has made "
    "stands beside what it was made of, in another colour. The drawing of a plan folds calls only "
    "where it has more than 60 steps, or with --depth: the steps of a call, those of several calls "
    "with the first of them, and all updates by a rule are a box each.\n\n"
    "The graph is shown as it is written; of its gradients, which nobody wrote, the simplified "
    "form. With --after REWRITE it is shown as the rewrites up to that one leave it, and with --as "
    "script as a script that makes that graph; --without REWRITE "
    "leaves one out, here and in every command that takes a script. The last of them, \"parts in "
    "place\", is none of the graph but of the plan: slices that are read, and concatenations that "
    "are written, where they are.\n\n"
    "--as json, or --json, is one object for programs: `nodes`, inputs before what reads them, "
    "each "
    "with its id, which is its place in the list, its op, name, attributes, outputs (type, shape, "
    "per_sample), its inputs as [node, output], and the place in the script where it is made; and "
    "`roots`, each with its name, its statement and its value as [node, output].\n\n"
    "With --gradients, --update or --plan the script is elaborated with `training` true.",
    Takes::script,
    &add_show_options,
    &run_show};

}  // namespace ebb
