#include "verdict/hotelling.hpp"

namespace isotherm::verdict {

TestResult hotelling_test(const Eigen::MatrixXd& by_group, const Eigen::VectorXd& sizes,
                          const Eigen::VectorXd& expected) {
  TestResult test;
  const auto count = static_cast<double>(by_group.rows());
  const double total = sizes.sum();
  const Eigen::VectorXd mean = by_group.transpose() * sizes / total;
  const Eigen::VectorXd difference = mean - expected;
  const Eigen::MatrixXd scatter = by_group.rowwise() - mean.transpose();
  const Eigen::MatrixXd covariance = scatter.transpose() * sizes.asDiagonal() * scatter / (count - 1);

  // Singular is judged on the correlations, so that a rare bin is no reason.
  constexpr double singular = 1e-10;
  const Eigen::VectorXd deviation = covariance.diagonal().cwiseSqrt();
  if (!(deviation.minCoeff() > 0)) {
    test.not_applicable = "the groups of particles do not differ";
    return test;
  }
  const Eigen::VectorXd inverse = deviation.cwiseInverse();
  const Eigen::MatrixXd correlation = inverse.asDiagonal() * covariance * inverse.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> modes(correlation);
  if (modes.eigenvalues()[0] < singular) {
    test.not_applicable = "the covariance between groups of particles is singular";
    return test;
  }
  const Eigen::VectorXd projections = modes.eigenvectors().transpose() * inverse.cwiseProduct(difference);
  test.statistic = total * (projections.array().square() / modes.eigenvalues().array()).sum();
  test.degrees_of_freedom = static_cast<double>(by_group.cols());
  const double denominator = count - test.degrees_of_freedom;
  test.p = f_tail(test.statistic * denominator / (test.degrees_of_freedom * (count - 1)), test.degrees_of_freedom,
                  denominator);
  return test;
}

}  // namespace isotherm::verdict
