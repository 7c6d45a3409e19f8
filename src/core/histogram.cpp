#include "isotherm/histogram/histogram.hpp"

#include <numeric>

namespace isotherm {

std::vector<std::uint64_t> Histogram::total() const {
  const std::size_t n = slots();
  std::vector<std::uint64_t> sum(n);
  for (std::size_t group = 0; group < groups; ++group)
    for (std::size_t i = 0; i < n; ++i) sum[i] += counts[group * n + i];
  return sum;
}

std::uint64_t Histogram::entries() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) +
         std::accumulate(nonfinite.begin(), nonfinite.end(), std::uint64_t{0});
}

}  // namespace isotherm
