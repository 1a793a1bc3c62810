// ebb replay
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <iostream>

#include "graph/cli/commands.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/manifest.hpp"
#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

// A folder that goes away.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "ebb-replay-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw UserError("cannot make a folder for the replay: " + std::string(std::strerror(errno)));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Runs this program again, as a process of its own, for it loads plugins of its own.
int run_ebb(std::vector<std::string> words) {
  words.insert(words.begin(), "ebb");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // What the run prints is not of interest; what it complains about is.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error =
      ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw UserError("cannot run ebb again: " + std::string(std::strerror(error)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}

int run_replay(Invocation& invocation) {
  if (invocation.subject.empty()) throw UsageError("which manifest?");
  const Manifest manifest = read_manifest(invocation.subject);
  if (manifest.version != EBB_VERSION)
    invocation.note("it was made by Ebb " + manifest.version + ", and this is Ebb " + EBB_VERSION);
  const TemporaryFolder folder;
  std::vector<std::string> words{"train"};
  words.insert(words.end(), manifest.words.begin(), manifest.words.end());
  words.insert(words.end(), {"--out", folder.path().string(), "--quiet", "--no-report"});
  const int status = run_ebb(std::move(words));
  if (status != 0) return status;
  const TensorFile weights = read_safetensors(folder.path() / last_weights);
  const auto changes = differences(manifest.ingredients, ingredients(weights));
  const bool agree = fingerprint_of(weights) == manifest.weights;
  if (invocation.json) {
    print_line({{"event", "replayed"}, {"agree", agree}, {"changes", changes}});
    return agree ? 0 : 1;
  }
  if (agree) {
    std::cout << "the same weights, bit for bit, after " << with_commas(manifest.updates)
              << (manifest.updates == 1 ? " update" : " updates") << '\n';
    return 0;
  }
  throw UserError("the weights are not those of the manifest" +
                      (changes.empty() ? "" : ": " + joined(changes, "; ")),
                  changes.empty()
                      ? std::vector<std::string>{"nothing that it was made from has changed: "
                                                 "another processor or other "
                                                 "libraries give other last digits"}
                      : std::vector<std::string>{});
}

}  // namespace

const Command replay_command = {
    "replay",
    "trains again as a manifest says, and compares the weights",
    "replay MANIFEST [flags]",
    "Every training that reaches its end leaves DIR/manifest.json: its command line, fingerprints "
    "of its script, data and plugins, its options, and a fingerprint of its weights. This trains "
    "again, in a folder that goes away, and says whether the weights agree to the bit; where they "
    "do not, it names what has changed and exits with 1. Paths in the command line count from the "
    "current folder.",
    Takes::words,
    nullptr,
    &run_replay};

}  // namespace ebb
