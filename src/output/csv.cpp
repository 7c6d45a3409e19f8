#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "output/expected.hpp"
#include "output/histogram_files.hpp"
#include "output/number.hpp"

namespace isotherm::output {
namespace {

/// A field of RFC 4180: in quotes where it contains a comma or a quote.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

/// Lower and upper end of a slot.
std::pair<double, double> edges(const Axis& axis, std::size_t slot) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return {slot == 0 ? -infinity : axis.edge(slot - 1), slot == axis.extent() - 1 ? infinity : axis.edge(slot)};
}

}  // namespace

std::vector<const Histogram*> all_histograms(const Measurement& measurement) {
  std::vector<const Histogram*> all;
  for (const Histogram& histogram : measurement.histograms) all.push_back(&histogram);
  for (const Snapshot& snapshot : measurement.snapshots) {
    for (const Histogram& histogram : snapshot.histograms) all.push_back(&histogram);
  }
  return all;
}

std::string csv(const Histogram& histogram, const std::vector<theory::Prediction>& predictions) {
  const std::vector<std::uint64_t> counts = histogram.total();
  const std::vector<Expected> expected = expected_on(histogram.axes, predictions);
  const std::size_t slots = histogram.slots();
  double entries = 0;
  for (const double group : finite_entries(histogram)) entries += group;
  const std::optional<std::vector<double>> variances = batch_variances(histogram);

  std::string text;
  for (const Axis& axis : histogram.axes) {
    text += field(axis.expression + " lower") + ',' + field(axis.expression + " upper") + ',';
  }
  text += "count";
  for (const Expected& e : expected)
    text += ',' + field(e.prediction + " expected") + ',' + field(e.prediction + " pull");
  text += '\n';

  for (std::size_t slot = 0; slot < slots; ++slot) {
    std::string line;
    bool flow_of_periodic = false;
    for (std::size_t a = 0, rest = slots, flat = slot; a < histogram.axes.size(); ++a) {
      const Axis& axis = histogram.axes[a];
      rest /= axis.extent();
      const std::size_t index = flat / rest;
      flat %= rest;
      const auto [lower, upper] = edges(axis, index);
      line += shortest(lower) + ',' + shortest(upper) + ',';
      flow_of_periodic = flow_of_periodic || (axis.periodic && (index == 0 || index == axis.extent() - 1));
    }
    if (flow_of_periodic) continue;
    line += std::to_string(counts[slot]);
    for (const Expected& e : expected) {
      const double probability = (*e.probabilities)[slot];
      const double mean = entries * probability;
      line += ',' + shortest(mean) + ',';
      const double multinomial = histogram.single_snapshot ? mean * (1 - probability) : 0;
      const double error = std::sqrt(variances ? (*variances)[slot] : multinomial);
      if (error > 0) line += shortest((static_cast<double>(counts[slot]) - mean) / error);
    }
    text += line + '\n';
  }

  std::uint64_t nonfinite = 0;
  for (const std::uint64_t count : histogram.nonfinite) nonfinite += count;
  for (std::size_t a = 0; a < histogram.axes.size(); ++a) text += "nan,nan,";
  text += std::to_string(nonfinite);
  for (std::size_t e = 0; e < expected.size(); ++e) text += ",,";
  return text + '\n';
}

std::vector<std::string> csv_names(const std::vector<const Histogram*>& histograms) {
  std::vector<std::string> names;
  std::set<std::string> used;
  for (const Histogram* histogram : histograms) {
    std::string stem = "histogram-";
    for (const char c : histogram->name) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '@' || c == '.' || c == '-' || c == '+';
      stem += plain ? c : '_';
    }
    // An expression may be longer than a file name can be.
    stem.resize(std::min<std::size_t>(stem.size(), 100));
    std::string name = stem + ".csv";
    for (int copy = 2; !used.insert(name).second; ++copy) name = stem + '-' + std::to_string(copy) + ".csv";
    names.push_back(name);
  }
  return names;
}

}  // namespace isotherm::output
