#pragma once
// An estimate against a parameter: the points of a sweep as curves, and whether several curves are one.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "batch/extrapolate.hpp"
#include "verdict/verdict.hpp"

namespace isotherm::batch {

/// What one point of a sweep gives.
struct CurveReading {
  double x = 0;
  std::string curve;     ///< readings of one curve have the same
  std::string averaged;  ///< what tells those apart that are averaged over
  verdict::Estimate y;
};

struct CurvePoint {
  double x = 0;
  verdict::Estimate y;  ///< the mean of the readings there, with sqrt(sum of squared errors) / n
  std::size_t readings = 0;
};

struct MeasuredCurve {
  std::string label;
  std::vector<CurvePoint> points;  ///< x increases
};

/// Curves in the order of their first readings. Where something is averaged over, an x that lacks some of it has no
/// point: a mean over less would be another quantity.
std::vector<MeasuredCurve> curves_of(const std::vector<CurveReading>& readings);

/// chi^2 of all curves around their common weighted mean at every x that several have: sum (y - mean)^2 / se^2. The
/// points' errors count as independent.
struct Agreement {
  double chi_squared = 0;
  std::size_t degrees_of_freedom = 0;
  double p_value = 1;
};
/// Nothing where no x is shared, or a standard error is 0.
std::optional<Agreement> agreement(const std::vector<MeasuredCurve>& curves);

/// The polynomial in x of the lowest degree, 1 to 3, that the points do not reject (p > 0.01), with its value at 0;
/// nothing where they reject all, or are fewer than 4, or have no standard errors.
std::optional<PolynomialFit> limit_at_zero(const MeasuredCurve& curve);

}  // namespace isotherm::batch
