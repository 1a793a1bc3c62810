#include "graph/cli/report/page.hpp"

#include <sys/random.h>

#include <vector>

#include "graph/cli/report/assets.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

constexpr std::string_view data_begin = "<script type=\"application/json\" id=\"data\">";
constexpr std::string_view data_end = "</script>";

std::string_view asset(std::string_view name) {
  for (const EmbeddedFile& file : report_assets())
    if (file.name == name) return file.text;
  throw InternalError("the report has no asset " + std::string(name));
}

// In the order in which they use one another.
std::string scripts() {
  std::string text = "/*\n" + std::string(asset("uplot/LICENSE")) + "*/\n";
  for (const char* name :
       {"uplot/uPlot.iife.min.js", "assets/elements.js", "assets/charts.js", "assets/figures.js",
        "assets/samples.js", "assets/texts.js", "assets/page.js"})
    text += std::string(asset(name)) + "\n";
  return text;
}

// What stands in the template at {{NAME}}. Each value is copied, never searched again.
std::string filled(std::string_view page,
                   const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string text;
  while (true) {
    const std::size_t open = page.find("{{"), close = page.find("}}");
    if (open == std::string_view::npos) return text.append(page);
    text.append(page.substr(0, open));
    const std::string_view name = page.substr(open + 2, close - open - 2);
    for (const auto& [key, value] : values)
      if (key == name) text += value;
    page.remove_prefix(close + 2);
  }
}

}  // namespace

std::string data_text(const Json& data) {
  // As an escape of JSON, `<` opens no element.
  std::string text;
  for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace))
    c == '<' ? text += "\\u003c" : text += c;
  return text;
}

std::string page_of(const Json& data, PageKind kind, std::string_view nonce) {
  return filled(asset("assets/page.html"),
                {{"NONCE", std::string(nonce)},
                 {"CONNECT", kind == PageKind::live ? "'self'" : "'none'"},
                 {"KIND", kind == PageKind::live ? "live" : "file"},
                 {"STYLE", std::string(asset("uplot/uPlot.min.css")) + "\n" +
                               std::string(asset("assets/page.css"))},
                 {"DATA", data_text(data)},
                 {"SCRIPT", scripts()}});
}

Json data_of_page(std::string_view page) {
  const std::size_t begin = page.find(data_begin);
  if (begin == std::string_view::npos) throw UserError("it holds no data of a report");
  const std::string_view rest = page.substr(begin + data_begin.size());
  const std::size_t end = rest.find(data_end);
  if (end == std::string_view::npos) throw UserError("it ends in the middle of its data");
  return Json::parse(rest.substr(0, end));
}

std::string random_word(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  if (::getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes))
    throw UserError("the system gives no random numbers");
  std::string word;
  for (const unsigned char byte : random) {
    word += "0123456789abcdef"[byte >> 4];
    word += "0123456789abcdef"[byte & 15];
  }
  return word;
}

}  // namespace ebb
