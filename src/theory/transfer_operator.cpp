#include "theory/transfer_operator.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>

#include "theory/gauss_legendre.hpp"
#include "theory/gaussian_law.hpp"

namespace isotherm::theory {
namespace {

constexpr double reach = 12;              // deviations beyond which a kernel counts as 0
constexpr std::size_t panel_nodes = 16;   // of a panel of Gauss and Legendre
constexpr std::size_t dense_nodes = 240;  // up to here all eigenvalues are computed
constexpr double infinity = std::numeric_limits<double>::infinity();

double normal_density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); }
double upper_tail(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

}  // namespace

LineRule trapezoid_rule(const Interval& interval, std::size_t n) {
  LineRule rule;
  const double middle = 0.5 * (interval.lower + interval.upper);
  const double spacing = (interval.upper - interval.lower) / static_cast<double>(n - 1);
  for (std::size_t i = 0; i < n; ++i)
    rule.nodes.push_back(middle + (static_cast<double>(i) - 0.5 * static_cast<double>(n - 1)) * spacing);
  rule.weights.assign(n, spacing);
  return rule;
}

LineRule panel_rule(const Interval& interval, std::span<const double> cuts, std::size_t panels) {
  std::vector<double> ends = {interval.lower};
  // One kink may be found from either side.
  const double apart = 1e-12 * (interval.upper - interval.lower);
  for (const double cut : cuts)
    if (cut > ends.back() + apart && cut < interval.upper - apart) ends.push_back(cut);
  ends.push_back(interval.upper);
  const auto& gauss = GaussLegendre<panel_nodes>::rule();
  LineRule rule;
  for (std::size_t e = 0; e + 1 < ends.size(); ++e) {
    const double share = (ends[e + 1] - ends[e]) / (interval.upper - interval.lower);
    const double count = std::max(1.0, std::ceil(share * static_cast<double>(panels)));
    const double half = 0.5 * (ends[e + 1] - ends[e]) / count;
    for (double p = 0; p < count; ++p)
      for (std::size_t i = 0; i < panel_nodes; ++i) {
        rule.nodes.push_back(ends[e] + half * (2 * p + 1 + gauss.node[i]));
        rule.weights.push_back(half * gauss.weight[i]);
      }
  }
  return rule;
}

TransferOperator::TransferOperator(NormalStep step, LineRule rule) : step_(std::move(step)), rule_(std::move(rule)) {
  for (const double x : rule_.nodes) {
    mean_.push_back(step_.mean(x));
    deviation_.push_back(step_.deviation(x));
  }
  fill();
  solved_ = eliminate(size() / 2);
  if (solved_) substitute();
}

void TransferOperator::fill() {
  const std::size_t n = size();
  std::vector<std::size_t> first(n), last(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto position = [&](double x) {
      return static_cast<std::size_t>(std::lower_bound(rule_.nodes.begin(), rule_.nodes.end(), x) -
                                      rule_.nodes.begin());
    };
    first[i] = position(mean_[i] - reach * deviation_[i]);
    last[i] = position(mean_[i] + reach * deviation_[i]);  // one past the last
    if (first[i] < i) below_ = std::max(below_, i - first[i]);
    if (last[i] > i + 1) above_ = std::max(above_, last[i] - 1 - i);
  }
  width_ = below_ + above_ + 1;
  matrix_.assign(n * width_, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = std::max(first[i], i > below_ ? i - below_ : 0); j < std::min(last[i], i + above_ + 1); ++j)
      at(i, j) = rule_.weights[j] * normal_density((rule_.nodes[j] - mean_[i]) / deviation_[i]) / deviation_[i];
}

TransferOperator::Range TransferOperator::sources(std::size_t k) const {
  if (k < pivot_) return {k + 1, std::min(size(), k + below_ + 1)};
  return {std::max(pivot_, k > above_ ? k - above_ : 0), k};
}

TransferOperator::Range TransferOperator::targets(std::size_t k) const {
  if (k < pivot_) return {k + 1, std::min(size(), k + above_ + 1)};
  return {std::max(pivot_, k > below_ ? k - below_ : 0), k};
}

// Nodes in the order in which they are eliminated: from both ends towards the pivot, which stays.
template <class Visit>
void TransferOperator::inwards(Visit&& visit) const {
  for (std::size_t k = 0; k < pivot_; ++k) visit(k);
  for (std::size_t k = size() - 1; k > pivot_; --k) visit(k);
}

template <class Visit>
void TransferOperator::outwards(Visit&& visit) const {
  for (std::size_t k = pivot_ + 1; k < size(); ++k) visit(k);
  for (std::size_t k = pivot_; k-- > 0;) visit(k);
}

bool TransferOperator::eliminate(std::size_t pivot) {
  pivot_ = pivot;
  leaving_.assign(size(), 1.0);
  bool possible = true;
  inwards([&](std::size_t k) {
    const auto [first, last] = targets(k);
    double sum = 0;
    for (std::size_t j = first; j < last; ++j) sum += at(k, j);
    possible = possible && sum > std::numeric_limits<double>::min() && std::isfinite(sum);
    if (!possible) return;
    leaving_[k] = sum;
    const double* row = &at(k, first);
    const auto [begin, end] = sources(k);
    for (std::size_t i = begin; i < end; ++i) {
      const double factor = at(i, k) /= sum;
      if (factor == 0) continue;
      double* target = &at(i, first);
      for (std::size_t j = 0; j < last - first; ++j) target[j] += factor * row[j];
    }
  });
  return possible;
}

void TransferOperator::substitute() {
  const std::size_t n = size();
  // Value times 2^exponent: masses may span more than the range of doubles where barriers are high.
  std::vector<double> value(n, 0.0);
  std::vector<int> exponent(n, 0);
  constexpr int lowest = std::numeric_limits<int>::min();
  value[pivot_] = 1;
  outwards([&](std::size_t k) {
    const auto [begin, end] = sources(k);
    int top = lowest;
    for (std::size_t i = begin; i < end; ++i)
      if (value[i] > 0) top = std::max(top, exponent[i]);
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i)
      if (value[i] > 0) sum += std::ldexp(value[i], exponent[i] - top) * at(i, k);
    if (!(sum > 0)) return;
    int shift = 0;
    value[k] = std::frexp(sum, &shift);
    exponent[k] = top + shift;
  });
  int top = lowest;
  for (std::size_t k = 0; k < n; ++k)
    if (value[k] > 0) top = std::max(top, exponent[k]);
  mass_.resize(n);
  for (std::size_t k = 0; k < n; ++k) mass_[k] = value[k] > 0 ? std::ldexp(value[k], exponent[k] - top) : 0.0;
  const double total = std::accumulate(mass_.begin(), mass_.end(), 0.0);
  for (double& mass : mass_) mass /= total;
}

void TransferOperator::symmetrize() {
  const std::size_t n = size();
  for (std::size_t i = 0; i < n / 2; ++i) mass_[i] = mass_[n - 1 - i] = 0.5 * (mass_[i] + mass_[n - 1 - i]);
}

double TransferOperator::kept(std::size_t i) const {
  return normal_mass((rule_.nodes.front() - mean_[i]) / deviation_[i], (rule_.nodes.back() - mean_[i]) / deviation_[i]);
}

double TransferOperator::density(double y) const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    const double z = (y - mean_[i]) / deviation_[i];
    if (std::abs(z) < 38) sum += mass_[i] * normal_density(z) / deviation_[i];
  }
  return sum;
}

double TransferOperator::below(double y) const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += mass_[i] * upper_tail((mean_[i] - y) / deviation_[i]);
  return sum;
}

double TransferOperator::above(double y) const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += mass_[i] * upper_tail((y - mean_[i]) / deviation_[i]);
  return sum;
}

std::vector<double> TransferOperator::between(std::span<const double> cuts) const {
  if (cuts.size() < 2) return {};
  std::vector<double> result(cuts.size() - 1);
  for (std::size_t i = 0; i < size(); ++i) {
    if (!(mass_[i] > 0)) continue;
    // Cuts farther than `reach` deviations see the whole kernel on one side.
    const auto first = std::upper_bound(cuts.begin(), cuts.end(), mean_[i] - reach * deviation_[i]);
    std::size_t k = first == cuts.begin() ? 0 : static_cast<std::size_t>(first - cuts.begin()) - 1;
    const double end = mean_[i] + reach * deviation_[i];
    for (; k + 1 < cuts.size() && cuts[k] < end; ++k)
      result[k] +=
          mass_[i] * normal_mass((cuts[k] - mean_[i]) / deviation_[i], (cuts[k + 1] - mean_[i]) / deviation_[i]);
  }
  return result;
}

double TransferOperator::residual(const LineRule& other) const {
  std::vector<double> image(size(), 0.0);
  for (std::size_t k = 0; k < other.nodes.size(); ++k) {
    const double z = other.nodes[k], mass = other.weights[k] * density(z);
    const double m = step_.mean(z), s = step_.deviation(z);
    const auto begin = std::lower_bound(rule_.nodes.begin(), rule_.nodes.end(), m - reach * s);
    for (auto x = begin; x != rule_.nodes.end() && *x < m + reach * s; ++x)
      image[static_cast<std::size_t>(x - rule_.nodes.begin())] += mass * normal_density((*x - m) / s) / s;
  }
  double norm = 0;
  for (std::size_t i = 0; i < size(); ++i) norm += std::abs(rule_.weights[i] * image[i] - mass_[i]);
  return norm;
}

std::vector<double> TransferOperator::solve(std::vector<double> b) const {
  inwards([&](std::size_t k) {
    b[k] /= leaving_[k];
    const auto [first, last] = targets(k);
    for (std::size_t j = first; j < last; ++j) b[j] += b[k] * at(k, j);
  });
  b[pivot_] = 0;  // what is left is the sum of the right side
  outwards([&](std::size_t k) {
    const auto [begin, end] = sources(k);
    for (std::size_t i = begin; i < end; ++i) b[k] += b[i] * at(i, k);
  });
  const double sum = std::accumulate(b.begin(), b.end(), 0.0);
  for (std::size_t k = 0; k < size(); ++k) b[k] -= sum * mass_[k];
  return b;
}

std::optional<double> TransferOperator::relaxation_rate() const {
  const std::size_t n = size();
  // Where a step overshoots the minimum (m' < 0) a mode alternates in sign; it may be the slowest though its
  // eigenvalue is far from 1.
  double alternating = 0;
  if (n <= dense_nodes) {
    Eigen::MatrixXd p(n, n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        p(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
            rule_.weights[j] * normal_density((rule_.nodes[j] - mean_[i]) / deviation_[i]) / deviation_[i];
    for (const auto& lambda : p.eigenvalues())
      if (lambda.real() < 0) alternating = std::max(alternating, std::abs(lambda));
  } else {
    const double most = *std::max_element(mass_.begin(), mass_.end());
    for (std::size_t i = 0; i + 1 < n; ++i)
      if (mass_[i] > 1e-6 * most && mean_[i + 1] < mean_[i]) return std::nullopt;
  }

  // Solutions lose their digits on the way from a pivot of little mass to one of much.
  const auto mode = static_cast<std::size_t>(std::max_element(mass_.begin(), mass_.end()) - mass_.begin());
  if (mass_[pivot_] < 1e-3 * mass_[mode]) {
    TransferOperator about_mode = *this;
    about_mode.fill();
    about_mode.eliminate(mode);
    return about_mode.relaxation_rate();
  }

  // Subspace iteration with the inverse on measures of sum 0; its largest eigenvalue is 1 / (1 - lambda).
  const auto rows = static_cast<Eigen::Index>(n);
  const Eigen::Index block = std::min<Eigen::Index>(4, rows);
  Eigen::MatrixXd v(rows, block), w(rows, block);
  for (Eigen::Index j = 0; j < block; ++j)
    for (Eigen::Index i = 0; i < rows; ++i) {
      const double place = (static_cast<double>(i) + 0.3) * std::numbers::pi / static_cast<double>(n);
      v(i, j) = mass_[static_cast<std::size_t>(i)] *
                (std::cos(static_cast<double>(j + 1) * place) + 0.1 * std::sin(2.4 * static_cast<double>(i * (j + 1))));
    }
  double rate = 0;
  for (int iteration = 0; iteration < 300; ++iteration) {
    for (Eigen::Index j = 0; j < block; ++j) {
      const double sum = v.col(j).sum();
      for (Eigen::Index i = 0; i < rows; ++i) v(i, j) -= sum * mass_[static_cast<std::size_t>(i)];
    }
    v = Eigen::HouseholderQR<Eigen::MatrixXd>(v).householderQ() * Eigen::MatrixXd::Identity(rows, block);
    for (Eigen::Index j = 0; j < block; ++j) {
      const std::vector<double> y = solve(std::vector<double>(v.col(j).begin(), v.col(j).end()));
      w.col(j) = Eigen::Map<const Eigen::VectorXd>(y.data(), rows);
    }
    if (!w.allFinite()) return std::nullopt;
    const Eigen::VectorXcd ritz = (v.transpose() * w).eval().eigenvalues();
    Eigen::Index largest = 0;
    ritz.cwiseAbs().maxCoeff(&largest);
    // |1 - z|^2 = 1 - (2 Re z - |z|^2), z = 1 / ritz: a gap below the spacing of doubles at 1 keeps its digits.
    const std::complex<double> gap = 1.0 / ritz[largest];
    const double next = -0.5 * std::log1p(std::norm(gap) - 2 * gap.real());
    const bool converged = std::abs(next - rate) <= 1e-12 * std::abs(next);
    rate = next;
    v = w;
    if (converged) break;
  }
  if (!std::isfinite(rate)) return std::nullopt;
  return std::min(rate, alternating > 0 ? -std::log(alternating) : infinity);
}

}  // namespace isotherm::theory
