#include "experiment/burn_in.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "dynamics/linear_map.hpp"
#include "experiment/words.hpp"

namespace isotherm {
namespace {

using dynamics::Parameters;
using loss::NodeId;

constexpr const char* even_functions = "spectral gap of even functions";
constexpr std::uint64_t longest_automatic_burn_in = 1'000'000;
constexpr std::uint64_t affordable_exchange =
    10'000;  // steps that we spend on the exchange of wells where symmetry could do without

/// Is the Hessian the same everywhere? Then the curvature at the minimum is all there is.
bool is_quadratic(loss::Problem& problem) {
  const std::vector<NodeId> hessian = problem.hessian();
  return std::all_of(hessian.begin(), hessian.end(),
                     [&](NodeId node) { return problem.graph().node(node).level < loss::Level::particle; });
}

/// Curvatures at a minimum as seen with the first coordinate's rate: of sqrt(r) H sqrt(r), r_c = eta_c / eta_0.
std::vector<double> curvatures(loss::Problem& problem, const ParameterList& parameters,
                               const theory::Minimum& minimum) {
  const bool even = std::all_of(parameters.begin(), parameters.end(),
                                [&](const Parameters& p) { return p.eta == parameters.front().eta; });
  if (even || minimum.curvatures.empty()) return minimum.curvatures;
  const auto n = static_cast<Eigen::Index>(parameters.size());
  const std::vector<NodeId> nodes = problem.hessian();
  const loss::Function hessian(problem, nodes);
  std::vector<double> values(nodes.size());
  hessian(minimum.point, values);
  Eigen::MatrixXd matrix(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j)
      matrix(i, j) =
          values[static_cast<std::size_t>(i * n + j)] *
          std::sqrt(parameters[static_cast<std::size_t>(i)].eta * parameters[static_cast<std::size_t>(j)].eta) /
          parameters.front().eta;
  if (!matrix.allFinite()) return minimum.curvatures;
  const Eigen::VectorXd eigenvalues = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix).eigenvalues();
  return {eigenvalues.data(), eigenvalues.data() + eigenvalues.size()};
}

/// Beyond rounding, and beyond the neutral modes of running sums.
bool grows(double factor) { return factor > 1 + 1e-9; }

}  // namespace

std::optional<Instability> find_instability(loss::Problem& problem, const dynamics::Descriptor& rule,
                                            const ParameterList& parameters,
                                            const std::vector<theory::Minimum>& minima) {
  std::optional<Instability> sharpest;
  for (const theory::Minimum& minimum : minima) {
    const std::vector<double> h = curvatures(problem, parameters, minimum);
    if (!h.empty() && (!sharpest || h.back() > sharpest->curvature)) sharpest = Instability{minimum, h.back(), 0};
  }
  if (!sharpest || !(sharpest->curvature > 0)) return std::nullopt;
  const auto factor = [&](double scale) {
    Parameters scaled = parameters.front();
    (rule.uses_dt ? scaled.dt : scaled.eta) *= scale;
    return dynamics::contraction(rule, scaled, sharpest->curvature);
  };
  if (!grows(factor(1))) return std::nullopt;
  double stable = 0.5;
  while (stable > 0 && grows(factor(stable))) stable /= 2;
  double unstable = 2 * stable;
  for (int i = 0; i < 50; ++i) {
    const double middle = (stable + unstable) / 2;
    (grows(factor(middle)) ? unstable : stable) = middle;
  }
  sharpest->largest_step = stable * (rule.uses_dt ? parameters.front().dt : parameters.front().eta);
  return sharpest;
}

BurnIn choose_burn_in(loss::Problem& problem, const BurnInRequest& request) {
  BurnIn burn_in;
  if (request.unstable) {
    burn_in.method = "none";
    return burn_in;
  }
  const auto warn = [&](std::string text) { burn_in.warnings.push_back(std::move(text)); };
  double step = std::numeric_limits<double>::infinity();
  for (const Parameters& p : request.parameters) step = std::min(step, request.rule.overdamped_step(p));
  double sharpest = 0;
  for (const theory::Minimum& minimum : request.minima)
    for (const double h : curvatures(problem, request.parameters, minimum)) sharpest = std::max(sharpest, h);
  // The overdamped equation is integrated by a step of its own where the rule's is longer than that would bear.
  const bool plain = request.rule.rows.empty();
  if (!plain && sharpest > 0) step = std::min(step, 0.5 / sharpest);

  const theory::Relaxation relaxation =
      theory::relaxation(problem, request.family, request.minima, request.temperature, step, request.symmetric_start);
  const auto steps_at = [&](double rate) {
    return rate > 0 ? theory::burn_in_steps({rate, "", rate, true}, request.particles)
                    : std::numeric_limits<std::uint64_t>::max();
  };
  // From a symmetric start even averages need the even modes only; with one well, or if wells exchange soon, all modes
  // are waited for.
  const bool exchange = request.minima.size() == 1 || relaxation.unmixed_rate >= relaxation.rate ||
                        steps_at(relaxation.unmixed_rate) <= affordable_exchange;
  double rate = exchange ? relaxation.unmixed_rate : relaxation.rate;
  burn_in.steps = steps_at(rate);
  burn_in.method = exchange && relaxation.unmixed_rate < relaxation.rate ? "spectral gap" : relaxation.method;
  if (!plain && relaxation.rate > 0) {
    // Velocities and averages relax in their own time; a flat minimum has the curvature that its width has.
    double slowest = 0;
    for (const theory::Minimum& minimum : request.minima)
      for (const double h : curvatures(problem, request.parameters, minimum))
        if (const double factor =
                dynamics::contraction(request.rule, request.parameters.front(), std::max(h, relaxation.rate / step));
            factor < 1)
          slowest = std::max(slowest, factor);
    const double inertial = -std::log(slowest);
    if (slowest > 0 && inertial < rate) {
      rate = inertial;
      burn_in.steps = steps_at(rate);
      burn_in.method = "slowest mode at the minima";
    }
  }
  Equilibration& equilibration = burn_in.equilibration;
  equilibration.relaxation = relaxation;
  if (relaxation.rate > 0) equilibration.steps = burn_in.steps;
  // Theory looks at the even sector by itself only where the loss is even.
  equilibration.symmetric = request.symmetric_start && relaxation.method == even_functions;
  if (request.state_dependent_noise)
    warn(
        "burn-in was chosen with the noise at the lowest minimum, and is not verified where the noise depends on the "
        "coordinates");
  else if (!relaxation.verified && relaxation.rate > 0 && !is_quadratic(problem))
    warn(
        "burn-in was chosen from the curvature at the minima and is not verified: slower ways of the chain, between "
        "wells or along a valley, are not seen");
  if (relaxation.rate <= 0) {
    if (!request.unstable)
      warn("no automatic burn-in: the rate at which the chain relaxes could not be found; give --burn-in");
    burn_in.steps = 0;
  } else if (burn_in.steps > longest_automatic_burn_in) {
    warn("burn-in would take " + std::to_string(burn_in.steps) + " steps (" + burn_in.method + ", rate " +
         short_text(rate) + " per step); " + std::to_string(longest_automatic_burn_in) + " are done, so " +
         (request.minima.size() > 1 ? "what depends on the exchange of wells is still that of the start"
                                    : "the start is not forgotten") +
         "; give --burn-in for more");
    burn_in.steps = longest_automatic_burn_in;
  } else if (!exchange) {
    warn("wells exchange at rate " + short_text(relaxation.unmixed_rate) +
         " per step: even averages are stationary after burn-in, the weights of the wells are those of the symmetric "
         "start");
  }
  return burn_in;
}

}  // namespace isotherm
