#pragma once
// Leaving a well: the barrier on the way, and how many steps the discrete chain takes to its first passage.

#include <optional>
#include <span>

#include "loss/problem.hpp"
#include "theory/gibbs.hpp"
#include "theory/transfer_operator.hpp"

namespace isotherm::theory {

/// The highest point between two neighbouring minima.
struct Barrier {
  double place = 0, value = 0, curvature = 0;
};

/// The barrier beside the lowest minimum of a loss of one coordinate, the lower one where there are two. `minima`:
/// deepest first. Nothing for a single well.
std::optional<Barrier> barrier_beside_lowest(loss::Problem& problem, std::span<const Minimum> minima);

/// The mean number of steps until x' = m(x) + s(x) xi, started at `from`, for the first time ends a step beyond `to`:
///     t(x) = 1 + integral of N(y; m(x), s(x)^2) t(y) dy  over the y on this side of `to`,
/// which is exact for the chain. A diffusion is at the barrier whenever it passes it, a chain is seen at the ends of
/// its steps only, and so takes longer, as if the barrier were 0.5826 s farther away (Broadie, Glasserman and Kou,
/// Math. Finance 7 (1997) 325: -zeta(1/2) / sqrt(2 pi) deviations of a step).
///
/// `end`, on the other side of `from`: where the law is negligible. Panels of Gauss' rule end at `to` and at `cuts`
/// (kinks of m or s, ascending). The equation is solved by an elimination without subtractions, as in banded_chain.hpp,
/// so that the height of the barrier costs no digits. Two sets of nodes must agree to 1e-10; nothing where they do not,
/// or where more than 6000 nodes would be needed.
std::optional<double> mean_first_passage_steps(const NormalStep& step, double from, double to, double end,
                                               std::span<const double> cuts = {});

}  // namespace isotherm::theory
