#pragma once
// The gradient noise that examples make, measured: what kind it is at a place, and how it changes between places.
//
// With g_i the gradient of the loss of example i at x and g their mean, one stochastic gradient, the mean over a batch,
// has the covariance  C(x) = f mean_i (g_i - g)(g_i - g)'.  f is 1/B for batches drawn with replacement, (N - B) /
// (B (N - 1)) without. Noise that is added to gradients (--sigma) is no part of it.
//
// Gibbs' density needs C to be a multiple of the identity and the same everywhere; what else the law of the noise is
// matters at finite learning rates.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isotherm/statistics/hill.hpp"
#include "loss/problem.hpp"

namespace isotherm::gradient_noise {

/// At one place.
struct Place {
  std::string name;  ///< "minimum", "mean of the particles", "particle 0"
  std::vector<double> position;
  double loss = 0;
  std::vector<double> gradient;         ///< g, without weight decay
  std::vector<double> covariance;       ///< C, D x D
  std::vector<double> eigenvalues;      ///< of C, descending
  double trace = 0;                     ///< of C
  std::optional<double> anisotropy;     ///< largest eigenvalue / smallest; nothing where C is singular
  std::optional<double> participation;  ///< (tr C)^2 / (D tr C^2), in [1/D, 1]: 1 if C is a multiple of the identity
  /// cos(C, H) = tr(C H) / (|C| |H|) in Frobenius' norm, H the Hessian of the loss: 1 where they are proportional.
  /// (tr(C H): Zhu, Wu, Yu, Wu and Ma, "The anisotropic noise in SGD", ICML 2019.) For C = I and H = I also 1, so see
  /// what an isotropic C would have: `isotropic_alignment`, tr H / (sqrt(D) |H|).
  std::optional<double> alignment, isotropic_alignment;
  /// tr(P Q) / k of the projectors on the k = ceil(D / 10) first eigenvectors of C and of H by |eigenvalue|, in [0, 1];
  /// k / D by chance (Gur-Ari, Roberts and Dyer 2018, arXiv:1812.04754). Nothing in one dimension.
  std::optional<double> overlap;
  /// Of one example's gradient, by coordinate; 0 where a coordinate has no noise.
  std::vector<double> skewness, excess_kurtosis;
  std::optional<TailIndex> tail;  ///< of |g_i - g|
};

struct GradientNoise {
  double batch_size = 1;
  double factor = 1;           ///< f
  bool reshuffled = false;     ///< the noise of the steps of an epoch adds up to nothing
  std::uint64_t examples = 0;  ///< rows of the data, or points of the quadrature of the laws
  std::uint64_t sample = 0;    ///< of fresh examples, for skewness, kurtosis and tail; 0: all rows
  std::vector<Place> places;   ///< the first one is the lowest minimum, or where the particles are on average
  std::size_t particles = 0;   ///< of `places`, how many at the end are particles
  /// max over the particles of |C(x_p) - mean C| / |mean C|, Frobenius; nothing below two particles.
  std::optional<double> change;

  // What the sentence says, and what result.json gives.
  bool isotropic() const;                ///< anisotropy <= 1 + tolerance at the first place
  bool gaussian() const;                 ///< |skewness| / sqrt(B) and |excess kurtosis| / B <= tolerance, likewise
  std::optional<bool> constant() const;  ///< change <= tolerance
  bool none() const;                     ///< C = 0 at all places
  std::string sentence() const;
  static constexpr double tolerance = 0.1;
};

/// Batches of which the covariance is no multiple of that of one example: fresh numbers beside rows that are drawn
/// without replacement. `differences` are, by coordinate, the gradient of an example less that of another one of the
/// same row; factor times half the mean of their products is added to C. Empty: nothing.
struct WithinRows {
  std::vector<loss::NodeId> differences;
  double factor = 0;
};

/// Measures at one place after the other; all in double, the same bits for any number of threads.
class Meter {
 public:
  /// Of a problem with examples. `sample`: examples of equal weight for skewness, kurtosis and tail; null: those of the
  /// problem.
  Meter(loss::Problem& problem, double factor, const WithinRows& within = {},
        std::shared_ptr<const loss::Examples> sample = nullptr);
  ~Meter();
  /// `all`: alignment, skewness, kurtosis and tail too, which take a second gradient for each coordinate.
  Place operator()(const std::string& name, std::span<const double> position, bool all) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// GradientNoise::change from the places of the particles.
std::optional<double> change_between(std::span<const Place> places);

}  // namespace isotherm::gradient_noise
