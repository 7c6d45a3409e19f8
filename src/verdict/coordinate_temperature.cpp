#include "verdict/coordinate_temperature.hpp"

#include <Eigen/Dense>
#include <cmath>

#include "verdict/tail.hpp"

namespace isotherm::verdict {
namespace {

/// Means divided by their standard errors, and the inverse of their correlations.
struct Standardized {
  Eigen::VectorXd error;
  Eigen::MatrixXd inverse;
  /// a' S^-1 b
  double product(const Eigen::VectorXd& a, const Eigen::VectorXd& b) const {
    return a.cwiseQuotient(error).dot(inverse * b.cwiseQuotient(error));
  }
};

TemperatureTest refusal(std::string reason) {
  TemperatureTest test;
  test.reason = std::move(reason);
  return test;
}

TemperatureTest hotelling(double statistic, std::size_t degrees, double particles) {
  const double q = static_cast<double>(degrees);
  const Tail p = f_tail(statistic * (particles - q) / (q * (particles - 1)), q, particles - q);
  return {statistic, q, p.probability, p.log10, Outcome::not_applicable, ""};
}

}  // namespace

CoordinateTemperatures coordinate_temperatures(const Snapshot& snapshot, const Scales& scales) {
  CoordinateTemperatures result;
  if (scales.dimension < 2) return result;
  const auto refuse = [&result](const std::string& reason) {
    result.one = result.expected = refusal(reason);
    return result;
  };
  const ComomentSum& sum = snapshot.coordinate_temperatures;
  const std::size_t dimension = sum.size();
  if (!scales.no_coordinate_temperatures.empty()) return refuse(scales.no_coordinate_temperatures);
  if (dimension != scales.dimension || !(sum.count > static_cast<double>(dimension)))
    return refuse("there are too few particles");

  const auto size = static_cast<Eigen::Index>(dimension);
  const Eigen::VectorXd mean = Eigen::Map<const Eigen::VectorXd>(sum.mean.data(), size);
  const Eigen::MatrixXd covariance =
      Eigen::Map<const Eigen::MatrixXd>(sum.comoment.data(), size, size) / ((sum.count - 1) * sum.count);
  Standardized standardized;
  standardized.error = covariance.diagonal().cwiseSqrt();
  if (!mean.allFinite() || !covariance.allFinite()) return refuse("a temperature is not finite");
  if (!(standardized.error.minCoeff() > 0)) return refuse("a coordinate has no force, and so no temperature");

  result.method = scales.coordinate_temperature_method;
  for (std::size_t c = 0; c < dimension; ++c) {
    const auto i = static_cast<Eigen::Index>(c);
    result.by_coordinate.push_back({snapshot.observables[c].name, {mean[i], standardized.error[i]}, std::nullopt});
    if (c < scales.temperatures.size()) result.by_coordinate.back().expected = scales.temperatures[c];
  }
  if (result.method != "corrected virial")
    return refuse(scales.dynamics + " has no identity for the temperatures that holds at every step size");

  constexpr double singular = 1e-10;
  const Eigen::VectorXd scale = standardized.error.cwiseInverse();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> modes(scale.asDiagonal() * covariance * scale.asDiagonal());
  if (modes.eigenvalues()[0] < singular) return refuse("the temperatures of the coordinates are not independent");
  standardized.inverse =
      modes.eigenvectors() * modes.eigenvalues().cwiseInverse().asDiagonal() * modes.eigenvectors().transpose();

  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(size);
  const double common = standardized.product(ones, mean) / standardized.product(ones, ones);
  const Eigen::VectorXd apart = mean - common * ones;
  result.one = hotelling(standardized.product(apart, apart), dimension - 1, sum.count);
  if (scales.temperatures.size() != dimension) {
    result.expected = refusal("no temperature is expected");
    return result;
  }
  const Eigen::VectorXd off = mean - Eigen::Map<const Eigen::VectorXd>(scales.temperatures.data(), size);
  result.expected = hotelling(standardized.product(off, off), dimension, sum.count);
  return result;
}

}  // namespace isotherm::verdict
