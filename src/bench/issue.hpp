#pragma once
// How many vector operations of each kind this processor issues: measured, so that no table of processors is needed.

#include <array>
#include <optional>
#include <string>

#include "bench/operations.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm::bench {

/// Of one core, from streams of operations that do not depend on each other. Rates are in vectors per second.
struct IssueRates {
  std::string simd;
  int lanes = 1;         ///< particles of a vector
  double frequency = 0;  ///< cycles per second, see measured_frequency
  std::array<double, kind_count> alone{};
  /// Both kinds together, in equal numbers.
  std::array<std::array<double, kind_count>, kind_count> together{};
  double all = 0;  ///< the fastest of all streams, four kinds in turn among them: what the processor issues at most
  double increments = 0;  ///< of counters in a first-level cache, at places that a row names

  double of(Kind kind) const { return alone[static_cast<std::size_t>(kind)]; }
  double per_cycle(double rate) const { return rate / frequency; }
};

/// Takes about a second. Nothing on targets without a fused multiply-add, which run the scalar lane.
std::optional<IssueRates> measure_issue(const std::string& simd, Precision precision);

/// Cycles per second: additions of which each needs the one before it, and takes one cycle on every processor that we
/// know. A busy or a cold processor shows less than it can.
double measured_frequency();

/// The least time that one particle-step takes on one core, in seconds, and what takes it.
struct Limit {
  double seconds = 0;
  std::string bound;  ///< "fma, integer_multiply", "all vector operations", "increments"
};
/// A kind that another one's ports serve as well adds to that one's work; for two kinds that share some ports the sum
/// at their common rate counts; all kinds together are at most the fastest stream. The longest of these times.
Limit limit_of(const Operations& per_particle_step, const IssueRates& rates);

}  // namespace isotherm::bench
