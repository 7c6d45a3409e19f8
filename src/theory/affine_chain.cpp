#include "theory/affine_chain.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "theory/scatter.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index maximum_rows = 512;

VectorXd step(const StepFunction& map, const VectorXd& state, const VectorXd& xi) {
  VectorXd next(state.size());
  const auto size = [](const VectorXd& v) { return static_cast<std::size_t>(v.size()); };
  map.step({state.data(), size(state)}, {xi.data(), size(xi)}, {next.data(), size(next)});
  return next;
}

MatrixXd doubled(MatrixXd power, MatrixXd sum) {
  for (int k = 0; k < 64; ++k) {
    const MatrixXd added = power * sum * power.transpose();
    sum += added;
    if (!(added.cwiseAbs().maxCoeff() > 1e-18 * sum.cwiseAbs().maxCoeff())) break;
    power = (power * power).eval();
  }
  return 0.5 * (sum + sum.transpose());
}

}  // namespace

std::string read_affine_chain(const StepMap& map, std::span<const double> guess, AffineChain& chain) {
  return read_affine_chain(StepFunction{map.rows(), map.draws(),
                                        [&](std::span<const double> state, std::span<const double> xi,
                                            std::span<double> next) { map(state, xi, next); }},
                           guess, chain);
}

std::string read_affine_chain(const StepFunction& map, std::span<const double> guess, AffineChain& chain) {
  const auto rows = static_cast<Index>(map.rows), draws = static_cast<Index>(map.inputs);
  if (rows > maximum_rows)
    return "the state has " + std::to_string(rows) + " rows; up to " + std::to_string(maximum_rows) + " are solved for";
  const VectorXd quiet = VectorXd::Zero(draws);
  VectorXd place = VectorXd::Zero(rows);
  for (std::size_t c = 0; c < guess.size(); ++c) place[static_cast<Index>(c)] = guess[c];

  const VectorXd origin = step(map, place, quiet);
  chain.a.resize(rows, rows);
  chain.noise.resize(rows, draws);
  for (Index j = 0; j < rows; ++j) chain.a.col(j) = step(map, place + VectorXd::Unit(rows, j), quiet) - origin;
  for (Index j = 0; j < draws; ++j) chain.noise.col(j) = step(map, place, VectorXd::Unit(draws, j)) - origin;
  if (!origin.allFinite() || !chain.a.allFinite() || !chain.noise.allFinite())
    return "the step is not finite near its fixed point";

  // 0: everything agrees; 1: the noise depends on the state; 2: not affine.
  const auto disagreement = [&](const VectorXd& center, const VectorXd& value, double scale, int seed) {
    const VectorXd moved = scatter(rows, seed) * scale, xi = scatter(draws, seed + 7);
    const VectorXd drift = chain.a * moved + value;
    const VectorXd size = chain.a.cwiseAbs() * moved.cwiseAbs() + chain.noise.cwiseAbs() * xi.cwiseAbs() +
                          value.cwiseAbs() + center.cwiseAbs();
    const double allowed = 1e-11 * (size.maxCoeff() + 1e-300);
    if (!((step(map, center + moved, quiet) - drift).cwiseAbs().maxCoeff() <= allowed)) return 2;
    const VectorXd noisy = step(map, center + moved, xi), twice = step(map, center + moved, 2 * xi);
    if (!((noisy - drift - chain.noise * xi).cwiseAbs().maxCoeff() <= allowed)) {
      if ((twice - 2 * noisy + drift).cwiseAbs().maxCoeff() <= 10 * allowed) return 1;
      return 2;
    }
    return 0;
  };
  constexpr const char* not_affine =
      "the step is not affine in the state: the loss is not quadratic, or the rule not linear";
  int worst = 0;
  for (int trial = 0; trial < 9; ++trial)
    worst = std::max(worst, disagreement(place, origin, trial % 3 == 0 ? 1e-2 : trial % 3 == 1 ? 1.0 : 30.0, trial));
  if (worst == 2) return not_affine;
  chain.multiplicative = worst == 1;

  chain.radius = chain.a.eigenvalues().cwiseAbs().maxCoeff();
  if (chain.radius > 1 + 1e-12)
    return "the step is unstable: the spectral radius of its matrix is " + text(chain.radius);
  if (!(chain.radius < 1 - 1e-12)) return "nothing confines the particles: the spectral radius of the step is 1";
  chain.center = place + (MatrixXd::Identity(rows, rows) - chain.a).partialPivLu().solve(origin - place);
  for (Index j = 0; j < draws && chain.multiplicative; ++j)
    chain.noise.col(j) = step(map, chain.center, VectorXd::Unit(draws, j)) - step(map, chain.center, quiet);
  if (chain.multiplicative) return "";

  // Once more over the width of the law itself.
  const MatrixXd covariance = solve_discrete_lyapunov(chain.a, chain.noise * chain.noise.transpose());
  const double width = std::sqrt(covariance.diagonal().maxCoeff());
  const VectorXd value = step(map, chain.center, quiet);
  for (int trial = 0; trial < 6; ++trial)
    if (disagreement(chain.center, value, (1.0 + 3.0 * trial) * width, 20 + trial) != 0) return not_affine;
  return "";
}

MatrixXd solve_discrete_lyapunov(const MatrixXd& a, const MatrixXd& q) {
  MatrixXd c = doubled(a, q);
  c += doubled(a, q + a * c * a.transpose() - c);
  return c;
}

}  // namespace isotherm::theory
