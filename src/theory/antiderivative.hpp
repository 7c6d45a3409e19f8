#pragma once
// Integrals of functions of one variable, as piecewise Legendre series.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "theory/gauss_legendre.hpp"

namespace isotherm::theory {

/// The integral of f from `origin` to x, for x within the panels; beyond them it is that of the nearest end.
class Antiderivative {
 public:
  template <class Function>
  Antiderivative(Function&& f, std::span<const double> edges, double origin) : edges_(edges.begin(), edges.end()) {
    const auto& rule = GaussLegendre<nodes>::rule();
    double sum = 0;
    for (std::size_t p = 0; p + 1 < edges_.size(); ++p) {
      const double half = 0.5 * (edges_[p + 1] - edges_[p]), middle = edges_[p] + half;
      std::array<double, nodes> series{};
      for (std::size_t i = 0; i < nodes; ++i) {
        const auto polynomials = legendre<nodes>(rule.node[i]);
        const double value = rule.weight[i] * f(middle + half * rule.node[i]);
        for (std::size_t k = 0; k < nodes; ++k)
          series[k] += 0.5 * (2 * static_cast<double>(k) + 1) * value * polynomials[k];
      }
      // The integral of P_k is (P_{k+1} - P_{k-1}) / (2k + 1), that of P_0 is 1 + P_1: all vanish at -1.
      std::array<double, nodes + 1> integral{};
      integral[0] = sum + half * series[0];
      integral[1] = half * series[0];
      for (std::size_t k = 1; k < nodes; ++k) {
        const double part = half * series[k] / (2 * static_cast<double>(k) + 1);
        integral[k + 1] += part;
        integral[k - 1] -= part;
      }
      sum += 2 * half * series[0];
      series_.push_back(integral);
    }
    origin_ = at(origin);
  }

  double operator()(double x) const { return at(x) - origin_; }

 private:
  static constexpr std::size_t nodes = 20;

  double at(double x) const {
    x = std::clamp(x, edges_.front(), edges_.back());
    const auto after = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, x);
    const auto p = static_cast<std::size_t>(after - edges_.begin()) - 1;
    const double half = 0.5 * (edges_[p + 1] - edges_[p]);
    const auto polynomials = legendre<nodes + 1>((x - edges_[p]) / half - 1);
    double sum = 0;
    for (std::size_t k = nodes + 1; k-- > 0;) sum += series_[p][k] * polynomials[k];
    return sum;
  }

  std::vector<double> edges_;
  std::vector<std::array<double, nodes + 1>> series_;
  double origin_ = 0;
};

}  // namespace isotherm::theory
