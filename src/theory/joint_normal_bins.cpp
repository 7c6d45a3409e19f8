#include "theory/joint_normal_bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "theory/axis_cuts.hpp"
#include "theory/gaussian_law.hpp"
#include "theory/normal_bins.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The line in intervals, each inside one slot.
struct Cuts {
  std::vector<double> standardized;
  std::vector<std::size_t> slots;  // of the interval after each cut but the last
};

std::optional<Cuts> cut(const Axis& axis, double mean, double deviation) {
  const double reach = 9 * deviation;
  const auto edges =
      axis.periodic ? edges_between(axis, mean - reach, mean + reach) : edges_between(axis, -infinity, infinity);
  if (!edges) return std::nullopt;
  Cuts cuts;
  const auto at = [&](double edge) { return (edge - mean) / deviation; };
  cuts.standardized.push_back(-infinity);
  for (const double edge : *edges) cuts.standardized.push_back(at(edge));
  cuts.standardized.push_back(infinity);
  for (std::size_t i = 0; i + 1 < cuts.standardized.size(); ++i) {
    if (edges->empty()) {
      cuts.slots.push_back(slot(axis, mean));
    } else if (i == 0) {
      cuts.slots.push_back(slot(axis, edges->front() - 0.5 * axis.width()));
    } else if (i == edges->size()) {
      cuts.slots.push_back(slot(axis, edges->back() + 0.5 * axis.width()));
    } else {
      cuts.slots.push_back(slot(axis, std::midpoint((*edges)[i - 1], (*edges)[i])));
    }
  }
  return cuts;
}

}  // namespace

BinProbabilities joint_normal_bins(const std::vector<Axis>& axes, const Eigen::VectorXd& mean,
                                   const Eigen::MatrixXd& covariance) {
  const auto deviation = [&](Eigen::Index i) {
    return std::max(std::sqrt(covariance(i, i)), std::numeric_limits<double>::min());
  };
  if (axes.size() == 1) {
    std::vector<Axis> shifted = axes;
    shifted[0].lower -= mean[0];
    shifted[0].upper -= mean[0];
    BinProbabilities result = normal_bins(shifted, deviation(0));
    result.axes = axes;
    return result;
  }
  BinProbabilities result{axes, {}, ""};
  const auto rows = cut(axes[0], mean[0], deviation(0)), columns = cut(axes[1], mean[1], deviation(1));
  if (!rows || !columns) {
    result.not_applicable = "the law is wider than a million bins of the periodic axis";
    return result;
  }
  const double rho = std::clamp(covariance(0, 1) / (deviation(0) * deviation(1)), -1 + 1e-15, 1 - 1e-15);
  const std::size_t width = columns->standardized.size();
  std::vector<double> below;
  for (const double row : rows->standardized)
    for (const double column : columns->standardized) below.push_back(bivariate_normal(row, column, rho));
  result.probabilities.resize(axes[0].extent() * axes[1].extent());
  for (std::size_t i = 0; i < rows->slots.size(); ++i)
    for (std::size_t j = 0; j < columns->slots.size(); ++j) {
      const double* corner = &below[i * width + j];
      result.probabilities[rows->slots[i] * axes[1].extent() + columns->slots[j]] +=
          std::max(0.0, (corner[width + 1] - corner[width]) - (corner[1] - corner[0]));
    }
  const double total = std::accumulate(result.probabilities.begin(), result.probabilities.end(), 0.0);
  for (double& p : result.probabilities) p /= total;
  return result;
}

}  // namespace isotherm::theory
