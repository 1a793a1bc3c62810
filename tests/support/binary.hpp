// Runs the built `ebb` as a person or a program does, in a folder of its own.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/scratch.hpp"

namespace ebb::test {

struct Outcome {
  int status = 0;
  std::string out, err;
  bool operator==(const Outcome&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << "exit status " << outcome.status << "\n--- standard output\n"
             << outcome.out << "--- standard error\n"
             << outcome.err << "---";
}

inline std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// A fixture: a scratch folder in which `ebb` runs.
class Binary : public Scratch {
 public:
  // `ebb` with these words; `input` is its standard input.
  Outcome ebb(const std::vector<std::string>& words, const std::string& input = "") const {
    std::string command = quoted(EBB_BINARY);
    for (const std::string& word : words) command += " " + quoted(word);
    return shell(command, input);
  }

  // A line for the shell; in it, $EBB is the binary.
  Outcome shell(const std::string& command, const std::string& input = "") const {
    write("stdin", input);
    const std::string line = "cd " + quoted(folder().string()) +
                             " && unset NO_COLOR && EBB=" + quoted(EBB_BINARY) + " && { " +
                             command + "\n} <stdin >stdout 2>stderr";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(path("stdout")),
            read_file(path("stderr"))};
  }
};

// A script of the folder scripts/.
inline std::string example(const std::string& name) {
  return (std::filesystem::path(EBB_SOURCE_DIR) / "scripts" / name).string();
}

// The lines of a text, without their ends.
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

}  // namespace ebb::test
