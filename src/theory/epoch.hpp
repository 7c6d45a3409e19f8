#pragma once
// Examples in turn, in a new random order each epoch: the exact covariance where the curvature is the same for all.

#include <Eigen/Dense>
#include <cstdint>

namespace isotherm::theory {

/// y' = A y + M (mean of the d_e of the batch) + e_t: the d_e are the deviations of the N examples' gradients from
/// their mean, of covariance Sigma over the N, every example once in an epoch; e_t is independent noise of covariance
/// Q. After j updates of an epoch the deviation from A^j y is sum_e X_e d_e, X_e = A^(updates since) M / (size of the
/// batch), 0 for examples still to come. Under a random order that has the covariance (a sample without replacement)
///     W_j = N / (N - 1) sum_e (X_e - X) Sigma (X_e - X)' + sum_i A^i Q A'^i,    X the mean of the X_e,
/// and epochs are independent: V_N = A^n V_N A'^n + W_n, V_j = A^j V_N A'^j + W_j, with n updates in an epoch.
/// Sums over examples are merged pairwise about their means (as Chan, Golub and LeVeque 1979), so nothing cancels, and
/// a place in the epoch takes log n steps.
class Epoch {
 public:
  Epoch(Eigen::MatrixXd a, Eigen::MatrixXd gain, Eigen::MatrixXd example_covariance, Eigen::MatrixXd noise,
        std::uint64_t examples, std::uint64_t batch_size);

  std::uint64_t updates() const { return updates_; }  ///< of an epoch: the last batch may be shorter
  /// V_j, 1 <= j <= updates().
  Eigen::MatrixXd covariance_after(std::uint64_t position) const;
  /// V_1 ... V_n, one after the other.
  template <class Visit>
  void each(const Visit& visit) const {
    Part part = empty();
    for (std::uint64_t j = 1; j <= updates_; ++j) {
      part = joined(part, update(j));
      visit(finished(part));
    }
  }

 private:
  /// The examples of some updates in a row, as they stand after the last of these.
  struct Part {
    double count = 0;             ///< of examples
    Eigen::MatrixXd mean;         ///< of X_e
    Eigen::MatrixXd scatter;      ///< sum_e (X_e - mean) Sigma (X_e - mean)'
    Eigen::MatrixXd independent;  ///< sum_i A^i Q A'^i
    Eigen::MatrixXd power;        ///< A^(updates)
  };
  Part empty() const;
  Part update(std::uint64_t position) const;
  Part joined(const Part& before, const Part& after) const;
  Part first(std::uint64_t updates) const;
  Eigen::MatrixXd noise_after(const Part& part) const;  ///< W_j
  Eigen::MatrixXd finished(const Part& part) const {
    return part.power * end_ * part.power.transpose() + noise_after(part);
  }

  Eigen::MatrixXd a_, gain_, covariance_, noise_;
  std::uint64_t examples_, batch_size_, updates_;
  Eigen::MatrixXd end_;  ///< V_N
};

}  // namespace isotherm::theory
