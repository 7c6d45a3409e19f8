#pragma once
// Numbers with standard errors that a claim is tested with, read from a finished run. Snapshots hold each particle
// once, so particles are independent samples.

#include <cstdint>
#include <functional>
#include <string>

#include "experiment/result.hpp"

namespace isotherm::batch {

using verdict::Estimate;

/// Of one snapshot. A name that the run did not observe is a std::out_of_range: a defect of the claim.
class Reading {
 public:
  /// The last snapshot.
  explicit Reading(const Result& result) : Reading(result, result.measurement.last()) {}
  /// That of `step`.
  Reading(const Result& result, std::uint64_t step);

  Estimate mean(const std::string& observable) const;
  Estimate variance(const std::string& observable) const;
  Estimate second_moment(const std::string& observable) const;
  Estimate standard_deviation(const std::string& observable) const;
  Estimate excess_kurtosis(const std::string& observable) const;  ///< error by the jackknife over the 64 groups
  Estimate quantile(const std::string& observable, const std::string& key) const;
  Estimate covariance(std::size_t i, std::size_t j) const;  ///< of coordinates
  /// Share of the particles in the slots first ... last (0: below the axis) of a histogram: binomial, with the error
  /// that it has where none is inside taken as that of one.
  Estimate fraction(const std::string& histogram, std::size_t first, std::size_t last) const;
  /// A histogram of this snapshot.
  const Histogram& histogram(const std::string& name) const;
  double particles() const { return static_cast<double>(result_.measurement.particles); }

 private:
  Reading(const Result& result, const Snapshot& snapshot) : result_(result), snapshot_(snapshot) {}
  const SnapshotObservable& observable(const std::string& name) const;

  const Result& result_;
  const Snapshot& snapshot_;
};

/// alpha by an estimator of the run's verdict. Throws RunError where the run has none.
Estimate maximum_likelihood_alpha(const Result& result);
Estimate corrected_virial_alpha(const Result& result);
/// The temperature of coordinate `c` by the corrected virial, or by the virial where that is all there is.
Estimate temperature(const Result& result, std::size_t c);

/// The run's comparison of a histogram with a prediction; std::out_of_range where there is none.
const verdict::Comparison& comparison(const Result& result, const std::string& observable,
                                      const std::string& prediction);

/// factor * estimate.
Estimate scaled(Estimate estimate, double factor);
/// Of independent estimates.
Estimate ratio(const Estimate& numerator, const Estimate& denominator);
Estimate difference(const Estimate& left, const Estimate& right);
/// A number that is known up to the rounding of `operations` operations in the run's precision.
Estimate rounded(const Result& result, double value, double operations);

/// Slope of log |y| over log x by least squares with weights; `y` are independent estimates, none of them 0.
Estimate logarithmic_slope(const std::vector<double>& x, const std::vector<Estimate>& y);

}  // namespace isotherm::batch
