#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "tests/support/source.hpp"

using namespace ebb::test;
using namespace std::string_literals;

namespace {

struct Csv : SourceTrial {
  Csv() : SourceTrial("csv") {}

  // The columns, and what each holds.
  void check(const std::string& text, const Given& given, const Texts& columns,
             const std::vector<Numbers>& values) const {
    OpenedSource source = open_bytes(text, given);
    BOOST_TEST(source.columns() == columns, each);
    for (std::size_t c = 0; c < values.size(); ++c) BOOST_TEST(source.all(c) == values[c], each);
  }
};

const std::string people =
    "name,age,height\n"
    "Ada,36,1.65\n"
    "Carl,77,1.7\n"
    "Ada,20,1.80\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(csv, Csv)

BOOST_AUTO_TEST_CASE(columns_are_fields_of_the_types_that_they_hold) {
  check(people, {}, {"name i64 []", "age i64 []", "height f64 []"},
        {{0, 1, 0}, {36, 77, 20}, {1.65, 1.7, 1.8}});
}

BOOST_AUTO_TEST_CASE(selected_columns_are_one_vector_in_the_order_asked_for) {
  check(people, {{"columns", Texts{"height", "age"}}}, {" f64 [2]"},
        {{1.65, 36, 1.7, 77, 1.8, 20}});
  check(people, {{"columns", Texts{"age"}}}, {" i64 []"}, {{36, 77, 20}});
}

BOOST_AUTO_TEST_CASE(categories_are_sorted_and_one_hot_where_asked) {
  check(people, {{"columns", Texts{"name"}}, {"one_hot", Texts{"name"}}}, {" u8 [2]"},
        {{1, 0, 0, 1, 1, 0}});
  check(people, {{"columns", Texts{"age", "name"}}, {"one_hot", Texts{"name"}}}, {" i64 [3]"},
        {{36, 1, 0, 77, 0, 1, 20, 1, 0}});
  // By their numbers where they are numbers.
  check("k\n10\n9\n10\n", {{"categorical", Texts{"k"}}}, {"k i64 []"}, {{1, 0, 1}});
  check("k\n10\n9\nx\n", {{"categorical", Texts{"k"}}}, {"k i64 []"}, {{0, 1, 2}});
}

BOOST_AUTO_TEST_CASE(rows_come_in_any_order_and_again) {
  OpenedSource source = open_bytes(people);
  BOOST_TEST(source.samples() == 3);
  BOOST_TEST(source.read(1, {2, 0, 2}) == (Numbers{20, 36, 20}), each);
}

BOOST_AUTO_TEST_CASE(quotes_separators_and_line_ends_are_those_of_rfc_4180) {
  const std::string text =
      "\xef\xbb\xbf\"a \"\"b\"\"\",\"c\nd\"\r\n"
      "\"1\",\"x, y\"\r\n"
      "\r\n"
      "2,\"line 1\r\nline 2 \"\"so\"\"\"\r\n"
      "+3,\"x, y\"";
  check(text, {}, {"a__b_ i64 []", "c_d i64 []"}, {{1, 2, 3}, {1, 0, 1}});
  check("a;b\n1,5;2\n"s, {{"separator", ";"s}, {"categorical", Texts{"a"}}},
        {"a i64 []", "b i64 []"}, {{0}, {2}});
  check("a\tb\n 1 \t2\n", {{"separator", "\t"s}}, {"a i64 []", "b i64 []"}, {{1}, {2}});
  check("a,b\n'1,5',2\n", {{"quote", "'"s}}, {"a i64 []", "b i64 []"}, {{0}, {2}});
  check("a,b\nsay \"x\",2\n", {{"quote", ""s}}, {"a i64 []", "b i64 []"}, {{0}, {2}});
}

BOOST_AUTO_TEST_CASE(a_table_without_a_header_has_numbered_columns) {
  check("1,2.5\n3,4\n", {{"header", false}}, {"c1 i64 []", "c2 f64 []"}, {{1, 3}, {2.5, 4}});
  check("1,2.5\n", {{"header", false}, {"columns", Texts{"c2"}}}, {" f64 []"}, {{2.5}});
}

BOOST_AUTO_TEST_CASE(names_of_fields_are_names_in_scripts_and_differ) {
  check("Sepal length (cm),2nd,,größe,a b,a-b\n1,2,3,4,5,6\n", {},
        {"Sepal_length__cm_ i64 []", "_2nd i64 []", "c3 i64 []", "größe i64 []", "a_b i64 []",
         "a_b_2 i64 []"},
        {{1}, {2}, {3}, {4}, {5}, {6}});
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_where_all_are_and_real_where_asked) {
  check("a,b,c,d\n1,9223372036854775807,1e3,1\n-2,9223372036854775808,-.5,2\n",
        {{"real", Texts{"d"}}}, {"a i64 []", "b f64 []", "c f64 []", "d f64 []"},
        {{1, -2}, {9223372036854775807.0, 9223372036854775808.0}, {1000, -0.5}, {1, 2}});
  check("a\n1e999\n-inf\n1e-999\n", {}, {"a f64 []"}, {{INFINITY, -INFINITY, 0}});
}

BOOST_AUTO_TEST_CASE(a_missing_value_is_an_error_unless_it_is_said_what_to_do) {
  const std::string text = "a,b,k\n1,NA,x\n2,3,?\n3,4,y\n";
  BOOST_TEST(error_of_bytes(text) ==
             "x:2: column `b`: the value is missing\n"
             "  hint: `if_missing = \"skip\"` leaves such rows out, \"nan\" makes it NaN");
  check(text, {{"if_missing", "skip"s}}, {"a i64 []", "b i64 []", "k i64 []"}, {{3}, {4}, {0}});
  // Only of the columns that are wanted.
  check(text, {{"if_missing", "skip"s}, {"columns", Texts{"a", "b"}}}, {" i64 [2]"},
        {{2, 3, 3, 4}});
  OpenedSource source = open_bytes(text, {{"if_missing", "nan"s}, {"one_hot", Texts{"k"}}});
  BOOST_TEST(source.columns() == (Texts{"a i64 []", "b f64 []", "k u8 [2]"}), each);
  BOOST_TEST(std::isnan(source.all(1)[0]));
  BOOST_TEST(source.read(1, {1, 2}) == (Numbers{3, 4}), each);
  BOOST_TEST(source.all(2) == (Numbers{1, 0, 0, 0, 0, 1}), each);
  BOOST_TEST(error_of_bytes(text, {{"if_missing", "nan"s}}) ==
             "x:3: column `k`: a missing category has no number\n  hint: put the column in "
             "`one_hot`, where it becomes zeros, or say `if_missing = \"skip\"`");
  BOOST_TEST(
      error_of_bytes("a\n?\nx\n", {{"if_missing", "nan"s}}) ==
      "x:3: column `a`: `x` is a category, and one is missing before\n  hint: put the column "
      "in `one_hot`, or say `if_missing = \"skip\"`");
  BOOST_TEST(error_of_bytes("a,b\n?,1\n", {{"if_missing", "skip"s}}) ==
             "x: no row is left without those that miss a value");
  check("a\n-\n2\n", {{"missing", Texts{"-"}}, {"if_missing", "skip"s}}, {"a i64 []"}, {{2}});
}

BOOST_AUTO_TEST_CASE(numbers_and_texts_in_one_column_are_a_mistake) {
  const std::string hint = "\n  hint: add it to `missing`, or say `categorical = [\"a\"]`";
  BOOST_TEST(error_of_bytes("a\n1\n2\nn/a\n") ==
             "x:4: column `a`: `n/a` is no number, but there are numbers before" + hint);
  BOOST_TEST(error_of_bytes("a\nn/a\n2\n") ==
             "x:3: column `a`: `2` is a number, but there are texts before" + hint);
  BOOST_TEST(error_of_bytes("a\nred\n", {{"real", Texts{"a"}}}) ==
             "x:2: column `a`: `red` is no number" + hint);
}

BOOST_AUTO_TEST_CASE(a_vector_takes_no_codes_of_categories) {
  BOOST_TEST(error_of_bytes(people, {{"columns", Texts{"age", "name"}}}) ==
             "x: column `name` holds texts, so it is no number\n"
             "  hint: say one_hot = [\"name\"], or leave it out of `columns`");
}

BOOST_AUTO_TEST_CASE(a_column_that_is_not_there_is_named_with_those_that_are) {
  BOOST_TEST(error_of_bytes(people, {{"columns", Texts{"hight"}}}) ==
             "x: there is no column `hight`\n  hint: it has name, age, height");
  BOOST_TEST(error_of_bytes(people, {{"one_hot", Texts{"nam"}}}) ==
             "x: there is no column `nam`\n  hint: it has name, age, height");
  BOOST_TEST(error_of_bytes("a,a\n1,2\n", {{"columns", Texts{"a"}}}) ==
             "x: two columns are called `a`\n  hint: `header = false` calls them c1, c2 and so on "
             "(and the header must go)");
}

BOOST_AUTO_TEST_CASE(malformed_text_is_refused_at_its_place) {
  BOOST_TEST(error_of_bytes("a,b\n1,2\n\n3\n") ==
             "x:4: 1 field, but the header has 2\n  hint: is the separator another? `separator = "
             "\";\"`");
  BOOST_TEST(error_of_bytes("1,2\n3,4,5\n", {{"header", false}}) ==
             "x:2: 3 fields, but the first row has 2");
  const std::string hint =
      ": a quote within a field that is not quoted, or text after a closing quote\n"
      "  hint: a field with quotes in it is written \"so: \"\"here\"\".\"; `quote = \"\"` takes "
      "quotes as they are";
  BOOST_TEST(error_of_bytes("a,b\n1,ü\"x\"\n") == "x:2:4" + hint);
  BOOST_TEST(error_of_bytes("a,b\n\"1\"2,3\n") == "x:2:4" + hint);
  BOOST_TEST(error_of_bytes("a\n1\n\"2\n3\n") ==
             "x:3: a quoted field has no closing quote before the end of the file");
  BOOST_TEST(error_of_bytes("a,b\r1,2\r3,4\r") ==
             "x:1: a carriage return ends a row within the line\n"
             "  hint: lines end with LF or CRLF: convert the file, or quote the field");
  BOOST_TEST(error_of_bytes("a\n1\0\n"s) == "x:2: has a zero byte; this is no text");
  BOOST_TEST(error_of_bytes("\xff\xfe"s + "a\0"s) ==
             "x: is UTF-16, not UTF-8\n  hint: save it as UTF-8");
  BOOST_TEST(error_of_bytes("") == "x: the file is empty");
  BOOST_TEST(error_of_bytes("a,b\n") == "x: there are no rows after the header");
  BOOST_TEST(error(path("no")) == "no: cannot open: No such file or directory");
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused) {
  BOOST_TEST(error_of_bytes(people, {{"separator", "::"s}}) ==
             "csv: the separator must be one ASCII character, but is \"::\"");
  BOOST_TEST(error_of_bytes(people, {{"separator", ""s}}) ==
             "csv: the separator must be one ASCII character, but is \"\"");
  BOOST_TEST(error_of_bytes(people, {{"quote", ","s}}) ==
             "csv: separator and quote are the same character");
  BOOST_TEST(error_of_bytes(people, {{"if_missing", "drop"s}}) ==
             "csv: if_missing is \"drop\"\n  hint: it is \"error\", \"nan\" or \"skip\"");
}

BOOST_AUTO_TEST_CASE(too_many_texts_are_no_categories) {
  std::string text = "id\n";
  for (int i = 0; i <= 65536; ++i) text += "x" + std::to_string(i) + "\n";
  BOOST_TEST(error_of_bytes(text) ==
             "x:65538: column `id`: more than 65536 different texts\n"
             "  hint: `columns = [...]` says which columns are wanted");
}

// More cells than are kept in memory, in more lines than are read at once.
BOOST_AUTO_TEST_CASE(a_large_file_is_read_row_by_row) {
  const int rows = 1'200'000;
  std::string text = "a,b,c,d,e,f,g,k\n";
  for (int i = 0; i < rows; ++i)
    text += std::to_string(i) + ",1,2,3,4,5," + std::to_string(i % 7) + ",\"t\n" +
            std::to_string(i % 3) + "\"\n";
  OpenedSource source = open_bytes(text);
  BOOST_TEST(source.samples() == rows);
  const std::vector<std::int64_t> some{rows - 1, 0, 777'777, 777'778, 5, 5};
  for (int again = 0; again < 2; ++again) {
    const Numbers a = source.read(0, some), g = source.read(6, some), k = source.read(7, some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      BOOST_TEST(a[i] == static_cast<double>(some[i]));
      BOOST_TEST(g[i] == static_cast<double>(some[i] % 7));
      BOOST_TEST(k[i] == static_cast<double>(some[i] % 3));
    }
  }
  const Numbers all = source.all(0);
  for (int i = 0; i < rows; ++i)
    if (all[static_cast<std::size_t>(i)] != i) BOOST_FAIL("row " << i);
  write("x", "changed\n");
  BOOST_CHECK_EXCEPTION(source.read(0, {9}), SourceError, [](const SourceError& e) {
    return std::string(e.what()).find("shorter than when it was opened") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_gives_rows_or_an_error) {
  const std::string text = people + "\"Émilie \"\"du\"\"\r\nChâtelet\",42,1.6\r\n";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string said = error_of_bytes(text.substr(0, n));
    BOOST_TEST((said == "no error" || said.starts_with("x:")), said);
  }
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char c : {'"', ',', '\n', '\r', '\0', '\xff'}) {
      std::string altered = text;
      altered[i] = c;
      error_of_bytes(altered);
    }
}

BOOST_AUTO_TEST_SUITE_END()
