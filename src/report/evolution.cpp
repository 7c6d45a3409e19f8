#include "report/evolution.hpp"

#include <algorithm>

#include "output/number.hpp"
#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

Svg draw_evolution(const std::string& observable, const std::vector<Moment>& moments,
                   const std::vector<std::pair<std::string, double>>& stationary, Width width) {
  const double w = figure_width(width), left = 64, right = w - 12;
  std::vector<LegendEntry> entries = {{"measured", "bar"}};
  std::vector<double> steps, values;
  for (const Moment& moment : moments) {
    steps.push_back(moment.step);
    values.push_back(moment.value);
  }
  for (const auto& [prediction, value] : stationary) {
    entries.push_back({prediction_title(prediction) + ", stationary", "theory " + prediction_class(prediction)});
    values.push_back(value);
  }
  const double legend = legend_height(entries, 2, right), top = legend + 28, bottom = top + 230;
  Svg svg(w, bottom + 44);
  draw_legend(svg, entries, 2, 0, right);
  svg.text({2, legend + 14}, "mean of " + fitted(observable, 12.5, right - 80));
  Scale x = fitting_scale(steps);
  if (!x.logarithmic && x.lower < 0) x.lower = 0;
  const Panel panel(left, top, right, bottom, x, fitting_scale(values));
  draw_y_axis(svg, panel, 5);
  for (const auto& [prediction, value] : stationary)
    svg.line({left, panel.y(value)}, {right, panel.y(value)}, "theory " + prediction_class(prediction));
  Path line;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const double px = panel.x(moments[i].step), py = panel.y(moments[i].value);
    i == 0 ? line.move(px, py) : line.line(px, py);
  }
  svg.path(line, "outline");
  for (const Moment& moment : moments) {
    const double px = panel.x(moment.step);
    const double low = std::max(moment.value - 2 * moment.error, panel.y.lower),
                 high = std::min(moment.value + 2 * moment.error, panel.y.upper);
    svg.line({px, panel.y(low)}, {px, panel.y(high)}, "bar");
    svg.circle({px, panel.y(moment.value)}, 3.2, "dot");
  }
  draw_x_axis(svg, panel, width == Width::wide ? 7 : 5);
  draw_x_label(svg, panel, "step");
  return svg;
}

}  // namespace

Figure evolution_figure(const std::string& observable, const std::vector<Moment>& moments,
                        const std::vector<std::pair<std::string, double>>& stationary) {
  const Moment &first = moments.front(), &last = moments.back();
  const auto said = [](const Moment& moment) {
    return output::with_error(moment.value, moment.error) + " at step " + output::rounded(moment.step, 12);
  };
  return {"evolution-" + file_stem(observable),
          "Mean of " + observable + " in time",
          "Mean of <b>" + escaped(observable) + "</b> at each snapshot, with bars of two standard errors.",
          "Mean of " + observable + " in time: " + said(first) + ", " + said(last) + '.',
          draw_evolution(observable, moments, stationary, Width::wide),
          draw_evolution(observable, moments, stationary, Width::narrow)};
}

}  // namespace isotherm::report
