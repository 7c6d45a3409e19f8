#pragma once
// Estimators of the temperature, as alpha = T / (2 T_eff), T_eff being the temperature that theory gives the rule: for
// sgd, eta sigma^2 / 2.
//
// Let T be the temperature of exp(-L/T), g the gradient, D the dimension and <> the mean over the N particles of a
// snapshot. All estimators but the corrected virial are exact for the Gibbs law; that is exact for the chain itself.
//
// maximum likelihood   d/dT of sum_i [-L_i/T - ln Z(T)] = 0  <=>  <L>_T = <L>: the T at which Gibbs has the measured
//                      mean loss. d<L>_T/dT = Var_T(L)/T^2, so the standard error is sd(L) T^2 / (sqrt(N) Var_T(L))
//                      with the measured sd(L) ("sandwich": right also where the law is not Gibbs; White 1982).
// virial               <x.g> = D T, by parts.
// configurational      <|g|^2> = T <laplacian L>, by parts (Rugh 1997; Butler et al. 1998). A ratio: its variance is
//                      [Var|g|^2 - 2 T Cov(|g|^2, lap) + T^2 Var(lap)] / (N <lap>^2) (delta method).
// corrected virial     For x' = x - s (g + noise) with E|noise|^2 = (eta/s) tr Sigma, E|x'|^2 = E|x|^2 reads
//                      2 <x.g> - s <|g|^2> = eta tr <Sigma>: at every step s, for any loss and any law of zero-mean
//                      noise. So (<x.g> - (s/2) <|g|^2>) / (2 D T_eff) is exactly 1/2 for a stationary chain, s
//                      being eta for sgd and dt for Langevin's Euler-Maruyama scheme. Other rules have identities of
//                      their own (dynamics/*.cpp). Where sigma depends on x, the measured 2 sum <T_eff> takes the
//                      place of 2 D T_eff.
// kinetic              <m |v|^2> = D T, with the mass for which theory says so: exact for the equation that the rule
//                      follows as its step goes to 0.

#include <functional>
#include <optional>

#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// Gibbs at the temperature where its mean loss is the one asked for.
struct LossMatch {
  double temperature = 0;
  double loss_variance = 0;  ///< Var_T(L)
};

/// The match for a mean loss, searched from a guess of T; nothing if there is none.
using MatchMeanLoss = std::function<std::optional<LossMatch>(double mean_loss, double guess)>;

/// All estimates that apply. An empty `match` means that there is no Gibbs law. With fewer than two particles, sums
/// that are not finite, or without noise, there are none.
AlphaEstimates estimate_alpha(const Snapshot& snapshot, const MatchMeanLoss& match, const Scales& scales);

}  // namespace isotherm::verdict
