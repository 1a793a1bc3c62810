#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "plugins/json/json.hpp"

namespace ebb::json {

namespace {

using Json = nlohmann::ordered_json;
using namespace sdk;

const char* type_name(std::int32_t dtype) {
  switch (dtype) {
    case EBB_BOOL:
      return "bool";
    case EBB_I64:
      return "i64";
    case EBB_F32:
      return "f32";
    default:
      return "f64";
  }
}

// JSON has no infinity and no NaN: they are strings in an object.
Json number(double value) {
  if (std::isfinite(value)) return value;
  return {{"number", std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"}};
}

template <class T>
Json list(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T value : values) {
    if constexpr (std::is_floating_point_v<T>) {
      array.push_back(number(value));
    } else {
      array.push_back(value);
    }
  }
  return array;
}

Json attribute(const ebb_attr& attr) {
  const auto n = static_cast<std::size_t>(attr.i);
  switch (attr.kind) {
    case EBB_ATTR_INT:
      return attr.i;
    case EBB_ATTR_REAL:
      return number(attr.r);
    case EBB_ATTR_BOOL:
      return attr.i != 0;
    case EBB_ATTR_STRING:
      return attr.s;
    case EBB_ATTR_INTS:
      return list(Ints(attr.ints, attr.ints + n));
    case EBB_ATTR_REALS:
      return list(std::vector<double>(attr.reals, attr.reals + n));
    default: {
      Json strings = Json::array();
      for (const char* at = attr.s; strings.size() < n; at += std::strlen(at) + 1)
        strings.push_back(at);
      return strings;
    }
  }
}

Json values(const GraphNode& node) {
  switch (node.type().dtype) {
    case EBB_BOOL:
    case EBB_I64:
      return list(node.values<std::int64_t>());
    default:
      return list(node.values<double>());
  }
}

// A name of its own for every value: the one that the graph knows, else "v12".
class Names {
 public:
  explicit Names(const Export& graph) {
    for (std::int64_t i = 0; i < graph.size(); ++i)
      if (const std::string name(graph[i].name()); !name.empty() && graph[i].outputs() == 1)
        if (taken_.insert(name).second) names_[{i, 0}] = name;
    for (std::int64_t i = 0; i < graph.size(); ++i)
      for (int k = 0; k < graph[i].outputs(); ++k)
        if (!names_.contains({i, k})) names_[{i, k}] = unused(i, k);
  }
  const std::string& operator[](const ValueRef& value) const {
    return names_.at({value.node, value.output});
  }
  const std::string& at(std::int64_t node, int output) const { return names_.at({node, output}); }

 private:
  std::string unused(std::int64_t node, int output) {
    std::string name = std::to_string(node);
    name.insert(0, 1, 'v');
    if (output > 0) name.append(1, '_').append(std::to_string(output));
    while (!taken_.insert(name).second) name += '_';
    return name;
  }
  std::map<std::pair<std::int64_t, int>, std::string> names_;
  std::set<std::string> taken_;
};

Json to_json(const Export& graph, std::int64_t i, const Names& names) {
  const GraphNode node = graph[i];
  Json json{{"op", node.op()}};
  if (!node.plugin().empty()) json["plugin"] = node.plugin();
  for (int k = 0; k < node.inputs(); ++k) json["inputs"].push_back(names[node.input(k)]);
  for (const ebb_named_attr& attr : node.attrs())
    json["attributes"][attr.name] = attribute(attr.value);
  for (int k = 0; k < node.outputs(); ++k) {
    const Type type = node.type(k);
    Json output{{"name", names.at(i, k)}, {"type", type_name(type.dtype)}, {"dims", type.dims}};
    if (type.per_sample) output["per_sample"] = true;
    json["outputs"].push_back(std::move(output));
  }
  if (node.has_value()) json["values"] = values(node);
  return json;
}

}  // namespace

void write(const Export& graph) {
  const Names names(graph);
  const auto line = [&](std::int64_t i, const Json& json) {
    graph.write(i ? ",\n" : "\n");
    graph.write(json.dump());
  };
  graph.write("{\n\"format\": " + Json(format_name).dump());
  graph.write(",\n\"version\": " + std::to_string(format_version));
  graph.write(",\n\"model\": " + Json(graph.model()).dump());
  graph.write(",\n\"nodes\": [");
  for (std::int64_t i = 0; i < graph.size(); ++i) line(i, to_json(graph, i, names));
  graph.write("\n],\n\"outputs\": [");
  for (int i = 0; i < graph.outputs(); ++i)
    line(i, {{"name", graph.output_name(i)}, {"value", names[graph.output(i)]}});
  graph.write("\n]\n}\n");
}

}  // namespace ebb::json
