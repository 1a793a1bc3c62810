// The names of values: "a[0].w".
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ebb::script {

// Which names of layer calls are given more than once outside a loop. That shows only when the
// second call comes, so a script in which it happens is elaborated again.
class Repeats {
 public:
  bool contains(const std::string& key) const { return known_.contains(key); }
  void add(const std::string& key) { grown_ |= known_.insert(key).second; }
  // Whether a name was added since this was last asked.
  bool take_grown() { return std::exchange(grown_, false); }

 private:
  std::set<std::string> known_;
  bool grown_ = false;
};

// The names within one layer call, or those of the whole script. Layer calls are numbered: by
// iteration in a loop, by order when a name is repeated outside one.
class NameScope {
 public:
  explicit NameScope(Repeats& repeats) : repeats_(&repeats) {}

  const std::string& path() const { return path_; }
  const NameScope* parent() const { return parent_; }
  // "w" in the scope a[0] is "a[0].w".
  std::string qualify(const std::string& name) const;
  // The scope of a layer call of that name; it must not outlive this one.
  NameScope open(const std::string& name);

  void enter_loop() { loops_.push_back({next_loop_++, 0}); }
  void iterate(std::int64_t iteration) { loops_.back().iteration = iteration; }
  void leave_loop() { loops_.pop_back(); }
  bool in_loop() const { return !loops_.empty(); }

 private:
  struct Loop {
    std::int64_t id, iteration;
  };
  // How far the calls of one name are numbered, behind some indices.
  struct Numbering {
    std::int64_t next = 0;
    std::int64_t loop = -1, offset = 0;  // the loop that numbers at present, and its first index
    bool plain = false;                  // a call outside loops has been numbered or left bare
  };
  void append_loop_index(const Loop& loop, const std::string& key, std::string& indices);
  void append_order_index(const std::string& key, std::string& indices);

  Repeats* repeats_;
  const NameScope* parent_ = nullptr;
  std::string path_;
  std::string key_;  // as `path_`, but the same in each elaboration
  std::vector<Loop> loops_;
  std::int64_t next_loop_ = 0;
  std::map<std::string, Numbering> numberings_;
  std::map<std::string, std::int64_t> calls_;
};

// Whether `name` has the form of `pattern`, in which * is any text and ? any character.
bool matches(const std::string& pattern, const std::string& name);

}  // namespace ebb::script
