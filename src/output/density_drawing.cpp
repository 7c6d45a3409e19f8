#include "output/density_drawing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "output/expected.hpp"
#include "output/number.hpp"
#include "output/result_json.hpp"
#include "output/text_table.hpp"
#include "verdict/outcome_word.hpp"

namespace isotherm::output {
namespace {

constexpr std::size_t rows = 10, most_columns = 100, fewest_columns = 7,
                      margin = 9;  ///< margin: labels of the height, and a space

/// Sums of neighbouring bins, so that each has a whole number of columns.
struct Shape {
  std::size_t first = 0, bins_each = 1, columns_each = 1, columns = 0;
};

const Histogram* chosen_histogram(const Result& result) {
  const Histogram* found = nullptr;
  for (const Histogram& histogram : result.measurement.histograms)
    if (histogram.axes.size() == 1 &&
        (found == nullptr || (found->axes[0].expression == "loss" && histogram.axes[0].expression != "loss")))
      found = &histogram;
  return found;
}

std::optional<Expected> chosen_prediction(const Result& result, const Histogram& histogram) {
  const std::vector<Expected> all = expected_on(histogram.axes, result.predictions);
  const auto outcome = [&](const Expected& expected) {
    const auto found = result.verdict.outcome.find(expected.prediction);
    return found == result.verdict.outcome.end() ? verdict::Outcome::not_applicable : found->second;
  };
  for (const Expected& expected : all)
    if (outcome(expected) == verdict::Outcome::consistent) return expected;
  for (const Expected& expected : all)
    if (expected.prediction == "gibbs") return expected;
  return all.empty() ? std::nullopt : std::optional(all.front());
}

/// Bins in which something is measured, as columns.
Shape shape_of(const std::vector<std::uint64_t>& counts, std::size_t bins, std::size_t columns) {
  Shape shape;
  std::size_t last = bins;
  while (shape.first < last && counts[shape.first + 1] == 0) ++shape.first;
  while (last > shape.first && counts[last] == 0) --last;
  const std::size_t shown = last - shape.first;
  if (shown == 0) return shape;
  shape.bins_each = (shown + columns - 1) / columns;
  shape.columns = (shown + shape.bins_each - 1) / shape.bins_each;
  shape.columns_each = std::max<std::size_t>(1, columns / shape.columns);
  return shape;
}

/// Densities of the columns: the last may hold fewer bins.
template <class Numbers>
std::vector<double> densities(const Numbers& slots, const Axis& axis, const Shape& shape, double whole) {
  std::vector<double> heights;
  for (std::size_t c = 0; c < shape.columns; ++c) {
    const std::size_t from = shape.first + c * shape.bins_each, to = std::min(from + shape.bins_each, axis.bins);
    double sum = 0;
    for (std::size_t bin = from; bin < to; ++bin) sum += static_cast<double>(slots[bin + 1]);
    heights.push_back(sum / (whole * static_cast<double>(to - from) * axis.width()));
  }
  return heights;
}

/// What a cell shows of a bar that reaches `height` rows up, `row` counting from 0 at the bottom.
const char* bar(double height, std::size_t row, bool unicode) {
  static constexpr std::array<const char*, 9> eighths = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double part = std::clamp(height - static_cast<double>(row), 0.0, 1.0);
  if (unicode) return eighths[static_cast<std::size_t>(std::lround(8 * part))];
  return part >= 0.75 ? "#" : part >= 0.25 ? ":" : " ";
}

std::string padded(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + text;
}

}  // namespace

std::string density_drawing(const Result& result, const Terminal& terminal) {
  const Histogram* histogram = chosen_histogram(result);
  if (histogram == nullptr || terminal.width < margin + fewest_columns) return "";
  const Axis& axis = histogram->axes.front();
  const std::vector<std::uint64_t> counts = histogram->total();
  double entries = 0;
  for (const std::uint64_t count : counts) entries += static_cast<double>(count);
  const Shape shape = shape_of(counts, axis.bins, std::min(terminal.width, most_columns) - margin);
  if (shape.columns == 0) return "";
  const std::vector<double> measured = densities(counts, axis, shape, entries);
  const std::optional<Expected> prediction = chosen_prediction(result, *histogram);
  std::vector<double> predicted;
  if (prediction) predicted = densities(*prediction->probabilities, axis, shape, 1);

  double largest = *std::max_element(measured.begin(), measured.end());
  for (const double height : predicted) largest = std::max(largest, height);
  const double scale = static_cast<double>(rows) / largest;
  const bool unicode = terminal.unicode;
  constexpr const char *bold_orange = "1;33", *soft_blue = "34";
  std::string text;
  for (std::size_t row = rows; row-- > 0;) {
    const bool labelled = row == rows - 1 || row == rows / 2 - 1;
    const double level = static_cast<double>(row + 1) / scale;
    text += padded(labelled ? rounded(level, 3) : "", margin - 2) + (unicode ? " │" : " |");
    for (std::size_t c = 0; c < shape.columns; ++c) {
      const bool line =
          c < predicted.size() && predicted[c] > 0 &&
          row == static_cast<std::size_t>(std::min(predicted[c] * scale, static_cast<double>(rows) - 0.5));
      const char* cell = line ? (unicode ? "─" : "-") : bar(measured[c] * scale, row, unicode);
      std::string cells;
      for (std::size_t k = 0; k < shape.columns_each; ++k) cells += cell;
      text += *cell == ' ' ? cells : terminal.styled(cells, line ? bold_orange : soft_blue);
    }
    text += '\n';
  }
  const std::size_t width = shape.columns * shape.columns_each;
  std::string under;
  for (std::size_t i = 0; i < width; ++i) under += unicode ? "─" : "-";
  text += std::string(margin - 1, ' ') + (unicode ? "└" : "+") + under + '\n';
  const std::string from = rounded(axis.edge(shape.first), 4),
                    to = rounded(axis.edge(std::min(axis.bins, shape.first + shape.columns * shape.bins_each)), 4);
  const std::size_t room = width > from.size() + to.size() ? width - from.size() - to.size() : 1;
  const std::string name = room >= display_width(axis.expression) + 2 ? axis.expression : "";
  const std::size_t before = (room - display_width(name)) / 2;
  text += std::string(margin, ' ') + from + std::string(before, ' ') + name +
          std::string(room - before - display_width(name), ' ') + to + '\n';
  std::string legend = std::string(margin, ' ') + terminal.styled(unicode ? "█" : "#", soft_blue) + " measured";
  if (prediction) {
    legend += "   " + terminal.styled(unicode ? "──" : "--", bold_orange) + ' ' + prediction->prediction;
    if (const auto outcome = result.verdict.outcome.find(prediction->prediction);
        outcome != result.verdict.outcome.end() && outcome->second != verdict::Outcome::not_applicable)
      legend += ", " + word(outcome->second);
  }
  return text + legend + '\n';
}

}  // namespace isotherm::output
