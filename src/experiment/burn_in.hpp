#pragma once
// --burn-in auto: how long a run waits for its stationary law, and whether its step is stable at the minima.

#include <optional>
#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "loss/problem.hpp"
#include "theory/gibbs.hpp"
#include "theory/relaxation.hpp"

namespace isotherm {

/// Learning rates and noise by coordinate, as the formulas of a descriptor take them.
using ParameterList = std::vector<dynamics::Parameters>;

struct Instability {
  theory::Minimum minimum;
  double curvature = 0;     ///< largest, in units of the first learning rate
  double largest_step = 0;  ///< the eta (or dt) at which it would be neutral
};

/// The minimum that the rule cannot hold on to, the sharpest first; nothing where it is stable or cannot be told.
std::optional<Instability> find_instability(loss::Problem& problem, const dynamics::Descriptor& rule,
                                            const ParameterList& parameters,
                                            const std::vector<theory::Minimum>& minima);

/// How long the chain takes to forget its start, by theory.
struct Equilibration {
  theory::Relaxation relaxation;
  std::uint64_t steps = 0;  ///< that burn-in needs, however many; 0: unknown
  bool symmetric = false;   ///< loss, start and noise are even: what is even needs no exchange, what is odd stays 0
};

struct BurnIn {
  std::uint64_t steps = 0;  ///< at most what is affordable
  std::string method;
  std::vector<std::string> warnings;
  Equilibration equilibration;
};

/// What burn-in rests on.
struct BurnInRequest {
  const dynamics::Descriptor& rule;
  const ParameterList& parameters;
  const theory::GibbsFamily& family;
  const std::vector<theory::Minimum>& minima;
  double temperature = 0;
  std::uint64_t particles = 0;
  bool symmetric_start = false;
  bool state_dependent_noise = false;
  bool unstable = false;
};
BurnIn choose_burn_in(loss::Problem& problem, const BurnInRequest& request);

}  // namespace isotherm
