#pragma once
// Lines of equal density.

#include <cstddef>
#include <span>
#include <vector>

#include "report/svg.hpp"

namespace isotherm::report {

/// The lines on which a function of columns * rows grid points has this value, by linear interpolation on the edges of
/// the grid (marching squares). Coordinates count grid points: x from 0 to columns - 1. values[x * rows + y].
std::vector<std::vector<Point>> contour(std::span<const double> values, std::size_t columns, std::size_t rows,
                                        double level);

/// The value that those cells exceed which hold a share of the whole, the most probable ones first.
double level_of_share(std::span<const double> probabilities, double share);

}  // namespace isotherm::report
