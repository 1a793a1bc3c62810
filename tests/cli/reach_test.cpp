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

BOOST_AUTO_TEST_CASE(a_compressed_twin_is_a_name_of_its_own) {
  const std::string home = fs::canonical(path("home")).string();
  shell("gzip -k else/x.idx && cp else/x.idx.gz home/y.idx.gz");
  BOOST_TEST(reading("y.idx").status == 0);
  fs::create_symlink("../else/x.idx.gz", path("home/z.idx.gz"));
  Outcome refused{1, "", out_of_reach("z.idx", home)};
  refused.err.replace(refused.err.find("z.idx is"), 5, "z.idx.gz");
  BOOST_TEST(reading("z.idx") == refused);
  BOOST_TEST(reading("z.idx", {"--allow-path", "else"}).status == 0);
}

BOOST_AUTO_TEST_CASE(what_lies_in_a_folder_of_images_is_within_reach_too) {
  const fs::path images = fs::path(EBB_SOURCE_DIR) / "tests/sources/data/images";
  fs::copy(images, path("else/images"), fs::copy_options::recursive);
  const auto training = [&](const std::vector<std::string>& flags = {}) {
    write("home/i.ebb",
          "use image_folder\ninput x[12, 16, 3]\nparam w ~ zeros\ncost w * w * sum(x)\n"
          "data train { i = image_folder(\"im\"); x = i.image }\n"
          "train { optimizer = sgd(0.1); epochs = 1 }\n");
    std::vector<std::string> words{"train", "home/i.ebb", "--quiet", "--out", "w"};
    words.insert(words.end(), flags.begin(), flags.end());
    return ebb(words);
  };
  const auto refused = [&](const std::string& name) {
    return Outcome{
        1, "",
        "home/i.ebb:5:18: error[E0512]: im/" + name +
            " is outside of what a script may read: " + fs::canonical(path("home")).string() +
            "\n  5 | data train { i = image_folder(\"im\"); x = i.image }\n"
            "    |                  ^^^^^^^^^^^^\n"
            "  hint: `--allow-path DIR` lets it read in DIR too\n"};
  };
  fs::copy(images, path("home/im"), fs::copy_options::recursive);
  BOOST_TEST(training().status == 0);
  fs::create_symlink("a.png", path("home/im/cat/zz.png"));
  BOOST_TEST(training().status == 0);
  fs::create_symlink("../../../else/images/cat/a.png", path("home/im/cat/zzz.png"));
  BOOST_TEST(training() == refused("cat/zzz.png"));
  BOOST_TEST(training({"--allow-path", "else"}).status == 0);
  fs::remove(path("home/im/cat/zzz.png"));
  fs::create_symlink("../../else/images/cat", path("home/im/elk"));
  BOOST_TEST(training() == refused("elk"));
  // By way of a folder that is within reach.
  fs::remove(path("home/im/elk"));
  fs::create_directory(path("home/by"));
  fs::create_symlink("../../else/images/cat/a.png", path("home/by/a.png"));
  fs::create_symlink("../by", path("home/im/elk"));
  BOOST_TEST(training() == refused("elk/a.png"));
}

BOOST_AUTO_TEST_CASE(what_may_never_end_is_not_read) {
  shell("mkfifo home/pipe");
  fs::create_symlink("/dev/zero", path("home/zero"));
  const std::string what = " is no regular file, and what else there is may never end\n",
                    hint = "  hint: of a pipe or a device, save what is wanted in a file first\n";
  BOOST_TEST(reading("pipe").err ==
             "home/m.ebb:4:18: error[E0512]: pipe" + what +
                 "  4 | data train { x = idx(\"pipe\") }\n    |                  ^^^\n" + hint);
  BOOST_TEST(reading("zero", {"--allow-path", "/dev"}).err ==
             "home/m.ebb:4:18: error[E0512]: zero" + what +
                 "  4 | data train { x = idx(\"zero\") }\n    |                  ^^^\n" + hint);
  write("home/i.ebb", "include \"pipe\"\nparam w ~ zeros\ncost w * w\n");
  BOOST_TEST(ebb({"check", "home/i.ebb"}).err ==
             "home/i.ebb:1:9: error[E0801]: pipe" + what +
                 "  1 | include \"pipe\"\n    |         ^^^^^^\n" + hint);
  for (const char* reader : {"npy", "hdf5", "csv", "libsvm"}) {
    write("home/p.ebb", std::string("use ") + reader + "\ninput x\nparam w ~ zeros\ncost w * x\n" +
                            "data train { x = " + reader + "(\"pipe\") }\n" +
                            "train { optimizer = sgd(0.1); epochs = 1 }\n");
    const Outcome outcome = ebb({"train", "home/p.ebb", "--out", "w"});
    BOOST_TEST(outcome.err.starts_with("home/p.ebb:5:18: error[E0512]: pipe" + what), outcome);
  }
}

BOOST_AUTO_TEST_CASE(a_piped_script_has_the_files_of_the_current_folder) {
  write("x.idx", idx_file);
  const auto piped = [&](const std::string& name) {
    return ebb({"train", "/dev/stdin", "--quiet", "--out", "w"}, script_reading(name));
  };
  BOOST_TEST(piped("x.idx").status == 0);
  BOOST_TEST(shell("echo 'x = 1' | cat | $EBB check /dev/stdin --quiet").status == 0);
  // It is read once, and wanted several times.
  write("t.ebb", script_reading("x.idx"));
  BOOST_TEST(shell("cat t.ebb | $EBB train /dev/stdin --quiet --out piped").status == 0);
  BOOST_TEST(shell("cmp piped/weights.safetensors w/weights.safetensors").status == 0);
  const Outcome outcome = piped("/dev/null");
  BOOST_TEST(outcome.err.find("/dev/null is outside of what a script may read: " +
                              fs::canonical(folder()).string() + "\n") != std::string::npos,
             outcome);
}

BOOST_AUTO_TEST_CASE(a_folder_may_be_allowed) {
  for (const char* name : {"../else/x.idx", "out.idx"}) {
    BOOST_TEST(reading(name, {"--allow-path", "else"}) == (Outcome{0, reading("x.idx").out, ""}));
    BOOST_TEST(reading(name, {"--allow-path", "home/sub", "--allow-path", "else"}).status == 0);
    BOOST_TEST(reading(name, {"--allow-path", "home/sub"}).status == 1);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_no_folder) {
  for (const char* flag : {"--allow-path=", "--allow-path"}) {
    const Outcome outcome = shell(std::string("cd home && $EBB check m.ebb ") + flag +
                                  (std::string(flag).ends_with('=') ? "" : " ''"));
    BOOST_TEST(outcome.status == 2, outcome);
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
