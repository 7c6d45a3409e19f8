#pragma once
// The temperature in the limit of small steps: alpha at several steps and one temperature, and a polynomial through it.

#include <functional>
#include <vector>

#include "isotherm/experiment/control.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "verdict/verdict.hpp"

namespace isotherm::batch {

struct ExtrapolationPoint {
  double step = 0;          ///< eta, or dt where the rule steps by dt
  verdict::Estimate alpha;  ///< by maximum likelihood
};

/// alpha = coefficients[0] + coefficients[1] step + ..., by least squares with weights 1 / standard error^2.
struct PolynomialFit {
  std::vector<double> coefficients;  ///< degree + 1
  verdict::Estimate limit;           ///< at step 0
  double chi_squared = 0;
  std::size_t degrees_of_freedom = 0;
  double p_value = 1;

  std::size_t degree() const { return coefficients.size() - 1; }
};

struct Extrapolation {
  std::string step_name;  ///< "eta" or "dt"
  double temperature = 0;
  std::vector<ExtrapolationPoint> points;  ///< largest step first
  std::vector<PolynomialFit> fits;  ///< degrees 1, 2, ... as far as the points determine them with a test, at most 3
  std::size_t chosen = 0;           ///< the lowest degree that is not rejected (p > 0.01), else the highest
};

/// Fractions of --eta (or --dt) that are run.
std::vector<double> extrapolation_fractions();

/// Fixes T at --temperature, or at that of --eta and --sigma, so that alpha(step) is a power series: at fixed sigma it
/// is not, since T itself shrinks with eta. Runs the experiment at each fraction of its step, with the
/// seeds `seed`, `seed` + 1, ..., so that the points are independent. InputError where there is
/// no one temperature; `finished` is called after each run.
Extrapolation extrapolate(const Experiment& experiment, const Control& control,
                          const std::function<void(const ExtrapolationPoint&)>& finished = {});

/// Needs more points than degree + 1, and standard errors above 0.
PolynomialFit fit_polynomial(const std::vector<ExtrapolationPoint>& points, std::size_t degree);

}  // namespace isotherm::batch
