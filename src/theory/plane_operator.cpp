#include "theory/plane_operator.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "theory/gauss_legendre.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Complex = std::complex<double>;

constexpr double finer = 1.5;  // nodes of the finer grid, over those of the grid

// exp(beta (sqrt(1 - t^2) - 1)) on [-1, 1], with the beta that is best for a finer grid of 1.5 times the nodes.
class Bell {
 public:
  explicit Bell(int width) : beta_(0.976 * std::numbers::pi * width * (1 - 0.5 / finer)), half_(0.5 * width) {}

  double operator()(double cells) const {
    const double t = cells / half_;
    return t * t >= 1 ? 0 : std::exp(beta_ * (std::sqrt(1 - t * t) - 1));
  }
  /// Its Fourier transform at an angle per cell.
  double transform(double angle) const {
    const auto& rule = GaussLegendre<60>::rule();
    double sum = 0;
    for (std::size_t i = 0; i < 60; ++i) {
      const double cells = half_ * rule.node[i];
      sum += half_ * rule.weight[i] * (*this)(cells)*std::cos(angle * cells);
    }
    return sum;
  }

 private:
  double beta_, half_;
};

// Widest vectors that the machine has; no operation is contracted, so that the sums are the same on all.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define ISOTHERM_WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ISOTHERM_WIDEST
#endif

/// Adds each node's mass, spread by its windows, to the padded grid.
ISOTHERM_WIDEST void add_windows(const double* masses, std::size_t nodes, std::size_t places,
                                 const PlaneOperator::Window* window, double* padded, std::size_t stride) {
  constexpr int width = PlaneOperator::width;
  for (std::size_t i = 0; i < nodes; ++i)
    for (std::size_t q = 0; q < places; ++q, ++window) {
      double* row = padded + window->place;
      for (int a = 0; a < width; ++a, row += stride) {
        const double scale = masses[i] * window->first[a];
        for (int b = 0; b < width; ++b) row[b] += scale * window->second[b];
      }
    }
}

Complex wave(double turns) { return std::polar(1.0, 2 * std::numbers::pi * (turns - std::nearbyint(turns))); }

}  // namespace

PlaneOperator::PlaneOperator(const PlaneGrid& grid, const PlaneStep& step, std::span<const double> weights,
                             const Eigen::Matrix2d& noise)
    : grid_(grid), places_(weights.size()) {
  const Bell bell(width);
  for (std::size_t r = 0; r < 2; ++r)
    fine_[r] = 2 * static_cast<std::size_t>(std::ceil(0.5 * finer * static_cast<double>(grid.nodes[r])));
  const std::size_t stride = fine_[1] + width + 1;

  std::vector<double> next(2 * places_);
  windows_.resize(grid.size() * places_);
  for (std::size_t i = 0; i < grid.nodes[0]; ++i)
    for (std::size_t j = 0; j < grid.nodes[1]; ++j) {
      const double z[] = {grid.node(0, i), grid.node(1, j)};
      step(z, next);
      for (std::size_t q = 0; q < places_; ++q) {
        Window& window = windows_[(i * grid.nodes[1] + j) * places_ + q];
        window.outside = 0;
        std::size_t begin[2];
        for (std::size_t r = 0; r < 2; ++r) {
          const Interval& side = grid.sides[r];
          const double place = next[2 * q + r];
          if (!(place >= side.lower && place <= side.upper)) window.outside = weights[q];
          const double inside = std::isnan(place) ? side.lower : std::clamp(place, side.lower, side.upper);
          // Cells of the finer grid, and where the window begins among those, shifted by half of its width.
          const double cells = (inside - side.lower) / grid.length(r) * static_cast<double>(fine_[r]);
          const double at = std::floor(cells);
          begin[r] = static_cast<std::size_t>(at) + 1;
          double* values = r == 0 ? window.first : window.second;
          for (int k = 0; k < width; ++k) values[k] = bell(at + 1 + k - 0.5 * width - cells);
        }
        for (double& value : window.first) value *= weights[q];
        window.place = begin[0] * stride + begin[1];
      }
    }

  // A row or column of the padded grid stands for the cell width/2 before it, modulo the finer grid.
  const auto k_of = [&](std::size_t r) { return static_cast<Index>(grid.nodes[r] / 2); };
  const Index k1 = k_of(0), k2 = k_of(1);
  const auto position = [&](std::size_t r, Index padded) {  // in lengths, from the middle
    return (static_cast<double>(padded) - 0.5 * width) / static_cast<double>(fine_[r]) - 0.5;
  };
  const auto node = [&](std::size_t r, Index i) {
    return (static_cast<double>(i) - 0.5 * static_cast<double>(grid.nodes[r] - 1)) / static_cast<double>(grid.nodes[r]);
  };
  const auto sharpen = [&](std::size_t r, Index k) {
    return 1 / bell.transform(2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(fine_[r]));
  };
  to_second_.resize(static_cast<Index>(stride), 2 * (k2 + 1));
  from_second_.resize(2 * (k2 + 1), static_cast<Index>(grid.nodes[1]));
  for (Index k = 0; k <= k2; ++k) {
    for (Index s = 0; s < to_second_.rows(); ++s) {
      const Complex e = sharpen(1, k) * wave(-static_cast<double>(k) * position(1, s));
      to_second_(s, k) = e.real();
      to_second_(s, k2 + 1 + k) = e.imag();
    }
    for (Index j = 0; j < from_second_.cols(); ++j) {
      const Complex e =
          (k == 0 ? 1.0 : 2.0) / static_cast<double>(grid.size()) * wave(static_cast<double>(k) * node(1, j));
      from_second_(k, j) = e.real();
      from_second_(k2 + 1 + k, j) = -e.imag();
    }
  }
  to_first_.resize(2 * k1 + 1, static_cast<Index>(fine_[0]) + width + 1);
  from_first_.resize(static_cast<Index>(grid.nodes[0]), 2 * k1 + 1);
  filter_.resize(2 * k1 + 1, k2 + 1);
  for (Index k = -k1; k <= k1; ++k) {
    for (Index s = 0; s < to_first_.cols(); ++s)
      to_first_(k + k1, s) = sharpen(0, k) * wave(-static_cast<double>(k) * position(0, s));
    for (Index i = 0; i < from_first_.rows(); ++i) from_first_(i, k + k1) = wave(static_cast<double>(k) * node(0, i));
    for (Index l = 0; l <= k2; ++l) {
      const Eigen::Vector2d frequency(2 * std::numbers::pi * static_cast<double>(k) / grid.length(0),
                                      2 * std::numbers::pi * static_cast<double>(l) / grid.length(1));
      filter_(k + k1, l) = std::exp(-0.5 * frequency.dot(noise * frequency));
    }
  }
  padded_.resize(to_first_.cols(), to_second_.rows());
  separable_ = noise(0, 1) == 0;
  if (!separable_) return;
  first_ = (from_first_ * filter_.col(0).asDiagonal() * to_first_).real();
  const Eigen::VectorXd filter = filter_.row(k1).transpose();
  second_ = to_second_ * filter.replicate(2, 1).asDiagonal() * from_second_;
}

void PlaneOperator::apply(const PlaneSamples& masses, PlaneSamples& next) const {
  padded_.setZero();
  add_windows(masses.data(), grid_.size(), places_, windows_.data(), padded_.data(),
              static_cast<std::size_t>(padded_.cols()));
  if (separable_) {
    const Eigen::MatrixXd columns = padded_ * second_;
    next.noalias() = first_ * columns;
    return;
  }
  const Eigen::MatrixXd halves = padded_ * to_second_;
  const Index k2 = to_second_.cols() / 2;
  Eigen::MatrixXcd columns(halves.rows(), k2);
  columns.real() = halves.leftCols(k2);
  columns.imag() = halves.rightCols(k2);
  const Eigen::MatrixXcd coefficients = ((to_first_ * columns).array() * filter_.array()).matrix();
  const Eigen::MatrixXcd rows = from_first_ * coefficients;
  Eigen::MatrixXd parts(rows.rows(), 2 * k2);
  parts.leftCols(k2) = rows.real();
  parts.rightCols(k2) = rows.imag();
  next.noalias() = parts * from_second_;
}

double PlaneOperator::leak(const PlaneSamples& masses) const {
  double sum = 0;
  for (std::size_t i = 0; i < windows_.size(); ++i)
    if (windows_[i].outside > 0) sum += windows_[i].outside * std::abs(masses.data()[i / places_]);
  return sum;
}

}  // namespace isotherm::theory
