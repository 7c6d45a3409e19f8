#pragma once
// What the user asked for, as plain data. Every field is one option of `isotherm run` and one key of the experiment
// file, under the same name with '-' for '_'. Nothing here is resolved: make_plan (src/experiment/plan.hpp) does that.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isotherm {

enum class Precision { single, twofold };  ///< "float" and "double" on the command line
enum class Backend { automatic, cpu, cuda };

/// "x:200:-2:2", "x:100:-2:2,y:100:-2:2", "x:64:0:6.28:periodic", or "x" alone (bins and range chosen).
struct AxisRequest {
  std::string expression;
  std::optional<std::uint64_t> bins;
  std::optional<double> lower, upper;
  bool periodic = false;
};
using HistogramRequest = std::vector<AxisRequest>;  ///< one or two axes

/// "name:A,B", e.g. "point:V", "normal:M,S", "uniform:A,B"; one for all coordinates or one for each.
struct InitialRequest {
  std::string law;
  std::vector<double> parameters;
};

struct Experiment {
  std::string loss;                        ///< expression or catalogue name
  std::vector<std::string> coordinates;    ///< empty: found in the expression
  std::map<std::string, std::string> set;  ///< NAME -> VALUE; a number, or a matrix "a,b;b,c"
  std::string dynamics = "sgd";
  std::vector<double> eta;   ///< empty: 0.1; one value, or one for each coordinate
  std::string schedule;      ///< "constant" (""), "power:0.5,0.75", ...; see isotherm list schedules
  std::optional<double> dt;  ///< integrators: default eta / 10; gradient-flow: default eta
  // Options of single rules; empty: the rule's own default (see isotherm list dynamics).
  std::optional<double> mu, beta1, beta2, epsilon, friction, largest_weight;
  std::optional<std::uint64_t> window;
  std::vector<double> mass, lipschitz;      ///< one value, or one for each coordinate
  std::string parameterization, scheme;     ///< of momentum; of underdamped
  bool no_bias_correction = false;          ///< adam
  bool literal = false;                     ///< mcallester
  std::optional<double> weight_decay;       ///< lambda: the loss gains lambda |x|^2 / 2
  bool decoupled = false;                   ///< weight decay shrinks positions instead
  std::string preconditioner;               ///< "a,b;b,c", or a diagonal "a,b"
  std::vector<double> gradient_weights;     ///< the step is that combination of as many gradients
  std::optional<double> temperature;        ///< sets sigma = sqrt(2 T / eta)
  std::string noise = "gaussian";           ///< law, with its parameter: "student-t:5"
  std::optional<std::uint64_t> batch_size;  ///< draws or examples that one gradient is the mean of
  std::string data;                         ///< file of examples that the loss is the mean over; "": none
  std::vector<std::string> random;          ///< laws of examples drawn fresh, "NAME=LAW"
  std::string sampling;                     ///< with-replacement (""), without-replacement, reshuffle
  std::string target;                       ///< of a model: a column, or an expression of columns; "": the last
  std::vector<std::string> features;        ///< likewise; empty: all columns that are not in the target
  bool standardize = false;                 ///< columns to mean 0 and variance 1
  std::string sigma;       ///< "" (1), a number, "1,2" by coordinate, or an expression of the coordinates
  std::string covariance;  ///< "a,b;b,c" instead of sigma
  std::uint64_t particles = 1 << 20;
  std::uint64_t steps = 1000;            ///< after burn-in
  std::optional<std::uint64_t> burn_in;  ///< empty: automatic
  std::uint64_t thinning = 10;
  std::vector<std::uint64_t> snapshots;
  std::vector<InitialRequest> init;  ///< empty: chosen
  std::uint64_t seed = 1;
  Precision precision = Precision::single;
  Backend backend = Backend::automatic;
  std::uint64_t threads = 0;  ///< 0: all
  int device = 0;
  std::uint64_t chunk = 0;                  ///< particles in memory at a time; 0: chosen
  std::vector<HistogramRequest> histogram;  ///< empty: each coordinate and the loss
  double alpha = 0.5;                       ///< of the Gibbs prediction
  std::string output = "isotherm-output";
  std::vector<std::string> format = {"json"};
  bool keep_positions = false;                ///< positions.npy: of every particle at the last step
  std::optional<std::uint64_t> track;         ///< tracks.npy: of so many particles at every sample
  std::string expect;                         ///< "consistent:PREDICTION"
  std::optional<double> checkpoint_interval;  ///< seconds; empty: 60, and at most 2 % of the time
  bool quiet = false;
  bool draw = false;  ///< the density on standard output, even where that is no terminal
  bool json = false;
  bool dry_run = false;
  bool log = false;
};

}  // namespace isotherm
