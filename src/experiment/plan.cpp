#include "experiment/plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "dynamics/step.hpp"
#include "experiment/burn_in.hpp"
#include "experiment/examples.hpp"
#include "experiment/noise.hpp"
#include "experiment/observables.hpp"
#include "experiment/ranges.hpp"
#include "experiment/rates.hpp"
#include "experiment/rule_options.hpp"
#include "experiment/scale_words.hpp"
#include "experiment/start.hpp"
#include "experiment/words.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/core/trimmed.hpp"
#include "loss/derivative.hpp"
#include "loss/parser.hpp"
#include "theory/example_lyapunov.hpp"
#include "theory/minima.hpp"
#include "verdict/statement.hpp"

namespace isotherm {
namespace {

using loss::NodeId;

constexpr std::uint64_t maximum_particles = std::uint64_t{1} << 50;
constexpr std::uint64_t maximum_steps = std::uint64_t{1} << 60;
constexpr std::size_t maximum_dimension = 1024;
constexpr std::size_t maximum_slots = std::size_t{1} << 24;
constexpr std::uint64_t default_bins = 200, default_joint_bins = 100;
constexpr std::size_t fine_bins = std::size_t{1} << 14;
/// Rows of data that observing may go through: some minutes of work, and a few seconds of what nobody asked for.
constexpr double most_rows = 2e11, most_rows_unasked = 4e9;

/// The step scalar 1 / (examples of the step), where that changes.
const std::string inverse_batch = "1 / examples";

/// Builds a Plan in the order in which its parts depend on each other.
class Planner {
 public:
  Planner(const Experiment& experiment, bool for_prediction) : for_prediction_(for_prediction) {
    plan_.experiment = experiment;
    plan_.experiment.loss = trimmed(experiment.loss);
    check_counts();
    read_loss();
    read_rates();
    read_noise();
    set_scales();
    describe_scales(plan_, options_, rates_);
    set_up_theory();
    read_observables();
    set_up_start();
    build_step();
    check_stability();
    describe_chain();
    wait_for_equilibrium();
    set_up_tracking();
    set_up_observables();
    check_resolution();
  }

  Plan take() {
    plan_.options = options_;
    plan_.examples = examples_;
    plan_.heavy_tails = may_have_heavy_tails();
    if (!plan_.minima.empty()) plan_.scales.center = lowest_minimum().point;
    return std::move(plan_);
  }

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
    examples_ = plan_examples(experiment());
    plan_.problem = std::make_unique<loss::Problem>(
        loss::ProblemRequest{experiment().loss, experiment().set, experiment().coordinates, examples_.examples,
                             examples_.target.empty() ? experiment().target : examples_.target,
                             examples_.target.empty() ? experiment().features : examples_.features});
    experiment().target = examples_.target;
    experiment().features = examples_.features;
    if (problem().dimension() > maximum_dimension)
      throw InputError("--loss: " + std::to_string(problem().dimension()) + " coordinates; at most " +
                       std::to_string(maximum_dimension));
    experiment().coordinates = problem().coordinates();
    plan_.dynamics = &dynamics::find(experiment().dynamics);
    options_ = resolve_options(experiment(), rule(), problem().dimension());
  }

  void read_rates() {
    rates_ = plan_rates(problem(), experiment(), rule());
    plan_.schedule = rates_.schedule;
    plan_.time_per_step = rule().uses_dt ? rates_.dt : rates_.eta.front();
    if (rule().uses_dt) options_.numbers["dt"] = {rates_.dt};
    if (const double lambda = options_.number("weight-decay"); lambda > 0) {
      problem().set_value("weight decay of the potential", lambda);
      problem().add_penalty(graph().setting("weight decay of the potential"));
    }
  }

  void read_noise() {
    if (!rule().stochastic) {
      if (!experiment().sigma.empty() || !experiment().covariance.empty() || experiment().temperature ||
          experiment().batch_size)
        throw InputError("--dynamics " + rule().name +
                         ": there is no noise to scale; drop --sigma, --covariance, --temperature and --batch-size");
      noise::parse(experiment().noise);
      experiment().noise = "none";
    }
    if (experiment().temperature && rule().stochastic && rule().stationary != dynamics::Stationary::gibbs)
      throw InputError("--temperature: " + rule().name + " has no temperature; give --sigma");
    if (experiment().temperature && rates_.schedule.constant_after == schedule::never)
      throw InputError("--temperature: the learning rate keeps changing, and the temperature with it; give --sigma");
    std::vector<double> example_share;
    if (rule().uses_dt)
      for (const double eta : rates_.eta) example_share.push_back(eta > 0 ? rates_.dt / eta : 0);
    noise_ = plan_noise(problem(), experiment(), rates_.eta, examples_, example_share);
    if (options_.flag("decoupled")) {
      const ParameterList list =
          parameters(noise_.state_dependent ? std::vector<double>(rates_.eta.size(), 0.0) : noise_.constant_variance);
      const double share = rule().decay_share ? rule().decay_share(list.front()) : 1;
      problem().set_value("weight decay of the potential", options_.number("weight-decay") * share / list.front().gain);
    }
    if (rule().gaussian_only && !noise_.scale.none) {
      if (noise_.scale.law.law->name != "gaussian")
        throw InputError("--noise: " + rule().name + " is exact for gaussian noise only; drop --noise " +
                         experiment().noise);
      if (!noise_.sigma) throw InputError("--sigma: " + rule().name + " needs one constant sigma, without correlation");
    }
    if (noise_.scale.law.law != nullptr && !noise_.scale.none && !noise_.scale.law.has_variance())
      plan_.warnings.push_back("the noise " + experiment().noise +
                               " has no variance: there is no temperature, and sigma is its scale");
  }

  /// Decay that shrinks positions while the preconditioner moves them unevenly: then there is no potential that is the
  /// loss with one penalty.
  bool has_uneven_decay() const {
    const Eigen::MatrixXd& p = rates_.preconditioner_matrix;
    return options_.flag("decoupled") && p.size() != 0 &&
           p != Eigen::MatrixXd(p(0, 0) * Eigen::MatrixXd::Identity(p.rows(), p.cols()));
  }

  /// The rule's identity refers to this chain.
  bool has_corrected_virial() {
    return rule().corrected_virial && !noise_.none && has_variance() && !keeps_changing() &&
           !(options_.flag("decoupled") && rule().decay_share) && !has_uneven_decay() && observes_noise();
  }

  bool needs_all_data(std::span<const NodeId> nodes) {
    return examples_.present() && !loss::means_of(graph(), nodes, loss::Operation::data_mean).empty();
  }
  /// Rows that are gone through if what needs all data is observed that often.
  double rows_visited(double looks) const {
    return static_cast<double>(examples_.examples->rows) * static_cast<double>(plan_.experiment.particles) * looks;
  }
  /// The noise of examples is a sum over all data where its covariance has no closed form.
  bool observes_noise() {
    return noise_.closed_trace || !needs_all_data(noise_.variance) || rows_visited(1) <= most_rows_unasked;
  }

  /// Noise that grows with the distance, or has no fourth moment itself, can make tails that fall like a power.
  bool may_have_heavy_tails() const {
    const bool light_noise =
        noise_.scale.none || noise_.scale.law.law == nullptr || noise_.scale.law.excess_kurtosis().has_value();
    return rule().stochastic && (noise_.state_dependent || !light_noise);
  }

  bool has_variance() const { return noise_.scale.none || noise_.scale.law.has_variance(); }

  /// The step changes until the end, so that there is no stationary law.
  bool keeps_changing() const {
    return rates_.schedule.constant_after == schedule::never ||
           (experiment_burn_in() < rates_.schedule.constant_after && !rates_.schedule.is_constant());
  }
  std::uint64_t experiment_burn_in() const {
    return plan_.experiment.burn_in.value_or(std::numeric_limits<std::uint64_t>::max());
  }

  /// As formulas of the descriptor take them: the rate W eta P_cc, and the variance (P Sigma)_cc / P_cc of a gradient
  /// of mean g. `variance` is Sigma_cc by coordinate.
  ParameterList parameters(const std::vector<double>& variance) const {
    ParameterList list;
    const double w = rates_.weight_sum;
    for (std::size_t c = 0; c < rates_.eta.size(); ++c) {
      const double scale = rates_.scale(c);
      double sigma2 = variance[c];
      if (rates_.preconditioner_matrix.size() != 0 && noise_.covariance.size() != 0) {
        const auto i = static_cast<Eigen::Index>(c);
        sigma2 = rates_.preconditioner_matrix.row(i).dot(noise_.covariance.col(i)) / scale;
      }
      list.push_back(
          {w * rates_.eta[c] * scale, sigma2 * rates_.weight_square_sum / (w * w), rates_.dt, options_, c, w * scale});
    }
    return list;
  }

  void set_scales() {
    verdict::Scales& scales = plan_.scales;
    scales.eta = rates_.eta.front();
    scales.step = plan_.time_per_step;
    scales.sigma = noise_.sigma;
    scales.reference_alpha = experiment().alpha;
    scales.dimension = problem().dimension();
    scales.dynamics = rule().name;
    if (examples_.present()) scales.known_as = rule().on_examples;
    scales.noise = noise_law();
    scales.reshuffled = examples_.present() && examples_.sampling == engine::Sampling::reshuffle &&
                        examples_.batch_size < examples_.table->rows;
    scales.corrected_virial_applies = has_corrected_virial();
    if (rule().mass) {
      for (const dynamics::Parameters& p : parameters(std::vector<double>(problem().dimension(), 0.0)))
        plan_.velocity_mass.push_back(rule().mass(p));
      scales.has_velocity = true;
    }
    if (rule().stationary != dynamics::Stationary::gibbs || noise_.state_dependent || noise_.none || !has_variance() ||
        rates_.schedule.constant_after == schedule::never)
      return;
    std::vector<double> temperatures;
    for (const dynamics::Parameters& p : parameters(noise_.constant_variance))
      temperatures.push_back(rule().temperature(p));
    for (const double t : temperatures) scales.temperature += t / static_cast<double>(temperatures.size());
    scales.alpha_unit = 2 * scales.temperature;
    scales.temperatures = temperatures;
    const bool mixed = is_mixed();
    scales.correlated = mixed;
    scales.one_temperature = !mixed && std::all_of(temperatures.begin(), temperatures.end(), [&](double t) {
      return std::abs(t / scales.temperature - 1) < 1e-12;
    });
    if (!scales.one_temperature && scales.alpha_unit > 0)
      plan_.warnings.emplace_back(mixed ? "the noise is correlated between coordinates: Gibbs is compared at the "
                                          "mean temperature, that of the mean of eta Sigma_cc"
                                        : "the temperature differs between coordinates: Gibbs is compared at "
                                          "their mean, that of the mean of eta Sigma_cc");
    if (experiment().temperature && std::abs(scales.temperature / *experiment().temperature - 1) > 1e-9)
      plan_.warnings.push_back("--temperature " + short_text(*experiment().temperature) +
                               " sets sigma = sqrt(2 T / eta); with these options the temperature of " + rule().name +
                               " is " + short_text(scales.temperature) +
                               (rule().uses_dt && examples_.present() ? ", for batches add dt Sigma / 2" : ""));
  }

  /// Of the noise in one step: a mean over the batch, and a weighted sum of several.
  verdict::NoiseLaw noise_law() const {
    const noise::Choice& choice = noise_.scale.law;
    verdict::NoiseLaw law;
    if (examples_.present() && noise_.scale.none) law.name = verdict::noise_of_examples;
    if (noise_.scale.none || choice.law == nullptr) return law;
    law.name = plan_.experiment.noise;
    if (examples_.present()) law.name += verdict::beside_examples;
    if (choice.law->name == "gaussian") return law;
    law.skewness = choice.law->skewness(choice.parameter);
    law.excess_kurtosis = choice.excess_kurtosis();
    double third = 1 / std::sqrt(static_cast<double>(noise_.scale.batch_size)), fourth = third * third;
    if (const std::vector<double>& weights = plan_.experiment.gradient_weights; !weights.empty()) {
      double cubes = 0, fourth_powers = 0;
      for (const double w : weights) cubes += w * w * w, fourth_powers += w * w * w * w;
      third *= cubes / std::pow(rates_.weight_square_sum, 1.5);
      fourth *= fourth_powers / (rates_.weight_square_sum * rates_.weight_square_sum);
    }
    if (law.skewness) *law.skewness *= third;
    if (law.excess_kurtosis) *law.excess_kurtosis *= fourth;
    return law;
  }

  /// P Sigma has entries off the diagonal: there is no temperature for each coordinate.
  bool is_mixed() const {
    if (rates_.preconditioner.empty()) return noise_.correlated;
    const auto n = static_cast<Eigen::Index>(problem_dimension());
    Eigen::MatrixXd sigma = noise_.covariance;
    if (sigma.size() == 0) {
      sigma = Eigen::MatrixXd::Zero(n, n);
      for (Eigen::Index c = 0; c < n; ++c) sigma(c, c) = noise_.constant_variance[static_cast<std::size_t>(c)];
    }
    const Eigen::MatrixXd product = rates_.preconditioner_matrix * sigma;
    const double scale = product.cwiseAbs().maxCoeff();
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index j = 0; j < n; ++j)
        if (i != j && std::abs(product(i, j)) > 1e-12 * scale) return true;
    return false;
  }
  std::size_t problem_dimension() const { return plan_.problem->dimension(); }

  /// Why the chain has no stationary law, or "".
  std::string why_not_stationary() const {
    if (noise_.none) return "there is no noise, and so no temperature";
    if (plan_.dynamics->stationary == dynamics::Stationary::none)
      return plan_.dynamics->name + " anneals itself: it has no stationary law";
    if (plan_.dynamics->stationary == dynamics::Stationary::own)
      return "the stationary law of " + plan_.dynamics->name + " has no temperature";
    if (rates_.schedule.constant_after == schedule::never)
      return "the learning rate keeps changing, so that there is no stationary law";
    if (keeps_changing() && plan_.experiment.burn_in) return "the learning rate changes while samples are taken";
    return "";
  }

  void set_up_theory() {
    plan_.minima = theory::find_minima(problem());
    plan_.gibbs_not_applicable = why_not_stationary();
    if (plan_.gibbs_not_applicable.empty()) {
      if (!has_variance())
        plan_.gibbs_not_applicable = "the noise has no variance, and so no temperature";
      else if (noise_.state_dependent)
        plan_.gibbs_not_applicable = "the noise depends on the coordinates, and Gibbs needs it constant";
      else if (has_uneven_decay())
        plan_.gibbs_not_applicable = "decoupled decay is not preconditioned, and this preconditioner is not a number";
      else if (!(plan_.scales.temperature > 0))
        plan_.gibbs_not_applicable = rates_.eta.front() > 0 ? "sigma is 0, and so is the temperature"
                                                            : "the last learning rate is 0, and so is the temperature";
    }
    if (noise_.none || rule().stationary != dynamics::Stationary::gibbs) return;
    plan_.family = std::make_unique<theory::GibbsFamily>(problem());
    if (plan_.gibbs_not_applicable.empty())
      plan_.gibbs_not_applicable = plan_.family->not_applicable(plan_.gibbs_temperature());
  }

  const theory::Minimum& lowest_minimum() const {
    return *std::min_element(plan_.minima.begin(), plan_.minima.end(),
                             [](const auto& a, const auto& b) { return a.value < b.value; });
  }

  /// Variances by coordinate: at the lowest minimum where they depend on the place.
  std::vector<double> variances() {
    if (!noise_.state_dependent) return noise_.constant_variance;
    if (plan_.minima.empty()) return std::vector<double>(noise_.variance.size(), 0.0);
    if (variances_.empty()) {  // it may take a pass over all examples
      variances_.resize(noise_.variance.size());
      const loss::Function variance(problem(), noise_.variance);
      variance(lowest_minimum().point, variances_);
      for (double& value : variances_)
        if (!std::isfinite(value)) value = 0;
    }
    return variances_;
  }

  /// The temperature that rules relaxation.
  double relaxation_temperature() {
    if (!noise_.state_dependent) return plan_.scales.temperature;
    if (plan_.minima.empty() || noise_.none || !rule().temperature) return 0;
    return rule().temperature(parameters(variances()).front());
  }

  /// Under a schedule that goes on changing particles start in the equilibrium of its first rate.
  double start_temperature() {
    if (rates_.schedule.constant_after != schedule::never || plan_.family == nullptr || plan_.minima.empty())
      return relaxation_temperature();
    dynamics::Parameters first = parameters(variances()).front();
    first.eta = rates_.weight_sum * rates_.schedule.rate(1) * rates_.scale(0);
    return rule().temperature(first);
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
    experiment().init = resolve_start(problem(), experiment(), plan_.family.get(), start_temperature(), plan_.minima);
    engine::Simulation& simulation = plan_.simulation;
    simulation.particles = experiment().particles;
    simulation.seed = experiment().seed;
    simulation.precision = experiment().precision;
    simulation.dimension = problem().dimension();
    simulation.state_rows = rule().state_rows(problem().dimension()) + names_->tracked().size();
    simulation.steps = experiment().steps;
    simulation.thinning = experiment().thinning;
    plan_start(problem(), experiment().init, rule(), step_request(), *names_, simulation);
  }

  dynamics::StepRequest step_request() const {
    return {rates_.nodes, noise_.scale, noise_.variance, rates_.preconditioner, experiment_weights(), options_};
  }
  std::vector<double> experiment_weights() const { return plan_.experiment.gradient_weights; }

  void build_step() {
    engine::Simulation& simulation = plan_.simulation;
    simulation.draws.dimension = problem().dimension();
    simulation.draws.purpose = random::Purpose::gradient_noise;
    const dynamics::BuiltStep built =
        dynamics::build_step(problem(), rule(), step_request(), simulation.draws.stride());
    simulation.draws.per_step = built.draws_per_step;
    simulation.draws.law = built.raw_law;
    simulation.step = lower_step(built.next);
    simulation.start_constants =
        loss::evaluate_constants(graph(), simulation.start, problem().setting_values(), step_scalars(0));
    simulation.step_constants = constants_of(simulation.step, simulation.fill_step_constants);
  }

  /// With its pass over the examples of a step, where there are examples.
  loss::Program lower_step(std::span<const NodeId> next) {
    if (!examples_.present()) return loss::lower(graph(), next);
    if (!rule().stochastic) {
      if (!loss::means_of(graph(), next, loss::Operation::data_mean).empty())
        throw InputError("--dynamics " + rule().name +
                         ": steps by the gradient of the whole loss, which takes a pass over all data where it is not "
                         "quadratic; use sgd with --batch-size " +
                         std::to_string(examples_.table ? examples_.table->rows : 100) + " --sampling reshuffle");
      return loss::lower(graph(), next);
    }
    refuse_other_gradients(next);
    engine::Batch& batch = plan_.simulation.batch;
    batch.table = examples_.table;
    batch.sampling = examples_.sampling;
    batch.size = examples_.batch_size;
    for (const double weight : experiment().gradient_weights) batch.weights.push_back(weight / rates_.weight_sum);
    const bool is_ragged = batch.sampling == engine::Sampling::reshuffle && batch.table->rows % batch.size != 0;
    problem().set_value("1 / batch size", 1 / static_cast<double>(batch.size));
    const NodeId inverse = !batch.weights.empty() ? graph().column(batch.weight_column())
                           : is_ragged            ? graph().step_scalar(inverse_batch)
                                                  : graph().setting("1 / batch size");
    std::vector<NodeId> roots(next.begin(), next.end());
    if (examples_.is_fresh()) {
      FreshColumns fresh = build_fresh_columns(problem(), examples_);
      std::unordered_map<NodeId, NodeId> columns;
      for (std::size_t c = 0; c < fresh.columns.size(); ++c)
        columns[graph().column(examples_.table_columns() + c)] = fresh.columns[c];
      for (NodeId& root : roots) root = graph().replace(root, columns);
      batch.fresh = std::move(fresh.draws);
    }
    loss::Passes passes =
        loss::lower_passes(graph(), roots, plan_.simulation.state_rows, inverse, examples_.examples->weight_column());
    if (passes.data_sums() != 0)
      throw InputError("--dynamics " + rule().name + ": needs gradients of the whole loss, which is no quadratic here");
    if (passes.batch.step_constants_begin != passes.batch.constants.size())
      throw InputError("--schedule: " + rule().name +
                       " takes gradients at places that depend on the learning rate, "
                       "which cannot change while there are examples");
    batch.constants = loss::evaluate_constants(graph(), passes.batch, problem().setting_values(), {});
    batch.program = std::move(passes.batch);
    return std::move(passes.main);
  }

  /// Examples of a step give gradients where the step begins, or at a place that its state alone decides.
  void refuse_other_gradients(std::span<const NodeId> next) {
    for (const NodeId mean : loss::means_of(graph(), next, loss::Operation::batch_mean)) {
      const NodeId of = graph().operands(mean)[0];
      for (const NodeId id : graph().reachable(std::span(&of, 1), loss::Level::particle))
        if (const loss::Operation operation = graph().node(id).operation;
            operation == loss::Operation::batch_mean || operation == loss::Operation::draw)
          throw InputError("--dynamics " + rule().name +
                           ": takes a gradient at a place that the step itself leads to, where it has no examples; use "
                           "sgd, momentum, nesterov, rmsprop, adam or langevin");
    }
    if (rule().name == "mala")
      throw InputError("--dynamics mala: its test needs the whole loss, not examples; use langevin");
  }

  /// The constants of a program, and the function that renews those which change from step to step.
  std::vector<double> constants_of(const loss::Program& program,
                                   std::function<void(std::uint64_t, std::span<double>)>& fill) {
    const std::vector<double> settings = problem().setting_values();
    std::vector<double> first = step_scalars(0);
    if (program.step_constants_begin < program.constants.size())
      fill = [scalars = scalar_function(), changing = loss::StepConstants(graph(), program, settings)](
                 std::uint64_t n, std::span<double> out) { changing(scalars(n), out); };
    return loss::evaluate_constants(graph(), program, settings, first);
  }

  std::vector<double> step_scalars(std::uint64_t n) { return scalar_function()(n); }

  /// Values of the graph's step scalars for the update from state n to state n + 1.
  std::function<std::vector<double>(std::uint64_t)> scalar_function() {
    std::vector<std::function<double(std::uint64_t)>> scalars;
    const std::uint64_t last = experiment().burn_in.value_or(0) + experiment().steps, thinning = experiment().thinning;
    for (const std::string& name : graph().step_scalars()) {
      if (name == "t") scalars.emplace_back([](std::uint64_t n) { return static_cast<double>(n + 1); });
      if (name == "eta") scalars.emplace_back([rate = rates_.schedule.rate](std::uint64_t n) { return rate(n + 1); });
      if (name == inverse_batch)
        scalars.emplace_back([epoch = plan_.simulation.batch](std::uint64_t n) {
          return 1 / static_cast<double>(epoch.size_of_step(n));
        });
      if (name == ObservableNames::epoch_position_name())
        scalars.emplace_back([epoch = plan_.simulation.batch](std::uint64_t n) {
          return static_cast<double>(epoch.first_position((n + 1) * epoch.per_step()));
        });
      for (const Tracked& average : names_->tracked()) {
        if (average.kind != Tracked::Kind::boxcar || name != ObservableNames::keep_name(average.steps)) continue;
        // The sum over the window that ends at a sampled state starts anew with the first state of the window.
        scalars.emplace_back([=](std::uint64_t n) {
          return n + 1 <= last && (last - (n + 1)) % thinning == average.steps - 1 ? 0.0 : 1.0;
        });
        break;
      }
    }
    return [scalars](std::uint64_t n) {
      std::vector<double> values;
      for (const auto& scalar : scalars) values.push_back(scalar(n));
      return values;
    };
  }

  void wait_for_equilibrium() {
    const bool settles = rates_.schedule.constant_after != schedule::never;
    const bool given = experiment().burn_in.has_value();
    const bool has_rate = !noise_.none && !plan_.minima.empty() && relaxation_temperature() > 0 && settles &&
                          rule().overdamped_step && plan_.family != nullptr;
    if (given) plan_.burn_in_method = "given";
    if (!given && !has_rate) {
      experiment().burn_in = settles ? rates_.schedule.constant_after : 0;
      plan_.burn_in_method = "none";
      if (plan_.minima.empty() && !noise_.none)
        plan_.warnings.push_back("no automatic burn-in: " + theory::why_no_minimum(problem()) + "; give --burn-in");
    }
    if (has_rate && !(given && for_prediction_)) {
      const ParameterList list = parameters(variances());
      BurnIn chosen = isotherm::choose_burn_in(
          problem(), {rule(), list, *plan_.family, plan_.minima, relaxation_temperature(), experiment().particles,
                      starts_symmetric(), noise_.state_dependent, unstable_});
      plan_.equilibration = chosen.equilibration;
      plan_.equilibration->symmetric = plan_.equilibration->symmetric && has_symmetric_noise();
      if (const std::optional<double> rate = rate_over_examples()) {
        chosen.steps = theory::burn_in_steps({*rate, "", *rate, true}, experiment().particles);
        chosen.method = "relaxation of mean and covariance over the examples";
        chosen.warnings.clear();
        plan_.equilibration->steps = chosen.steps;
      }
      if (!given) {
        experiment().burn_in = chosen.steps + rates_.schedule.constant_after;
        plan_.burn_in_method = chosen.method;
        plan_.warnings.insert(plan_.warnings.end(), chosen.warnings.begin(), chosen.warnings.end());
      }
    }
    plan_.scales.corrected_virial_applies = has_corrected_virial();
    plan_.simulation.burn_in = *experiment().burn_in;
    if (plan_.chain.examples) plan_.chain.examples->last_step = plan_.simulation.last_step();
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

  /// The exact rate at which mean and covariance relax, where that is known; then burn-in need not guess.
  std::optional<double> rate_over_examples() const {
    constexpr std::uint64_t longest = 1'000'000;
    if (!exact_rate_ || !(*exact_rate_ > 0)) return std::nullopt;
    const theory::Relaxation relaxation{*exact_rate_, "", *exact_rate_, true};
    if (theory::burn_in_steps(relaxation, plan_.experiment.particles) > longest) return std::nullopt;
    return exact_rate_;
  }

  bool has_symmetric_noise() const {
    if (examples_.present()) return false;
    return noise_.scale.none || noise_.scale.law.law->skewness(noise_.scale.law.parameter) == 0.0;
  }

  /// What the predictions of the discrete chain start from.
  void describe_chain() {
    theory::Chain& chain = plan_.chain;
    chain.problem = &problem();
    chain.rule = &rule();
    chain.family = plan_.family.get();
    chain.not_applicable = why_not_stationary();
    chain.law = noise_.scale.law;
    chain.batch_size = noise_.scale.batch_size;
    chain.state_dependent_noise = noise_.state_dependent;
    chain.temperature = plan_.scales.temperature;
    chain.alpha_unit = plan_.scales.alpha_unit;
    chain.rate = rule().uses_dt ? rates_.dt : rates_.eta.front();
    chain.time_per_step = plan_.time_per_step;
    chain.minima = plan_.minima;
    chain.symmetric_start = has_symmetric_noise() && starts_symmetric();
    if (chain.not_applicable.empty()) chain.not_applicable = why_examples_are_not_predicted();
    if (!chain.not_applicable.empty()) return;
    dynamics::StepRequest request = step_request();
    request.eta = rates_.last;
    if (examples_.present()) {
      chain.examples = example_chain(request);
      const theory::Prediction exact = theory::example_lyapunov(chain, {});
      exact_rate_ = exact.relaxation_rate;
      if (exact.no_variance) plan_.scales.no_variance = exact.not_applicable;
    } else {
      chain.map = std::make_shared<theory::StepMap>(problem(), rule(), request);
    }
  }

  std::string why_examples_are_not_predicted() const {
    if (!examples_.present()) return "";
    if (examples_.has_variance_within_rows())
      return "rows have fresh numbers beside them and are not drawn independently";
    if (examples_.sampling == engine::Sampling::reshuffle && !plan_.experiment.gradient_weights.empty())
      return "several gradients a step are not followed through epochs";
    return "";
  }

  theory::ExampleChain example_chain(const dynamics::StepRequest& request) {
    theory::ExampleChain chain;
    chain.step = std::make_shared<theory::ExampleStep>(problem(), rule(), request);
    chain.batch_size = examples_.batch_size;
    // Each of several gradients has a batch of its own.
    chain.variance_factor =
        examples_.variance_factor() * rates_.weight_square_sum / (rates_.weight_sum * rates_.weight_sum);
    chain.reshuffled = examples_.sampling == engine::Sampling::reshuffle;
    chain.infinite_moments = examples_.infinite_moments(chain.step->slope_columns());
    return chain;
  }

  /// Rules that set their own rates, up to 1 / (2 Lip), hold on to curvatures below 4 Lip.
  void check_lipschitz() {
    const std::vector<double>& bounds = options_.numbers.at("lipschitz");
    const double least = *std::min_element(bounds.begin(), bounds.end());
    double sharpest = 0;
    for (const theory::Minimum& minimum : plan_.minima)
      if (!minimum.curvatures.empty()) sharpest = std::max(sharpest, minimum.curvatures.back());
    if (!(sharpest > 4 * least)) return;
    plan_.warnings.push_back("curvature " + short_text(sharpest) + " at a minimum is beyond the stability bound of " +
                             rule().name + ", h < 4 Lip: it needs --lipschitz above " + short_text(sharpest / 4));
  }

  void check_stability() {
    if (options_.numbers.contains("lipschitz")) return check_lipschitz();
    if (rule().contraction == nullptr && rule().stationary != dynamics::Stationary::gibbs && rule().stochastic) return;
    const ParameterList list = parameters(variances());
    const std::optional<Instability> instability = find_instability(problem(), rule(), list, plan_.minima);
    if (!instability) return;
    unstable_ = true;
    const std::string option = rule().uses_dt ? "dt" : "eta";
    const double step = rule().uses_dt ? rates_.dt : list.front().eta;
    std::string place;
    for (std::size_t c = 0; c < std::min<std::size_t>(instability->minimum.point.size(), 3); ++c)
      place += (c > 0 ? ", " : "") + problem().coordinates()[c] + " = " + short_text(instability->minimum.point[c]);
    plan_.warnings.push_back(option + " h = " + short_text(step * instability->curvature) + " at the minimum " + place +
                             " is beyond the stability bound of " + rule().name + ", " + rule().stability_formula +
                             ": it needs --" + option + " below " +
                             short_text(instability->largest_step / (rule().uses_dt ? 1 : list.front().gain)));
  }

  /// Running averages: programs of their own, whose windows end at sampled steps.
  void set_up_tracking() {
    engine::Simulation& simulation = plan_.simulation;
    if (names_->tracked().empty()) return;
    const std::vector<NodeId> track = names_->track();
    if (!loss::means_of(graph(), track, loss::Operation::data_mean).empty())
      throw InputError(
          "--histogram: an average over steps cannot hold the loss where that is a sum over all data at each "
          "step; average the coordinates");
    simulation.track = loss::lower(graph(), track);
    simulation.track_constants = constants_of(simulation.track, simulation.fill_track_constants);
    for (const Tracked& average : names_->tracked()) {
      if (average.kind != Tracked::Kind::boxcar) continue;
      const std::string call = "average(..., " + std::to_string(average.steps) + ")";
      if (average.steps > experiment().thinning)
        throw InputError("--histogram: " + call + " is longer than the " + std::to_string(experiment().thinning) +
                         " steps between samples; give --thinning " + std::to_string(average.steps));
      const std::uint64_t first = simulation.last_step() - (simulation.samples() - 1) * simulation.thinning;
      if (first < average.steps)
        throw InputError("--histogram: " + call + " is not complete at the first sample, step " +
                         std::to_string(first) + "; give --burn-in " + std::to_string(average.steps));
      for (const std::uint64_t step : experiment().snapshots)
        if ((simulation.last_step() - step) % simulation.thinning != 0 || step < average.steps)
          throw InputError("--snapshots: " + call + " is complete at sampled steps only; step " + std::to_string(step) +
                           " is none");
    }
  }

  /// Parses what is observed. Observables of a snapshot: the coordinates, the loss, those that the rule always has,
  /// then every other expression on an axis, each once.
  void read_observables() {
    const bool counts_rows = std::ranges::any_of(experiment().histogram, [](const HistogramRequest& request) {
      return std::ranges::any_of(
          request, [](const AxisRequest& axis) { return axis.expression.find("epoch-position") != std::string::npos; });
    });
    if (counts_rows && (!examples_.table || examples_.sampling != engine::Sampling::reshuffle))
      throw InputError("--histogram: epoch-position: there are no epochs; give --data and --sampling reshuffle");
    names_ = std::make_unique<ObservableNames>(problem(), rule(), plan_.velocity_mass, counts_rows);
    if (experiment().histogram.empty()) {
      std::vector<std::string> shown = problem().coordinates();
      for (const std::string& velocity : names_->velocities()) shown.push_back(velocity);
      const NodeId value = problem().value();
      const std::uint64_t samples = (experiment().steps - 1) / experiment().thinning + 1;
      if (!needs_all_data(std::span(&value, 1)) || rows_visited(static_cast<double>(samples)) <= most_rows_unasked)
        shown.emplace_back("loss");
      else
        plan_.warnings.push_back("the loss has no histogram: it is a sum over " +
                                 std::to_string(examples_.examples->rows) +
                                 " rows for every sample of every particle; ask for it with --histogram loss");
      for (const std::string& name : shown) experiment().histogram.push_back({AxisRequest{name, {}, {}, {}, false}});
    }
    for (const auto& [name, node] : names_->vocabulary().names)
      if (graph().node(node).operation == loss::Operation::state) plan_.row_names.insert(name);
    std::vector<std::string>& names = plan_.snapshot.names;
    const auto observe = [&](const std::string& name, NodeId node) {
      const auto known = std::find(observed_.begin(), observed_.end(), node);
      if (known != observed_.end()) return static_cast<std::size_t>(known - observed_.begin());
      observed_.push_back(node);
      names.push_back(name);
      return observed_.size() - 1;
    };
    for (std::size_t c = 0; c < problem().dimension(); ++c) observe(problem().coordinates()[c], graph().state(c));
    if (observe("loss", problem().value()) != problem().dimension()) {
      // The loss is a coordinate or a constant already on the list: it is still an observable of its own.
      observed_.push_back(problem().value());
      names.emplace_back("loss");
    }
    const std::size_t loss_index = problem().dimension();
    for (const std::string& name : names_->always()) observe(name, names_->vocabulary().names.at(name));

    for (const HistogramRequest& request : experiment().histogram) {
      if (request.empty() || request.size() > 2)
        throw InputError("--histogram: give one or two axes, for example x:200:-2:2 or x:100:-2:2,y:100:-2:2");
      engine::HistogramPlan plan;
      for (const AxisRequest& axis : request) {
        const std::size_t observable =
            axis.expression == "loss"
                ? loss_index
                : observe(axis.expression, problem().parse(axis.expression, "--histogram", names_->vocabulary()));
        const NodeId node = observed_[observable];
        for (const NodeId id : graph().reachable(std::span(&node, 1)))
          if (graph().node(id).operation == loss::Operation::state &&
              static_cast<std::size_t>(graph().node(id).index) >= problem().dimension())
            plan_.own_observables.insert(axis.expression);
        plan.results.push_back(observable);
        plan.name += (plan.name.empty() ? "" : ",") + axis.expression;
      }
      for (const engine::HistogramPlan& other : requests_)
        if (other.name == plan.name)
          throw InputError("--histogram: '" + plan.name + "' is given twice; each name once");
      requests_.push_back(plan);
    }
    for (const std::string& name : problem().unused_settings())
      throw InputError("--set " + name +
                       ": nothing of that name is in the loss, --sigma or --histogram; drop it, or correct the name");
  }

  void set_up_observables() {
    const std::vector<NodeId>& nodes = observed_;
    std::vector<engine::HistogramPlan>& requests = requests_;
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
    simulation.observe = lower_observed(counted, simulation.state_rows + simulation.batch.sums(),
                                        static_cast<double>(simulation.samples()), simulation.observe_data);

    engine::SnapshotPlan& snapshot = plan_.snapshot;
    snapshot.dimension = problem().dimension();
    snapshot.state_rows = simulation.state_rows;
    snapshot.particles = simulation.particles;
    snapshot.histograms = std::move(requests);
    std::vector<NodeId> measured = nodes;
    for (const NodeId node : temperature_observables()) measured.push_back(node);
    const std::vector<NodeId> by_coordinate = coordinate_temperatures();
    measured.insert(measured.end(), by_coordinate.begin(), by_coordinate.end());
    snapshot.coordinate_temperatures = by_coordinate.size();
    snapshot.program = lower_observed(measured, snapshot.state_rows,
                                      static_cast<double>(experiment().snapshots.size() + 2), snapshot.data);

    const std::vector<double> settings = problem().setting_values();
    simulation.observe_constants = loss::evaluate_constants(graph(), simulation.observe, settings, {});
    snapshot.constants = loss::evaluate_constants(graph(), snapshot.program, settings, {});

    plan_.chunk = experiment().chunk == 0
                      ? 0
                      : (experiment().chunk + engine::block_size - 1) / engine::block_size * engine::block_size;
  }

  /// With its pass over all data, where it needs one, for as many looks at all particles.
  loss::Program lower_observed(std::span<const NodeId> nodes, std::size_t first_sum, double looks,
                               engine::DataPass& data) {
    if (!examples_.present()) return loss::lower(graph(), nodes);
    loss::Passes passes = loss::lower_passes(graph(), nodes, first_sum, -1, examples_.examples->weight_column());
    data.constants = loss::evaluate_constants(graph(), passes.data, problem().setting_values(), {});
    data.program = std::move(passes.data);
    data.table = examples_.examples;
    if (const double visited = rows_visited(looks); !data.empty() && visited > most_rows)
      throw InputError("--particles " + std::to_string(experiment().particles) + ": what is observed is a sum over " +
                       std::to_string(examples_.examples->rows) + " rows at every particle, " + short_text(visited) +
                       " rows in all; at most " + short_text(most_rows) + ", so give at most " +
                       std::to_string(static_cast<std::uint64_t>(most_rows / rows_visited(looks) *
                                                                 static_cast<double>(experiment().particles))) +
                       " particles, or fewer samples");
    return std::move(passes.main);
  }

  /// In the order of TemperatureObservable.
  std::vector<NodeId> temperature_observables() {
    const std::span<const NodeId> g = problem().gradient();
    const NodeId zero = graph().literal(0);
    std::vector<NodeId> virial, square, trace;
    const ParameterList unit = parameters(std::vector<double>(g.size(), 1.0));
    for (std::size_t c = 0; c < g.size(); ++c) {
      virial.push_back(graph().mul(graph().state(c), g[c]));
      square.push_back(graph().mul(g[c], g[c]));
      if (!rule().corrected_virial || !observes_noise()) continue;
      problem().set_value("temperature scale[" + std::to_string(c) + "]", 2 * rule().temperature(unit[c]));
      trace.push_back(graph().setting("temperature scale[" + std::to_string(c) + "]"));
    }
    const NodeId corrected = rule().corrected_virial ? graph().sum(corrected_virial()) : zero;
    return {problem().value(),     graph().sum(virial), graph().sum(square),
            problem().laplacian(), corrected,           trace.empty() ? zero : weighted_trace(problem(), noise_, trace),
            names_->kinetic()};
  }

  /// By coordinate, at the rate of the last step.
  std::vector<NodeId> corrected_virial() {
    dynamics::StepRequest at_the_end = step_request();
    at_the_end.eta = rates_.last;
    return dynamics::build_corrected_virial(problem(), rule(), at_the_end);
  }

  /// Observables whose means are the temperatures of the coordinates (verdict/coordinate_temperature.hpp).
  std::vector<NodeId> coordinate_temperatures() {
    verdict::Scales& scales = plan_.scales;
    const std::size_t dimension = problem().dimension();
    if (dimension == 1) return {};
    scales.no_coordinate_temperatures = why_no_coordinate_temperatures();
    if (!scales.no_coordinate_temperatures.empty()) return {};
    if (scales.corrected_virial_applies) {
      scales.coordinate_temperature_method = "corrected virial";
      return corrected_virial();
    }
    scales.coordinate_temperature_method = "virial";
    std::vector<NodeId> virial;
    for (std::size_t c = 0; c < dimension; ++c)
      virial.push_back(graph().mul(graph().state(c), problem().gradient()[c]));
    return virial;
  }

  std::string why_no_coordinate_temperatures() const {
    if (problem_dimension() > most_coordinate_temperatures)
      return "there are more than " + std::to_string(most_coordinate_temperatures) + " coordinates";
    if (std::string reason = why_not_stationary(); !reason.empty()) return reason;
    if (!has_variance()) return "the noise has no variance, and so no temperature";
    if (noise_.state_dependent) return "the noise depends on the coordinates, and with it the temperature";
    if (has_uneven_decay()) return "decoupled decay is not preconditioned, and this preconditioner is not a number";
    if (rates_.preconditioner_matrix.size() != 0 && !rates_.preconditioner_matrix.isDiagonal(0))
      return "the preconditioner mixes the coordinates";
    return "";
  }

  void choose_ranges(const std::vector<NodeId>& nodes, std::vector<engine::HistogramPlan>& requests) {
    const bool gibbs = plan_.family != nullptr && plan_.gibbs_not_applicable.empty();
    std::vector<std::optional<Range>> pilot(nodes.size());
    if (!for_prediction_) {
      Pilot seen = run_pilot(problem(), nodes, plan_.simulation, experiment().snapshots);
      pilot = std::move(seen.ranges);
      pilot_ = std::move(seen.last_steps);
    }
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
          throw InputError("--histogram: lower " + short_text(*axis.lower) + " is not below upper " +
                           short_text(*axis.upper) + " for " + axis.expression +
                           "; write NAME:BINS:LOWER:UPPER, for example x:200:-2:2");
        requests[h].axes.push_back(
            {axis.expression, static_cast<std::size_t>(*axis.bins), *axis.lower, *axis.upper, axis.periodic});
        slots *= requests[h].axes.back().extent();
      }
      if (slots > maximum_slots)
        throw InputError("--histogram: '" + requests[h].name + "' has " + std::to_string(slots) + " bins; at most " +
                         std::to_string(maximum_slots));
    }
  }

  /// Rounding a position to float adds a variance of ulp^2 / 12 to each step, and holds it where steps are shorter
  /// still.
  void check_resolution() {
    if (experiment().precision != Precision::single || noise_.scale.none) return;
    for (std::size_t c = 0; c < pilot_.size(); ++c) {
      const std::uint64_t last = std::max<std::uint64_t>(plan_.simulation.last_step(), 1);
      const double slowed = rule().uses_dt ? 1 : rates_.schedule.rate(last) / rates_.schedule.rate(pilot_[c].step);
      const double moved = pilot_[c].moved * slowed;
      const auto size = static_cast<float>(pilot_[c].size);
      const double ulp = std::nextafter(size, std::numeric_limits<float>::infinity()) - size;
      const double excess = ulp * ulp / (12 * moved * moved);
      if (!(excess > tolerated_rounding) || !std::isfinite(size)) continue;
      plan_.warnings.push_back("at the last step " + problem().coordinates()[c] + " moves by about " +
                               short_text(moved) + ", and float rounds it to multiples of " + short_text(ulp) + ": " +
                               (excess < 1
                                    ? "that adds about " + short_text(100 * excess) + " % to the variance of a step"
                                    : "steps are lost") +
                               "; give --precision double");
      return;
    }
  }

  const dynamics::Descriptor& rule() const { return *plan_.dynamics; }

  /// Their covariances grow with the square of the dimension.
  static constexpr std::size_t most_coordinate_temperatures = 64;
  /// Relative excess of a step's variance by rounding beyond which a run warns.
  static constexpr double tolerated_rounding = 1e-4;

  Plan plan_;
  bool for_prediction_;
  bool unstable_ = false;             ///< beyond the stability bound at a minimum
  std::optional<double> exact_rate_;  ///< per step, of mean and covariance over examples
  std::vector<double> variances_;     ///< at the lowest minimum, once asked for
  dynamics::Options options_;
  RatePlan rates_;
  ExamplePlan examples_;
  NoisePlan noise_;
  std::unique_ptr<ObservableNames> names_;
  std::vector<NodeId> observed_;                 ///< one for each name of the snapshot
  std::vector<engine::HistogramPlan> requests_;  ///< results index `observed_`
  std::vector<PilotStep> pilot_;                 ///< by coordinate; empty without a pilot
};

}  // namespace

std::vector<std::vector<Axis>> Plan::axes() const {
  std::vector<std::vector<Axis>> all;
  for (const engine::HistogramPlan& histogram : simulation.histograms) all.push_back(histogram.axes);
  return all;
}

bool Plan::reads_own_rows(const std::vector<Axis>& axes) const {
  return std::any_of(axes.begin(), axes.end(),
                     [this](const Axis& axis) { return own_observables.contains(axis.expression); });
}

std::optional<double> Plan::velocity_mass_of(const std::vector<Axis>& axes) const {
  if (axes.size() != 1 || velocity_mass.empty()) return std::nullopt;
  for (std::size_t c = 0; c < velocity_mass.size(); ++c)
    if (axes.front().expression == dynamics->rows.front().name + "." + problem->coordinates()[c])
      return velocity_mass[c];
  return std::nullopt;
}

Plan make_plan(const Experiment& experiment, bool for_prediction) { return Planner(experiment, for_prediction).take(); }

}  // namespace isotherm
