// The C++ face of data sources, by the example of graph/sdk/README.md.
#include <boost/test/unit_test.hpp>
#include <ebb/plugin.hpp>

#include "tests/support/source.hpp"

using namespace ebb::sdk;

BOOST_AUTO_TEST_SUITE(face)

namespace {

int open_sources = 0;

class Squares : public Source {
 public:
  explicit Squares(std::int64_t n) : n_(n) {
    if (n == 13) throw Failure("squares does not like 13", "take 12");
    if (n == 14) throw std::runtime_error("no more memory");
    ++open_sources;
  }
  ~Squares() override { --open_sources; }
  std::int64_t samples() const override { return n_; }
  const std::vector<Column>& columns() const override { return columns_; }
  void read(int column, std::span<const std::int64_t> indices, void* to) override {
    auto* numbers = static_cast<double*>(to);
    for (const std::int64_t i : indices) {
      if (i == 7) throw Failure("sample 7 is lost");
      *numbers++ = static_cast<double>(column == 0 ? i : i * i);
    }
  }

 private:
  std::int64_t n_;
  std::vector<Column> columns_{{"n", EBB_F64, {}}, {"square", EBB_F64, {}}};
};

}  // namespace

EBB_PLUGIN(squares, "1.0") {
  plugin.source("squares")
      .doc("The whole numbers from 0: `.n`, `.square`.")
      .attr("n", 3, "how many")
      .open([](const Attributes& a) { return std::make_unique<Squares>(a.integer(0)); });
  plugin.source("incomplete").doc("It has no function that opens it.");
}

using namespace ebb::test;

namespace {

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const SourceError& e) {
    return e.what();
  }
  return "no error";
}

const std::map<std::string, ebb_source>& sources() {
  static const auto all = sources_of(&ebb_plugin_main);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_source_is_opened_read_and_closed) {
  {
    OpenedSource source(sources().at("squares"), {});
    BOOST_TEST(open_sources == 1);
    BOOST_TEST(source.samples() == 3);
    BOOST_TEST(source.columns() == (std::vector<std::string>{"n f64 []", "square f64 []"}),
               boost::test_tools::per_element());
    BOOST_TEST(source.all(0) == (std::vector<double>{0, 1, 2}), boost::test_tools::per_element());
    BOOST_TEST(source.read(1, {2, 0, 2}) == (std::vector<double>{4, 0, 4}),
               boost::test_tools::per_element());
  }
  BOOST_TEST(open_sources == 0);
}

BOOST_AUTO_TEST_CASE(what_a_source_throws_becomes_the_users_error) {
  const auto open = [](int n) {
    return message([n] { OpenedSource(sources().at("squares"), {{"n", n}}); });
  };
  BOOST_TEST(open(13) == "squares does not like 13\n  hint: take 12");
  BOOST_TEST(open(14) == "no more memory");
  BOOST_TEST(open_sources == 0);
  OpenedSource source(sources().at("squares"), {{"n", 9}});
  BOOST_TEST(message([&] { source.read(0, {6, 7}); }) == "sample 7 is lost");
  BOOST_TEST(message([&] { source.read(0, {9}); }) == "there is no sample 9");
  BOOST_TEST(message([&] { source.read(0, {-1}); }) == "there is no sample -1");
}

BOOST_AUTO_TEST_CASE(a_record_says_what_it_has) {
  const ebb_source& squares = sources().at("squares");
  BOOST_TEST(squares.size == sizeof(ebb_source));
  BOOST_TEST(squares.doc == std::string("The whole numbers from 0: `.n`, `.square`."));
  BOOST_TEST(squares.attr_count == 1);
  BOOST_TEST((squares.open && squares.column && squares.read && squares.close));
  BOOST_TEST(sources().at("incomplete").open == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
