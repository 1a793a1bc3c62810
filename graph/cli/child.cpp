#include "graph/cli/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

constexpr int stops[] = {SIGINT, SIGTERM, SIGHUP};
constexpr int not_run = 127, ended_by_signal = 70;

std::atomic<pid_t> child{0};
std::atomic<bool> is_stopped{false};
static_assert(std::atomic<pid_t>::is_always_lock_free, "a signal handler reads it");

void pass_on(int signal) {
  is_stopped = true;
  if (child > 0) ::kill(child, signal);
}

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : stops) ::sigaddset(&set, signal);
  return set;
}

// What the run prints is not of interest; what it complains about is.
[[noreturn]] void become_ebb(char* const* argv, pid_t parent, const sigset_t& mask) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  // A parent that is gone by now sends no signal.
  if (nothing >= 0 && ::dup2(nothing, STDOUT_FILENO) >= 0 && ::getppid() == parent) {
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    ::execv("/proc/self/exe", argv);
  }
  ::_exit(not_run);
}

}  // namespace

StopsChild::StopsChild() {
  is_stopped = false;
  struct sigaction action {};
  action.sa_handler = &pass_on;
  for (std::size_t i = 0; i < std::size(stops); ++i) ::sigaction(stops[i], &action, &former_[i]);
}

StopsChild::~StopsChild() {
  for (std::size_t i = 0; i < std::size(stops); ++i) ::sigaction(stops[i], &former_[i], nullptr);
}

bool StopsChild::stopped() { return is_stopped; }

int StopsChild::run_ebb(std::vector<std::string> words) {
  words.insert(words.begin(), "ebb");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // No signal comes between the fork and the number of the child.
  const sigset_t blocked = stop_signals();
  sigset_t former;
  ::sigprocmask(SIG_BLOCK, &blocked, &former);
  const pid_t parent = ::getpid();
  const pid_t pid = is_stopped ? 0 : ::fork();
  if (pid == 0 && !is_stopped) become_ebb(argv.data(), parent, former);
  const int error = errno;
  child = std::max(pid, 0);
  ::sigprocmask(SIG_SETMASK, &former, nullptr);
  if (pid < 0) throw UserError("cannot run ebb again: " + std::string(std::strerror(error)));
  if (pid == 0) return ended_by_signal;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  child = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_run) throw UserError("cannot run ebb again");
  return WIFEXITED(status) ? WEXITSTATUS(status) : ended_by_signal;
}

}  // namespace ebb
