#pragma once
// Measurements of made-up particles, whose law is known.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "isotherm/experiment/measurement.hpp"
#include "theory/prediction.hpp"
#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// Draws that are the same with every standard library.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : generator_(seed) {}
  double uniform();  ///< in (0, 1)
  double normal();
  /// Counts of `samples` independent draws from `probabilities`, which sum to 1.
  std::vector<std::uint64_t> multinomial(const std::vector<double>& probabilities, std::uint64_t samples);

 private:
  std::mt19937_64 generator_;
  double spare_ = 0;
  bool has_spare_ = false;
};

std::vector<double> normal_draws(Draws& draws, std::size_t count, double sd);

inline constexpr std::size_t particles_per_block = 256, synthetic_groups = 64;

/// Counts of `values`, which are particle after particle; group = block of 256 mod 64.
Histogram make_histogram(const std::string& name, const Axis& axis, const std::vector<double>& values);

/// One group with these counts.
Histogram make_histogram(const std::string& name, const Axis& axis, std::vector<std::uint64_t> counts);

/// Probabilities of all slots for the normal law of mean 0.
std::vector<double> normal_probabilities(const Axis& axis, double sd);

/// Particles x of the chain with step s on L = curvature x^2 / 2 with noise of variance sigma2: moments by group, the
/// temperature observables (2 T_eff = step sigma2, no velocities), and a histogram "x@last".
Snapshot make_snapshot(const std::vector<double>& x, double curvature, double step, double sigma2, const Axis& axis,
                       std::uint64_t last_step);

/// sum of u_i along the last axis, for MomentSum
MomentSum moments_of(const std::vector<double>& values);

/// Distances of p-values from the uniform law: sqrt(n) max |F - p|, 99.9 % quantile 1.95.
double uniformity(std::vector<double> p_values);

/// |fraction - probability| in standard deviations of a binomial law.
double binomial_z(std::size_t hits, std::size_t trials, double probability);

}  // namespace isotherm::verdict
