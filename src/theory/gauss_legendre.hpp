#pragma once
// Gauss-Legendre quadrature and Legendre polynomials on [-1, 1].

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace isotherm::theory {

/// P_0(x) ... P_{n-1}(x) by the three-term recursion.
template <std::size_t n>
std::array<double, n> legendre(double x) {
  std::array<double, n> p;
  p[0] = 1;
  if constexpr (n > 1) p[1] = x;
  for (std::size_t k = 2; k < n; ++k) {
    const auto degree = static_cast<double>(k);
    p[k] = ((2 * degree - 1) * x * p[k - 1] - (degree - 1) * p[k - 2]) / degree;
  }
  return p;
}

/// The rule with n nodes: exact for polynomials of degree 2n - 1. Nodes ascend.
template <std::size_t n>
struct GaussLegendre {
  std::array<double, n> node, weight;

  static const GaussLegendre& rule() {
    static const GaussLegendre rule;
    return rule;
  }

 private:
  GaussLegendre() {
    for (std::size_t i = 0; i < n; ++i) {
      // Tricomi's estimate of the root, then Newton's iteration.
      double x = -std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(n) + 0.5));
      double derivative = 1;
      for (int iteration = 0; iteration < 20; ++iteration) {
        const auto p = legendre<n + 1>(x);
        derivative = static_cast<double>(n) * (x * p[n] - p[n - 1]) / (x * x - 1);
        const double correction = p[n] / derivative;
        x -= correction;
        if (std::abs(correction) < 1e-16) break;
      }
      const auto p = legendre<n + 1>(x);
      derivative = static_cast<double>(n) * (x * p[n] - p[n - 1]) / (x * x - 1);
      node[i] = x;
      weight[i] = 2 / ((1 - x * x) * derivative * derivative);
    }
  }
};

}  // namespace isotherm::theory
