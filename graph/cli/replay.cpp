// ebb replay
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>

#include "graph/cli/child.hpp"
#include "graph/cli/commands.hpp"
#include "graph/cli/ingredients.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/manifest.hpp"
#include "graph/cli/options.hpp"
#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

constexpr int status_of_stopped = 3;

constexpr std::string_view folder_prefix = "ebb-replay-";

// Whether this process has locked a folder of its user, which is not done while another replay
// lives: the system takes a lock away with its process.
bool locks(int folder, int wait_or_not) {
  struct stat status {};
  return folder >= 0 && ::fstat(folder, &status) == 0 && status.st_uid == ::geteuid() &&
         ::flock(folder, LOCK_EX | wait_or_not) == 0;
}

int opened(const fs::path& folder) {
  return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Removes what replays have left that were killed.
void remove_abandoned(const fs::path& parent) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(folder_prefix) && name.size() == folder_prefix.size() + 6)
      found.push_back(at->path());
  }
  for (const fs::path& path : found) {
    const int folder = opened(path);
    if (locks(folder, LOCK_NB)) fs::remove_all(path, error);
    if (folder >= 0) ::close(folder);
  }
}

// A folder that goes away.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    if (!error) remove_abandoned(parent);
    std::string name = (parent / (std::string(folder_prefix) + "XXXXXX")).string();
    if (error || !::mkdtemp(name.data()))
      throw UserError("cannot make a folder for the replay: " +
                          (error ? error.message() : std::string(std::strerror(errno))),
                      {"TMPDIR says where it is made"});
    path_ = name;
    folder_ = opened(path_);
    // Before, another replay may have taken it for an abandoned one.
    if (!locks(folder_, 0) || !fs::exists(path_, error)) {
      if (folder_ >= 0) ::close(folder_);
      throw UserError("another replay has removed the folder " + name + " of this one",
                      {"it can be begun again"});
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    ::close(folder_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  int folder_ = -1;  // locked
};

fs::path without_links(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::weakly_canonical(path, error);
  return error ? fs::path{} : result;
}

// A plugin is a program, and a manifest may be a stranger's.
void require_trusted(const Invocation& invocation, const std::string& plugin) {
  const fs::path wanted = without_links(plugin);
  const auto same = [&](const fs::path& given) {
    return !wanted.empty() && without_links(given) == wanted;
  };
  if (std::ranges::any_of(invocation.texts("plugin"), same)) return;
  for (const fs::path& folder : plugin_path())
    if (same(folder) || without_links(folder) == wanted.parent_path()) return;
  throw UserError("the manifest loads the plugin " + plugin + ", which is a program",
                  {"where you trust it: ebb replay " + invocation.subject + " --plugin " + plugin});
}

// The words of a manifest that decide what comes out, with the script's options; never those that
// write, listen or print, whoever wrote the manifest.
std::vector<std::string> deciding_words(const Invocation& invocation, const Manifest& manifest) {
  constexpr std::string_view deciding[] = {"data",   "allow-path", "set",     "seed",
                                           "nan",    "without",    "weights", "partial",
                                           "memory", "threads",    "plugin",  "precision"};
  std::map<std::string, bool> flags;  // and whether they take a value
  const Flags all = flags_of(train_command);
  for (const auto* group : {&all.own, &all.shared})
    for (const Flag& flag : *group) flags["--" + flag.name] = !flag.value.empty();
  std::vector<std::string> words;
  for (std::size_t i = 0; i < manifest.words.size(); ++i) {
    const std::string& word = manifest.words[i];
    if (word == help_short) continue;
    const std::size_t equals = std::min(word.find('='), word.size());
    const auto flag = flags.find(word.substr(0, equals));
    if (flag == flags.end()) {
      words.push_back(word);
      continue;
    }
    std::string value = word.substr(std::min(equals + 1, word.size()));
    if (flag->second && equals == word.size() && i + 1 < manifest.words.size())
      value = manifest.words[++i];
    if (std::ranges::find(deciding, flag->first.substr(2)) == std::end(deciding)) continue;
    if (flag->first == "--plugin") require_trusted(invocation, value);
    words.push_back(flag->second ? flag->first + "=" + value : flag->first);
  }
  if (invocation.has("no-verify")) words.emplace_back("--no-verify");
  return words;
}

// What may be why, where the weights are others.
std::vector<std::string> hints_at(const Manifest& manifest, const Ingredients& versions_now) {
  const std::string nothing =
      is_sampled(manifest.ingredients)
          ? "nothing that was looked at has changed, but of streamed data that is some samples"
          : "nothing that it was made from has changed";
  const auto others = differences(manifest.versions, versions_now);
  return {nothing + (others.empty()
                         ? ": another processor or other libraries give other last digits"
                         : ", but this is not where it was made: " + joined(others, "; "))};
}

int run_replay(Invocation& invocation) {
  if (invocation.subject.empty()) throw UsageError("which manifest?");
  const Manifest manifest = read_manifest(invocation.subject);
  if (manifest.is_changed)
    throw UserError(
        invocation.subject + " cannot be replayed: the training was resumed with changes",
        {"what it began with is not known, only what it ended with: see --allow-changed"});
  std::vector<std::string> words = deciding_words(invocation, manifest);
  if (manifest.version != EBB_VERSION)
    invocation.note("it was made by Ebb " + manifest.version + ", and this is Ebb " + EBB_VERSION);
  StopsChild child;
  const TemporaryFolder folder;
  words.insert(words.begin(), {"train", "--out", folder.path().string(), "--quiet", "--no-report"});
  const int status = child.run_ebb(std::move(words));
  if (StopsChild::stopped()) return status_of_stopped;
  if (status != 0) return status;
  if (!fs::exists(folder.path() / manifest_file))
    throw UserError("the command line of " + invocation.subject + " trains nothing");
  const Manifest now = read_manifest(folder.path() / manifest_file);
  auto changes = differences(manifest.ingredients, now.ingredients);
  if (now.updates != manifest.updates)
    changes.push_back("there were " + with_commas(manifest.updates) + " updates and are " +
                      with_commas(now.updates));
  const bool agree = now.weights == manifest.weights && now.updates == manifest.updates;
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
                  changes.empty() ? hints_at(manifest, now.versions) : std::vector<std::string>{});
}

}  // namespace

const Command replay_command = {
    "replay",
    "trains again as a manifest says, and compares the weights",
    "replay MANIFEST [flags]",
    "Every training that reaches its end leaves DIR/manifest.json: its command line, fingerprints "
    "of its script, data and plugins, its options, and a fingerprint of its weights. This trains "
    "again, in a folder that goes away, and says whether the weights agree to the bit; where they "
    "do not, it names what has changed and exits with 1. Of data that is streamed some samples are "
    "looked at, not all. Paths in the command line count from the current folder. A manifest may "
    "be a stranger's: of its command line only what decides the weights counts, nothing that "
    "writes, and a plugin that is named by a path only where --plugin here names it too.",
    Takes::words,
    nullptr,
    &run_replay};

}  // namespace ebb
