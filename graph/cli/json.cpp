#include "graph/cli/json.hpp"

#include <iostream>

namespace ebb {

namespace {

Json element(const Array& array, std::int64_t i) {
  const double number = array.at(i);
  if (array.dtype == DType::boolean) return number != 0;
  if (array.dtype == DType::f32 || array.dtype == DType::f64) return number;
  return array.dtype == DType::i64 ? array.data<std::int64_t>()[i]
                                   : static_cast<std::int64_t>(number);
}

// The part of dimension `dim` and beyond that begins at element `first`; moves `first` past it.
Json nested(const Array& array, std::size_t dim, std::int64_t& first) {
  if (dim == array.dims.size()) return element(array, first++);
  Json list = Json::array();
  for (std::int64_t i = 0; i < array.dims[dim]; ++i) list.push_back(nested(array, dim + 1, first));
  return list;
}

}  // namespace

Json to_json(const Array& array) {
  std::int64_t first = 0;
  return nested(array, 0, first);
}

Json to_json(const Evaluation& evaluation) {
  Json object = Json::object();
  if (evaluation.cost) object["cost"] = *evaluation.cost;
  for (const auto& [name, value] : evaluation.metrics) object[name] = value;
  return object;
}

std::string one_line(const Json& object) {
  // Names may hold what is not UTF-8 only where a file's metadata does; it must not stop the line.
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void print_line(const Json& object) { std::cout << one_line(object) << std::flush; }

}  // namespace ebb
