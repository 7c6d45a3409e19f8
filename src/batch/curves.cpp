#include "batch/curves.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <map>
#include <set>

namespace isotherm::batch {
namespace {

/// Two x are one where they differ by rounding only: eta = B * 0.01 against 0.04.
bool same_place(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

}  // namespace

std::vector<MeasuredCurve> curves_of(const std::vector<CurveReading>& readings) {
  std::vector<std::string> labels;
  std::map<std::string, std::vector<const CurveReading*>> by_label;
  std::set<std::string> averaged;
  for (const CurveReading& reading : readings) {
    if (by_label.find(reading.curve) == by_label.end()) labels.push_back(reading.curve);
    by_label[reading.curve].push_back(&reading);
    averaged.insert(reading.averaged);
  }
  std::vector<MeasuredCurve> curves;
  for (const std::string& label : labels) {
    std::vector<const CurveReading*>& own = by_label[label];
    std::stable_sort(own.begin(), own.end(), [](const CurveReading* a, const CurveReading* b) { return a->x < b->x; });
    MeasuredCurve curve{label, {}};
    for (std::size_t first = 0, last = 0; first < own.size(); first = last) {
      std::set<std::string> present;
      double sum = 0, squares = 0;
      for (last = first; last < own.size() && (last == first || same_place(own[last]->x, own[first]->x)); ++last) {
        present.insert(own[last]->averaged);
        sum += own[last]->y.value;
        squares += own[last]->y.standard_error * own[last]->y.standard_error;
      }
      const std::size_t count = last - first;
      const auto n = static_cast<double>(count);
      if (present.size() == averaged.size())
        curve.points.push_back({own[first]->x, {sum / n, std::sqrt(squares) / n}, count});
    }
    if (!curve.points.empty()) curves.push_back(std::move(curve));
  }
  return curves;
}

std::optional<Agreement> agreement(const std::vector<MeasuredCurve>& curves) {
  std::vector<const CurvePoint*> points;
  for (const MeasuredCurve& curve : curves)
    for (const CurvePoint& point : curve.points) {
      if (!(point.y.standard_error > 0)) return std::nullopt;
      points.push_back(&point);
    }
  std::stable_sort(points.begin(), points.end(), [](const CurvePoint* a, const CurvePoint* b) { return a->x < b->x; });
  Agreement found;
  for (std::size_t first = 0, last = 0; first < points.size(); first = last) {
    double weights = 0, sum = 0;
    for (last = first; last < points.size() && same_place(points[last]->x, points[first]->x); ++last) {
      const double weight = 1 / (points[last]->y.standard_error * points[last]->y.standard_error);
      weights += weight;
      sum += weight * points[last]->y.value;
    }
    if (last - first < 2) continue;
    for (std::size_t i = first; i < last; ++i) {
      const double z = (points[i]->y.value - sum / weights) / points[i]->y.standard_error;
      found.chi_squared += z * z;
    }
    found.degrees_of_freedom += last - first - 1;
  }
  if (found.degrees_of_freedom == 0) return std::nullopt;
  found.p_value = boost::math::gamma_q(static_cast<double>(found.degrees_of_freedom) / 2, found.chi_squared / 2);
  return found;
}

std::optional<PolynomialFit> limit_at_zero(const MeasuredCurve& curve) {
  constexpr std::size_t most_degree = 3, fewest_points = 4;
  constexpr double rejected = 0.01;
  if (curve.points.size() < fewest_points) return std::nullopt;
  std::vector<ExtrapolationPoint> points;
  for (const CurvePoint& point : curve.points) {
    if (!(point.y.standard_error > 0)) return std::nullopt;
    points.push_back({point.x, point.y});
  }
  for (std::size_t degree = 1; degree <= most_degree && points.size() > degree + 1; ++degree)
    if (PolynomialFit fit = fit_polynomial(points, degree); fit.p_value > rejected) return fit;
  return std::nullopt;
}

}  // namespace isotherm::batch
