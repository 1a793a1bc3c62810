#include "graph/cli/saving.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>

namespace ebb {

namespace {

constexpr std::array<int, 4> signals{SIGINT, SIGTERM, SIGUSR1, SIGHUP};
std::atomic<bool> save_asked_for{false};
std::atomic<std::int64_t> stop_asked_for{0};  // when, in nanoseconds; 0: not yet
static_assert(std::atomic<bool>::is_always_lock_free &&
                  std::atomic<std::int64_t>::is_always_lock_free,
              "a signal handler may set them");

constexpr std::int64_t same_request = 200'000'000;

std::int64_t nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec + 1;
}

}  // namespace

SignalGuard::SignalGuard() {
  stop_asked_for = 0;
  save_asked_for = false;
  struct sigaction stop {};
  // A later one, whichever it is, does what it does to programs that know nothing of it.
  stop.sa_handler = [](int signal) {
    const std::int64_t now = nanoseconds();
    std::int64_t first = 0;
    if (stop_asked_for.compare_exchange_strong(first, now) || now - first < same_request) return;
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  };
  struct sigaction save {};
  save.sa_handler = [](int) { save_asked_for = true; };
  save.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < former_.size(); ++i)
    ::sigaction(signals[i], signals[i] == SIGUSR1 ? &save : &stop, &former_[i]);
  // Who has begun the program by nohup means it to outlive the terminal.
  if (former_.back().sa_handler == SIG_IGN) ::sigaction(SIGHUP, &former_.back(), nullptr);
}

SignalGuard::~SignalGuard() {
  for (std::size_t i = 0; i < former_.size(); ++i) ::sigaction(signals[i], &former_[i], nullptr);
}

bool SignalGuard::stop() { return stop_asked_for.load(std::memory_order_relaxed) != 0; }
// Looks before it writes: it is asked after each update.
bool SignalGuard::take_save() {
  return save_asked_for.load(std::memory_order_relaxed) && save_asked_for.exchange(false);
}

// As many updates as take a hundredth of a second at the pace of the last ones.
bool Pacer::is_time() {
  if (--left_ > 0) return false;
  const auto now = Clock::now();
  const double passed = std::max(std::chrono::duration<double>(now - last_).count(), 1e-9);
  const double wanted = static_cast<double>(interval_) * 0.01 / passed;
  interval_ =
      std::clamp(static_cast<std::int64_t>(std::min(wanted, 1e6)), std::int64_t{1}, 2 * interval_);
  left_ = interval_;
  last_ = now;
  return true;
}

std::filesystem::path output_folder(const Invocation& invocation) {
  const char* given = invocation.has("out") ? "out" : invocation.has("resume") ? "resume" : nullptr;
  std::filesystem::path folder =
      given ? std::filesystem::path(invocation.text(given))
            : std::filesystem::path("out") / std::filesystem::path(invocation.subject).stem();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw UserError("cannot make the folder " + folder.string() + ": " + error.message());
  return folder;
}

bool CheckpointTimes::is_due(std::int64_t step, bool is_time) const {
  if (steps_ > 0 && step - saved_step_ >= steps_) return true;
  return is_time && minutes_ > 0 && seconds() >= 60 * minutes_;
}

void CheckpointTimes::saved(std::int64_t step) {
  saved_step_ = step;
  saved_ = Clock::now();
}

}  // namespace ebb
