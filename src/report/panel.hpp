#pragma once
// Parts that all figures share: their sizes, axes with ticks and labels, legends.

#include <string>
#include <vector>

#include "report/scale.hpp"
#include "report/svg.hpp"

namespace isotherm::report {

/// Every figure is drawn twice, so that its text is readable on a telephone too.
enum class Width { wide, narrow };
inline double figure_width(Width width) { return width == Width::wide ? 480 : 330; }

struct Figure {
  std::string name;     ///< of its file, without ".svg": "density-x"
  std::string title;    ///< plain text
  std::string caption;  ///< markup; may be empty
  std::string alt;      ///< plain text: what is to be seen
  Svg wide, narrow;
};

/// A rectangle with a scale along each side; y grows upwards.
struct Panel {
  double left, top, right, bottom;
  Scale x, y;

  Panel(double left_side, double top_side, double right_side, double bottom_side, Scale along, Scale up);
};

/// Grid lines at the major ticks of y, with their texts; `most` as for ticks().
void draw_y_axis(Svg& svg, const Panel& panel, int most);
/// The lower side with ticks; `texts` false leaves only the line and the ticks.
void draw_x_axis(Svg& svg, const Panel& panel, int most, bool texts = true);
/// The label below the texts of the ticks.
void draw_x_label(Svg& svg, const Panel& panel, const std::string& label);

struct LegendEntry {
  std::string text;
  std::string classes;  ///< of its line
  bool area = false;    ///< a small rectangle instead of a line
  int mark = -1;        ///< on the line: as draw_mark
  std::string mark_classes = {};
};

/// A disk, a diamond, a square, a triangle, one upside down, or a cross of two bars, for 0 to 5.
void draw_mark(Svg& svg, Point at, int mark, const std::string& classes);

/// In rows from (left, top) on; the height of all.
double draw_legend(Svg& svg, const std::vector<LegendEntry>& entries, double left, double top, double right);

/// Height that draw_legend will need.
double legend_height(const std::vector<LegendEntry>& entries, double left, double right);

/// A function at increasing x as one line, cut where it leaves the panel's y range.
Path curve(const Panel& panel, const std::vector<Point>& points);

/// A label fitted to so many pixels, "..." at its end where it does not.
std::string fitted(const std::string& text, double size, double width);

/// A name for a file: letters, digits, '-', '.', '+' and '@' stay.
std::string file_stem(const std::string& text);

}  // namespace isotherm::report
