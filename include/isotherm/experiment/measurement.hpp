#pragma once
// What an engine hands to the verdict: histograms and sums, nothing derived.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isotherm/histogram/histogram.hpp"
#include "isotherm/statistics/moment_sum.hpp"

namespace isotherm {

/// One observable of a snapshot: sums over particles, group by group (group = block of 256 particles, mod 64), and a
/// fine 1-D histogram from which quantiles are interpolated.
struct SnapshotObservable {
  std::string name;               ///< coordinate, "loss", or a histogrammed expression
  std::vector<MomentSum> groups;  ///< 64 entries; those of empty groups have count 0
  MomentSum total;                ///< groups merged by halving
  Histogram fine;                 ///< 1 group
  /// Where set, the axis of `fine` is sqrt(value - *fine_offset): a loss at its minimum L0 has a density like
  /// (L - L0)^(D/2 - 1), which equal bins of L could not resolve.
  std::optional<double> fine_offset;
};

/// All particles at one step, each once: so standard errors and p-values from it are those of independent samples.
struct Snapshot {
  std::uint64_t step = 0;
  double time = 0;  ///< sum of the learning rates (of dt for Langevin integrators) up to this step
  std::vector<SnapshotObservable> observables;  ///< coordinates first, in order; then "loss"; then expressions
  /// Joint sums of the coordinates (size D), group by group and in total.
  std::vector<ComomentSum> coordinate_groups;
  ComomentSum coordinates;
  /// Joint sums over the temperature observables, in this order (see TemperatureObservable), by group and in total.
  std::vector<ComomentSum> temperature_groups;
  ComomentSum temperature;
  /// Joint sums of one observable for each coordinate, whose means are the temperatures of the coordinates: the terms
  /// of TemperatureObservable::corrected_virial, or x_c g_c. Empty where there is none, and in one dimension.
  ComomentSum coordinate_temperatures;
  std::vector<Histogram> histograms;  ///< on the requested axes, named "x@last" or "x@STEP"
  std::uint64_t nonfinite = 0;        ///< particles with a non-finite state; in none of the sums
};

/// Index into Snapshot::temperature.
enum class TemperatureObservable : std::size_t {
  loss,              ///< L
  virial,            ///< sum_c x_c g_c
  gradient_squared,  ///< sum_c g_c^2
  laplacian,         ///< sum_c d2L/dx_c^2
  corrected_virial,  ///< its mean is sum_c T_eff,c at every step, exactly; for sgd x.g - (eta/2) |g|^2
  noise_trace,       ///< 2 sum_c T_eff,c, at the particle where sigma is an expression: for sgd eta tr Sigma(x)
  kinetic,           ///< sum_c m_c v_c^2 / 2, its mean is D T_eff / 2 to leading order; 0 without velocities
  count
};

/// Positions of each particle at the last step but one and at the last, jointly: (x_1 ... x_D, x'_1 ... x'_D).
struct ConsecutivePairs {
  std::vector<ComomentSum> groups;  ///< 64 entries
  ComomentSum total;
};

/// Single particles at the last step.
struct FinalPositions {
  /// The most distant values of one coordinate, as many as were asked for, if they are finite.
  struct Extremes {
    std::vector<double> largest;   ///< descending
    std::vector<double> smallest;  ///< ascending
  };
  std::vector<std::vector<double>> few;  ///< D numbers each: of the first particles, where they are finite
  std::vector<Extremes> extremes;        ///< by coordinate; empty where nobody asked
};

struct Measurement {
  std::uint64_t particles = 0;
  std::uint64_t burn_in = 0;  ///< steps before the first sample
  std::uint64_t steps = 0;    ///< after burn-in
  std::uint64_t thinning = 1;
  std::uint64_t samples = 0;              ///< per particle
  std::vector<Histogram> histograms;      ///< over all samples
  std::optional<ConsecutivePairs> pairs;  ///< in 2 to 8 dimensions
  FinalPositions final_positions;
  std::vector<Snapshot> snapshots;  ///< as requested, in order of step; the last one is at burn_in + steps
  std::optional<std::uint64_t>
      first_nonfinite_step;  ///< of the particle that left first among those of the first such block

  const Snapshot& last() const { return snapshots.back(); }
};

}  // namespace isotherm
