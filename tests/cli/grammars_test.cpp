// The editors' grammars against the lexer: the same keywords, and the same words in scripts.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "graph/script/lexer.hpp"
#include "tests/support/binary.hpp"

using namespace ebb;
using namespace ebb::test;

namespace {

const std::string editors = EBB_SOURCE_DIR "/plugins/editors/";
const std::string textmate = editors + "vscode/syntaxes/ebb.tmLanguage.json";
const std::string vim_syntax = editors + "vim/syntax/ebb.vim";

// What a script may hold that none of the examples does.
const std::string odd = R"(# a comment with "quotes" and 1e5
größe = "a # b \" \\ \n"; x1 = 2  # in for
data train { x = idx("x.gz").input / 255 }
train { optimizer = sgd(0.1); epochs = 2 }
for i in 0..10 { y = a[0].train + z.for + not_a_keyword }
b = -1.5e-3 .* x.T ^ 2 + 3.*w' == 4 and not true or false
metric output_rate = f(input_size = 3)
α2 = [1:2, "unclosed
if größe == 1{return x}else{assert x "m"}
)";

std::set<std::string> keywords() {
  std::set<std::string> words;
  for (auto kind = static_cast<int>(TokenKind::key_include);
       kind <= static_cast<int>(TokenKind::key_false); ++kind)
    words.emplace(spelling(static_cast<TokenKind>(kind)));
  return words;
}

// Those of all groups (a|b|c) in the patterns.
std::set<std::string> words_of(const std::string& patterns, const std::string& open,
                               const std::string& close) {
  std::set<std::string> words;
  for (std::size_t at = 0; (at = patterns.find(open, at)) != std::string::npos;) {
    at += open.size();
    std::istringstream group(patterns.substr(at, patterns.find(close, at) - at));
    for (std::string word; std::getline(group, word, '|');) {
      if (word.ends_with('\\')) word.pop_back();
      words.insert(word);
    }
  }
  return words;
}

bool is_key(const std::vector<Token>& tokens, std::size_t i) {
  return tokens[i + 1].kind == TokenKind::assign || (i > 0 && tokens[i - 1].kind == TokenKind::dot);
}

std::string kind_of(const std::vector<Token>& tokens, std::size_t i) {
  const TokenKind kind = tokens[i].kind;
  if (kind == TokenKind::number) return "number";
  if (kind == TokenKind::string) return "string";
  if (kind == TokenKind::key_true || kind == TokenKind::key_false) return "constant";
  return is_keyword(kind) && !is_key(tokens, i) ? "keyword" : "";
}

// LINE COLUMN TEXT KIND of each word that is coloured, by the lexer.
std::string by_lexer(const std::string& text) {
  const SourceFile file("script", text);
  Diagnostics ignored;
  const auto tokens = tokenize(file, ignored);
  std::ostringstream out;
  const auto print = [&](std::size_t begin, std::size_t end, const std::string& kind) {
    const auto [line, column] = file.position(static_cast<std::uint32_t>(begin));
    out << line << ' ' << column << ' ' << text.substr(begin, end - begin) << ' ' << kind << '\n';
  };
  const auto comments = [&](std::size_t at, std::size_t end) {
    while ((at = text.find('#', at)) < end) {
      const std::size_t line_end = std::min(text.find('\n', at), end);
      print(at, line_end, "comment");
      at = line_end;
    }
  };
  std::size_t before = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    comments(before, tokens[i].begin);
    before = tokens[i].end;
    if (const std::string kind = kind_of(tokens, i); !kind.empty())
      print(tokens[i].begin, tokens[i].end, kind);
  }
  return out.str();
}

struct Grammars : Binary {
  Grammars() {
    for (const std::string& folder : {example(""), example("std/")})
      for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".ebb") scripts.push_back(read_file(entry.path()));
    scripts.push_back(odd);
  }
  bool has(const std::string& program) const {
    if (shell("command -v " + program).status == 0) return true;
    BOOST_TEST_MESSAGE("skipped: no " << program);
    return false;
  }
  std::vector<std::string> scripts;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(grammars, Grammars)

BOOST_AUTO_TEST_CASE(they_have_the_keywords_of_the_lexer) {
  const auto grammar = nlohmann::json::parse(read_file(textmate));
  std::string patterns;
  for (const auto& pattern : grammar["repository"]["keyword"]["patterns"])
    patterns += pattern["match"].get<std::string>() + "\n";
  BOOST_TEST(words_of(patterns, "\\b(?:", ")") == keywords(), boost::test_tools::per_element());
  BOOST_TEST(words_of(read_file(vim_syntax), "/\\<\\%(", ")") == keywords(),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_visual_studio_code_reads_is_json_that_names_files_which_are_there) {
  using nlohmann::json;
  const json package = json::parse(read_file(editors + "vscode/package.json"));
  const json& contributes = package["contributes"];
  for (const std::string file : {package["main"], contributes["grammars"][0]["path"],
                                 contributes["languages"][0]["configuration"]})
    BOOST_TEST(std::filesystem::exists(editors + "vscode/" + file), file);
  BOOST_TEST(contributes["grammars"][0]["scopeName"] ==
             json::parse(read_file(textmate))["scopeName"]);
  BOOST_TEST(json::parse(read_file(editors + "vscode/language-configuration.json")).is_object());
}

BOOST_AUTO_TEST_CASE(the_textmate_grammar_sees_what_the_lexer_sees) {
  if (!has("python3")) return;
  for (const std::string& script : scripts) {
    write("s.ebb", script);
    BOOST_TEST(shell("python3 " EBB_SOURCE_DIR "/tests/cli/grammar.py " + textmate + " s.ebb") ==
               (Outcome{0, by_lexer(script), ""}));
  }
}

BOOST_AUTO_TEST_CASE(vim_sees_what_the_lexer_sees) {
  if (!has("vim")) return;
  for (const std::string& script : scripts) {
    write("s.ebb", script);
    const Outcome outcome =
        shell("vim -es -u NONE -i NONE -N --cmd 'set encoding=utf-8 rtp^=" + editors +
              "vim' --cmd 'syntax on' -c 'source " EBB_SOURCE_DIR "/tests/cli/grammar.vim' s.ebb");
    BOOST_TEST(outcome.err == "");
    BOOST_TEST(read_file(path("vim.out")) == by_lexer(script));
  }
}

BOOST_AUTO_TEST_SUITE_END()
