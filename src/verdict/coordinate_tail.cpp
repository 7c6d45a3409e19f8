#include "verdict/coordinate_tail.hpp"

#include <algorithm>
#include <functional>

namespace isotherm::verdict {

std::vector<CoordinateTail> coordinate_tails(const Measurement& measurement, std::span<const double> center) {
  std::vector<CoordinateTail> tails;
  const std::vector<FinalPositions::Extremes>& extremes = measurement.final_positions.extremes;
  for (std::size_t c = 0; c < extremes.size(); ++c) {
    const double middle = c < center.size() ? center[c] : 0;
    const SnapshotObservable& observable = measurement.last().observables[c];
    std::vector<double> distances;
    for (const double x : extremes[c].largest)
      if (x > middle) distances.push_back(x - middle);
    for (const double x : extremes[c].smallest)
      if (x < middle) distances.push_back(middle - x);
    std::ranges::sort(distances, std::greater<>());
    if (const auto index = hill(distances, static_cast<std::uint64_t>(observable.total.count)))
      tails.push_back({observable.name, *index});
  }
  return tails;
}

}  // namespace isotherm::verdict
