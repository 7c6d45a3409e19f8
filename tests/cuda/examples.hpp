#pragma once
// Simulations for the tests of the CUDA engine, planned as a run plans them, each in a few words.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "engine/simulation.hpp"

namespace isotherm::test {

struct Example {
  std::string loss = "double-well";  ///< expression or catalogue name
  std::map<std::string, std::string> set = {};
  std::string dynamics = "sgd";
  Precision precision = Precision::single;
  double eta = 0.05, sigma = 1.5;  ///< each where the dynamics, the schedule and the noise leave it open
  std::string noise = "gaussian";
  std::string schedule = "";
  InitialRequest start = {"normal", {0.125, 0.75}};
  std::uint64_t particles = 1000, seed = 7;
  std::uint64_t burn_in = 6, steps = 34, thinning = 3;
  /// Of one or two axes each; empty: 64 bins on [-2, 2] of the first coordinate.
  std::vector<std::vector<Axis>> histograms = {};
  std::string variant = "";  ///< what `change` does, in words
  std::function<void(Experiment&)> change = {};
};

/// A loss whose gradient uses every operation of the lane.
inline constexpr char every_function[] =
    "exp(-x^2/2) + log(1+x^2)/4 + sin(3*x)*cos(2*y) + tanh(x*y) + (1+y^2)^1.25 + min(x, y)/max(1+x^2, 2+y) + "
    "abs(x-y)*sqrt(2+y^2) + x^4";

/// Throws what make_plan throws.
engine::Simulation make_simulation(const Example& example);

/// What is registered, in float and double, each list around the loss and the dynamics given: every loss of the
/// catalogue; every dynamics, as it is and with each of its choices and flags; every law of the noise, one draw and a
/// batch; every schedule.
std::vector<Example> every_loss(const Example& base = {});
std::vector<Example> every_dynamics(const Example& base = {});
/// Every loss with every dynamics as it is, in float.
std::vector<Example> every_pair(const Example& base = {});
std::vector<Example> every_law(const Example& base = {});
std::vector<Example> every_schedule(const Example& base = {});
/// Running averages of every kind on two axes, over windows that overlap launches.
Example with_averages(const Example& base = {});

/// Regressions over a table made up for them, of `columns` columns and `rows` rows: of y on a1, a2 ... with the
/// parameters w0, w1 ..., least squares, or where `classifies` the logistic loss of y = -1, 1. `sampling` "": with
/// replacement.
struct Regression {
  std::size_t rows = 80, columns = 2;
  std::string sampling = "";
  std::uint64_t batch_size = 4;
  bool classifies = false;
  bool counts_loss = true;  ///< in a histogram; of least squares that has as many terms as there are pairs of columns
};
Example over_rows(const Regression& regression, const Example& base = {});

/// Every way to choose rows, of tables with up to 256 rows and with more, and last batches of an epoch that are short,
/// some of one row; least squares and logistic, whose loss is a sum over all rows. Last: other dynamics, and noise
/// beside the examples.
std::vector<Example> every_sampling(const Example& base = {});

/// Examples drawn fresh, of laws of every raw law and of several, and batches that end inside a Philox block.
std::vector<Example> every_fresh_law(const Example& base = {});

std::string describe(const Example& example);

/// On two coordinates: one and two axes, periodic ones, of expressions that are not finite everywhere, with more slots
/// than fit in shared memory, and with more than are counted by group.
std::vector<std::vector<Axis>> every_kind_of_histogram();

inline void PrintTo(const Example& example, std::ostream* out) { *out << describe(example); }

inline std::string test_name(const testing::TestParamInfo<Example>& info) {
  std::string name = describe(info.param);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

}  // namespace isotherm::test
