// What stands in the Markdown pages beside prose: kinds of code that a test knows what to do with,
// scripts that are files of the project, links that lead somewhere, a grammar without gaps.
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/support/pages.hpp"

using namespace ebb::test;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(blocks)

namespace {

// What the op records say, and cli/reference compares, is not written by hand.
std::size_t end_of_prose(const Page& page) {
  return page.path == "ops/README.md" ? page.text.find("\n## Reference\n") : page.text.size();
}

std::set<std::string> words(const std::string& text, const std::string& pattern) {
  const std::regex word(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), word), end; i != end; ++i)
    found.insert((*i)[1].str());
  return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(blocks_are_found_with_their_kinds_and_places) {
  const std::string page =
      "# A\n\n```ebb\na = 1\n```\n\n<!-- console\n$ true\n-->\n\n<!-- prose -->\n- item\n\n    "
      "more of "
      "it\n\ntext\n\n    code\n\n  ```sh\n```\nopen\n";
  std::vector<std::string> found;
  for (const Block& b : blocks_of(page))
    found.push_back(std::to_string(b.line) + " " + b.kind + (b.hidden ? " hidden: " : ": ") +
                    b.text);
  const std::vector<std::string> expected{"3 ebb: a = 1\n", "7 console hidden: $ true\n",
                                          "18 indented:     code", "20 indented:   ```sh",
                                          "21 unclosed: "};
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_block_is_of_a_kind_that_a_test_runs) {
  BOOST_TEST(pages().size() > 30u);
  for (const Page& page : pages())
    for (const Block& block : page.blocks) {
      if (block.begin > end_of_prose(page)) continue;
      const bool known =
          std::ranges::find(kinds_of_blocks(), block.kind) != kinds_of_blocks().end();
      BOOST_TEST(known, place(page, block) << ": a block of the kind `" << block.kind
                                           << "`; tests/README.md says which there are");
    }
}

BOOST_AUTO_TEST_CASE(a_script_that_is_a_file_of_the_project_is_that_file) {
  int compared = 0;
  for (const Page& page : pages())
    for (const Block& block : page.blocks) {
      if (block.kind != "ebb" || block.hidden) continue;
      const fs::path file = file_in_project(page, file_of(block));
      if (file.empty()) continue;
      BOOST_TEST_INFO_SCOPE(place(page, block));
      BOOST_TEST(block.text == read_file(file));
      ++compared;
    }
  BOOST_TEST(compared > 0);
}

BOOST_AUTO_TEST_CASE(links_lead_somewhere) {
  for (const Page& page : pages())
    for (const std::string& link : words(prose_of(page), "\\]\\(([^)#:]+)(#[^)]*)?\\)"))
      BOOST_TEST(fs::exists(source_dir() / page.path.parent_path() / link), page.path.string()
                                                                                << ": " << link);
}

// A symbol is what stands before ` = ` at the beginning of a line; letters of text have no rules.
BOOST_AUTO_TEST_CASE(the_grammar_defines_what_it_uses) {
  int grammars = 0;
  for (const Page& page : pages())
    for (const Block& block : page.blocks) {
      if (block.kind != "ebnf") continue;
      const std::regex quoted("\"[^\"]*\"|'[^']*'|\\(\\*[^*]*\\*\\)");
      const std::string text = "\n" + std::regex_replace(block.text, quoted, " ");
      std::set<std::string> defined = words(text, "\n([a-z]+)(?:\\(x\\))? +=");
      defined.insert({"x", "letter", "mark", "digit", "digits", "character", "end", "keyword"});
      for (const std::string& used : words(text, "([a-z]+)"))
        BOOST_TEST(defined.contains(used), used);
      ++grammars;
    }
  BOOST_TEST(grammars == 1);
}

BOOST_AUTO_TEST_SUITE_END()
