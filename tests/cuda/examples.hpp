#pragma once
// Simulations for the tests of the CUDA engine, each in a few words.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/simulation.hpp"

namespace isotherm::test {

struct Example {
  std::string loss = "double-well";  ///< expression or catalogue name
  std::string dynamics = "sgd";
  Precision precision = Precision::single;
  double eta = 0.05, sigma = 1.5;
  bool noise = true;
  bool scheduled = false;  ///< eta falls from step to step, so that there are step-level constants
  engine::DrawLayout::Law start = engine::DrawLayout::Law::normal;
  std::uint64_t particles = 1000, seed = 7;
  std::uint64_t burn_in = 6, steps = 34, thinning = 3;
  /// Of one or two axes each; empty: 64 bins on [-2, 2] of the first coordinate.
  std::vector<std::vector<Axis>> histograms;
};

engine::Simulation make_simulation(const Example& example);

/// Every loss of the catalogue with every registered dynamics, with and without noise, float and double, and a name.
std::vector<Example> conformance_examples();
std::string describe(const Example& example);

}  // namespace isotherm::test
