#include "graph/script/foreign.hpp"

#include <algorithm>
#include <array>

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
    {"%", TokenKind::star, "a remainder is `a - b * floor(a / b)`", ""},
    {"?", TokenKind::end, "`where(condition, a, b)` chooses between two values", ""},
    {"√", TokenKind::end, "a square root is `sqrt(x)`", ""},
    {"@", TokenKind::star, "the matrix product is `*`", "*"},
    {"×", TokenKind::star, "the matrix product is `*`, of each element `.*`", "*"},
    {"·", TokenKind::star, "the matrix product is `*`, of each element `.*`", "*"},
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

constexpr auto statements = std::to_array<ForeignWord>({
    {"function", "a function is `def f(x) = ...`", "def"},
    {"func", "a function is `def f(x) = ...`", "def"},
    {"fn", "a function is `def f(x) = ...`", "def"},
    {"class", "what owns parameters is a layer: `layer f(x) { ... }`", ""},
    {"let", "a value is named by `name = value`", ""},
    {"var", "a value is named by `name = value`", ""},
    {"const", "a value is named by `name = value`", ""},
    {"import", "`include \"file.ebb\"` takes in a script, `use name` a plugin", ""},
    {"from", "`include \"file.ebb\"` takes in a script, `use name` a plugin", ""},
    {"elif", "write `else if`", "else if"},
    {"elseif", "write `else if`", "else if"},
    {"while", "loops run over a range or a list: `for i in 0..n { ... }`", ""},
    {"loss", "write `cost`", "cost"},
    {"minimize", "write `cost`", "cost"},
    {"print", "`output x` shows a value to `ebb run`", ""},
    {"end", "a body ends with its `}`", ""},
});

constexpr std::string_view no_prefix = "functions have no prefix: `exp(x)`";

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
});

// Names of arguments and settings.
constexpr auto arguments = std::to_array<ForeignWord>({
    {"lr", "the learning rate is `eta`", "eta"},
    {"learning_rate", "the learning rate is `eta`", "eta"},
    {"batch_size", "write `minibatch`", "minibatch"},
});

template <class Entries>
auto find(const Entries& entries, std::string_view word) -> decltype(entries.data()) {
  const auto found = std::ranges::find(entries, word, &ForeignWord::word);
  return found == entries.end() ? nullptr : &*found;
}

bool is_word(std::string_view text) { return is_name_start(static_cast<unsigned char>(text[0])); }

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
  const ForeignWord* found = find(arguments, word);
  return found != nullptr && std::ranges::count(known, found->write) > 0 ? found : nullptr;
}

Advice advice_for(const ForeignWord& word, Span at) {
  const std::string hint(word.hint);
  if (word.hint == no_prefix && at.file->text().substr(at.end, 1) == ".")
    return replacement("take the prefix out", {at.file, at.begin, at.end + 1}, "");
  return word.write.empty() ? Advice{hint} : replacement(hint, at, std::string(word.write));
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

}  // namespace ebb
