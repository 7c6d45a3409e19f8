#include "theory/example_chain.hpp"

#include <algorithm>
#include <cmath>

#include "theory/epoch.hpp"
#include "theory/minima.hpp"
#include "theory/normal_law.hpp"

namespace isotherm::theory {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::string linearize(const ExampleStep& step, const VectorXd& guess, LinearExampleChain& chain) {
  const auto k = static_cast<Index>(step.means()), draws = static_cast<Index>(step.draws());
  const VectorXd mean = step.mean_value(guess);
  const MatrixXd slope = step.mean_slope(guess);
  if (!mean.allFinite() || !slope.allFinite())
    return "the gradient of the mean loss is not finite where it was looked at";
  const StepFunction map{step.rows(), step.means() + step.draws(),
                         [&](std::span<const double> state, std::span<const double> inputs, std::span<double> next) {
                           const Eigen::Map<const VectorXd> z(state.data(), guess.size());
                           const VectorXd means =
                               mean + slope * (z - guess) + Eigen::Map<const VectorXd>(inputs.data(), k);
                           step(state, {means.data(), step.means()}, inputs.subspan(step.means()), next);
                         }};
  chain.affine.radius = 0;
  const std::string reason = read_affine_chain(map, {guess.data(), step.rows()}, chain.affine);
  chain.gain = chain.affine.noise.leftCols(k);
  const MatrixXd added = chain.affine.noise.rightCols(draws);
  chain.extra = added * added.transpose();
  if (reason.empty() && chain.affine.multiplicative)
    return "the noise beside that of the examples depends on the state";
  return reason;
}

std::string linearize_at_fixed_point(const Chain& chain, LinearExampleChain& linear) {
  const ExampleStep& step = *chain.examples->step;
  if (step.changes()) return "the step changes with its number";
  if (!step.has_slopes())
    return "the curvature of each example in " + std::to_string(chain.problem->dimension()) +
           " coordinates takes too long; up to 50 are solved for";
  if (chain.minima.empty()) return why_no_minimum(*chain.problem);
  const std::vector<double>& lowest = chain.minima.front().point;
  VectorXd place = VectorXd::Zero(static_cast<Index>(step.rows()));
  std::copy(lowest.begin(), lowest.end(), place.begin());
  constexpr int most_iterations = 50;
  for (int i = 0; i < most_iterations; ++i) {
    if (std::string reason = linearize(step, place, linear); !reason.empty()) return reason;
    const double moved = (linear.affine.center - place).norm();
    place = linear.affine.center;
    if (step.is_affine() || !(moved > 1e-13 * (place.norm() + 1e-3))) return "";
  }
  return "the fixed point of the mean step was not found";
}

bool has_one_curvature(const ExampleStep::Population& slopes) {
  constexpr double rounding = 1e-28;
  return slopes.covariance.cwiseAbs().maxCoeff() <= rounding * slopes.mean.squaredNorm();
}

void fill_moments(const Chain& chain, const VectorXd& mean, const MatrixXd& covariance, Prediction& prediction) {
  const std::size_t dimension = chain.problem->dimension();
  const auto marginal = [&](Index row) {
    constexpr double rounding = 1e-12;  // of a mean of 0
    Marginal m;
    m.variance = covariance(row, row);
    m.mean = std::abs(mean[row]) > rounding * std::sqrt(*m.variance) ? mean[row] : 0;
    m.second_moment = *m.variance + *m.mean * *m.mean;
    return m;
  };
  prediction.coordinates = chain.problem->coordinates();
  for (std::size_t c = 0; c < dimension; ++c) prediction.marginals.push_back(marginal(static_cast<Index>(c)));
  for (const auto& [name, row] : own_rows(*chain.rule, *chain.problem)) prediction.own_rows[name] = marginal(row);
  const auto d = static_cast<Index>(dimension);
  const MatrixXd block = covariance.topLeftCorner(d, d);
  if (dimension <= maximum_covariance_dimension)
    prediction.covariance.assign(block.data(), block.data() + block.size());  // symmetric
  prediction.compares_moments = true;
}

MatrixXd covariance_in_epoch(const Chain& chain, const LinearExampleChain& linear, const MatrixXd& example_covariance,
                             const MatrixXd& curvature, Prediction& prediction) {
  constexpr double most_numbers = 1e6, most_work = 1e9;
  const ExampleChain& examples = *chain.examples;
  const Epoch epoch(linear.affine.a, linear.gain, example_covariance, linear.extra, examples.step->examples().rows,
                    examples.batch_size);
  const auto d = static_cast<Index>(chain.problem->dimension());
  EpochMoments moments;
  moments.updates = epoch.updates();
  moments.position = (examples.last_step + epoch.updates() - 1) % epoch.updates() + 1;
  const double updates = static_cast<double>(epoch.updates()), size = static_cast<double>(linear.affine.a.rows());
  if (updates * size * size * size <= most_work) {
    const bool keeps = updates * static_cast<double>(d * d) <= most_numbers;
    MatrixXd sum = MatrixXd::Zero(d, d);
    epoch.each([&](const MatrixXd& covariance) {
      const MatrixXd block = covariance.topLeftCorner(d, d);
      sum += block;
      if (keeps) moments.covariance_after.emplace_back(block.data(), block.data() + block.size());
    });
    const MatrixXd mean = sum / updates;
    moments.mean_covariance.assign(mean.data(), mean.data() + mean.size());
    if (chain.alpha_unit > 0)
      moments.alpha = (curvature.topLeftCorner(d, d) * mean).trace() / (static_cast<double>(d) * chain.alpha_unit);
  }
  MatrixXd here = epoch.covariance_after(moments.position);
  prediction.epoch = std::move(moments);
  return here;
}

}  // namespace isotherm::theory
