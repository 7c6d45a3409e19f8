#pragma once
// The transfer operator of the chain x' = m(x) + s(x) xi, xi ~ N(0, 1), by Nystrom's method: its stationary density,
// which is that of the discrete chain itself, at whatever step.

#include <functional>
#include <optional>
#include <span>
#include <vector>

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

/// p(y) = sum_i w_i N(y; m(x_i), s(x_i)^2) p(x_i) at the nodes, solved by the elimination of Grassmann, Taksar and
/// Heyman (Oper. Res. 33 (1985) 1107): it subtracts nothing, so that every mass is right to about 1e-13 of itself, also
/// those of wells that practically never exchange, and none is negative. A step that would leave the nodes is not
/// taken. Entries beyond twelve s are left out (1e-31 each): n nodes with a band of half-width b take n b^2 operations.
class TransferOperator {
 public:
  TransferOperator(NormalStep step, LineRule rule);

  /// False if some node cannot be left towards the others: there is no stationary law on these nodes.
  bool solved() const { return solved_; }
  const LineRule& rule() const { return rule_; }
  std::span<const double> masses() const { return mass_; }  ///< w_i p(x_i), of sum 1
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
    for (std::size_t i = 0; i < mass_.size(); ++i)
      if (mass_[i] > 0) sum += mass_[i] * f(rule_.nodes[i]);
    return sum;
  }

  /// The L1 norm of p - Tp, T being integrated on other nodes: twice what this rule's own integration is wrong by.
  double residual(const LineRule& other) const;
  /// The law is known to be even about 0, and so are the nodes: removes what rounding has left of odd parts.
  void symmetrize();

  /// -ln |lambda| per step of the slowest mode but the stationary one; nothing if it could be one that alternates in
  /// sign and there are too many nodes to look at all eigenvalues.
  std::optional<double> relaxation_rate() const;

 private:
  struct Range {
    std::size_t begin, end;
  };
  void fill();
  bool eliminate(std::size_t pivot);
  void substitute();
  /// Solves y (I - P) = b for b of sum 0; y has sum 0.
  std::vector<double> solve(std::vector<double> b) const;
  /// Nodes not yet eliminated when k is: those that lead to it, and those it leads to.
  Range sources(std::size_t k) const;
  Range targets(std::size_t k) const;
  template <class Visit>
  void inwards(Visit&& visit) const;
  template <class Visit>
  void outwards(Visit&& visit) const;
  double& at(std::size_t i, std::size_t j) { return matrix_[i * width_ + j + below_ - i]; }
  double at(std::size_t i, std::size_t j) const { return matrix_[i * width_ + j + below_ - i]; }
  std::size_t size() const { return rule_.nodes.size(); }

  NormalStep step_;
  LineRule rule_;
  std::vector<double> mean_, deviation_;
  // Row i: the probabilities of i -> j, i - below_ <= j <= i + above_. After elimination, with S in leaving_ the
  // probability of leaving k towards the nodes that are left: row k holds those of its targets, column k those of its
  // sources over S.
  std::size_t below_ = 0, above_ = 0, width_ = 0, pivot_ = 0;
  std::vector<double> matrix_, leaving_, mass_;
  bool solved_ = false;
};

}  // namespace isotherm::theory
