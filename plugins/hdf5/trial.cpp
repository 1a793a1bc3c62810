#include "plugins/hdf5/trial.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "plugins/files/file.hpp"

namespace ebb::hdf5 {

namespace {

constexpr rlim_t most_seconds = 5;
// Of other processes' threads locks may be held that nobody will release here: then it is not known
// how it ends.
constexpr unsigned patience = 60;

// In the child. The person's signals are for the parent; what ends the child is no crash of Ebb's.
void restrain() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGALRM})
    ::signal(signal, SIG_DFL);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(signal, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  rlimit limit{};
  ::getrlimit(RLIMIT_CPU, &limit);
  limit.rlim_cur = std::min(most_seconds, limit.rlim_max);
  ::setrlimit(RLIMIT_CPU, &limit);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::alarm(patience);
}

[[noreturn]] void work_and_end(const std::function<void()>& work, int report) {
  restrain();
  try {
    work();
  } catch (...) {
    // The parent meets the same, and says it.
  }
  const char done = 1;
  const bool told = ::write(report, &done, 1) == 1;
  ::_exit(told ? 0 : 1);
}

}  // namespace

End tried(const std::string& file, const std::function<void()>& work) {
  int ends[2];
  const bool piped = ::pipe2(ends, O_CLOEXEC) == 0;
  const pid_t child = piped ? ::fork() : -1;
  if (child < 0) {
    const std::string why = std::strerror(errno);
    if (piped) ::close(ends[0]), ::close(ends[1]);
    files::fail(file, "cannot be tried in a process of its own: " + why);
  }
  if (child == 0) work_and_end(work, ends[1]);
  ::close(ends[1]);
  char done = 0;
  ssize_t got = 0;
  while ((got = ::read(ends[0], &done, 1)) < 0 && errno == EINTR) continue;
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (got == 1 || signal == SIGALRM) return End::finished;
  return signal == SIGXCPU ? End::endless : End::crashed;
}

}  // namespace ebb::hdf5
