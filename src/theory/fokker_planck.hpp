#pragma once
// The density of dx = -L'(x) dt + sqrt(2T) dW in one dimension as time goes on.

#include <functional>
#include <span>
#include <vector>

#include "theory/law.hpp"
#include "theory/prediction.hpp"

namespace isotherm::theory {

/// The Fokker-Planck equation dp/dt = (L' p + T p')' on equal cells with closed ends, by the scheme of Chang and Cooper
/// (J. Comput. Phys. 6 (1970) 1) with exact differences of the potential:
///     flux i -> i+1 = (T / dx^2) (B(w) m_i - B(-w) m_{i+1}),   w = (L_{i+1} - L_i) / T,   B(z) = z / (e^z - 1)
/// where m_i is the probability of cell i and exp(-L_i/T) the mean of exp(-L/T) over the cell, so that Gibbs' own
/// probabilities of the cells are exactly stationary. Of second order in dx. In time: implicit Euler's method,
/// extrapolated from 1, 2, 3 and 4 parts of a step to fourth order, in steps of the size that keeps the error of each
/// below 1e-9; a step that would leave more than that below zero is halved, and the rest is set to zero, so that
/// probabilities are never negative and their sum is kept.
class FokkerPlanck {
 public:
  using Value = std::function<double(double)>;

  FokkerPlanck(const Value& loss, double temperature, Interval interval, std::size_t cells);

  std::size_t cells() const { return equilibrium_.size(); }
  double width() const { return width_; }
  double center(std::size_t i) const { return interval_.lower + (static_cast<double>(i) + 0.5) * width_; }
  const std::vector<double>& equilibrium() const { return equilibrium_; }  ///< Gibbs' probabilities of the cells

  /// Probabilities of the cells from P(x < .); what is beyond the ends counts for the outermost cells.
  std::vector<double> from_distribution(const Value& below) const;
  /// Moves them on by `time` >= 0.
  void advance(std::vector<double>& masses, double time) const;

  /// P(x < place), cubic within a cell.
  double below(std::span<const double> masses, double place) const;
  /// Of an axis that shows the coordinate.
  std::vector<double> bins(std::span<const double> masses, const Axis& axis) const;

 private:
  std::vector<double> euler(const std::vector<double>& masses, double step, int parts) const;

  double temperature_;
  Interval interval_;
  double width_;
  std::vector<double> equilibrium_;
  std::vector<double> up_, down_;  // rates i -> i+1 and i+1 -> i
};

/// The law at one time.
struct DiffusionSnapshot {
  double time = 0;
  Marginal coordinate;  ///< moments, no quantiles
  double mean_loss = 0;
  std::vector<std::vector<double>> bins;  ///< by axis
  /// Half the sum of |change| by the last refinement, over a third of it the bins are probably right.
  double resolution = 0;
};

/// Snapshots at `times` (ascending, >= 0) from the law with distribution function `below`, on axes that show the
/// coordinate; extrapolated to dx -> 0 from `cells` and 2 `cells` cells. `support` holds Gibbs' law and the start.
std::vector<DiffusionSnapshot> diffuse(const FokkerPlanck::Value& loss, double temperature, Interval support,
                                       const FokkerPlanck::Value& below, std::span<const double> times,
                                       std::span<const Axis> axes, std::size_t cells = 1500);

}  // namespace isotherm::theory
