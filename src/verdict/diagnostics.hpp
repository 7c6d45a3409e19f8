#pragma once
// Has the run forgotten its start, and how much do its samples repeat each other? Mixing, burn-in, autocorrelation.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isotherm/experiment/measurement.hpp"

namespace isotherm::verdict {

/// A mean over particles that moved between the first sample and the last.
struct Drift {
  std::string observable;  ///< "mean of x", "mean square of x", "mean of loss"
  double change = 0;       ///< last minus first
  double t = 0;            ///< in its own standard errors, from the scatter between groups
  double p_value = 1;      ///< two-sided, Student's t with (groups - 1) degrees of freedom
};

/// What does not apply, or could not be measured at a bounded cost, is absent.
struct Diagnostics {
  std::optional<double> r_hat;                 ///< split R-hat of single particles, the largest of coordinates and loss
  std::optional<double> nested_r_hat;          ///< over particles that started side by side, the largest of the same
  std::optional<double> autocorrelation_time;  ///< in steps, of the slowest of coordinates and loss
  std::optional<double> effective_sample_size;  ///< all samples of all particles, by the slowest
  std::optional<bool> burn_in_sufficient;       ///< no mean drifts between the first sample and the last
  std::optional<bool> mixed;                    ///< false: the weights of the wells are still those of the start
  bool mixed_by_symmetry = false;               ///< wells mirror each other: they have not exchanged, and need not
  std::optional<Drift> drift;                   ///< the clearest, where burn-in was not sufficient
  std::uint64_t first_sample = 0;               ///< step; where drift was looked for
  double exchange_rate = 0;          ///< per step, of wells; of the slowest mode that the start has, if within_wells
  bool exchange_is_at_most = false;  ///< that rate is a bound, from particles that were followed
  bool within_wells = false;         ///< wells mirror each other, so that the start lacks the mode of their exchange
  std::uint64_t steps_run = 0;       ///< burn-in included
  std::uint64_t sufficient_burn_in = 0;  ///< that would do; 0: unknown
};

/// Beyond 5 sigma of a normal law, two-sided: 10^5 right runs of ten means raise no more than about one false alarm.
inline constexpr double drift_significance = 5.733e-7;

/// Paired comparison of two snapshots of the same particles: group by group the change of the mean of each coordinate
/// (those in `unbounded` left out), of its square and of the loss. Groups smaller than half of the largest are left
/// out; fewer than four, or a particle that is not finite, leave nothing. In the order of the snapshot.
std::vector<Drift> find_drifts(const Snapshot& first, const Snapshot& last, std::size_t dimension,
                               const std::vector<bool>& unbounded = {});

/// Autocovariances at lags 0, 1, ... < length / 2 of `chains` series of equal length, one after the other, around the
/// mean over all of them: a chain that stays on its side of the mean stays correlated. By FFT, padded with zeros.
std::vector<double> autocovariances(std::span<const double> series, std::size_t chains);

/// 1 + 2 (rho_1 + rho_2 + ...), by which the variance of an average over one chain exceeds that of independent samples.
/// The sum ends where the pairs rho_2m + rho_2m+1 stop being positive (Geyer 1992: they are positive, and fall, for a
/// reversible chain), each pair no larger than the one before. Nothing for series that do not vary.
std::optional<double> inefficiency(std::span<const double> series, std::size_t chains);

/// Gelman and Rubin's R-hat with each chain cut in halves: sqrt of the variance over all halves by the mean variance
/// within one. 1 when each particle sees the whole law within half of the samples, sqrt(1 + between / within) else.
/// Nothing for chains of fewer than four samples or without variance.
std::optional<double> split_r_hat(std::span<const double> series, std::size_t chains);

inline constexpr std::size_t superchains = 8;

/// Nested R-hat (Margossian et al., Bayesian Analysis 2024, arXiv:2110.13017) of M x 8 chains of any length, one sample
/// included:
///     sqrt(1 + B / W),  B = variance between the means of superchains,
///     W = mean over superchains of (variance between the means of their chains + mean variance within a chain).
/// Superchains are chains that started side by side: in the order of `starts`, one for each chain, an eighth of them
/// each. Nothing else would do: of exchangeable chains, such as the 64 groups of a run's particles, any two superchains
/// agree, wherever their chains are. About sqrt(1 + 1/M) or less where the start is forgotten, however slowly a single
/// chain moves. Nothing for starts or series that do not vary, and for fewer than 16 chains.
std::optional<double> nested_r_hat(std::span<const double> series, std::size_t chains, std::span<const double> starts);

}  // namespace isotherm::verdict
