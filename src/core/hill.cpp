#include "isotherm/statistics/hill.hpp"

#include <cmath>

namespace isotherm {

std::size_t tail_count(std::uint64_t n) {
  constexpr std::uint64_t fewest = 2500;
  return n < fewest ? 0 : static_cast<std::size_t>(2 * std::sqrt(static_cast<double>(n)));
}

std::optional<TailIndex> hill(std::span<const double> largest, std::uint64_t n) {
  const std::size_t k = tail_count(n);
  if (k == 0 || largest.size() <= k || !(largest[k] > 0) || !std::isfinite(largest[0])) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < k; ++i) sum += std::log(largest[i] / largest[k]);
  if (!(sum > 0)) return std::nullopt;
  const double value = static_cast<double>(k) / sum;
  return TailIndex{value, value / std::sqrt(static_cast<double>(k)), k, n, largest[k]};
}

}  // namespace isotherm
