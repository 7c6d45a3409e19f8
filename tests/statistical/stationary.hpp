#pragma once
// A run to its stationary law, and checks against exact values: one snapshot of independent particles, so that |z| <= 5
// has a false-alarm rate of 6e-7 for each value.

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "experiment/run.hpp"
#include "output/quantiles.hpp"
#include "output/standard_errors.hpp"

namespace isotherm::test {

class Stationary {
 public:
  /// One snapshot after burn-in; `experiment` may set everything but the number of steps.
  explicit Stationary(Experiment experiment, std::uint64_t particles = 4'000'000) : particles_(particles) {
    experiment.particles = particles;
    experiment.steps = 1;
    experiment.backend = Backend::cpu;
    result_ = isotherm::run(experiment);
    EXPECT_EQ(last().nonfinite, 0u);
    for (const verdict::GroupTest& test : result_.verdict.group_tests) EXPECT_GT(test.p_value, 1e-6) << test.observable;
  }

  std::uint64_t particles() const { return particles_; }
  const Snapshot& last() const { return result_.measurement.last(); }
  const Result& result() const { return result_; }

  const SnapshotObservable& observable(const std::string& name) const {
    for (const SnapshotObservable& candidate : last().observables)
      if (candidate.name == name) return candidate;
    throw std::out_of_range(name);
  }

  void expect_z(double measured, std::optional<double> standard_error, double expected, const std::string& what) const {
    ASSERT_TRUE(standard_error.has_value()) << what;
    ASSERT_GT(*standard_error, 0) << what;
    EXPECT_LE(std::abs(measured - expected) / *standard_error, 5)
        << what << ": measured " << measured << " +- " << *standard_error << ", expected " << expected;
  }

  void expect_mean(const std::string& name, double expected) const {
    const MomentSum& total = observable(name).total;
    expect_z(total.mean, output::mean_standard_error(total), expected, "mean of " + name);
  }
  void expect_variance(const std::string& name, double expected) const {
    const MomentSum& total = observable(name).total;
    expect_z(total.variance(), output::variance_standard_error(total), expected, "variance of " + name);
  }
  void expect_second_moment(const std::string& name, double expected) const {
    const MomentSum& total = observable(name).total;
    expect_z(total.raw_second(), output::second_moment_standard_error(total), expected, "second moment of " + name);
  }
  void expect_fourth_moment(const std::string& name, double expected) const {
    const SnapshotObservable& o = observable(name);
    expect_z(o.total.raw_fourth(), output::fourth_moment_standard_error(o.groups), expected,
             "fourth moment of " + name);
  }
  void expect_quantile(const std::string& name, const std::string& key, double expected) const {
    for (const output::Quantile& quantile : output::quantiles(observable(name)))
      if (quantile.key == key)
        return expect_z(quantile.value, quantile.standard_error, expected, "quantile " + key + " of " + name);
    ADD_FAILURE() << "no quantile " << key << " of " << name;
  }
  void expect_covariance(std::size_t i, std::size_t j, double expected) const {
    expect_z(last().coordinates.covariance(i, j),
             output::covariance_standard_error(last().coordinate_groups, last().coordinates, i, j), expected,
             "covariance " + std::to_string(i) + "," + std::to_string(j));
  }
  void expect_alpha(const std::optional<verdict::Estimate>& estimate, double expected, const std::string& what) const {
    ASSERT_TRUE(estimate.has_value()) << what;
    expect_z(estimate->value, estimate->standard_error, expected, "alpha by " + what);
  }
  /// Fraction of particles in the slots [first, last] of a histogram of the last snapshot.
  void expect_fraction(const std::string& name, std::size_t first, std::size_t last_slot, double expected) const {
    for (const Histogram& histogram : result_.measurement.histograms) {
      if (histogram.name != name) continue;
      const std::vector<std::uint64_t> counts = histogram.total();
      double inside = 0;
      for (std::size_t slot = first; slot <= last_slot; ++slot) inside += static_cast<double>(counts[slot]);
      const double n = static_cast<double>(particles_);
      return expect_z(inside / n, std::sqrt(expected * (1 - expected) / n), expected, "fraction in " + name);
    }
    ADD_FAILURE() << "no histogram " << name;
  }
  void expect_corrected_virial() const {
    expect_alpha(result_.verdict.alpha.corrected_virial, 0.5, "corrected virial");
  }

 private:
  std::uint64_t particles_;
  Result result_;
};

inline AxisRequest axis(const std::string& expression, std::uint64_t bins, double lower, double upper) {
  return {expression, bins, lower, upper, false};
}

}  // namespace isotherm::test
