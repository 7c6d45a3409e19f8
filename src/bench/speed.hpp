#pragma once
// Particle-steps per second of every dynamics on the double well, and the time that its parts explain.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/costs.hpp"

namespace isotherm::bench {

struct SpeedRequest {
  Precision precision = Precision::single;
  int threads = 0;   ///< 0: all
  std::string simd;  ///< CPU target to force, or "" for the best
  Effort effort;
};

struct DynamicsSpeed {
  std::string name;
  std::size_t numbers = 0;                        ///< random numbers of a step
  std::size_t gradients = 0;                      ///< places at which a step takes the gradient
  std::size_t state_rows = 0;                     ///< numbers that a particle carries
  std::map<std::string, std::size_t> operations;  ///< by code
  double seconds = 0;                             ///< of a particle-step on one thread
  double seconds_all_threads = 0;
  double explained = 0;  ///< the sum of the costs of its parts, on one thread
  double ratio() const { return seconds / explained; }
};

struct SpeedReport {
  std::string device, simd, precision;
  int threads = 1;
  double loop = 0, copy = 0;                 ///< seconds per particle
  std::map<std::string, double> numbers;     ///< of one random number, by law
  std::map<std::string, double> operations;  ///< of one row operation, by name_of
  std::vector<DynamicsSpeed> dynamics;       ///< every registered one, in order
};

/// May take half a minute. `on_measured` is called with each name before it is measured.
SpeedReport measure_speed(const SpeedRequest& request, const std::function<void(const std::string&)>& on_measured = {});

}  // namespace isotherm::bench
