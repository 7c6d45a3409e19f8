#pragma once
// --eta, --schedule, --dt, --preconditioner, --gradient-weights: how far a step goes.

#include <Eigen/Dense>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/problem.hpp"
#include "schedule/schedule.hpp"

namespace isotherm {

struct RatePlan {
  schedule::Schedule schedule;
  std::vector<double> eta;          ///< by coordinate, of the last step
  std::vector<loss::NodeId> nodes;  ///< by coordinate, in the step: settings, or a step scalar under a schedule
  std::vector<loss::NodeId> last;   ///< by coordinate, settings: of the last step
  std::vector<loss::NodeId> preconditioner;      ///< row-major D x D, or empty for the identity
  Eigen::MatrixXd preconditioner_matrix;         ///< likewise
  double weight_sum = 1, weight_square_sum = 1;  ///< of the gradient weights
  double dt = 0;                                 ///< 0 unless the rule steps by dt

  /// P_cc, 1 without preconditioner.
  double scale(std::size_t c) const {
    const auto i = static_cast<Eigen::Index>(c);
    return preconditioner_matrix.size() == 0 ? 1 : preconditioner_matrix(i, i);
  }
  /// The rates differ between coordinates.
  bool uneven() const;
};

/// Resolves eta and dt in the experiment. Throws InputError.
RatePlan plan_rates(loss::Problem& problem, Experiment& experiment, const dynamics::Descriptor& rule);

}  // namespace isotherm
