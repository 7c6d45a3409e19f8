#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "loss/derivative.hpp"
#include "theory/antiderivative.hpp"
#include "theory/gaussian_law.hpp"
#include "theory/gradient_step.hpp"
#include "theory/line_density.hpp"
#include "theory/line_law.hpp"
#include "theory/plane_law.hpp"
#include "theory/product_prediction.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t maximum_panels = 20000;
constexpr double cut_density = 1e-9;  // of the greatest, at which a density may be cut off where it would rise again
constexpr double largest_correction = 0.25;  // total variation from Gibbs

/// The step and the noise of one component.
struct Parameters {
  double eta = 0, temperature = 0;
  bool gaussian = true;
  double k3 = 0, k4 = 0;  // of the noise of x, not of the gradient
};

/// Quantities of one coordinate: derivatives of L, and the corrections to log p.
class LineExpansion {
 public:
  LineExpansion(loss::Problem& problem, const Component& component, const Parameters& parameters, Interval support,
                double bottom, double deviation)
      : parameters_(parameters), derivatives_(derivatives(problem, component)), edges_(lay_out(support, deviation)) {
    if (edges_.empty()) return;
    const auto slope = [this](double x) { return at(x)[1]; };
    cube_.emplace([&](double x) { return slope(x) * slope(x) * slope(x); }, edges_, bottom);
    square_.emplace([&](double x) { return slope(x) * slope(x); }, edges_, bottom);
    mixed_.emplace([&](double x) { return slope(x) * at(x)[2] * at(x)[2]; }, edges_, bottom);
  }

  const std::vector<double>& edges() const { return edges_; }
  double value(double x) const { return at(x)[0]; }

  /// log p but for a constant, by order: -L/T; sqrt(eta) and eta; eta^2.
  std::array<double, 3> logarithms(double x) const {
    const auto [value, g, g1, g2, g3] = at(x);
    const double t = parameters_.temperature, eta = parameters_.eta, k3 = parameters_.k3, k4 = parameters_.k4;
    double first = g * g / (4 * t) - g1 / 2;
    if (k3 != 0 || k4 != 0) {
      const double cube = (*cube_)(x);
      first += k4 / 6 * (g1 - 1.5 * g * g / t + cube / (t * t));
      first += k3 * k3 * 2 / 9 * (2 * g * g / t - g1 - 2 * cube / (t * t));
    }
    double half = 0;
    if (k3 != 0) half = k3 * std::sqrt(2 * t) / 3 * ((*square_)(x) / (t * t) - g / t);
    const double second = -g * g * g1 / (12 * t) - g1 * g1 / 6 + g * g2 / 6 - t * g3 / 12 + (*mixed_)(x) / (6 * t);
    return {-value / t, std::sqrt(eta) * half + eta * first, eta * eta * second};
  }

 private:
  using Derivatives = std::array<double, 5>;  // L, L', ..., L''''

  static ComponentFunction derivatives(loss::Problem& problem, const Component& component) {
    std::vector<loss::NodeId> nodes = {component.value, component.gradient.at(0)};
    for (int order = 2; order <= 4; ++order)
      nodes.push_back(loss::gradient(problem.graph(), nodes.back(), problem.dimension())[component.coordinates[0]]);
    return {problem, component.coordinates, nodes};
  }

  static std::vector<double> lay_out(Interval support, double deviation) {
    const double panels = std::max(64.0, std::ceil((support.upper - support.lower) / (0.5 * deviation)));
    if (!(panels <= maximum_panels)) return {};
    const auto count = static_cast<std::size_t>(panels);
    std::vector<double> edges;
    for (std::size_t i = 0; i <= count; ++i)
      edges.push_back(std::lerp(support.lower, support.upper, static_cast<double>(i) / panels));
    return edges;
  }

  Derivatives at(double x) const {
    Derivatives out;
    derivatives_({&x, 1}, out);
    return out;
  }

  Parameters parameters_;
  ComponentFunction derivatives_;
  std::vector<double> edges_;
  std::optional<Antiderivative> cube_, square_, mixed_;
};

bool has_kinks(const loss::Graph& graph, loss::NodeId root) {
  for (const loss::NodeId id : graph.reachable({&root, 1}, loss::Level::particle)) {
    const loss::Operation operation = graph.node(id).operation;
    if (operation == loss::Operation::abs || operation == loss::Operation::min || operation == loss::Operation::max ||
        operation == loss::Operation::less_select)
      return true;
  }
  return false;
}

struct FactorOrReason {
  std::shared_ptr<const ComponentLaw> factor;
  std::string reason;
};

/// One coordinate: the density to first order, and to second where the noise is Gaussian.
class LineSolver {
 public:
  LineSolver(const LineExpansion& expansion, std::span<const double> wells, double eta, bool second_order)
      : expansion_(expansion), wells_(wells), eta_(eta), second_order_(second_order) {}

  FactorOrReason solve() {
    const std::shared_ptr<LineDensity> gibbs = exponential(0);
    const std::shared_ptr<LineDensity> first = density(1, *gibbs);
    if (!first)
      return {nullptr, too_large("the first-order density has no maximum to be cut off from, or is negative")};
    const double change = first->total_variation(*gibbs);
    if (!(change <= largest_correction))
      return {nullptr, too_large("the first-order correction moves " + text(change) + " of the probability")};
    if (!second_order_) return {first, ""};
    const std::shared_ptr<LineDensity> second = density(2, *gibbs);
    if (!second)
      return {nullptr, too_large("the second-order density has no maximum to be cut off from, or is negative")};
    const double further = second->total_variation(*first);
    if (!(further <= 0.5 * change + 1e-12))
      return {nullptr, too_large("the second-order correction moves " + text(further) +
                                 " of the probability, the first-order one " + text(change))};
    return {second, ""};
  }

 private:
  std::string too_large(const std::string& what) const {
    return "eta = " + text(eta_) + " is too large for an expansion: " + what;
  }

  std::shared_ptr<LineDensity> density(int order, const LineDensity& gibbs) const {
    if (auto law = exponential(order)) return law;
    return linear(order, gibbs);
  }

  // Laws outlive this solver, but not the expansion.
  static double logarithm(const LineExpansion& expansion, double x, int order) {
    const auto parts = expansion.logarithms(x);
    return std::accumulate(parts.begin(), parts.begin() + 1 + order, 0.0);
  }

  std::shared_ptr<LineDensity> make(LineDensity::Value log_weight) const {
    auto law = std::make_shared<LineDensity>(std::move(log_weight), expansion_.edges(),
                                             [e = &expansion_](double x) { return e->value(x); });
    return law->valid() ? law : nullptr;
  }

  /// exp(-L/T + corrections). Where L grows faster than a quadratic the corrections win far out: it is cut off where it
  /// would rise again, if there is nearly nothing left there; else there is none.
  std::shared_ptr<LineDensity> exponential(int order) const {
    if (order == 0) return make([e = &expansion_](double x) { return logarithm(*e, x, 0); });
    const std::vector<double>& edges = expansion_.edges();
    constexpr int samples = 8;  // per panel
    std::vector<double> places, values;
    for (std::size_t p = 0; p + 1 < edges.size(); ++p)
      for (int i = 0; i < samples; ++i)
        places.push_back(std::lerp(edges[p], edges[p + 1], i / static_cast<double>(samples)));
    places.push_back(edges.back());
    for (const double x : places) values.push_back(logarithm(expansion_, x, order));
    const auto [left, right] = std::minmax_element(wells_.begin(), wells_.end());
    const auto end = [&](double from, int direction) {
      auto i = std::lower_bound(places.begin(), places.end(), from) - places.begin();
      const auto last = static_cast<std::ptrdiff_t>(places.size()) - 1;
      double peak = -infinity;
      for (; i + direction >= 0 && i + direction <= last; i += direction) {
        const double here = values[static_cast<std::size_t>(i)], next = values[static_cast<std::size_t>(i + direction)];
        peak = std::max(peak, here);
        // Beside a well the corrected density may still rise.
        if (!(next <= here) && here < peak + std::log(0.1)) break;
      }
      return static_cast<std::size_t>(i);
    };
    const std::size_t low = end(*left, -1), high = end(*right, +1);
    double peak = -infinity;
    for (std::size_t i = low; i <= high; ++i) peak = std::max(peak, values[i]);
    if (!(std::max(values[low], values[high]) < peak + std::log(cut_density))) return nullptr;
    return make([e = &expansion_, order, a = places[low], b = places[high]](double x) {
      return x < a || x > b ? -infinity : logarithm(*e, x, order);
    });
  }

  /// p0 (1 + corrections), the expansion of the former and of its normalization; nothing where that is negative.
  std::shared_ptr<LineDensity> linear(int order, const LineDensity& gibbs) const {
    const double mean1 = gibbs.average([&](double x) { return expansion_.logarithms(x)[1]; });
    const auto quadratic = [&](double x) {
      const auto parts = expansion_.logarithms(x);
      return parts[2] + 0.5 * (parts[1] - mean1) * (parts[1] - mean1);
    };
    const double mean2 = order > 1 ? gibbs.average(quadratic) : 0;
    const auto factor = [e = &expansion_, order, mean1, mean2](double x) {
      const auto parts = e->logarithms(x);
      const double first = parts[1] - mean1;
      return 1 + first + (order > 1 ? parts[2] + 0.5 * first * first - mean2 : 0);
    };
    const double negative = gibbs.average([&](double x) { return std::max(0.0, -factor(x)); });
    if (negative > 1e-12) return nullptr;
    return make(
        [e = &expansion_, factor](double x) { return logarithm(*e, x, 0) + std::log(std::max(0.0, factor(x))); });
  }

  const LineExpansion& expansion_;
  std::span<const double> wells_;
  double eta_;
  bool second_order_;
};

/// A law whose averages of the loss are those given: that of another potential.
class WithLoss : public ComponentLaw {
 public:
  WithLoss(std::shared_ptr<const ComponentLaw> law, double mean, double variance)
      : law_(std::move(law)), mean_(mean), variance_(variance) {}
  double log_partition_function() const override { return law_->log_partition_function(); }
  double mean_loss() const override { return mean_; }
  double variance_of_loss() const override { return variance_; }
  CoordinateMoments moments(std::size_t c) const override { return law_->moments(c); }
  std::optional<double> covariance(std::size_t c, std::size_t d) const override { return law_->covariance(c, d); }
  double quantile(std::size_t c, double probability, bool from_above) const override {
    return law_->quantile(c, probability, from_above);
  }
  Interval support(std::size_t c) const override { return law_->support(c); }
  std::vector<double> masses(std::size_t c, std::span<const double> cuts) const override {
    return law_->masses(c, cuts);
  }
  std::vector<double> joint_masses(std::size_t c, std::span<const double> c_cuts, std::size_t d,
                                   std::span<const double> d_cuts) const override {
    return law_->joint_masses(c, c_cuts, d, d_cuts);
  }

 private:
  std::shared_ptr<const ComponentLaw> law_;
  double mean_, variance_;
};

/// Several coupled coordinates, to first order: q1 = |g|^2 / (4T) - (Laplacian of L) / 2.
class CoupledSolver {
 public:
  CoupledSolver(loss::Problem& problem, const Component& component, const Parameters& parameters)
      : problem_(problem), graph_(problem.graph()), component_(component), parameters_(parameters) {
    std::vector<loss::NodeId> squares, diagonal;
    const std::size_t d = component.dimension();
    for (std::size_t i = 0; i < d; ++i) {
      squares.push_back(graph_.mul(component.gradient[i], component.gradient[i]));
      diagonal.push_back(component.hessian[i * d + i]);
    }
    correction_ = graph_.sub(graph_.mul(graph_.literal(1 / (4 * parameters.temperature)), graph_.sum(squares)),
                             graph_.mul(graph_.literal(0.5), graph_.sum(diagonal)));
  }

  /// -T log of the exponential form, which is exact: a quadratic again.
  FactorOrReason quadratic() {
    const double t = parameters_.temperature, eta = parameters_.eta;
    const Component modified =
        with_value(graph_.sub(component_.value, graph_.mul(graph_.literal(eta * t), correction_)));
    const LawOrReason law = make_gaussian_family(problem_, modified)->at(t);
    if (!law.law) return {nullptr, "eta = " + text(eta) + " is beyond the stability bound of a quadratic part"};
    const std::size_t d = component_.dimension();
    const auto n = static_cast<Eigen::Index>(d);
    std::vector<loss::NodeId> nodes = {component_.value};
    nodes.insert(nodes.end(), component_.hessian.begin(), component_.hessian.end());
    const ComponentFunction function(problem_, component_.coordinates, nodes);
    std::vector<double> mean(d), out(nodes.size());
    Eigen::MatrixXd covariance(n, n);
    for (std::size_t i = 0; i < d; ++i) {
      mean[i] = *law.law->moments(i).mean;
      for (std::size_t j = 0; j < d; ++j)
        covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = *law.law->covariance(i, j);
    }
    function(mean, out);
    const Eigen::MatrixXd product = Eigen::Map<const Eigen::MatrixXd>(out.data() + 1, n, n) * covariance;
    return {std::make_shared<WithLoss>(law.law, out[0] + 0.5 * product.trace(), 0.5 * (product * product).trace()), ""};
  }

  /// p0 (1 + eta (q1 - <q1>)) in two dimensions, as exp of its logarithm.
  FactorOrReason plane() {
    const double t = parameters_.temperature, eta = parameters_.eta;
    const LawOrReason gibbs = make_plane_family(problem_, component_)->at(t);
    if (!gibbs.law) return {nullptr, gibbs.reason};
    const std::vector<loss::NodeId> nodes = {component_.value, correction_};
    const ComponentFunction function(problem_, component_.coordinates, nodes);
    const Interval rows = gibbs.law->support(0), columns = gibbs.law->support(1);

    // The trapezoid rule, of spectral accuracy for what vanishes at the ends with all its derivatives.
    constexpr int points = 500;
    double total = 0, mean_correction = 0, bottom = infinity;
    std::vector<std::array<double, 2>> values;
    for (int i = 0; i <= points; ++i)
      for (int j = 0; j <= points; ++j) {
        const double place[] = {std::lerp(rows.lower, rows.upper, i / static_cast<double>(points)),
                                std::lerp(columns.lower, columns.upper, j / static_cast<double>(points))};
        function(place, values.emplace_back());
        if (std::isfinite(values.back()[0])) bottom = std::min(bottom, values.back()[0]);
      }
    for (const auto& [value, correction] : values) {
      const double weight = std::exp(-(value - bottom) / t);
      if (!(weight > 0)) continue;
      total += weight;
      mean_correction += weight * correction;
    }
    mean_correction /= total;
    double mean = 0, second = 0, change = 0, negative = 0, corrected = 0;
    for (const auto& [value, correction] : values) {
      const double weight = std::exp(-(value - bottom) / t) / total;
      if (!(weight > 0)) continue;
      const double factor = 1 + eta * (correction - mean_correction);
      change += 0.5 * weight * std::abs(factor - 1);
      negative += weight * std::max(0.0, -factor);
      const double positive = weight * std::max(0.0, factor);
      corrected += positive;
      mean += positive * value;
      second += positive * value * value;
    }
    mean /= corrected;
    second /= corrected;
    if (negative > 1e-12 || !(change <= largest_correction))
      return {nullptr, "eta = " + text(eta) + " is too large for an expansion: the first-order correction moves " +
                           text(change) + " of the probability" +
                           (negative > 1e-12 ? ", and leaves a negative density" : "")};

    const loss::NodeId factor =
        graph_.add(graph_.literal(1 - eta * mean_correction), graph_.mul(graph_.literal(eta), correction_));
    const Component modified = with_value(
        graph_.sub(component_.value, graph_.mul(graph_.literal(t), graph_.unary(loss::Operation::log, factor))));
    const LawOrReason law = make_plane_family(problem_, modified)->at(t);
    if (!law.law) return {nullptr, law.reason};
    return {std::make_shared<WithLoss>(law.law, mean, second - mean * mean), ""};
  }

 private:
  Component with_value(loss::NodeId value) {
    Component modified = component_;
    modified.value = value;
    modified.gradient.clear();
    modified.hessian.clear();
    const std::vector<loss::NodeId> gradient = loss::gradient(graph_, value, problem_.dimension());
    for (const std::size_t c : component_.coordinates) modified.gradient.push_back(gradient[c]);
    for (const loss::NodeId slope : modified.gradient) {
      const std::vector<loss::NodeId> row = loss::gradient(graph_, slope, problem_.dimension());
      for (const std::size_t c : component_.coordinates) modified.hessian.push_back(row[c]);
    }
    return modified;
  }

  loss::Problem& problem_;
  loss::Graph& graph_;
  const Component& component_;
  Parameters parameters_;
  loss::NodeId correction_ = -1;
};

class Modified {
 public:
  explicit Modified(const Chain& chain) : chain_(chain), problem_(*chain.problem) {}

  Prediction operator()(std::span<const std::vector<Axis>> axes) {
    Prediction prediction;
    prediction.not_applicable = solve();
    if (!prediction.not_applicable.empty()) return prediction;
    for (Component& component : components_) component.quadratic = false;
    const ProductLaw law{step_.temperature(0), components_, factors_};
    fill_from_product(problem_, law, axes, prediction);
    if (chain_.family != nullptr && chain_.alpha_unit > 0)
      if (const auto matched = chain_.family->temperature_of_mean_loss(*prediction.loss.mean, chain_.alpha_unit))
        prediction.alpha_maximum_likelihood = *matched / chain_.alpha_unit;
    return prediction;
  }

 private:
  std::string solve() {
    if (std::string reason = read_gradient_step(chain_, step_); !reason.empty()) return reason;
    gaussian_ = chain_.law.law == nullptr || chain_.law.law->name == "gaussian";
    if (!gaussian_) {
      const auto skewness = chain_.law.law->skewness(chain_.law.parameter);
      const auto kurtosis = chain_.law.excess_kurtosis();
      if (!chain_.law.has_variance() || !skewness || !kurtosis)
        return "the noise has no fourth moment, which the first order in eta needs";
      const auto batch = static_cast<double>(chain_.batch_size);
      skewness_ = *skewness / std::sqrt(batch);
      kurtosis_ = *kurtosis / batch;
    }
    Separation separation = separate(problem_);
    if (!separation.flat.empty()) return "the loss does not depend on every coordinate";
    components_ = std::move(separation.components);
    for (const Component& component : components_) {
      FactorOrReason result = solve(component);
      if (!result.factor) return result.reason;
      factors_.push_back(std::move(result.factor));
    }
    return "";
  }

  FactorOrReason solve(const Component& component) {
    const std::size_t c = component.coordinates[0];
    Parameters parameters{step_.rate[c], step_.temperature(c), gaussian_, 0, kurtosis_};
    parameters.k3 = step_.noise[c] > 0 ? skewness_ : -skewness_;
    if (component.hessian.empty()) return {nullptr, "the loss has too many second derivatives"};
    if (has_kinks(problem_.graph(), component.value))
      return {nullptr, "the loss has branches (abs, min, max): its curvature may jump, which no expansion follows"};
    if (component.dimension() == 1) return solve_line(component, parameters);
    for (const std::size_t other : component.coordinates)
      if (std::abs(step_.rate[other] / parameters.eta - 1) > 1e-9 ||
          std::abs(step_.temperature(other) / parameters.temperature - 1) > 1e-9)
        return {nullptr,
                "coupled coordinates with different learning rates or temperatures: the law is not near Gibbs'"};
    if (!gaussian_) return {nullptr, "coupled coordinates are treated for Gaussian noise only"};
    CoupledSolver solver(problem_, component, parameters);
    if (component.quadratic) return solver.quadratic();
    if (component.dimension() == 2) return solver.plane();
    return {nullptr, "the loss couples " + std::to_string(component.dimension()) +
                         " coordinates and is not quadratic; up to two are treated"};
  }

  FactorOrReason solve_line(const Component& component, const Parameters& parameters) {
    const auto family = make_line_family(problem_, component);
    const LawOrReason gibbs = family->at(parameters.temperature);
    if (!gibbs.law) return {nullptr, gibbs.reason};
    // As narrow as the narrowest well.
    const auto variance = gibbs.law->moments(0).variance;
    double deviation = variance ? std::sqrt(*variance) : infinity;
    std::vector<double> wells;
    for (const Minimum& minimum : chain_.minima) {
      wells.push_back(minimum.point[component.coordinates[0]]);
      const double local = curvature_at(component, wells.back());
      if (local > 0) deviation = std::min(deviation, std::sqrt(parameters.temperature / local));
    }
    expansions_.push_back(std::make_unique<LineExpansion>(problem_, component, parameters, gibbs.law->support(0),
                                                          wells.front(), deviation));
    if (expansions_.back()->edges().empty())
      return {nullptr, "the law falls off too slowly, or its wells are too narrow, for an expansion"};
    // To first order only where the noise has other cumulants.
    return LineSolver(*expansions_.back(), wells, parameters.eta, gaussian_).solve();
  }

  double curvature_at(const Component& component, double x) {
    const ComponentFunction function(problem_, component.coordinates, {component.hessian.data(), 1});
    double value = 0;
    function({&x, 1}, {&value, 1});
    return value;
  }

  const Chain& chain_;
  loss::Problem& problem_;
  GradientStep step_;
  bool gaussian_ = true;
  double skewness_ = 0, kurtosis_ = 0;
  std::vector<Component> components_;
  std::vector<std::unique_ptr<LineExpansion>> expansions_;  // laws read them
  std::vector<std::shared_ptr<const ComponentLaw>> factors_;
};

}  // namespace

/// The stationary law of x' = x - eta g + sqrt(2 T eta) xi expanded in eta at fixed T (weak backward error analysis):
/// log p = -L/T + eta q1 + eta^2 r2, where in one dimension
///     q1 = g^2 / (4T) - g' / 2
///     r2 = -g^2 g' / (12T) - g'^2 / 6 + g g'' / 6 - T g''' / 12 + (integral of g g'^2) / (6T)
/// and q1 = |grad L|^2 / (4T) - (Laplacian of L) / 2 in any. Noise with cumulants k3 and k4 adds
///     sqrt(eta) k3 sqrt(2T) / 3 ((integral of g^2) / T^2 - g / T)
///     eta k4 / 6 (g' - 3 g^2 / (2T) + (integral of g^3) / T^2)
///     eta k3^2 2/9 (2 g^2 / T - g' - 2 (integral of g^3) / T^2)
/// The exponential of a truncated series may not be normalizable: where L grows faster than a quadratic it rises again
/// far out. It is cut off there if the density has fallen below 1e-9 of its maximum; if not, the series of p itself is
/// used, p0 (1 + eta (q1 - <q1>) + ...), as long as it is not negative.
/// Second order: one coordinate and Gaussian noise; parts of the loss that do not act on each other count each.
Predictor modified() {
  return {"modified", "Gibbs' law corrected to second order in eta (first beyond one dimension or Gaussian noise)",
          [](const Chain& chain, std::span<const std::vector<Axis>> axes) {
            Prediction prediction = Modified(chain)(axes);
            prediction.name = "modified";
            return prediction;
          }};
}

}  // namespace isotherm::theory
