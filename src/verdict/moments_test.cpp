#include "verdict/moments_test.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <vector>

#include "verdict/batch_means.hpp"
#include "verdict/hotelling.hpp"

namespace isotherm::verdict {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index most_coordinates = 6, most_axes = 12;

MomentsTest refusal(std::string reason) {
  MomentsTest result;
  result.test.not_applicable = std::move(reason);
  return result;
}

/// E z and E z z', z = W (x - m).
struct Moments {
  VectorXd mean;
  MatrixXd square;
};

Moments whitened(const ComomentSum& sum, const MatrixXd& w, const VectorXd& m) {
  const Index d = m.size();
  const Eigen::Map<const MatrixXd> comoment(sum.comoment.data(), d, d);
  const VectorXd mean = w * (Eigen::Map<const VectorXd>(sum.mean.data(), d) - m);
  return {mean, w * comoment * w.transpose() / sum.count + mean * mean.transpose()};
}

std::vector<double> quantities(const Moments& moments) {
  const Index d = moments.mean.size();
  const bool all = d <= most_coordinates;
  const Index axes = all ? d : most_axes;
  std::vector<double> values(moments.mean.data(), moments.mean.data() + axes);
  for (Index i = 0; i < axes; ++i)
    for (Index j = all ? 0 : i; j <= i; ++j) values.push_back(moments.square(i, j));
  if (!all) values.push_back(moments.square.trace() / static_cast<double>(d));
  return values;
}

VectorXd as_vector(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Index>(values.size()));
}

}  // namespace

MomentsTest moments_test(const Snapshot& snapshot, std::span<const double> mean, std::span<const double> covariance) {
  const auto d = static_cast<Index>(mean.size());
  const ComomentSum& total = snapshot.coordinates;
  if (total.mean.size() != mean.size() || covariance.size() != mean.size() * mean.size())
    return refusal("the covariance of so many coordinates is not compared");
  if (!(total.count > 1)) return refusal("no particle with a finite value was counted");
  const VectorXd m = Eigen::Map<const VectorXd>(mean.data(), d);
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(Eigen::Map<const MatrixXd>(covariance.data(), d, d));
  if (!(eigen.eigenvalues()[0] > 1e-12 * eigen.eigenvalues()[d - 1]))
    return refusal("the expected covariance is singular");
  // The axes that vary most come first.
  const MatrixXd w = (eigen.eigenvalues().cwiseSqrt().cwiseInverse().asDiagonal() * eigen.eigenvectors().transpose())
                         .colwise()
                         .reverse();

  MomentsTest result;
  const Moments measured = whitened(total, w, m);
  const MatrixXd relative = measured.square - measured.mean * measured.mean.transpose();
  const VectorXd stretched = Eigen::SelfAdjointEigenSolver<MatrixXd>(relative).eigenvalues();
  result.distance = MomentDistance{measured.mean.norm(), (stretched.array() - 1).abs().maxCoeff()};
  const auto size = static_cast<double>(d);
  result.kl_divergence =
      0.5 * std::max(0.0, (stretched.array() - 1 - stretched.array().log()).sum() + measured.mean.squaredNorm());
  result.kl_floor = (size + size * (size + 1) / 2) / (2 * total.count);

  std::vector<double> sizes;
  for (const ComomentSum& group : snapshot.coordinate_groups) sizes.push_back(group.count);
  const std::vector<std::size_t> groups = balanced_groups(sizes);
  if (groups.size() < fewest_groups) {
    result.test.not_applicable = "moments need at least " + std::to_string(fewest_groups) +
                                 " groups of 256 particles, here are " + std::to_string(groups.size());
    return result;
  }
  const VectorXd expected = as_vector(quantities({VectorXd::Zero(d), MatrixXd::Identity(d, d)}));
  MatrixXd by_group(static_cast<Index>(groups.size()), expected.size());
  VectorXd counts(by_group.rows());
  for (Index row = 0; row < by_group.rows(); ++row) {
    const ComomentSum& group = snapshot.coordinate_groups[groups[static_cast<std::size_t>(row)]];
    by_group.row(row) = as_vector(quantities(whitened(group, w, m)));
    counts[row] = group.count;
  }
  result.test = hotelling_test(by_group, counts, expected);
  return result;
}

}  // namespace isotherm::verdict
