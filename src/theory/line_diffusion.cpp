#include "theory/line_diffusion.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "isotherm/core/error.hpp"
#include "theory/gauss_legendre.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t order = 20;
constexpr double maximum_panels = 20000;
constexpr double far = 60;       // exp(-60) = 9e-27
constexpr double highest = 600;  // barriers in units of T: exp(600) is in the range of doubles

/// Row i: the weights of the integral from -1 to node i of the polynomial through the nodes.
const std::array<std::array<double, order>, order>& partial_weights() {
  static const auto weights = [] {
    const auto& rule = GaussLegendre<order>::rule();
    std::array<std::array<double, order>, order> result{};
    for (std::size_t i = 0; i < order; ++i) {
      const auto upper = legendre<order + 1>(rule.node[i]);
      for (std::size_t j = 0; j < order; ++j) {
        const auto at = legendre<order>(rule.node[j]);
        double sum = 0.5 * (1 + rule.node[i]);
        for (std::size_t k = 1; k < order; ++k) sum += 0.5 * at[k] * (upper[k + 1] - upper[k - 1]);
        result[i][j] = rule.weight[j] * sum;
      }
    }
    return result;
  }();
  return weights;
}

}  // namespace

LineDiffusion::LineDiffusion(Value loss, double temperature, Interval support, double width)
    : temperature_(temperature), loss_(std::move(loss)) {
  // Far out there is nothing, but the potential changes by many T within a panel.
  constexpr int samples = 4000;
  double bottom = std::numeric_limits<double>::infinity();
  const auto place = [&](int i) { return std::lerp(support.lower, support.upper, i / static_cast<double>(samples)); };
  for (int i = 0; i <= samples; ++i) bottom = std::min(bottom, loss_(place(i)));
  const auto negligible = [&](int i) { return !(loss_(place(i)) - bottom < far * temperature); };
  int first = 0, last = samples;
  while (first < samples && negligible(first + 1)) ++first;
  while (last > first && negligible(last - 1)) --last;
  const Interval kept{place(first), place(last)};  // complete before it is assigned: place() reads support
  support = kept;
  const double panels = std::max(48.0, std::ceil((support.upper - support.lower) / width));
  if (!(panels <= maximum_panels))
    throw InputError("fokker-planck: wells of width " + text(2 * width) + " on a line of length " +
                     text(support.upper - support.lower) + " need too many nodes");
  const auto& rule = GaussLegendre<order>::rule();
  const auto count = static_cast<std::size_t>(panels);
  bottom_ = std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p <= count; ++p)
    edges_.push_back(std::lerp(support.lower, support.upper, static_cast<double>(p) / panels));
  for (std::size_t p = 0; p < count; ++p) {
    const double half = 0.5 * (edges_[p + 1] - edges_[p]);
    lengths_.push_back(half);
    for (std::size_t i = 0; i < order; ++i) {
      nodes_.push_back(edges_[p] + half * (1 + rule.node[i]));
      weight_.push_back(half * rule.weight[i]);
      potential_.push_back(loss_(nodes_.back()));
      bottom_ = std::min(bottom_, potential_.back());
    }
  }
  for (double& value : potential_) {
    value = (value - bottom_) / temperature_;
    if (!(value < highest)) throw InputError("fokker-planck: a barrier is higher than " + text(highest) + " T");
  }
}

std::vector<double> LineDiffusion::integrate(const std::vector<double>& values, bool from_right) const {
  const auto& partial = partial_weights();
  std::vector<double> result(values.size());
  double sum = 0;
  for (std::size_t step = 0; step < lengths_.size(); ++step) {
    const std::size_t p = from_right ? lengths_.size() - 1 - step : step, first = p * order;
    for (std::size_t i = 0; i < order; ++i) {
      // The rule mirrors itself about the middle of the panel.
      double part = 0;
      for (std::size_t j = 0; j < order; ++j)
        part +=
            from_right ? partial[order - 1 - i][order - 1 - j] * values[first + j] : partial[i][j] * values[first + j];
      result[first + i] = sum + lengths_[p] * part;
    }
    for (std::size_t i = 0; i < order; ++i) sum += weight_[first + i] * values[first + i];
  }
  return result;
}

double LineDiffusion::mean_first_passage_time(double from, double to) const {
  const bool rises = to >= from;
  std::vector<double> law(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) law[i] = std::exp(-potential_[i]);
  const std::vector<double> behind = integrate(law, !rises);
  // At other places than the nodes: what lies behind the panel's edge, and the rest of the panel.
  const auto& rule = GaussLegendre<order>::rule();
  const auto density = [&](double x) { return std::exp(-(loss_(x) - bottom_) / temperature_); };
  const auto inner = [&](double y) {
    const auto after = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, y);
    const auto p = static_cast<std::size_t>(after - edges_.begin()) - 1;
    double sum = 0;
    if (rises)
      for (std::size_t i = 0; i < p * order; ++i) sum += weight_[i] * law[i];
    else
      for (std::size_t i = nodes_.size(); i-- > (p + 1) * order;) sum += weight_[i] * law[i];
    const double edge = rises ? edges_[p] : edges_[p + 1], half = 0.5 * std::abs(y - edge);
    const double low = std::min(y, edge);
    double rest = 0;
    for (std::size_t i = 0; i < order; ++i) rest += rule.weight[i] * density(low + half * (1 + rule.node[i]));
    return sum + half * rest;
  };
  const double low = std::max(std::min(from, to), edges_.front()), high = std::min(std::max(from, to), edges_.back());
  double time = 0;
  for (std::size_t p = 0; p < lengths_.size(); ++p) {
    if (edges_[p] >= low && edges_[p + 1] <= high) {
      for (std::size_t i = p * order; i < (p + 1) * order; ++i)
        time += weight_[i] * std::exp(potential_[i]) * behind[i];
      continue;
    }
    const double a = std::max(edges_[p], low), b = std::min(edges_[p + 1], high), half = 0.5 * (b - a);
    if (!(half > 0)) continue;
    for (std::size_t i = 0; i < order; ++i) {
      const double y = a + half * (1 + rule.node[i]);
      time += half * rule.weight[i] / density(y) * inner(y);
    }
  }
  return time / temperature_;
}

double LineDiffusion::relaxation_rate() const {
  using Eigen::Index;
  using Eigen::MatrixXd;
  using Eigen::VectorXd;
  const auto n = static_cast<Index>(nodes_.size());
  VectorXd law(n);
  for (Index i = 0; i < n; ++i)
    law[i] = weight_[static_cast<std::size_t>(i)] * std::exp(-potential_[static_cast<std::size_t>(i)]);
  law /= law.sum();
  // The backward equation T u'' - L' u' = -v with <v> = 0: u' = exp(L/T) / T times the integral of v exp(-L/T) over
  // what lies beyond, taken on the side that holds less of the law.
  double below = 0;
  std::vector<bool> right(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) right[i] = (below += law[static_cast<Index>(i)]) > 0.5;
  const auto green = [&](const VectorXd& v) {
    std::vector<double> product(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) product[i] = v[static_cast<Index>(i)] * std::exp(-potential_[i]);
    const std::vector<double> left = integrate(product, false), beyond = integrate(product, true);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      product[i] = (right[i] ? beyond[i] : -left[i]) * std::exp(potential_[i]) / temperature_;
    const std::vector<double> u = integrate(product, false);
    return VectorXd(Eigen::Map<const VectorXd>(u.data(), n));
  };
  const auto center = [&](VectorXd v) {
    v.array() -= law.dot(v);
    return v;
  };
  const auto norm = [&](const VectorXd& v) { return std::sqrt(law.dot(v.cwiseAbs2())); };
  /// Makes column j orthogonal to 1 and to the columns before it, which are normalized; its norm then.
  const auto orthogonalize = [&](MatrixXd& v, Index j) {
    v.col(j) = center(v.col(j));
    for (Index k = 0; k < j; ++k) v.col(j) -= law.dot(v.col(k).cwiseProduct(v.col(j))) * v.col(k);
    return norm(v.col(j));
  };
  constexpr Index block = 4;
  MatrixXd v(n, block);
  const VectorXd place = Eigen::Map<const VectorXd>(nodes_.data(), n);
  const double middle = law.dot(place);
  const double width = std::sqrt(law.dot((place.array() - middle).square().matrix()));
  // Functions that stay bounded where the law is negligible.
  const auto start = [&](Index j) -> VectorXd {
    return ((place.array() - middle) / (2 * width) * static_cast<double>(j + 1) + 0.3 * static_cast<double>(j)).sin();
  };
  for (Index j = 0; j < block; ++j) v.col(j) = start(j);
  double rate = 0;
  for (int iteration = 0; iteration < 400; ++iteration) {
    MatrixXd image(n, block);
    for (Index j = 0; j < block; ++j) {
      const double length = norm(center(v.col(j)));
      // Below a high barrier every image is the slow mode but for rounding: then a column has nothing of its own left.
      if (!(orthogonalize(v, j) > 1e-8 * length)) {
        v.col(j) = start(j);
        orthogonalize(v, j);
      }
      v.col(j) /= orthogonalize(v, j);
      image.col(j) = center(green(v.col(j)));
    }
    // The Green function is self-adjoint under the law.
    MatrixXd small = v.transpose() * law.asDiagonal() * image;
    small = 0.5 * (small + small.transpose()).eval();
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(small);
    const double next = 1 / eigen.eigenvalues()[block - 1];
    const bool converged = std::abs(next - rate) <= 1e-13 * next;
    rate = next;
    v = image * eigen.eigenvectors().rowwise().reverse();
    // A well below a high barrier lengthens a column by as much as exp(600), whose square is no double.
    for (Index j = 0; j < block; ++j) v.col(j) /= v.col(j).cwiseAbs().maxCoeff();
    if (converged) break;
  }
  return rate;
}

double kramers_rate(double minimum, double barrier, double height, double temperature) {
  return std::sqrt(minimum * std::abs(barrier)) / (2 * std::numbers::pi) * std::exp(-height / temperature);
}

}  // namespace isotherm::theory
