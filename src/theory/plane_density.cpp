#include "theory/plane_density.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Complex = std::complex<double>;

// exp(i k (z - middle)), rows k = first ... last, a column for each z.
Eigen::MatrixXcd waves(const PlaneGrid& grid, std::size_t r, Index first, Index last, std::span<const double> z) {
  Eigen::MatrixXcd e(last - first + 1, static_cast<Index>(z.size()));
  for (Index j = 0; j < e.cols(); ++j) {
    const double turns = (z[static_cast<std::size_t>(j)] - grid.middle(r)) / grid.length(r);
    for (Index k = first; k <= last; ++k) {
      const double phase = static_cast<double>(k) * turns;  // whole turns first: the rest is exact
      e(k - first, j) = std::polar(1.0, 2 * std::numbers::pi * (phase - std::nearbyint(phase)));
    }
  }
  return e;
}

std::vector<double> nodes_of(const PlaneGrid& grid, std::size_t r) {
  std::vector<double> nodes(grid.nodes[r]);
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] = grid.node(r, i);
  return nodes;
}

Index highest(const PlaneGrid& grid, std::size_t r) { return static_cast<Index>(grid.nodes[r] / 2); }

// Real parts of a row's sum over k2 = 0 ... K2 stand for the sum over all k2.
Eigen::MatrixXd real_sum(const Eigen::MatrixXcd& rows, Eigen::MatrixXcd columns) {
  columns.bottomRows(columns.rows() - 1) *= 2;
  return rows.real() * columns.real() - rows.imag() * columns.imag();
}

}  // namespace

PlaneDensity::PlaneDensity(const PlaneGrid& grid, const PlaneSamples& masses)
    : grid_(grid), masses_(masses / masses.sum()) {
  const Index k1 = highest(grid, 0), k2 = highest(grid, 1);
  const Eigen::MatrixXcd columns = masses_ * waves(grid, 1, 0, k2, nodes_of(grid, 1)).adjoint();
  coefficients_ = waves(grid, 0, -k1, k1, nodes_of(grid, 0)).conjugate() * columns;
}

double PlaneDensity::average(const std::function<double(std::span<const double>)>& f) const {
  double sum = 0;
  for (std::size_t i = 0; i < grid_.nodes[0]; ++i)
    for (std::size_t j = 0; j < grid_.nodes[1]; ++j) {
      const double z[] = {grid_.node(0, i), grid_.node(1, j)};
      const double mass = masses_(static_cast<Index>(i), static_cast<Index>(j));
      if (mass != 0) sum += mass * f(z);
    }
  return sum;
}

PlaneSamples PlaneDensity::resampled(const PlaneGrid& other) const {
  const std::vector<double> first = nodes_of(other, 0), second = nodes_of(other, 1);
  const Index k1 = highest(grid_, 0), k2 = highest(grid_, 1);
  const Eigen::MatrixXcd rows = waves(grid_, 0, -k1, k1, first).transpose() * coefficients_;
  PlaneSamples samples = real_sum(rows, waves(grid_, 1, 0, k2, second));
  const auto outside = [&](std::size_t r, double z) { return z < grid_.sides[r].lower || z > grid_.sides[r].upper; };
  for (std::size_t i = 0; i < first.size(); ++i)
    if (outside(0, first[i])) samples.row(static_cast<Index>(i)).setZero();
  for (std::size_t j = 0; j < second.size(); ++j)
    if (outside(1, second[j])) samples.col(static_cast<Index>(j)).setZero();
  return samples * (other.spacing(0) * other.spacing(1) / (grid_.length(0) * grid_.length(1)));
}

std::size_t PlaneDensity::nodes_for(std::size_t r, double tolerance) const {
  const Index zero = r == 0 ? highest(grid_, 0) : 0;
  Index last = 0;
  for (Index k = 0; k <= highest(grid_, r); ++k) {
    const double most = r == 0 ? std::max(coefficients_.row(zero + k).cwiseAbs().maxCoeff(),
                                          coefficients_.row(zero - k).cwiseAbs().maxCoeff())
                               : coefficients_.col(k).cwiseAbs().maxCoeff();
    if (most > tolerance) last = k;
  }
  return 2 * static_cast<std::size_t>(last) + 1;
}

double PlaneDensity::unresolved(std::size_t r) const {
  if (r == 0) {
    const Index last = std::max<Index>(1, highest(grid_, 0) / 10);
    return std::max(coefficients_.topRows(last).cwiseAbs().maxCoeff(),
                    coefficients_.bottomRows(last).cwiseAbs().maxCoeff());
  }
  return coefficients_.rightCols(std::max<Index>(1, highest(grid_, 1) / 10)).cwiseAbs().maxCoeff();
}

double PlaneDensity::at_ends(std::size_t r) const {
  const Eigen::VectorXd sums =
      r == 0 ? Eigen::VectorXd(masses_.rowwise().sum()) : Eigen::VectorXd(masses_.colwise().sum().transpose());
  return std::max(std::abs(sums[0]), std::abs(sums[sums.size() - 1])) / sums.maxCoeff();
}

Eigen::VectorXcd PlaneDensity::marginal(std::size_t r) const {
  const Index k1 = highest(grid_, 0);
  if (r == 0) return coefficients_.col(0).tail(k1 + 1);
  return coefficients_.row(k1).transpose();
}

double PlaneDensity::marginal_density(std::size_t r, double z) const {
  if (z < grid_.sides[r].lower || z > grid_.sides[r].upper) return 0;
  const Eigen::VectorXcd c = marginal(r);
  const Eigen::MatrixXcd e = waves(grid_, r, 0, c.size() - 1, {&z, 1});
  double sum = 1;
  for (Index k = 1; k < c.size(); ++k) sum += 2 * (c[k] * e(k, 0)).real();
  return sum / grid_.length(r);
}

double PlaneDensity::below(std::size_t r, double z) const {
  const double cuts[] = {grid_.sides[r].lower, z};
  return between(r, cuts)[0];
}

// Integrals of exp(i k (z - middle)) / length between cuts: rows k, a column for each bin.
Eigen::MatrixXcd PlaneDensity::integrals(std::size_t r, std::span<const double> cuts, bool all_frequencies) const {
  const Index last = highest(grid_, r), first = all_frequencies ? -last : 0;
  std::vector<double> inside;
  for (const double cut : cuts) inside.push_back(std::clamp(cut, grid_.sides[r].lower, grid_.sides[r].upper));
  const Eigen::MatrixXcd e = waves(grid_, r, first, last, inside);
  Eigen::MatrixXcd result(e.rows(), e.cols() - 1);
  for (Index j = 0; j < result.cols(); ++j)
    for (Index k = first; k <= last; ++k)
      result(k - first, j) =
          k == 0 ? (inside[static_cast<std::size_t>(j) + 1] - inside[static_cast<std::size_t>(j)]) / grid_.length(r)
                 : (e(k - first, j + 1) - e(k - first, j)) / Complex(0, 2 * std::numbers::pi * static_cast<double>(k));
  return result;
}

std::vector<double> PlaneDensity::between(std::size_t r, std::span<const double> cuts) const {
  const Eigen::MatrixXcd row = marginal(r).transpose();
  const Eigen::MatrixXd sums = real_sum(row, integrals(r, cuts, false));
  std::vector<double> result(static_cast<std::size_t>(sums.size()));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = std::max(0.0, sums(0, static_cast<Index>(i)));
  return result;
}

std::vector<double> PlaneDensity::between(std::span<const double> first, std::span<const double> second) const {
  const Eigen::MatrixXcd rows = integrals(0, first, true).transpose() * coefficients_;
  const Eigen::MatrixXd sums = real_sum(rows, integrals(1, second, false));
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(sums.size()));
  for (Index i = 0; i < sums.rows(); ++i)
    for (Index j = 0; j < sums.cols(); ++j) result.push_back(std::max(0.0, sums(i, j)));
  return result;
}

namespace {

class PlaneChainLaw : public ComponentLaw {
 public:
  PlaneChainLaw(std::shared_ptr<const PlaneDensity> density, bool even, PlaneLoss loss)
      : density_(std::move(density)), even_(even), loss_(loss) {
    for (std::size_t r = 0; r < 2; ++r) {
      const auto power = [&](double center, int n) {
        return density_->average([&](auto z) { return std::pow(z[r] - center, n); });
      };
      const double mean = even ? 0.0 : power(0, 1), variance = power(mean, 2);
      moments_[r] = {mean, variance, variance + mean * mean, power(0, 4)};
    }
    covariance_ = density_->average([&](auto z) { return (z[0] - *moments_[0].mean) * (z[1] - *moments_[1].mean); });
  }

  double log_partition_function() const override { throw std::logic_error("a chain has no partition function"); }
  double mean_loss() const override { return loss_.mean; }
  double variance_of_loss() const override { return loss_.variance; }
  CoordinateMoments moments(std::size_t c) const override { return moments_[c]; }
  std::optional<double> covariance(std::size_t c, std::size_t d) const override {
    return c == d ? *moments_[c].variance : covariance_;
  }
  Interval support(std::size_t c) const override { return density_->grid().sides[c]; }

  double quantile(std::size_t c, double probability, bool from_above) const override {
    if (even_ && probability == 0.5) return 0;
    if (from_above) probability = 1 - probability;
    auto [low, high] = support(c);
    double x = *moments_[c].mean;
    for (int iteration = 0; iteration < 200; ++iteration) {
      const double excess = density_->below(c, x) - probability;
      (excess > 0 ? high : low) = x;
      double next = x - excess / density_->marginal_density(c, x);
      // Bisection where Newton's step leaves the bracket, and now and then, for flat stretches of the density.
      if (!(next > low && next < high) || iteration % 6 == 5) next = 0.5 * (low + high);
      if (std::abs(next - x) <= 1e-15 * (high - low + std::abs(x)) || !(low < next && next < high)) return next;
      x = next;
    }
    return x;
  }

  std::vector<double> masses(std::size_t c, std::span<const double> cuts) const override {
    return density_->between(c, cuts);
  }
  std::vector<double> joint_masses(std::size_t c, std::span<const double> c_cuts, std::size_t,
                                   std::span<const double> d_cuts) const override {
    if (c == 0) return density_->between(c_cuts, d_cuts);
    const std::vector<double> masses = density_->between(d_cuts, c_cuts);
    const std::size_t rows = c_cuts.size() - 1, columns = d_cuts.size() - 1;
    std::vector<double> transposed(masses.size());
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) transposed[i * columns + j] = masses[j * rows + i];
    return transposed;
  }

 private:
  std::shared_ptr<const PlaneDensity> density_;
  bool even_;
  PlaneLoss loss_;
  CoordinateMoments moments_[2];
  double covariance_ = 0;
};

}  // namespace

std::shared_ptr<const ComponentLaw> make_plane_chain_law(std::shared_ptr<const PlaneDensity> density, bool even,
                                                         PlaneLoss loss) {
  return std::make_shared<PlaneChainLaw>(std::move(density), even, loss);
}

}  // namespace isotherm::theory
