#include "experiment/plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "dynamics/step.hpp"
#include "experiment/noise.hpp"
#include "experiment/ranges.hpp"
#include "experiment/start.hpp"
#include "experiment/words.hpp"
#include "isotherm/core/error.hpp"
#include "loss/derivative.hpp"
#include "loss/parser.hpp"
#include "theory/relaxation.hpp"

namespace isotherm {
namespace {

using loss::NodeId;

constexpr std::uint64_t maximum_particles = std::uint64_t{1} << 50;
constexpr std::uint64_t maximum_steps = std::uint64_t{1} << 60;
constexpr std::size_t maximum_dimension = 1024;
constexpr std::size_t maximum_slots = std::size_t{1} << 24;
constexpr std::uint64_t default_bins = 200, default_joint_bins = 100;
constexpr std::size_t fine_bins = std::size_t{1} << 14;
constexpr std::uint64_t longest_automatic_burn_in = 1'000'000;
constexpr std::uint64_t affordable_exchange =
    10'000;  // steps that we spend on the exchange of wells where symmetry could do without

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// Builds a Plan in the order in which its parts depend on each other.
class Planner {
 public:
  Planner(const Experiment& experiment, bool for_prediction) : for_prediction_(for_prediction) {
    plan_.experiment = experiment;
    check_counts();
    read_loss();
    read_rates();
    read_noise();
    set_up_theory();
    set_up_start();
    build_step();
    check_stability();
    choose_burn_in();
    set_up_observables();
  }

  Plan take() { return std::move(plan_); }

 private:
  Experiment& experiment() { return plan_.experiment; }
  loss::Problem& problem() { return *plan_.problem; }
  loss::Graph& graph() { return problem().graph(); }

  void check_counts() {
    const Experiment& e = experiment();
    if (e.loss.empty())
      throw InputError("--loss: no loss given; try --loss double-well, or an expression such as --loss \"x^2/2\"");
    if (e.particles < 1 || e.particles > maximum_particles)
      throw InputError("--particles: must be between 1 and " + std::to_string(maximum_particles));
    if (e.thinning < 1) throw InputError("--thinning: must be 1 or greater");
    if (e.steps < 1 || e.steps > maximum_steps)
      throw InputError("--steps: must be between 1 and " + std::to_string(maximum_steps));
    if (e.burn_in && *e.burn_in > maximum_steps)
      throw InputError("--burn-in: must be at most " + std::to_string(maximum_steps));
    if (!(e.alpha > 0) || !std::isfinite(e.alpha))
      throw InputError("--alpha: must be greater than 0, for example --alpha 0.5");
  }

  void read_loss() {
    plan_.problem = std::make_unique<loss::Problem>(
        loss::ProblemRequest{experiment().loss, experiment().set, experiment().coordinates});
    if (problem().dimension() > maximum_dimension)
      throw InputError("--loss: " + std::to_string(problem().dimension()) + " coordinates; at most " +
                       std::to_string(maximum_dimension));
    experiment().coordinates = problem().coordinates();
    plan_.dynamics = &dynamics::find(experiment().dynamics);
  }

  void read_rates() {
    std::vector<double>& eta = experiment().eta;
    if (eta.empty()) eta = {0.1};
    if (eta.size() != 1 && eta.size() != problem().dimension())
      throw InputError("--eta: " + counted(eta.size(), "value") + " for " +
                       counted(problem().dimension(), "coordinate") + "; give one, or one for each coordinate");
    for (const double value : eta)
      if (!(value > 0) || !std::isfinite(value))
        throw InputError("--eta: must be greater than 0, for example --eta 0.05");
    eta_ = eta;
    while (eta_.size() < problem().dimension()) eta_.push_back(eta_.front());
    for (std::size_t c = 0; c < eta_.size(); ++c) {
      // Equal rates are one setting, so that x - eta g has the same operand in every coordinate.
      const std::string name = eta.size() == 1 ? "--eta" : "--eta[" + std::to_string(c) + "]";
      problem().set_value(name, eta_[c]);
      eta_nodes_.push_back(graph().setting(name));
    }
    if (plan_.dynamics->uses_dt) {
      if (!experiment().dt) experiment().dt = plan_.dynamics->draws_per_step > 0 ? eta_.front() / 10 : eta_.front();
      if (!(*experiment().dt > 0) || !std::isfinite(*experiment().dt))
        throw InputError("--dt: must be greater than 0, for example --dt 0.01");
    } else if (experiment().dt) {
      throw InputError("--dt: " + plan_.dynamics->name + " steps by --eta; drop --dt, or use --dynamics langevin");
    }
    plan_.time_per_step = plan_.dynamics->uses_dt ? *experiment().dt : eta_.front();
  }

  void read_noise() {
    if (plan_.dynamics->draws_per_step == 0) {
      if (!experiment().sigma.empty() || !experiment().covariance.empty() || experiment().temperature)
        throw InputError("--dynamics " + plan_.dynamics->name +
                         ": there is no noise to scale; drop --sigma, --covariance and --temperature");
      check_noise_law(experiment().noise);
      experiment().noise = "none";
    }
    noise_ = plan_noise(problem(), experiment(), eta_);

    verdict::Scales& scales = plan_.scales;
    scales.eta = eta_.front();
    scales.step = plan_.time_per_step;
    scales.sigma = noise_.sigma;
    scales.reference_alpha = experiment().alpha;
    scales.dimension = problem().dimension();
    scales.dynamics = plan_.dynamics->name;
    scales.corrected_virial_applies = plan_.dynamics->corrected_virial_step.has_value() && !noise_.scale.none;
    if (!noise_.state_dependent) {
      for (std::size_t c = 0; c < eta_.size(); ++c) {
        scales.eta_sigma2 += eta_[c] * noise_.constant_variance[c] / static_cast<double>(eta_.size());
        scales.temperature +=
            plan_.dynamics->temperature({eta_[c], noise_.constant_variance[c], experiment().dt.value_or(0)}) /
            static_cast<double>(eta_.size());
      }
    }
    if (noise_.state_dependent || noise_.scale.none) return;
    scales.one_temperature = !noise_.correlated;
    for (std::size_t c = 0; c < eta_.size(); ++c) {
      const double ratio = eta_[c] * noise_.constant_variance[c] / scales.eta_sigma2;
      scales.one_temperature = scales.one_temperature && std::abs(ratio - 1) < 1e-12;
    }
    if (!scales.one_temperature && scales.eta_sigma2 > 0)
      plan_.warnings.push_back(noise_.correlated
                                   ? "the noise is correlated between coordinates: Gibbs is compared at the "
                                     "mean temperature, that of the mean of eta Sigma_cc"
                                   : "the temperature differs between coordinates: Gibbs is compared at "
                                     "their mean, that of the mean of eta Sigma_cc");
  }

  void set_up_theory() {
    plan_.minima = theory::find_minima(problem());
    if (noise_.scale.none)
      plan_.gibbs_not_applicable = "there is no noise, and so no temperature";
    else if (noise_.state_dependent)
      plan_.gibbs_not_applicable = "the noise depends on the coordinates, and Gibbs needs it constant";
    else if (!(plan_.scales.temperature > 0))
      plan_.gibbs_not_applicable = "sigma is 0, and so is the temperature";
    if (noise_.scale.none) return;
    plan_.family = std::make_unique<theory::GibbsFamily>(problem());
    if (plan_.gibbs_not_applicable.empty())
      plan_.gibbs_not_applicable = plan_.family->not_applicable(plan_.gibbs_temperature());
  }

  const theory::Minimum& lowest_minimum() const {
    return *std::min_element(plan_.minima.begin(), plan_.minima.end(),
                             [](const auto& a, const auto& b) { return a.value < b.value; });
  }

  /// The temperature that rules relaxation: of the noise at the lowest minimum where it depends on the place.
  double relaxation_temperature() {
    if (!noise_.state_dependent) return plan_.scales.temperature;
    if (plan_.minima.empty() || noise_.scale.none) return 0;
    const loss::Function variance(problem(), noise_.variance);
    std::vector<double> values(noise_.variance.size());
    variance(lowest_minimum().point, values);
    return plan_.dynamics->temperature({eta_.front(), values.front(), experiment().dt.value_or(0)});
  }

  /// Is the Hessian the same everywhere? Then the curvature at the minimum is all there is.
  bool is_quadratic() {
    const std::vector<NodeId> hessian = problem().hessian();
    return std::all_of(hessian.begin(), hessian.end(),
                       [this](NodeId node) { return graph().node(node).level < loss::Level::particle; });
  }

  /// Is everything the same under x -> -x, the noise included? (That the loss is, theory finds out itself.)
  bool starts_symmetric() {
    if (!is_symmetric(experiment().init)) return false;
    if (!noise_.state_dependent || problem().dimension() > 1) return true;
    const loss::Function variance(problem(), noise_.variance);
    for (int exponent = -10; exponent <= 4; ++exponent) {
      const double x = std::ldexp(1.3, exponent), right = variance(x), left = variance(-x);
      if (std::abs(right - left) > 1e-12 * std::abs(right + left)) return false;
    }
    return true;
  }

  void set_up_start() {
    experiment().init =
        resolve_start(problem(), experiment(), plan_.family.get(), relaxation_temperature(), plan_.minima);
    engine::Simulation& simulation = plan_.simulation;
    simulation.particles = experiment().particles;
    simulation.seed = experiment().seed;
    simulation.precision = experiment().precision;
    simulation.dimension = problem().dimension();
    simulation.state_rows = problem().dimension() * (1 + plan_.dynamics->rows.size());
    simulation.steps = experiment().steps;
    simulation.thinning = experiment().thinning;
    plan_start(problem(), experiment().init, simulation);
  }

  void build_step() {
    engine::Simulation& simulation = plan_.simulation;
    simulation.draws.dimension = problem().dimension();
    simulation.draws.purpose = random::Purpose::gradient_noise;
    dynamics::StepRequest request{eta_nodes_, noise_.scale, [this](const std::string& name) {
                                    problem().set_value("--" + name, experiment().dt.value_or(0));
                                    return graph().setting("--" + name);
                                  }};
    const dynamics::BuiltStep built =
        dynamics::build_step(problem(), *plan_.dynamics, request, simulation.draws.stride());
    simulation.draws.per_step = built.draws_per_step;
    simulation.draws.law = built.draws_per_step > 0 ? engine::DrawLayout::Law::normal : engine::DrawLayout::Law::none;
    simulation.step = loss::lower(graph(), built.next);
    const std::vector<double> settings = problem().setting_values();
    simulation.start_constants = loss::evaluate_constants(graph(), simulation.start, settings, {});
    simulation.step_constants = loss::evaluate_constants(graph(), simulation.step, settings, {});
  }

  void choose_burn_in() {
    if (experiment().burn_in) {
      plan_.burn_in_method = "given";
    } else if (noise_.scale.none || plan_.minima.empty() || !(relaxation_temperature() > 0)) {
      experiment().burn_in = 0;
      plan_.burn_in_method = "none";
      if (plan_.minima.empty() && !noise_.scale.none)
        plan_.warnings.push_back("no automatic burn-in: the loss has no minimum that a particle could settle in");
    } else {
      const double step = plan_.dynamics->uses_dt ? plan_.time_per_step : *std::min_element(eta_.begin(), eta_.end());
      const theory::Relaxation relaxation = theory::relaxation(problem(), *plan_.family, plan_.minima,
                                                               relaxation_temperature(), step, starts_symmetric());
      const auto steps_at = [&](double rate) {
        return rate > 0 ? theory::burn_in_steps({rate, "", rate, true}, experiment().particles)
                        : std::numeric_limits<std::uint64_t>::max();
      };
      // From a symmetric start even averages need the even modes only; if wells exchange soon, all modes are waited
      // for.
      const bool exchange =
          relaxation.unmixed_rate >= relaxation.rate || steps_at(relaxation.unmixed_rate) <= affordable_exchange;
      std::uint64_t steps = steps_at(exchange ? relaxation.unmixed_rate : relaxation.rate);
      plan_.burn_in_method = exchange && relaxation.unmixed_rate < relaxation.rate ? "spectral gap" : relaxation.method;
      if (noise_.state_dependent)
        plan_.warnings.push_back(
            "burn-in was chosen with the noise at the lowest minimum, and is not verified where the noise depends on "
            "the "
            "coordinates");
      else if (!relaxation.verified && relaxation.rate > 0 && !is_quadratic())
        plan_.warnings.push_back(
            "burn-in was chosen from the curvature at the minima and is not verified: slower ways of the chain, "
            "between wells "
            "or along a valley, are not seen");
      if (relaxation.rate <= 0) {
        if (!unstable_)
          plan_.warnings.push_back(
              "no automatic burn-in: the rate at which the chain relaxes could not be found; give --burn-in");
        steps = 0;
      } else if (steps > longest_automatic_burn_in) {
        plan_.warnings.push_back(
            "burn-in would take " + std::to_string(steps) + " steps (" + relaxation.method + ", rate " +
            number(relaxation.rate) + " per step); " + std::to_string(longest_automatic_burn_in) +
            " are done, so what depends on the exchange of wells is still that of the start; give --burn-in for more");
        steps = longest_automatic_burn_in;
      } else if (!exchange) {
        plan_.warnings.push_back("wells exchange at rate " + number(relaxation.unmixed_rate) +
                                 " per step: even averages are stationary after burn-in, the weights of the wells are "
                                 "those of the symmetric start");
      }
      experiment().burn_in = steps;
    }
    plan_.simulation.burn_in = *experiment().burn_in;
    const std::uint64_t most = std::numeric_limits<std::int64_t>::max() / experiment().particles;
    if (plan_.simulation.last_step() > most)
      throw InputError("--particles " + std::to_string(experiment().particles) + ": with " +
                       std::to_string(plan_.simulation.last_step()) +
                       " steps, burn-in included, that is more than 2^63 particle-steps; give at most " +
                       std::to_string(most) + " steps");
    for (const std::uint64_t step : experiment().snapshots)
      if (step > plan_.simulation.last_step())
        throw InputError("--snapshots: step " + std::to_string(step) + " is after the last step " +
                         std::to_string(plan_.simulation.last_step()) + " (burn-in included); give more --steps");
  }

  void check_stability() {
    const double bound = plan_.dynamics->stability_bound;
    const double step = plan_.dynamics->uses_dt ? plan_.time_per_step : *std::max_element(eta_.begin(), eta_.end());
    const std::string option = plan_.dynamics->uses_dt ? "dt" : "eta";
    const theory::Minimum* sharpest = nullptr;
    for (const theory::Minimum& minimum : plan_.minima)
      if (!minimum.curvatures.empty() &&
          (sharpest == nullptr || minimum.curvatures.back() > sharpest->curvatures.back()))
        sharpest = &minimum;
    if (sharpest == nullptr || !(step * sharpest->curvatures.back() > bound)) return;
    unstable_ = true;
    std::string place;
    for (std::size_t c = 0; c < std::min<std::size_t>(sharpest->point.size(), 3); ++c)
      place += (c > 0 ? ", " : "") + problem().coordinates()[c] + " = " + number(sharpest->point[c]);
    plan_.warnings.push_back(option + " h = " + number(step * sharpest->curvatures.back()) + " at the minimum " +
                             place + " is beyond the stability bound " + number(bound) + " of " + plan_.dynamics->name +
                             ": it needs --" + option + " below " + number(bound / sharpest->curvatures.back()));
  }

  void set_up_observables() {
    if (experiment().histogram.empty()) {
      for (const std::string& coordinate : problem().coordinates())
        experiment().histogram.push_back({AxisRequest{coordinate, {}, {}, {}, false}});
      experiment().histogram.push_back({AxisRequest{"loss", {}, {}, {}, false}});
    }

    // Observables of a snapshot: the coordinates, the loss, then every other expression on an axis, each once.
    std::vector<NodeId> nodes;
    std::vector<std::string>& names = plan_.snapshot.names;
    const auto observe = [&](const std::string& name, NodeId node) {
      const auto known = std::find(nodes.begin(), nodes.end(), node);
      if (known != nodes.end()) return static_cast<std::size_t>(known - nodes.begin());
      nodes.push_back(node);
      names.push_back(name);
      return nodes.size() - 1;
    };
    for (std::size_t c = 0; c < problem().dimension(); ++c) observe(problem().coordinates()[c], graph().state(c));
    if (observe("loss", problem().value()) != problem().dimension()) {
      // The loss is a coordinate or a constant already on the list: it is still an observable of its own.
      nodes.push_back(problem().value());
      names.push_back("loss");
    }
    const std::size_t loss_index = problem().dimension();

    std::vector<engine::HistogramPlan> requests;
    for (const HistogramRequest& request : experiment().histogram) {
      if (request.empty() || request.size() > 2)
        throw InputError("--histogram: give one or two axes, for example x:200:-2:2 or x:100:-2:2,y:100:-2:2");
      engine::HistogramPlan plan;
      for (const AxisRequest& axis : request) {
        const std::size_t observable = axis.expression == "loss"
                                           ? loss_index
                                           : observe(axis.expression, problem().parse(axis.expression, "--histogram"));
        plan.results.push_back(observable);
        plan.name += (plan.name.empty() ? "" : ",") + axis.expression;
      }
      for (const engine::HistogramPlan& other : requests)
        if (other.name == plan.name)
          throw InputError("--histogram: '" + plan.name + "' is given twice; each name once");
      requests.push_back(plan);
    }

    for (const std::string& name : problem().unused_settings())
      throw InputError("--set " + name +
                       ": nothing of that name is in the loss, --sigma or --histogram; drop it, or correct the name");
    choose_ranges(nodes, requests);

    engine::Simulation& simulation = plan_.simulation;
    // The engine's list has each result once, in the order of first use.
    std::vector<NodeId> counted;
    for (const engine::HistogramPlan& request : requests) {
      engine::HistogramPlan plan = request;
      for (std::size_t& result : plan.results) {
        const NodeId node = nodes[result];
        const auto known = std::find(counted.begin(), counted.end(), node);
        result = static_cast<std::size_t>(known - counted.begin());
        if (known == counted.end()) counted.push_back(node);
      }
      simulation.histograms.push_back(std::move(plan));
    }
    simulation.observe = loss::lower(graph(), counted);

    engine::SnapshotPlan& snapshot = plan_.snapshot;
    snapshot.dimension = problem().dimension();
    snapshot.particles = simulation.particles;
    snapshot.histograms = std::move(requests);
    std::vector<NodeId> measured = nodes;
    for (const NodeId node : temperature_observables()) measured.push_back(node);
    snapshot.program = loss::lower(graph(), measured);

    const std::vector<double> settings = problem().setting_values();
    simulation.observe_constants = loss::evaluate_constants(graph(), simulation.observe, settings, {});
    snapshot.constants = loss::evaluate_constants(graph(), snapshot.program, settings, {});

    plan_.chunk = experiment().chunk == 0
                      ? 0
                      : (experiment().chunk + engine::block_size - 1) / engine::block_size * engine::block_size;
  }

  /// In the order of TemperatureObservable.
  std::vector<NodeId> temperature_observables() {
    const std::span<const NodeId> g = problem().gradient();
    NodeId virial = graph().literal(0), square = virial, corrected = virial, trace = virial;
    for (std::size_t c = 0; c < g.size(); ++c) {
      const double step = plan_.dynamics->corrected_virial_step
                              ? (*plan_.dynamics->corrected_virial_step)({eta_[c], 0, experiment().dt.value_or(0)})
                              : 0.0;
      const NodeId work = graph().mul(graph().state(c), g[c]), squared = graph().mul(g[c], g[c]);
      virial = graph().add(virial, work);
      square = graph().add(square, squared);
      corrected = graph().add(corrected, graph().sub(work, graph().mul(graph().literal(step / 2), squared)));
      // In units of the first learning rate: the identity has eta_c Sigma_cc.
      trace = graph().add(trace, graph().mul(graph().literal(eta_[c] / eta_.front()), noise_.variance[c]));
    }
    return {problem().value(), virial, square, problem().laplacian(), corrected, trace};
  }

  void choose_ranges(const std::vector<NodeId>& nodes, std::vector<engine::HistogramPlan>& requests) {
    const bool gibbs = plan_.family != nullptr && plan_.gibbs_not_applicable.empty();
    std::vector<std::optional<Range>> pilot(nodes.size());
    if (!for_prediction_) pilot = pilot_ranges(problem(), nodes, plan_.simulation, experiment().snapshots);
    if (gibbs)
      for (std::size_t c = 0; c < problem().dimension(); ++c)
        pilot[c] = join(pilot[c], plan_.family->coordinate_range(plan_.gibbs_temperature(), c, 1e-4));
    if (for_prediction_ && gibbs && !pilot[problem().dimension()] && !plan_.minima.empty()) {
      const auto moments = plan_.family->loss_moments(plan_.gibbs_temperature());
      pilot[problem().dimension()] = Range{lowest_minimum().value, moments.mean + 8 * std::sqrt(moments.variance)};
    }

    std::vector<Range> coarse;
    for (std::size_t o = 0; o < nodes.size(); ++o) {
      const Range seen = pilot[o].value_or(Range{-1, 1});
      coarse.push_back(comfortable(seen, 0.15));
      Range fine = comfortable(seen, 0.3);
      std::optional<double> offset;
      if (o == problem().dimension() && !plan_.minima.empty()) {
        // No particle is below the lowest minimum: bins there would be empty.
        const double lowest = lowest_minimum().value;
        if (lowest <= seen.first) {
          coarse.back().first = lowest;
          offset = lowest;
          fine = {0, std::sqrt(fine.second - lowest)};
        }
      }
      plan_.snapshot.fine_axes.push_back({plan_.snapshot.names[o], fine_bins, fine.first, fine.second, false});
      plan_.snapshot.fine_offsets.push_back(offset);
    }

    for (std::size_t h = 0; h < requests.size(); ++h) {
      HistogramRequest& request = experiment().histogram[h];
      std::size_t slots = 1;
      for (std::size_t a = 0; a < request.size(); ++a) {
        AxisRequest& axis = request[a];
        const Range& chosen = coarse[requests[h].results[a]];
        if (!axis.bins) axis.bins = request.size() == 1 ? default_bins : default_joint_bins;
        if (!axis.lower) axis.lower = chosen.first;
        if (!axis.upper) axis.upper = chosen.second;
        if (*axis.bins < 1 || *axis.bins > maximum_slots)
          throw InputError("--histogram: " + axis.expression + " has " + std::to_string(*axis.bins) +
                           " bins; give between 1 and " + std::to_string(maximum_slots));
        if (!(*axis.lower < *axis.upper) || !std::isfinite(*axis.lower) || !std::isfinite(*axis.upper))
          throw InputError("--histogram: lower " + number(*axis.lower) + " is not below upper " + number(*axis.upper) +
                           " for " + axis.expression + "; write NAME:BINS:LOWER:UPPER, for example x:200:-2:2");
        requests[h].axes.push_back(
            {axis.expression, static_cast<std::size_t>(*axis.bins), *axis.lower, *axis.upper, axis.periodic});
        slots *= requests[h].axes.back().extent();
      }
      if (slots > maximum_slots)
        throw InputError("--histogram: '" + requests[h].name + "' has " + std::to_string(slots) + " bins; at most " +
                         std::to_string(maximum_slots));
    }
  }

  Plan plan_;
  bool for_prediction_;
  bool unstable_ = false;    ///< beyond the stability bound at a minimum
  std::vector<double> eta_;  ///< by coordinate
  std::vector<NodeId> eta_nodes_;
  NoisePlan noise_;
};

}  // namespace

std::vector<std::vector<Axis>> Plan::axes() const {
  std::vector<std::vector<Axis>> all;
  for (const engine::HistogramPlan& histogram : simulation.histograms) all.push_back(histogram.axes);
  return all;
}

Plan make_plan(const Experiment& experiment, bool for_prediction) { return Planner(experiment, for_prediction).take(); }

}  // namespace isotherm
