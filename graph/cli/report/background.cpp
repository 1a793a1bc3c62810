#include "graph/cli/report/background.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <utility>
// After <utility>, which Asio forgets.
#include <boost/asio/io_context.hpp>
#include <boost/process/args.hpp>
#include <boost/process/async.hpp>
#include <boost/process/child.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/io.hpp>

namespace ebb {

namespace process = boost::process;

namespace {

// In the child, before it becomes another program.
struct Humble : process::extend::handler {
  template <class Executor>
  void on_exec_setup(Executor&) const {
    ::setpgid(0, 0);
    // Whoever is killed can not end it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpriority(PRIO_PROCESS, 0, 19);
  }
};

}  // namespace

struct BackgroundRun::Impl {
  explicit Impl(const std::vector<std::string>& words)
      : child("/proc/self/exe", process::args(words),
              process::std_in<process::null, process::std_out> text,
              process::std_err > process::null, context, Humble()) {}
  ~Impl() {
    std::error_code ignored;
    if (!done) child.terminate(ignored);
  }

  boost::asio::io_context context;
  std::future<std::vector<char>> text;
  process::child child;
  bool done = false;
  std::optional<std::string> printed;
};

BackgroundRun::BackgroundRun(const std::vector<std::string>& words) {
  try {
    impl_ = std::make_unique<Impl>(words);
  } catch (const process::process_error&) {
    impl_ = nullptr;
  }
}

BackgroundRun::~BackgroundRun() = default;

bool BackgroundRun::ended(std::chrono::milliseconds patience) {
  if (!impl_ || impl_->done) return true;
  impl_->context.run_for(patience);
  if (!impl_->context.stopped()) return false;
  // It has closed its output, and ends.
  std::error_code error;
  impl_->child.wait(error);
  impl_->done = true;
  if (error || impl_->child.exit_code() != 0) return true;
  const std::vector<char> bytes = impl_->text.get();
  impl_->printed.emplace(bytes.begin(), bytes.end());
  return true;
}

std::optional<std::string> BackgroundRun::output() const {
  return impl_ ? impl_->printed : std::nullopt;
}

}  // namespace ebb
