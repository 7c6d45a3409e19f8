#pragma once
// A drawing as SVG. Colours and lines are classes of style.hpp, so that one drawing is right on light and dark paper.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isotherm::report {

struct Point {
  double x = 0, y = 0;
};

/// A coordinate with at most one decimal: "12", "12.5".
std::string pixels(double value);

/// The `d` of a path.
class Path {
 public:
  Path& move(double x, double y);
  Path& line(double x, double y);
  Path& horizontal(double x);
  Path& vertical(double y);
  Path& close();
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A mark whose corners are `radius` from its centre.
Path diamond(Point at, double radius);

enum class Anchor { start, middle, end };

/// Elements in the order of drawing; units are CSS pixels.
class Svg {
 public:
  Svg(double width, double height) : width_(width), height_(height) {}
  double width() const { return width_; }
  double height() const { return height_; }

  void path(const Path& path, std::string_view classes);
  void line(Point from, Point to, std::string_view classes);
  void rectangle(double x, double y, double width, double height, std::string_view classes);
  void circle(Point centre, double radius, std::string_view classes);
  void text(Point at, std::string_view text, std::string_view classes = "", Anchor anchor = Anchor::start);
  /// Turned by 90 degrees against the clock, `at` being its middle.
  void vertical_text(Point at, std::string_view text, std::string_view classes = "");
  /// Pixels stay squares.
  void image(double x, double y, double width, double height, const std::string& png_base64,
             std::string_view classes = "");

  /// For a page that has the styles; `alt` says what is to be seen.
  std::string embedded(std::string_view alt) const;
  /// A file of its own, with the light style.
  std::string standalone(std::string_view title, std::string_view alt) const;

 private:
  std::string open(std::string_view alt, bool standalone) const;

  double width_, height_;
  std::string body_;
};

}  // namespace isotherm::report
