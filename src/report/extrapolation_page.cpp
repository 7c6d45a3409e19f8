#include "report/extrapolation_page.hpp"

#include <algorithm>

#include "isotherm/core/error.hpp"
#include "output/number.hpp"
#include "report/folder.hpp"
#include "report/page.hpp"
#include "report/series.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

constexpr double one_half = 0.5;  // alpha of Gibbs

struct Limit {
  double value, error;
};

Limit estimate_of(const Json& object) {
  return {object.at("estimate").get<double>(), object.at("standard_error").get<double>()};
}

double polynomial(const Json& coefficients, double x) {
  double y = 0;
  for (std::size_t k = coefficients.size(); k-- > 0;) y = y * x + coefficients.at(k).get<double>();
  return y;
}

const Json& chosen_fit(const Json& extrapolation) {
  for (const Json& fit : extrapolation.at("fits"))
    if (fit.at("degree") == extrapolation.at("degree")) return fit;
  throw InputError("extrapolation.json: no fit has the degree " + extrapolation.at("degree").dump());
}

Figure figure_of(const Json& extrapolation) {
  const std::string step = extrapolation.at("step");
  const Limit limit = estimate_of(extrapolation.at("alpha"));
  SeriesPlot plot;
  plot.name = "extrapolation";
  plot.title = "alpha against " + step;
  plot.x_label = step;
  plot.y_label = "α by maximum likelihood";
  plot.caption =
      "<b>α at each step, and in the limit of small steps</b>, with bars of two standard errors. The line is "
      "the polynomial of the lowest degree that the points do not reject.";
  Series measured{"measured", {}};
  double largest = 0;
  for (const Json& point : extrapolation.at("points")) {
    const Limit alpha = estimate_of(point.at("alpha"));
    measured.points.push_back({point.at("step").get<double>(), alpha.value, alpha.error});
    largest = std::max(largest, measured.points.back().x);
  }
  std::sort(measured.points.begin(), measured.points.end(),
            [](const SeriesPoint& a, const SeriesPoint& b) { return a.x < b.x; });
  plot.series = {{"limit", {{0, limit.value, limit.error}}}, std::move(measured)};
  SeriesLine line{"polynomial of degree " + extrapolation.at("degree").dump(), "theory p-modified", {}};
  constexpr int pieces = 64;
  for (int i = 0; i <= pieces; ++i) {
    const double x = largest * i / pieces;
    line.points.push_back({x, polynomial(chosen_fit(extrapolation).at("coefficients"), x)});
  }
  plot.lines.push_back(std::move(line));
  plot.reference = one_half;
  plot.reference_text = "α = 0.5";
  plot.x_from = -0.03 * largest;  // room for the mark at 0
  plot.x_to = 1.05 * largest;
  return series_figure(plot);
}

std::string points_table(const Json& extrapolation) {
  Table table({formula_markup(extrapolation.at("step").get<std::string>()), "α", "from the line, in standard errors"});
  const Json& coefficients = chosen_fit(extrapolation).at("coefficients");
  for (const Json& point : extrapolation.at("points")) {
    const double step = point.at("step");
    const Limit alpha = estimate_of(point.at("alpha"));
    table.row({number(step, 6), escaped(with_error(alpha.value, alpha.error)),
               number((alpha.value - polynomial(coefficients, step)) / alpha.error, 3)});
  }
  return table.html("alpha at each step");
}

std::string fits_table(const Json& extrapolation) {
  Table table({"degree", "α in the limit", "from 0.5, in standard errors", "χ²", "degrees of freedom", "p-value", ""});
  for (const Json& fit : extrapolation.at("fits")) {
    const Limit alpha = estimate_of(fit.at("alpha"));
    table.row({fit.at("degree").dump(), escaped(with_error(alpha.value, alpha.error)),
               number((alpha.value - one_half) / alpha.error, 3), plain(number_at(fit, "chi_squared"), 3),
               plain(number_at(fit, "degrees_of_freedom"), 6), plain(number_at(fit, "p_value"), 2),
               fit.at("degree") == extrapolation.at("degree") ? "chosen" : ""});
  }
  return table.html("Polynomials");
}

}  // namespace

Report make_extrapolation_report(const Json& extrapolation, const std::string& experiment) {
  const Json& options = extrapolation.at("experiment");
  const std::string step = extrapolation.at("step"), version = extrapolation.at("version"),
                    dynamics = options.at("dynamics"), loss = options.at("loss");
  const Limit limit = estimate_of(extrapolation.at("alpha"));
  const Json& fit = chosen_fit(extrapolation);
  const double p = fit.at("p_value");
  FigureFiles figures;
  const std::string figure = figures.add(figure_of(extrapolation));
  const std::string body =
      "<header>\n<p class=\"mark\"><b>isotherm</b>report of an extrapolation</p>\n<h1>" + escaped(dynamics) +
      " on <code>" + escaped(loss) + "</code></h1>\n<p class=\"soft\">" +
      std::to_string(extrapolation.at("points").size()) + " runs at one temperature, " +
      number(extrapolation.at("temperature").get<double>(), 6) +
      ", each with random numbers of its own</p>\n</header>\n<main>\n<section class=\"verdict\" "
      "aria-label=\"What was found\">\n<div class=\"statement\">\n<p>In the limit of small steps α is " +
      escaped(with_error(limit.value, limit.error)) + ", " + number((limit.value - one_half) / limit.error, 2) +
      " standard errors from 1/2.</p>\n<p>It is the value at " + formula_markup(step) +
      " = 0 of a polynomial of degree " + fit.at("degree").dump() +
      ", the lowest that the points do not reject (p = " + number(p, 2) +
      "); the error is of the points’ noise, and not of the choice of the degree.</p>\n</div>\n</section>\n" +
      section("Estimates", grid(figure)) + section("Points", points_table(extrapolation)) +
      section("Polynomials", fits_table(extrapolation)) +
      section("Experiment",
              "<p class=\"soft\">As a file, <code>isotherm extrapolate experiment.toml</code> gives the "
              "same bits on any machine.</p>\n" +
                  file_to_save("experiment.toml", "application/toml", experiment)) +
      "</main>\n<footer>Made by isotherm " + escaped(version) +
      " from extrapolation.json and experiment.toml of the folder; extrapolation.csv has the points as a table. Each "
      "figure is a file in figures/.</footer>\n";
  return {document("small steps of " + dynamics + " on " + loss, version, body), std::move(figures).files()};
}

}  // namespace isotherm::report
