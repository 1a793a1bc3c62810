// Nodes of ONNX that are functions of Ebb's script library.
#include <algorithm>

#include "tests/onnx/scripted.hpp"

namespace ebb::test::onnx {

namespace {

// y, given by an expression of x, which is shared.
void function(Scripted& s, const std::string& expression) {
  s.script("param x" + literal(s.input(0).dims) + " ~ zeros\ny = " + expression + "\noutput y\n",
           false);
  s.set("x", s.input(0));
  s.give(s.value("y"));
}

std::int64_t rank(Scripted& s) { return static_cast<std::int64_t>(s.input(0).dims.size()); }

// Dimensions, which are an attribute or, later, an input.
Dims axes(Scripted& s) { return s.inputs() > 1 ? s.integers(1) : s.integers("axes", Dims{}); }

void squeeze(Scripted& s) {
  function(s, "squeeze(x, " + literal(Scripted::dims_in_order(axes(s), rank(s))) + ")");
}

void unsqueeze(Scripted& s) {
  const Dims added = axes(s);
  const std::int64_t wider = rank(s) + static_cast<std::int64_t>(added.size());
  function(s, "unsqueeze(x, " + literal(Scripted::dims_in_order(added, wider)) + ")");
}

// ONNX stretches both ways: what is asked for may be narrower than x. It aligns at the last
// dimension.
void expand(Scripted& s) {
  Dims wanted = s.integers(1), dims = s.input(0).dims;
  const std::size_t wider = std::max(wanted.size(), dims.size());
  dims.insert(dims.begin(), wider - dims.size(), 1);
  wanted.insert(wanted.begin(), wider - wanted.size(), 1);
  for (std::size_t d = 0; d < wider; ++d)
    if (wanted[d] == 1) wanted[d] = dims[d];
  function(s, "expand(reshape(x, " + literal(dims) + "), " + literal(wanted) + ")");
}

void split(Scripted& s) {
  const std::size_t parts = s.node().outputs.size();
  const Dims sizes = s.inputs() > 1 ? s.integers(1) : s.integers("split", Dims{});
  std::string script = "param x" + literal(s.input(0).dims) + " ~ zeros\nparts = split(x, " +
                       (sizes.empty() ? std::to_string(parts) : literal(sizes)) +
                       ", dim = " + std::to_string(Scripted::dim(s.integer("axis", 0), rank(s))) +
                       ")\n";
  for (std::size_t i = 0; i < parts; ++i)
    script += fill_in("part{0} = parts[{0}]\noutput part{0}\n", {std::to_string(i)});
  s.script(script, false);
  s.set("x", s.input(0));
  for (std::size_t i = 0; i < parts; ++i) s.give(s.value("part" + std::to_string(i)));
}

// The first dimension is the batch; ONNX keeps the dimensions of space, as 1.
void global_pool(Scripted& s, const char* function) {
  const Dims& x = s.input(0).dims;
  Dims kept(x.size() - 1, 1);
  kept[0] = x[1];
  s.script(fill_in("input x{0}\ny = reshape({1}(x), {2})\noutput y\n",
                   {literal({x.begin() + 1, x.end()}), function, literal(kept)}),
           false);
  s.computation().samples = x[0];
  s.set("x", s.input(0));
  s.give(s.value("y"));
}

}  // namespace

void script_functions(Scripts& scripts) {
  scripts["Squeeze"] = {squeeze};
  scripts["Unsqueeze"] = {unsqueeze};
  scripts["Expand"] = {expand};
  scripts["Split"] = {split};
  scripts["GlobalMaxPool"] = {[](Scripted& s) { global_pool(s, "global_max_pool"); }};
  scripts["GlobalAveragePool"] = {[](Scripted& s) { global_pool(s, "global_avg_pool"); }};
}

}  // namespace ebb::test::onnx
