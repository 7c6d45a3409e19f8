#pragma once
// Where a function of one variable rises and falls.

#include <functional>
#include <vector>

namespace isotherm::theory {

struct CurveSample {
  double x = 0, value = 0, slope = 0, curvature = 0;
};
using Curve = std::function<CurveSample(double)>;

/// The function is finite and monotone (or constant) on [begin, end].
struct MonotonePiece {
  double begin = 0, end = 0;
  double begin_value = 0, end_value = 0;
};

struct MonotonePieces {
  std::vector<MonotonePiece> pieces;  ///< ascending; gaps are where the function is not finite
  bool unbounded_below = false;       ///< a value of -infinity was met, at `pole`
  double pole = 0;
};

/// Critical points are sign changes of the slope. The grid (ascending) is refined until a cubic through slopes and
/// curvatures at its points predicts the slopes between them, and the cubic's own extrema are looked at, so that wells
/// narrower than the grid are found unless they are invisible from it (a spike between grid points of a function that
/// is smooth elsewhere). At most about 100000 and those of the turning points evaluations.
MonotonePieces monotone_pieces(const Curve& curve, const std::vector<double>& grid);

/// x on the piece with curve(x).value = level, for a level between the values at its ends.
double invert(const Curve& curve, const MonotonePiece& piece, double level);

}  // namespace isotherm::theory
