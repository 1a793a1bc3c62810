// Which statement may stand where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graph/script/token.hpp"

namespace ebb {

enum class Place : std::uint8_t {
  top,        // the top level of a file
  top_block,  // the body of a for or an if there
  def,
  layer,
  optimizer,
  data,
  train,
};

// The place of a for's or an if's body that stands at `place`.
Place body_place(Place place);

// Whether the statement that begins with that keyword may stand there.
bool may_stand(TokenKind keyword, Place place);

// "in a layer"
std::string_view description(Place place);
// "in a layer or in an optimizer": all places where the statement may stand.
std::string places_of(TokenKind keyword);

}  // namespace ebb
