#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "plugins/json/identifiers.hpp"
#include "plugins/json/json.hpp"

namespace ebb::json {

namespace {

using Json = nlohmann::ordered_json;
using namespace sdk;

// Larger constants become parameters, which stand in the file of weights.
constexpr std::size_t largest_literal = 64;

// json[key] as T.
template <class T>
T need(const Json& json, const char* key, const std::string& where) {
  if (!json.is_object() || !json.contains(key)) throw Failure(where + " has no \"" + key + "\"");
  try {
    return json[key].get<T>();
  } catch (const Json::exception&) {
    throw Failure(where + ": \"" + key + "\" is of the wrong kind");
  }
}

// A number that stands under `key`: a float as large as 1e300 can not be made a whole one.
std::int64_t whole(const Json& json, const char* key, const std::string& where) {
  if (json.is_number_unsigned() ? json <= std::uint64_t{INT64_MAX} : json.is_number_integer())
    return json.get<std::int64_t>();
  throw Failure(where + ": \"" + key + "\" is no whole number");
}

Ints whole_numbers(const Json& json, const char* key, const std::string& where) {
  Ints numbers;
  for (const Json& number : need<Json::array_t>(json, key, where))
    numbers.push_back(whole(number, key, where));
  return numbers;
}

// json[key] as a list, empty where there is none.
const Json& list_of(const Json& json, const char* key, const std::string& where) {
  static const Json none = Json::array();
  if (!json.is_object()) throw Failure(where + " is of the wrong kind");
  const auto found = json.find(key);
  if (found == json.end()) return none;
  if (!found->is_array()) throw Failure(where + ": \"" + key + "\" is no list");
  return *found;
}

std::string op_of(const Json& node, const std::string& where) {
  const auto op = need<std::string>(node, "op", where);
  if (!is_identifier(op)) throw Failure(where + ": a script can not call the op `" + op + "`");
  return op;
}

std::string text_of(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// A number; {"number": "inf"} is one, too.
double number_of(const Json& json, const std::string& where) {
  if (json.is_number()) return json.get<double>();
  const auto text = need<std::string>(json, "number", where);
  if (text == "inf") return INFINITY;
  if (text == "-inf") return -INFINITY;
  if (text == "nan") return NAN;
  throw Failure(where + ": `" + text + "` is no number");
}

// What a node gives.
struct Output {
  std::string name, type;
  Ints dims;
  bool per_sample;

  std::size_t elements(const std::string& where) const {
    std::int64_t n = 1;
    for (const auto d : dims)
      if (d < 0 || __builtin_mul_overflow(n, d, &n)) throw Failure(where + " has no shape");
    return static_cast<std::size_t>(n);
  }
  std::string shape() const { return dims.empty() ? "" : to_string(dims); }
};

std::vector<Output> outputs_of(const Json& node, const std::string& where) {
  std::vector<Output> result;
  for (const Json& output : list_of(node, "outputs", where))
    result.push_back({need<std::string>(output, "name", where),
                      need<std::string>(output, "type", where),
                      whole_numbers(output, "dims", where), output.value("per_sample", false)});
  if (result.empty()) throw Failure(where + " has no outputs");
  return result;
}

// The elements, in C order, as nested lists.
std::string literal(const std::vector<double>& values, const Ints& dims, std::size_t dim,
                    std::size_t& at) {
  if (dim == dims.size()) return text_of(values[at++]);
  std::string text = "[";
  for (std::int64_t i = 0; i < dims[dim]; ++i)
    text += (i ? ", " : "") + literal(values, dims, dim + 1, at);
  return text + "]";
}

// Whole numbers keep being whole; a list is what is not evaluated at once.
std::string typed_literal(const Output& output, const std::vector<double>& values) {
  std::size_t at = 0;
  if (output.type != "i64" && output.type != "bool") return literal(values, output.dims, 0, at);
  const std::string dtype = std::to_string(output.type == "i64" ? EBB_I64 : EBB_BOOL);
  if (!output.dims.empty())
    return "convert(" + literal(values, output.dims, 0, at) + ", dtype = " + dtype + ")";
  return "reshape(convert([" + text_of(values.at(0)) + "], dtype = " + dtype + "), [])";
}

std::string attribute(const Json& value, const std::string& where) {
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (text.find_first_of("\"\\\n") != std::string::npos)
      throw Failure(where + ": a script can not write the text " + value.dump());
    return "\"" + text + "\"";
  }
  if (value.is_array()) {
    std::string list;
    for (const Json& item : value) list += (list.empty() ? "" : ", ") + attribute(item, where);
    return "[" + list + "]";
  }
  return text_of(number_of(value, where));
}

// ", ta = false". A script can not write infinities: where they stand, they are the default.
std::string attributes_of(const Json& node, const std::string& where) {
  std::string text;
  if (!node.contains("attributes")) return text;
  if (!node["attributes"].is_object())
    throw Failure(where + ": \"attributes\" is of the wrong kind");
  for (const auto& [name, value] : node["attributes"].items()) {
    if (!is_identifier(name)) throw Failure(where + ": no attribute is called `" + name + "`");
    if (value.is_object() && !std::isfinite(number_of(value, where))) continue;
    text += ", " + name + " = " + attribute(value, where);
  }
  return text;
}

// Writes the script, node by node.
class Reader {
 public:
  Reader(const Import& file, const Json& json) : file_(file), json_(json) {}

  void read() {
    const Json& nodes = list_of(json_, "nodes", "the file");
    plan_names(nodes);
    for (std::size_t i = 0; i < nodes.size(); ++i) add(nodes[i], "node " + std::to_string(i));
    add_outputs();
    std::string head = "# imported from JSON\n";
    for (const std::string& plugin : plugins_) head += "use " + plugin + "\n";
    file_.script(head + "\n" + script_);
  }

 private:
  // Ops keep their names, then inputs and outputs, which users ask for by name.
  void plan_names(const Json& nodes) {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      identifiers_.reserve(op_of(nodes[i], "node " + std::to_string(i)));
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (nodes[i]["op"] == "input")
        plan(outputs_of(nodes[i], "node " + std::to_string(i))[0].name);
    for (const Json& output : list_of(json_, "outputs", "the file"))
      if (const auto value = need<std::string>(output, "value", "an output");
          !planned_.contains(value))
        planned_[value] = identifiers_.make(need<std::string>(output, "name", "an output"));
  }
  void plan(const std::string& value) { planned_[value] = identifiers_.make(value); }

  std::string define(const std::string& value, const std::string& where) {
    if (!planned_.contains(value)) plan(value);
    const std::string name = planned_[value];
    if (!defined_.emplace(value, name).second)
      throw Failure(where + ": there is already a value `" + value + "`");
    return name;
  }
  const std::string& known(const std::string& value, const std::string& where) const {
    const auto found = defined_.find(value);
    if (found == defined_.end()) throw Failure(where + ": no node before it gives `" + value + "`");
    return found->second;
  }

  void add(const Json& node, const std::string& number) {
    const std::string op = op_of(node, number), where = number + " (" + op + ")";
    const auto outputs = outputs_of(node, where);
    if (op == "input") {
      const std::string& type = outputs[0].type;
      if (!outputs[0].per_sample) throw Failure(where + ": an input has a value for each sample");
      script_ += "input " + define(outputs[0].name, where) + outputs[0].shape() +
                 (type == "i64"    ? " : int"
                  : type == "bool" ? " : bool"
                                   : "") +
                 "\n";
    } else if (op == "parameter" || op == "const") {
      add_values(node, outputs[0], op == "parameter", where);
    } else {
      add_call(node, op, outputs, where);
    }
  }

  void add_values(const Json& node, const Output& output, bool parameter,
                  const std::string& where) {
    std::vector<double> values;
    for (const Json& value : list_of(node, "values", where))
      values.push_back(number_of(value, where));
    if (values.size() != output.elements(where))
      throw Failure(where + " is " + to_string(output.dims) + ", but has " +
                    std::to_string(values.size()) + " values");
    const std::string name = define(output.name, where);
    const bool is_real = output.type == "f32" || output.type == "f64";
    const bool finite = std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
    const bool small = !values.empty() && values.size() <= largest_literal && finite;
    if (!parameter && (small || !is_real)) {
      script_ += name + " = " + typed_literal(output, values) + "\n";
      return;
    }
    script_ += "param " + name + output.shape() + " ~ zeros\n";
    if (output.type == "f32")
      file_.parameter<float>(name, output.dims, std::vector<float>(values.begin(), values.end()));
    else
      file_.parameter<double>(name, output.dims, values);
  }

  void add_call(const Json& node, const std::string& op, const std::vector<Output>& outputs,
                const std::string& where) {
    if (node.contains("plugin")) use(need<std::string>(node, "plugin", where), where);
    std::string call;
    for (const auto& input : need<std::vector<std::string>>(node, "inputs", where))
      call += (call.empty() ? "" : ", ") + known(input, where);
    const std::string attributes = attributes_of(node, where);
    call = op + "(" +
           (call.empty() && !attributes.empty() ? attributes.substr(2) : call + attributes) + ")";
    if (outputs.size() == 1) {
      script_ += define(outputs[0].name, where) + " = " + call + "\n";
      return;
    }
    const std::string all = identifiers_.make(op);
    script_ += all + " = " + call + "\n";
    for (std::size_t i = 0; i < outputs.size(); ++i)
      script_ += define(outputs[i].name, where) + " = " + all + "[" + std::to_string(i) + "]\n";
  }

  void use(const std::string& plugin, const std::string& where) {
    if (!is_identifier(plugin)) throw Failure(where + ": no plugin is called `" + plugin + "`");
    plugins_.insert(plugin);
  }

  // An output's name is that of a value, if need be another name for one.
  void add_outputs() {
    script_ += "\n";
    for (const Json& output : list_of(json_, "outputs", "the file")) {
      const auto name = need<std::string>(output, "name", "an output");
      const std::string value = known(need<std::string>(output, "value", name), "output " + name);
      if (value == name || !is_identifier(name))
        script_ += "output " + value + "\n";
      else
        script_ += name + " = " + value + "\noutput " + name + "\n";
    }
  }

  const Import& file_;
  const Json& json_;
  Identifiers identifiers_;
  std::map<std::string, std::string> planned_, defined_;  // names in the file, in the script
  std::set<std::string> plugins_;
  std::string script_;
};

// The parser looks through an object's members for each of its keys, and its callback, at the end
// of each object, through its parent.
void require_small_objects(std::string_view text) {
  constexpr std::size_t most_open = 16, most_members = 256;
  std::vector<std::size_t> members;  // of what is open: commas of an object, none of a list
  std::string open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"')
      for (++i; i < text.size() && text[i] != '"';) i += text[i] == '\\' ? 2 : 1;
    if (c == '{' || c == '[') {
      if (open.size() == most_open) throw Failure("is nested too deeply for a graph");
      open += c;
      members.push_back(1);
    } else if ((c == '}' || c == ']') && !open.empty()) {
      open.pop_back();
      members.pop_back();
    } else if (c == ',' && open.ends_with('{') && ++members.back() > most_members) {
      throw Failure("has an object of more than 256 members, and so is no graph");
    }
  }
}

}  // namespace

void read(const Import& file) {
  Json json;
  require_small_objects(file.bytes());
  try {
    json = Json::parse(file.bytes());
  } catch (const Json::parse_error& error) {
    throw Failure("is no JSON, from byte " + std::to_string(error.byte) + " on");
  } catch (const Json::out_of_range&) {
    throw Failure("holds a number that is too large");
  }
  if (need<std::string>(json, "format", "the file") != format_name)
    throw Failure("is no graph that `ebb export --to json` wrote");
  if (const auto version = whole(need<Json>(json, "version", "the file"), "version", "the file");
      version != format_version)
    throw Failure("is version " + std::to_string(version) + " of the format, and this is version " +
                  std::to_string(format_version));
  Reader(file, json).read();
}

}  // namespace ebb::json
