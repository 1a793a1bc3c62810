#include "graph/cli/report/page.hpp"

#include <boost/test/unit_test.hpp>
#include <regex>

#include "graph/cli/report/assets.hpp"
#include "graph/core/diagnostic.hpp"
#include "tests/support/scratch.hpp"

using namespace ebb;
using test::Scratch;

BOOST_FIXTURE_TEST_SUITE(page, Scratch)

namespace {

const Json evil{{"name", "</script><script>alert(1)</script><!-- {{SCRIPT}} \u2028 \xff"}};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_text_of_the_data_opens_or_ends_an_element) {
  BOOST_TEST(
      data_text(evil) ==
      "{\"name\":\"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>\\u003c!-- {{SCRIPT}} "
      "\u2028 \ufffd\"}");
  const std::string page = page_of(evil, PageKind::file, "word");
  const std::string harmless = page_of(Json{{"name", ""}}, PageKind::file, "word");
  BOOST_TEST(count(page, "<script") == count(harmless, "<script"));
  BOOST_TEST(count(page, "</script") == count(harmless, "</script"));
}

BOOST_AUTO_TEST_CASE(the_data_are_read_back_from_the_page) {
  const Json data{{"name", "</script>"}, {"numbers", {1, 2.5, nullptr}}};
  BOOST_TEST(data_of_page(page_of(data, PageKind::file, "word")) == data);
}

BOOST_AUTO_TEST_CASE(a_page_without_data_is_none) {
  BOOST_TEST(error_of([] { data_of_page("<html></html>"); }) ==
             "error: it holds no data of a report\n");
  const std::string page = page_of(Json{{"name", "x"}}, PageKind::file, "word");
  const std::string half = page.substr(0, page.find("\"name\"") + 3);
  BOOST_TEST(error_of([&] { data_of_page(half); }) == "error: it ends in the middle of its data\n");
}

BOOST_AUTO_TEST_CASE(nothing_in_it_refers_to_the_network) {
  const std::string page = page_of(Json::object(), PageKind::file, "word");
  // The licence of the charts' library names its home, and SVG has a name that looks like an
  // address.
  const std::regex address("https?://(?!github\\.com/leeoniya/uPlot|www\\.w3\\.org/2000/svg)");
  BOOST_TEST(!std::regex_search(page, address));
  BOOST_TEST(!std::regex_search(page, std::regex("<[a-z]+ [^>]*(src|srcset|action)=")));
  BOOST_TEST(!std::regex_search(page, std::regex("@import|url\\(")));
  BOOST_TEST(!std::regex_search(page, std::regex("<link(?! rel=\"icon\" href=\"data:,\")")));
}

BOOST_AUTO_TEST_CASE(it_forbids_itself_the_network_and_scripts_without_the_word) {
  const std::string rest = " base-uri 'none'; form-action 'none'\">";
  const std::string begin =
      "content=\"default-src 'none'; script-src 'nonce-word'; style-src 'nonce-word'; "
      "img-src data:; connect-src ";
  const Json data = Json::object();
  BOOST_TEST(count(page_of(data, PageKind::file, "word"), begin + "'none';" + rest) == 1u);
  BOOST_TEST(count(page_of(data, PageKind::live, "word"), begin + "'self';" + rest) == 1u);
  BOOST_TEST(count(page_of(data, PageKind::file, "word"), "nonce=\"word\"") == 2u);
}

BOOST_AUTO_TEST_CASE(the_licence_of_the_charts_goes_with_them) {
  for (const EmbeddedFile& file : report_assets())
    if (file.name == "uplot/LICENSE")
      BOOST_TEST(count(page_of(Json::object(), PageKind::file, "word"), std::string(file.text)) ==
                 1u);
}

BOOST_AUTO_TEST_CASE(random_words_differ_and_have_as_many_digits_as_asked_for) {
  BOOST_TEST(random_word().size() == 32u);
  BOOST_TEST(random_word(20).size() == 40u);
  BOOST_TEST(random_word() != random_word());
  BOOST_TEST(random_word().find_first_not_of("0123456789abcdef") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
