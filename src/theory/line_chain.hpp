#pragma once
// One coordinate of a chain with Gaussian noise: its stationary law by the transfer operator, on an interval and nodes
// that are chosen and checked here.

#include <memory>
#include <span>
#include <string>

#include "theory/law.hpp"
#include "theory/step_map.hpp"
#include "theory/transfer_operator.hpp"

namespace isotherm::theory {

/// One coordinate of a map, the others held where they are: for maps in which coordinates do not act on each other.
class CoordinateStep {
 public:
  CoordinateStep(std::shared_ptr<const StepMap> map, std::size_t c, std::vector<double> point);

  std::size_t draws() const { return map_->draws() / map_->dimension(); }  ///< of this coordinate in one step
  double operator()(double x, std::span<const double> xi) const;

  double mean(double x) const;  ///< without noise
  /// Standard deviation of x' where the map is affine in the noise; else about that, with a `size` of about 1.
  double deviation(double x, double size = 1024) const;
  /// Is it, with the same slope for a small and a large xi?
  bool affine(std::span<const double> places) const;
  /// F(-x, -xi) = -F(x, xi)?
  bool odd(std::span<const double> places) const;

 private:
  std::shared_ptr<const StepMap> map_;
  std::size_t coordinate_;
  mutable std::vector<double> state_, xi_, next_;
};

struct LineChain {
  std::shared_ptr<const TransferOperator> chain;
  std::string reason;  ///< or why there is none
};

/// The stationary law of `step`. `guess` is grown until the density at its ends is below 1e-16 of the greatest, and
/// nodes are a step's deviation over 1.5 apart, or closer where the mean stretches distances: an error of about
/// exp(-2 pi^2 1.5^2) / (eta L''). Integrating over other nodes must give the law back to 1e-11; where it does not, it
/// is solved anew on panels that end at `cuts`, places where m or s may have kinks, and on more of them. Refuses where
/// more than 6000 nodes would be needed, where the law falls off too slowly, or where the step throws particles out of
/// every interval.
LineChain solve_line_chain(const NormalStep& step, Interval guess, bool even, std::span<const double> cuts);

/// The law of one coordinate as predictions of bins use laws.
std::unique_ptr<ComponentLaw> make_chain_law(std::shared_ptr<const TransferOperator> chain, bool even,
                                             const std::function<double(double)>& loss);

}  // namespace isotherm::theory
