#pragma once
// How far out the particles are: tail indices of the coordinates, for laws that fall like a power.

#include <span>
#include <vector>

#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// Hill's estimate (isotherm/statistics/hill.hpp) from |x_c - center_c| at the last step, for each coordinate whose
/// extremes were kept. `center`: by coordinate; empty: 0. Where a coordinate has no estimate it is left out.
std::vector<CoordinateTail> coordinate_tails(const Measurement& measurement, std::span<const double> center);

}  // namespace isotherm::verdict
