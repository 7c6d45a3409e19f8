#include "verdict/brownian_bridge.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <random>
#include <vector>

namespace isotherm::verdict {
namespace {

constexpr std::size_t most_steps = 256;

constexpr std::size_t bridges = 4000;

/// Standard normal draws, `bridges` for each step: always the same ones, made once. By Box and Muller, since
/// std::normal_distribution differs between standard libraries.
const std::vector<double>& normal_draws() {
  static const std::vector<double> draws = [] {
    std::mt19937_64 generator;
    const auto uniform = [&] { return (static_cast<double>(generator() >> 12) + 0.5) * 0x1p-52; };
    std::vector<double> values((most_steps + 1) * bridges);
    for (std::size_t i = 0; i < values.size(); i += 2) {
      const double radius = std::sqrt(-2 * std::log(uniform())), angle = 2 * std::numbers::pi * uniform();
      values[i] = radius * std::cos(angle);
      values[i + 1] = radius * std::sin(angle);
    }
    return values;
  }();
  return draws;
}

struct CoarseSteps {
  std::vector<double> steps;
  double gain = 0;  ///< of the maximum over the fine steps
};

CoarseSteps coarsen(std::span<const double> steps) {
  constexpr double smallest = 1.0 / most_steps, lattice_gain = 0.5825971579390107;
  CoarseSteps coarse;
  double sum = 0, fine = 0;
  const auto close = [&] {
    coarse.steps.push_back(sum);
    coarse.gain += lattice_gain * (std::pow(sum, 1.5) - fine);
    sum = fine = 0;
  };
  for (const double step : steps) {
    if (sum >= smallest) close();
    sum += step;
    fine += std::pow(step, 1.5);
  }
  close();
  return coarse;
}

}  // namespace

double mean_largest_bridge(std::span<const double> steps) {
  CoarseSteps points;
  std::copy_if(steps.begin(), steps.end(), std::back_inserter(points.steps), [](double step) { return step > 0; });
  if (points.steps.size() < 2) return 0;
  if (points.steps.size() > most_steps) points = coarsen(points.steps);

  // All bridges side by side, so that each step is one loop over them.
  const std::vector<double>& draws = normal_draws();
  std::vector<double> end(bridges), path(bridges), largest(bridges);
  for (std::size_t i = 0; i < points.steps.size(); ++i) {
    const double scale = std::sqrt(points.steps[i]);
    for (std::size_t b = 0; b < bridges; ++b) end[b] += scale * draws[i * bridges + b];
  }
  double time = 0;
  for (std::size_t i = 0; i + 1 < points.steps.size(); ++i) {
    const double scale = std::sqrt(points.steps[i]);
    time += points.steps[i];
    for (std::size_t b = 0; b < bridges; ++b) {
      path[b] += scale * draws[i * bridges + b];
      largest[b] = std::max(largest[b], std::abs(path[b] - time * end[b]));
    }
  }
  return std::accumulate(largest.begin(), largest.end(), 0.0) / static_cast<double>(bridges) + points.gain;
}

}  // namespace isotherm::verdict
