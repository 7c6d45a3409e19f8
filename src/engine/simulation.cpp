#include "engine/simulation.hpp"

namespace isotherm::engine {

std::vector<Histogram> make_histograms(const Simulation& simulation) {
  std::vector<Histogram> histograms;
  for (const HistogramPlan& plan : simulation.histograms) {
    Histogram histogram;
    histogram.name = plan.name;
    histogram.axes = plan.axes;
    histogram.groups = histogram_groups(histogram.slots());
    histogram.counts.resize(histogram.groups * histogram.slots());
    histogram.nonfinite.resize(histogram.groups);
    histograms.push_back(std::move(histogram));
  }
  return histograms;
}

}  // namespace isotherm::engine
