#include "batch/figure.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace isotherm::batch {

Series points(std::string name, Ink ink, const std::vector<double>& x, const std::vector<Estimate>& y) {
  Series series{.name = std::move(name), .kind = Series::Kind::points, .ink = ink, .x = x};
  for (const Estimate& estimate : y) {
    series.y.push_back(estimate.value);
    series.bar.push_back(2 * estimate.standard_error);
  }
  return series;
}

Series curve(std::string name, Ink ink, double lower, double upper, const std::function<double(double)>& f,
             bool logarithmic) {
  constexpr int places = 120;
  Series series{.name = std::move(name), .kind = Series::Kind::curve, .ink = ink};
  for (int i = 0; i <= places; ++i) {
    const double share = static_cast<double>(i) / places;
    const double x = logarithmic ? lower * std::pow(upper / lower, share) : lower + (upper - lower) * share;
    series.x.push_back(x);
    series.y.push_back(f(x));
  }
  return series;
}

Series dashed(Series series) {
  series.dashed = true;
  return series;
}

Series level(std::string name, Ink ink, double lower, double upper, double height) {
  return {.name = std::move(name), .kind = Series::Kind::curve, .ink = ink, .x = {lower, upper}, .y = {height, height}};
}

Series density(const std::string& name, Ink ink, const Result& run, const std::string& histogram, double scale,
               std::optional<std::uint64_t> step, std::size_t most) {
  const Histogram& counts = step ? Reading(run, *step).histogram(histogram) : Reading(run).histogram(histogram);
  const Axis& axis = counts.axes.front();
  const std::vector<std::uint64_t> total = counts.total();
  const std::size_t merged = (axis.bins + most - 1) / most;
  Series series{.name = name, .kind = Series::Kind::histogram, .ink = ink};
  const auto all = static_cast<double>(run.measurement.particles);
  series.x.push_back(scale * axis.edge(0));
  for (std::size_t bin = 0; bin < axis.bins; bin += merged) {
    const std::size_t end = std::min(bin + merged, axis.bins);
    double inside = 0;
    for (std::size_t i = bin; i < end; ++i) inside += static_cast<double>(total[i + 1]);
    series.x.push_back(scale * axis.edge(end));
    series.y.push_back(inside / (all * std::abs(scale) * (axis.edge(end) - axis.edge(bin))));
  }
  if (scale < 0) {
    std::reverse(series.x.begin(), series.x.end());
    std::reverse(series.y.begin(), series.y.end());
  }
  return series;
}

Series middles(std::string name, Ink ink, const Series& histogram) {
  Series series{.name = std::move(name), .kind = Series::Kind::points, .ink = ink, .y = histogram.y};
  for (std::size_t i = 0; i < histogram.y.size(); ++i) series.x.push_back((histogram.x[i] + histogram.x[i + 1]) / 2);
  return series;
}

Series within(Series histogram, double range) {
  Series kept = histogram;
  kept.x.clear();
  kept.y.clear();
  for (std::size_t i = 0; i < histogram.y.size(); ++i) {
    if (histogram.x[i] < -range || histogram.x[i + 1] > range) continue;
    if (kept.x.empty()) kept.x.push_back(histogram.x[i]);
    kept.x.push_back(histogram.x[i + 1]);
    kept.y.push_back(histogram.y[i]);
  }
  return kept;
}

std::function<double(double)> normal_density(double mean, double variance) {
  return [=](double x) {
    return std::exp(-(x - mean) * (x - mean) / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance);
  };
}

std::function<double(double)> gibbs_density(const std::function<double(double)>& loss, double temperature, double lower,
                                            double upper) {
  constexpr int places = 20000;
  const double width = (upper - lower) / places;
  double sum = 0;
  for (int i = 0; i <= places; ++i)
    sum += (i == 0 || i == places ? 0.5 : 1.0) * std::exp(-loss(lower + i * width) / temperature);
  return [loss, temperature, z = sum * width](double x) { return std::exp(-loss(x) / temperature) / z; };
}

}  // namespace isotherm::batch
