#pragma once
// Predictions of the stationary law, by name. One file each, and one line in registry.cpp.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "noise/noise.hpp"
#include "theory/example_step.hpp"
#include "theory/gibbs.hpp"
#include "theory/prediction.hpp"
#include "theory/step_map.hpp"

namespace isotherm::theory {

/// Gradients that are means over examples.
struct ExampleChain {
  std::shared_ptr<ExampleStep> step;
  std::uint64_t batch_size = 1;
  /// Of the covariance of one example's gradient: 1/B, or (N - B) / (B (N - 1)) without replacement.
  double variance_factor = 1;
  bool reshuffled = false;       ///< in turn, in a new order each epoch
  std::uint64_t last_step = 0;   ///< at which the law is asked for, where it depends on the place in the epoch
  std::string infinite_moments;  ///< why moments over the law of the examples do not exist, or ""
};

/// The chain whose stationary law is asked for.
struct Chain {
  loss::Problem* problem = nullptr;
  const dynamics::Descriptor* rule = nullptr;
  const GibbsFamily* family = nullptr;   ///< null where there is no temperature
  std::shared_ptr<const StepMap> map;    ///< null where there is no stationary chain; then `not_applicable` says why
  std::optional<ExampleChain> examples;  ///< in place of `map`, where gradients are means over examples
  std::string not_applicable;            ///< "the learning rate keeps changing", ...
  noise::Choice law;                     ///< of one draw; null law: none
  std::size_t batch_size = 1;
  bool state_dependent_noise = false;
  double temperature = 0;    ///< T_eff, alpha = 1/2; 0 where sigma depends on the coordinates
  double alpha_unit = 0;     ///< alpha = T / this
  double rate = 0;           ///< eta of sgd, dt of integrators: what "first order in eta" expands in
  double time_per_step = 0;  ///< eta or dt
  std::vector<Minimum> minima;
  bool symmetric_start = false;  ///< and the noise is symmetric too: odd modes are not excited
};

struct Predictor {
  std::string name;         ///< "exact-chain"
  std::string description;  ///< one line for `isotherm list predictions`
  /// Never throws for a chain that it cannot treat: the prediction's `not_applicable` says why. `axes` as for
  /// GibbsFamily::predict, and own rows ("v.x") where the prediction knows them; what it does not know gets a
  /// BinProbabilities with a reason.
  Prediction (*predict)(const Chain& chain, std::span<const std::vector<Axis>> axes);
  bool takes_examples = false;  ///< treats chains whose gradients are means over examples
};

/// All registered predictors, in the order in which they are reported.
std::span<const Predictor> predictors();

}  // namespace isotherm::theory
