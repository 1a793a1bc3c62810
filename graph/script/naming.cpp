#include "graph/script/naming.hpp"

#include <algorithm>

#include "graph/core/diagnostic.hpp"

namespace ebb::script {

namespace {

std::string bracketed(std::int64_t index) { return "[" + std::to_string(index) + "]"; }

}  // namespace

std::string NameScope::qualify(const std::string& name) const {
  return path_.empty() ? name : path_ + "." + name;
}

NameScope NameScope::open(const std::string& name) {
  std::string indices;
  for (const Loop& loop : loops_) append_loop_index(loop, name + indices, indices);
  append_order_index(name + indices, indices);
  NameScope scope(*repeats_);
  scope.parent_ = this;
  scope.path_ = qualify(name + indices);
  scope.key_ = key_ + "/" + name + "#" + std::to_string(calls_[name]++);
  return scope;
}

void NameScope::append_loop_index(const Loop& loop, const std::string& key, std::string& indices) {
  Numbering& numbering = numberings_[key];
  if (numbering.plain) repeats_->add(key_ + "/" + key);
  if (numbering.loop != loop.id) {
    numbering.loop = loop.id;
    numbering.offset = numbering.next;
  }
  const std::int64_t index = numbering.offset + loop.iteration;
  numbering.next = std::max(numbering.next, index + 1);
  indices += bracketed(index);
}

void NameScope::append_order_index(const std::string& key, std::string& indices) {
  Numbering& numbering = numberings_[key];
  if (numbering.next > 0) repeats_->add(key_ + "/" + key);
  const std::int64_t index = numbering.next++;
  numbering.plain = true;
  numbering.loop = -1;
  if (repeats_->contains(key_ + "/" + key)) indices += bracketed(index);
}

bool matches(const std::string& pattern, const std::string& name) {
  std::size_t p = 0, n = 0;
  // Where the last * stands, and up to where it reaches.
  std::size_t star = std::string::npos, reach = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      reach = n;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      do ++n;
      while (n < name.size() && is_continuation(name[n]));
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {
      p = star + 1;
      n = ++reach;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string::npos;
}

}  // namespace ebb::script
