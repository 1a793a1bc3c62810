#include "graph/cli/memory_picture.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "graph/cli/drawing_labels.hpp"
#include "graph/cli/terminal.hpp"
#include "graph/script/characters.hpp"

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

std::string bytes_text(std::size_t bytes) { return size_text(static_cast<double>(bytes)); }

// "h.z", or of a value that has no name its layer and what makes it: "h: • gᵀ".
std::string name_of(const Plan& plan, const Life& life, const std::string& layer) {
  const Step& step = plan.steps[life.made];
  if (step.kind == StepKind::copy) return "copy";
  const auto is_it = [&](std::uint32_t id) { return plan.buffers[id].root == life.buffer; };
  Value value{step.node, 0};
  for (const Instruction& instruction : step.instructions)
    if (is_it(instruction.output)) value = {instruction.node, 0};
  std::string name = short_name(*plan.graph, value, "");
  if (!name.empty()) return name;
  return (layer.empty() ? "" : layer + ": ") + OpLabel(*plan.graph, value.node, "").formula();
}

// What is said of a value.
std::string title_of(const Plan& plan, const Life& life, const std::string& name) {
  const Buffer& buffer = plan.buffers[life.buffer];
  return name + ": " + to_string(buffer.type.shape) + ", " + bytes_text(buffer.bytes) + ", steps " +
         std::to_string(life.made + 1) + " to " + std::to_string(life.last_read + 1) +
         "; made by " + name_of(plan, plan.steps[life.made]);
}

// The step from which on a value that is made in its place covers its box.
std::size_t seen_until(const Plan& plan, const std::vector<Life>& lives, const Life& life) {
  const Buffer& own = plan.buffers[life.buffer];
  std::size_t until = life.last_read + 1;
  for (const Life& other : lives) {
    const Buffer& buffer = plan.buffers[other.buffer];
    if (other.made > life.made && buffer.offset < own.offset + own.bytes &&
        own.offset < buffer.offset + buffer.bytes)
      until = std::min(until, other.made);
  }
  return until;
}

// At most so many columns of it.
std::string cut(const std::string& text, std::size_t columns) {
  if (width_of(text) <= columns) return text;
  std::string shorter = text;
  while (!shorter.empty() && width_of(shorter) + 1 > columns) {
    while ((static_cast<unsigned char>(shorter.back()) & 0xC0) == 0x80) shorter.pop_back();
    shorter.pop_back();
  }
  return shorter + "…";
}

std::string caption(double x, double y, const char* anchor, const std::string& text,
                    const std::string& more = "") {
  std::ostringstream out;
  out << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\"" << more << ">"
      << html(text) << "</text>\n";
  return out.str();
}

// The distance of marks on an axis: 1, 2 or 5 times a power of ten, at least 1, for at most `most`.
std::size_t distance_of_marks(std::size_t length, std::size_t most) {
  for (std::size_t power = 1;; power *= 10)
    for (const std::size_t factor : {1U, 2U, 5U})
      if (length / (factor * power) <= most) return factor * power;
}

// The plane of the drawing: steps and bytes to pixels.
class Chart {
 public:
  Chart(std::size_t steps, std::size_t bytes)
      : steps_(steps),
        bytes_(bytes),
        step_(width / static_cast<double>(steps)),
        byte_(height / static_cast<double>(bytes)) {}

  std::string box(std::size_t from, std::size_t to, std::size_t offset, std::size_t bytes,
                  const std::string& style, const std::string& title) const {
    std::ostringstream out;
    out << "<rect x=\"" << x(from) << "\" y=\"" << y(offset + bytes) << "\" width=\""
        << x(to) - x(from) << "\" height=\"" << y(offset) - y(offset + bytes) << "\" " << style
        << "><title>" << html(title) << "</title></rect>\n";
    return out.str();
  }
  // Whether such a box has room for a label.
  bool has_room(std::size_t from, std::size_t to, std::size_t bytes) const {
    return room(from, to) >= least_letters * letter(bytes) && high(bytes) >= font(bytes);
  }
  // In such a box, as much as it has room for.
  std::string label(std::size_t from, std::size_t to, std::size_t offset, std::size_t bytes,
                    const std::string& name) const {
    if (!has_room(from, to, bytes)) return "";
    const auto columns = static_cast<std::size_t>(room(from, to) / letter(bytes));
    const double center = (x(from) + x(to)) / 2,
                 middle = (y(offset) + y(offset + bytes)) / 2 + 0.36 * font(bytes);
    const auto text = [&](double at, const std::string& words) {
      return caption(center, at, "middle", cut(words, columns),
                     " font-size=\"" + std::to_string(font(bytes)) + "\" pointer-events=\"none\"");
    };
    const std::string size = bytes_text(bytes);
    if (width_of(name + ", " + size) <= columns) return text(middle, name + ", " + size);
    if (high(bytes) < 2 * line || width_of(size) > columns) return text(middle, name);
    return text(middle - line / 2, name) + text(middle + line / 2, size);
  }
  std::string axes() const;

  static constexpr double width = 860, height = 420, left = 90, top = 40;

 private:
  static constexpr double line = 13, least_letters = 3;
  double high(std::size_t bytes) const { return y(0) - y(bytes); }
  double room(std::size_t from, std::size_t to) const { return x(to) - x(from) - 6; }
  int font(std::size_t bytes) const { return high(bytes) < line ? 9 : 11; }
  double letter(std::size_t bytes) const { return 0.6 * font(bytes); }
  double x(std::size_t step) const { return left + static_cast<double>(step) * step_; }
  double y(std::size_t byte) const { return top + height - static_cast<double>(byte) * byte_; }

  std::size_t steps_, bytes_;
  double step_, byte_;
};

// Steps are counted from 1, and have their number in their middle.
std::string Chart::axes() const {
  std::ostringstream out;
  const auto mark = [&](double x1, double y1, double x2, double y2) {
    out << "<path d=\"M" << x1 << " " << y1 << "L" << x2 << " " << y2 << "\" stroke=\"#888\"/>\n";
  };
  const double bottom = top + height;
  const std::size_t between = distance_of_marks(steps_, 20);
  for (std::size_t step = between; step <= steps_; step += between) {
    const double at = (x(step - 1) + x(step)) / 2;
    mark(at, bottom, at, bottom + 5);
    out << caption(at, bottom + 18, "middle", std::to_string(step));
  }
  const std::size_t apart = distance_of_marks(bytes_, 8);
  for (std::size_t byte = 0; byte <= bytes_; byte += apart) {
    mark(left - 5, y(byte), left, y(byte));
    out << caption(left - 8, y(byte) + 4, "end", byte == 0 ? "0" : bytes_text(byte));
  }
  out << caption(left + width / 2, bottom + 36, "middle", "step of the plan");
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

std::string memory_drawing(const Plan& plan, const std::vector<std::string>& layers) {
  const std::size_t steps = plan.steps.size();
  const Chart chart(std::max<std::size_t>(steps, 1), std::max<std::size_t>(plan.arena_bytes, 1));
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 980 510\" width=\"980\" "
         "height=\"510\" font-family=\"sans-serif\" font-size=\"13\">\n"
         "<rect width=\"980\" height=\"510\" fill=\"white\"/>\n";
  out << caption(Chart::left, 25, "start",
                 "memory of intermediate values in an update: " + bytes_text(plan.arena_bytes) +
                     ", of which " + bytes_text(plan.alive_bytes) +
                     " are in use in the step that needs the most");
  out << "<rect x=\"" << Chart::left << "\" y=\"" << Chart::top << "\" width=\"" << Chart::width
      << "\" height=\"" << Chart::height << "\" fill=\"#f3f3f3\" stroke=\"#888\"/>\n";
  std::string labels;
  const std::vector<Life> lives = lives_in_arena(plan);
  for (const Life& life : lives) {
    const Buffer& buffer = plan.buffers[life.buffer];
    const std::string name = name_of(plan, life, layers[life.made]);
    // Neighbours differ: the hue goes round by the golden angle.
    const std::string style = "fill=\"hsl(" + std::to_string(life.made * 137 % 360) +
                              ", 55%, 70%)\" stroke=\"white\" stroke-width=\"0.5\"";
    out << chart.box(life.made, life.last_read + 1, buffer.offset, buffer.bytes, style,
                     title_of(plan, life, name));
    // All others are looked through for the few that may have a label.
    if (chart.has_room(life.made, life.last_read + 1, buffer.bytes))
      labels +=
          chart.label(life.made, seen_until(plan, lives, life), buffer.offset, buffer.bytes, name);
  }
  for (std::size_t i = 0; i < steps; ++i)
    if (const Step& step = plan.steps[i]; step.scratch_bytes > 0)
      out << chart.box(i, i + 1, step.scratch, step.scratch_bytes, "fill=\"#999\"",
                       name_of(plan, step) + ": scratch, " + bytes_text(step.scratch_bytes));
  return out.str() + labels + chart.axes() + "</svg>\n";
}

}  // namespace ebb
