#pragma once
// The Gibbs law p = exp(-L/T) / Z by quadrature. The loss is split into the sum of its independent parts; a part is a
// quadratic of any dimension (exact), or any function of one coordinate, or of two.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loss/problem.hpp"
#include "theory/prediction.hpp"

namespace isotherm::theory {

/// A minimum of the loss, with its Hessian's eigenvalues (ascending; 0 where there is a kink).
struct Minimum {
  std::vector<double> point;
  double value = 0;
  std::vector<double> curvatures;
};

/// Local minima, deepest first: all in 1-D (sign changes of the slope) and, short of wells that no grid sees, in 2-D;
/// from several starts beyond; of a sum of independent parts the 64 deepest combinations. Empty where there is none
/// (L = 0, no lower bound).
std::vector<Minimum> find_minima(loss::Problem& problem);

/// The family exp(-L/T), T > 0, of one loss. Accuracy, relative: 1e-12 in 1-D, 1e-11 in 2-D for smooth losses (1e-9
/// where a kink of L crosses the cells of the mesh), whatever T; rounding of L itself adds about 1e-16 |L| / T. A
/// coordinate at which L is not a number has probability 0. Laws of the last few T are kept. Not thread-safe; settings
/// of the problem are read when the family is made. T that is not positive and finite is an InputError everywhere.
class GibbsFamily {
 public:
  /// Adds nodes to the problem's graph; the problem must outlive the family.
  explicit GibbsFamily(loss::Problem& problem);
  ~GibbsFamily();

  /// "" if exp(-L/T) is normalizable at this T and we can integrate it; otherwise the reason, in one line. It makes the
  /// law (1 ms in 1-D, up to 1 s in 2-D), which what follows at the same T then finds ready.
  std::string not_applicable(double temperature) const;

  struct LossMoments {
    double log_partition_function = 0, mean = 0, variance = 0;
  };
  /// <L>, Var L and ln Z at T; relative accuracy 1e-10. Throws InputError where not applicable.
  LossMoments loss_moments(double temperature) const;

  /// The T whose <L> is `mean_loss` (monotone), searched within [1e-6, 1e6] times `guess`; nothing if there is none.
  std::optional<double> temperature_of_mean_loss(double mean_loss, double guess) const;

  /// Everything at T. `axes` are the axes of each requested histogram, one or two each. Their expressions: coordinates;
  /// "loss" in one dimension and for quadratics; any function of one coordinate that the loss does not couple to
  /// others. Moments are absent where the tails are too heavy for them; quantiles of the loss as its bins. Throws
  /// ParseError.
  Prediction predict(double temperature, std::span<const std::vector<Axis>> axes) const;

  /// Moments of each coordinate at T, without quantiles. Throws InputError where not applicable.
  std::vector<Marginal> marginals(double temperature) const;

  /// Interval of coordinate c that holds all but about `tail` of the probability on each side.
  std::pair<double, double> coordinate_range(double temperature, std::size_t c, double tail) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace isotherm::theory
