#include "report/series.hpp"

#include <algorithm>
#include <cmath>

#include "output/number.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

constexpr int marks = 6;
constexpr std::size_t most_spoken = 6;  ///< curves that the alt text tells of

/// A label or a formula as it is set in a figure: "50*eta" as "50·η".
std::string lettered(const std::string& text) {
  std::string out;
  for (const char c : mathematical(text)) out += c == '*' ? std::string("·") : std::string(1, c);
  return out;
}

std::string shade_of(std::size_t i, std::size_t count) {
  const std::size_t shade = count < 2 ? shades - 1 : i * (shades - 1) / (count - 1);
  return std::to_string(shade);
}

Scale fitted_y(const SeriesPlot& plot) {
  std::vector<double> values;
  double smallest = INFINITY, largest = 0;  // of the points alone: where a bar reaches 0 is no reason for a decade
  bool positive = true;
  for (const Series& series : plot.series)
    for (const SeriesPoint& p : series.points) {
      values.insert(values.end(), {p.y - 2 * p.error, p.y + 2 * p.error});
      positive = positive && p.y > 0;
      smallest = std::min(smallest, p.y);
      largest = std::max(largest, p.y);
    }
  if (plot.reference) values.push_back(*plot.reference);
  for (const SeriesLine& line : plot.lines)
    for (const Point& p : line.points)
      if (plot.x_from) values.push_back(p.y);
  if (positive && largest > wide_span * smallest) {
    if (plot.reference && *plot.reference > 0) {
      smallest = std::min(smallest, *plot.reference);
      largest = std::max(largest, *plot.reference);
    }
    return {smallest / 1.5, largest * 1.5, 0, 1, true};
  }
  return fitting_scale(values);
}

Svg draw(const SeriesPlot& plot, Width width) {
  const double w = figure_width(width), left = 64, right = w - 12;
  std::vector<LegendEntry> entries;
  const std::size_t count = plot.series.size();
  for (std::size_t i = 0; i < count; ++i)
    if (!plot.series[i].label.empty())
      entries.push_back({fitted(lettered(plot.series[i].label), 12.5, right - 40), "t" + shade_of(i, count), false,
                         static_cast<int>(i % marks), "m" + shade_of(i, count)});
  for (const SeriesLine& line : plot.lines)
    if (!line.label.empty()) entries.push_back({fitted(lettered(line.label), 12.5, right - 40), line.classes});
  if (plot.reference) entries.push_back({plot.reference_text, "theory p-gibbs"});
  const double legend = legend_height(entries, 2, right), top = legend + 28, bottom = top + 250;
  Svg svg(w, bottom + 44);
  draw_legend(svg, entries, 2, 0, right);
  svg.text({2, legend + 14}, fitted(plot.y_label, 12.5, right - 4));

  std::vector<double> places;
  for (const Series& series : plot.series)
    for (const SeriesPoint& p : series.points) places.push_back(p.x);
  Scale x = fitting_scale(places);
  if (plot.x_from && plot.x_to) x = {*plot.x_from, *plot.x_to};
  const Panel panel(left, top, right, bottom, x, fitted_y(plot));
  draw_y_axis(svg, panel, 5);
  if (plot.reference) {
    const double y = panel.y(*plot.reference);
    svg.line({left, y}, {right, y}, "theory p-gibbs");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string shade = shade_of(i, count);
    Path line;
    for (const SeriesPoint& p : plot.series[i].points)
      line.empty() ? line.move(panel.x(p.x), panel.y(p.y)) : line.line(panel.x(p.x), panel.y(p.y));
    if (plot.lines.empty()) svg.path(line, "t" + shade);
    for (const SeriesPoint& p : plot.series[i].points) {
      const double px = panel.x(p.x);
      const double low = std::max(p.y - 2 * p.error, panel.y.lower), high = std::min(p.y + 2 * p.error, panel.y.upper);
      if (high > low) svg.line({px, panel.y(low)}, {px, panel.y(high)}, "bar");
      draw_mark(svg, {px, panel.y(p.y)}, static_cast<int>(i % marks), "m" + shade);
    }
  }
  for (const SeriesLine& line : plot.lines) svg.path(curve(panel, line.points), line.classes);
  draw_x_axis(svg, panel, width == Width::wide ? 7 : 5);
  draw_x_label(svg, panel, lettered(plot.x_label));
  return svg;
}

std::string said(const SeriesPlot& plot) {
  std::string text = plot.title + ": ";
  std::size_t spoken = 0;
  for (const Series& series : plot.series) {
    if (series.points.empty()) continue;
    if (spoken++ == most_spoken) {
      text += "; and more";
      break;
    }
    const SeriesPoint &first = series.points.front(), &last = series.points.back();
    const auto at = [&](const SeriesPoint& p) {
      return with_error(p.y, p.error) + " at " + plot.x_label + " = " + output::rounded(p.x, 4);
    };
    text += (spoken == 1 ? "" : "; ") + (series.label.empty() ? "" : series.label + ": ") + at(first);
    if (series.points.size() > 1) text += ", " + at(last);
  }
  return text + '.';
}

}  // namespace

Figure series_figure(const SeriesPlot& plot) {
  return {plot.name, plot.title, plot.caption, said(plot), draw(plot, Width::wide), draw(plot, Width::narrow)};
}

}  // namespace isotherm::report
