#pragma once
// Builds the step of a dynamics on a problem: the nodes that the engine lowers.

#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "noise/noise.hpp"

namespace isotherm::dynamics {

/// The square root of the noise covariance, as nodes (settings, or expressions of the coordinates), and the law.
struct NoiseScale {
  bool none = false;                   ///< no noise, no draws
  std::vector<loss::NodeId> sigma;     ///< by coordinate, where the covariance is diagonal
  std::vector<loss::NodeId> cholesky;  ///< lower triangle, row-major D x D, otherwise
  noise::Choice law;                   ///< null law: gaussian
  std::size_t batch_size = 1;          ///< draws that one gradient is the mean of
};

struct StepRequest {
  std::vector<loss::NodeId> eta;  ///< by coordinate
  NoiseScale noise;
  std::vector<loss::NodeId> variance;        ///< Sigma_cc by coordinate, batch included
  std::vector<loss::NodeId> preconditioner;  ///< row-major D x D, literal 0 where an entry is 0; empty: identity
  std::vector<double> gradient_weights;      ///< empty: {1}
  Options options;                           ///< "dt" among the numbers where the rule uses it
};

struct BuiltStep {
  std::vector<loss::NodeId> next;  ///< new value of every state row
  random::Law raw_law = random::Law::none;
  std::size_t draws_per_step = 0;        ///< raw draws (DrawLayout::per_step)
  std::size_t gradient_evaluations = 0;  ///< places at which the gradient is taken
};

/// Where the loss is a mean over examples, the gradients of stochastic rules are batch_means.
/// `draw_stride` as DrawLayout::stride(). Settings are named by their options ("--mu", "--mass[1]") and given values.
BuiltStep build_step(loss::Problem& problem, const Descriptor& descriptor, const StepRequest& request,
                     std::size_t draw_stride);

/// Start of the own rows at positions `positions`, from standard normal draws first_draw, first_draw + 1, ...
std::vector<loss::NodeId> build_start(loss::Problem& problem, const Descriptor& descriptor, const StepRequest& request,
                                      std::span<const loss::NodeId> positions, std::size_t first_draw,
                                      std::size_t draw_stride);

/// Descriptor::corrected_virial as nodes of the state, one for each coordinate.
std::vector<loss::NodeId> build_corrected_virial(loss::Problem& problem, const Descriptor& descriptor,
                                                 const StepRequest& request);

}  // namespace isotherm::dynamics
