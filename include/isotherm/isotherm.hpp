#pragma once
// The library in one header: an experiment in, its verdict out. `isotherm run` does the same and writes it down.
//
//     isotherm::Experiment experiment;
//     experiment.loss = "x^4/4 - x^2/2 + 0.05*x";
//     experiment.eta = {0.02};
//     const isotherm::Outcome outcome = isotherm::measure_temperature(experiment);
//     std::cout << outcome.statement << '\n';
//
// In CMake: find_package(isotherm REQUIRED), then link isotherm::isotherm.

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "isotherm/core/error.hpp"
#include "isotherm/experiment/control.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "isotherm/experiment/measurement.hpp"

namespace isotherm {

/// A number with its standard error.
struct Measured {
  double value = 0, standard_error = 0;
};

/// alpha = T / (2 T_eff), where T_eff is the temperature that theory gives the update rule; for sgd alpha = T / (eta
/// sigma^2). Those that do not apply are absent. Gibbs' law has 1/2 by all of them, the chain itself by the corrected
/// virial.
struct MeasuredAlpha {
  std::optional<Measured> maximum_likelihood, virial, corrected_virial, configurational;
};

/// One histogram beside one prediction.
struct Agreement {
  std::string observable;                 ///< "x", "loss", "x@last", ...
  std::string prediction;                 ///< "gibbs", "exact-chain", ...
  double total_variation = 0;             ///< in [0, 1]; NaN where the prediction does not know this histogram
  double total_variation_from_noise = 0;  ///< what sampling noise alone would give, on average
  std::optional<double> p_value;
};

struct Outcome {
  Experiment experiment;  ///< with every default resolved: measuring it again gives the same bits
  MeasuredAlpha alpha;    ///< from all particles at the last step
  std::vector<Agreement> agreements;
  /// By prediction: "consistent", "rejected" or "not applicable".
  std::map<std::string, std::string> verdict;
  std::string statement;              ///< the verdict in sentences
  std::vector<std::string> warnings;  ///< stability bound, unverified burn-in, ...
  Measurement measurement;            ///< histograms and sums
};

/// Control::stop was set.
class MeasurementStopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Moves the particles, counts them, and compares with theory. Writes nothing, installs no signal handler. Throws
/// InputError where the experiment makes no sense, RunError where it fails (particles that leave for infinity), and
/// MeasurementStopped.
Outcome measure_temperature(const Experiment& experiment, const Control& control = {});

}  // namespace isotherm
