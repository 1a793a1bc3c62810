// The kinds of mistakes that a script can hold. Each has a code, E0101, that stays as it is from
// one version to the next, and an explanation of that name in mistakes/.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/core/diagnostic.hpp"

namespace ebb {

// The number is the code's; a code that is no longer given is not given to another kind.
enum class Mistake : std::uint16_t {
  // characters, words and grammar
  unexpected_character = 1,
  not_utf8 = 2,
  unclosed_string = 3,
  string_content = 4,
  malformed_number = 5,
  foreign_symbol = 6,
  foreign_comment = 7,
  misplaced_prime = 8,
  unclosed_bracket = 9,
  unopened_bracket = 10,
  unclosed_brace = 11,
  unexpected_word = 12,
  missing_expression = 13,
  assignment_as_equality = 14,
  two_statements = 15,
  unknown_statement = 16,
  misplaced_statement = 17,
  keyword_as_name = 18,
  idle_expression = 19,
  assigned_expression = 20,
  stray_else = 21,
  stray_brace = 22,
  chained_operation = 23,
  malformed_subscript = 24,
  malformed_shape = 25,
  malformed_parameter = 26,
  malformed_option = 27,
  malformed_optimizer = 28,
  argument_order = 29,
  repeated_argument = 30,
  unknown_element_type = 31,
  malformed_statement = 32,
  // names
  unknown_name = 101,
  used_too_early = 102,
  name_taken = 103,
  known_to_optimizers = 104,
  unknown_part = 105,
  not_a_state = 106,
  assigned_twice = 107,
  plugin_not_used = 108,
  option_is_flag = 109,
  option_kind = 110,
  no_value_yet = 111,
  // calls
  too_many_arguments = 201,
  unknown_argument = 202,
  missing_argument = 203,
  not_callable = 204,
  returns_nothing = 205,
  not_constant = 206,
  argument_kind = 207,
  attribute_value = 208,
  metric_is_no_value = 209,
  // values, shapes, types
  shape_mismatch = 301,
  needs_elementwise = 302,
  operand_kind = 303,
  condition_kind = 304,
  not_a_number = 305,
  out_of_range = 306,
  subscript_kind = 307,
  not_indexable = 308,
  outside_domain = 309,
  shared_value = 310,
  element_type = 311,
  not_iterable = 312,
  ragged_list = 313,
  misplaced_table = 314,
  assertion_failed = 315,
  per_sample_value = 316,
  // the model
  impossible_shape = 401,
  initial_value = 402,
  result_kind = 403,
  result_not_scalar = 404,
  second_cost = 405,
  repeated_result = 406,
  unnamed_metric = 407,
  nothing_to_minimize = 408,
  parameter_not_reached = 409,
  no_cost = 410,
  // data
  source_outside_data = 501,
  source_field = 502,
  input_has_no_value = 503,
  second_data_block = 504,
  unbound_input = 505,
  sample_count = 506,
  sample_shape = 507,
  sample_type = 508,
  not_data = 509,
  sample_range = 510,
  source_argument = 511,
  unreadable_data = 512,
  // training
  unknown_key = 601,
  repeated_key = 602,
  setting_value = 603,
  not_an_optimizer = 604,
  pattern_matches = 605,
  batch_too_small = 606,
  idle_setting = 607,
  no_next_value = 608,
  optimizer_called = 609,
  misplaced_schedule = 610,
  // gradients and rewrites
  gradient_of = 701,
  gradient_with_respect_to = 702,
  gradient_per_sample = 703,
  not_an_identity = 704,
  malformed_rewrite = 705,
  // files and plugins
  unreadable_include = 801,
  include_cycle = 802,
  missing_plugin = 803,
  // limits
  too_many_steps = 901,
  too_many_nodes = 902,
  too_deep = 903,
  too_long_list = 904,
  too_large = 905,
  // warnings
  unused_value = 1001,
  may_leave_domain = 1002,
};

// "E0101"; of warnings "W0001".
std::string code_of(Mistake mistake);

// What a message about a mistake says besides the mistake.
struct Advice {
  std::vector<std::string> hints;
  std::vector<Label> labels;
  Fix fix;

  Advice() = default;
  Advice(std::initializer_list<std::string> given) : hints(given) {}
  Advice(std::vector<std::string> given, std::vector<Label> places = {}, Fix mends = {})
      : hints(std::move(given)), labels(std::move(places)), fix(std::move(mends)) {}
  Advice(Fix mends) : fix(std::move(mends)) {}
};

Diagnostic make_diagnostic(Mistake mistake, Span at, std::string message, Advice advice = {});

// The fix that writes `text` in the place of `at`.
Fix replacement(Span at, std::string text);
Fix replacement(std::string what, Span at, std::string text);

// What to do about a name that is none: the fix where one of the candidates is surely meant, else
// the hint that names the nearest, else `otherwise`.
Advice meant(std::string_view name, const std::vector<std::string>& candidates, Span at,
             std::string otherwise = "");

// The explanation of a code, as `ebb explain` gives it.
struct Explanation {
  std::string code, title;
  std::string text;          // paragraphs, each in one line, with an empty line between them
  std::string wrong, right;  // a script that makes the mistake, and one that does not
};

// All of them, in the order of their codes.
const std::vector<Explanation>& explanations();

}  // namespace ebb
