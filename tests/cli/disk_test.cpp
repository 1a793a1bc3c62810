// Disks that are full, read-only or gone: a training goes on or ends with a word, and what was
// saved before stays good.
#include <boost/test/unit_test.hpp>
#include <regex>

#include "graph/run/data/safetensors.hpp"
#include "tests/cli/killed.hpp"

using namespace ebb::test;

namespace {

namespace fs = std::filesystem;

// The folder `disk`, in which a training was saved after an epoch; `whole` has the weights of the
// same training after three, which nothing disturbed.
struct Disk : Binary {
  Disk() {
    write("m.ebb", long_memory);
    BOOST_REQUIRE(
        ebb({"train", "m.ebb", "--quiet", "--set", "train.epochs=3", "--out", "whole"}).status ==
        0);
    fs::create_directory(path("disk"));
  }

  static constexpr const char* one_epoch =
      "$EBB train m.ebb --quiet --set train.epochs=1 --out disk/w >/dev/null; ";
  static constexpr const char* resume =
      "$EBB train m.ebb --set train.epochs=3 --resume disk/w --allow-changed";

  // A line for the shell where `disk` is a file system of its own, of 64 KiB in memory, which lasts
  // as long as the line. Copies of what it leaves there come to `left`.
  Outcome on_disk(const std::string& line) const {
    return shell("export EBB; unshare -m sh -c " +
                 quoted("mount -t tmpfs -o size=64k none disk || exit 99\n" + line +
                        "\nstatus=$?; cp -r disk left; exit $status"));
  }
  static bool may_mount() {
    return std::system("unshare -m sh -c 'mount -t tmpfs -o size=64k none /mnt' 2>/dev/null") == 0;
  }
  void check_weights(const char* folder) const {
    for (const char* file : {"weights", "best", "average"}) {
      const auto name = std::string("/") + file + ".safetensors";
      BOOST_TEST(read_file(path(folder + name)) == read_file(path("whole" + name)), name);
    }
  }
  // No file that was begun.
  void check_no_remains(const char* folder) const {
    for (const auto& entry : fs::recursive_directory_iterator(path(folder)))
      BOOST_TEST(entry.path().string().find(".tmp-") == std::string::npos, entry.path());
  }
};

boost::test_tools::assertion_result with_mounts(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result may(Disk::may_mount());
  may.message() << "file systems may not be mounted here";
  return may;
}

// Fills the disk, and makes room again.
const std::string fill = "dd if=/dev/zero of=disk/filler bs=1k 2>/dev/null; ";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(disk, Disk)

BOOST_AUTO_TEST_CASE(a_full_disk_keeps_the_last_checkpoint,
                     *boost::unit_test::precondition(with_mounts)) {
  const Outcome outcome =
      on_disk(std::string(one_epoch) + fill + resume + " >/dev/null; echo $?; cp -r disk/w full; " +
              "rm disk/filler; " + resume + " --quiet >/dev/null");
  BOOST_TEST(outcome ==
             (Outcome{0, "1\n",
                      "note: goes on from disk/w/weights.safetensors, after 17 updates\n"
                      "warning: the run could not be saved, and goes on: "
                      "disk/w/weights.safetensors: cannot write: No space left on device\n"
                      "warning: the best weights could not be saved, and the run goes on: "
                      "disk/w/best.safetensors: cannot write: No space left on device\n"
                      "error: disk/w/weights.safetensors: cannot write: No space left on device\n"
                      "  hint: nothing was replaced: a file of that name is as it was before\n"}));
  check_no_remains("full");
  check_weights("left/w");
}

BOOST_AUTO_TEST_CASE(a_disk_that_can_only_be_read_is_told_of_before_training,
                     *boost::unit_test::precondition(with_mounts)) {
  const Outcome outcome = on_disk(std::string(one_epoch) + "mount -o remount,ro disk; " + resume +
                                  " >/dev/null; echo $?; $EBB train m.ebb --out disk/new; "
                                  "echo $?; mount -o remount,rw disk; " +
                                  resume + " --quiet >/dev/null");
  BOOST_TEST(outcome ==
             (Outcome{0, "1\n1\n",
                      "error: disk/w/weights.safetensors: cannot create a file beside it: "
                      "Read-only file system\n"
                      "  hint: nothing was replaced: a file of that name is as it was before\n"
                      "error: cannot make the folder disk/new: Read-only file system\n"}));
  check_weights("left/w");
}

BOOST_AUTO_TEST_CASE(a_link_to_what_is_not_there_is_told_of_before_training) {
  fs::create_directory(path("w"));
  fs::create_symlink("../away/w.safetensors", path("w/weights.safetensors"));
  BOOST_TEST(ebb({"train", "m.ebb", "--out", "w"}) ==
             (Outcome{1, "",
                      "error: w/weights.safetensors: it is a link to ../away/w.safetensors, which "
                      "is not there\n"}));
  BOOST_TEST(fs::is_symlink(path("w/weights.safetensors")));
}

// Between two file systems there are no hard links.
BOOST_AUTO_TEST_CASE(where_there_are_no_hard_links_older_checkpoints_are_copies,
                     *boost::unit_test::precondition(with_mounts)) {
  const Outcome outcome = on_disk(
      "mkdir w; touch disk/far; ln -s ../disk/far w/weights.safetensors; "
      "$EBB train m.ebb --quiet --set train.epochs=3 --set train.keep=2 --out w >/dev/null");
  BOOST_TEST(outcome == (Outcome{0, "", ""}));
  BOOST_TEST(fs::is_symlink(path("w/weights.safetensors")));
  BOOST_TEST(fs::is_regular_file(fs::symlink_status(path("w/weights-step50.safetensors"))));
  BOOST_TEST(ebb::read_safetensors(path("w/weights-step50.safetensors")).metadata.at("step") ==
             "50");
  BOOST_TEST(ebb::read_safetensors(path("left/far")).metadata.at("step") == "51");
}

BOOST_AUTO_TEST_CASE(a_file_where_the_folder_was_ends_the_training_with_a_word) {
  // Without epochs nothing is saved before the end.
  write("f.ebb",
        "param w ~ constant(1)\ncost w * w\ntrain { optimizer = sgd(0.1); steps = 1e9 }\n");
  const Outcome outcome = shell(
      "$EBB train f.ebb --json --out w >log & until [ -s log ]; do sleep 0.002; done; "
      "mv w kept; touch w; kill -TERM $!; wait $!");
  BOOST_TEST(outcome == (Outcome{1, "", "error: cannot make the folder w: Not a directory\n"}));
  BOOST_TEST(read_file(path("w")) == "");
}

// w passes 1 in the first epoch and never again: its weights wait in memory for room.
BOOST_AUTO_TEST_CASE(the_best_weights_are_saved_when_there_is_room_again) {
  write("f.ebb",
        "input x\nparam w ~ zeros\ncost (w - x) ^ 2\ndata train { x = values([10, 10, 10]) }\n"
        "data validation { x = values([1]) }\n"
        "train { optimizer = sgd(0.02); epochs = 1e9; minibatch = 1 }\n");
  const Outcome outcome = shell(
      "mkdir -p w/best.safetensors; $EBB train f.ebb --json --out w >log & "
      "until [ -s log ]; do sleep 0.002; done; rmdir w/best.safetensors; kill -TERM $!; wait $!");
  BOOST_TEST(outcome.status == 3);
  BOOST_TEST(outcome.err.find("warning: the best weights could not be saved, and the run goes on: "
                              "w/best.safetensors: ") != std::string::npos,
             outcome.err);
  const ebb::TensorFile best = ebb::read_safetensors(path("w/best.safetensors"));
  BOOST_TEST(best.metadata.at("best.epoch") == "1");
  BOOST_TEST(best.metadata.at("step") == "3");
}

// What a write that is cut short does: 512 bytes go, the rest does not.
BOOST_AUTO_TEST_CASE(a_limit_on_files_loses_nothing) {
  BOOST_TEST(shell(one_epoch).status == 0);
  const std::string before = read_file(path("disk/w/weights.safetensors"));
  const Outcome outcome = shell(std::string("ulimit -f 1; ") + resume + " >/dev/null");
  BOOST_TEST(
      outcome ==
      (Outcome{1, "",
               "note: goes on from disk/w/weights.safetensors, after 17 updates\n"
               "warning: the run could not be saved, and goes on: disk/w/weights.safetensors: "
               "cannot write: File too large\n"
               "warning: the best weights could not be saved, and the run goes on: "
               "disk/w/best.safetensors: cannot write: File too large\n"
               "error: disk/w/weights.safetensors: cannot write: File too large\n"
               "  hint: nothing was replaced: a file of that name is as it was before\n"}));
  BOOST_TEST(read_file(path("disk/w/weights.safetensors")) == before);
  check_no_remains("disk");
  BOOST_TEST(shell(std::string(resume) + " --quiet >/dev/null").status == 0);
  check_weights("disk/w");
}

BOOST_AUTO_TEST_CASE(every_command_that_writes_a_file_leaves_the_former_one,
                     *boost::unit_test::precondition(with_mounts)) {
  write("f.ebb", "param w[40, 40] ~ normal(0, 1)\ncost sum(w .^ 2)\noutput w\n");
  const struct {
    const char *command, *file;
  } all[] = {{"run f.ebb --quiet --out", "disk/r.npy"},
             {"run f.ebb --quiet --out", "disk/r.safetensors"},
             {"grad f.ebb --out", "disk/g.safetensors"},
             {"export f.ebb --to json --out", "disk/f.json"},
             {"import f.json --out", "disk"},
             {"plugin new soft_step --out", "disk/soft_step"}};
  BOOST_TEST(ebb({"export", "f.ebb", "--to", "json", "--out", "f.json", "--quiet"}).status == 0);
  std::string lines, wanted;
  for (const auto& [command, file] : all) {
    lines += std::string("echo before >") + file + "; " + fill + "$EBB " + command + " " + file +
             "; echo $?; rm disk/filler; cat " + file + " 2>/dev/null\n";
    wanted += "1\nbefore\n";
  }
  // These two write files of their own names.
  lines.replace(lines.find("echo before >disk;"), 18, "");
  lines.replace(lines.find("echo before >disk/soft_step;"), 28, "");
  wanted.resize(wanted.size() - 18);
  const Outcome outcome = on_disk(lines + "true");
  std::string errors;
  for (const char* file : {"r.npy", "r.safetensors", "g.safetensors", "f.json", "f.safetensors",
                           "soft_step/CMakeLists.txt"})
    errors += std::string("error: disk/") + file +
              ": cannot write: No space left on device\n"
              "  hint: nothing was replaced: a file of that name is as it was before\n";
  BOOST_TEST(outcome == (Outcome{0, wanted + "1\n1\n", errors}));
  BOOST_TEST(!fs::exists(path("left/soft_step")));
  check_no_remains("left");
}

BOOST_AUTO_TEST_CASE(a_standard_output_that_is_full_is_an_error) {
  const Outcome full{1, "", "error: cannot write to standard output\n"};
  write("f.ebb",
        "param w ~ constant(1)\ncost w * w\noutput w\n"
        "train { optimizer = sgd(0.1); steps = 3 }\n");
  for (const char* words :
       {"ops", "--version", "help", "train --help", "check f.ebb", "show f.ebb", "derive f.ebb",
        "run f.ebb --quiet", "grad f.ebb", "run f.ebb --json --quiet",
        "train f.ebb --out w --quiet", "train f.ebb --out w --json"})
    BOOST_TEST(shell(std::string("$EBB ") + words + " >/dev/full") == full, words);
  for (const char* words : {"run f.ebb --quiet --out -", "export f.ebb --quiet --to json --out -"})
    BOOST_TEST(
        shell(std::string("$EBB ") + words + " >/dev/full") ==
            (Outcome{1, "", "error: standard output: cannot write: No space left on device\n"}),
        words);
  // What it learned is there all the same.
  BOOST_TEST(fs::exists(path("w/weights.safetensors")));
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_is_no_error) {
  BOOST_TEST(shell("$EBB ops | head -1") == (Outcome{0, "ops: structure\n", ""}));
  const Outcome outcome = shell(
      "$EBB train m.ebb --json --set train.epochs=1000 --out disk/w --set "
      "train.checkpoint_steps=17 | head -1 >/dev/null");
  BOOST_TEST(outcome == (Outcome{0, "", ""}));
  const Outcome rest = ebb({"train", "m.ebb", "--quiet", "--resume", "disk/w", "--set",
                            "train.epochs=1", "--allow-changed"});
  BOOST_TEST(rest.status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
