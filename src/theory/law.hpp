#pragma once
// The Gibbs law of one component of the loss at one temperature, and the family of those laws.

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace isotherm::theory {

struct Interval {
  double lower = 0, upper = 0;
};

/// Raw moments; absent where the law's tails are too heavy for them.
struct CoordinateMoments {
  std::optional<double> mean, variance, second_moment, fourth_moment;
};

/// p = exp(-L/T) / Z over the coordinates of one component; indices of coordinates are within the component.
class ComponentLaw {
 public:
  virtual ~ComponentLaw() = default;

  virtual double log_partition_function() const = 0;
  virtual double mean_loss() const = 0;
  virtual double variance_of_loss() const = 0;

  virtual CoordinateMoments moments(std::size_t c) const = 0;
  virtual std::optional<double> covariance(std::size_t c, std::size_t d) const = 0;

  /// x with P(coordinate c < x) = probability, or, from above, P(coordinate c > x) = probability.
  virtual double quantile(std::size_t c, double probability, bool from_above = false) const = 0;
  /// Outside of it lies a probability below 1e-16.
  virtual Interval support(std::size_t c) const = 0;
  /// Probabilities of coordinate c between neighbouring cuts (ascending; the outer ones may be infinite).
  virtual std::vector<double> masses(std::size_t c, std::span<const double> cuts) const = 0;
  /// The same for two different coordinates, row-major.
  virtual std::vector<double> joint_masses(std::size_t c, std::span<const double> c_cuts, std::size_t d,
                                           std::span<const double> d_cuts) const = 0;
};

/// A law, or one line that says why there is none.
struct LawOrReason {
  std::shared_ptr<const ComponentLaw> law;
  std::string reason;
};

/// The laws of one component at all temperatures.
class ComponentFamily {
 public:
  virtual ~ComponentFamily() = default;

  /// Laws of the last few temperatures are kept.
  LawOrReason at(double temperature) const {
    for (const auto& [known, law] : recent_)
      if (known == temperature) return law;
    recent_.emplace_front(temperature, make(temperature));
    if (recent_.size() > 4) recent_.pop_back();
    return recent_.front().second;
  }

 private:
  virtual LawOrReason make(double temperature) const = 0;

  mutable std::deque<std::pair<double, LawOrReason>> recent_;
};

}  // namespace isotherm::theory
