#pragma once
// What a theory says about the run, on the run's own axes.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "isotherm/histogram/histogram.hpp"

namespace isotherm::theory {

/// One observable under the predicted law. Quantiles by the keys of result.json ("0.01", ...).
struct Marginal {
  std::optional<double> mean, second_moment, variance, fourth_moment;
  std::map<std::string, double> quantiles;
};

/// Probabilities of all slots of a set of axes (layout of Histogram, flow bins included; they sum to 1), or why not.
struct BinProbabilities {
  std::vector<Axis> axes;
  std::vector<double> probabilities;
  std::string not_applicable;  ///< a reason; then `probabilities` is empty
};

inline constexpr std::size_t maximum_covariance_dimension = 1000;

/// Of examples that are taken in turn, in a new order each epoch: the law depends on the place in the epoch.
struct EpochMoments {
  std::uint64_t updates = 0;                          ///< of an epoch
  std::uint64_t position = 0;                         ///< updates done in its epoch by the last step, in [1, updates]
  std::vector<std::vector<double>> covariance_after;  ///< by position - 1, row-major D x D; empty if too many
  std::vector<double> mean_covariance;                ///< over the positions; empty where they are too many
  /// What the virial says, <x.g> / (2 D T_eff) with T_eff that of examples drawn anew each step, on average over the
  /// epoch: alpha_eff.
  std::optional<double> alpha;
};

struct Prediction {
  std::string name;                              ///< "gibbs", "gibbs-fitted", ...
  std::string not_applicable;                    ///< a reason; then nothing else is filled
  std::optional<double> temperature;             ///< T of exp(-L/T)
  std::optional<double> log_partition_function;  ///< of exp(-L/T), L unshifted
  std::vector<std::string> coordinates;
  std::vector<Marginal> marginals;  ///< one for each coordinate; empty optionals where not available
  Marginal loss;
  std::vector<double> covariance;      ///< row-major D x D, or empty (always beyond maximum_covariance_dimension)
  std::vector<BinProbabilities> bins;  ///< one for each requested set of axes, in order
  /// Mean and covariance are what it predicts: they are compared with the run's, beside what bins there are.
  bool compares_moments = false;
  std::optional<EpochMoments> epoch;
  /// Estimates of its own error: of the mean, in standard deviations; of variances, relative.
  std::optional<double> mean_error, covariance_error;
  /// Below this rate (eta or dt of the first coordinate, the others in proportion) the stationary variance exists.
  std::optional<double> largest_rate;
  bool no_variance = false;  ///< not applicable because the stationary law has no variance
  /// Of predictions in time: bins of snapshots before the last step, by step, on the requested axes that it knows.
  std::map<std::uint64_t, std::vector<BinProbabilities>> transients;
  /// What an estimator of alpha would find in this law, where that is not 1/2 by definition.
  std::optional<double> alpha_maximum_likelihood, alpha_corrected_virial;
  std::map<std::string, Marginal> own_rows;  ///< of velocities and other own rows, by name: "v.x"
  std::optional<double> relaxation_rate;     ///< per step: exp(-rate n) is the slowest decay of the chain
  /// In units of time: the mean first passage from the lowest minimum to the barrier beside it, of exact-chain at the
  /// ends of steps. Per unit of time: Kramers' formula.
  std::optional<double> mean_first_passage_time, kramers_rate;
  /// E[x1(n+1) x2(n) - x2(n+1) x1(n)] of the first two coordinates; entropy production per step.
  std::optional<double> circulation, entropy_production;
};

/// Keys of quantiles in result.json, and their levels.
inline const std::vector<std::pair<std::string, double>>& quantile_levels() {
  static const std::vector<std::pair<std::string, double>> levels = {{"0.01", .01}, {"0.05", .05}, {"0.1", .1},
                                                                     {"0.25", .25}, {"0.5", .5},   {"0.75", .75},
                                                                     {"0.9", .9},   {"0.95", .95}, {"0.99", .99}};
  return levels;
}

}  // namespace isotherm::theory
