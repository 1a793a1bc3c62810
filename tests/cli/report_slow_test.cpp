// The report as Chromium shows it.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "graph/cli/terminal.hpp"
#include "tests/support/binary.hpp"

using namespace ebb::test;

namespace {

// Pictures of 8 x 8 with a bar that stands upright, lies, or is the diagonal: a class each, and a
// few that are labelled wrong.
std::string pictures() {
  std::string x, y;
  for (int i = 0; i < 60; ++i) {
    const int kind = i % 3, at = i / 3 % 8;
    x += i ? ",\n[" : "[";
    for (int pixel = 0; pixel < 64; ++pixel) {
      const int row = pixel / 8, column = pixel % 8;
      const bool bright = kind == 0   ? column == at
                          : kind == 1 ? row == at
                                      : (row + at) % 8 == column;
      x += (pixel ? "," : "") + std::to_string(bright ? 200 + i : 7 * pixel % 50);
    }
    x += "]";
    y += (i ? "," : "") + std::to_string(i % 17 == 16 ? (kind + 1) % 3 : kind);
  }
  return "  x = values([" + x + "]) / 255\n  y = one_hot(values([" + y + "]), 3)\n";
}

std::string script() {
  return "input  x[64]\ntarget y[3]\nparam w[3, 64] ~ normal(0, 0.1)\nparam b[3] ~ zeros\n"
         "a = softmax(w * x + b)\noutput a\ncost quadratic(a, y)\nmetric accuracy(a, y)\n"
         "data train {\n" +
         pictures() + "}\ndata validation {\n" + pictures() +
         "}\ntrain {\n  optimizer = sgd(0.5)\n  minibatch = 5\n  epochs = 12\n}\n";
}

struct Browser : Binary {
  Browser() {
    write("bars.ebb", script());
    BOOST_REQUIRE(ebb({"train", "bars.ebb", "--out", "w", "--quiet"}).status == 0);
  }
  Outcome browse(const std::string& flags, const std::string& address) const {
    return shell(
        "chromium --headless=new --no-sandbox --disable-gpu --user-data-dir=profile "
        "--enable-logging=stderr --virtual-time-budget=10000 --window-size=1200,3000 " +
        flags + " " + quoted(address));
  }
  std::string file() const { return "file://" + path("w/report.html").string(); }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

// What the page says of itself, in its first element.
std::string own_words(const std::string& page) {
  const std::size_t begin = page.find("<html");
  return page.substr(begin, page.find('>', begin) + 1 - begin);
}

// A copy of the page with another script at its end.
std::string with_script(std::string page, const std::string& script) {
  const std::string before = "script-src 'nonce-", end = "</body>";
  const std::size_t at = page.find(before) + before.size();
  const std::string nonce = page.substr(at, page.find('\'', at) - at);
  return page.insert(page.rfind(end), "<script nonce=\"" + nonce + "\">" + script + "</script>\n");
}

// Does what a mouse does to the chart of costs, and has the page say what came of it. Places are
// parts of the chart's width.
const std::string mouse = R"(
const [cost, metric] = [...charts.values()], said = [];
const move = (kind, part, target = cost.plot.over) => {
  const box = cost.plot.over.getBoundingClientRect();
  target.dispatchEvent(new MouseEvent(kind, {
    bubbles: true, clientX: box.left + part * box.width, clientY: box.top + box.height / 2,
    movementX: 1, button: 0, view: window}));
};
const range = chart => [chart.plot.scales.x.min, chart.plot.scales.x.max].map(Math.round).join('-');
const legend = chart => chart.place.querySelector('.u-value').textContent;
const say = (what, of) => said.push([what, ...[cost, metric].map(of)].join(' '));
const acts = [
  () => { say('whole', range); say('last', legend); },
  () => move('mousemove', 5 / 11),
  () => say('hovered', legend),
  () => { move('mousedown', 2 / 11); move('mousemove', 7 / 11); move('mouseup', 7 / 11, document); },
  () => say('zoomed', range),
  () => cost.logButton.click(),
  () => say('logarithmic', range),
  () => move('mousemove', 1 / 5),
  () => say('hovered', legend),
  () => metric.wholeButton.click(),
  () => say('whole', range),
  () => { document.documentElement.dataset.said = said.join('; '); }
];
const next = () => { if (acts.length) { acts.shift()(); setTimeout(next, 50); } };
setTimeout(next, 50);
)";

// What the other script has it say.
std::string said(const std::string& page) {
  const std::string words = own_words(page), begin = "data-said=\"";
  const std::size_t at = words.find(begin);
  if (at == std::string::npos) return "nothing: " + words;
  return words.substr(at + begin.size(), words.find('"', at + begin.size()) - at - begin.size());
}

const std::string all_is_well =
    R"(<html lang="en" data-kind="file" data-charts="5" data-inked="5" data-ready="yes">)";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(report_slow, Browser)

BOOST_AUTO_TEST_CASE(it_draws_all_curves_and_nothing_complains) {
  const Outcome outcome = browse("--dump-dom", file());
  BOOST_TEST(own_words(outcome.out) == all_is_well);
  BOOST_TEST(count(outcome.err, "CONSOLE") == 0u, outcome.err);
  for (const char* id : {"summary", "network", "curves", "steps", "confusion", "worst", "weights",
                         "times", "equations", "reproduce"})
    BOOST_TEST(count(outcome.out, "<section id=\"" + std::string(id) + "\">") == 1u, id);
  BOOST_TEST(count(outcome.out, "class=\"picture\"") == 24u);
  BOOST_TEST(count(outcome.out, "class=\"histogram\"") == 2u);
}

BOOST_AUTO_TEST_CASE(it_does_so_in_the_dark_and_on_a_phone) {
  for (const char* flags :
       {"--dump-dom --blink-settings=preferredColorScheme=0", "--dump-dom --window-size=390,800"}) {
    const Outcome outcome = browse(flags, file());
    BOOST_TEST(own_words(outcome.out) == all_is_well);
    BOOST_TEST(count(outcome.err, "CONSOLE") == 0u, outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(it_prints) {
  const Outcome outcome = browse("--print-to-pdf=report.pdf", file());
  BOOST_TEST(count(outcome.err, "CONSOLE") == 0u, outcome.err);
  const std::string text = shell("pdftotext -layout report.pdf -").out;
  const std::string words = std::regex_replace(text, std::regex("\\s+"), " ");
  std::size_t at = 0;
  for (const char* heading :
       {" Summary ", " The network ", " Curves ", " Steps and norms ", " Confusion ",
        " The worst samples ", " Weights ", " Time of each op ", " The delta equations ",
        " How to make it again "}) {
    at = words.find(heading, at);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, heading << "is missing in " << text);
  }
  const Outcome tested = ebb(
      {"test", "bars.ebb", "--weights", "w/weights.safetensors", "--on", "validation", "--json"});
  const auto validation = nlohmann::json::parse(tested.out);
  const auto shown = [&](const char* key) {
    return ebb::short_number(validation[key].get<double>());
  };
  const std::regex figures(" [0-9.]+ " + shown("accuracy") + " [0-9.]+ " + shown("cost") +
                           " on train on validation on train on validation ");
  BOOST_TEST(std::regex_search(words, figures), "the figures of the summary are not in " << text);
  for (const char* equation : {"δ = ∂C/∂a = a - y ", "w′ = w - η ⟨∂C/∂w⟩ "})
    BOOST_TEST(count(words, equation) == 1u, equation << "is missing in " << text);
  // Pages end with a form feed. The table of classes is not torn apart.
  BOOST_TEST(count(text, "\f") >= 4u);
  BOOST_TEST(count(text, "\f") <= 6u);
  const std::size_t table = text.find(" Confusion\n"), end = text.find("Most often confused:");
  BOOST_TEST(count(text.substr(table, end - table), "\f") == 0u);
}

BOOST_AUTO_TEST_CASE(a_mouse_shows_numbers_and_zooms_all_curves_together) {
  write("moused.html", with_script(read_file(path("w/report.html")), mouse));
  const Outcome outcome = browse("--dump-dom", "file://" + path("moused.html").string());
  BOOST_TEST(said(outcome.out) ==
             "whole 1-12 1-12; last 12 12; hovered 6 6; zoomed 3-8 3-8; logarithmic 3-8 3-8; "
             "hovered 4 4; whole 1-12 1-12");
  BOOST_TEST(count(outcome.err, "CONSOLE") == 0u, outcome.err);
}

// Numbers that are missing, and names that are traps.
BOOST_AUTO_TEST_CASE(it_shows_what_is_odd) {
  write("odd.ebb",
        "param w ~ constant(1)\n# </script><script>document.title = 'caught'</script>\n"
        "cost log(w)\ntrain {\n  optimizer = sgd(0.6)\n  steps = 40\n}\n");
  BOOST_TEST(ebb({"train", "odd.ebb", "--out", "w", "--quiet", "--nan", "ignore"}).status == 0);
  const Outcome outcome = browse("--dump-dom", file());
  BOOST_TEST(own_words(outcome.out).find("data-ready=\"yes\"") != std::string::npos,
             own_words(outcome.out));
  BOOST_TEST(own_words(outcome.out).find("data-error") == std::string::npos);
  BOOST_TEST(count(outcome.out, "<title>odd.ebb · Ebb</title>") == 1u);
  BOOST_TEST(count(outcome.out, ">done, with a cost of NaN</span>") == 1u);
  BOOST_TEST(count(outcome.out, "The cost was finite for the last time in step 10: −2.962.") == 1u);
  BOOST_TEST(count(outcome.out, "<dt>cost</dt><dd>NaN</dd>") == 1u);
  BOOST_TEST(count(outcome.err, "CONSOLE") == 0u, outcome.err);
}

// Fourteen parameters of seven layers, of which each has a norm of the square root of two.
BOOST_AUTO_TEST_CASE(of_many_parameters_it_draws_the_layers) {
  std::string script =
      "layer one(x) {\n  param u ~ constant(1)\n  param v ~ constant(1)\n  return u * x + v\n}\n"
      "h0 = one(1)\n";
  for (int i = 1; i < 7; ++i)
    script += "h" + std::to_string(i) + " = one(h" + std::to_string(i - 1) + ")\n";
  write("many.ebb", script + "cost h6\ntrain {\n  optimizer = sgd(1e-12)\n  steps = 1\n}\n");
  BOOST_REQUIRE(ebb({"train", "many.ebb", "--out", "w", "--quiet"}).status == 0);
  write("layers.html",
        with_script(read_file(path("w/report.html")),
                    "document.documentElement.dataset.said = charts.get('norm Norm of the weights')"
                    ".spec.curves.map(c => c.label + ' ' + number(c.values[0])).join(', ');"));
  const Outcome outcome = browse("--dump-dom", "file://" + path("layers.html").string());
  BOOST_TEST(said(outcome.out) ==
             "h0 1.414, h1 1.414, h2 1.414, h3 1.414, h4 1.414, h5 1.414, h6 1.414");
}

BOOST_AUTO_TEST_CASE(a_training_can_be_watched) {
  const Outcome outcome = shell(
      "$EBB train bars.ebb --out v --set train.epochs=1000000000 --watch >log & "
      "until grep -q watch: log; do sleep 0.01; done; "
      "chromium --headless=new --no-sandbox --disable-gpu --user-data-dir=profile "
      "--enable-logging=stderr --dump-dom $(sed -n 's/^watch: //p' log); kill -INT $!; wait $!");
  BOOST_TEST(outcome.status == 3);
  BOOST_TEST(own_words(outcome.out).starts_with(R"(<html lang="en" data-kind="live")"));
  BOOST_TEST(own_words(outcome.out).find("data-error") == std::string::npos);
  BOOST_TEST(count(outcome.out, "<section id=\"summary\">") == 1u);
  BOOST_TEST(count(outcome.err, "CONSOLE") == 0u, outcome.err);
}

BOOST_AUTO_TEST_SUITE_END()
