#pragma once
// What is drawn of a claim: plain numbers. `report` draws them.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/reading.hpp"

namespace isotherm::batch {

/// Which colour: measured in `measured`; what belongs together shares one of the others.
enum class Ink { measured, blue, orange, green, pink, violet, ochre };

struct Series {
  enum class Kind { curve, points, histogram };
  std::string name;  ///< for the legend; "" for none
  Kind kind = Kind::curve;
  Ink ink = Ink::measured;
  bool dashed = false;  ///< of a curve: what was printed or would be expected wrongly
  std::vector<double> x = {};
  std::vector<double> y = {};    ///< of a histogram: densities, one less than edges x
  std::vector<double> bar = {};  ///< of points: half length of each bar, here always two standard errors; may be empty
};

/// A number beside others of its kind.
struct FigureRow {
  std::string name;
  Estimate measured;
  std::optional<double> expected = {}, printed = {};
};

/// Curves, points and histograms over one pair of axes; or rows over one axis.
struct Figure {
  std::string title;  ///< what it shows, as a sentence without full stop
  std::string x;      ///< labels of the axes, with symbol and unit
  std::string y = {};
  bool logarithmic_x = false, logarithmic_y = false;
  std::vector<Series> series = {};
  std::vector<FigureRow> rows = {};
  std::string expected = "by theory";  ///< whose the expected numbers of rows are
};

/// With bars of two standard errors.
Series points(std::string name, Ink ink, const std::vector<double>& x, const std::vector<Estimate>& y);

/// f at 120 places from `lower` to `upper`, evenly or by their logarithms.
Series curve(std::string name, Ink ink, double lower, double upper, const std::function<double(double)>& f,
             bool logarithmic = false);
Series dashed(Series series);

/// A line at one height.
Series level(std::string name, Ink ink, double lower, double upper, double height);

/// The density of a histogram of the last snapshot (or the snapshot of `step`), of the numbers scale * value, with
/// neighbouring bins merged until at most `most` are left. `name` as the run has it. Flow bins are left out.
Series density(const std::string& name, Ink ink, const Result& run, const std::string& histogram, double scale = 1,
               std::optional<std::uint64_t> step = std::nullopt, std::size_t most = 100);

/// A histogram as points at the middles of its bins.
Series middles(std::string name, Ink ink, const Series& histogram);

/// The bins of a histogram that lie in [-range, range].
Series within(Series histogram, double range);

/// The normal density.
std::function<double(double)> normal_density(double mean, double variance);

/// exp(-L / T) / Z with Z by the trapezoidal rule over [lower, upper], outside of which it should be negligible.
std::function<double(double)> gibbs_density(const std::function<double(double)>& loss, double temperature, double lower,
                                            double upper);

}  // namespace isotherm::batch
