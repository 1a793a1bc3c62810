#include "graph/script/placement.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "graph/core/diagnostic.hpp"

namespace ebb {
namespace {

constexpr auto all_places = std::to_array({Place::top, Place::top_block, Place::def, Place::layer,
                                           Place::optimizer, Place::data, Place::train});

}  // namespace

Place body_place(Place place) { return place == Place::top ? Place::top_block : place; }

bool may_stand(TokenKind keyword, Place place) {
  const bool top = place == Place::top, in_script = top || place == Place::top_block;
  switch (keyword) {
    case TokenKind::key_include:
    case TokenKind::key_use:
    case TokenKind::key_option:
    case TokenKind::key_rewrite:
      return top;
    case TokenKind::key_layer:
    case TokenKind::key_optimizer:
    case TokenKind::key_input:
    case TokenKind::key_target:
    case TokenKind::key_output:
    case TokenKind::key_cost:
    case TokenKind::key_metric:
    case TokenKind::key_data:
    case TokenKind::key_train:
      return in_script;
    case TokenKind::key_param:
      return in_script || place == Place::layer;
    case TokenKind::key_state:
      return place == Place::layer || place == Place::optimizer;
    case TokenKind::key_return:
      return place == Place::layer || place == Place::def;
    case TokenKind::key_def:
      return place != Place::data && place != Place::train;
    case TokenKind::key_for:
    case TokenKind::key_if:
    case TokenKind::key_assert:
      return place != Place::train;
    default:
      return false;
  }
}

std::string_view description(Place place) {
  switch (place) {
    case Place::top:
      return "at the top level";
    case Place::top_block:
      return "in a for or an if";
    case Place::def:
      return "in a def";
    case Place::layer:
      return "in a layer";
    case Place::optimizer:
      return "in an optimizer";
    case Place::data:
      return "in a data block";
    case Place::train:
      return "in a train block";
  }
  throw InternalError("description: no such place");
}

std::string places_of(TokenKind keyword) {
  std::string result;
  for (const Place place : all_places) {
    // What may stand at the top level in a block too is not worth saying twice.
    if (place == Place::top_block || !may_stand(keyword, place)) continue;
    if (!result.empty()) result += " or ";
    result += description(place);
  }
  return result;
}

}  // namespace ebb
