// Scripts are data: what they may read.
#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

namespace fs = std::filesystem;

// A script that reads two samples from the files that it names so.
std::string script_reading(const std::string& name) {
  return "input x[2]\nparam w[2] ~ zeros\ncost sum((w .* x) .^ 2)\n"
         "data train { x = idx(\"" +
         name + "\") }\ntrain { optimizer = sgd(0.1); epochs = 1 }\n";
}

// Two samples of two bytes.
const std::string idx_file("\0\0\x08\2\0\0\0\2\0\0\0\2\1\2\3\4", 16);

// A folder `home` for the script and a folder `data`, beside what it has no business with.
struct Folders : Binary {
  Folders() {
    for (const char* folder : {"home", "home/sub", "data", "else"})
      fs::create_directory(path(folder));
    for (const char* file : {"home/x.idx", "home/sub/x.idx", "data/x.idx", "else/x.idx"})
      write(file, idx_file);
    fs::create_symlink("../else/x.idx", path("home/out.idx"));
    fs::create_symlink("../else", path("data/out"));
    fs::create_symlink("sub/x.idx", path("home/in.idx"));
    write("else/part.ebb", "option more = 1 \"of it\"\n");
    write("home/part.ebb", "option more = 2 \"of it\"\n");
  }
  Outcome reading(const std::string& name, const std::vector<std::string>& flags = {}) const {
    write("home/m.ebb", script_reading(name));
    std::vector<std::string> words{"train", "home/m.ebb", "--quiet", "--out", "w"};
    words.insert(words.end(), flags.begin(), flags.end());
    return ebb(words);
  }
  std::string out_of_reach(const std::string& name, const std::string& folders) const {
    const std::string line = "data train { x = idx(\"" + name + "\") }";
    return "home/m.ebb:4:18: error[E0512]: " + name +
           " is outside of what a script may read: " + folders + "\n  4 | " + line +
           "\n    |                  ^^^\n  hint: `--allow-path DIR` lets it read in DIR too\n";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reach, Folders)

BOOST_AUTO_TEST_CASE(its_own_folder_and_the_data_are_within_reach) {
  for (const char* name : {"x.idx", "sub/x.idx", "sub/../x.idx", "in.idx"})
    BOOST_TEST(reading(name).status == 0, name);
  BOOST_TEST(reading("x.idx", {"--data", "data"}).status == 0);
  BOOST_TEST(reading("../home/x.idx", {"--data", "data/"}).status == 0);
}

BOOST_AUTO_TEST_CASE(what_lies_elsewhere_is_refused_however_it_is_named) {
  const std::string home = fs::canonical(path("home")).string(),
                    data = fs::canonical(path("data")).string();
  for (const std::string& name :
       {std::string("../else/x.idx"), path("else/x.idx").string(), std::string("out.idx"),
        std::string("../home/../else/x.idx"), std::string("/etc/passwd")})
    BOOST_TEST(reading(name) == (Outcome{1, "", out_of_reach(name, home)}));
  BOOST_TEST(reading("out/x.idx", {"--data", "data"}) ==
             (Outcome{1, "", out_of_reach("out/x.idx", data + " and " + home)}));
  // A folder whose name begins like that of the data.
  fs::create_directory(path("data2"));
  write("data2/x.idx", idx_file);
  BOOST_TEST(reading("../data2/x.idx", {"--data", "data"}).status == 1);
}

BOOST_AUTO_TEST_CASE(a_folder_may_be_allowed) {
  for (const char* name : {"../else/x.idx", "out.idx"}) {
    BOOST_TEST(reading(name, {"--allow-path", "else"}) == (Outcome{0, reading("x.idx").out, ""}));
    BOOST_TEST(reading(name, {"--allow-path", "home/sub", "--allow-path", "else"}).status == 0);
    BOOST_TEST(reading(name, {"--allow-path", "home/sub"}).status == 1);
  }
}

BOOST_AUTO_TEST_CASE(includes_obey_the_same_rule) {
  const auto included = [&](const std::string& name, const std::vector<std::string>& flags) {
    write("home/i.ebb", "include \"" + name + "\"\nparam w ~ zeros\ncost more * w * w\n");
    std::vector<std::string> words{"check", "home/i.ebb", "--more", "3"};
    words.insert(words.end(), flags.begin(), flags.end());
    return ebb(words);
  };
  BOOST_TEST(included("part.ebb", {}).status == 0);
  BOOST_TEST(included("../else/part.ebb", {"--allow-path", "else"}).status == 0);
  const Outcome refused = included("../else/part.ebb", {});
  BOOST_TEST(refused.status == 1);
  // What follows are the names that it would have brought.
  const std::string first =
      "home/i.ebb:1:9: error[E0801]: ../else/part.ebb is outside of what a script may read: " +
      fs::canonical(path("home")).string() +
      "\n  1 | include \"../else/part.ebb\"\n    |         ^^^^^^^^^^^^^^^^^^\n"
      "  hint: `--allow-path DIR` lets it read in DIR too\n";
  BOOST_TEST(refused.err.substr(0, first.size()) == first);
}

BOOST_AUTO_TEST_SUITE_END()
