#include "graph/run/evaluation_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "graph/run/checkpoint.hpp"
#include "graph/run/data/file.hpp"

namespace ebb {

namespace {

namespace fs = std::filesystem;

// A run that begins in the folder of another one leaves that one's record alone until it has a
// checkpoint of its own.
constexpr const char* names[] = {"evaluations-1.bin", "evaluations-2.bin"};
constexpr std::size_t seal_size = 32;
const char* const starts_anew = "`--weights` starts it anew from the weights";

// What stands before the numbers of an answer; its seal follows them.
struct Head {
  EvaluationRecord::Kind kind;
  std::int64_t numbers;
  std::array<char, seal_size> point;  // its fingerprint
};
static_assert(sizeof(Head) == 48, "it is written as it is: no padding");

Head head_of(EvaluationRecord::Kind kind, std::span<const double> point, std::size_t numbers) {
  Fingerprint fingerprint;
  fingerprint.add(std::as_bytes(point));
  Head head{kind, static_cast<std::int64_t>(numbers), {}};
  std::ranges::copy(fingerprint.text(), head.point.begin());
  return head;
}

template <class Number>
std::string_view bytes_in(std::span<const Number> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

ssize_t read_at(int file, void* to, std::size_t bytes, std::int64_t position) {
  ssize_t got = 0;
  do got = ::pread(file, to, bytes, position);
  while (got < 0 && errno == EINTR);
  return got;
}

bool write_at(int file, std::string_view bytes, std::int64_t position) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(file, bytes.data(), bytes.size(), position);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    position += wrote;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

bool copy(int from, int to, std::int64_t bytes) {
  std::vector<char> part(1 << 20);
  for (std::int64_t done = 0; done < bytes;) {
    const auto wanted = std::min(part.size(), static_cast<std::size_t>(bytes - done));
    const ssize_t got = read_at(from, part.data(), wanted, done);
    if (got == 0) errno = EIO;
    if (got <= 0 || !write_at(to, {part.data(), static_cast<std::size_t>(got)}, done)) return false;
    done += got;
  }
  return true;
}

bool holds(int file, const EvaluationRecord::Mark& mark) {
  std::string seal(seal_size, '\0');
  const std::int64_t at = mark.bytes - static_cast<std::int64_t>(seal_size);
  return at >= 0 && read_at(file, seal.data(), seal_size, at) == ssize_t{seal_size} &&
         seal == mark.seal;
}

bool is_of_checkpoint(const fs::path& record, const EvaluationRecord::Mark& mark) {
  const int file = ::open(record.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool result = holds(file, mark);
  ::close(file);
  return result;
}

}  // namespace

EvaluationRecord::~EvaluationRecord() {
  if (file_ >= 0) ::close(file_);
}

bool EvaluationRecord::replay(const fs::path& folder, const Mark& mark) {
  if (mark.bytes == 0) return true;
  for (const char* name : names) {
    const int file = ::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    if (!holds(file, mark)) {
      ::close(file);
      continue;
    }
    file_ = file;
    current_ = folder / name;
    mark_ = mark;
    written_ = mark.bytes;
    seal_ = mark.seal;
    return true;
  }
  return false;
}

void EvaluationRecord::keep_in(const fs::path& folder) {
  std::optional<Mark> theirs;
  try {
    if (const auto found = find_checkpoint(folder))
      theirs = evaluation_mark(found->file, found->path.string());
  } catch (const UserError&) {
    // Nothing goes on from what can not be read.
  }
  path_ = folder / names[0];
  std::error_code ignored;
  for (const char* name : names)
    if (file_ >= 0 && fs::equivalent(current_, folder / name, ignored)) {
      path_ = folder / name;
      return;
    }
  if (theirs && is_of_checkpoint(path_, *theirs)) path_ = folder / names[1];
}

void EvaluationRecord::read(void* to, std::size_t bytes) {
  const ssize_t got = read_at(file_, to, bytes, position_);
  if (got < 0) file_error(current_.string(), std::string("cannot read: ") + std::strerror(errno));
  if (got != static_cast<ssize_t>(bytes) || position_ + got > mark_.bytes)
    file_error(current_.string(), "damaged: it ends within an answer", {starts_anew});
  position_ += got;
  fingerprint_.add({static_cast<const std::byte*>(to), bytes});
}

bool EvaluationRecord::recall(Kind kind, std::span<const double> point, std::span<double> value,
                              std::span<double> derivatives) {
  Head head{};
  read(&head, sizeof head);
  const Head asked = head_of(kind, point, value.size() + derivatives.size());
  if (head.kind != asked.kind || head.point != asked.point ||
      (head.numbers != asked.numbers && head.numbers != 0))
    file_error(current_.string(),
               "the minimizer does not ask what it asked before: it is not deterministic, or the "
               "file is damaged",
               {starts_anew});
  if (head.numbers > 0) {
    read(value.data(), value.size_bytes());
    read(derivatives.data(), derivatives.size_bytes());
  }
  const std::string seal = fingerprint_.text();
  std::string there(seal_size, '\0');
  read(there.data(), there.size());
  if (there != seal)
    file_error(current_.string(), "damaged: an answer is not what was written", {starts_anew});
  return head.numbers > 0;
}

void EvaluationRecord::add(Kind kind, std::span<const double> point, std::span<const double> value,
                           std::span<const double> derivatives) {
  if (path_.empty()) return;
  const Head head = head_of(kind, point, value.size() + derivatives.size());
  const std::string_view parts[] = {bytes_in(std::span<const Head>(&head, 1)), bytes_in(value),
                                    bytes_in(derivatives)};
  for (const std::string_view part : parts) {
    fingerprint_.add(part);
    pending_ += part;
  }
  seal_ = fingerprint_.text();
  fingerprint_.add(seal_);
  pending_ += seal_;
  if (!write()) writes_ = false;
}

bool EvaluationRecord::write() {
  if (!writes_ && !settle()) return false;
  if (!write_at(file_, pending_, written_)) return false;
  written_ += static_cast<std::int64_t>(pending_.size());
  pending_.clear();
  return true;
}

// Has the file open that is kept: anew, with all that was written, where the one before was only
// read, or somebody has taken it away.
bool EvaluationRecord::settle() {
  struct stat mine {
  }, there{};
  const bool has_file = file_ >= 0 && ::fstat(file_, &mine) == 0;
  if (writes_ && has_file && ::stat(path_.c_str(), &there) == 0 && is_same(mine, there))
    return true;
  const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return false;
  const bool goes_on = has_file && ::fstat(file, &there) == 0 && is_same(mine, there);
  if (::ftruncate(file, goes_on ? written_ : 0) != 0 ||
      (!goes_on && !copy(file_, file, written_))) {
    const int error = errno;
    ::close(file);
    errno = error;
    return false;
  }
  if (file_ >= 0) ::close(file_);
  file_ = file;
  current_ = path_;
  return writes_ = true;
}

EvaluationRecord::Mark EvaluationRecord::save() {
  if (!settle() || !write() || ::fsync(file_) != 0) {
    const std::string why = std::strerror(errno);
    writes_ = false;
    file_error(path_.string(), "cannot write: " + why);
  }
  return {written_, seal_};
}

void EvaluationRecord::remove_others() const {
  std::error_code ignored;
  for (const char* name : names)
    if (path_.filename() != name) fs::remove(path_.parent_path() / name, ignored);
}

void EvaluationRecord::remove_all(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : names) fs::remove(folder / name, ignored);
}

}  // namespace ebb
