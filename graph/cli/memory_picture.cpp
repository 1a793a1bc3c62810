#include "graph/cli/memory_picture.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "graph/cli/terminal.hpp"

namespace ebb {

namespace {

constexpr std::size_t rows_of_chart = 6, label_width = 9, widest_bar = 4;

// Values may lie in the place of one that dies in the same step: bytes are counted once.
std::size_t covered(std::vector<std::pair<std::size_t, std::size_t>> pieces) {
  std::ranges::sort(pieces);
  std::size_t bytes = 0, end = 0;
  for (const auto& [from, to] : pieces) {
    bytes += std::max(to, end) - std::max(from, end);
    end = std::max(to, end);
  }
  return bytes;
}

// What stands in a column of the chart, in eighths of a row: the most of the steps that share it.
std::vector<std::size_t> columns_of(const std::vector<std::size_t>& alive, std::size_t most,
                                    std::size_t room) {
  const std::size_t steps = alive.size();
  const std::size_t width =
      std::min(room, steps * std::clamp<std::size_t>(room / steps, 1, widest_bar));
  std::vector<std::size_t> heights(width);
  for (std::size_t column = 0; column < width; ++column) {
    const std::size_t from = column * steps / width;
    const std::size_t to = std::max(from + 1, (column + 1) * steps / width);
    const std::size_t bytes = *std::max_element(alive.begin() + static_cast<std::ptrdiff_t>(from),
                                                alive.begin() + static_cast<std::ptrdiff_t>(to));
    heights[column] = (bytes * rows_of_chart * 8 + most - 1) / most;
  }
  return heights;
}

std::string cell(std::size_t eighths, bool unicode) {
  static constexpr std::array<const char*, 9> blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (unicode) return blocks[std::min<std::size_t>(eighths, 8)];
  return eighths >= 4 ? "#" : " ";
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text)
    result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return result;
}

// What is said of a value.
std::string title_of(const Plan& plan, const Life& life) {
  const Step& step = plan.steps[life.made];
  return name_of(plan, step) + ": " + to_string(plan.buffers[life.buffer].type.shape) + ", " +
         size_text(static_cast<double>(plan.buffers[life.buffer].bytes)) + ", steps " +
         std::to_string(life.made + 1) + " to " + std::to_string(life.last_read + 1);
}

// The plane of the drawing: steps and bytes to pixels.
class Chart {
 public:
  Chart(std::size_t steps, std::size_t bytes)
      : step_(width / static_cast<double>(steps)), byte_(height / static_cast<double>(bytes)) {}
  std::string box(std::size_t from, std::size_t to, std::size_t offset, std::size_t bytes,
                  const std::string& style, const std::string& title) const {
    std::ostringstream out;
    out << "<rect x=\"" << left + static_cast<double>(from) * step_ << "\" y=\""
        << top + height - static_cast<double>(offset + bytes) * byte_ << "\" width=\""
        << static_cast<double>(to - from) * step_ << "\" height=\""
        << static_cast<double>(bytes) * byte_ << "\" " << style << "><title>" << escaped(title)
        << "</title></rect>\n";
    return out.str();
  }
  static constexpr double width = 860, height = 420, left = 90, top = 40;

 private:
  double step_, byte_;
};

std::string caption(double x, double y, const char* anchor, const std::string& text) {
  std::ostringstream out;
  out << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\">"
      << escaped(text) << "</text>\n";
  return out.str();
}

}  // namespace

std::vector<Life> lives_in_arena(const Plan& plan) {
  std::vector<Life> lives(plan.buffers.size());
  std::vector<bool> is_made(plan.buffers.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const std::uint32_t input : plan.steps[i].inputs)
      lives[plan.buffers[input].root].last_read = i;
    for (const std::uint32_t output : plan.steps[i].outputs) {
      const std::uint32_t owner = plan.buffers[output].root;
      if (plan.buffers[owner].home != Home::arena) continue;
      if (!is_made[owner]) lives[owner] = {owner, i, i};
      is_made[owner] = true;
      lives[owner].last_read = i;
    }
  }
  for (const auto& [value, id] : plan.fetches)
    lives[plan.buffers[id].root].last_read = plan.steps.size() - 1;
  std::vector<Life> made;
  for (std::size_t id = 0; id < lives.size(); ++id)
    if (is_made[id]) made.push_back(lives[id]);
  return made;
}

std::vector<std::size_t> alive_by_step(const Plan& plan) {
  const std::vector<Life> lives = lives_in_arena(plan);
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    std::vector<std::pair<std::size_t, std::size_t>> pieces;
    for (const Life& life : lives)
      if (life.made <= i && i <= life.last_read) {
        const Buffer& buffer = plan.buffers[life.buffer];
        pieces.emplace_back(buffer.offset, buffer.offset + buffer.bytes);
      }
    const Step& step = plan.steps[i];
    pieces.emplace_back(step.scratch, step.scratch + step.scratch_bytes);
    alive.push_back(covered(std::move(pieces)));
  }
  return alive;
}

std::string memory_chart(const Plan& plan, std::size_t columns, bool unicode) {
  const std::vector<std::size_t> alive = alive_by_step(plan);
  const auto most = std::ranges::max_element(alive);
  if (alive.empty() || *most == 0) return "";
  const std::size_t room = std::max<std::size_t>(columns, label_width + 12) - label_width - 3;
  const std::vector<std::size_t> heights = columns_of(alive, *most, room);
  std::string text;
  for (std::size_t row = rows_of_chart; row-- > 0;) {
    const std::string label = row + 1 == rows_of_chart ? size_text(static_cast<double>(*most)) : "";
    std::string line = std::string(label_width - std::min(label_width, label.size()), ' ') + label +
                       (unicode ? " │" : " |");
    for (const std::size_t height : heights)
      line += cell(height > row * 8 ? height - row * 8 : 0, unicode);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  text += std::string(label_width - 1, ' ') + "0 " + (unicode ? "└" : "+");
  for (std::size_t i = 0; i < heights.size(); ++i) text += unicode ? "─" : "-";
  const auto at = static_cast<std::size_t>(most - alive.begin());
  return text + "\n" + std::string(label_width + 2, ' ') + std::to_string(alive.size()) +
         (alive.size() == 1 ? " step" : " steps") + "; the most in step " + std::to_string(at + 1) +
         ": " + name_of(plan, plan.steps[at]) + "\n";
}

std::string memory_drawing(const Plan& plan) {
  const std::size_t steps = plan.steps.size();
  const Chart chart(std::max<std::size_t>(steps, 1), std::max<std::size_t>(plan.arena_bytes, 1));
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 980 510\" width=\"980\" "
         "height=\"510\" font-family=\"sans-serif\" font-size=\"13\">\n"
         "<rect width=\"980\" height=\"510\" fill=\"white\"/>\n";
  out << caption(Chart::left, 25, "start",
                 "memory of intermediate values in an update: " +
                     size_text(static_cast<double>(plan.arena_bytes)) + ", of which " +
                     size_text(static_cast<double>(plan.alive_bytes)) +
                     " are in use in the step that needs the most");
  out << "<rect x=\"" << Chart::left << "\" y=\"" << Chart::top << "\" width=\"" << Chart::width
      << "\" height=\"" << Chart::height << "\" fill=\"#f3f3f3\" stroke=\"#888\"/>\n";
  for (const Life& life : lives_in_arena(plan)) {
    const Buffer& buffer = plan.buffers[life.buffer];
    // Neighbours differ: the hue goes round by the golden angle.
    const std::string style = "fill=\"hsl(" + std::to_string(life.made * 137 % 360) +
                              ", 55%, 70%)\" stroke=\"white\" stroke-width=\"0.5\"";
    out << chart.box(life.made, life.last_read + 1, buffer.offset, buffer.bytes, style,
                     title_of(plan, life));
  }
  for (std::size_t i = 0; i < steps; ++i)
    if (const Step& step = plan.steps[i]; step.scratch_bytes > 0)
      out << chart.box(
          i, i + 1, step.scratch, step.scratch_bytes, "fill=\"#999\"",
          name_of(plan, step) + ": scratch, " + size_text(static_cast<double>(step.scratch_bytes)));
  const double bottom = Chart::top + Chart::height;
  out << caption(Chart::left - 8, Chart::top + 10, "end",
                 size_text(static_cast<double>(plan.arena_bytes)))
      << caption(Chart::left - 8, bottom, "end", "0")
      << caption(Chart::left, bottom + 20, "start", "step 1")
      << caption(Chart::left + Chart::width, bottom + 20, "end", "step " + std::to_string(steps));
  return out.str() + "</svg>\n";
}

}  // namespace ebb
