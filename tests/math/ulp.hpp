#pragma once
// Errors in units in the last place.

#include <cmath>
#include <limits>

namespace isotherm::test {

/// |got - want| in units of the last place of `want`, which is known to more digits than `real` has. Two NaNs, or two
/// equal infinities, agree; otherwise infinities and NaNs are infinitely far from anything else. A result that rounds
/// to infinity may be infinity.
template <class real, class wide>
double ulp_error(real got, wide want) {
  using Limits = std::numeric_limits<real>;
  constexpr double never = std::numeric_limits<double>::infinity();
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : never;
  const real rounded = static_cast<real>(want);
  if (std::isinf(got) || std::isinf(rounded)) return got == rounded ? 0 : never;
  const int exponent = want == 0 ? Limits::min_exponent : std::ilogb(want) + 1;
  const int lowest = exponent < Limits::min_exponent ? Limits::min_exponent : exponent;
  return static_cast<double>(std::fabs(static_cast<wide>(got) - want) / std::ldexp(wide(1), lowest - Limits::digits));
}

}  // namespace isotherm::test
