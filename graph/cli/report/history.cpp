#include "graph/cli/report/history.hpp"

#include <algorithm>
#include <cmath>

#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

constexpr std::size_t max_points = 2000;
constexpr std::int64_t max_stride = std::int64_t{1} << 40;

bool is_number_or_word(const Json& json) {
  return json.is_null() || json.is_number() || json == "NaN" || json == "inf" || json == "-inf";
}

}  // namespace

double rounded(double number) {
  if (number == 0 || !std::isfinite(number)) return number;
  const double scale = std::pow(10.0, 5 - std::floor(std::log10(std::abs(number))));
  // The scale of a number near the limits of doubles is none itself.
  return std::isfinite(scale) && scale > 0 ? std::round(number * scale) / scale : number;
}

Json number_or_word(double number) {
  if (std::isfinite(number)) return rounded(number);
  return std::isnan(number) ? "NaN" : number > 0 ? "inf" : "-inf";
}

void History::add(std::int64_t x, const Numbers& numbers) {
  if (!x_.empty() && (x_.back() == x || !stays(x_.back()))) {
    x_.pop_back();
    for (auto& [curve, values] : values_) values.pop_back();
  }
  for (const auto& [curve, number] : numbers) {
    const auto [entry, is_new] = values_.try_emplace(curve, x_.size());
    if (is_new) curves_.push_back(curve);
    entry->second.push_back(number_or_word(number));
  }
  x_.push_back(x);
  for (auto& [curve, values] : values_) values.resize(x_.size());
  if (x_.size() > max_points) thin();
}

void History::thin() {
  stride_ *= 2;
  std::vector<bool> keeps;
  for (const std::int64_t x : x_) keeps.push_back(stays(x) || x == x_.back());
  const auto keep = [&](auto& list) {
    std::size_t i = 0;
    std::erase_if(list, [&](const auto&) { return !keeps[i++]; });
  };
  for (auto& [curve, values] : values_) keep(values);
  keep(x_);
}

void History::forget_after(std::int64_t x) {
  const auto end = std::ranges::upper_bound(x_, x);
  const auto n = static_cast<std::size_t>(end - x_.begin());
  x_.resize(n);
  for (auto& [curve, values] : values_) values.resize(n);
}

Json History::json() const {
  Json curves = Json::array();
  for (const Curve& curve : curves_) {
    curves.push_back({{"kind", curve.kind},
                      {"of", curve.of},
                      {"name", curve.name},
                      {"values", values_.at(curve)}});
  }
  return {{"every", stride_}, {"x", x_}, {"curves", std::move(curves)}};
}

History History::read(const Json& json) {
  History history;
  json.at("every").get_to(history.stride_);
  json.at("x").get_to(history.x_);
  const auto& x = history.x_;
  const bool rises = std::ranges::adjacent_find(x, std::greater_equal<>()) == x.end();
  if (!rises || history.stride_ < 1 || history.stride_ > max_stride ||
      (!x.empty() && x.front() < 0) || x.size() > max_points)
    throw UserError("its history has no order");
  for (const Json& entry : json.at("curves")) {
    const Curve curve{entry.at("kind"), entry.at("of"), entry.at("name")};
    const auto values = entry.at("values").get<std::vector<Json>>();
    for (const Json& number : values)
      if (!is_number_or_word(number)) throw UserError("its history holds no numbers");
    if (values.size() != x.size()) throw UserError("its history has gaps");
    if (history.values_.emplace(curve, values).second) history.curves_.push_back(curve);
  }
  return history;
}

}  // namespace ebb
