#include "report/rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "output/number.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

Svg draw_estimates(const std::string& label, const std::vector<Row>& rows, const std::optional<double>& reference,
                   const std::string& reference_text, Width width) {
  const bool wide = width == Width::wide;
  const double w = figure_width(width);
  double names = 0, values = 0;
  for (const Row& row : rows) {
    names = std::max(names, text_width(row.name, 12.5));
    values = std::max(values, text_width(with_error(row.value, row.error), 12.5));
  }
  const double row_height = wide ? 34 : 46;
  const double left = wide ? std::min(names + 14, 190.0) : 12, right = wide ? w - values - 14 : w - 12;
  double lower = std::numeric_limits<double>::infinity(), upper = -lower;
  const auto include = [&](double value) {
    lower = std::min(lower, value);
    upper = std::max(upper, value);
  };
  for (const Row& row : rows) {
    include(row.value - 2 * row.error);
    include(row.value + 2 * row.error);
    if (row.expected) include(*row.expected);
  }
  if (reference) include(*reference);
  const double margin = upper > lower ? 0.07 * (upper - lower) : std::max(std::abs(upper), 1.0) * 0.1;
  const double head = reference ? 30 : 8, bottom = head + static_cast<double>(rows.size()) * row_height + 4;
  Svg svg(w, bottom + 44);
  const Panel panel(left, head, right, bottom, {lower - margin, upper + margin}, {0, 1});
  Path grid;
  constexpr int most = 5;
  for (const Tick& tick : ticks(panel.x, most)) grid.move(panel.x(tick.value), head).vertical(bottom);
  svg.path(grid, "grid-line");
  if (reference) {
    if (wide) svg.line({panel.x(*reference), head - 4}, {panel.x(*reference), bottom}, "theory p-gibbs");
    const double half = text_width(reference_text, 12.5) / 2;
    svg.text({std::clamp(panel.x(*reference), half + 2, w - half - 2), head - 10}, reference_text, "ink",
             Anchor::middle);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const double top = head + static_cast<double>(i) * row_height, y = wide ? top + row_height / 2 : top + 32;
    const std::string text = with_error(row.value, row.error);
    if (wide) {
      svg.text({0, y + 4.4}, fitted(row.name, 12.5, left - 8), "ink");
      svg.text({w, y + 4.4}, text, "ink", Anchor::end);
    } else {
      svg.text({2, top + 17}, fitted(row.name, 12.5, w - values - 14), "ink");
      svg.text({w - 2, top + 17}, text, "ink", Anchor::end);
    }
    if (reference && !wide)  // not across the names
      svg.line({panel.x(*reference), y - 9}, {panel.x(*reference), y + 9}, "theory p-gibbs");
    for (const double errors : {2.0, 1.0}) {
      const double from = panel.x(row.value - errors * row.error), to = panel.x(row.value + errors * row.error);
      if (errors == 1)
        svg.rectangle(from, y - 2.5, std::max(to - from, 0.5), 5, "band");
      else
        svg.line({from, y}, {to, y}, "bar");
    }
    if (row.expected) svg.path(diamond({panel.x(*row.expected), y}, 6.5), "theory s-exact-chain");
    svg.circle({panel.x(row.value), y}, 3.6, "dot");
  }
  draw_x_axis(svg, panel, most);
  draw_x_label(svg, panel, label);
  return svg;
}

Svg draw_distances(const std::vector<Distance>& distances, Width width) {
  const bool wide = width == Width::wide;
  const double w = figure_width(width);
  double lower = std::numeric_limits<double>::infinity(), upper = 0, names = 0, heads = 0;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const Distance& d = distances[i];
    lower = std::min({lower, d.value, d.floor});
    upper = std::max({upper, d.value, d.floor});
    names = std::max(names, text_width(prediction_title(d.prediction), 12.5));
    heads = std::max(heads, text_width(d.observable, 12.5));
    groups += i == 0 || d.observable != distances[i - 1].observable;
  }
  lower = std::pow(10, std::floor(std::log10(lower / 1.3)));
  upper = std::min(1.0, std::pow(10, std::ceil(std::log10(upper * 1.02))));
  if (!(upper > lower)) upper = 10 * lower;
  const double row_height = 23, head_height = 24;
  const double left = names + 24, right = w - 14, top = 6;
  const double bottom =
      top + static_cast<double>(distances.size()) * row_height + static_cast<double>(groups) * head_height + 4;
  Svg svg(w, bottom + 44);
  const Panel panel(left, top, right, bottom, {lower, upper, 0, 1, true}, {0, 1});
  Path grid;
  for (const Tick& tick : ticks(panel.x, wide ? 6 : 4))
    if (!tick.text.empty()) grid.move(panel.x(tick.value), top).vertical(bottom);
  svg.path(grid, "grid-line");
  double y = top;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const Distance& d = distances[i];
    if (i == 0 || d.observable != distances[i - 1].observable) {
      svg.text({0, y + 17}, fitted(d.observable, 13.5, w), "label");
      y += head_height;
    }
    const double middle = y + row_height / 2;
    svg.text({12, middle + 4.4}, prediction_title(d.prediction), "ink");
    const double at = panel.x(std::max(d.value, lower)), floor = panel.x(std::max(d.floor, lower));
    svg.rectangle(left, middle - 6, floor - left, 12, "sure");
    svg.line({floor, middle - 6}, {floor, middle + 6}, "floor");
    if (d.mark == Mark::bad) {
      constexpr double arm = 4.6;
      Path cross;
      cross.move(at - arm, middle - arm).line(at + arm, middle + arm).move(at - arm, middle + arm);
      svg.path(cross.line(at + arm, middle - arm), "cross");
    } else {
      svg.circle({at, middle}, 5, d.mark == Mark::good ? "good" : "open");
    }
    y += row_height;
  }
  draw_x_axis(svg, panel, wide ? 6 : 4);
  draw_x_label(svg, panel, "total variation");
  return svg;
}

}  // namespace

Figure estimates_figure(const std::string& name, const std::string& title, const std::string& label,
                        const std::vector<Row>& rows, std::optional<double> reference,
                        const std::string& reference_text, const std::string& expected_text) {
  std::string alt = title + ": ";
  for (const Row& row : rows)
    alt += (&row == &rows.front() ? "" : ", ") + row.name + ' ' + with_error(row.value, row.error);
  const bool expected = std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.expected.has_value(); });
  return {name,
          title,
          "Points with bars of one (thick) and two (thin) standard errors" +
              (expected ? "; ◇ " + expected_text + "." : "."),
          alt + '.',
          draw_estimates(label, rows, reference, reference_text, Width::wide),
          draw_estimates(label, rows, reference, reference_text, Width::narrow)};
}

Figure distances_figure(const std::vector<Distance>& distances) {
  std::string alt = "Total variation between the measured histograms and each prediction: ";
  for (const Distance& d : distances)
    alt += (&d == &distances.front() ? "" : "; ") + d.observable + " to " + prediction_title(d.prediction) + ' ' +
           output::rounded(d.value, 3) + ", noise alone " + output::rounded(d.floor, 2);
  return {
      "distances",
      "Distance from each prediction",
      "Total variation: <span class=\"good-text\">●</span> where the prediction is consistent, "
      "<span class=\"bad-text\">✕</span> where it is rejected, ○ where nothing is judged. The shaded bar ends at what "
      "sampling noise alone would give.",
      alt + '.',
      draw_distances(distances, Width::wide),
      draw_distances(distances, Width::narrow)};
}

}  // namespace isotherm::report
