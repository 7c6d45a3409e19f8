#pragma once
// A Markov chain on ordered nodes, each of which leads only to nodes nearby: its stationary masses and its gap.

#include <optional>
#include <span>
#include <vector>

namespace isotherm::theory {

/// Solved by the elimination of Grassmann, Taksar and Heyman (Oper. Res. 33 (1985) 1107), from both ends towards a
/// pivot. It subtracts nothing, so that every mass is right to about 1e-13 of itself, also those of wells that
/// practically never exchange, and none is negative. Probabilities of staying are not used: they are what is missing to
/// 1. n nodes with a band of half-width b take n b^2 operations.
class BandedChain {
 public:
  /// From node i the chain may go to i - below ... i + above.
  BandedChain(std::size_t nodes, std::size_t below, std::size_t above);

  std::size_t size() const { return size_; }
  /// The probability of i -> j; 0 at first.
  double& at(std::size_t i, std::size_t j) { return entries_[place(i, j)]; }

  /// False if some node cannot be left towards the others: there is no stationary law on these nodes.
  bool solve();
  std::span<const double> masses() const { return masses_; }  ///< stationary, of sum 1
  /// The law is known to be even about the middle: removes what rounding has left of odd parts.
  void symmetrize();

  /// -ln |lambda| of the slowest mode but the stationary one, among those of eigenvalues near 1; nothing if it does not
  /// converge. To its own relative accuracy, however small.
  std::optional<double> gap() const;
  /// The largest |lambda| of modes that alternate in sign, Re lambda < 0; by all eigenvalues, so for few nodes.
  double alternating() const;

 private:
  struct Range {
    std::size_t begin, end;
  };
  /// Factors of I - P about a pivot. `leaving` is the probability of leaving k towards the nodes not yet eliminated;
  /// row k of `matrix` holds those of its targets, column k those of its sources over `leaving`.
  struct Factors {
    std::size_t pivot = 0;
    std::vector<double> matrix, leaving;
  };
  std::size_t place(std::size_t i, std::size_t j) const { return i * width_ + j + below_ - i; }
  /// Nodes not yet eliminated when k is: those that lead to it, and those it leads to.
  Range sources(std::size_t k, std::size_t pivot) const;
  Range targets(std::size_t k, std::size_t pivot) const;
  std::optional<Factors> factorize(std::size_t pivot) const;
  void substitute(const Factors& factors);
  /// y (I - P) = b for b of sum 0; y has sum 0.
  std::vector<double> invert(const Factors& factors, std::vector<double> b) const;

  std::size_t size_, below_, above_, width_;
  std::vector<double> entries_, masses_;
};

}  // namespace isotherm::theory
