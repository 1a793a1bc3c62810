#include "graph/core/op.hpp"

#include <boost/test/unit_test.hpp>
#include <ebb/plugin.hpp>

#include "graph/core/diagnostic.hpp"
#include "graph/core/host.hpp"
#include "graph/core/records.hpp"

using namespace ebb;

BOOST_AUTO_TEST_SUITE(op)

namespace {

// Registers what `build` describes and returns the message of the refusal, or "".
std::string refusal(void (*build)(sdk::Plugin&)) {
  static void (*current)(sdk::Plugin&);
  current = build;
  OpRegistry registry;
  try {
    registry.load([](const ebb_host* host, ebb_context* context, ebb_plugin_info* info) {
      if (ebb_plugin_begin(host, info, "sample", "1") != EBB_OK) return int{EBB_FAILED};
      sdk::Plugin plugin;
      current(plugin);
      return plugin.register_all(host, context);
    });
  } catch (const UserError& e) {
    return e.diagnostic().message;
  }
  return "";
}

// A tensor op that returns its input.
sdk::Op identity(sdk::Plugin& p) {
  return p.op("k")
      .doc("d")
      .input("x")
      .infer([](sdk::Inference& c) { c.out[0].dims = c.in[0].dims; })
      .kernel([](const sdk::Kernel&) {});
}

std::string attribute_error(const NamedAttrs& attrs) {
  static const OpRegistry registry;
  try {
    resolve_attributes(registry.get("broadcast"), attrs);
  } catch (const OpError& e) {
    return e.hint.empty() ? e.message : e.message + " | " + e.hint;
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_structural_primitives_are_always_there) {
  const OpRegistry registry;
  BOOST_TEST(registry.core().matmul == registry.find("matmul"));
  BOOST_TEST(registry.core().add == registry.find_operator("+"));
  BOOST_TEST(registry.find("no such op") == nullptr);
  BOOST_CHECK_THROW(registry.get("no such op"), InternalError);
}

BOOST_AUTO_TEST_CASE(a_complete_record_is_taken) {
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               p.op("twice").doc("2 x").input("x").elementwise([](auto x) { return 2 * x; });
             }) == "");
}

BOOST_AUTO_TEST_CASE(incomplete_records_are_refused_with_what_is_missing) {
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               p.op("twice").input("x").elementwise([](auto x) { return 2 * x; });
             }) == "plugin sample: op `twice`: documentation is missing");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               p.op("add").doc("again").input("x").elementwise([](auto x) { return x; });
             }) == "plugin sample: op `add`: an op of this name is already registered");
  BOOST_TEST(refusal([](sdk::Plugin& p) { p.op("nothing").doc("no kernel").input("x"); }) ==
             "plugin sample: op `nothing`: it needs elementwise kernels, or a type rule and "
             "kernels for float "
             "and double");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               p.op("k").doc("d").input("x").attr("a", 1.0, "").elementwise([](auto x, auto a) {
                 return a * x;
               });
             }) == "plugin sample: op `k`: an attribute needs a name and documentation");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               p.op("k")
                   .doc("d")
                   .input("x")
                   .elementwise([](auto x) { return x; })
                   .gradient_by_definition("");
             }) == "plugin sample: op `k`: a gradient by definition needs its reason");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               p.op("k")
                   .doc("d")
                   .input("x")
                   .infer([](sdk::Inference&) {})
                   .kernel([](const sdk::Kernel&) {})
                   .monotone();
             }) == "plugin sample: op `k`: only an elementwise op can be monotone");
}

BOOST_AUTO_TEST_CASE(a_range_that_is_an_interval_bounds_the_result) {
  const auto bounds = [](const char* range) {
    ebb_op record{};
    record.size = sizeof record;
    record.name = record.doc = "k";
    record.range = range;
    record.output_count = 1;
    const auto kernel = [](const void*, const void* const*, const std::int64_t*, void*,
                           std::int64_t, const ebb_attr*) {};
    const ebb_signature signature{sizeof(ebb_signature), EBB_REAL, {EBB_REAL}, kernel, kernel};
    ebb_input_def input{};
    input.size = sizeof input;
    input.name = "x";
    input.dtype = EBB_REAL;
    record.signatures = &signature;
    record.inputs = &input;
    record.signature_count = record.input_count = 1;
    return to_string(import_op(record, "sample").output);
  };
  BOOST_TEST(bounds("(0, 1]") == "(0, 1]");
  BOOST_TEST(bounds("[-1.5, inf)") == "[-1.5, inf)");
  BOOST_TEST(bounds("{false, true}") == "[0, 1]");
  BOOST_TEST(bounds("whole numbers") == "(-inf, inf)");
}

BOOST_AUTO_TEST_CASE(what_sums_over_samples_is_an_attribute_that_is_false_by_default) {
  const std::string wrong =
      "plugin sample: op `k`: `total` sums over the samples, but is no attribute that is false by "
      "default";
  BOOST_TEST(refusal([](sdk::Plugin& p) { identity(p).over_samples("total"); }) == wrong);
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               identity(p).attr("total", true, "t").over_samples("total");
             }) == wrong);
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               identity(p).attr("total", false, "t").over_samples("total");
             }) == "");
  BOOST_TEST(refusal([](sdk::Plugin& p) {
               identity(p).attr("total", false, "t").over_samples("total").outputs(2);
             }) == "plugin sample: op `k`: an op that sums over the samples has one output");
}

BOOST_AUTO_TEST_CASE(attributes_are_checked_against_the_record) {
  BOOST_TEST(attribute_error({{"shape", std::vector<std::int64_t>{2}}}) == "");
  BOOST_TEST(attribute_error({}) == "broadcast needs its attribute `shape`: the wider shape");
  BOOST_TEST(attribute_error({{"shpae", 1.0}}) ==
             "broadcast has no attribute `shpae` | did you mean `shape`?");
  BOOST_TEST(attribute_error({{"shape", 2.5}}) ==
             "broadcast: shape must be a list of whole numbers, but is 2.5");
  BOOST_TEST(attribute_error({{"shape", std::vector<double>{2, 0.5}}}) ==
             "broadcast: shape must be a list of whole numbers, but is [2, 0.5]");
  BOOST_TEST(attribute_error({{"shape", 3.0}, {"per_sample", std::string("yes")}}) ==
             "broadcast: per_sample must be true or false, but is \"yes\"");
}

BOOST_AUTO_TEST_CASE(bounds_name_the_interval) {
  OpDef op;
  op.name = "clip";
  AttrDef def;
  def.name = "p";
  def.doc = "a probability";
  def.kind = EBB_ATTR_REAL;
  def.lower = 0;
  def.upper = 1;
  def.upper_excluded = true;
  op.attrs.push_back(def);
  const auto message = [&](double p) -> std::string {
    try {
      resolve_attributes(op, {{"p", p}});
    } catch (const OpError& e) {
      return e.message;
    }
    return "";
  };
  BOOST_TEST(message(0) == "");
  BOOST_TEST(message(1) == "clip: p must lie in [0, 1), but is 1");
  BOOST_TEST(message(-0.5) == "clip: p must lie in [0, 1), but is -0.5");
}

BOOST_AUTO_TEST_CASE(placeholders_become_what_the_user_wrote) {
  BOOST_TEST(fill_in("{0} is [2], {1} is [3], {2}, {x}, {", {"w", "x"}) ==
             "w is [2], x is [3], input 3, {x}, {");
}

BOOST_AUTO_TEST_SUITE_END()
