#include "report/svg.hpp"

#include <charconv>
#include <cmath>

#include "report/style.hpp"
#include "report/text.hpp"

namespace isotherm::report {
namespace {

std::string attribute(const char* name, double value) { return ' ' + std::string(name) + "=\"" + pixels(value) + '"'; }

std::string class_attribute(std::string_view classes) {
  return classes.empty() ? "" : " class=\"" + std::string(classes) + '"';
}

}  // namespace

std::string pixels(double value) {
  char text[64];
  char* const end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 1).ptr;
  std::string out(text, end);
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out == "-0" ? "0" : out;
}

Path& Path::move(double x, double y) {
  text_ += 'M' + pixels(x) + ' ' + pixels(y);
  return *this;
}
Path& Path::line(double x, double y) {
  text_ += 'L' + pixels(x) + ' ' + pixels(y);
  return *this;
}
Path& Path::horizontal(double x) {
  text_ += 'H' + pixels(x);
  return *this;
}
Path& Path::vertical(double y) {
  text_ += 'V' + pixels(y);
  return *this;
}
Path& Path::close() {
  text_ += 'Z';
  return *this;
}

void Svg::path(const Path& path, std::string_view classes) {
  if (!path.empty()) body_ += "<path" + class_attribute(classes) + " d=\"" + path.text() + "\"/>\n";
}

void Svg::line(Point from, Point to, std::string_view classes) {
  path(Path().move(from.x, from.y).line(to.x, to.y), classes);
}

void Svg::rectangle(double x, double y, double width, double height, std::string_view classes) {
  body_ += "<rect" + class_attribute(classes) + attribute("x", x) + attribute("y", y) + attribute("width", width) +
           attribute("height", height) + "/>\n";
}

void Svg::circle(Point centre, double radius, std::string_view classes) {
  body_ += "<circle" + class_attribute(classes) + attribute("cx", centre.x) + attribute("cy", centre.y) +
           attribute("r", radius) + "/>\n";
}

void Svg::text(Point at, std::string_view text, std::string_view classes, Anchor anchor) {
  std::string all(classes);
  if (anchor != Anchor::start) all += std::string(all.empty() ? "" : " ") + (anchor == Anchor::middle ? "mid" : "end");
  body_ +=
      "<text" + class_attribute(all) + attribute("x", at.x) + attribute("y", at.y) + '>' + escaped(text) + "</text>\n";
}

void Svg::vertical_text(Point at, std::string_view text, std::string_view classes) {
  const std::string all = std::string(classes) + (classes.empty() ? "mid" : " mid");
  body_ += "<text" + class_attribute(all) + " transform=\"translate(" + pixels(at.x) + ' ' + pixels(at.y) +
           ") rotate(-90)\">" + escaped(text) + "</text>\n";
}

void Svg::image(double x, double y, double width, double height, const std::string& png_base64,
                std::string_view classes) {
  body_ += "<image" + class_attribute(classes) + attribute("x", x) + attribute("y", y) + attribute("width", width) +
           attribute("height", height) +
           " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64," +
           png_base64 + "\"/>\n";
}

std::string Svg::open(std::string_view alt, bool standalone) const {
  return "<svg class=\"plot\" role=\"img\" aria-label=\"" + escaped(alt) + "\" viewBox=\"0 0 " + pixels(width_) + ' ' +
         pixels(height_) + '"' + attribute("width", width_) + attribute("height", height_) +
         (standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "") + ">\n";
}

std::string Svg::embedded(std::string_view alt) const { return open(alt, false) + body_ + "</svg>\n"; }

std::string Svg::standalone(std::string_view title, std::string_view alt) const {
  return open(alt, true) + "<title>" + escaped(title) + "</title>\n<desc>" + escaped(alt) + "</desc>\n<style>\n" +
         figure_style(Paper::light) + "</style>\n" + body_ + "</svg>\n";
}

Path diamond(Point at, double radius) {
  return Path()
      .move(at.x - radius, at.y)
      .line(at.x, at.y - radius)
      .line(at.x + radius, at.y)
      .line(at.x, at.y + radius)
      .close();
}

}  // namespace isotherm::report
