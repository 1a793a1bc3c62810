#include "graph/cli/report/history.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "tests/support/scratch.hpp"

using namespace ebb;
using test::Scratch;

BOOST_FIXTURE_TEST_SUITE(history, Scratch)

namespace {

const History::Curve cost{"cost", "train", ""}, accuracy{"metric", "test", "accuracy"};

History counted_to(std::int64_t last) {
  History history;
  for (std::int64_t x = 1; x <= last; ++x) history.add(x, {{cost, 1 / static_cast<double>(x)}});
  return history;
}

std::vector<std::int64_t> places(const History& history) {
  return history.json()["x"].get<std::vector<std::int64_t>>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(
    curves_stand_in_the_order_of_their_first_numbers_with_gaps_as_null_and_no_numbers_as_words) {
  History history;
  history.add(1, {{cost, 0.5}});
  history.add(2, {{cost, 1.0 / 3}, {accuracy, 0.9}});
  constexpr double infinity = std::numeric_limits<double>::infinity();
  history.add(3, {{accuracy, infinity}});
  history.add(4, {{cost, std::nan("")}, {accuracy, -infinity}});
  BOOST_TEST(history.json().dump() ==
             R"({"every":1,"x":[1,2,3,4],"curves":[)"
             R"({"kind":"cost","of":"train","name":"","values":[0.5,0.333333,null,"NaN"]},)"
             R"({"kind":"metric","of":"test","name":"accuracy",)"
             R"("values":[null,0.9,"inf","-inf"]}]})");
  BOOST_TEST(History::read(history.json()).json() == history.json());
}

BOOST_AUTO_TEST_CASE(a_long_run_keeps_every_so_manieth_point_and_the_last) {
  const History history = counted_to(10'001);
  const auto x = places(history);
  BOOST_TEST(x.size() == 1251u);
  BOOST_TEST(x.front() == 8);
  BOOST_TEST(x[1] == 16);
  BOOST_TEST(x[x.size() - 2] == 10'000);
  BOOST_TEST(x.back() == 10'001);
  const Json values = history.json()["curves"][0]["values"];
  BOOST_TEST(values.size() == x.size());
  BOOST_TEST(values[0] == 0.125);
  BOOST_TEST(!history.stays(10'001));
  BOOST_TEST(history.stays(10'008));
}

BOOST_AUTO_TEST_CASE(it_is_read_back_as_it_was_and_goes_on) {
  History history = History::read(counted_to(5000).json());
  BOOST_TEST(history.json() == counted_to(5000).json());
  for (std::int64_t x = 5001; x <= 6000; ++x) history.add(x, {{cost, 1 / static_cast<double>(x)}});
  BOOST_TEST(history.json() == counted_to(6000).json());
}

BOOST_AUTO_TEST_CASE(what_came_after_a_checkpoint_is_forgotten) {
  History history = counted_to(9);
  history.forget_after(6);
  BOOST_TEST(history.json() == counted_to(6).json());
  history.forget_after(0);
  BOOST_TEST(history.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_history_is_refused) {
  const auto refused = [&](const char* text) {
    return error_of([&] { History::read(Json::parse(text)); });
  };
  BOOST_TEST(refused(R"({"every":1,"x":[2,1],"curves":[]})") ==
             "error: its history has no order\n");
  BOOST_TEST(refused(R"({"every":0,"x":[1],"curves":[]})") == "error: its history has no order\n");
  BOOST_TEST(refused(R"({"every":1,"x":[-1],"curves":[]})") == "error: its history has no order\n");
  BOOST_TEST(refused(R"({"every":1,"x":[1,2],"curves":[)"
                     R"({"kind":"cost","of":"","name":"","values":[1]}]})") ==
             "error: its history has gaps\n");
  BOOST_TEST(refused(R"({"every":1,"x":[1],"curves":[)"
                     R"({"kind":"cost","of":"","name":"","values":["much"]}]})") ==
             "error: its history holds no numbers\n");
  BOOST_CHECK_THROW(History::read(Json::parse(R"({"x":"much"})")), Json::exception);
  BOOST_CHECK_THROW(History::read(Json::parse("[1]")), Json::exception);
}

BOOST_AUTO_TEST_CASE(numbers_keep_six_digits) {
  BOOST_TEST(rounded(1.0 / 3) == 0.333333);
  BOOST_TEST(rounded(-12345678.9) == -12345700.0);
  BOOST_TEST(rounded(0) == 0);
  BOOST_TEST(rounded(5e-324) == 5e-324);
}

BOOST_AUTO_TEST_SUITE_END()
