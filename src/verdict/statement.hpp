#pragma once
// The sentences at the end.

#include <string>
#include <vector>

#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// NoiseLaw::name where examples make the noise, and nobody states its scale.
inline constexpr const char* noise_of_examples = "examples";
/// Its end where --sigma adds to the noise of examples: "laplace beside that of the examples".
inline constexpr const char* beside_examples = " beside that of the examples";

/// What was found, in a few plain sentences, from a verdict whose other fields are filled. The first prediction
/// leads. It always names T, beta, alpha, eta and sigma, says when particles were lost or are not independent, and
/// names a cause only where the estimates single it out:
///
/// - the corrected virial is 1/2 for every stationary chain whose noise has the stated scale, so where it is more than
/// 5
///   standard errors away, the noise scale is off (by that factor in sigma^2) or the chain is not stationary;
/// - where it is 1/2, the noise is one number and the maximum-likelihood alpha is not 1/2, the finite step makes the
///   difference, of relative order eta h (dt h for Langevin).
/// A run that has not mixed says so first; one whose burn-in was too short says so in place of a cause.
std::string statement(const Verdict& verdict, const Measurement& measurement,
                      const std::vector<theory::Prediction>& predictions, const Scales& scales);

/// Why a run that has not mixed says nothing about stationary laws.
std::string not_mixed(const Diagnostics& diagnostics);

}  // namespace isotherm::verdict
