#include "graph/core/latex.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>

#include "graph/core/notation.hpp"

namespace ebb {

namespace {

using Spelling = std::pair<std::string_view, std::string_view>;

constexpr Spelling letters[] = {
    {"α", "\\alpha"},  {"β", "\\beta"},  {"γ", "\\gamma"},  {"δ", "\\delta"}, {"ε", "\\epsilon"},
    {"ζ", "\\zeta"},   {"η", "\\eta"},   {"θ", "\\theta"},  {"ι", "\\iota"},  {"κ", "\\kappa"},
    {"λ", "\\lambda"}, {"μ", "\\mu"},    {"ν", "\\nu"},     {"ξ", "\\xi"},    {"ο", "o"},
    {"π", "\\pi"},     {"ρ", "\\rho"},   {"σ", "\\sigma"},  {"τ", "\\tau"},   {"υ", "\\upsilon"},
    {"φ", "\\phi"},    {"χ", "\\chi"},   {"ψ", "\\psi"},    {"ω", "\\omega"}, {"Γ", "\\Gamma"},
    {"Δ", "\\Delta"},  {"Θ", "\\Theta"}, {"Λ", "\\Lambda"}, {"Ξ", "\\Xi"},    {"Π", "\\Pi"},
    {"Φ", "\\Phi"},    {"Ψ", "\\Psi"},   {"Ω", "\\Omega"},  {"ℓ", "\\ell"}};

constexpr Spelling signs[] = {
    {"⊙", "\\odot"},      {"⊗", "\\otimes"}, {"⊕", "\\oplus"},  {"·", "\\cdot"},
    {"×", "\\times"},     {"∗", "*"},        {"⋆", "\\star"},   {"±", "\\pm"},
    {"≤", "\\le"},        {"≥", "\\ge"},     {"≠", "\\ne"},     {"≈", "\\approx"},
    {"∧", "\\land"},      {"∨", "\\lor"},    {"¬", "\\lnot"},   {"∈", "\\in"},
    {"∞", "\\infty"},     {"Σ", "\\sum"},    {"∑", "\\sum"},    {"∏", "\\prod"},
    {"∂", "\\partial"},   {"∇", "\\nabla"},  {"⟨", "\\langle"}, {"⟩", "\\rangle"},
    {"⌊", "\\lfloor"},    {"⌋", "\\rfloor"}, {"⌈", "\\lceil"},  {"⌉", "\\rceil"},
    {"→", "\\to"},        {"←", "\\gets"},   {"…", "\\dots"},   {"½", "\\tfrac{1}{2}"},
    {"−", "-"},           {"′", "'"},        {"″", "''"},       {"ᵀ", "^{\\mathsf{T}}"},
    {"⁻¹", "^{-1}"},      {"²", "^{2}"},     {"³", "^{3}"},     {"ⁿ", "^{n}"},
    {"{", "\\{"},         {"}", "\\}"},      {"%", "\\%"},      {"&", "\\&"},
    {"#", "\\#"},         {"$", "\\$"},      {"~", "\\sim"},    {"\\", "\\backslash"},
    {"\"", "\\text{\"}"}, {"⊕", "\\oplus"},  {"∘", "\\circ"},   {"∥", "\\|"}};

// Functions that LaTeX has a command for.
constexpr std::string_view functions[] = {"arg", "cos", "cosh", "det",  "exp", "log",
                                          "max", "min", "sin",  "sinh", "tan", "tanh"};

constexpr std::string_view digits_below[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};

std::size_t bytes_at(std::string_view text, std::size_t i) {
  std::size_t n = 1;
  while (i + n < text.size() && (static_cast<unsigned char>(text[i + n]) & 0xC0) == 0x80) ++n;
  return n;
}

template <class Table>
const Spelling* find(const Table& table, std::string_view text) {
  for (const Spelling& spelling : table)
    if (text.starts_with(spelling.first)) return &spelling;
  return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 32; }

// The bracket that closes the one at `open`; npos where none does.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '[') ++depth;
    if ((text[i] == ')' || text[i] == ']') && --depth == 0) return i;
  }
  return std::string_view::npos;
}

class Translator {
 public:
  Translator(std::string_view text, Words words) : text_(text), words_(words) {}
  std::string run();

 private:
  void step();
  bool quotient();
  bool root();
  bool power();
  bool differential();
  bool bar();
  void number();
  void name();
  std::string component();
  std::string word(std::string_view text) const;
  std::string_view identifier();
  std::string digits_below_the_line();
  bool at(std::string_view what) const { return text_.substr(i_).starts_with(what); }
  bool at_letter() const;
  void put(std::string_view latex);
  std::string translated(std::string_view part) const { return Translator(part, words_).run(); }

  std::string_view text_;
  Words words_;
  std::size_t i_ = 0;
  std::string out_;
  bool bar_open_ = false;
};

// A command's name must not run into what follows it.
void Translator::put(std::string_view latex) {
  std::size_t word = out_.size();
  while (word > 0 && std::isalpha(static_cast<unsigned char>(out_[word - 1]))) --word;
  const bool command = word > 0 && word < out_.size() && out_[word - 1] == '\\';
  const bool runs_on = !latex.empty() &&
                       (std::isalpha(static_cast<unsigned char>(latex[0])) || is_control(latex[0]));
  if (command && runs_on) out_ += ' ';
  out_ += latex;
}

bool Translator::at_letter() const {
  const char c = i_ < text_.size() ? text_[i_] : '\0';
  if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') return true;
  return (static_cast<unsigned char>(c) & 0x80) != 0 && !find(signs, text_.substr(i_)) &&
         !at("√") && !at("∛") && !at("‖");
}

// A / B as a fraction, where that is the whole.
bool Translator::quotient() {
  std::size_t slash = std::string_view::npos;
  int depth = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '(' || text_[i] == '[') ++depth;
    if (text_[i] == ')' || text_[i] == ']') --depth;
    if (depth > 0 || !text_.substr(i).starts_with(" / ")) continue;
    if (slash != std::string_view::npos) return false;
    slash = i;
  }
  if (slash == std::string_view::npos || text_.find(" = ") != std::string_view::npos) return false;
  out_ = "\\frac{" + translated(text_.substr(0, slash)) + "}{" +
         translated(text_.substr(slash + 3)) + "}";
  return true;
}

bool Translator::root() {
  const bool cube = at("∛");
  if (!cube && !at("√")) return false;
  i_ += bytes_at(text_, i_);
  put(cube ? "\\sqrt[3]" : "\\sqrt");
  const auto close =
      i_ < text_.size() && text_[i_] == '(' ? closing(text_, i_) : std::string_view::npos;
  if (close == std::string_view::npos) {
    const std::size_t n = i_ < text_.size() ? bytes_at(text_, i_) : 0;
    out_ += "{" + translated(text_.substr(i_, n)) + "}";
    i_ += n;
  } else {
    out_ += "{" + translated(text_.substr(i_ + 1, close - i_ - 1)) + "}";
    i_ = close + 1;
  }
  return true;
}

bool Translator::power() {
  if (!at("^")) return false;
  ++i_;
  const auto close =
      i_ < text_.size() && text_[i_] == '(' ? closing(text_, i_) : std::string_view::npos;
  if (close != std::string_view::npos) {
    out_ += "^{" + translated(text_.substr(i_ + 1, close - i_ - 1)) + "}";
    i_ = close + 1;
    return true;
  }
  std::size_t end = i_ + 1;
  while (end < text_.size() && is_digit(text_[i_]) && is_digit(text_[end])) ++end;
  out_ += "^{" + translated(text_.substr(i_, end - i_)) + "}";
  i_ = end;
  return true;
}

// ∂C/∂a[0].w
bool Translator::differential() {
  if (!at("∂")) return false;
  const std::string_view sign = "∂";
  const std::size_t begin = i_;
  i_ += sign.size();
  if (at_letter()) {
    const std::string above = component();
    if (at("/∂")) {
      i_ += 1 + sign.size();
      Translator below(text_.substr(i_), words_);
      below.name();
      i_ += below.i_;
      put("\\frac{\\partial " + above + "}{\\partial " + below.out_ + "}");
      return true;
    }
  }
  i_ = begin;
  return false;
}

bool Translator::bar() {
  const bool norm = at("‖");
  if (!norm && !at("|")) return false;
  i_ += bytes_at(text_, i_);
  bar_open_ = !bar_open_;
  put(std::string("\\") + (bar_open_ ? "l" : "r") + (norm ? "Vert" : "vert"));
  return true;
}

void Translator::number() {
  const std::size_t begin = i_;
  while (i_ < text_.size() && (is_digit(text_[i_]) || (text_[i_] == '.' && i_ + 1 < text_.size() &&
                                                       is_digit(text_[i_ + 1]))))
    ++i_;
  const std::string mantissa(text_.substr(begin, i_ - begin));
  const bool scientific = at("e-") || at("e+");
  if (!scientific) return put(mantissa);
  const std::string sign = text_[i_ + 1] == '-' ? "-" : "";
  i_ += 2;
  while (at("0")) ++i_;
  const std::size_t exponent = i_;
  while (i_ < text_.size() && is_digit(text_[i_])) ++i_;
  put((mantissa == "1" ? "" : mantissa + " \\cdot ") + "10^{" + sign +
      std::string(text_.substr(exponent, i_ - exponent)) + "}");
}

std::string_view Translator::identifier() {
  const std::size_t begin = i_;
  while (i_ < text_.size() && (at_letter() || is_digit(text_[i_]))) {
    if (std::ranges::any_of(digits_below, [&](auto digit) { return at(digit); })) break;
    i_ += bytes_at(text_, i_);
  }
  return text_.substr(begin, i_ - begin);
}

std::string Translator::digits_below_the_line() {
  std::string text;
  for (bool found = true; found;) {
    found = false;
    for (std::size_t digit = 0; digit < 10 && !found; ++digit) {
      if (!at(digits_below[digit])) continue;
      text += static_cast<char>('0' + digit);
      i_ += digits_below[digit].size();
      found = true;
    }
  }
  return text;
}

// The letters of a word: Greek ones by name, those that LaTeX's fonts lack by number.
std::string Translator::word(std::string_view text) const {
  const std::string greek = symbol(std::string(text));
  if (const Spelling* letter = find(letters, greek); letter && letter->first == greek)
    return std::string(letter->second);
  if (text.size() == 1) return text == "_" ? "\\_" : std::string(text);
  if (text == "inf") return "\\infty";
  if (words_ == Words::functions && std::ranges::find(functions, text) != std::end(functions))
    return "\\" + std::string(text);
  Translator inner({}, words_);
  for (std::size_t i = 0, n = 0; i < text.size(); i += n) {
    n = bytes_at(text, i);
    const std::string_view c = text.substr(i, n);
    const Spelling* letter = find(letters, c);
    char code[24] = "";
    if (n > 2)
      std::snprintf(code, sizeof code, "\\text{(%02X%02X%02X)}", c[0] & 0xFF, c[1] & 0xFF,
                    c[2] & 0xFF);
    inner.put(letter     ? std::string(letter->second)
              : n > 2    ? std::string(code)
              : n == 2   ? "\\text{" + std::string(c) + "}"
              : c == "_" ? "\\_"
                         : std::string(c));
  }
  return (words_ == Words::functions ? "\\operatorname{" : "\\mathit{") + inner.out_ + "}";
}

// An identifier with its indices and primes: "a[0][1]", "beta1", "w′".
std::string Translator::component() {
  std::string_view letters = identifier();
  std::string below;
  if (words_ == Words::variables) {
    std::size_t end = letters.size();
    while (end > 1 && is_digit(letters[end - 1])) --end;
    below = letters.substr(end);
    letters = letters.substr(0, end);
  }
  below += digits_below_the_line();
  while (words_ == Words::variables && at("[") && i_ + 1 < text_.size() &&
         is_digit(text_[i_ + 1])) {
    const std::size_t close = closing(text_, i_);
    if (close == std::string_view::npos) break;
    below += (below.empty() ? "" : ",") + std::string(text_.substr(i_ + 1, close - i_ - 1));
    i_ = close + 1;
  }
  std::string primes;
  for (; at("'") || at("′"); i_ += bytes_at(text_, i_)) primes += "'";
  return word(letters) + (below.empty() ? "" : "_{" + below + "}") + primes;
}

// a[1].w is the w of a[1].
void Translator::name() {
  std::vector<std::string> scopes;
  std::string last = component();
  while (at(".") && i_ + 1 < text_.size()) {
    ++i_;
    if (!at_letter()) {
      --i_;
      break;
    }
    scopes.push_back(std::exchange(last, component()));
  }
  if (scopes.empty()) return put(last);
  std::string scope;
  for (const std::string& one : scopes) scope += (scope.empty() ? "" : ".") + one;
  const auto subscript = last.find("_{");
  const auto primes = std::min(last.find('\''), last.size());
  if (subscript == std::string::npos)
    last.insert(primes, "_{" + scope + "}");
  else
    last.insert(subscript + 2, scope + ",");
  put(last);
}

void Translator::step() {
  if (root() || power() || differential() || bar()) return;
  if (is_digit(text_[i_])) return number();
  if (const std::string below = digits_below_the_line(); !below.empty())
    return put("_{" + below + "}");
  if (at_letter()) return name();
  if (const Spelling* sign = find(signs, text_.substr(i_))) {
    put(sign->second);
    i_ += sign->first.size();
    return;
  }
  // Factors side by side stand a little apart.
  const std::string_view before = text_.substr(0, i_);
  const bool after_factor = before.ends_with("ᵀ") || (i_ > 0 && is_control(before.back()));
  const bool factors =
      at(" ") && after_factor && i_ + 1 < text_.size() && is_control(text_[i_ + 1]);
  put(factors ? "\\," : text_.substr(i_, 1));
  ++i_;
}

std::string Translator::run() {
  if (quotient()) return out_;
  while (i_ < text_.size()) step();
  return out_;
}

}  // namespace

std::string latex_of(std::string_view text, Words words) { return Translator(text, words).run(); }

std::string with_tall_brackets(const std::string& latex) {
  static constexpr std::array<Spelling, 4> brackets = {
      {{"(", ")"}, {"\\lvert", "\\rvert"}, {"\\lVert", "\\rVert"}, {"\\langle", "\\rangle"}}};
  std::string text = latex;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const auto& [left, right] : brackets) {
      if (text.compare(i, left.size(), left) == 0) open.push_back(i);
      if (text.compare(i, right.size(), right) != 0 || open.empty()) continue;
      const std::size_t begin = open.back();
      open.pop_back();
      const std::string_view inside(text.data() + begin, i - begin);
      if (inside.find("\\frac") == std::string_view::npos &&
          inside.find("\\sqrt") == std::string_view::npos &&
          inside.find("\\sum") == std::string_view::npos &&
          inside.find("\\begin") == std::string_view::npos)
        continue;
      text.insert(i, "\\right");
      text.insert(begin, "\\left");
      i += 11;
    }
  }
  return text;
}

}  // namespace ebb
