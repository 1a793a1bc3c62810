// What `ebb` writes as LaTeX is taken by pdflatex (Debian's texlive-latex-base).
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

// A document of the preamble that `ebb derive --latex` gives and of these formulas, one a line.
std::string document_of(const std::string& preamble, const std::vector<std::string>& formulas) {
  std::string text = preamble + "\\begin{document}\n";
  for (const std::string& formula : formulas) text += "\\[ " + formula + " \\]\n";
  return text + "\\end{document}\n";
}

struct Latex : Binary {
  // Runs pdflatex; what it complains of, or "" where it wrote pages.
  std::string errors_of(const std::string& name, const std::string& document) {
    write(name + ".tex", document);
    const Outcome outcome =
        shell("pdflatex -interaction=nonstopmode -halt-on-error " + quoted(name + ".tex"));
    if (outcome.status == 0 && std::filesystem::exists(path(name + ".pdf"))) return "";
    const auto error = outcome.out.find("\n!");
    return outcome.out.substr(error == std::string::npos ? 0 : error, 400) + outcome.err;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(latex_slow, Latex)

BOOST_AUTO_TEST_CASE(the_formulas_of_every_op) {
  const std::string digits = ebb({"derive", example("digits.ebb"), "--latex"}).out;
  const std::string preamble = digits.substr(0, digits.find("\\begin{document}"));
  std::vector<std::string> formulas;
  std::size_t ops = 0;
  for (const std::string& line : lines_of(ebb({"ops", "--json"}).out)) {
    const auto entry = nlohmann::json::parse(line);
    if (!entry.contains("latex")) continue;
    ++ops;
    for (const auto& formula : entry["latex"]) formulas.push_back(formula);
  }
  BOOST_TEST(ops > 60u);
  BOOST_TEST(errors_of("ops", document_of(preamble, formulas)) == "");
}

BOOST_AUTO_TEST_CASE(the_equations_of_every_script) {
  std::size_t scripts = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(EBB_SOURCE_DIR) / "scripts")) {
    if (entry.path().extension() != ".ebb") continue;
    BOOST_TEST_CONTEXT(entry.path().filename().string()) {
      const Outcome derived = ebb({"derive", entry.path().string(), "--latex"});
      BOOST_TEST(derived.status == 0, derived);
      BOOST_TEST(errors_of(entry.path().stem().string(), derived.out) == "");
    }
    ++scripts;
  }
  BOOST_TEST(scripts > 5u);
}

BOOST_AUTO_TEST_SUITE_END()
