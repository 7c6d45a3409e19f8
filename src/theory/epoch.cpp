#include "theory/epoch.hpp"

#include <algorithm>

#include "theory/affine_chain.hpp"

namespace isotherm::theory {

using Eigen::MatrixXd;

Epoch::Epoch(MatrixXd a, MatrixXd gain, MatrixXd example_covariance, MatrixXd noise, std::uint64_t examples,
             std::uint64_t batch_size)
    : a_(std::move(a)),
      gain_(std::move(gain)),
      covariance_(std::move(example_covariance)),
      noise_(std::move(noise)),
      examples_(examples),
      batch_size_(batch_size),
      updates_((examples + batch_size - 1) / batch_size) {
  const Part whole = first(updates_);
  end_ = solve_discrete_lyapunov(whole.power, noise_after(whole));
}

Epoch::Part Epoch::empty() const {
  const MatrixXd zero = MatrixXd::Zero(a_.rows(), a_.rows());
  return {0, MatrixXd::Zero(gain_.rows(), gain_.cols()), zero, zero, MatrixXd::Identity(a_.rows(), a_.rows())};
}

Epoch::Part Epoch::update(std::uint64_t position) const {
  const auto count = static_cast<double>(std::min(batch_size_, examples_ - (position - 1) * batch_size_));
  return {count, gain_ / count, MatrixXd::Zero(a_.rows(), a_.rows()), noise_, a_};
}

Epoch::Part Epoch::joined(const Part& before, const Part& after) const {
  const double count = before.count + after.count;
  const MatrixXd moved = after.power * before.mean, apart = after.mean - moved;
  const double weight = after.count / count;
  const auto carried = [&](const MatrixXd& matrix) -> MatrixXd {
    return after.power * matrix * after.power.transpose();
  };
  return {count, moved + weight * apart,
          carried(before.scatter) + after.scatter + before.count * weight * apart * covariance_ * apart.transpose(),
          carried(before.independent) + after.independent, after.power * before.power};
}

Epoch::Part Epoch::first(std::uint64_t updates) const {
  // All but the last update of an epoch have whole batches.
  const std::uint64_t whole = std::min(updates, updates_ - 1);
  Part sum = empty(), doubled = update(1);
  for (std::uint64_t left = whole; left > 0; left /= 2) {
    if (left % 2 == 1) sum = joined(sum, doubled);
    if (left > 1) doubled = joined(doubled, doubled);
  }
  return updates > whole ? joined(sum, update(updates_)) : sum;
}

MatrixXd Epoch::noise_after(const Part& part) const {
  const auto n = static_cast<double>(examples_);
  if (examples_ == 1) return part.independent;
  const double rest = n - part.count;
  return n / (n - 1) * (part.scatter + part.count * rest / n * part.mean * covariance_ * part.mean.transpose()) +
         part.independent;
}

MatrixXd Epoch::covariance_after(std::uint64_t position) const { return finished(first(position)); }

}  // namespace isotherm::theory
