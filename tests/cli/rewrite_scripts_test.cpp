// Each rewrite by itself, as a script in and a script out: tests/golden/rewrites.txt, in the order
// in which rewrites are tried. To renew what comes out, run with EBB_UPDATE_GOLDENS=1, and read it.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "graph/cli/roots.hpp"
#include "graph/cli/script_writer.hpp"
#include "graph/compile/simplify.hpp"
#include "tests/support/model.hpp"

using namespace ebb;
using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(rewrite_scripts)

namespace {

constexpr const char* file = EBB_SOURCE_DIR "/tests/golden/rewrites.txt";

struct Case {
  std::string rewrite, in, out;
};

std::vector<Case> cases() {
  std::ifstream lines(file);
  BOOST_REQUIRE(lines);
  std::vector<Case> all;
  std::string* part = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("== ")) {
      all.push_back({line.substr(3), {}, {}});
      part = &all.back().in;
    } else if (line == "->") {
      part = &all.back().out;
    } else if (!line.empty()) {
      *part += line + '\n';
    }
  }
  return all;
}

// The script's graph, with its data in the place of its inputs, after all rewrites but `without`.
std::string rewritten(const std::string& script, std::vector<std::string> without) {
  const auto model = model_of(script, for_training());
  Simplifier simplify(model->graph, model->rewrites, {.without = std::move(without)});
  if (const DataBlock* block = model->find_data("train"))
    for (std::size_t i = 0; i < block->bindings.size(); ++i)
      simplify.substitute(model->inputs[i].value, block->bindings[i].value);
  auto roots = forward_roots(*model);
  for (Root& root : roots) root.value = simplify(root.value);
  std::ostringstream out;
  print_script(out, *model, roots);
  return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_rewrite_makes_of_a_script_another) {
  const auto model = model_of("x = 1\n");
  const auto names = rewrite_names(model->rewrites);
  auto all = cases();
  BOOST_REQUIRE(all.size() == names.size());
  std::ostringstream renewed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    BOOST_REQUIRE(all[i].rewrite == names[i]);
    auto others = names;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const std::string out = rewritten(all[i].in, others);
    BOOST_TEST(out != rewritten(all[i].in, names), names[i] << " does nothing");
    BOOST_TEST((std::getenv("EBB_UPDATE_GOLDENS") || out == all[i].out), names[i] << " makes\n"
                                                                                  << out
                                                                                  << "and not\n"
                                                                                  << all[i].out);
    renewed << (i == 0 ? "" : "\n") << "== " << names[i] << '\n' << all[i].in << "->\n" << out;
  }
  if (std::getenv("EBB_UPDATE_GOLDENS")) std::ofstream(file) << renewed.str();
}

BOOST_AUTO_TEST_SUITE_END()
