#include "report/joint.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "output/number.hpp"
#include "report/contour.hpp"
#include "report/png.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

constexpr std::array<double, 3> shares = {0.5, 0.9, 0.99};

/// Bins of two axes without flow bins, some of them drawn as one: values[x * rows + y].
struct Grid {
  std::size_t columns = 0, rows = 0;
  std::vector<double> values;
};

std::size_t merged(std::size_t bins) {
  constexpr std::size_t most = 256;
  return (bins + most - 1) / most;
}

Grid grid_of(const std::vector<double>& slots, const std::vector<Axis>& axes) {
  const std::size_t mx = merged(axes[0].bins), my = merged(axes[1].bins);
  Grid grid{(axes[0].bins + mx - 1) / mx, (axes[1].bins + my - 1) / my, {}};
  grid.values.assign(grid.columns * grid.rows, 0);
  for (std::size_t x = 0; x < axes[0].bins; ++x)
    for (std::size_t y = 0; y < axes[1].bins; ++y)
      grid.values[x / mx * grid.rows + y / my] += slots[(x + 1) * axes[1].extent() + y + 1];
  return grid;
}

/// The marginal of one axis, flow bins of the other included.
std::vector<double> marginal(const std::vector<double>& slots, const std::vector<Axis>& axes, bool of_x) {
  std::vector<double> sums(of_x ? axes[0].bins : axes[1].bins, 0);
  for (std::size_t x = 0; x < axes[0].extent(); ++x)
    for (std::size_t y = 0; y < axes[1].extent(); ++y) {
      const std::size_t slot = of_x ? x : y;
      if (slot > 0 && slot <= sums.size()) sums[slot - 1] += slots[x * axes[1].extent() + y];
    }
  return sums;
}

struct Overlay {
  const Curve* curve;
  std::string classes;
};

/// Gibbs, and what the law should be instead.
std::vector<Overlay> overlays(const Counts& counts) {
  std::vector<Overlay> all;
  const auto find = [&](std::string_view name) -> const Curve* {
    for (const Curve& curve : counts.curves)
      if (curve.prediction == name) return &curve;
    return nullptr;
  };
  for (const char* name : {"exact-chain", "lyapunov", "modified", "ito", "fokker-planck"})
    if (const Curve* curve = find(name)) {
      all.push_back({curve, "theory " + prediction_class(name)});
      break;
    }
  if (const Curve* curve = find("gibbs")) all.push_back({curve, "theory " + prediction_class("gibbs")});
  return all;
}

void draw_contours(Svg& svg, const Panel& panel, const Counts& counts, const Overlay& overlay) {
  const Grid grid = grid_of(overlay.curve->probabilities, counts.axes);
  const double dx = (panel.right - panel.left) / static_cast<double>(grid.columns),
               dy = (panel.bottom - panel.top) / static_cast<double>(grid.rows);
  Path path;
  for (const double share : shares) {
    for (const std::vector<Point>& line :
         contour(grid.values, grid.columns, grid.rows, level_of_share(grid.values, share))) {
      for (std::size_t i = 0; i < line.size(); ++i) {
        const double x = panel.left + (line[i].x + 0.5) * dx, y = panel.bottom - (line[i].y + 0.5) * dy;
        i == 0 ? path.move(x, y) : path.line(x, y);
      }
    }
  }
  svg.path(path, "casing");
  svg.path(path, overlay.classes);
}

/// A strip along the map: `along` from first to last bin, heights from `base` towards `tip`.
Path strip(const std::vector<double>& sums, double first, double last, double base, double tip, double largest,
           bool lying, bool closed) {
  Path path;
  const double step = (last - first) / static_cast<double>(sums.size());
  const auto height = [&](double sum) { return base + (tip - base) * sum / largest; };
  if (closed) lying ? path.move(first, base) : path.move(base, first);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double from = first + static_cast<double>(i) * step, h = height(sums[i]);
    if (lying) {
      i == 0 && !closed ? path.move(from, h) : path.vertical(h);
      path.horizontal(from + step);
    } else {
      i == 0 && !closed ? path.move(h, from) : path.horizontal(h);
      path.vertical(from + step);
    }
  }
  if (closed) lying ? path.vertical(base).close() : path.horizontal(base).close();
  return path;
}

void draw_frame(Svg& svg, const Panel& panel, const std::vector<Axis>& axes) {
  Path frame;
  frame.move(panel.left, panel.top).horizontal(panel.right).vertical(panel.bottom).horizontal(panel.left).close();
  svg.path(frame, "axis");
  for (const Tick& tick : ticks(panel.y, 6)) {
    const double y = panel.y(tick.value);
    svg.line({panel.left - 5, y}, {panel.left, y}, "axis");
    svg.text({panel.left - 8, y + 4.4}, tick.text, "", Anchor::end);
  }
  draw_x_axis(svg, panel, 6);
  draw_x_label(svg, panel, axes[0].expression);
  svg.vertical_text({13, (panel.top + panel.bottom) / 2}, fitted(axes[1].expression, 13.5, panel.bottom - panel.top),
                    "label");
}

constexpr double strongest_pull = 5;  // beyond it colours stay the same

/// (count - expected) / standard error of each cell; 0 where less than one entry is expected.
Grid pulls_of(const Counts& counts, const Curve& curve) {
  std::vector<double> expected = curve.probabilities, variances(curve.probabilities.size());
  for (std::size_t slot = 0; slot < expected.size(); ++slot) {
    const double deviation = counts.deviation(slot, expected[slot]);
    variances[slot] = deviation * deviation;
    expected[slot] *= counts.entries;
  }
  Grid grid = grid_of(counts.values, counts.axes);
  const Grid means = grid_of(expected, counts.axes), spreads = grid_of(variances, counts.axes);
  for (std::size_t i = 0; i < grid.values.size(); ++i) {
    const double pull = (grid.values[i] - means.values[i]) / std::sqrt(spreads.values[i]);
    grid.values[i] = means.values[i] >= 1 && std::isfinite(pull) ? pull : 0;
  }
  return grid;
}

const Curve* gibbs_of(const Counts& counts) {
  for (const Curve& curve : counts.curves)
    if (curve.prediction == "gibbs") return &curve;
  return nullptr;
}

Svg draw_pull_map(const Counts& counts, Width width) {
  const double w = figure_width(width), left = 50, side = width == Width::wide ? 62 : 44;
  const double map = w - left - side - 10, top = 34, bottom = top + map;
  Svg svg(w, bottom + 44);
  const Axis &ax = counts.axes[0], &ay = counts.axes[1];
  const Panel panel(left, top, left + map, bottom, {ax.lower, ax.upper}, {ay.lower, ay.upper});
  const Grid grid = pulls_of(counts, *gibbs_of(counts));
  std::vector<double> image(grid.values.size()), key;
  for (std::size_t x = 0; x < grid.columns; ++x)
    for (std::size_t y = 0; y < grid.rows; ++y)
      image[(grid.rows - 1 - y) * grid.columns + x] = grid.values[x * grid.rows + y] / strongest_pull;
  svg.image(left, top, map, map, base64(heat_map_png(image, grid.columns, grid.rows, Ramp::two_sided)));
  draw_frame(svg, panel, counts.axes);
  constexpr int steps = 101;
  for (int i = 0; i < steps; ++i) key.push_back(1 - 2.0 * i / (steps - 1));
  const double at = left + map + 14, height = std::min(map, 180.0);
  svg.image(at, top, 12, height, base64(heat_map_png(key, 1, steps, Ramp::two_sided)));
  for (const double pull : {-strongest_pull, 0.0, strongest_pull})
    svg.text({at + 17, top + height * (1 - pull / strongest_pull) / 2 +
                           (pull > 0   ? 9
                            : pull < 0 ? 0
                                       : 4.4)},
             (pull > 0 ? "+" : "") + number(pull));
  svg.text({2, 14}, "pull from Gibbs");
  return svg;
}

Svg draw_joint(const Counts& counts, Width width) {
  const double w = width == Width::wide ? 480 : 330, left = 50, side = width == Width::wide ? 62 : 44, space = 4;
  std::vector<LegendEntry> entries;
  const std::vector<Overlay> lines = overlays(counts);
  for (const Overlay& line : lines)
    entries.push_back({prediction_title(line.curve->prediction), "theory " + prediction_class(line.curve->prediction)});
  entries.insert(entries.begin(), {"measured", "", true});
  const double legend = legend_height(entries, 2, w - 10);
  const double map = w - left - side - space - 6, top = legend + 10 + side + space, bottom = top + map;
  Svg svg(w, bottom + 44);
  draw_legend(svg, entries, 2, 0, w - 10);
  const Axis &ax = counts.axes[0], &ay = counts.axes[1];
  const Panel panel(left, top, left + map, bottom, {ax.lower, ax.upper}, {ay.lower, ay.upper});

  const Grid grid = grid_of(counts.values, counts.axes);
  const double largest = std::max(1.0, *std::max_element(grid.values.begin(), grid.values.end()));
  std::vector<double> image(grid.columns * grid.rows);
  for (std::size_t x = 0; x < grid.columns; ++x)
    for (std::size_t y = 0; y < grid.rows; ++y)
      image[(grid.rows - 1 - y) * grid.columns + x] = grid.values[x * grid.rows + y] / largest;
  for (const auto& [ramp, paper] : {std::pair{Ramp::on_light, "on-light"}, std::pair{Ramp::on_dark, "on-dark"}})
    svg.image(left, top, map, map, base64(heat_map_png(image, grid.columns, grid.rows, ramp)), paper);
  for (const Overlay& line : lines) draw_contours(svg, panel, counts, line);

  for (const bool of_x : {true, false}) {
    const std::vector<double> measured = marginal(counts.values, counts.axes, of_x);
    double peak = *std::max_element(measured.begin(), measured.end());
    std::vector<std::pair<std::vector<double>, std::string>> predicted;
    for (const Overlay& line : lines) {
      std::vector<double> sums = marginal(line.curve->probabilities, counts.axes, of_x);
      for (double& sum : sums) peak = std::max(peak, sum *= counts.entries);
      predicted.emplace_back(std::move(sums), "theory " + prediction_class(line.curve->prediction));
    }
    peak = std::max(peak, 1e-300) * 1.04;
    const double base = of_x ? top - space : left + map + space, tip = of_x ? base - side : base + side;
    const double first = of_x ? left : bottom, last = of_x ? left + map : top;
    svg.path(strip(measured, first, last, base, tip, peak, of_x, true), "area");
    for (const auto& [sums, classes] : predicted)
      svg.path(strip(sums, first, last, base, tip, peak, of_x, false), classes);
  }

  draw_frame(svg, panel, counts.axes);
  return svg;
}

}  // namespace

std::optional<Figure> pull_map_figure(const Counts& counts) {
  if (gibbs_of(counts) == nullptr || !std::isfinite(counts.deviation(0, 0.5))) return std::nullopt;
  const std::string names = counts.axes[0].expression + " and " + counts.axes[1].expression;
  return Figure{"pulls-" + file_stem(counts.name),
                "Pulls of " + names,
                "Pulls from <b>Gibbs</b>, (count − expected) / standard error: red where there are more particles than "
                "Gibbs has, "
                "blue where there are fewer. Beyond ±5 the colour stays the same; cells that expect less than one "
                "entry are left out.",
                "Map of where the measured joint density of " + names + " is above and below that of Gibbs.",
                draw_pull_map(counts, Width::wide),
                draw_pull_map(counts, Width::narrow)};
}

Figure joint_figure(const Counts& counts) {
  const std::string names = counts.axes[0].expression + " and " + counts.axes[1].expression;
  const std::string time = counts.single_snapshot ? "at step " + output::grouped(counts.step) : "over all samples";
  std::string lines;
  for (const Overlay& line : overlays(counts))
    lines += (lines.empty() ? "" : " and ") + prediction_title(line.curve->prediction);
  return {"joint-" + file_stem(counts.name),
          "Joint density of " + names,
          "<b>" + escaped(counts.axes[0].expression) + "</b> and <b>" + escaped(counts.axes[1].expression) + "</b> " +
              time + ", the stronger the denser, with the marginal densities at the sides." +
              (lines.empty() ? "" : " The lines enclose 50, 90 and 99 % of the probability by " + lines + "."),
          "Heat map of the joint density of " + names + ' ' + time +
              (lines.empty() ? "." : ", with lines of " + lines + "."),
          draw_joint(counts, Width::wide),
          draw_joint(counts, Width::narrow)};
}

}  // namespace isotherm::report
