#include "output/expected.hpp"

#include "output/standard_errors.hpp"

namespace isotherm::output {

std::vector<Expected> expected_on(const std::vector<Axis>& axes, const std::vector<theory::Prediction>& predictions) {
  std::vector<Expected> expected;
  for (const theory::Prediction& prediction : predictions) {
    for (const theory::BinProbabilities& bins : prediction.bins) {
      if (bins.axes != axes || bins.probabilities.empty()) continue;
      expected.push_back({prediction.name, &bins.probabilities});
      break;
    }
  }
  return expected;
}

std::vector<double> finite_entries(const Histogram& histogram) {
  std::vector<double> entries(histogram.groups, 0);
  const std::size_t slots = histogram.slots();
  for (std::size_t g = 0; g < histogram.groups; ++g)
    for (std::size_t slot = 0; slot < slots; ++slot)
      entries[g] += static_cast<double>(histogram.counts[g * slots + slot]);
  return entries;
}

std::optional<std::vector<double>> batch_variances(const Histogram& histogram) {
  if (histogram.single_snapshot) return std::nullopt;
  const std::vector<double> entries = finite_entries(histogram);
  double total = 0;
  for (const double group : entries) total += group;
  const std::size_t slots = histogram.slots();
  std::vector<double> variances(slots), shares(histogram.groups);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    for (std::size_t g = 0; g < histogram.groups; ++g) {
      const auto count = static_cast<double>(histogram.counts[g * slots + slot]);
      shares[g] = entries[g] > 0 ? count / entries[g] : 0;
    }
    const std::optional<double> error = batch_standard_error(entries, shares);
    if (!error) return std::nullopt;
    variances[slot] = *error * total * (*error * total);
  }
  return variances;
}

}  // namespace isotherm::output
