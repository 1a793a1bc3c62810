// The page of a report: one file that needs no other.
#pragma once

#include <string>
#include <string_view>

#include "graph/cli/json.hpp"

namespace ebb {

// Whether a page stays as it is, or asks the server that it came from for news.
enum class PageKind : std::uint8_t { file, live };

// `nonce` is a random word: scripts and styles without it are not run, whatever names and texts
// the data hold.
std::string page_of(const Json& data, PageKind kind, std::string_view nonce);
// The data as it stands in the page: no text in it can end the element that holds it.
std::string data_text(const Json& data);
// The data of a page. Throws Json::exception or UserError where there is none in it.
Json data_of_page(std::string_view page);

// So many random bytes of the system, as hexadecimal digits. Throws UserError.
std::string random_word(std::size_t bytes = 16);

}  // namespace ebb
