#include "engine/block_sums.hpp"

#include <algorithm>

namespace isotherm::engine {

MomentSum block_moments(const double* values, const double* weight, const cpu::Stages<double>& stages) {
  double moments[5];
  stages.block_moments(values, weight, moments);
  return {moments[0], moments[1], moments[2], moments[3], moments[4]};
}

ComomentSum block_comoments(const std::vector<const double*>& rows, const double* weight, std::vector<double>& scratch,
                            const cpu::Stages<double>& stages) {
  const std::size_t q = rows.size(), sums = 1 + q + q * q;
  scratch.resize(std::max(scratch.size(), q * block_size + sums));
  double* result = scratch.data() + q * block_size;
  stages.block_comoments(rows.data(), q, weight, scratch.data(), result);
  return {result[0], {result + 1, result + 1 + q}, {result + 1 + q, result + sums}};
}

}  // namespace isotherm::engine
