#include "report/chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "output/number.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

constexpr double title_size = 14.5, text_size = 12.5, label_size = 13.5;
constexpr double title_height = 19, row_height = 20, label_height = 18;

struct Series {
  std::string name, kind, ink;
  bool dashed = false;
  std::vector<double> x, y, bar;
};

/// A bar or curve reaches beyond what is drawn where JSON has null: an infinite number.
std::vector<double> numbers(const Json& object, const char* key) {
  std::vector<double> all;
  if (object.contains(key))
    for (const Json& value : object.at(key))
      all.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  return all;
}

std::vector<Series> series_of(const Json& figure) {
  std::vector<Series> all;
  for (const Json& entry : figure.at("series"))
    all.push_back({mathematical(entry.at("name").get<std::string>()), entry.at("kind"), entry.at("ink"),
                   entry.value("dashed", false), numbers(entry, "x"), numbers(entry, "y"), numbers(entry, "bar")});
  return all;
}

/// Lines of a text that fit.
std::vector<std::string> lines(const std::string& text, double size, double width) {
  std::vector<std::string> all;
  std::string word, line;
  const auto take = [&] {
    const std::string longer = line.empty() ? word : line + ' ' + word;
    if (!line.empty() && text_width(longer, size) > width) {
      all.push_back(line);
      line = word;
    } else {
      line = longer;
    }
    word.clear();
  };
  for (const char c : text) {
    if (c == ' ')
      take();
    else
      word += c;
  }
  take();
  all.push_back(line);
  return all;
}

/// From (left, top) downwards; the height.
double draw_lines(Svg& svg, const std::vector<std::string>& text, double left, double top, double height,
                  const std::string& classes) {
  for (std::size_t i = 0; i < text.size(); ++i)
    svg.text({left, top + 0.76 * height + static_cast<double>(i) * height}, text[i], classes);
  return height * static_cast<double>(text.size());
}

/// A shape of its own for each ink, so that no one depends on colours.
void draw_marker(Svg& svg, Point at, const std::string& ink, double radius = 4) {
  const std::string classes = "d-" + ink;
  if (ink == "measured") {
    svg.circle(at, radius, classes);
  } else if (ink == "blue") {
    svg.rectangle(at.x - 0.88 * radius, at.y - 0.88 * radius, 1.76 * radius, 1.76 * radius, classes);
  } else {
    Path path;
    if (ink == "orange")
      path.move(at.x - 1.3 * radius, at.y)
          .line(at.x, at.y - 1.3 * radius)
          .line(at.x + 1.3 * radius, at.y)
          .line(at.x, at.y + 1.3 * radius);
    else
      path.move(at.x - 1.15 * radius, at.y + 0.85 * radius)
          .line(at.x, at.y - 1.15 * radius)
          .line(at.x + 1.15 * radius, at.y + 0.85 * radius);
    svg.path(path.close(), classes);
  }
}

enum class Sample { line, marker, area, diamond, cross };

struct Entry {
  std::string text, ink;
  Sample sample = Sample::line;
  bool dashed = false;
};

Path cross(Point at, double radius) {
  return Path()
      .move(at.x - radius, at.y - radius)
      .line(at.x + radius, at.y + radius)
      .move(at.x - radius, at.y + radius)
      .line(at.x + radius, at.y - radius);
}

/// In rows from (2, top) on; the height. Nothing is drawn without `svg`.
double legend(Svg* svg, const std::vector<Entry>& entries, double top, double width) {
  constexpr double sample = 24, gap = 7, between = 18;
  double x = 2, y = 0;
  for (const Entry& entry : entries) {
    const double needed = sample + gap + text_width(entry.text, text_size);
    if (x > 2 && x + needed > width) {
      x = 2;
      y += row_height;
    }
    if (svg != nullptr) {
      const double middle = top + y + 9;
      const Point centre{x + sample / 2, middle};
      switch (entry.sample) {
        case Sample::line:
          svg->line({x, middle}, {x + sample, middle}, "theory k-" + entry.ink + (entry.dashed ? " dashed" : ""));
          break;
        case Sample::marker:
          draw_marker(*svg, centre, entry.ink);
          break;
        case Sample::area:
          svg->rectangle(x, middle - 5, sample, 10, "a-" + entry.ink);
          svg->line({x, middle - 5}, {x + sample, middle - 5}, "edge k-" + entry.ink);
          break;
        case Sample::diamond:
          svg->path(diamond(centre, 6), "theory k-blue");
          break;
        case Sample::cross:
          svg->path(cross(centre, 4.5), "theory k-orange");
          break;
      }
      svg->text({x + sample + gap, middle + 4.4}, entry.text, "ink");
    }
    x += needed + between;
  }
  return entries.empty() ? 0 : y + row_height + 2;
}

void draw_x_labels(Svg& svg, const Panel& panel, const std::vector<std::string>& label) {
  for (std::size_t i = 0; i < label.size(); ++i)
    svg.text({(panel.left + panel.right) / 2, panel.bottom + 38 + static_cast<double>(i) * label_height}, label[i],
             "label", Anchor::middle);
}

struct Range {
  double lower = std::numeric_limits<double>::infinity(), upper = -std::numeric_limits<double>::infinity();
  void include(double value) {
    if (!std::isfinite(value)) return;
    lower = std::min(lower, value);
    upper = std::max(upper, value);
  }
};

Scale scaled(Range range, bool logarithmic, double margin) {
  if (!(range.upper >= range.lower)) range = {0, 1};
  if (logarithmic) {
    const double factor = std::max(std::pow(range.upper / range.lower, margin), 1.02);
    return {range.lower / factor, range.upper * factor, 0, 1, true};
  }
  const double span = range.upper > range.lower ? range.upper - range.lower : std::max(std::abs(range.upper), 1e-12);
  return {range.lower - margin * span, range.upper + margin * span};
}

/// What of x matters: where densities are is shown, not where they are nothing.
Range range_of_x(const std::vector<Series>& all, bool histograms) {
  Range range;
  double highest = 0;
  for (const Series& series : all)
    for (const double y : series.y) highest = std::max(highest, y);
  for (const Series& series : all)
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (histograms && !(series.y[i] > 0.002 * highest)) continue;
      range.include(series.x[i]);
      if (series.kind == "histogram") range.include(series.x[i + 1]);
    }
  return range;
}

Range range_of_y(const std::vector<Series>& all, bool logarithmic) {
  Range range;
  for (const Series& series : all)
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (logarithmic && !(series.y[i] > 0)) continue;
      range.include(series.y[i]);
      if (i >= series.bar.size()) continue;
      range.include(series.y[i] + series.bar[i]);
      if (!logarithmic) range.include(series.y[i] - series.bar[i]);
    }
  return range;
}

void draw_histogram(Svg& svg, const Panel& panel, const Series& series) {
  Path outline;
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    const double from = std::max(series.x[i], panel.x.lower), to = std::min(series.x[i + 1], panel.x.upper);
    if (!(to > from)) continue;
    const double top = panel.y(std::clamp(series.y[i], panel.y.lower, panel.y.upper));
    if (outline.empty()) {
      outline.move(panel.x(from), panel.bottom);
    }
    outline.vertical(top).horizontal(panel.x(to));
  }
  if (outline.empty()) return;
  outline.vertical(panel.bottom);
  svg.path(outline, "a-" + series.ink + " edge k-" + series.ink);
}

void draw_points(Svg& svg, const Panel& panel, const Series& series) {
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (!panel.x.contains(series.x[i]) || !panel.y.contains(series.y[i])) continue;
    const Point at{panel.x(series.x[i]), panel.y(series.y[i])};
    if (i < series.bar.size()) {
      const double low = std::clamp(series.y[i] - series.bar[i], panel.y.lower, panel.y.upper),
                   high = std::clamp(series.y[i] + series.bar[i], panel.y.lower, panel.y.upper);
      svg.line({at.x, panel.y(low)}, {at.x, panel.y(high)}, "bar k-" + series.ink);
    }
    draw_marker(svg, at, series.ink, series.y.size() > 24 ? 2.8 : 4);
  }
}

void draw_curve(Svg& svg, const Panel& panel, const Series& series) {
  std::vector<Point> inside;
  for (std::size_t i = 0; i < series.y.size(); ++i)
    if (std::isfinite(series.y[i]) && panel.x.contains(series.x[i])) inside.push_back({series.x[i], series.y[i]});
  svg.path(curve(panel, inside), "theory k-" + series.ink + (series.dashed ? " dashed" : ""));
}

Svg draw_series(const Json& figure, Width width) {
  const std::vector<Series> all = series_of(figure);
  const bool wide = width == Width::wide, log_x = figure.value("log_x", false), log_y = figure.value("log_y", false);
  const double w = figure_width(width);
  const bool histograms = std::any_of(all.begin(), all.end(), [](const Series& s) { return s.kind == "histogram"; });
  std::vector<Entry> entries;
  for (const Series& series : all)
    if (!series.name.empty())
      entries.push_back({series.name, series.ink,
                         series.kind == "points"      ? Sample::marker
                         : series.kind == "histogram" ? Sample::area
                                                      : Sample::line,
                         series.dashed});
  const std::vector<std::string> title = lines(mathematical(figure.at("title").get<std::string>()), title_size, w),
                                 y_label = lines(mathematical(figure.at("y").get<std::string>()), label_size, w);
  Range y = range_of_y(all, log_y);
  if (!log_y && y.lower >= 0 && (histograms || y.lower < 0.35 * y.upper)) y.lower = 0;
  Scale up = scaled(y, log_y, 0.06);
  if (!log_y && y.lower == 0) up.lower = 0;
  double names = 0;
  for (const Tick& tick : ticks(up, 6)) names = std::max(names, text_width(tick.text, text_size));
  const double left = std::max(30.0, names + 12), right = w - 18;
  const std::vector<std::string> x_label =
      lines(mathematical(figure.at("x").get<std::string>()), label_size, right - left);
  const double head = title_height * static_cast<double>(title.size()) + 4;
  const double legend_top = head, label_top = legend_top + legend(nullptr, entries, 0, w) + 2;
  const double top = label_top + label_height * static_cast<double>(y_label.size()) + 8;
  const double bottom = top + (wide ? 220 : 200);
  Svg svg(w, bottom + 26 + label_height * static_cast<double>(x_label.size()) + 4);
  draw_lines(svg, title, 2, 0, title_height, "title");
  legend(&svg, entries, legend_top, w);
  draw_lines(svg, y_label, 2, label_top, label_height, "label");
  const Panel panel(left, top, right, bottom, scaled(range_of_x(all, histograms), log_x, 0.03), up);
  draw_y_axis(svg, panel, 6);
  for (const Series& series : all)
    if (series.kind == "histogram") draw_histogram(svg, panel, series);
  for (const Series& series : all)
    if (series.kind == "curve") draw_curve(svg, panel, series);
  for (const Series& series : all)
    if (series.kind == "points") draw_points(svg, panel, series);
  draw_x_axis(svg, panel, wide ? 7 : 5);
  draw_x_labels(svg, panel, x_label);
  return svg;
}

Svg draw_rows(const Json& figure, Width width) {
  const double w = figure_width(width), left = 22, right = w - 22;
  const bool logarithmic = figure.value("log_x", false);
  Range x;
  bool expected = false, printed = false;
  for (const Json& row : figure.at("rows")) {
    const double value = row.at("measured"), error = row.at("standard_error");
    x.include(logarithmic ? value : value - 2 * error);
    x.include(value + 2 * error);
    for (const auto& [key, seen] : {std::pair{"expected", &expected}, {"printed", &printed}})
      if (const auto number = number_at(row, key)) {
        x.include(*number);
        *seen = true;
      }
  }
  std::vector<Entry> entries = {{"measured, bars of 2 standard errors", "measured", Sample::marker}};
  if (expected) entries.push_back({figure.value("expected", "by theory"), "blue", Sample::diamond});
  if (printed) entries.push_back({"as printed", "orange", Sample::cross});
  const std::vector<std::string> title = lines(mathematical(figure.at("title").get<std::string>()), title_size, w),
                                 label =
                                     lines(mathematical(figure.at("x").get<std::string>()), label_size, right - left);
  const double legend_top = title_height * static_cast<double>(title.size()) + 4;
  const double top = legend_top + legend(nullptr, entries, 0, w) + 4;
  constexpr double height = 42;
  const double bottom = top + height * static_cast<double>(figure.at("rows").size()) + 4;
  Svg svg(w, bottom + 26 + label_height * static_cast<double>(label.size()) + 4);
  draw_lines(svg, title, 2, 0, title_height, "title");
  legend(&svg, entries, legend_top, w);
  const Panel panel(left, top, right, bottom, scaled(x, logarithmic, 0.05), {0, 1});
  constexpr int most = 5;
  Path grid;
  for (const Tick& tick : ticks(panel.x, most))
    if (!tick.text.empty()) grid.move(panel.x(tick.value), top).vertical(bottom);
  svg.path(grid, "grid-line");
  double y = top;
  for (const Json& row : figure.at("rows")) {
    const double value = row.at("measured"), error = row.at("standard_error"), middle = y + 29;
    const std::string text = with_error(value, error);
    svg.text({2, y + 15}, mathematical(row.at("name").get<std::string>()), "ink");
    svg.text({w - 2, y + 15}, text, "ink", Anchor::end);
    const double from = std::max(value - 2 * error, panel.x.lower), to = std::min(value + 2 * error, panel.x.upper);
    svg.line({panel.x(from), middle}, {panel.x(to), middle}, "bar k-measured");
    draw_marker(svg, {panel.x(value), middle}, "measured", 3.6);
    if (const auto number = number_at(row, "expected"))
      svg.path(diamond({panel.x(*number), middle}, 7), "theory k-blue");
    if (const auto number = number_at(row, "printed"))
      svg.path(cross({panel.x(*number), middle}, 5), "theory k-orange");
    y += height;
  }
  draw_x_axis(svg, panel, most);
  draw_x_labels(svg, panel, label);
  return svg;
}

}  // namespace

Figure chart(const std::string& name, const Json& figure) {
  const std::string title = mathematical(figure.at("title").get<std::string>());
  std::string alt = title + ". Horizontally: " + mathematical(figure.at("x").get<std::string>());
  if (figure.contains("rows")) {
    for (const Json& row : figure.at("rows"))
      alt += "; " + mathematical(row.at("name").get<std::string>()) + ": " +
             output::with_error(row.at("measured"), row.at("standard_error"));
    return {name, title, "", alt + '.', draw_rows(figure, Width::wide), draw_rows(figure, Width::narrow)};
  }
  alt += "; vertically: " + mathematical(figure.at("y").get<std::string>());
  bool bars = false;
  for (const Series& series : series_of(figure)) {
    if (!series.name.empty()) alt += "; " + series.kind + ": " + series.name;
    bars = bars || !series.bar.empty();
  }
  const bool said = figure.at("y").get<std::string>().find("bars") != std::string::npos;
  return {name,
          title,
          bars && !said ? "Bars, where they are wider than the symbols, are two standard errors." : "",
          alt + '.',
          draw_series(figure, Width::wide),
          draw_series(figure, Width::narrow)};
}

}  // namespace isotherm::report
