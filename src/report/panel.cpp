#include "report/panel.hpp"

#include <algorithm>
#include <cctype>

#include "report/text.hpp"

namespace isotherm::report {
namespace {

constexpr double text_size = 12.5;
constexpr double row_height = 20, sample = 22, gap = 7, between = 18;

template <class Place>
double lay_out(const std::vector<LegendEntry>& entries, double left, double right, const Place& place) {
  double x = left, y = 0;
  for (const LegendEntry& entry : entries) {
    const double width = sample + gap + text_width(entry.text, text_size);
    if (x > left && x + width > right) {
      x = left;
      y += row_height;
    }
    place(entry, x, y);
    x += width + between;
  }
  return entries.empty() ? 0 : y + row_height;
}

}  // namespace

Panel::Panel(double left_side, double top_side, double right_side, double bottom_side, Scale along, Scale up)
    : left(left_side), top(top_side), right(right_side), bottom(bottom_side), x(along), y(up) {
  x.from = left;
  x.to = right;
  y.from = bottom;
  y.to = top;
}

void draw_y_axis(Svg& svg, const Panel& panel, int most) {
  Path grid;
  for (const Tick& tick : ticks(panel.y, most)) {
    if (tick.text.empty()) continue;
    const double y = panel.y(tick.value);
    grid.move(panel.left, y).horizontal(panel.right);
    svg.text({panel.left - 7, y + 4.4}, tick.text, "", Anchor::end);
  }
  svg.path(grid, "grid-line");
}

namespace {

/// At most so many, fewer where their texts would touch; those of a logarithmic scale are left as they are.
std::vector<Tick> fitting_ticks(const Panel& panel, int most) {
  for (;; --most) {
    std::vector<Tick> all = ticks(panel.x, most);
    double free = -1e9;
    bool fit = true;
    for (const Tick& tick : all) {
      const double half = text_width(tick.text, text_size) / 2;
      fit = fit && panel.x(tick.value) - half >= free;
      free = panel.x(tick.value) + half + gap;
    }
    if (fit || most <= 2 || panel.x.logarithmic) return all;
  }
}

}  // namespace

void draw_x_axis(Svg& svg, const Panel& panel, int most, bool texts) {
  Path line;
  line.move(panel.left, panel.bottom).horizontal(panel.right);
  double free = -1e9;
  for (const Tick& tick : fitting_ticks(panel, most)) {
    const double x = panel.x(tick.value);
    line.move(x, panel.bottom).vertical(panel.bottom + (tick.text.empty() ? 3 : 5));
    const double half = text_width(tick.text, text_size) / 2;
    const double middle = std::min(x, svg.width() - half);  // not cut off at the side
    if (!texts || tick.text.empty() || middle - half < free) continue;
    svg.text({middle, panel.bottom + 18}, tick.text, "", Anchor::middle);
    free = middle + half + 6;
  }
  svg.path(line, "axis");
}

void draw_x_label(Svg& svg, const Panel& panel, const std::string& label) {
  svg.text({(panel.left + panel.right) / 2, panel.bottom + 37}, fitted(label, 13.5, panel.right - panel.left), "label",
           Anchor::middle);
}

void draw_mark(Svg& svg, Point at, int mark, const std::string& classes) {
  const std::string all = "mark " + classes;
  if (mark == 0) return svg.circle(at, 3.8, all);
  Path path;
  const auto polygon = [&](std::initializer_list<Point> corners) {
    for (const Point& c : corners) path.empty() ? path.move(at.x + c.x, at.y + c.y) : path.line(at.x + c.x, at.y + c.y);
    path.close();
  };
  if (mark == 1) polygon({{-4.8, 0}, {0, -4.8}, {4.8, 0}, {0, 4.8}});
  if (mark == 2) polygon({{-3.5, -3.5}, {3.5, -3.5}, {3.5, 3.5}, {-3.5, 3.5}});
  if (mark == 3) polygon({{-4.5, 3.5}, {0, -4.5}, {4.5, 3.5}});
  if (mark == 4) polygon({{-4.5, -3.5}, {0, 4.5}, {4.5, -3.5}});
  if (mark == 5)
    polygon({{-4.5, -1.4},
             {-1.4, -1.4},
             {-1.4, -4.5},
             {1.4, -4.5},
             {1.4, -1.4},
             {4.5, -1.4},
             {4.5, 1.4},
             {1.4, 1.4},
             {1.4, 4.5},
             {-1.4, 4.5},
             {-1.4, 1.4},
             {-4.5, 1.4}});
  svg.path(path, all);
}

double draw_legend(Svg& svg, const std::vector<LegendEntry>& entries, double left, double top, double right) {
  return lay_out(entries, left, right, [&](const LegendEntry& entry, double x, double y) {
    const double middle = top + y + 8;
    if (entry.area) {
      svg.rectangle(x, middle - 5, sample, 10, "area");
      svg.line({x, middle - 5}, {x + sample, middle - 5}, "outline");
    } else {
      svg.line({x, middle}, {x + sample, middle}, entry.classes);
      if (entry.mark >= 0) draw_mark(svg, {x + sample / 2, middle}, entry.mark, entry.mark_classes);
    }
    svg.text({x + sample + gap, middle + 4.4}, entry.text, "ink");
  });
}

double legend_height(const std::vector<LegendEntry>& entries, double left, double right) {
  return lay_out(entries, left, right, [](const LegendEntry&, double, double) {});
}

Path curve(const Panel& panel, const std::vector<Point>& points) {
  Path path;
  const auto place = [&](const Point& p) {
    // A logarithmic scale has no place for 0: far below will do.
    const double y = panel.y.logarithmic && !(p.y > panel.y.lower * 1e-3) ? panel.y.lower * 1e-3 : p.y;
    return Point{panel.x(p.x), panel.y(y)};
  };
  const auto inside = [&](const Point& p) { return p.y <= panel.bottom + 0.01 && p.y >= panel.top - 0.01; };
  const auto crossing = [&](const Point& a, const Point& b) {
    const double side = std::max(a.y, b.y) > panel.bottom ? panel.bottom : panel.top;
    const double share = (side - a.y) / (b.y - a.y);
    return Point{a.x + share * (b.x - a.x), side};
  };
  bool open = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point here = place(points[i]);
    if (i > 0) {
      const Point before = place(points[i - 1]);
      if (inside(before) && !inside(here)) {
        const Point end = crossing(before, here);
        path.line(end.x, end.y);
        open = false;
      } else if (!inside(before) && inside(here)) {
        const Point start = crossing(before, here);
        path.move(start.x, start.y);
        open = true;
      }
    }
    if (!inside(here)) continue;
    if (open)
      path.line(here.x, here.y);
    else
      path.move(here.x, here.y);
    open = true;
  }
  return path;
}

std::string fitted(const std::string& text, double size, double width) {
  if (text_width(text, size) <= width) return text;
  std::string shorter = text;
  const auto cut = [&] {
    // A character of several bytes goes as a whole.
    while (!shorter.empty() && (static_cast<unsigned char>(shorter.back()) & 0xC0) == 0x80) shorter.pop_back();
    if (!shorter.empty()) shorter.pop_back();
  };
  while (!shorter.empty() && text_width(shorter + "…", size) > width) cut();
  return shorter + "…";
}

std::string file_stem(const std::string& text) {
  std::string stem;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '@' || c == '.' || c == '-' || c == '+';
    stem += plain ? c : '_';
  }
  constexpr std::size_t longest = 80;  // an expression may be longer than a file name can be
  stem.resize(std::min(stem.size(), longest));
  return stem;
}

}  // namespace isotherm::report
