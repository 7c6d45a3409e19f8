#pragma once
// The parts of the prediction exact-chain: a coordinate by itself, and two state rows together.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "theory/component.hpp"
#include "theory/law.hpp"
#include "theory/predictor.hpp"

namespace isotherm::theory {

/// What is known of one coordinate of a loss that is a sum of such.
struct LinePart {
  std::string reason;                       ///< why nothing is; then nothing else is filled
  std::shared_ptr<const ComponentLaw> law;  ///< null: averages only
  Marginal marginal;
  double mean_loss = 0, variance_of_loss = 0;
  double virial = 1;  ///< <x^2 - m^2> / <s^2>: 1 by stationarity
  std::optional<double> relaxation_rate;
  std::optional<double> first_passage_steps;  ///< in one dimension, to the barrier beside the lowest minimum
};

/// The chain of one coordinate: under Gaussian noise, and steps that are affine in it, by the transfer operator; else
/// by collocation.
LinePart solve_line_part(const Chain& chain, const Component& component);

/// The chain of two state rows, two coordinates or one and a row of the rule's own: under Gaussian noise by its density
/// (plane_chain.hpp); where that is refused, averages by collocation on several sets of nodes, the last two of which
/// must agree to 1e-6.
Prediction predict_plane_chain(const Chain& chain, std::span<const std::vector<Axis>> axes);

/// Gaussian draws?
bool is_gaussian(const Chain& chain);
/// Moments of a coordinate from averages.
Marginal marginal_of(double mean, double second_moment, double fourth_moment);
/// For axes of laws that are known by averages only, with the reason.
std::vector<BinProbabilities> no_density(std::span<const std::vector<Axis>> axes, const std::string& because);
/// The temperature, over alpha's unit, at which Gibbs has this mean loss.
std::optional<double> alpha_of_mean_loss(const Chain& chain, double mean_loss);

}  // namespace isotherm::theory
