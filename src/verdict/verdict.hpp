#pragma once
// Measurement against prediction: estimators of the temperature, distances with their sampling floors, tests, and the
// sentence at the end.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "isotherm/experiment/measurement.hpp"
#include "theory/gibbs.hpp"
#include "theory/prediction.hpp"

namespace isotherm::verdict {

struct Estimate {
  double value = 0, standard_error = 0;
};

/// Estimates of alpha; those that do not apply are absent. Formulas: include the derivations in temperature.hpp.
struct AlphaEstimates {
  std::optional<Estimate> maximum_likelihood, virial, corrected_virial, configurational;
};

/// The scales that turn a temperature into an alpha.
struct Scales {
  double eta = 0;                ///< first learning rate
  double step = 0;               ///< eta, or dt where the dynamics steps by dt
  std::optional<double> sigma;   ///< if it is one number
  double eta_sigma2 = 0;         ///< eta tr Sigma / D; alpha = T / this; 0 if sigma depends on x
  double temperature = 0;        ///< T_eff = alpha-1/2 Gibbs temperature of this dynamics
  double reference_alpha = 0.5;  ///< --alpha
  std::size_t dimension = 1;
  bool corrected_virial_applies = false;
  std::string dynamics;
};

struct Distances {
  double kl_divergence = 0;       ///< observed relative to expected, over bins with expected > 0; infinity -> absent in JSON
  double total_variation = 0;
  std::optional<double> kolmogorov_smirnov;  ///< 1-D only
  std::optional<double> wasserstein_1;       ///< 1-D only, in units of the axis
};

enum class Outcome { consistent, rejected, not_applicable };

struct Comparison {
  std::string observable;   ///< histogram name: "x", "x@last", ...
  std::string prediction;
  Distances distance, floor;
  std::optional<double> chi_squared;
  std::optional<double> degrees_of_freedom;
  std::optional<double> p_value;
  std::string test;         ///< "chi-squared", "batch means", "" if none
  Outcome outcome = Outcome::not_applicable;
  std::string reason;       ///< why not applicable
};

/// Does the spread between the 64 groups agree with the standard errors of independent particles? One observable's
/// (groups - 1) * between-group variance of the mean / within-group expectation is chi-squared with groups - 1 degrees of freedom.
struct GroupTest {
  std::string observable;
  double chi_squared = 0;
  double degrees_of_freedom = 0;
  double p_value = 1;  ///< two-sided
};

struct Verdict {
  AlphaEstimates alpha;
  std::vector<Comparison> comparisons;
  std::vector<GroupTest> group_tests;
  double significance = 1e-3;         ///< false-alarm rate of the whole verdict
  std::map<std::string, Outcome> outcome;  ///< by prediction: rejected if any honest test of it is, after Bonferroni
  bool independent = true;            ///< false if a group test fails: particles are not independent, nothing is `consistent`
  std::string statement;
};

/// `family` may be null (then no Gibbs-based estimate). Predictions name themselves; "gibbs-fitted" comparisons lose one
/// degree of freedom.
Verdict judge(const Measurement& measurement, const std::vector<theory::Prediction>& predictions,
              const theory::GibbsFamily* family, const Scales& scales);

/// alpha by the four estimators from a snapshot.
AlphaEstimates estimate_alpha(const Snapshot& snapshot, const theory::GibbsFamily* family, const Scales& scales);

}  // namespace isotherm::verdict
