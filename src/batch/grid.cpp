#include "batch/grid.hpp"

#include <algorithm>

namespace isotherm::batch {

std::uint64_t Grid::settings(std::uint64_t most) const {
  std::uint64_t product = 1;
  for (const std::vector<Level>& factor : factors) {
    if (factor.size() > most / product) return most + 1;
    product *= factor.size();
  }
  return product;
}

std::vector<const Assignment*> Grid::setting(std::uint64_t index) const {
  std::vector<const Level*> levels(factors.size());
  for (std::size_t f = factors.size(); f-- > 0;) {
    levels[f] = &factors[f][index % factors[f].size()];
    index /= factors[f].size();
  }
  std::vector<const Assignment*> assignments;
  for (const Level* level : levels)
    for (const Assignment& assignment : *level) assignments.push_back(&assignment);
  return assignments;
}

}  // namespace isotherm::batch
