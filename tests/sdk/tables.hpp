// Tables of the plugin boundary as numbers, to hold one version against another.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace ebb::test {

struct TableField {
  std::string name, type;
  std::size_t offset = 0;
};

struct Table {
  std::size_t size = 0;
  std::vector<TableField> fields;

  const TableField* find(const std::string& name) const {
    for (const TableField& field : fields)
      if (field.name == name) return &field;
    return nullptr;
  }
};

struct Tables {
  std::map<std::string, Table> tables;
  std::map<std::string, long> values;  // of enumerators
};

// How a plugin that was built with `then` would misread or be misread by a host built with `now`;
// empty where tables are only appended to.
inline std::vector<std::string> breaches(const Tables& then, const Tables& now) {
  std::vector<std::string> found;
  for (const auto& [name, table] : then.tables) {
    const auto present = now.tables.find(name);
    if (present == now.tables.end()) {
      found.push_back(name + " is gone");
      continue;
    }
    const Table& later = present->second;
    const TableField* size = later.find("size");
    if (size == nullptr ? later.size != table.size : later.size < table.size || size->offset != 0)
      found.push_back(size == nullptr
                          ? name + " does not begin with its size, so it may not grow or shrink"
                          : name + " has shrunk, or does not begin with its size");
    for (const TableField& field : table.fields) {
      const TableField* same = later.find(field.name);
      if (same == nullptr)
        found.push_back(name + "." + field.name + " is gone");
      else if (same->offset != field.offset)
        found.push_back(name + "." + field.name + " has moved");
      else if (same->type != field.type)
        found.push_back(name + "." + field.name + " was " + field.type + " and is " + same->type);
    }
    for (const TableField& field : later.fields)
      if (table.find(field.name) == nullptr && field.offset < table.size)
        found.push_back(name + "." + field.name + " lies within the table as it was");
  }
  for (const auto& [name, value] : then.values) {
    const auto present = now.values.find(name);
    if (present == now.values.end())
      found.push_back(name + " is gone");
    else if (present->second != value)
      found.push_back(name + " was " + std::to_string(value) + " and is " +
                      std::to_string(present->second));
  }
  return found;
}

}  // namespace ebb::test
