#include "cli/extrapolation_report.hpp"

#include <nlohmann/json.hpp>

#include "cli/options.hpp"
#include "output/number.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using Align = output::TextTable::Align;
using output::rounded;

Json estimate_json(const verdict::Estimate& estimate) {
  return {{"estimate", estimate.value}, {"standard_error", estimate.standard_error}};
}

}  // namespace

std::string extrapolation_table(const batch::Extrapolation& result, const output::Terminal& terminal) {
  std::string text = "alpha by maximum likelihood at T = " + rounded(result.temperature, 6) + "\n";
  output::TextTable points;
  points.column(result.step_name, Align::right);
  points.column("alpha", Align::right);
  for (const batch::ExtrapolationPoint& point : result.points)
    points.row({rounded(point.step, 6), output::with_error(point.alpha.value, point.alpha.standard_error)});
  text += points.text(terminal.width) + "\nPolynomials in " + result.step_name + ", at " + result.step_name + " = 0\n";
  output::TextTable fits;
  fits.column("degree", Align::right);
  fits.column("alpha", Align::right);
  fits.column("from 0.5 in standard errors", Align::right);
  fits.column("chi-squared", Align::right);
  fits.column("degrees of freedom", Align::right);
  fits.column("p-value", Align::right);
  for (const batch::PolynomialFit& fit : result.fits)
    fits.row({std::to_string(fit.degree()), output::with_error(fit.limit.value, fit.limit.standard_error),
              rounded((fit.limit.value - 0.5) / fit.limit.standard_error, 3), rounded(fit.chi_squared, 3),
              std::to_string(fit.degrees_of_freedom), rounded(fit.p_value, 3)});
  const batch::PolynomialFit& chosen = result.fits.at(result.chosen);
  return text + fits.text(terminal.width) + '\n' +
         output::wrapped("In the limit of small steps alpha is " +
                             output::with_error(chosen.limit.value, chosen.limit.standard_error) +
                             ", by the polynomial of the lowest degree that the points do not reject (" +
                             std::to_string(chosen.degree()) + ").",
                         terminal.width);
}

Json extrapolation_json(const batch::Extrapolation& result, const Experiment& experiment) {
  Json json = {{"schema", "isotherm-extrapolation/1"},
               {"version", ISOTHERM_VERSION},
               {"experiment", experiment_json(experiment)},
               {"temperature", result.temperature},
               {"step", result.step_name},
               {"points", Json::array()},
               {"fits", Json::array()}};
  for (const batch::ExtrapolationPoint& point : result.points)
    json["points"].push_back({{"step", point.step}, {"alpha", estimate_json(point.alpha)}});
  for (const batch::PolynomialFit& fit : result.fits)
    json["fits"].push_back({{"degree", fit.degree()},
                            {"coefficients", fit.coefficients},
                            {"alpha", estimate_json(fit.limit)},
                            {"chi_squared", fit.chi_squared},
                            {"degrees_of_freedom", fit.degrees_of_freedom},
                            {"p_value", fit.p_value}});
  const batch::PolynomialFit& chosen = result.fits.at(result.chosen);
  json["alpha"] = estimate_json(chosen.limit);
  json["degree"] = chosen.degree();
  return json;
}

std::string extrapolation_csv(const batch::Extrapolation& result) {
  std::string text = result.step_name + ",alpha,alpha_standard_error\n";
  for (const batch::ExtrapolationPoint& point : result.points)
    text += output::shortest(point.step) + ',' + output::shortest(point.alpha.value) + ',' +
            output::shortest(point.alpha.standard_error) + '\n';
  return text;
}

}  // namespace isotherm::cli
