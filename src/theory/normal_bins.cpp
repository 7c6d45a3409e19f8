#include "theory/normal_bins.hpp"

#include <cmath>

namespace isotherm::theory {
namespace {

/// P(a < z < b) of a standard normal number, without cancellation in the tails.
double between(double a, double b) {
  const auto upper_tail = [](double z) { return 0.5 * std::erfc(z * M_SQRT1_2); };
  if (a >= 0) return upper_tail(a) - upper_tail(b);
  if (b <= 0) return upper_tail(-b) - upper_tail(-a);
  return 1 - upper_tail(-a) - upper_tail(b);
}

}  // namespace

BinProbabilities normal_bins(const std::vector<Axis>& axes, double standard_deviation) {
  const Axis& axis = axes.front();
  BinProbabilities result{axes, std::vector<double>(axis.extent(), 0.0), ""};
  const auto z = [&](std::size_t i) { return axis.edge(i) / standard_deviation; };
  constexpr double infinity = INFINITY;
  if (!axis.periodic) {
    result.probabilities.front() = between(-infinity, z(0));
    result.probabilities.back() = between(z(axis.bins), infinity);
    for (std::size_t i = 0; i < axis.bins; ++i) result.probabilities[i + 1] = between(z(i), z(i + 1));
    return result;
  }
  // Wrapped: every turn that carries weight is added.
  const double turn = (axis.upper - axis.lower) / standard_deviation;
  const double reach = 40 + std::abs(z(0)) + std::abs(turn);
  for (double shift = -turn * std::ceil(reach / turn); shift <= reach; shift += turn)
    for (std::size_t i = 0; i < axis.bins; ++i) result.probabilities[i + 1] += between(z(i) + shift, z(i + 1) + shift);
  return result;
}

}  // namespace isotherm::theory
