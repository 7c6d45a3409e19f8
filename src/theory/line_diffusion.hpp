#pragma once
// Rates of the equation dx = -L'(x) dt + sqrt(2T) dW in one dimension, by quadrature: exact to about 1e-11.

#include <functional>
#include <optional>
#include <vector>

#include "theory/law.hpp"

namespace isotherm::theory {

class LineDiffusion {
 public:
  using Value = std::function<double(double)>;

  /// `support`: where exp(-L/T) is not negligible; panels (20 nodes of Gauss' rule each) are at most `width` long: half
  /// a standard deviation of the narrowest well. Throws InputError where more than 20000 would be needed, or where
  /// barriers exceed 600 T.
  LineDiffusion(Value loss, double temperature, Interval support, double width);

  /// The mean time from `from` to the first visit of `to`, either way:
  ///     integral from `from` to `to` of exp(L(y)/T) / T  (integral of exp(-L/T) on the far side of y)  dy
  double mean_first_passage_time(double from, double to) const;

  /// The smallest nonzero eigenvalue lambda_1 of the Fokker-Planck operator: the slowest relaxation, exp(-lambda_1 t).
  /// By inverse iteration with the operator's Green function, which is two integrations, on a few vectors at a time:
  /// nothing is subtracted, so that rates of high barriers keep their digits.
  double relaxation_rate() const;

 private:
  std::vector<double> integrate(const std::vector<double>& values, bool from_right) const;

  double temperature_;
  Value loss_;
  double bottom_ = 0;
  std::vector<double> edges_, nodes_, lengths_;  // nodes by panel; half lengths of panels
  std::vector<double> weight_, potential_;       // quadrature weights; (L - L_min) / T at the nodes
};

/// Kramers' rate of the escape from a minimum over a barrier of curvature `barrier` < 0 and height `height`:
///     sqrt(L''(minimum) |L''(barrier)|) / (2 pi) exp(-height / T)
double kramers_rate(double minimum, double barrier, double height, double temperature);

}  // namespace isotherm::theory
