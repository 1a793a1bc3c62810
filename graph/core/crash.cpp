#include "graph/core/crash.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "graph/core/op.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EBB_SIGNALS_ARE_TAKEN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EBB_SIGNALS_ARE_TAKEN
#endif
#endif

namespace ebb {

namespace {

// What a signal handler reads: plain pointers of the thread that it strikes.
struct Note {
  const char *plugin, *op, *function;
};
constinit thread_local Note now{nullptr, nullptr, nullptr};

#ifndef EBB_SIGNALS_ARE_TAKEN
void say(const char* text) {
  for (std::size_t left = std::strlen(text); left > 0;) {
    const ssize_t written = ::write(STDERR_FILENO, text, left);
    if (written <= 0) return;
    text += written;
    left -= static_cast<std::size_t>(written);
  }
}

const char* kind_of(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
      return "it touched memory that is not its own";
    case SIGFPE:
      return "it divided a whole number by zero";
    case SIGILL:
      return "it has an instruction that this machine does not know";
    default:
      return "it aborted";
  }
}

// Calls only what POSIX allows in a signal handler. Returning repeats the fault, or goes on with
// abort(), under the default action.
void name_plugin(int signal) {
  const Note note = now;
  if (note.plugin == nullptr) return;
  say("error: the plugin ");
  say(note.plugin);
  say(" crashed in ");
  if (note.op != nullptr) {
    say("op `");
    say(note.op);
    say("` (");
    say(note.function);
    say(")");
  } else {
    say(note.function);
  }
  say(": ");
  say(kind_of(signal));
  say("\n");
}
#endif

}  // namespace

InPlugin::InPlugin(const char* plugin, const char* op, const char* function) noexcept
    : plugin_(now.plugin), op_(now.op), function_(now.function) {
  now = {plugin, op, function};
}

InPlugin::InPlugin(const OpDef& op, const char* function) noexcept
    : plugin_(now.plugin), op_(now.op), function_(now.function) {
  if (op.from_file) now = {op.plugin.c_str(), op.name.c_str(), function};
}

InPlugin::~InPlugin() { now = {plugin_, op_, function_}; }

void name_crashing_plugins() {
#ifndef EBB_SIGNALS_ARE_TAKEN
  // A stack of its own, for the overflow of the other.
  static std::array<std::byte, std::size_t{64} * 1024> stack;
  stack_t alternative{};
  alternative.ss_sp = stack.data();
  alternative.ss_size = stack.size();
  ::sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_handler = &name_plugin;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    ::sigaction(signal, &action, nullptr);
#endif
}

}  // namespace ebb
