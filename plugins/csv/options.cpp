#include "plugins/csv/options.hpp"

namespace ebb::csv {

namespace {

// One byte; none where `optional`.
char character(const std::string& text, const char* what, bool optional) {
  if (text.empty() && optional) return '\0';
  const bool fits = text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 &&
                    text != "\n" && text != "\r" && text != "\0";
  if (!fits)
    throw sdk::Failure(std::string("csv: the ") + what + " must be one ASCII character, but is \"" +
                       text + "\"");
  return text[0];
}

}  // namespace

Options::Options(const sdk::Attributes& a)
    : path(a.string(0)),
      header(a.boolean(1)),
      separator(character(a.string(2), "separator", false)),
      quote(character(a.string(3), "quote", true)),
      missing(a.strings(4)),
      columns(a.strings(6)),
      one_hot(a.strings(7)),
      categorical(a.strings(8)),
      real(a.strings(9)) {
  const std::string policy = a.string(5);
  if (separator == quote) throw sdk::Failure("csv: separator and quote are the same character");
  if (policy == "nan") {
    if_missing = IfMissing::nan;
  } else if (policy == "skip") {
    if_missing = IfMissing::skip;
  } else if (policy != "error") {
    throw sdk::Failure("csv: if_missing is \"" + policy + "\"",
                       "it is \"error\", \"nan\" or \"skip\"");
  }
}

}  // namespace ebb::csv
