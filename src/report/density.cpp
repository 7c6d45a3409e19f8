#include "report/density.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "output/number.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

constexpr double band_errors = 2;  // standard errors

/// Densities of the bins of one axis from `first` on: flow bins are left out, and those at both ends where nothing is
/// measured or expected.
struct Densities {
  std::size_t first = 0;
  std::vector<double> edges, measured, error;
  std::vector<Curve> curves;  ///< densities instead of probabilities
  double one_count = 0;       ///< density of a single entry
  double largest = 0;
};

/// Bins [first, last) of an axis in which there is, or should be, an entry, with some room.
std::pair<std::size_t, std::size_t> occupied(const Counts& counts) {
  const std::size_t bins = counts.axes.front().bins;
  const auto is_empty = [&](std::size_t bin) {
    constexpr double half_an_entry = 0.5;
    return counts.values[bin + 1] == 0 &&
           std::all_of(counts.curves.begin(), counts.curves.end(), [&](const Curve& curve) {
             return curve.probabilities[bin + 1] * counts.entries < half_an_entry;
           });
  };
  std::size_t first = 0, last = bins;
  while (first < last && is_empty(first)) ++first;
  while (last > first && is_empty(last - 1)) --last;
  constexpr std::size_t fewest = 12;  // so that a single bin is seen as one
  const std::size_t room = std::max<std::size_t>((last - first) / 20, last - first < fewest ? fewest / 2 : 1);
  if (first == last) return {0, bins};
  return {first - std::min(first, room), std::min(bins, last + room)};
}

Densities densities_of(const Counts& counts) {
  const Axis& axis = counts.axes.front();
  Densities densities;
  const double width = axis.width();
  const auto [first, last] = occupied(counts);
  densities.first = first;
  densities.one_count = counts.entries > 0 ? 1 / (counts.entries * width) : 1;
  for (std::size_t bin = first; bin <= last; ++bin) densities.edges.push_back(axis.edge(bin));
  for (std::size_t slot = first + 1; slot <= last; ++slot) {
    densities.measured.push_back(counts.values[slot] * densities.one_count);
    const double share = counts.entries > 0 ? counts.values[slot] / counts.entries : 0;
    const double error = counts.deviation(slot, share) * densities.one_count;
    densities.error.push_back(std::isfinite(error) ? error : 0);
    densities.largest = std::max(densities.largest, densities.measured.back());
  }
  for (const Curve& curve : counts.curves) {
    Curve density{curve.prediction, {}};
    for (std::size_t slot = first + 1; slot <= last; ++slot) {
      density.probabilities.push_back(curve.probabilities[slot] / width);
      densities.largest = std::max(densities.largest, density.probabilities.back());
    }
    densities.curves.push_back(std::move(density));
  }
  if (!(densities.largest > 0)) densities.largest = 1 / (axis.upper - axis.lower);
  return densities;
}

/// One row of steps at these heights.
void steps(Path& path, const Panel& panel, const std::vector<double>& edges, const std::vector<double>& heights) {
  const auto y = [&](double height) {
    return height < panel.y.lower ? panel.bottom : std::max(panel.y(height), panel.top);
  };
  path.move(panel.x(edges[0]), y(heights[0]));
  for (std::size_t i = 0; i < heights.size(); ++i) {
    if (i > 0 && heights[i] != heights[i - 1]) path.vertical(y(heights[i]));
    path.horizontal(panel.x(edges[i + 1]));
  }
}

Path area(const Panel& panel, const std::vector<double>& edges, const std::vector<double>& heights) {
  Path path;
  steps(path, panel, edges, heights);
  return path.vertical(panel.bottom).horizontal(panel.left).close();
}

/// Between heights - error and heights + error; bins without entries have none.
Path band(const Panel& panel, const Densities& d) {
  Path path;
  for (std::size_t i = 0; i < d.measured.size(); ++i) {
    if (!(d.error[i] > 0)) continue;
    const auto y = [&](double height) {
      return height < panel.y.lower ? panel.bottom : std::max(panel.y(height), panel.top);
    };
    const double top = y(d.measured[i] + band_errors * d.error[i]);
    const double bottom = std::max(y(d.measured[i] - band_errors * d.error[i]), top + 0.8);
    path.move(panel.x(d.edges[i]), top)
        .horizontal(panel.x(d.edges[i + 1]))
        .vertical(bottom)
        .horizontal(panel.x(d.edges[i]))
        .close();
  }
  return path;
}

/// Through the middles of the bins; as steps where bins are so wide that a line would mislead.
Path theory(const Panel& panel, const Densities& d, const std::vector<double>& heights) {
  constexpr std::size_t few_bins = 25;
  if (heights.size() < few_bins) {
    Path path;
    steps(path, panel, d.edges, heights);
    return path;
  }
  std::vector<Point> points;
  for (std::size_t i = 0; i < heights.size(); ++i) points.push_back({(d.edges[i] + d.edges[i + 1]) / 2, heights[i]});
  return curve(panel, points);
}

std::vector<LegendEntry> legend_of(const Counts& counts) {
  std::vector<LegendEntry> entries = {{"measured", "", true}};
  for (const Curve& curve : counts.curves)
    entries.push_back({prediction_title(curve.prediction), "theory " + prediction_class(curve.prediction)});
  return entries;
}

struct Pulls {
  std::string prediction;
  std::vector<double> values;  ///< NaN where there is no standard error
  double largest = 0;
};

/// Of Gibbs, Gibbs at the fitted temperature, and the first of the predictions of what the law is instead.
std::vector<Pulls> pulls_of(const Counts& counts) {
  std::vector<Pulls> all;
  bool instead = false;
  for (const Curve& curve : counts.curves) {
    const bool gibbs = curve.prediction.starts_with("gibbs");
    if (!gibbs && instead) continue;
    Pulls pulls{curve.prediction, {}};
    for (std::size_t slot = 1; slot <= counts.axes[0].bins; ++slot) {
      const double expected = counts.entries * curve.probabilities[slot];
      const double deviation = counts.deviation(slot, curve.probabilities[slot]);
      // A bin that expects less than one entry has no normal pull.
      const bool usable = deviation > 0 && expected >= 1;
      pulls.values.push_back(usable ? (counts.values[slot] - expected) / deviation
                                    : std::numeric_limits<double>::quiet_NaN());
      if (usable) pulls.largest = std::max(pulls.largest, std::abs(pulls.values.back()));
    }
    if (!(pulls.largest > 0)) continue;
    instead = instead || !gibbs;
    all.push_back(std::move(pulls));
  }
  return all;
}

void draw_pulls(Svg& svg, const Panel& panel, const Pulls& pulls, const Densities& d) {
  const double y2 = panel.y(2);
  svg.rectangle(panel.left, y2, panel.right - panel.left, panel.y(-2) - y2, "sure");
  svg.line({panel.left, panel.y(0)}, {panel.right, panel.y(0)}, "grid-line");
  Path bars;
  for (std::size_t i = 0; i < d.measured.size(); ++i) {
    const double pull = pulls.values[d.first + i];
    if (std::isfinite(pull)) bars.move(panel.x((d.edges[i] + d.edges[i + 1]) / 2), panel.y(0)).vertical(panel.y(pull));
  }
  svg.path(bars, "s-" + pulls.prediction);
  const double most = panel.y.upper;
  for (const double value : {-most, most})
    svg.text({panel.left - 7, panel.y(value) + (value > 0 ? 9 : 0)}, number(value), "", Anchor::end);
  svg.text({panel.right, panel.top - 4}, prediction_title(pulls.prediction), "ink", Anchor::end);
}

/// The next of 5, 10, 20, 50, 100, ... that is not below.
double round_up(double value) {
  double power = 1;
  while (true) {
    for (const double factor : {5.0, 10.0, 20.0})
      if (factor * power >= value) return factor * power;
    power *= 10;
  }
}

std::string label_of(const Counts& counts) { return counts.axes.front().expression; }

Svg draw_density(const Counts& counts, Width width, bool logarithmic) {
  const Densities d = densities_of(counts);
  const std::vector<Pulls> pulls = logarithmic ? std::vector<Pulls>{} : pulls_of(counts);
  const double w = figure_width(width);
  const double left = 58, right = w - 10, strip = 46, strip_gap = 22;
  const std::vector<LegendEntry> entries = legend_of(counts);
  const double legend = legend_height(entries, 2, right);
  const double top = legend + 28;
  const double height = logarithmic && width == Width::wide
                            ? 250 + static_cast<double>(pulls_of(counts).size()) * (strip + strip_gap)
                            : 250;
  const double bottom = top + height;
  Svg svg(w, bottom + static_cast<double>(pulls.size()) * (strip + strip_gap) + 44);
  draw_legend(svg, entries, 2, 0, right);
  svg.text({2, legend + 14}, logarithmic ? "density, logarithmic" : "density", "");

  Scale y{0, 1.06 * d.largest};
  if (logarithmic) y = {d.one_count / 2, 2 * std::max(d.largest, d.one_count), 0, 1, true};
  const Scale x{d.edges.front(), d.edges.back()};
  const Panel panel(left, top, right, bottom, x, y);
  draw_y_axis(svg, panel, logarithmic ? 6 : 5);
  svg.path(area(panel, d.edges, d.measured), "area");
  svg.path(band(panel, d), "band");
  Path outline;
  steps(outline, panel, d.edges, d.measured);
  svg.path(outline, "outline");
  for (const Curve& curve : d.curves)
    svg.path(theory(panel, d, curve.probabilities), "theory " + prediction_class(curve.prediction));
  const int most = width == Width::wide ? 9 : 6;
  draw_x_axis(svg, panel, most, pulls.empty());
  Panel last = panel;
  double largest = 0;
  for (const Pulls& p : pulls) largest = std::max(largest, p.largest);
  for (std::size_t i = 0; i < pulls.size(); ++i) {
    const double strip_top = bottom + static_cast<double>(i) * (strip + strip_gap) + strip_gap;
    const double limit = round_up(pulls[i].largest);
    last = Panel(left, strip_top, right, strip_top + strip, x, {-limit, limit});
    if (i == 0) svg.text({2, strip_top - 6}, "pull", "");
    draw_pulls(svg, last, pulls[i], d);
    draw_x_axis(svg, last, most, i + 1 == pulls.size());
  }
  draw_x_label(svg, last, label_of(counts));
  return svg;
}

std::string when(const Counts& counts) {
  return counts.single_snapshot ? "at step " + grouped(static_cast<double>(counts.step)) : "over all samples";
}

std::string listed(const Counts& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.curves.size(); ++i)
    text += (i == 0                          ? ""
             : i + 1 == counts.curves.size() ? " and "
                                             : ", ") +
            prediction_title(counts.curves[i].prediction);
  return text;
}

/// "12 of 1 000 000 entries are outside."
std::string outside(const Counts& counts) {
  const double beyond = counts.values.front() + counts.values.back();
  std::string text;
  if (beyond > 0) text += " Outside of the axis: " + grouped(beyond) + " of " + grouped(counts.entries) + " entries.";
  if (counts.nonfinite > 0) text += " Not finite: " + grouped(counts.nonfinite) + ".";
  return text;
}

}  // namespace

Figure density_figure(const Counts& counts) {
  std::string largest;
  for (const Pulls& pulls : pulls_of(counts))
    largest += (largest.empty() ? " Largest pulls: " : ", ") + number(pulls.largest, 2) + " from " +
               prediction_title(pulls.prediction);
  const bool pulls = !largest.empty();
  Figure figure{"density-" + file_stem(counts.name),
                "Density of " + counts.axes.front().expression,
                "<b>" + escaped(counts.axes.front().expression) + "</b> " + when(counts) +
                    ", with a band of two standard errors" +
                    (pulls ? "; below it the pulls, (count − expected) / standard error, each on its own scale. A "
                             "right prediction stays in the green strip 19 times in 20."
                           : ".") +
                    outside(counts),
                "Density of " + counts.axes.front().expression + ' ' + when(counts) + ", measured" +
                    (counts.curves.empty() ? "" : " and by " + listed(counts)) + '.' + largest +
                    (pulls ? " standard errors." : ""),
                draw_density(counts, Width::wide, false),
                draw_density(counts, Width::narrow, false)};
  return figure;
}

Figure log_density_figure(const Counts& counts) {
  return {"log-density-" + file_stem(counts.name),
          "Density of " + counts.axes.front().expression + ", logarithmic",
          "The same on a logarithmic scale, down to half of what a single entry gives.",
          "Density of " + counts.axes.front().expression + ' ' + when(counts) + " on a logarithmic scale" +
              (counts.curves.empty() ? "" : ", measured and by " + listed(counts)) + '.',
          draw_density(counts, Width::wide, true),
          draw_density(counts, Width::narrow, true)};
}

namespace {

Svg draw_snapshots(const std::vector<const Counts*>& snapshots, Width width) {
  const double w = figure_width(width), left = 58, right = w - 10;
  std::vector<LegendEntry> entries;
  std::vector<Densities> all;
  bool predicted = false;
  double largest = 0, lowest_peak = INFINITY, lowest_count = INFINITY;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const auto shade =
        static_cast<std::size_t>(snapshots.size() == 1 ? shades - 1 : i * (shades - 1) / (snapshots.size() - 1));
    entries.push_back({"step " + grouped(static_cast<double>(snapshots[i]->step)), "t" + std::to_string(shade)});
    all.push_back(densities_of(*snapshots[i]));
    const double peak = all.back().largest;
    largest = std::max(largest, peak);
    lowest_peak = std::min(lowest_peak, peak);
    lowest_count = std::min(lowest_count, all.back().one_count);
    predicted = predicted || (!snapshots[i]->curves.empty() && !snapshots[i]->name.ends_with("@last"));
  }
  if (predicted) entries.push_back({prediction_title("fokker-planck"), "theory p-fokker-planck"});
  const double legend = legend_height(entries, 2, right), top = legend + 28, bottom = top + 260;
  Svg svg(w, bottom + 44);
  draw_legend(svg, entries, 2, 0, right);
  // Where one density is much narrower than another only a logarithmic scale shows both.
  const bool logarithmic = largest > wide_span / 3 * lowest_peak;
  svg.text({2, legend + 14}, logarithmic ? "density, logarithmic" : "density", "");
  double lower = all[0].edges.front(), upper = all[0].edges.back();
  for (const Densities& d : all) {
    lower = std::min(lower, d.edges.front());
    upper = std::max(upper, d.edges.back());
  }
  Scale y{0, 1.06 * largest};
  if (logarithmic) y = {lowest_count / 2, 2 * largest, 0, 1, true};
  const Panel panel(left, top, right, bottom, {lower, upper}, y);
  draw_y_axis(svg, panel, 5);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Path path;
    steps(path, panel, all[i].edges, all[i].measured);
    svg.path(path, entries[i].classes);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (snapshots[i]->name.ends_with("@last")) continue;
    for (const Curve& curve : all[i].curves)
      svg.path(theory(panel, all[i], curve.probabilities), "theory " + prediction_class(curve.prediction));
  }
  draw_x_axis(svg, panel, width == Width::wide ? 9 : 6);
  draw_x_label(svg, panel, snapshots[0]->axes.front().expression);
  return svg;
}

}  // namespace

Figure snapshots_figure(const std::vector<const Counts*>& snapshots) {
  const std::string expression = snapshots.front()->axes.front().expression;
  return {"snapshots-" + file_stem(snapshots.front()->observable),
          "Density of " + expression + " in time",
          "<b>" + escaped(expression) + "</b> at " + std::to_string(snapshots.size()) +
              " steps, from early (faint) to late (strong).",
          "Density of " + expression + " at " + std::to_string(snapshots.size()) + " steps, from step " +
              grouped(static_cast<double>(snapshots.front()->step)) + " to step " +
              grouped(static_cast<double>(snapshots.back()->step)) + ".",
          draw_snapshots(snapshots, Width::wide),
          draw_snapshots(snapshots, Width::narrow)};
}

}  // namespace isotherm::report
