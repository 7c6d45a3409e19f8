#pragma once
// Speed of whole simulations, each against the limit of the machine. A case is an experiment as `isotherm run` would
// have it, and takes the same way: plan, engine, histograms, snapshot at the end.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/issue.hpp"
#include "bench/machine.hpp"
#include "bench/memory.hpp"
#include "bench/operations.hpp"
#include "bench/stopwatch.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm::bench {

struct Case {
  std::string name;       ///< "noise/rademacher": what differs from the first case, the double well
  Experiment experiment;  ///< steps 0: as many as take the time of the effort
  /// The experiment goes on linear regression (LinearRegression) with this number of rows; 0: fresh examples.
  std::optional<std::uint64_t> rows;
};

struct CaseRequest {
  Precision precision = Precision::single;  ///< of cases that do not have their own
  int threads = 0;                          ///< of the cases measured on several; 0: all
  bool quick = false;                       ///< fewer and shorter cases
  std::string pattern;                      ///< cases whose names contain it; "": all
  std::string simd;                         ///< CPU target to force, or "" for the best
  Effort effort;
};

/// Of loss, dynamics, dimension, precision, histogram, noise, examples, particles and steps. InputError if the pattern
/// fits none.
std::vector<Case> cases(const CaseRequest& request);

struct CaseSpeed {
  std::string name;
  Experiment experiment;  ///< as measured
  std::string backend;
  int threads = 1;
  std::size_t dimension = 1;
  double seconds = 0;  ///< of the fastest run, by the clock on the wall
  double particle_steps = 0;
  double examples_per_step = 0;  ///< of a particle, on average; 0: without examples
  Operations operations;         ///< of a particle-step
  std::optional<double> limit;   ///< particle-steps per second
  std::string bound;             ///< what makes the limit
  Memory memory;

  double particle_steps_per_second() const { return particle_steps / seconds; }
  double examples_per_second() const { return examples_per_step * particle_steps_per_second(); }
  /// Of one core: on several threads their times add up.
  double seconds_per_particle_step() const { return seconds * threads / particle_steps; }
};

struct CaseReport {
  Machine machine;
  double frequency = 0;                     ///< cycles per second
  std::string simd;                         ///< target of the CPU in use
  std::map<std::string, IssueRates> issue;  ///< by precision, where the target has them
  std::string device;                       ///< GPU, or ""
  std::optional<double> device_operations;  ///< that it issues each second: SMs x 4 x 32 x clock
  std::vector<CaseSpeed> cases;

  /// Largest by smallest time of a particle-step among cases named `group`/N with first <= N <= last, on one backend
  /// with one number of threads (the first such case's); nothing if there are fewer than two.
  std::optional<double> spread(const std::string& group, double first, double last) const;
};

/// `on_measured` is called with each name before it is measured.
CaseReport measure_cases(const CaseRequest& request, const std::function<void(const std::string&)>& on_measured = {});

}  // namespace isotherm::bench
