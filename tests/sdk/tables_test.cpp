// Tables of the plugin boundary are only appended to: today's headers against frozen ones.
#include "tests/sdk/tables.hpp"

#include <stddef.h>
#include <stdint.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace ebb::test;

BOOST_AUTO_TEST_SUITE(tables)

namespace {

// "double", "int (*)(ebb_context*, ...)": as the compiler spells it, without the version's
// namespace.
template <class T>
std::string type_name() {
  std::string text = __PRETTY_FUNCTION__;
  for (const char* space :
       {"v1_0::", "v1_2::", "now::", "{anonymous}::", "(anonymous namespace)::"})
    for (std::size_t at = 0; (at = text.find(space)) != std::string::npos;)
      text.erase(at, std::string(space).size());
  const std::size_t begin = text.find("T = ") + 4;
  return text.substr(begin, std::min(text.find(';', begin), text.rfind(']')) - begin);
}

}  // namespace

// Each version in a namespace of its own. The lists of names are made by list_tables.cpp.
#define TABLE(T) result.tables[#T].size = sizeof(T);
#define FIELD(T, F) \
  result.tables[#T].fields.push_back({#F, type_name<decltype(T::F)>(), offsetof(T, F)});
#define VALUE(V) result.values[#V] = V;

namespace v1_0 {
#include "tests/sdk/v1_0/ebb_plugin.h"
Tables tables() {
  Tables result;
#include "tables_v1_0.inc"
  return result;
}
}  // namespace v1_0

#undef EBB_PLUGIN_H
#undef EBB_SDK_MINOR
#define EBB_EXTENSIONS_H
#define ebb_plugin_begin begin_v1_2  // C functions share their names across namespaces
namespace v1_2 {
#include "tests/sdk/v1_2/ebb_plugin.h"
#undef EBB_EXTENSIONS_H
#include "tests/sdk/v1_2/ebb_extensions.h"
Tables tables() {
  Tables result;
#include "tables_v1_2.inc"
  return result;
}
}  // namespace v1_2

#undef EBB_PLUGIN_H
#undef EBB_EXTENSIONS_H
#undef EBB_SDK_MAJOR
#undef EBB_SDK_MINOR
#undef EBB_MAX_RANK
#undef EBB_EXPORT
#undef ebb_plugin_begin
namespace now {
#include "graph/sdk/ebb_plugin.h"
Tables tables() {
  Tables result;
#include "tables_now.inc"
  return result;
}
}  // namespace now

BOOST_AUTO_TEST_CASE(today_only_appends_to_version_1_0) {
  const Tables then = v1_0::tables();
  BOOST_TEST(then.tables.size() == 14u);
  BOOST_TEST(then.tables.at("ebb_op").fields.size() == 29u);
  BOOST_TEST(breaches(then, now::tables()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(today_only_appends_to_version_1_2) {
  const Tables then = v1_2::tables();
  BOOST_TEST(then.tables.size() == 29u);
  BOOST_TEST(then.tables.at("ebb_op").fields.size() == 37u);
  BOOST_TEST(breaches(then, now::tables()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

// The frozen ones in the order of their versions, so that none was changed to please a test.
BOOST_AUTO_TEST_CASE(version_1_2_only_appends_to_version_1_0) {
  BOOST_TEST(breaches(v1_0::tables(), v1_2::tables()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(types_are_told_apart_and_spelled_alike_in_all_versions) {
  const Tables then = v1_0::tables();
  BOOST_TEST(then.tables.at("ebb_type").find("dims")->type == type_name<std::int64_t[8]>());
  BOOST_TEST(then.tables.at("ebb_kernel_call").find("inputs")->type ==
             type_name<const now::ebb_tensor*>());
  BOOST_TEST(then.tables.at("ebb_host").find("fail")->type ==
             (type_name<int (*)(now::ebb_context*, const char*, const char*)>()));
  BOOST_TEST((type_name<const float*>() != type_name<const double*>()));
}

BOOST_AUTO_TEST_CASE(every_change_but_appending_is_found) {
  Tables then;
  then.tables["a"] = {16, {{"size", "unsigned long", 0}, {"x", "int", 8}}};
  then.tables["fixed"] = {8, {{"x", "double", 0}}};
  then.values["ONE"] = 1;
  const auto breaches_of = [&](auto&& change) {
    Tables now = then;
    change(now);
    return breaches(then, now);
  };
  using Found = std::vector<std::string>;
  const auto is = boost::test_tools::per_element();
  BOOST_TEST(breaches_of([](Tables&) {}) == Found{}, is);
  BOOST_TEST(breaches_of([](Tables& t) {
               t.tables["a"].size = 24;
               t.tables["a"].fields.push_back({"y", "double", 16});
               t.tables["b"] = {};
               t.values["TWO"] = 2;
             }) == Found{},
             is);
  BOOST_TEST(breaches_of([](Tables& t) { t.tables.erase("a"); }) == Found{"a is gone"}, is);
  BOOST_TEST(
      breaches_of([](Tables& t) { t.tables["a"].fields.pop_back(); }) == Found{"a.x is gone"}, is);
  BOOST_TEST(
      breaches_of([](Tables& t) { t.tables["a"].fields[1].offset = 12; }) == Found{"a.x has moved"},
      is);
  BOOST_TEST(breaches_of([](Tables& t) { t.tables["a"].fields[1].type = "unsigned int"; }) ==
                 Found{"a.x was int and is unsigned int"},
             is);
  // In what was padding: an older plugin leaves anything there.
  BOOST_TEST(breaches_of([](Tables& t) {
               t.tables["a"].fields.push_back({"y", "int", 12});
             }) == Found{"a.y lies within the table as it was"},
             is);
  BOOST_TEST(breaches_of([](Tables& t) { t.tables["a"].size = 8; }) ==
                 Found{"a has shrunk, or does not begin with its size"},
             is);
  BOOST_TEST(breaches_of([](Tables& t) { t.tables["fixed"].size = 16; }) ==
                 Found{"fixed does not begin with its size, so it may not grow or shrink"},
             is);
  BOOST_TEST(breaches_of([](Tables& t) { t.values["ONE"] = 2; }) == Found{"ONE was 1 and is 2"},
             is);
  BOOST_TEST(breaches_of([](Tables& t) { t.values.clear(); }) == Found{"ONE is gone"}, is);
}

BOOST_AUTO_TEST_SUITE_END()
