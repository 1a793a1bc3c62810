#include "graph/script/foreign.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "graph/script/characters.hpp"

namespace ebb {
namespace {

constexpr auto symbols = std::to_array<ForeignSymbol>({
    {"===", TokenKind::equal, "equality is `==`", "=="},
    {"!==", TokenKind::not_equal, "inequality is `!=`", "!="},
    {"...", TokenKind::range, "a range is `first..last`, without its last", ""},
    {"**", TokenKind::caret, "a power is `x ^ n`, of each element `x .^ n`", "^"},
    {"&&", TokenKind::key_and, "write `and`", "and"},
    {"||", TokenKind::key_or, "write `or`", "or"},
    {"<>", TokenKind::not_equal, "inequality is `!=`", "!="},
    {"->", TokenKind::arrow, "a rewrite is `pattern => replacement`", "=>"},
    {":=", TokenKind::assign, "an assignment is `name = value`", "="},
    {"+=", TokenKind::assign, "write `a = a + b`", ""},
    {"-=", TokenKind::assign, "write `a = a - b`", ""},
    {"*=", TokenKind::assign, "write `a = a * b`", ""},
    {"/=", TokenKind::assign, "write `a = a / b`", ""},
    {"!", TokenKind::key_not, "write `not`", "not"},
    {"&", TokenKind::key_and, "write `and`", "and"},
    {"|", TokenKind::key_or, "write `or`", "or"},
    {"%", TokenKind::star, "a remainder is `mod(a, b)`", ""},
    {"?", TokenKind::end, "`where(condition, a, b)` chooses between two values", ""},
    {"√", TokenKind::end, "a square root is `sqrt(x)`", ""},
    {"@", TokenKind::star, "the matrix product is `*`", "*"},
    {"×", TokenKind::star, "the matrix product is `*`, of each element `.*`", ""},
    {"·", TokenKind::star,
     "an inner product is `a.T * b`, a product of matrices or of a scalar `a * b`", ""},
    {"∘", TokenKind::dot_star, "the product element by element is `.*`", ".*"},
    {"÷", TokenKind::slash, "a quotient is `/`", "/"},
    {"−", TokenKind::minus, "write the minus of the keyboard, `-`", "-"},
    {"–", TokenKind::minus, "write the minus of the keyboard, `-`", "-"},
    {"≤", TokenKind::less_equal, "write `<=`", "<="},
    {"≥", TokenKind::greater_equal, "write `>=`", ">="},
    {"≠", TokenKind::not_equal, "write `!=`", "!="},
    {"²", TokenKind::end, "a power is `x ^ 2`, of each element `x .^ 2`", "^ 2"},
    {"³", TokenKind::end, "a power is `x ^ 3`, of each element `x .^ 3`", "^ 3"},
    {"ᵀ", TokenKind::end, "a transpose is `x.T`", ".T"},
    {"′", TokenKind::end, "the prime of a name is an apostrophe, `w'`", "'"},
    {"“", TokenKind::end, "a string stands in straight quotes, `\"`", "\""},
    {"”", TokenKind::end, "a string stands in straight quotes, `\"`", "\""},
    {"‘", TokenKind::end, "a string stands in straight quotes, `\"`", "\""},
    {"’", TokenKind::end, "a string stands in straight quotes, `\"`", "\""},
});

constexpr std::string_view declaration = "a value is named by `name = value`";

constexpr auto statements = std::to_array<ForeignWord>({
    {"function", "a function is `def f(x) = ...`", "def"},
    {"func", "a function is `def f(x) = ...`", "def"},
    {"fn", "a function is `def f(x) = ...`", "def"},
    {"class", "what owns parameters is a layer: `layer f(x) { ... }`", ""},
    {"let", declaration, ""},
    {"var", declaration, ""},
    {"val", declaration, ""},
    {"const", declaration, ""},
    {"auto", declaration, ""},
    {"int", declaration, ""},
    {"float", declaration, ""},
    {"double", declaration, ""},
    {"bool", declaration, ""},
    {"import", "`include \"file.ebb\"` takes in a script, `use name` a plugin", ""},
    {"from", "`include \"file.ebb\"` takes in a script, `use name` a plugin", ""},
    {"elif", "write `else if`", "else if"},
    {"elseif", "write `else if`", "else if"},
    {"while", "loops run over a range or a list: `for i in 0..n { ... }`", ""},
    {"loss", "write `cost`", "cost"},
    {"minimize", "write `cost`", "cost"},
    {"objective", "write `cost`", "cost"},
    {"print", "`output x` shows a value to `ebb run`", ""},
    {"end", "a body ends with its `}`", ""},
});

constexpr std::string_view no_prefix = "functions have no prefix: `exp(x)`";
constexpr std::string_view random =
    "numbers are drawn by `normal(mean, sd)`, `uniform(low, high)`, ...";
constexpr std::string_view binary = "the cost of independent probabilities is `cross_entropy`";
constexpr std::string_view layer_of_images = "the layer is `conv(x, channels, width)`";
constexpr std::string_view transpose = "a transpose is `x.T`";

constexpr auto names = std::to_array<ForeignWord>({
    {"True", "truth is written `true`", "true"},
    {"False", "untruth is written `false`", "false"},
    {"None", "there is no empty value; leave it out", ""},
    {"null", "there is no empty value; leave it out", ""},
    {"len", "write `size`", "size"},
    {"length", "write `size`", "size"},
    {"range", "a range is `first..last`: 0..n", ""},
    {"np", no_prefix, ""},
    {"numpy", no_prefix, ""},
    {"math", no_prefix, ""},
    {"torch", no_prefix, ""},
    {"nn", no_prefix, ""},
    {"tf", no_prefix, ""},
    {"jnp", no_prefix, ""},
    {"self", "a layer's own names have no prefix", ""},
    {"pow", "a power is `x ^ n`, of each element `x .^ n`", ""},
    {"dot", "an inner product is `a.T * b`", ""},
    {"matmul", "the matrix product is `a * b`", ""},
    {"mm", "the matrix product is `a * b`", ""},
    {"print", "`output x` shows a value to `ebb run`", ""},
    {"lambda", "a function is `def f(x) = ...`", ""},
    {"SGD", "write `sgd`", "sgd"},
    {"Adam", "write `adam`", "adam"},
    {"mse_loss", "write `mse`", "mse"},
    {"mean_squared_error", "write `mse`", "mse"},
    {"mean_absolute_error", "write `mae`", "mae"},
    {"bce", binary, "cross_entropy"},
    {"binary_cross_entropy", binary, "cross_entropy"},
    {"binary_crossentropy", binary, "cross_entropy"},
    {"categorical_cross_entropy",
     "the cost of one class is `nll(log(a), y)`, or `softmax_cross_entropy(z, y)` without softmax",
     ""},
    {"acc", "write `accuracy`", "accuracy"},
    {"linear", "write `dense`", "dense"},
    {"Linear", "a layer with weights and a bias is `dense(x, n)`", ""},
    {"convolution", layer_of_images, "conv"},
    {"Conv2d", layer_of_images, ""},
    {"Conv2D", layer_of_images, ""},
    {"Sequential", "layers are called one after the other: `a = dense(x, 30)`, then `dense(a, 10)`",
     ""},
    {"ones", "a number stands for a value of any shape: `1`", "1"},
    {"random", random, ""},
    {"rand", random, ""},
    {"randn", random, ""},
    {"T", transpose, ""},
});

// Names of arguments and settings.
constexpr auto arguments = std::to_array<ForeignWord>({
    {"lr", "the learning rate is `eta`", "eta"},
    {"learning_rate", "the learning rate is `eta`", "eta"},
    {"batch_size", "write `minibatch`", "minibatch"},
    {"axis", "write `dims`", "dims"},
    {"axis", "write `dim`", "dim"},
    {"activation", "write `act`", "act"},
    {"momentum", "the optimizer with momentum is `momentum(eta, mu)`", "", "eta"},
    {"weight_decay", "weights decay in `weight_decay(optimizer, decay)`", "", "eta"},
});

template <class Entries>
auto find(const Entries& entries, std::string_view word) -> decltype(entries.data()) {
  const auto found = std::ranges::find(entries, word, &ForeignWord::word);
  return found == entries.end() ? nullptr : &*found;
}

// Where the last of the names in `torch.nn.relu` begins, if it is known; else where `at` begins.
std::uint32_t past_prefix(Span at, const std::vector<std::string>& known) {
  const std::string_view text = at.file->text();
  const auto is_part = [](char c) { return is_name_part(static_cast<unsigned char>(c)); };
  std::size_t begin = at.begin, end = at.end;
  while (end + 1 < text.size() && text[end] == '.' && is_part(text[end + 1])) {
    begin = ++end;
    while (end < text.size() && is_part(text[end])) ++end;
  }
  const bool is_known = std::ranges::count(known, text.substr(begin, end - begin)) > 0;
  return is_known ? static_cast<std::uint32_t>(begin) : at.begin;
}

std::string_view text_of(const Token& token, const SourceFile& file) {
  return std::string_view(file.text()).substr(token.begin, token.end - token.begin);
}

// Whether a statement may begin behind a token of that kind.
bool separates(TokenKind kind) {
  return kind == TokenKind::newline || kind == TokenKind::semicolon ||
         kind == TokenKind::open_brace || kind == TokenKind::close_brace;
}

bool in_brackets(std::span<const Token> before) {
  std::ptrdiff_t open = 0;
  for (const Token& token : before) {
    const TokenKind kind = token.kind;
    if (kind == TokenKind::open_paren || kind == TokenKind::open_bracket) ++open;
    if (kind == TokenKind::close_paren || kind == TokenKind::close_bracket) --open;
  }
  return open > 0;
}

// Whether an operand that stands behind a token of that kind is not bound to what is before it more
// tightly than a product binds.
bool binds_loosely(TokenKind kind) {
  constexpr std::array loose{TokenKind::assign,        TokenKind::comma,  TokenKind::open_paren,
                             TokenKind::open_bracket,  TokenKind::plus,   TokenKind::equal,
                             TokenKind::not_equal,     TokenKind::less,   TokenKind::less_equal,
                             TokenKind::greater_equal, TokenKind::greater};
  return is_keyword(kind) || std::ranges::find(loose, kind) != loose.end();
}

// The one number or name, of a part or not, that the text begins with.
std::string_view operand_of(std::string_view text) {
  std::size_t end = 0;
  const auto is_part = [text](std::size_t i) {
    if (text[i] == '.' && i + 1 < text.size()) ++i;
    return is_name_part(static_cast<unsigned char>(text[i]));
  };
  while (end < text.size() && is_part(end)) ++end;
  return text.substr(0, end);
}

bool is_word(std::string_view text) { return is_name_start(static_cast<unsigned char>(text[0])); }

// Of `x^T`, whose T stands at `at`: `x.T`.
Advice transposed(Span at, const std::string& hint) {
  const std::string_view before = std::string_view(at.file->text()).substr(0, at.begin);
  const std::size_t power = before.find_last_not_of(' ');
  if (power == std::string_view::npos || before[power] != '^') return {hint};
  const std::size_t operand = before.substr(0, power).find_last_not_of(" .");
  return replacement(hint, {at.file, static_cast<std::uint32_t>(operand + 1), at.end}, ".T");
}

}  // namespace

const ForeignSymbol* foreign_symbol(std::string_view text) {
  const auto found = std::ranges::find_if(symbols, [text](const ForeignSymbol& entry) {
    return text[0] == entry.text[0] && text.starts_with(entry.text);
  });
  return found == symbols.end() ? nullptr : &*found;
}

const ForeignWord* foreign_statement(std::string_view word) { return find(statements, word); }

const ForeignWord* foreign_name(std::string_view word) { return find(names, word); }

const ForeignWord* foreign_argument(std::string_view word, const std::vector<std::string>& known) {
  const auto* const found = std::ranges::find_if(arguments, [&](const ForeignWord& entry) {
    const std::string_view needed = entry.beside.empty() ? entry.write : entry.beside;
    return entry.word == word && std::ranges::count(known, needed) > 0;
  });
  return found != arguments.end() ? found : nullptr;
}

bool declares(const ForeignWord& word) { return word.hint == declaration; }

Advice advice_for(const ForeignWord& word, Span at, const std::vector<std::string>& known) {
  const std::string hint(word.hint);
  if (word.hint == no_prefix) {
    const std::uint32_t begin = past_prefix(at, known);
    return begin == at.begin ? Advice{hint}
                             : replacement("take the prefix out", {at.file, at.begin, begin}, "");
  }
  if (word.hint == transpose) return transposed(at, hint);
  const bool called = at.end < at.file->text().size() && at.file->text()[at.end] == '(';
  if (word.write.empty() || (called && !is_word(word.write))) return {hint};
  return replacement(hint, at, std::string(word.write));
}

Advice meant_argument(std::string_view word, const std::vector<std::string>& known,
                      const std::vector<std::string>& given, Span at,
                      const std::string& otherwise) {
  const ForeignWord* foreign = foreign_argument(word, known);
  Advice advice = foreign != nullptr ? advice_for(*foreign, at) : meant(word, known, at, otherwise);
  if (!advice.fix) return advice;
  const std::string& name = advice.fix.edits[0].text;
  if (std::ranges::count(given, name) == 0) return advice;
  return {"did you mean `" + name + "`? it is given, too"};
}

Fix fix_for(const ForeignSymbol& symbol, Span at) {
  if (symbol.write.empty()) return {};
  const std::string_view text = at.file->text();
  const bool spaced = is_word(symbol.write) || symbol.write.starts_with('^');
  const bool before =
      spaced && at.begin > 0 && is_name_part(static_cast<unsigned char>(text[at.begin - 1]));
  const bool after = is_word(symbol.write) && at.end < text.size() && text[at.end] != ' ';
  return replacement(std::string(symbol.hint), at,
                     (before ? " " : "") + std::string(symbol.write) + (after ? " " : ""));
}

Fix written_out(std::span<const Token> before, Span at) {
  if (before.empty() || before.back().kind != TokenKind::name || in_brackets(before)) return {};
  if (before.size() > 1 && !separates(before[before.size() - 2].kind)) return {};
  const std::string name(text_of(before.back(), *at.file));
  std::string_view rest = std::string_view(at.file->text()).substr(at.end);
  rest = rest.substr(0, rest.find_first_of("\n#;}"));
  const std::size_t first = rest.find_first_not_of(' '), last = rest.find_last_not_of(" \r");
  if (first == std::string_view::npos) return {};
  const std::string operand(rest.substr(first, last + 1 - first));
  const char op = at.file->text()[at.begin];
  const bool loose = operand.find_first_of("=<>!&|?") != std::string::npos;
  if (operand_of(operand) != operand && (op != '+' || loose)) return {};
  const std::string text = "= " + name + ' ' + op;
  return replacement("write `" + name + ' ' + text + ' ' + operand + '`', at, text);
}

Fix remainder(std::span<const Token> before, Span at) {
  if (before.size() < 2 || !binds_loosely(before[before.size() - 2].kind)) return {};
  const Token& left = before.back();
  if (left.kind != TokenKind::name && left.kind != TokenKind::number) return {};
  const std::string_view text = at.file->text();
  const std::size_t begin = std::min(text.find_first_not_of(' ', at.end), text.size());
  const std::string_view right = operand_of(text.substr(begin));
  const std::size_t end = begin + right.size(), next = text.find_first_not_of(' ', end);
  const bool goes_on = next != std::string_view::npos &&
                       std::string_view("([.^'%").find(text[next]) != std::string_view::npos;
  if (right.empty() || goes_on) return {};
  const std::string call =
      "mod(" + std::string(text_of(left, *at.file)) + ", " + std::string(right) + ")";
  return replacement("a remainder is `" + call + "`",
                     {at.file, left.begin, static_cast<std::uint32_t>(end)}, call);
}

}  // namespace ebb
