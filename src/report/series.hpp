#pragma once
// What was measured at several settings, as curves over each other.

#include <optional>
#include <string>
#include <vector>

#include "report/panel.hpp"

namespace isotherm::report {

struct SeriesPoint {
  double x = 0, y = 0, error = 0;  ///< one standard error
};

/// Points of increasing x that one setting has.
struct Series {
  std::string label;  ///< "" for the only one
  std::vector<SeriesPoint> points;
};

/// A function to compare with.
struct SeriesLine {
  std::string label;
  std::string classes = "theory p-exact-chain";
  std::vector<Point> points;  ///< of increasing x
};

struct SeriesPlot {
  std::string name;  ///< of the figure's file, without ".svg"
  std::string title, x_label, y_label;
  std::string caption;  ///< markup
  std::vector<Series> series;
  std::vector<SeriesLine> lines;
  std::optional<double> reference;  ///< a horizontal line
  std::string reference_text;
  std::optional<double> x_from, x_to;  ///< ends of x, evenly divided; both or none
};

/// Points with bars of two standard errors, joined by thin lines; each curve has a shade and a mark of its own. Scales
/// are logarithmic where their values span more than a factor of 30.
Figure series_figure(const SeriesPlot& plot);

}  // namespace isotherm::report
