#include "engine/block_sums.hpp"

#include <algorithm>
#include <cmath>

namespace isotherm::engine {
namespace {

/// Sum of one block by halving. Destroys its argument.
double halving_sum(double* values) {
  for (std::size_t half = block_size / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) values[i] += values[i + half];
  return values[0];
}

}  // namespace

MomentSum block_moments(const double* values, const double* weight, BlockScratch& scratch) {
  MomentSum moments;
  // A finite particle may still have a non-finite observable (the logarithm of a negative number): it is left out of
  // this one.
  for (std::size_t i = 0; i < block_size; ++i)
    scratch.power[i] = weight[i] != 0 && std::isfinite(values[i]) ? 1.0 : 0.0;
  std::copy_n(scratch.power, block_size, scratch.sum);
  moments.count = halving_sum(scratch.sum);
  if (moments.count == 0) return moments;
  for (std::size_t i = 0; i < block_size; ++i) scratch.sum[i] = scratch.power[i] != 0 ? values[i] : 0.0;
  moments.mean = halving_sum(scratch.sum) / moments.count;
  for (std::size_t i = 0; i < block_size; ++i)
    scratch.deviation[i] = scratch.power[i] != 0 ? values[i] - moments.mean : 0.0;
  for (std::size_t i = 0; i < block_size; ++i) scratch.power[i] = scratch.deviation[i] * scratch.deviation[i];
  std::copy_n(scratch.power, block_size, scratch.sum);
  moments.m2 = halving_sum(scratch.sum);
  for (std::size_t i = 0; i < block_size; ++i) scratch.sum[i] = scratch.power[i] * scratch.deviation[i];
  moments.m3 = halving_sum(scratch.sum);
  for (std::size_t i = 0; i < block_size; ++i) scratch.sum[i] = scratch.power[i] * scratch.power[i];
  moments.m4 = halving_sum(scratch.sum);
  return moments;
}

ComomentSum block_comoments(const std::vector<const double*>& rows, const double* weight,
                            std::vector<double>& deviations, BlockScratch& scratch) {
  const std::size_t q = rows.size();
  ComomentSum sum{0, std::vector<double>(q), std::vector<double>(q * q)};
  deviations.resize(q * block_size);
  std::copy_n(weight, block_size, scratch.power);
  for (const double* row : rows)
    for (std::size_t i = 0; i < block_size; ++i)
      if (!std::isfinite(row[i])) scratch.power[i] = 0;
  std::copy_n(scratch.power, block_size, scratch.sum);
  sum.count = halving_sum(scratch.sum);
  if (sum.count == 0) return sum;
  for (std::size_t a = 0; a < q; ++a) {
    for (std::size_t i = 0; i < block_size; ++i) scratch.sum[i] = scratch.power[i] != 0 ? rows[a][i] : 0.0;
    sum.mean[a] = halving_sum(scratch.sum) / sum.count;
    for (std::size_t i = 0; i < block_size; ++i)
      deviations[a * block_size + i] = scratch.power[i] != 0 ? rows[a][i] - sum.mean[a] : 0.0;
  }
  for (std::size_t a = 0; a < q; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      for (std::size_t i = 0; i < block_size; ++i)
        scratch.sum[i] = deviations[a * block_size + i] * deviations[b * block_size + i];
      sum.comoment[a * q + b] = sum.comoment[b * q + a] = halving_sum(scratch.sum);
    }
  return sum;
}

}  // namespace isotherm::engine
