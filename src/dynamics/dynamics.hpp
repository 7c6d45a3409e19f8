#pragma once
// A dynamics is a descriptor and a rule that builds one step as nodes of the loss's graph. There is no other text of an
// update rule: every engine executes the lowered step, and the one-step map behind burn-in and stability is the same
// nodes (linear_map.hpp). One file each, and one line in registry.cpp.

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "loss/problem.hpp"

namespace isotherm::dynamics {

/// What a rule may build with. State rows: the D positions, then the rule's own rows in the order of Descriptor::rows.
class StepBuilder {
 public:
  virtual ~StepBuilder() = default;
  virtual loss::Graph& graph() = 0;
  virtual std::size_t dimension() const = 0;
  /// State of quantity q of coordinate c: q = 0 the position, q = 1 ... the rule's own. A shared row takes c = 0.
  virtual loss::NodeId state(std::size_t quantity, std::size_t c) = 0;
  /// The position that a step starts from: x_c, or (1 - eta lambda) x_c with decoupled weight decay.
  virtual loss::NodeId position(std::size_t c) = 0;
  /// The gradient at the positions, or at `at` (size D): of the loss, with coupled weight decay.
  virtual std::vector<loss::NodeId> gradient(std::span<const loss::NodeId> at = {}) = 0;
  /// The loss itself, likewise.
  virtual loss::NodeId value(std::span<const loss::NodeId> at = {}) = 0;
  /// Draw k of this step for each coordinate, by the noise law: independent, mean 0, variance 1 (1/B with batch size
  /// B).
  virtual std::vector<loss::NodeId> draw(std::size_t k) = 0;
  /// base + factor * sqrt(Sigma) * z, as one fused multiply-add for each term: sigma_c z_c, or a row of the Cholesky
  /// factor of the covariance times z. `factor` has one node for each coordinate, or none for 1. Without noise: base.
  virtual std::vector<loss::NodeId> add_noise(std::span<const loss::NodeId> base, std::span<const loss::NodeId> factor,
                                              std::span<const loss::NodeId> z) = 0;
  /// What SGD-type rules see: P (W g + sum_i w_i sigma xi_i), with preconditioner P and gradient weights w_i of sum W;
  /// without them ghat = fma(sigma, xi, g). Its mean is mean_gradient().
  virtual std::vector<loss::NodeId> stochastic_gradient() = 0;
  /// W P g at the positions.
  virtual std::vector<loss::NodeId> mean_gradient() = 0;
  /// Learning rate of coordinate c at this step: a setting, or a step scalar under a schedule.
  virtual loss::NodeId eta(std::size_t c) = 0;
  /// T = eta Sigma_cc / 2 of the Langevin equation at coordinate c, as a node.
  virtual loss::NodeId temperature(std::size_t c) = 0;
  /// The number t = 1, 2, ... of this update, a step scalar.
  virtual loss::NodeId step_number() = 0;
  /// A numeric option as a setting, "mu" or "dt"; of coordinate c where it has one value for each. Literal 0 where none
  /// was given and there is no fallback.
  virtual loss::NodeId option(const std::string& name, std::size_t c = 0) = 0;
  virtual const std::string& choice(const std::string& name) const = 0;
  virtual bool flag(const std::string& name) const = 0;
};

/// Values that an option may have.
enum class Domain {
  positive,      ///< > 0
  nonnegative,   ///< >= 0
  fraction,      ///< [0, 1)
  share,         ///< (0, 1]
  whole,         ///< 1, 2, ...
  of_coordinate  ///< > 0; one, or one for each coordinate
};

/// An option that a rule takes. An option of the command line that no rule of the run takes is an error.
struct NumberOption {
  std::string name;  ///< "mu"
  Domain domain = Domain::positive;
  std::optional<double> fallback;  ///< nothing: the rule does without it, and sees 0
};
struct ChoiceOption {
  std::string name;                  ///< "scheme"
  std::vector<std::string> choices;  ///< the first is the fallback
};

/// The resolved values of a rule's options.
struct Options {
  std::map<std::string, std::vector<double>> numbers;  ///< one value, or one for each coordinate
  std::map<std::string, std::string> choices;
  std::set<std::string> flags;  ///< those that are set
  double number(const std::string& name, std::size_t c = 0) const;
  const std::string& choice(const std::string& name) const { return choices.at(name); }
  bool flag(const std::string& name) const { return flags.contains(name); }
};

/// Numbers that descriptors' formulas take.
struct Parameters {
  double eta = 0;     ///< of the coordinate asked about
  double sigma2 = 0;  ///< variance of one stochastic gradient
  double dt = 0;
  Options options;
  std::size_t coordinate = 0;  ///< which, for options with one value for each
  /// W P_cc of gradient weights and preconditioner: `eta` has it in it, and gradients in the rule's own rows are as
  /// much larger than the loss's.
  double gain = 1;
};

/// A state row of a rule's own.
struct Row {
  std::string name;     ///< "v": the observable "v.x"
  bool shared = false;  ///< one for the particle, not one for each coordinate: the observable is the name itself
};

/// What a rule's steps lead to.
enum class Stationary {
  gibbs,  ///< exp(-L / T_eff) as the step goes to 0
  own,    ///< a law without a temperature
  none,   ///< the rule anneals itself, or has no noise
};

struct Descriptor {
  std::string name;
  std::string on_examples;          ///< what it is called on batches of examples; "": the same
  std::string formula;              ///< the update, in one line of text
  std::string source;               ///< lecture file or paper
  std::string temperature_formula;  ///< "eta sigma^2 / 2"; where there is none, why
  std::string stability_formula;    ///< "eta h < 2", h being the curvature
  std::vector<Row> rows;            ///< own rows beside the position
  std::vector<NumberOption> numbers;
  std::vector<ChoiceOption> choices;
  std::vector<std::string> flags;
  bool preconditioned = false;  ///< takes --preconditioner and --gradient-weights: it steps by stochastic_gradient()
  bool decouples = false;       ///< takes --decoupled: it steps from position(c)
  bool stochastic = true;       ///< has noise
  bool gaussian_only = false;   ///< other noise laws would make it wrong, as would noise that differs by coordinate
  bool uses_dt = false;         ///< steps by --dt; then time advances by dt a step, else by eta
  bool uses_eta = true;         ///< no: it sets its own rates, --eta and --schedule are errors, and time counts steps
  Stationary stationary = Stationary::gibbs;
  /// Effective temperature T_eff for this learning rate and noise. Proportional to sigma2 where corrected_virial is
  /// set.
  std::function<double(const Parameters&)> temperature;
  /// What multiplies v^2 / 2 in the kinetic energy whose mean is T_eff / 2 for each coordinate, to leading order: the
  /// mass, for integrators. Set if the first own row is a velocity.
  std::function<double(const Parameters&)> mass;
  /// Learning rate (or dt) of the overdamped equation that the rule follows at leading order, per step: eta for sgd,
  /// eta / (1 - mu) for momentum. Empty: burn-in cannot be chosen.
  std::function<double(const Parameters&)> overdamped_step;
  /// Share of decoupled weight decay in the potential that the positions see; empty: 1.
  std::function<double(const Parameters&)> decay_share;
  /// For rules that are not linear on a quadratic: the factor by which a deviation shrinks per step at curvature h.
  /// Empty: the spectral radius of the step itself (linear_map.hpp).
  std::function<double(const Parameters&, double h)> contraction;
  /// Start of the own rows (in the order of the state, without the positions); draw(k) gives standard normals, k < 1.
  /// Empty: 0.
  std::function<std::vector<loss::NodeId>(StepBuilder&)> start;
  /// One observable for each coordinate, whose sum has over the stationary chain exactly the sum of T_eff as its mean,
  /// at every step, for any loss and zero-mean noise ("corrected virial"). Each by itself has the T_eff of its
  /// coordinate unless a preconditioner mixes the coordinates. Empty where there is none.
  std::function<std::vector<loss::NodeId>(StepBuilder&)> corrected_virial;
  /// New value of every state row: positions first, then the rule's own rows.
  std::function<std::vector<loss::NodeId>(StepBuilder&)> build;

  /// Number of state rows in D dimensions.
  std::size_t state_rows(std::size_t dimension) const;
  /// State row of quantity q (as StepBuilder::state) of coordinate c.
  std::size_t row_of(std::size_t quantity, std::size_t c, std::size_t dimension) const;
};

/// All registered dynamics, in the order of registration (src/dynamics/registry.cpp: one line each).
std::span<const Descriptor> registry();
/// InputError with the nearest name if there is none.
const Descriptor& find(const std::string& name);

}  // namespace isotherm::dynamics
