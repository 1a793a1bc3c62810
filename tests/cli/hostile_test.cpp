// Scripts and files that are made to break things, under a limit on memory and on time: each ends
// with an error that says what is wrong.
#include <boost/test/unit_test.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

// At most 600 MB of addresses and 20 seconds. The threads of OpenBLAS would take 128 MiB each.
struct Bounded : Binary {
  Outcome bounded(const std::string& words) const {
    return shell("export OPENBLAS_NUM_THREADS=1; ulimit -v 600000; ulimit -t 20; $EBB " + words);
  }
  // What checking the script says first.
  std::string error_of(const std::string& script) const {
    write("m.ebb", script);
    const Outcome outcome = bounded("check m.ebb");
    BOOST_TEST(outcome.status == 1, outcome);
    return outcome.err.substr(0, outcome.err.find('\n'));
  }
  // What the reader says of a file that a data block names.
  std::string error_of_data(const std::string& reader, const std::string& file) const {
    write("m.ebb", (reader == "idx" ? "" : "use " + (reader == "npz" ? "npy" : reader)) +
                       "\ninput x[2]\nparam w[2] ~ zeros\ncost sum((w .* x) .^ 2)\n"
                       "data train { x = " +
                       reader + "(\"" + file +
                       "\") }\ntrain { optimizer = sgd(0.1); epochs = 1 }\n");
    const Outcome outcome = bounded("train m.ebb --quiet --out w");
    BOOST_TEST(outcome.status == 1, outcome);
    return outcome.err.substr(0, outcome.err.find('\n'));
  }
};

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

const std::string idx_magic("\0\0\x08\2", 4);

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hostile, Bounded)

BOOST_AUTO_TEST_CASE(scripts_that_are_deep_have_a_limit) {
  const std::string begin = "param w ~ zeros\ncost ",
                    deep = "error[E0903]: nested more than 200 deep";
  BOOST_TEST(error_of(begin + repeated("(", 100'000) + "w\n") == "m.ebb:2:206: " + deep);
  BOOST_TEST(error_of(begin + repeated("-", 100'000) + "w\n") == "m.ebb:2:206: " + deep);
  BOOST_TEST(error_of(begin + repeated("[", 100'000) + "\n") == "m.ebb:2:206: " + deep);
  BOOST_TEST(error_of(begin + "w" + repeated("+w", 100'000) + "\n") == "m.ebb:2:6: " + deep);
  BOOST_TEST(error_of("def f(x) { return f(x) }\nparam w ~ zeros\ncost f(w)\n") ==
             "m.ebb:1:19: error[E0903]: calls are nested more than 200 deep");
  BOOST_TEST(error_of("def f(n) { return f(n) + f(n) }\nparam w ~ zeros\ncost f(3)\n") ==
             "m.ebb:1:19: error[E0903]: calls are nested more than 200 deep");
}

BOOST_AUTO_TEST_CASE(names_of_layers_in_layers_have_a_limit) {
  const std::string name = "a_layer_with_a_name_that_is_long_";
  std::string script = "layer " + name + "0(x) { return x + 1 }\n";
  for (int i = 1; i < 40; ++i) {
    const std::string below = name + std::to_string(i - 1);
    script +=
        "layer " + name + std::to_string(i) + "(x) { return " + below + "(" + below + "(x)) }\n";
  }
  const std::string error = error_of(script + "param w ~ zeros\ncost " + name + "39(w)\n");
  BOOST_TEST(error.substr(error.find("error[")) ==
             "error[E0901]: the names of layer calls have more than 32000000 characters together");
}

BOOST_AUTO_TEST_CASE(scripts_that_go_on_for_ever_have_a_limit) {
  const std::string loops =
      "error[E0901]: all loops together run at most 1000000 times, and this one asks ";
  BOOST_TEST(error_of("a = 0\nfor i in 0..1e12 { a = a + i }\ncost a\n") ==
             "m.ebb:2:10: " + loops + "for 1000000000000");
  BOOST_TEST(error_of("a = 0\nfor i in 0..1000000 { for j in 0..1000000 { a = a + 1 } }\n") ==
             "m.ebb:2:32: " + loops + "for 1000000");
  BOOST_TEST(error_of(std::string(17 << 20, '#')) == "error: m.ebb is larger than 16 MiB");
}

// Each sum makes a constant of three million numbers.
BOOST_AUTO_TEST_CASE(lists_cost_what_their_elements_cost) {
  const std::string begin = "l = 0..3000000\ns = 0\nfor i in 0..1000000 { ",
                    end = " }\nparam w ~ constant(1)\noutput w\n",
                    steps = "error[E0901]: the script takes more than 20000000 steps to elaborate";
  BOOST_TEST(error_of(begin + "s = s + sum(l)" + end) == "m.ebb:3:35: " + steps);
  const std::string copied =
      "l = [0]\nfor i in 0..20000 { l = append(l, i) }\n"
      "for i in 0..900000 { ";
  BOOST_TEST(error_of(copied + "m = l[1..20000]" + end) == "m.ebb:3:28: " + steps);
  BOOST_TEST(error_of(copied + "m = l == append(l, 1)" + end) == "m.ebb:3:31: " + steps);
}

BOOST_AUTO_TEST_CASE(sizes_that_are_too_large_are_errors_before_there_is_memory_for_them) {
  BOOST_TEST(error_of("param w[1000000000000, 1000000000000] ~ zeros\ncost sum(w)\n") ==
             "m.ebb:1:9: error[E0401]: `w` has too many elements; a value has at most 2^40");
  BOOST_TEST(error_of("param w[1e300] ~ zeros\ncost sum(w)\n") ==
             "m.ebb:1:9: error[E0305]: a size of `w` is a whole number, not 1e+300");
}

BOOST_AUTO_TEST_CASE(memory_that_is_not_there_is_an_error_that_says_who_wanted_how_much) {
  const std::string train = "train { optimizer = sgd(0.1); minibatch = 100000 }\n";
  const std::string end = " bytes of memory, and there is not so much\n",
                    hints =
                        "  hint: fewer samples at once take less: train.minibatch, --samples\n"
                        "  hint: `--memory BYTES` has a training step compute again what it does "
                        "not keep\n";
  write("m.ebb",
        "param w[20000, 10000] ~ zeros\ncost sum(w .^ 2)\ntrain { optimizer = sgd(0.1) }\n");
  BOOST_TEST(bounded("train m.ebb --quiet --out w") ==
             (Outcome{1, "",
                      "m.ebb:1:25: error: `zeros`, whose result is [20000, 10000], takes "
                      "1600000000" +
                          end +
                          "  1 | param w[20000, 10000] ~ zeros\n"
                          "    |                         ^^^^^\n"}));
  write("m.ebb",
        "input x[2]\nparam w[2000, 2] ~ zeros\ncost sum((w * x) .^ 2)\n"
        "data train { x = values(0..100000) .* [1, 2] }\n" +
            train);
  const Outcome step = bounded("train m.ebb --quiet --out w");
  BOOST_TEST(step.status == 1);
  BOOST_TEST(step.err.starts_with("error: a step of 100000 samples takes "), step);
  BOOST_TEST(step.err.ends_with(end + hints), step);
  BOOST_TEST(bounded("train m.ebb --quiet --out w --set train.minibatch=1000").status == 0);
}

// Each of them fits, all do not.
BOOST_AUTO_TEST_CASE(a_statement_that_ends_the_memory_is_named) {
  std::string script = "input x\nparam w ~ zeros\ncost (w - x) ^ 2\ndata train {\n";
  for (int i = 0; i < 20; ++i)
    script += "  a" + std::to_string(i) + " = values(" + std::to_string(i) + ".." +
              std::to_string(i + 5000000) + ")\n";
  write("m.ebb", script + "  x = a0\n}\ntrain { optimizer = sgd(0.1) }\n");
  const Outcome outcome = bounded("train m.ebb --quiet --out w");
  BOOST_TEST(outcome.status == 1);
  const std::string what = " error: there is no memory for 40000000 bytes more; the program has ";
  const std::size_t at = outcome.err.find(what);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, outcome);
  // What it had then, not what was left of it.
  BOOST_TEST(std::stoll(outcome.err.substr(at + what.size())) > 300'000'000);
}

BOOST_AUTO_TEST_CASE(gradients_of_gradients_say_how_large_they_are) {
  std::string nested = "sin(w) * exp(w) * tanh(w * w) / (1 + w * w) * sqrt(1 + w^4)";
  for (int i = 0; i < 14; ++i) nested = "grad(" + nested + ", w)";
  const std::string error = error_of("param w ~ constant(1)\ncost (" + nested + ")^2\n");
  BOOST_TEST(error.find("error[E0701]: the gradient has grown to a graph of ") != std::string::npos,
             error);
}

BOOST_AUTO_TEST_CASE(idx_files_hold_what_they_say) {
  std::string huge("\0\0\x08\x08", 4);
  huge.append(32, '\xff');
  write("x.idx", huge);
  BOOST_TEST(
      error_of_data("idx", "x.idx") ==
      "m.ebb:5:18: error[E0512]: x.idx: impossible sizes: the header says [4294967295, 4294967295, "
      "4294967295, 4294967295, 4294967295, 4294967295, 4294967295, 4294967295] of uint8");
  write("x.idx", idx_magic + std::string("\xff\xff\xff\xff\0\0\0\2", 8));
  BOOST_TEST(
      error_of_data("idx", "x.idx") ==
      "m.ebb:5:18: error[E0512]: x.idx: truncated: the header says [4294967295, 2] of uint8, "
      "8589934602 bytes; the file has 12");
}

BOOST_AUTO_TEST_CASE(an_idx_file_without_samples_is_refused) {
  write("x.idx", idx_magic + std::string("\0\0\0\0\0\0\0\2", 8));
  BOOST_TEST(error_of_data("idx", "x.idx") ==
             "m.ebb:5:18: error[E0512]: x.idx: holds no samples: the array is [0, 2]");
}

BOOST_AUTO_TEST_CASE(few_bytes_do_not_become_many) {
  shell(
      "{ printf '\\0\\0\\10\\2\\2\\372\\360\\200\\0\\0\\0\\2'; head -c 100000000 /dev/zero; } | "
      "gzip >x.gz");
  const auto size = std::to_string(std::filesystem::file_size(path("x.gz")));
  BOOST_TEST(error_of_data("idx", "x.gz") ==
             "m.ebb:5:18: error[E0512]: x.gz: the header says [50000000, 2] of uint8: 100000012 "
             "bytes from " +
                 size + " of gzip, more than 256 times as many");
  write("x.svm", "1 20000000:1\n");
  BOOST_TEST(error_of_data("libsvm", "x.svm") ==
             "m.ebb:5:18: error[E0512]: x.svm: its largest index makes a file of 13 bytes 1 x "
             "20000000 numbers, more than 256 bytes for each of its own");
}

BOOST_AUTO_TEST_CASE(a_gzip_bomb_is_not_inflated) {
  shell(
      "{ printf '\\0\\0\\10\\2\\0\\0\\0\\2\\0\\0\\0\\2'; head -c 200000000 /dev/zero; } | gzip -1 "
      ">x.gz");
  BOOST_TEST(
      error_of_data("idx", "x.gz") ==
      "m.ebb:5:18: error[E0512]: x.gz: too long: the data goes on after the 4 bytes that the "
      "header says");
}

// Files with holes take no room on the disk.
BOOST_AUTO_TEST_CASE(files_of_ten_gigabytes_of_nothing_are_refused_at_once) {
  for (const char* kind : {"csv", "npy", "npz", "hdf5", "safetensors"}) {
    write(std::string("x.") + kind, "");
    std::filesystem::resize_file(path(std::string("x.") + kind), std::uintmax_t{10} << 30);
  }
  const std::string place = "m.ebb:5:18: error[E0512]: ";
  BOOST_TEST(error_of_data("csv", "x.csv") ==
             place + "x.csv:1: is longer than 64 MiB; this is no text of lines");
  BOOST_TEST(error_of_data("npy", "x.npy") ==
             place + "x.npy: not an .npy file: it does not begin with \\x93NUMPY");
  BOOST_TEST(error_of_data("npz", "x.npz") ==
             place + "x.npz: not a zip archive, or a damaged one: Not a zip archive");
  BOOST_TEST(error_of_data("hdf5", "x.hdf5") ==
             place + "x.hdf5: not an HDF5 file, or a damaged one: file signature not found");
  write("m.ebb", "param w ~ zeros\noutput w\n");
  BOOST_TEST(bounded("run m.ebb --weights x.safetensors").err ==
             "error: x.safetensors: malformed safetensors header: it does not begin with '{'\n"
             "  hint: the file is damaged or incomplete: copy or make it again\n");
}

BOOST_AUTO_TEST_CASE(headers_that_promise_too_much_are_refused) {
  const std::string header =
      "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 16), }\n";
  write("x.npy",
        std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) + '\0' + header);
  BOOST_TEST(error_of_data("npy", "x.npy") ==
             "m.ebb:5:18: error[E0512]: x.npy: impossible sizes: the header says "
             "[4611686018427387904, 16]");
  write("m.ebb", "param w ~ zeros\noutput w\n");
  write("x.safetensors", std::string(7, '\0') + '\x40' + "{}");
  BOOST_TEST(bounded("run m.ebb --weights x.safetensors").err ==
             "error: x.safetensors: not a safetensors file: its first 8 bytes say that the header "
             "has 4611686018427387904 bytes\n  hint: at most 100 MB are allowed\n");
  // Deeper than any stack.
  write("x.safetensors",
        std::string("\xa0\x86\1\0\0\0\0\0", 8) + "{\"w\":" + repeated("[", 99'995));
  BOOST_TEST(bounded("run m.ebb --weights x.safetensors").err ==
             "error: x.safetensors: malformed safetensors header: it is nested too deeply\n"
             "  hint: the file is damaged or incomplete: copy or make it again\n");
}

BOOST_AUTO_TEST_CASE(many_names_take_time_in_proportion) {
  std::string header = "{";
  for (int i = 0; i < 100'000; ++i)
    header += (i ? ",\"t" : "\"t") + std::to_string(i) +
              R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  header += "}";
  std::uint64_t length = header.size();
  write("x.safetensors", std::string(reinterpret_cast<const char*>(&length), 8) + header);
  write("m.ebb", "param w ~ zeros\noutput w\n");
  BOOST_TEST(
      bounded("run m.ebb --weights x.safetensors").err ==
      "error: x.safetensors does not fit the script: it lacks w; it has what the script does "
      "not: t0, t1, t10, t100, t1000 and 99995 more\n"
      "  hint: `--partial` loads what fits and leaves the rest as it is\n");
  std::string made =
      R"({"ebb":"0.1.0","train":["none.ebb"],"updates":1,"weights":"","made from":{)";
  for (int i = 0; i < 300'000; ++i) made += (i ? ",\"" : "\"") + std::to_string(i) + R"(":"")";
  write("x.json", made + "}}");
  BOOST_TEST(bounded("replay x.json").err ==
             "error: cannot read none.ebb: No such file or directory\n");
  write("x.json",
        R"({"format":"ebb graph","version":1,"nodes":[{})" + repeated(",{}", 300'000) + "]}");
  BOOST_TEST(bounded("import x.json").err == "error: x.json: node 0 has no \"op\"\n");
  write("x.json", R"({"a":0)" + repeated(R"(,"a":0)", 300'000) + "}");
  BOOST_TEST(bounded("import x.json").err ==
             "error: x.json: has an object of more than 256 members, and so is no graph\n");
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_the_other_end_of_a_pipe) {
  shell("mkfifo p; mkdir r w; mkfifo r/weights.safetensors w/weights.safetensors r/manifest.json");
  write("m.ebb",
        "param w ~ constant(1)\ncost w * w\noutput w\ntrain { optimizer = sgd(0.1); steps = 2 }\n");
  const auto error_in_time = [&](const std::string& words) {
    const Outcome outcome = shell("timeout 20 $EBB " + words);
    BOOST_TEST(outcome.status == 1, outcome);
    return outcome.err.substr(0, outcome.err.find('\n'));
  };
  BOOST_TEST(error_in_time("run m.ebb --weights p") == "error: p: not a regular file");
  BOOST_TEST(error_in_time("train m.ebb --quiet --resume r") ==
             "error: r/weights.safetensors: not a regular file");
  BOOST_TEST(error_in_time("replay r/manifest.json") ==
             "error: r/manifest.json: not a regular file");
  BOOST_TEST(error_in_time("train m.ebb --quiet --out w") ==
             "error: w/weights.safetensors: not a regular file");
  BOOST_TEST(error_in_time("run m.ebb --quiet --out p") ==
             "error: p: cannot write: it is a pipe that nobody reads");
  // One that is read is waited for.
  BOOST_TEST(shell("cat p >read & sleep 0.2; timeout 20 $EBB run m.ebb --quiet --out p && wait && "
                   "cat read")
                 .status == 0);
}

BOOST_AUTO_TEST_CASE(nothing_drives_the_terminal) {
  const std::string again = "try `ebb help`\n";
  BOOST_TEST(ebb({"c\x1b[31m"}) ==
             (Outcome{2, "", "ebb: there is no command `c\uFFFD[31m`\n" + again}));
  write(
      "x.json",
      R"({"ebb":"0.1.0","train":["m.ebb","--nosuch\u001b[31m"],"updates":1,"weights":"","made from":{}})");
  write("m.ebb", "param w ~ zeros\ncost w * w\ntrain { optimizer = sgd(0.1); steps = 2 }\n");
  const Outcome outcome = ebb({"replay", "x.json"});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.err.starts_with("ebb train: "), outcome);
  BOOST_TEST(outcome.err.find("--nosuch\uFFFD[31m") != std::string::npos, outcome);
}

BOOST_AUTO_TEST_SUITE_END()
