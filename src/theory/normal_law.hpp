#pragma once
// A normal law of the whole state: what it says of observables that are linear or quadratic in the state.

#include <Eigen/Dense>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "loss/problem.hpp"
#include "theory/prediction.hpp"
#include "theory/weighted_chi_squared.hpp"

namespace isotherm::theory {

/// An observable as a polynomial of the state about the law's mean: value + slope . y + y' curvature y / 2.
struct QuadraticForm {
  double value = 0;
  Eigen::VectorXd slope;
  Eigen::MatrixXd curvature;
  bool affine() const { return curvature.isZero(0); }
};

/// State rows of the rule's own, by the names that observables have: "v.x".
std::map<std::string, Eigen::Index> own_rows(const dynamics::Descriptor& rule, const loss::Problem& problem);

class NormalLaw {
 public:
  /// `mean` and `covariance` of all state rows. `expands_loss`: the loss stands for its polynomial of second order
  /// about the mean. Other observables, and else the loss too, have no form if they are no such polynomial within the
  /// law's width.
  NormalLaw(loss::Problem& problem, const dynamics::Descriptor& rule, Eigen::VectorXd mean, Eigen::MatrixXd covariance,
            bool expands_loss = false);

  const Eigen::VectorXd& mean() const { return mean_; }
  const Eigen::MatrixXd& covariance() const { return covariance_; }
  std::optional<QuadraticForm> form(loss::NodeId node) const;
  /// The law of a form without linear part in directions in which it is not curved, and curved upwards.
  std::optional<WeightedChiSquared> law_of(const QuadraticForm& form) const;
  /// Of a state row.
  std::map<std::string, double> quantiles(Eigen::Index row) const;
  /// Of one or two observables; with a reason where they are not known.
  BinProbabilities bins(const std::vector<Axis>& axes) const;

 private:
  loss::Problem& problem_;
  const dynamics::Descriptor& rule_;
  Eigen::VectorXd mean_;
  Eigen::MatrixXd covariance_;
  bool expands_loss_;
};

}  // namespace isotherm::theory
