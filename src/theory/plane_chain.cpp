#include "theory/plane_chain.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "theory/noise_rule.hpp"
#include "theory/plane_operator.hpp"
#include "theory/plane_stationary.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t most_nodes = 60000;
constexpr std::size_t most_windows = 400000;      // nodes times places that a step leads to; 272 bytes each
constexpr double quadrature_error = 1e-10;        // of exp(ikF), for a draw that the step is not affine in
constexpr double negligible_coefficient = 2e-12;  // of the Fourier series, over that of frequency 0
constexpr double negligible_end = 1e-13;          // marginal density at the edges, over its largest
constexpr double negligible_leak = 1e-11;         // per step, out of the rectangle
// Sums of |P m - m|: of any grid, and of the last, over the rate of the slowest mode, as far as rounding lets it.
constexpr double first_residual = 1e-12;
constexpr double residual_over_rate = 1e-9;
constexpr double least_residual = 3e-14;
constexpr double largest_difference = 1e-8;    // of the densities on two grids, total variation
constexpr double largest_weight_error = 1e-7;  // residual over relaxation rate, where there are several wells
constexpr double most_work = 2e8;              // nodes times places times applications of a step, on one grid
constexpr std::size_t arnoldi_applications = 240;
constexpr int most_rounds = 12;

/// A step as an operator needs it.
struct Steps {
  std::string reason;
  PlaneStep step;
  std::vector<double> weights;
  Eigen::Matrix2d noise = Eigen::Matrix2d::Zero();
};

/// Nodes of Gauss' rule that give E exp(i angle xi) to 1e-10: the error is about angle^(2n) n! / (2n)!. At most 40.
std::size_t quadrature_places(double angle) {
  std::size_t n = 8;
  for (; n < 40; n += 2) {
    const auto order = static_cast<double>(n);
    const double log_error = 2 * order * std::log(angle) + std::lgamma(order + 1) - std::lgamma(2 * order + 1);
    if (log_error < std::log(quadrature_error)) break;
  }
  return n;
}

/// Adds the same normal number wherever it is? Then that is left to the operator; else a quadrature takes its place.
Steps read_steps(const StepMap& map, const PlaneGrid& grid) {
  const std::array<Interval, 2>& sides = grid.sides;
  Steps steps;
  std::mt19937_64 bits(5);
  const auto random = [&] { return 2 * 0x1p-64 * static_cast<double>(bits()) - 1; };
  const std::size_t draws = map.draws();
  const std::vector<double> quiet(draws);
  const auto place = [&](std::size_t r) {
    return 0.5 * (sides[r].lower + sides[r].upper) + 0.4 * random() * (sides[r].upper - sides[r].lower);
  };
  Eigen::Matrix<double, 2, Eigen::Dynamic> n(2, static_cast<Eigen::Index>(draws));
  bool same = true;
  double angle = 1;  // largest, of the highest frequency over one deviation of a draw
  for (int trial = 0; trial < 12; ++trial) {
    const double z[] = {place(0), place(1)};
    double still[2], moved[2];
    map(z, quiet, still);
    for (std::size_t d = 0; d < draws; ++d) {
      std::vector<double> xi(draws);
      const auto column = static_cast<Eigen::Index>(d);
      if (trial == 0) {
        xi[d] = 1024;
        map(z, xi, moved);
        for (int r : {0, 1}) n(r, column) = (moved[r] - still[r]) / 1024;
      }
      for (const double size : {1.0, -3.0, 10.0}) {
        xi[d] = size;
        map(z, xi, moved);
        for (int r : {0, 1}) {
          const double tolerance = 1e-11 * (std::abs(z[0]) + std::abs(z[1]) + std::abs(still[r]) +
                                            std::abs(size) * n.col(column).cwiseAbs().maxCoeff());
          same = same && std::abs(moved[r] - still[r] - size * n(r, column)) <= tolerance;
          if (size == 1)
            angle = std::max(
                angle, std::numbers::pi * std::abs(moved[r] - still[r]) / grid.spacing(static_cast<std::size_t>(r)));
        }
      }
    }
  }
  if (same) {
    steps.noise = n * n.transpose();
    steps.weights = {1};
    steps.step = [&map, quiet](std::span<const double> z, std::span<double> next) { map(z, quiet, next); };
    return steps;
  }
  if (draws > 1) {
    steps.reason = "the " + std::to_string(draws) + " random numbers of a step act differently from place to place";
    return steps;
  }
  const NoiseRule rule = gauss_rule(noise_rule({}, 1), quadrature_places(angle));
  steps.weights = rule.weights;
  steps.step = [&map, nodes = rule.nodes](std::span<const double> z, std::span<double> next) {
    for (std::size_t q = 0; q < nodes.size(); ++q) map(z, {&nodes[q], 1}, next.subspan(2 * q, 2));
  };
  return steps;
}

PlaneSamples sample(const PlaneGrid& grid, const std::function<double(std::span<const double>)>& f) {
  PlaneSamples samples(static_cast<Eigen::Index>(grid.nodes[0]), static_cast<Eigen::Index>(grid.nodes[1]));
  for (std::size_t i = 0; i < grid.nodes[0]; ++i)
    for (std::size_t j = 0; j < grid.nodes[1]; ++j) {
      const double z[] = {grid.node(0, i), grid.node(1, j)};
      samples(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = f(z);
    }
  return samples;
}

std::size_t odd_number(double n) { return 2 * static_cast<std::size_t>(std::ceil(0.5 * n)) + 1; }

PlaneGrid grown(PlaneGrid grid, std::size_t r, double wider, double finer) {
  const double more = 0.5 * (wider - 1) * grid.length(r);
  grid.sides[r] = {grid.sides[r].lower - more, grid.sides[r].upper + more};
  grid.nodes[r] = odd_number(static_cast<double>(grid.nodes[r]) * wider * finer);
  return grid;
}

/// A grid that resolves the guess.
PlaneGrid first_grid(const PlaneGuess& guess) {
  PlaneGrid probe{guess.sides, {193, 193}};
  for (int trial = 0; trial < 2; ++trial) {
    const PlaneDensity density(probe, sample(probe, guess.density));
    PlaneGrid grid = probe;
    bool enough = true;
    for (std::size_t r = 0; r < 2; ++r) {
      grid.nodes[r] =
          odd_number(std::max(31.0, 1.12 * static_cast<double>(density.nodes_for(r, negligible_coefficient))));
      if (grid.nodes[r] <= probe.nodes[r]) continue;
      enough = false;
      probe.nodes[r] = 513;
    }
    if (enough || trial == 1) return grid;
  }
  return probe;
}

}  // namespace

PlaneChain solve_plane_chain(const Chain& chain, const PlaneGuess& guess) {
  const auto refuse = [](const std::string& reason) { return PlaneChain{reason, false, nullptr, 0, {}, 0}; };
  PlaneGrid grid = first_grid(guess);
  const Steps steps = read_steps(*chain.map, grid);
  if (!steps.reason.empty()) return refuse(steps.reason);
  const std::size_t places = steps.weights.size();
  std::shared_ptr<const PlaneDensity> density;
  double tolerance = first_residual, residual = 0, leak = 0, least_leak = std::numeric_limits<double>::infinity();
  double unresolved_before[2] = {1, 1};
  Interval least_side;  // of the first row, when it was least
  std::optional<PlaneOperator> step;
  const auto too_large = [&](const PlaneGrid& g) { return g.size() > most_nodes || g.size() * places > most_windows; };
  const auto refuse_size = [&] {
    return refuse("the density would take " + std::to_string(grid.nodes[0]) + " times " +
                  std::to_string(grid.nodes[1]) + " nodes or more, too many: the law is wide, or fine in structure");
  };
  const auto solve = [&] {
    const auto applications = static_cast<std::size_t>(most_work / static_cast<double>(grid.size() * places));
    step.emplace(grid, steps.step, steps.weights, steps.noise);
    PlaneStationary solved = solve_stationary(*step, density ? density->resampled(grid) : sample(grid, guess.density),
                                              tolerance, applications);
    residual = solved.residual;
    if (guess.odd) solved.masses = (0.5 * (solved.masses + solved.masses.reverse())).eval();
    leak = step->leak(solved.masses);
    density = std::make_shared<const PlaneDensity>(grid, solved.masses);
  };
  for (int round = 0;; ++round) {
    if (too_large(grid)) return refuse_size();
    solve();
    if (!(residual < 1e-9)) return refuse("the iteration for the density does not converge");
    const bool leaks_less = leak < 0.5 * least_leak;
    if (leak < least_leak) {
      least_leak = leak;
      least_side = grid.sides[0];
    }
    PlaneGrid better = grid;
    for (std::size_t r = 0; r < 2; ++r) {
      // What is not resolved ripples all over the rectangle, its edges included.
      const bool cut_off =
          density->at_ends(r) > std::max(negligible_end, density->unresolved(r)) || leak > negligible_leak;
      // Where more nodes have not helped, rounding is what is left; a larger grid tells below whether it matters.
      const double rest = density->unresolved(r);
      const bool coarse = rest > negligible_coefficient && !(rest < 1e-9 && rest > 0.2 * unresolved_before[r]);
      unresolved_before[r] = rest;
      if (cut_off || coarse) better = grown(better, r, cut_off ? 1.12 : 1, coarse ? 1.15 : 1);
    }
    if (better.nodes == grid.nodes) break;
    // Where the law ends within the rectangle, a wider one leaks far less.
    if (leak > negligible_leak && round > 3 && !leaks_less) {
      PlaneChain none = refuse("there is no stationary law: with a probability of about " + text(least_leak) +
                               " per step a particle leaves " + text(least_side.lower) + " ... " +
                               text(least_side.upper) + ", and beyond it steps run away");
      none.runs_away = true;
      return none;
    }
    if (round == most_rounds) return refuse("the density falls off too slowly");
    grid = better;
  }
  PlaneChain result;
  const SlowestMode slowest = slowest_mode(*step, density->masses(), arnoldi_applications);
  if (slowest.rate > 1e-10 && slowest.error < 1e-4 * slowest.rate) result.relaxation_rate = slowest.rate;

  // A residual may hide in the exchange of wells, up to itself over the rate.
  const bool weights_by_symmetry = chain.minima.size() < 2 || (guess.odd && chain.minima.size() == 2);
  const auto determined = [&](double rest) {
    return weights_by_symmetry || rest < largest_weight_error * (slowest.rate - slowest.error);
  };
  const auto refuse_weights = [&] {
    return refuse("the wells exchange particles so slowly, at a rate of " +
                  (slowest.rate > 1e-10 ? "about " + text(slowest.rate) : std::string("less than 1e-10")) +
                  " per step, that rounding would decide on their weights");
  };
  if (!determined(least_residual)) return refuse_weights();

  const std::shared_ptr<const PlaneDensity> before = density;
  grid = grown(grown(grid, 0, 1.03, 1.05), 1, 1.03, 1.05);
  tolerance = std::clamp(residual_over_rate * slowest.rate, least_residual, first_residual);
  solve();
  if (!determined(residual)) return refuse_weights();
  result.accuracy = 0.5 * (density->masses() - before->resampled(grid)).cwiseAbs().sum();
  if (!(result.accuracy < largest_difference))
    return refuse("the densities of two grids, the finer one of " + std::to_string(grid.size()) +
                  " nodes, differ by a total variation of " + text(result.accuracy));
  std::vector<double> next(2 * places);
  result.circulation = density->average([&](std::span<const double> z) {
    steps.step(z, next);
    double sum = 0;
    for (std::size_t q = 0; q < places; ++q) sum += steps.weights[q] * (next[2 * q] * z[1] - next[2 * q + 1] * z[0]);
    return sum;
  });
  result.density = std::move(density);
  return result;
}

}  // namespace isotherm::theory
