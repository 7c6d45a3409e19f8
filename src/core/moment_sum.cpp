#include "isotherm/statistics/moment_sum.hpp"

#include <cmath>
#include <string>

#include "isotherm/core/error.hpp"

namespace isotherm {

double MomentSum::skewness() const { return m2 > 0 ? (m3 / count) / std::pow(m2 / count, 1.5) : 0; }

double MomentSum::excess_kurtosis() const {
  const double variance = m2 / count;
  return m2 > 0 ? (m4 / count) / (variance * variance) - 3 : 0;
}

double MomentSum::raw_second() const { return count > 0 ? m2 / count + mean * mean : 0; }

double MomentSum::raw_fourth() const {
  if (count == 0) return 0;
  const double mean2 = mean * mean;
  return m4 / count + 4 * mean * (m3 / count) + 6 * mean2 * (m2 / count) + mean2 * mean2;
}

MomentSum merge(const MomentSum& a, const MomentSum& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const double n = a.count + b.count, d = b.mean - a.mean, dn = d / n, dn2 = dn * dn, ab = a.count * b.count;
  MomentSum sum;
  sum.count = n;
  sum.mean = a.mean + b.count * dn;
  sum.m2 = a.m2 + b.m2 + d * dn * ab;
  sum.m3 = a.m3 + b.m3 + d * dn2 * ab * (a.count - b.count) + 3 * dn * (a.count * b.m2 - b.count * a.m2);
  sum.m4 = a.m4 + b.m4 + d * dn2 * dn * ab * (a.count * a.count - ab + b.count * b.count) +
           6 * dn2 * (a.count * a.count * b.m2 + b.count * b.count * a.m2) + 4 * dn * (a.count * b.m3 - b.count * a.m3);
  return sum;
}

ComomentSum merge(const ComomentSum& a, const ComomentSum& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const std::size_t q = a.size();
  if (b.size() != q)
    throw RunError("sums over " + std::to_string(q) + " and over " + std::to_string(b.size()) + " observables");
  const double n = a.count + b.count, weight = a.count * b.count / n;
  ComomentSum sum{n, a.mean, a.comoment};
  for (std::size_t i = 0; i < q; ++i) {
    const double d = b.mean[i] - a.mean[i];
    sum.mean[i] = a.mean[i] + d * (b.count / n);
    for (std::size_t j = 0; j < q; ++j)
      sum.comoment[i * q + j] = a.comoment[i * q + j] + b.comoment[i * q + j] + weight * (d * (b.mean[j] - a.mean[j]));
  }
  return sum;
}

}  // namespace isotherm
