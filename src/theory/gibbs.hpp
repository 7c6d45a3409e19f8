#pragma once
// The Gibbs law p = exp(-L/T) / Z by quadrature: any 1-D or 2-D loss, and losses that are sums over independent
// coordinates, pairs of coordinates, or quadratic forms, in any dimension.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loss/problem.hpp"
#include "theory/prediction.hpp"

namespace isotherm::theory {

/// A minimum of the loss found by search, with its Hessian's eigenvalues (ascending).
struct Minimum {
  std::vector<double> point;
  double value = 0;
  std::vector<double> curvatures;
};

/// Local minima inside the region that matters: all in 1-D and 2-D (grid and Newton), from several starts beyond. May
/// be empty (L = 0, no lower bound).
std::vector<Minimum> find_minima(loss::Problem& problem);

/// The family exp(-L/T), T > 0, of one loss.
class GibbsFamily {
 public:
  explicit GibbsFamily(loss::Problem& problem);
  ~GibbsFamily();

  /// "" if exp(-L/T) is normalizable at this T and we can integrate it; otherwise the reason, in one line.
  std::string not_applicable(double temperature) const;

  struct LossMoments {
    double log_partition_function = 0, mean = 0, variance = 0;
  };
  /// <L>, Var L and ln Z at T; relative accuracy 1e-10. Throws InputError where not applicable.
  LossMoments loss_moments(double temperature) const;

  /// The T whose <L> is `mean_loss` (monotone), searched within [1e-6, 1e6] times `guess`; nothing if there is none.
  std::optional<double> temperature_of_mean_loss(double mean_loss, double guess) const;

  /// Everything at T. `axes` are the axes of each requested histogram (one or two each); expressions are coordinates,
  /// "loss", or others (bin probabilities of other expressions only in 1-D). Marginals by coordinate as available.
  Prediction predict(double temperature, std::span<const std::vector<Axis>> axes) const;

  /// Interval of coordinate c that holds all but about `tail` of the probability on each side.
  std::pair<double, double> coordinate_range(double temperature, std::size_t c, double tail) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace isotherm::theory
