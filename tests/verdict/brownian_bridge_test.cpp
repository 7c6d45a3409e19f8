#include "verdict/brownian_bridge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

TEST(BrownianBridge, AtOnePointIsAMeanDeviation) {
  for (const double t : {0.1, 0.5, 0.8})
    EXPECT_NEAR(mean_largest_bridge(std::vector{t, 1 - t}), std::sqrt(2 / std::numbers::pi * t * (1 - t)),
                0.05 * std::sqrt(t * (1 - t)));
}

TEST(BrownianBridge, ApproachesKolmogorovsMean) {
  const std::size_t steps = 1000000;
  const double mean = mean_largest_bridge(std::vector<double>(steps, 1.0 / steps));
  EXPECT_NEAR(mean, std::sqrt(std::numbers::pi / 2) * std::numbers::ln2, 0.008);
}

TEST(BrownianBridge, VanishesWithoutAnEdgeInside) {
  EXPECT_EQ(mean_largest_bridge(std::vector<double>{1}), 0);
  EXPECT_EQ(mean_largest_bridge(std::vector<double>{0, 1, 0, 0}), 0);
}

// 20000 bridges each; 5 standard errors with those of the 4000.
TEST(BrownianBridge, AgreesWithSimulation) {
  std::vector<std::vector<double>> cases = {{.25, .25, .25, .25}, {.1, .6, .3}, {.02, .02, .9, .01, .05}};
  cases.emplace_back(80, 1 / 80.0);
  cases.emplace_back(600, 1 / 600.0);  // taken together by three
  cases.emplace_back(40, 0.0125);
  cases.back().push_back(0.5);
  for (const auto& steps : cases) {
    Draws draws(5);
    std::vector<double> largest;
    for (int bridge = 0; bridge < 20000; ++bridge) {
      std::vector<double> path;
      double position = 0;
      for (const double step : steps) path.push_back(position += std::sqrt(step) * draws.normal());
      double time = 0, maximum = 0;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        time += steps[i];
        maximum = std::max(maximum, std::abs(path[i] - time * position));
      }
      largest.push_back(maximum);
    }
    const MomentSum sum = moments_of(largest);
    const double standard_error = std::sqrt(sum.variance() * (1 / sum.count + 1 / 4e3));
    EXPECT_NEAR(mean_largest_bridge(steps), sum.mean, 5 * standard_error) << steps.size();
  }
}

}  // namespace
}  // namespace isotherm::verdict
