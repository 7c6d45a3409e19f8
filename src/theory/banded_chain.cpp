#include "theory/banded_chain.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>

namespace isotherm::theory {
namespace {

// Nodes in the order in which they are eliminated: from both ends towards the pivot, which stays.
template <class Visit>
void inwards(std::size_t nodes, std::size_t pivot, Visit&& visit) {
  for (std::size_t k = 0; k < pivot; ++k) visit(k);
  for (std::size_t k = nodes - 1; k > pivot; --k) visit(k);
}

template <class Visit>
void outwards(std::size_t nodes, std::size_t pivot, Visit&& visit) {
  for (std::size_t k = pivot + 1; k < nodes; ++k) visit(k);
  for (std::size_t k = pivot; k-- > 0;) visit(k);
}

}  // namespace

BandedChain::BandedChain(std::size_t nodes, std::size_t below, std::size_t above)
    : size_(nodes), below_(below), above_(above), width_(below + above + 1), entries_(nodes * width_) {}

BandedChain::Range BandedChain::sources(std::size_t k, std::size_t pivot) const {
  if (k < pivot) return {k + 1, std::min(size_, k + below_ + 1)};
  return {std::max(pivot, k > above_ ? k - above_ : 0), k};
}

BandedChain::Range BandedChain::targets(std::size_t k, std::size_t pivot) const {
  if (k < pivot) return {k + 1, std::min(size_, k + above_ + 1)};
  return {std::max(pivot, k > below_ ? k - below_ : 0), k};
}

std::optional<BandedChain::Factors> BandedChain::factorize(std::size_t pivot) const {
  Factors factors{pivot, entries_, std::vector<double>(size_, 1.0)};
  bool possible = true;
  inwards(size_, pivot, [&](std::size_t k) {
    const auto [first, last] = targets(k, pivot);
    const double* row = &factors.matrix[place(k, first)];
    const double sum = std::accumulate(row, row + (last - first), 0.0);
    possible = possible && sum > std::numeric_limits<double>::min() && std::isfinite(sum);
    if (!possible) return;
    factors.leaving[k] = sum;
    const auto [begin, end] = sources(k, pivot);
    for (std::size_t i = begin; i < end; ++i) {
      const double factor = factors.matrix[place(i, k)] /= sum;
      if (factor == 0) continue;
      double* target = &factors.matrix[place(i, first)];
      for (std::size_t j = 0; j < last - first; ++j) target[j] += factor * row[j];
    }
  });
  if (!possible) return std::nullopt;
  return factors;
}

bool BandedChain::solve() {
  const std::optional<Factors> factors = factorize(size_ / 2);
  if (factors) substitute(*factors);
  return factors.has_value();
}

void BandedChain::substitute(const Factors& factors) {
  // Value times 2^exponent: masses may span more than the range of doubles where barriers are high.
  std::vector<double> value(size_, 0.0);
  std::vector<int> exponent(size_, 0);
  constexpr int lowest = std::numeric_limits<int>::min();
  value[factors.pivot] = 1;
  outwards(size_, factors.pivot, [&](std::size_t k) {
    const auto [begin, end] = sources(k, factors.pivot);
    int top = lowest;
    for (std::size_t i = begin; i < end; ++i)
      if (value[i] > 0) top = std::max(top, exponent[i]);
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i)
      if (value[i] > 0) sum += std::ldexp(value[i], exponent[i] - top) * factors.matrix[place(i, k)];
    if (!(sum > 0)) return;
    int shift = 0;
    value[k] = std::frexp(sum, &shift);
    exponent[k] = top + shift;
  });
  int top = lowest;
  for (std::size_t k = 0; k < size_; ++k)
    if (value[k] > 0) top = std::max(top, exponent[k]);
  masses_.resize(size_);
  for (std::size_t k = 0; k < size_; ++k) masses_[k] = value[k] > 0 ? std::ldexp(value[k], exponent[k] - top) : 0.0;
  const double total = std::accumulate(masses_.begin(), masses_.end(), 0.0);
  for (double& mass : masses_) mass /= total;
}

void BandedChain::symmetrize() {
  for (std::size_t i = 0; i < size_ / 2; ++i)
    masses_[i] = masses_[size_ - 1 - i] = 0.5 * (masses_[i] + masses_[size_ - 1 - i]);
}

std::vector<double> BandedChain::invert(const Factors& factors, std::vector<double> b) const {
  inwards(size_, factors.pivot, [&](std::size_t k) {
    b[k] /= factors.leaving[k];
    const auto [first, last] = targets(k, factors.pivot);
    for (std::size_t j = first; j < last; ++j) b[j] += b[k] * factors.matrix[place(k, j)];
  });
  b[factors.pivot] = 0;  // what is left there is the sum of the right side
  outwards(size_, factors.pivot, [&](std::size_t k) {
    const auto [begin, end] = sources(k, factors.pivot);
    for (std::size_t i = begin; i < end; ++i) b[k] += b[i] * factors.matrix[place(i, k)];
  });
  const double sum = std::accumulate(b.begin(), b.end(), 0.0);
  for (std::size_t k = 0; k < size_; ++k) b[k] -= sum * masses_[k];
  return b;
}

std::optional<double> BandedChain::gap() const {
  // About the greatest mass: on the way from a pivot of little mass to it, solutions would lose their digits.
  const auto mode = static_cast<std::size_t>(std::max_element(masses_.begin(), masses_.end()) - masses_.begin());
  const std::optional<Factors> factors = factorize(mode);
  if (!factors) return std::nullopt;

  // Subspace iteration with the inverse on measures of sum 0; its largest eigenvalue is 1 / (1 - lambda).
  const auto rows = static_cast<Eigen::Index>(size_);
  const Eigen::Index block = std::min<Eigen::Index>(4, rows);
  const Eigen::Map<const Eigen::VectorXd> mass(masses_.data(), rows);
  Eigen::MatrixXd v(rows, block), w(rows, block);
  for (Eigen::Index j = 0; j < block; ++j)
    for (Eigen::Index i = 0; i < rows; ++i) {
      const double place = (static_cast<double>(i) + 0.3) * std::numbers::pi / static_cast<double>(size_);
      v(i, j) = mass[i] *
                (std::cos(static_cast<double>(j + 1) * place) + 0.1 * std::sin(2.4 * static_cast<double>(i * (j + 1))));
    }
  double rate = 0;
  for (int iteration = 0; iteration < 300; ++iteration) {
    v -= mass * v.colwise().sum();
    v = Eigen::HouseholderQR<Eigen::MatrixXd>(v).householderQ() * Eigen::MatrixXd::Identity(rows, block);
    for (Eigen::Index j = 0; j < block; ++j) {
      const std::vector<double> y = invert(*factors, std::vector<double>(v.col(j).begin(), v.col(j).end()));
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
  return rate;
}

double BandedChain::alternating() const {
  const auto n = static_cast<Eigen::Index>(size_);
  Eigen::MatrixXd p = Eigen::MatrixXd::Zero(n, n);
  for (std::size_t i = 0; i < size_; ++i)
    for (std::size_t j = i > below_ ? i - below_ : 0; j < std::min(size_, i + above_ + 1); ++j)
      p(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = entries_[place(i, j)];
  double largest = 0;
  for (const auto& lambda : p.eigenvalues())
    if (lambda.real() < 0) largest = std::max(largest, std::abs(lambda));
  return largest;
}

}  // namespace isotherm::theory
