#pragma once
// Mergeable central moments (Pebay, Sandia report SAND2008-6212). Merging in a fixed tree order gives the same last bit
// however the leaves were computed.

#include <cstddef>
#include <vector>

namespace isotherm {

/// Central sums of one observable: m2 = sum (x - mean)^2, m3, m4 likewise. Non-finite values are never added.
struct MomentSum {
  double count = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0;

  double variance() const { return count > 1 ? m2 / (count - 1) : 0; }  ///< unbiased
  double skewness() const;                                              ///< m3/n / (m2/n)^1.5; 0 for a constant
  double excess_kurtosis() const;                                       ///< (m4/n) / (m2/n)^2 - 3; 0 for a constant
  double raw_second() const;                                            ///< E x^2
  double raw_fourth() const;                                            ///< E x^4
};

MomentSum merge(const MomentSum& left, const MomentSum& right);

/// Means and central co-moments of q observables: comoment[i * q + j] = sum (x_i - mean_i)(x_j - mean_j), symmetric.
struct ComomentSum {
  double count = 0;
  std::vector<double> mean;
  std::vector<double> comoment;

  std::size_t size() const { return mean.size(); }
  double covariance(std::size_t i, std::size_t j) const {
    return count > 1 ? comoment[i * size() + j] / (count - 1) : 0;
  }
};

ComomentSum merge(const ComomentSum& left, const ComomentSum& right);

}  // namespace isotherm
