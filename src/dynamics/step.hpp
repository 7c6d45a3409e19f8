#pragma once
// Builds the step of a dynamics on a problem: the nodes that the engine lowers.

#include <functional>
#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// The square root of the noise covariance, as nodes (settings, or expressions of the coordinates).
struct NoiseScale {
  bool none = false;                   ///< no noise, no draws
  std::vector<loss::NodeId> sigma;     ///< by coordinate, where the covariance is diagonal
  std::vector<loss::NodeId> cholesky;  ///< lower triangle, row-major D x D, otherwise
};

struct StepRequest {
  std::vector<loss::NodeId> eta;  ///< by coordinate
  NoiseScale noise;
  std::function<loss::NodeId(const std::string&)> option;
};

struct BuiltStep {
  std::vector<loss::NodeId> next;  ///< new value of every state row
  std::size_t draws_per_step = 0;  ///< 0 without noise
};

BuiltStep build_step(loss::Problem& problem, const Descriptor& descriptor, const StepRequest& request,
                     std::size_t draw_stride);

}  // namespace isotherm::dynamics
