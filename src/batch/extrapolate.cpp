#include "batch/extrapolate.hpp"

#include <Eigen/Dense>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::batch {
namespace {

constexpr std::size_t highest_degree = 3;
constexpr double least_p_value = 0.01;

}  // namespace

std::vector<double> extrapolation_fractions() { return {1, 0.75, 0.5, 0.375, 0.25, 0.125}; }

PolynomialFit fit_polynomial(const std::vector<ExtrapolationPoint>& points, std::size_t degree) {
  const auto n = static_cast<Eigen::Index>(points.size()), m = static_cast<Eigen::Index>(degree + 1);
  Eigen::MatrixXd design(n, m);
  Eigen::VectorXd values(n);
  // Powers of step / largest step keep the columns of one size.
  double scale = 0;
  for (const ExtrapolationPoint& point : points) scale = std::max(scale, point.step);
  for (Eigen::Index i = 0; i < n; ++i) {
    const ExtrapolationPoint& point = points[static_cast<std::size_t>(i)];
    const double weight = 1 / point.alpha.standard_error;
    values(i) = point.alpha.value * weight;
    for (Eigen::Index j = 0; j < m; ++j) design(i, j) = std::pow(point.step / scale, j) * weight;
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(design);
  const Eigen::VectorXd solution = qr.solve(values);
  const Eigen::MatrixXd covariance = (design.transpose() * design).inverse();
  PolynomialFit fit;
  for (Eigen::Index j = 0; j < m; ++j) fit.coefficients.push_back(solution(j) / std::pow(scale, j));
  fit.limit = {solution(0), std::sqrt(covariance(0, 0))};
  fit.chi_squared = (values - design * solution).squaredNorm();
  fit.degrees_of_freedom = points.size() - degree - 1;
  fit.p_value = boost::math::gamma_q(static_cast<double>(fit.degrees_of_freedom) / 2, fit.chi_squared / 2);
  return fit;
}

Extrapolation extrapolate(const Experiment& experiment, const Control& control,
                          const std::function<void(const ExtrapolationPoint&)>& finished) {
  const Plan first = make_plan(experiment, true);
  const dynamics::Descriptor& rule = *first.dynamics;
  if (!first.gibbs_not_applicable.empty())
    throw InputError("extrapolate: " + first.gibbs_not_applicable + "; alpha has no limit to go to");
  if (!first.scales.one_temperature)
    throw InputError("extrapolate: the temperature differs between coordinates; give one --sigma for all");
  if (!first.schedule.is_constant()) throw InputError("extrapolate: --schedule changes the step itself; drop it");

  Extrapolation result;
  result.step_name = rule.uses_dt ? "dt" : "eta";
  result.temperature = first.scales.temperature;
  const double largest = rule.uses_dt ? *first.experiment.dt : first.experiment.eta.front();
  for (const double fraction : extrapolation_fractions()) {
    Experiment at = experiment;
    at.seed = experiment.seed + result.points.size();  // the fit takes the points' errors as independent
    const double step = largest * fraction;
    if (rule.uses_dt) {
      at.dt = step;
    } else {
      // T = eta sigma^2 / 2 times what does not depend on eta: sigma^2 grows as eta falls.
      if (experiment.eta.size() > 1) throw InputError("extrapolate: --eta has several values; give one");
      at.eta = {step};
      at.sigma.clear(), at.covariance.clear();
      at.temperature = first.experiment.eta.front() * *first.scales.sigma * *first.scales.sigma / 2;
    }
    const Result run_at = run(at, control);
    if (std::abs(run_at.scales.temperature / result.temperature - 1) > 1e-9)
      throw InputError("extrapolate: the temperature of " + rule.name +
                       " is not proportional to eta sigma^2, and cannot "
                       "be kept while eta falls");
    const auto alpha = run_at.verdict.alpha.maximum_likelihood;
    if (!alpha || !(alpha->standard_error > 0))
      throw RunError("extrapolate: no alpha was measured at " + result.step_name + " = " + std::to_string(step));
    result.points.push_back({step, *alpha});
    if (finished) finished(result.points.back());
  }
  for (std::size_t degree = 1; degree <= highest_degree && degree + 1 < result.points.size(); ++degree)
    result.fits.push_back(fit_polynomial(result.points, degree));
  while (result.chosen + 1 < result.fits.size() && result.fits[result.chosen].p_value < least_p_value) ++result.chosen;
  return result;
}

}  // namespace isotherm::batch
