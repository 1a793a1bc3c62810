// Options as the command line gives them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/script/item.hpp"

namespace ebb::script {

// Whether --NAME is a flag that some command of the binary takes, so that no option may be called
// so.
bool is_command_line_flag(std::string_view name);

// The text as an option of the default's kind; nothing where it is none.
std::optional<Item> parse_option(const std::string& text, const Item& fallback);

}  // namespace ebb::script
