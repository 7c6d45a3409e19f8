#pragma once
// A dynamics is a descriptor and a rule that builds one step as nodes of the loss's graph. There is no other text of an
// update rule: every engine executes the lowered step, and theory takes the one-step map from the same nodes.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loss/problem.hpp"

namespace isotherm::dynamics {

/// What a rule may build with. Coordinate c is state row c; a rule's own rows follow, `rows_per_coordinate` blocks of
/// D.
class StepBuilder {
 public:
  virtual ~StepBuilder() = default;
  virtual loss::Graph& graph() = 0;
  virtual std::size_t dimension() const = 0;
  /// State row of quantity q (0: position, 1 ...: the rule's own, in the order of Descriptor::rows) of coordinate c.
  virtual loss::NodeId state(std::size_t quantity, std::size_t c) = 0;
  /// The gradient at the coordinates, or with the coordinates replaced by `at` (size D).
  virtual std::vector<loss::NodeId> gradient(std::span<const loss::NodeId> at = {}) = 0;
  /// Draw k of this step for each coordinate: independent, mean 0, variance 1.
  virtual std::vector<loss::NodeId> draw(std::size_t k) = 0;
  /// base + factor * sqrt(Sigma) * z, as one fused multiply-add for each term: sigma_c z_c, or a row of the Cholesky
  /// factor of the covariance times z. `factor` has one node for each coordinate, or none for 1. Without noise: base.
  virtual std::vector<loss::NodeId> add_noise(std::span<const loss::NodeId> base, std::span<const loss::NodeId> factor,
                                              std::span<const loss::NodeId> z) = 0;
  /// ghat = fma(sigma, xi, g) at the coordinates, with draw k: what SGD-type rules see.
  virtual std::vector<loss::NodeId> stochastic_gradient(std::size_t k = 0) = 0;
  /// Learning rate of coordinate c at this step: a setting, or a step scalar under a schedule.
  virtual loss::NodeId eta(std::size_t c) = 0;
  /// A named option as a setting: "dt", ...
  virtual loss::NodeId option(const std::string& name) = 0;
};

/// Numbers that descriptors' formulas take.
struct Parameters {
  double eta = 0;     ///< of the coordinate asked about
  double sigma2 = 0;  ///< variance of one stochastic gradient
  double dt = 0;
};

struct Descriptor {
  std::string name;
  std::string formula;              ///< the update, in one line of text
  std::string source;               ///< lecture file or paper
  std::string temperature_formula;  ///< "eta sigma^2 / 2"
  std::string stability_formula;    ///< "eta h < 2"
  std::vector<std::string> rows;    ///< own rows beside the position, e.g. {"v"}
  std::size_t draws_per_step = 0;
  bool uses_dt = false;  ///< steps by --dt; then time advances by dt a step, else by eta
  /// Effective temperature T_eff for this learning rate and noise.
  std::function<double(const Parameters&)> temperature;
  /// Largest stable step x curvature, step being dt if uses_dt else eta.
  double stability_bound = 2;
  /// Where the corrected virial identity of the discrete chain holds, the step that enters it (eta or dt).
  std::optional<std::function<double(const Parameters&)>> corrected_virial_step;
  /// New value of every state row: positions first, then the rule's own rows. Size D * (1 + rows.size()).
  std::function<std::vector<loss::NodeId>(StepBuilder&)> build;
};

/// All registered dynamics, in the order of registration (src/dynamics/registry.cpp: one line each).
std::span<const Descriptor> registry();
/// InputError with the nearest name if there is none.
const Descriptor& find(const std::string& name);

}  // namespace isotherm::dynamics
