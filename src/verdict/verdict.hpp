#pragma once
// Measurement against prediction: estimators of the temperature, distances with their sampling floors, tests, and the
// sentence at the end.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "isotherm/experiment/measurement.hpp"
#include "isotherm/statistics/hill.hpp"
#include "theory/gibbs.hpp"
#include "theory/prediction.hpp"
#include "verdict/diagnostics.hpp"

namespace isotherm::verdict {

struct Estimate {
  double value = 0, standard_error = 0;
};

/// Estimates of alpha; those that do not apply are absent. Formulas: temperature.hpp.
struct AlphaEstimates {
  std::optional<Estimate> maximum_likelihood, virial, corrected_virial, configurational, kinetic;
};

/// The temperature of one coordinate.
struct CoordinateTemperature {
  std::string coordinate;
  Estimate temperature;
  std::optional<double> expected;  ///< its T_eff: eta_c Sigma_cc / 2 for sgd
};

enum class Outcome { consistent, rejected, not_applicable };

/// A chi-squared test of the temperatures of all coordinates.
struct TemperatureTest {
  std::optional<double> chi_squared, degrees_of_freedom, p_value, log10_p_value;
  Outcome outcome = Outcome::not_applicable;
  std::string reason;  ///< why there is no test, or no outcome; "" with nothing else in one dimension
};

/// Temperatures coordinate by coordinate, where there are several. Formulas: coordinate_temperature.hpp.
struct CoordinateTemperatures {
  std::string method;  ///< "corrected virial", "virial", or "" where there are none
  std::vector<CoordinateTemperature> by_coordinate;
  TemperatureTest one;       ///< all are the same
  TemperatureTest expected;  ///< each is its T_eff
};

/// What is known of the law of one stochastic gradient's noise, batches and gradient weights included. Nothing where a
/// moment is infinite.
struct NoiseLaw {
  std::string name = "gaussian";  ///< "student-t:5"
  std::optional<double> skewness = 0, excess_kurtosis = 0;
};

/// The scales that turn a temperature into an alpha.
struct Scales {
  double eta = 0;                    ///< learning rate of the first coordinate, at the last step
  double step = 0;                   ///< eta, or dt where the dynamics steps by dt
  std::optional<double> sigma;       ///< if it is one number
  double alpha_unit = 0;             ///< alpha = T / this: 2 T_eff, for sgd eta tr Sigma / D; 0 if sigma depends on x
  double temperature = 0;            ///< T_eff = alpha-1/2 Gibbs temperature of this dynamics
  double reference_alpha = 0.5;      ///< --alpha
  bool one_temperature = true;       ///< eta_c Sigma_cc is the same for every coordinate, without correlation
  std::vector<double> temperatures;  ///< T_eff by coordinate; empty where there is none, or sigma depends on x
  bool correlated = false;           ///< the noise is correlated between coordinates
  bool reshuffled = false;           ///< the noise of the steps of an epoch adds up to nothing: examples in turn
  /// Why there are no temperatures by coordinate, or by what they are measured.
  std::string no_coordinate_temperatures, coordinate_temperature_method;
  NoiseLaw noise;
  std::size_t dimension = 1;
  std::string no_variance;  ///< why the stationary law has no variance: then none is stated
  bool corrected_virial_applies = false;
  bool has_velocity = false;                    ///< the rule has a kinetic energy
  std::map<std::string, double> velocity_mass;  ///< by observable, "v.x"
  std::vector<double> center;                   ///< of tails: the lowest minimum, or nothing
  std::string dynamics;
  std::string known_as;  ///< what the rule is called on these data, where that is another name: "SGLD, ..."
  std::string temperature_formula = "eta sigma^2 / 2";        ///< of T_eff, with these options
  std::vector<std::pair<std::string, std::string>> entering;  ///< other numbers of the rule: "mu", "0.9"
  bool scheduled = false;                                     ///< eta is that of the last step
  /// alpha's denominator in words: "eta sigma^2", or "2 T_eff".
  std::string unit_in_words() const { return temperature_formula == "eta sigma^2 / 2" ? "eta sigma^2" : "2 T_eff"; }
};

struct Distances {
  double kl_divergence = 0;                  ///< observed relative to expected; infinity if an impossible bin was hit
  double total_variation = 0;                ///< in [0, 1]
  std::optional<double> kolmogorov_smirnov;  ///< 1-D, not periodic
  std::optional<double> wasserstein_1;       ///< 1-D, not periodic; in units of the axis
};

/// How far measured moments are from expected ones, a mean m and a covariance C.
struct MomentDistance {
  double mean = 0;        ///< |C^-1/2 (measured mean - m)|: in standard deviations
  double covariance = 0;  ///< the largest relative deviation of the variance in any direction
};

/// One histogram, or the moments of the coordinates, against one prediction.
struct Comparison {
  std::string observable;  ///< histogram name: "x", "x@last", ...; "moments", "moments@STEP"
  std::string prediction;
  Distances distance;  ///< NaN where there is no prediction for this histogram
  Distances floor;     ///< what sampling noise alone would give, on average
  /// Pearson's statistic of a single snapshot, or Hotelling's T^2 of a time average, which is chi-squared for many
  /// groups.
  std::optional<double> chi_squared;
  std::optional<double> degrees_of_freedom;
  std::optional<double> p_value;
  std::optional<double> log10_p_value;  ///< goes on where p_value has become 0
  std::string test;                     ///< "chi-squared", "batch means", "moments", "" if none
  /// Of moments; then `distance` has the divergence of the normal laws with these moments alone.
  std::optional<MomentDistance> moments;
  Outcome outcome = Outcome::not_applicable;
  std::string reason;  ///< why there is no test, or why it has no part in the verdict
};

/// Does the scatter between the 64 groups agree with the spread of independent particles? One-way analysis of variance
/// of one observable; with independent particles the statistic is chi-squared.
struct GroupTest {
  std::string observable;  ///< "mean of x", "spread of x", ..., "mean of loss"
  double chi_squared = 0;
  double degrees_of_freedom = 0;
  double p_value = 1;  ///< two-sided
};

/// How the law of one coordinate falls off, from the particles farthest from the lowest minimum.
struct CoordinateTail {
  std::string coordinate;
  TailIndex index;
  /// Below 2 by more than its error could be: the coordinate has no variance.
  bool has_no_variance() const { return index.value + 4 * index.standard_error < 2; }
};

struct Verdict {
  AlphaEstimates alpha;
  std::vector<CoordinateTail> tails;  ///< where heavy tails may be expected
  CoordinateTemperatures temperatures;
  std::vector<Comparison> comparisons;
  std::vector<GroupTest> group_tests;
  Diagnostics diagnostics;
  double significance = 1e-3;  ///< false-alarm rate of the whole verdict
  double threshold = 1e-3;     ///< significance / number of tests: a p-value below it rejects (Bonferroni)
  /// By prediction: rejected if any test that counts rejects; consistent if there is one, none rejects, and the
  /// particles are independent. Snapshots before the last step are compared, but do not count.
  std::map<std::string, Outcome> outcome;
  bool independent = true;  ///< false if a group test fails: then nothing is `consistent`
  std::string statement;
  /// True where the tail of the coordinate shows that it has no variance.
  bool has_no_variance(const std::string& coordinate) const;
  bool has_no_variance() const;  ///< of any coordinate: then there is no temperature either
};

/// True if the comparison has a p-value that the outcome of its prediction rests on.
bool counts_for_verdict(const Comparison& comparison);

/// Compares every histogram (time-averaged ones, then those of each snapshot) with every prediction, the moments of
/// snapshots with those that predict moments, and estimates
/// alpha from the last snapshot. `family` may be null (then no Gibbs-based estimate). Predictions name themselves;
/// "gibbs-fitted" loses one degree of freedom, and is tested at the last step only, where alpha was fitted. Of a run
/// that has not mixed nothing is judged.
Verdict judge(const Measurement& measurement, const std::vector<theory::Prediction>& predictions,
              const theory::GibbsFamily* family, const Scales& scales, const Diagnostics& diagnostics = {});

/// The mean of the observable `acceptance`, if a rule with a Metropolis test has it.
std::optional<Estimate> acceptance_rate(const Snapshot& snapshot);

/// alpha by the estimators of temperature.hpp from a snapshot.
AlphaEstimates estimate_alpha(const Snapshot& snapshot, const theory::GibbsFamily* family, const Scales& scales);

}  // namespace isotherm::verdict
