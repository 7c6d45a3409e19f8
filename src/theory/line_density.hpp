#pragma once
// The law of one coordinate whose density is known up to a factor.

#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "theory/law.hpp"

namespace isotherm::theory {

class LineDensity : public ComponentLaw {
 public:
  using Value = std::function<double(double)>;

  /// p is proportional to exp(log_weight(x)), smooth within each panel (20 nodes of Gauss' rule each), and negligible
  /// beyond the outermost edges. `loss` is what mean_loss() is the mean of.
  LineDensity(Value log_weight, std::vector<double> edges, Value loss);

  bool valid() const { return normalization_ > 0 && std::isfinite(normalization_); }
  double density(double x) const;
  /// The integral of f p.
  template <class Function>
  double average(Function&& f) const {
    double sum = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (mass_[i] > 0) sum += mass_[i] * f(nodes_[i]);
    return sum;
  }
  /// Half the integral of |p - other|, for a law on the same panels.
  double total_variation(const LineDensity& other) const;

  double log_partition_function() const override { return log_normalization_; }  ///< of exp(log_weight)
  double mean_loss() const override { return mean_loss_; }
  double variance_of_loss() const override { return variance_of_loss_; }
  CoordinateMoments moments(std::size_t) const override { return moments_; }
  std::optional<double> covariance(std::size_t, std::size_t) const override { return moments_.variance; }
  double quantile(std::size_t, double probability, bool from_above) const override;
  Interval support(std::size_t) const override { return {edges_.front(), edges_.back()}; }
  std::vector<double> masses(std::size_t, std::span<const double> cuts) const override;
  std::vector<double> joint_masses(std::size_t, std::span<const double>, std::size_t,
                                   std::span<const double>) const override;

 private:
  double partial(std::size_t panel, double begin, double end) const;

  Value log_weight_;
  std::vector<double> edges_, panel_mass_;
  std::vector<double> nodes_, mass_;
  double peak_ = 0, normalization_ = 0, log_normalization_ = 0;
  double mean_loss_ = 0, variance_of_loss_ = 0;
  bool even_ = false;
  CoordinateMoments moments_;
};

}  // namespace isotherm::theory
