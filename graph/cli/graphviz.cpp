#include "graph/cli/graphviz.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "graph/core/diagnostic.hpp"

extern char** environ;

namespace ebb {

namespace {

UserError cannot_run(int error) {
  if (error == ENOENT)
    return UserError("drawings are made by Graphviz, whose program `dot` is not on the PATH",
                     {"on Debian: apt install graphviz", "--as dot needs no Graphviz"});
  return UserError(std::string("cannot run Graphviz' program `dot`: ") + std::strerror(error));
}

// Closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int get() const { return number_; }

 private:
  int number_;
};

// Our end and the program's. A socket, since what is sent to a program that has gone is an error
// there, and no signal.
struct Channel {
  Channel() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw cannot_run(errno);
    ours = Descriptor(ends[0]);
    theirs = Descriptor(ends[1]);
  }
  Descriptor ours, theirs;
};

class Program {
 public:
  explicit Program(const std::string& format) {
    const std::string argument = "-T" + format;
    std::string name = "dot", copy = argument;
    char* const words[] = {name.data(), copy.data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; ++i)
      ::posix_spawn_file_actions_adddup2(&actions,
                                         channels_[static_cast<std::size_t>(i)].theirs.get(), i);
    const int error = ::posix_spawnp(&id_, "dot", &actions, nullptr, words, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw cannot_run(error);
    for (Channel& channel : channels_) channel.theirs.close();
  }

  // Sends all of the input while it takes what comes, so that neither side waits for the other.
  void talk(std::string_view input) {
    while (channels_[1].ours.get() >= 0 || channels_[2].ours.get() >= 0) {
      if (input.empty()) channels_[0].ours.close();
      std::array<pollfd, 3> waiting{};
      for (std::size_t i = 0; i < 3; ++i)
        waiting[i] = {channels_[i].ours.get(), i == 0 ? short{POLLOUT} : short{POLLIN}, 0};
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) throw cannot_run(errno);
      if (waiting[0].revents != 0) send(input);
      if (waiting[1].revents != 0) receive(channels_[1].ours, output);
      if (waiting[2].revents != 0) receive(channels_[2].ours, complaints);
    }
  }

  bool succeeded() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  std::string output, complaints;

 private:
  void send(std::string_view& input) {
    const ssize_t sent =
        ::send(channels_[0].ours.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) input.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EAGAIN && errno != EINTR) input = {};
  }

  static void receive(Descriptor& from, std::string& text) {
    std::array<char, 1 << 16> buffer;
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) from.close();
  }

  std::array<Channel, 3> channels_;  // its standard input, output and error
  pid_t id_ = 0;
};

// A label of two fonts is two texts, and the blank between them is the first of the second, where
// browsers leave it out.
void keep_blanks(std::string& svg) {
  constexpr std::string_view text = "<text ", no_break = "&#160;";
  for (std::size_t at = 0; (at = svg.find(text, at)) != std::string::npos;) {
    at = svg.find('>', at);
    if (at + 1 < svg.size() && svg[at + 1] == ' ') svg.replace(at + 1, 1, no_break);
  }
}

}  // namespace

std::string draw(std::string_view dot, std::string_view format) {
  Program program{std::string(format)};
  program.talk(dot);
  if (program.succeeded()) {
    if (format == "svg") keep_blanks(program.output);
    return std::move(program.output);
  }
  const std::string& said = program.complaints;
  throw UserError("Graphviz can not draw the graph: " +
                  (said.empty() ? "`dot` ended without a word" : said.substr(0, said.find('\n'))));
}

}  // namespace ebb
