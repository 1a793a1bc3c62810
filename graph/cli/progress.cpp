#include "graph/cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string_view>
#include <utility>

#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

constexpr std::size_t shortest_bar = 4, plain_bar = 10, longest_bar = 30;
constexpr auto between_draws = std::chrono::milliseconds(100);

// In the order of the line.
enum Part : std::uint8_t {
  number,
  block,
  bar,
  percent,
  rate,
  left,
  end,
  cost,
  best,
  metric,
  parts
};
// What goes first where room is short; what goes once the wording is short too; what goes once the
// bar is short as well. A percentage takes the bar's place when that is gone.
constexpr std::array dropped_first{end, percent};
constexpr std::array dropped_then{rate, best};
constexpr std::array dropped_last{metric, left, bar, cost, block, percent};

// 0:07, 12:34, 1:02:03, 4 d 5 h
std::string clock_text(double seconds) {
  const auto all = static_cast<std::int64_t>(std::ceil(std::min(seconds, 1e12)));
  const std::int64_t minutes = all / 60, hours = minutes / 60;
  if (hours >= 48) return std::to_string(hours / 24) + " d " + std::to_string(hours % 24) + " h";
  char text[32];
  if (hours > 0)
    std::snprintf(text, sizeof text, "%d:%02d:%02d", static_cast<int>(hours),
                  static_cast<int>(minutes % 60), static_cast<int>(all % 60));
  else
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(minutes),
                  static_cast<int>(all % 60));
  return text;
}

// 12.3k/s: so many things a second, whose name is left out.
std::string short_rate(double per_second) {
  constexpr std::array units{"", "k", "M", "G"};
  std::size_t unit = 0;
  for (; per_second >= 999.5 && unit + 1 < units.size(); ++unit) per_second /= 1000;
  return short_number(per_second, 3) + units[unit] + "/s";
}

// Four digits with their zeros, so that the line does not tremble: 0.1230.
std::string steady_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%#.4g", value);
  const std::string_view digits = text;
  return std::string(digits.substr(0, digits.size() - (digits.ends_with('.') ? 1 : 0)));
}

std::string repeated(const char* text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string bar_text(double share, std::size_t width, const LineStyle& style) {
  const auto filled = [&](std::size_t cells) {
    return static_cast<std::size_t>(share * static_cast<double>(cells));
  };
  std::string done, rest;
  if (style.unicode) {
    const std::size_t halves = filled(2 * width);
    done = repeated("━", halves / 2) + (halves % 2 ? "╸" : "");
    rest = repeated("─", width - (halves + 1) / 2);
  } else {
    const std::size_t inside = width - 2;
    done = std::string(filled(inside), '#');
    rest = std::string(inside - done.size(), '-');
  }
  if (style.color) {
    if (!done.empty()) done = "\x1b[32m" + done + "\x1b[m";
    if (!rest.empty()) rest = "\x1b[2m" + rest + "\x1b[m";
  }
  return style.unicode ? done + rest : "[" + done + rest + "]";
}

std::string in_ascii(std::string text) {
  std::erase_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; });
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

using Texts = std::array<std::string, parts>;

Texts texts_of(const Progress& progress, double share) {
  Texts texts;
  texts[number] =
      progress.what + " " + with_commas(progress.number) + "/" + with_commas(progress.total);
  if (!progress.block.empty()) texts[block] = "on " + progress.block;
  texts[bar] = std::string(plain_bar, ' ');
  const std::string whole = std::to_string(static_cast<int>(share * 100));
  texts[percent] = std::string(3 - whole.size(), ' ') + whole + " %";
  if (progress.rate > 0)
    texts[rate] = (progress.rate < 100 ? short_number(progress.rate, 3)
                                       : with_commas(std::llround(std::min(progress.rate, 1e18)))) +
                  " " + progress.things + "/s";
  if (progress.left >= 0) texts[left] = clock_text(progress.left) + " left";
  if (progress.left_in_all >= 0) texts[end] = clock_text(progress.left_in_all) + " to the end";
  if (!std::isnan(progress.cost)) texts[cost] = "cost " + steady_number(progress.cost);
  texts[metric] = progress.metric;
  if (!std::isnan(progress.best))
    texts[best] = "best " + std::string(progress.best_is_validation ? "validation " : "") +
                  "cost " + steady_number(progress.best);
  return texts;
}

std::size_t width_of(const Texts& texts) {
  std::size_t width = 0;
  for (const std::string& text : texts)
    if (!text.empty()) width += ebb::width_of(text) + (width > 0 ? 2 : 0);
  return width;
}

// Leaves out what does not fit; short words come before that, and long ones again where there is
// room for them after all.
void shorten(Texts& texts, const Progress& progress, std::size_t room) {
  const Texts whole = texts;
  const auto fits = [&] { return width_of(texts) <= room; };
  for (const Part part : dropped_first)
    if (!fits()) texts[part].clear();
  if (fits()) return;
  if (!texts[rate].empty()) texts[rate] = short_rate(progress.rate);
  if (!texts[best].empty())
    texts[best] =
        (progress.best_is_validation ? "best val " : "best ") + steady_number(progress.best);
  if (!fits()) texts[number].erase(0, progress.what.size() + 1);
  for (const Part part : dropped_then)
    if (!fits()) texts[part].clear();
  if (!fits()) texts[bar] = std::string(shortest_bar, ' ');
  for (const Part part : dropped_last) {
    if (fits()) break;
    texts[part].clear();
    if (part == bar) texts[percent] = whole[percent];
  }
  for (const Part part : {number, best, rate}) {
    if (texts[part].empty()) continue;
    Texts longer = texts;
    longer[part] = whole[part];
    if (!longer[bar].empty()) longer[bar] = whole[bar];
    if (width_of(longer) <= room) texts = std::move(longer);
  }
}

}  // namespace

std::string progress_line(const Progress& progress, const LineStyle& style) {
  const auto room = static_cast<std::size_t>(std::max(style.columns - 1, 0));
  const double share = progress.share > 0 ? std::min(progress.share, 1.0) : 0;
  Texts texts = texts_of(progress, share);
  if (!style.unicode)
    for (std::string& text : texts) text = in_ascii(std::move(text));
  shorten(texts, progress, room);
  if (width_of(texts) > room) return "";
  if (!texts[bar].empty()) {
    const std::size_t more = room - width_of(texts);
    texts[bar] = bar_text(share, std::min(texts[bar].size() + more, longest_bar), style);
  }
  std::string line;
  for (const std::string& text : texts)
    if (!text.empty()) line += (line.empty() ? "" : "  ") + text;
  return line;
}

bool ProgressLine::is_due() const {
  return shown_ && (!visible_ || Clock::now() - drawn_ >= between_draws);
}

// The cursor rests at the line's beginning: where a terminal that gets narrower breaks the line,
// all of it still stands after the cursor, to be erased. It wraps nothing meanwhile: the terminal
// may have got narrower since it was asked, or draw some character wider than is usual.
void ProgressLine::show(const Progress& progress) {
  if (!shown_) return;
  const pid_t foreground = ::tcgetpgrp(STDERR_FILENO);
  if (foreground >= 0 && foreground != ::getpgrp()) return;
  const LineStyle style{columns_of(STDERR_FILENO), speaks_unicode(), color_};
  std::cerr << "\r\x1b[?7l" + progress_line(progress, style) + "\x1b[?7h\x1b[J\r" << std::flush;
  visible_ = true;
  drawn_ = Clock::now();
}

void ProgressLine::clear() {
  if (std::exchange(visible_, false)) std::cerr << "\r\x1b[J" << std::flush;
}

}  // namespace ebb
