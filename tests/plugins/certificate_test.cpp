#include "graph/core/certificate.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "graph/run/data/safetensors.hpp"
#include "ops/ops.hpp"
#include "tests/plugins/plugged.hpp"

using namespace ebb;
using namespace ebb::test;
using Json = nlohmann::ordered_json;

namespace {

// The plugin `right`, and certificates kept in the scratch folder.
struct Cached : Plugged {
  Cached() {
    all.load(&ebb_ops_main);
    ::setenv("XDG_CACHE_HOME", folder().c_str(), 1);
  }
  ~Cached() { ::unsetenv("XDG_CACHE_HOME"); }
  Certificate made(Kept kept = Kept::use) { return certify(all, plugins.use("right"), kept); }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& file : std::filesystem::directory_iterator(certificate_folder()))
      found.push_back(file.path());
    return found;
  }
  Registry all;
  Plugins plugins{all, {EBB_TEST_PLUGINS}, {}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(certificate, Cached)

BOOST_AUTO_TEST_CASE(it_is_kept_by_the_hash_of_the_library) {
  const Certificate first = made();
  BOOST_TEST(first.plugin == "right");
  BOOST_TEST(first.version == "1.0");
  BOOST_TEST(first.hash.size() == 32u);
  BOOST_REQUIRE(first.ops.size() == 1u);
  BOOST_TEST(first.ops[0].first > 0);
  BOOST_REQUIRE(files().size() == 1u);
  BOOST_TEST(files()[0].filename() ==
             first.hash + "-sdk" + first.sdk + "-ebb" + first.ebb + ".json");
  BOOST_TEST(read_file(files()[0]) == to_json(first) + "\n");
  Json other = Json::parse(to_json(first));
  other["ops"][0]["kernel_runs"] = 7;
  std::ofstream(files()[0]) << other;
  BOOST_TEST(made().ops[0].kernel_runs == 7);
  BOOST_TEST(to_json(made(Kept::renew)) == to_json(first));
  BOOST_TEST(to_json(made()) == to_json(first));
}

BOOST_AUTO_TEST_CASE(a_damaged_one_is_made_anew) {
  const std::string whole = to_json(made());
  Json foreign = Json::parse(whole);
  foreign["hash"] = std::string(32, '0');
  for (const std::string& damaged :
       {std::string(), whole.substr(0, whole.size() / 2), std::string("[]"), foreign.dump()}) {
    std::ofstream(files()[0]) << damaged;
    BOOST_TEST(to_json(made()) == whole);
    BOOST_TEST(read_file(files()[0]) == whole + "\n");
  }
}

BOOST_AUTO_TEST_CASE(without_a_folder_each_run_proves) {
  ::setenv("XDG_CACHE_HOME", "/dev/null", 1);
  BOOST_TEST(made().ops[0].first > 0);
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  const char* home = std::getenv("HOME");
  const std::string before = home ? home : "";
  ::unsetenv("HOME");
  BOOST_TEST(certificate_folder().empty());
  BOOST_TEST(made().ops[0].first > 0);
  ::setenv("HOME", "/nowhere", 1);
  BOOST_TEST(certificate_folder() == "/nowhere/.cache/ebb/certificates");
  if (home)
    ::setenv("HOME", before.c_str(), 1);
  else
    ::unsetenv("HOME");
}

BOOST_AUTO_TEST_CASE(verify_prints_it) {
  const Certificate proved = made();
  const OpProof& op = proved.ops.at(0);
  const Outcome outcome = ebb({"plugin", "verify", "right"});
  BOOST_TEST(outcome.status == 0);
  char difference[32];
  std::snprintf(difference, sizeof difference, "%.2g", op.difference);
  BOOST_TEST(outcome.out ==
             "right 1.0 is proved: right.so\n  hash " + proved.hash + "\n  built for SDK " +
                 proved.sdk + "; proved for SDK " + proved.sdk + ", Ebb " + proved.ebb +
                 "\n\n  right_cube\n    gradients agree with central differences: " +
                 std::to_string(op.first) + " derivatives, " + std::to_string(op.second) +
                 " of second order; largest difference " + difference +
                 "\n    kernels keep to their memory and give the same bits: " +
                 std::to_string(op.kernel_runs) + " runs\n");
  BOOST_TEST(ebb({"plugin", "verify", file("right"), "--json"}) ==
             (Outcome{0, to_json(proved) + "\n", ""}));
  BOOST_TEST(ebb({"plugin", "verify"}) ==
             (Outcome{2, "",
                      "ebb plugin: which plugin? its name, or its file NAME.so\ntry `ebb help "
                      "plugin`\n"}));
  const Outcome wrong = ebb({"plugin", "verify", "wrong_gradient"});
  BOOST_TEST(wrong == (Outcome{1, "", refusal(file("wrong_gradient"))}));
}

BOOST_AUTO_TEST_CASE(no_verify_warns_and_the_weights_say_so) {
  write("m.ebb",
        "use wrong_gradient\nparam w ~ constant(2)\ncost wrong_square(w)\n"
        "train { optimizer = sgd(0.1)\n steps = 2 }\n");
  const std::string warning = "warning: the plugin wrong_gradient is not proved (--no-verify)\n";
  BOOST_TEST(ebb({"train", "m.ebb", "--no-verify"}).err == warning);
  const TensorFile file = read_safetensors(path("out/m/weights.safetensors"));
  BOOST_TEST(file.metadata.at("unproved plugins") == "wrong_gradient");
  BOOST_TEST(ebb({"train", "m.ebb", "--no-verify", "--quiet"}).err == "");
  write("m.ebb",
        "use right\nparam w ~ constant(2)\ncost right_cube(w)\n"
        "train { optimizer = sgd(0.1)\n steps = 2 }\n");
  BOOST_TEST(ebb({"train", "m.ebb"}).err == "");
  BOOST_TEST(
      !read_safetensors(path("out/m/weights.safetensors")).metadata.contains("unproved plugins"));
}

BOOST_AUTO_TEST_SUITE_END()
