// x[3], x[0..10], x[:, t]: of values of the graph, and of lists.
#include <utility>

#include "graph/script/elaborator.hpp"

namespace ebb::script {

namespace {

std::string counted(std::int64_t elements) {
  return std::to_string(elements) + (elements == 1 ? " element" : " elements");
}

}  // namespace

Item Elaborator::index(const ast::Index& node) {
  const Item object = evaluate(*node.object);
  if (const auto* list = as<ListPtr>(object)) return index_list(**list, node);
  if (const auto* interval = as<Interval>(object)) {
    bool single = false;
    if (node.subscripts.size() > 1) {
      fail(Mistake::malformed_subscript, node.subscripts[1].span, "a range has one dimension");
    }
    const Interval part = subscript(node.subscripts[0], interval->size(),
                                    "the range has " + counted(interval->size()), single);
    if (single) return static_cast<double>(interval->first + part.first);
    return Interval{interval->first + part.first, interval->first + part.last};
  }
  if (as<Value>(object) == nullptr && as<SourcePtr>(object) == nullptr) {
    fail(Mistake::not_indexable, node.subscripts[0].span, kind_of(object) + " has no elements");
  }
  return index_value(operand_value({object, node.object.get(), nullptr}, node.subscripts[0].span),
                     node);
}

// The part of a dimension of `size` elements that a subscript asks for. `object` says what has it.
Interval Elaborator::subscript(const ast::Subscript& node, std::int64_t size,
                               const std::string& object, bool& single) {
  if (node.whole()) return {0, size};
  const Item item = evaluate(*node.value);
  Interval part;
  if (const auto* interval = as<Interval>(item)) {
    part = *interval;
  } else if (const auto* number = as<double>(item)) {
    if (!is_whole(*number)) {
      fail(Mistake::not_a_number, node.span,
           "an index is a whole number, not " + ast::spelling(*number),
           whole_number_hint(*node.value));
    }
    single = true;
    part.first = static_cast<std::int64_t>(*number);
    part.last = part.first + 1;
  } else {
    std::vector<std::string> hints;
    if (as<Value>(item) != nullptr)
      hints.emplace_back("it must be known when the script is loaded");
    fail(Mistake::subscript_kind, node.span,
         "an index is a number, a range or `:`, not " + kind_of(item), std::move(hints));
  }
  if (0 <= part.first && part.first <= part.last && part.last <= size) return part;
  const std::string shown = single ? std::to_string(part.first)
                                   : std::to_string(part.first) + ".." + std::to_string(part.last);
  fail(Mistake::out_of_range, node.span, "index " + shown + " is out of range: " + object,
       {single && part.first < 0
            ? "indices count from 0, and none from the end: the last is `size(x) - 1`"
        : single ? "indices count from 0"
                 : "a range a..b begins at a and ends before b"});
}

Item Elaborator::index_list(const List& list, const ast::Index& node) {
  if (node.subscripts.size() > 1) {
    fail(Mistake::malformed_subscript, node.subscripts[1].span, "a list has one dimension",
         {"of a list in a list write `l[i][j]`"});
  }
  bool single = false;
  const auto size = static_cast<std::int64_t>(list.items.size());
  const Interval part =
      subscript(node.subscripts[0], size, "the list has " + counted(size), single);
  const auto begin = list.items.begin() + part.first;
  if (single) return *begin;
  count_copied(node.subscripts[0].span, part.size());
  auto result = std::make_shared<List>();
  result->items.assign(begin, list.items.begin() + part.last);
  result->depth = list.depth;
  for (const Item& item : result->items) {
    const auto* inner = as<ListPtr>(item);
    result->elements += inner == nullptr ? 1 : (*inner)->elements;
  }
  return ListPtr(std::move(result));
}

Item Elaborator::index_value(Value value, const ast::Index& node) {
  const Shape shape = model_.graph.type(value).shape;
  const auto given = static_cast<int>(node.subscripts.size());
  const std::string what = operand_name({value, node.object.get(), "this value"}, 0);
  const std::string object = what + " is " + to_string(shape);
  if (given > shape.rank()) {
    fail(Mistake::not_indexable, node.subscripts[static_cast<std::size_t>(shape.rank())].span,
         shape.is_scalar() ? what + " is a scalar and has no elements"
                           : object + " and has no dimension " + std::to_string(shape.rank()));
  }
  std::vector<std::int64_t> begin, end, drop;
  for (int d = 0; d < given; ++d) {
    bool single = false;
    const Interval part =
        subscript(node.subscripts[static_cast<std::size_t>(d)], shape[d], object, single);
    begin.push_back(part.first);
    end.push_back(part.last);
    if (single) drop.push_back(d);
  }
  return add_node(registry_.get("slice"), {{value, node.object.get(), nullptr}},
                  {{"begin", begin}, {"end", end}, {"drop", drop}}, node.subscripts[0].span);
}

}  // namespace ebb::script
