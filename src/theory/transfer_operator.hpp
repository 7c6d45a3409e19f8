#pragma once
// The transfer operator of the chain x' = m(x) + s(x) xi, xi ~ N(0, 1), by Nystrom's method: its stationary density,
// which is that of the discrete chain itself, at whatever step.

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "theory/banded_chain.hpp"
#include "theory/law.hpp"

namespace isotherm::theory {

struct NormalStep {
  std::function<double(double)> mean;       ///< m(x)
  std::function<double(double)> deviation;  ///< s(x) > 0
};

/// Nodes (ascending) and weights of a quadrature of the line.
struct LineRule {
  std::vector<double> nodes, weights;
};

/// The trapezoid rule on n equally spaced nodes, both ends included; the nodes mirror each other about the middle
/// exactly.
LineRule trapezoid_rule(const Interval& interval, std::size_t n);

/// Gauss-Legendre panels of 16 nodes, about `panels` of them, that end at every cut (ascending) inside the interval.
LineRule panel_rule(const Interval& interval, std::span<const double> cuts, std::size_t panels);

/// p(y) = sum_i w_i N(y; m(x_i), s(x_i)^2) p(x_i) at the nodes, as a chain on them (banded_chain.hpp). A step that
/// would leave the nodes is not taken. Entries beyond twelve s are left out (1e-31 each). `folded`: the step is odd and
/// the noise even, the nodes cover one side of 0, and the law is that of |x|, without the modes that are odd; then only
/// masses, kept and relaxation_rate have a meaning.
class TransferOperator {
 public:
  TransferOperator(NormalStep step, LineRule rule, bool folded = false);

  /// False if some node cannot be left towards the others: there is no stationary law on these nodes.
  bool solved() const { return solved_; }
  const LineRule& rule() const { return rule_; }
  std::span<const double> masses() const { return chain_.masses(); }  ///< w_i p(x_i), of sum 1
  double mean(std::size_t i) const { return mean_[i]; }
  double deviation(std::size_t i) const { return deviation_[i]; }
  /// The probability that the next step from node i stays within the outermost nodes.
  double kept(std::size_t i) const;

  /// p and its integrals at any place, by the kernels themselves (Nystrom's interpolant): as accurate as at the nodes.
  double density(double y) const;
  double below(double y) const;  ///< P(x < y)
  double above(double y) const;
  /// P(cuts[i] < x < cuts[i + 1]); the outer cuts may be infinite. Each to its own relative accuracy.
  std::vector<double> between(std::span<const double> cuts) const;
  template <class Function>
  double average(Function&& f) const {
    double sum = 0;
    for (std::size_t i = 0; i < size(); ++i)
      if (masses()[i] > 0) sum += masses()[i] * f(rule_.nodes[i]);
    return sum;
  }

  /// The L1 norm of p - Tp, T being integrated on other nodes: twice what this rule's own integration is wrong by.
  double residual(const LineRule& other) const;
  /// The law is known to be even about 0, and so are the nodes: removes what rounding has left of odd parts.
  void symmetrize() { chain_.symmetrize(); }
  /// The probability, per step, of leaving the nodes.
  double leak() const;

  /// -ln |lambda| per step of the slowest mode but the stationary one; nothing if it could be one that alternates in
  /// sign and there are too many nodes to look at all eigenvalues.
  std::optional<double> relaxation_rate() const;

 private:
  BandedChain fill() const;
  /// Where all minors of the kernel are positive, so are the eigenvalues (Gantmacher and Krein, 1937).
  bool is_totally_positive() const;
  std::size_t size() const { return rule_.nodes.size(); }

  NormalStep step_;
  LineRule rule_;
  bool folded_;
  std::vector<double> mean_, deviation_;
  BandedChain chain_;
  bool solved_ = false;
};

}  // namespace isotherm::theory
