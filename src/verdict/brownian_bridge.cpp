#include "verdict/brownian_bridge.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

namespace isotherm::verdict {
namespace {

constexpr std::size_t most_steps = 256;

/// Normal draws by Box and Muller, since std::normal_distribution differs between standard libraries.
class NormalDraws {
 public:
  double operator()() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2 * std::log(uniform())), angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    has_spare_ = true;
    return radius * std::cos(angle);
  }

 private:
  double uniform() { return (static_cast<double>(generator_() >> 12) + 0.5) * 0x1p-52; }

  std::mt19937_64 generator_;
  double spare_ = 0;
  bool has_spare_ = false;
};

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

  constexpr int bridges = 4000;
  NormalDraws draw;
  std::vector<double> scale, path(points.steps.size());
  for (const double step : points.steps) scale.push_back(std::sqrt(step));
  double sum = 0;
  for (int bridge = 0; bridge < bridges; ++bridge) {
    double end = 0;
    for (std::size_t i = 0; i < path.size(); ++i) path[i] = end += scale[i] * draw();
    double time = 0, largest = 0;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      time += points.steps[i];
      largest = std::max(largest, std::abs(path[i] - time * end));
    }
    sum += largest;
  }
  return sum / bridges + points.gain;
}

}  // namespace isotherm::verdict
