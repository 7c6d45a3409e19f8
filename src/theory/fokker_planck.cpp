#include "theory/fokker_planck.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "isotherm/core/error.hpp"
#include "theory/axis_cuts.hpp"
#include "theory/first_passage.hpp"
#include "theory/gauss_legendre.hpp"
#include "theory/line_diffusion.hpp"
#include "theory/minima.hpp"
#include "theory/predictor.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tolerance = 1e-9;  // of the sum of |errors| of a step

double bernoulli(double z) { return std::abs(z) < 1e-5 ? 1 - z / 2 + z * z / 12 : z / std::expm1(z); }

}  // namespace

FokkerPlanck::FokkerPlanck(const Value& loss, double temperature, Interval interval, std::size_t cells)
    : temperature_(temperature),
      interval_(interval),
      width_((interval.upper - interval.lower) / static_cast<double>(cells)) {
  const auto& rule = GaussLegendre<4>::rule();
  std::vector<double> values;
  double bottom = infinity;
  for (std::size_t i = 0; i < cells; ++i)
    for (const double node : rule.node) {
      const double value = loss(center(i) + 0.5 * width_ * node);
      values.push_back(std::isnan(value) ? infinity : value);
      bottom = std::min(bottom, values.back());
    }
  std::vector<double> potential;  // L_i / T
  for (std::size_t i = 0; i < cells; ++i) {
    double least = infinity, mean = 0;
    for (std::size_t k = 0; k < 4; ++k) least = std::min(least, values[4 * i + k]);
    for (std::size_t k = 0; k < 4 && std::isfinite(least); ++k)
      mean += 0.5 * rule.weight[k] * std::exp(-(values[4 * i + k] - least) / temperature);
    potential.push_back(std::isfinite(least) ? (least - bottom) / temperature - std::log(mean) : 1e4);
  }
  double total = 0;
  for (const double u : potential) total += std::exp(-u);
  for (const double u : potential) equilibrium_.push_back(std::exp(-u) / total);
  const double unit = temperature / (width_ * width_);
  for (std::size_t i = 0; i + 1 < cells; ++i) {
    const double w = potential[i + 1] - potential[i];
    up_.push_back(unit * bernoulli(w));
    down_.push_back(unit * bernoulli(-w));
  }
}

std::vector<double> FokkerPlanck::from_distribution(const Value& below) const {
  std::vector<double> masses;
  double last = 0;
  for (std::size_t i = 0; i < cells(); ++i) {
    const double next = i + 1 == cells() ? 1.0 : below(interval_.lower + static_cast<double>(i + 1) * width_);
    masses.push_back(std::max(0.0, next - last));
    last = std::max(last, next);
  }
  return masses;
}

std::vector<double> FokkerPlanck::euler(const std::vector<double>& masses, double step, int parts) const {
  // (1 - h M) m' = m; the matrix is diagonally dominant by columns, and its inverse is positive.
  const double h = step / parts;
  const std::size_t n = masses.size();
  std::vector<double> ratio(n), scale(n), result = masses;
  double previous = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double leaves = (i + 1 < n ? up_[i] : 0.0) + (i > 0 ? down_[i - 1] : 0.0);
    const double pivot = 1 + h * leaves - (i > 0 ? h * up_[i - 1] * previous : 0.0);
    scale[i] = 1 / pivot;
    previous = ratio[i] = i + 1 < n ? h * down_[i] * scale[i] : 0.0;
  }
  for (int part = 0; part < parts; ++part) {
    for (std::size_t i = 0; i < n; ++i)
      result[i] = (result[i] + (i > 0 ? h * up_[i - 1] * result[i - 1] : 0.0)) * scale[i];
    for (std::size_t i = n - 1; i-- > 0;) result[i] += ratio[i] * result[i + 1];
  }
  return result;
}

void FokkerPlanck::advance(std::vector<double>& masses, double time) const {
  const std::size_t n = masses.size();
  const double shortest = 1e-12 * time;
  double step = std::min(time, width_ * width_ / temperature_), done = 0;
  while (done < time) {
    step = std::min(step, time - done);
    // Aitken and Neville's scheme over implicit Euler's method in k = 1 ... 4 parts.
    std::array<std::vector<double>, 4> table;
    double error = 0;
    for (int k = 0; k < 4; ++k) {
      table[static_cast<std::size_t>(k)] = euler(masses, step, k + 1);
      for (int j = k - 1; j >= 0; --j) {
        const double weight = static_cast<double>(j + 1) / (k - j);
        std::vector<double>& coarse = table[static_cast<std::size_t>(j)];
        const std::vector<double>& fine = table[static_cast<std::size_t>(j) + 1];
        if (k == 3 && j == 0)
          for (std::size_t i = 0; i < n; ++i) error += weight * std::abs(fine[i] - coarse[i]);
        for (std::size_t i = 0; i < n; ++i) coarse[i] = fine[i] + weight * (fine[i] - coarse[i]);
      }
    }
    std::vector<double>& next = table[0];
    double negative = 0, total = 0;
    for (double& mass : next) {
      negative -= std::min(0.0, mass);
      mass = std::max(0.0, mass);
      total += mass;
    }
    error = std::max(error, negative);
    if (error > tolerance && step > shortest) {
      step *= std::clamp(0.8 * std::pow(tolerance / error, 0.25), 0.1, 0.5);
      continue;
    }
    for (double& mass : next) mass /= total;
    masses.swap(next);
    done += step;
    step *= std::clamp(0.8 * std::pow(tolerance / std::max(error, 1e-30), 0.25), 0.5, 3.0);
    if (time - done <= shortest) break;
  }
}

double FokkerPlanck::below(std::span<const double> masses, double place) const {
  const double scaled = (place - interval_.lower) / width_;
  if (!(scaled > 0)) return 0;
  if (scaled >= static_cast<double>(masses.size())) return 1;
  const auto cell = static_cast<std::size_t>(scaled);
  const double t = scaled - static_cast<double>(cell), mass = masses[cell];
  // Hermite's cubic through the distribution function at both edges, its slopes there being the mean of the cells' on
  // either side, limited so that it does not fall (Fritsch and Carlson 1980).
  const double left = cell > 0 ? 0.5 * (masses[cell - 1] + mass) : mass;
  const double right = cell + 1 < masses.size() ? 0.5 * (masses[cell + 1] + mass) : mass;
  const double a = std::min(left, 3 * mass), b = std::min(right, 3 * mass);
  const double inside = t * (a + t * ((3 * mass - 2 * a - b) + t * (a + b - 2 * mass)));
  return std::accumulate(masses.begin(), masses.begin() + static_cast<std::ptrdiff_t>(cell), inside);
}

std::vector<double> FokkerPlanck::bins(std::span<const double> masses, const Axis& axis) const {
  std::vector<double> result(axis.extent());
  const auto edges = edges_between(axis, interval_.lower, interval_.upper);
  if (!edges) throw InputError("fokker-planck: the law is wider than a million bins of the periodic axis");
  std::vector<double> cuts = {interval_.lower};
  cuts.insert(cuts.end(), edges->begin(), edges->end());
  cuts.push_back(interval_.upper);
  double last = 0;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const double next = i + 2 == cuts.size() ? 1.0 : below(masses, cuts[i + 1]);
    result[slot(axis, std::midpoint(cuts[i], cuts[i + 1]))] += std::max(0.0, next - last);
    last = next;
  }
  return result;
}

std::vector<DiffusionSnapshot> diffuse(const FokkerPlanck::Value& loss, double temperature, Interval support,
                                       const FokkerPlanck::Value& below, std::span<const double> times,
                                       std::span<const Axis> axes, std::size_t cells) {
  std::vector<DiffusionSnapshot> result;
  for (const std::size_t count : {cells, 2 * cells}) {
    const FokkerPlanck equation(loss, temperature, support, count);
    std::vector<double> masses = equation.from_distribution(below);
    double now = 0;
    for (std::size_t s = 0; s < times.size(); ++s) {
      equation.advance(masses, times[s] - now);
      now = times[s];
      std::array<double, 4> moments{};  // of x, x^2, x^4 and L
      for (std::size_t i = 0; i < masses.size(); ++i) {
        const double x = equation.center(i), value = loss(x);
        moments[0] += masses[i] * x;
        moments[1] += masses[i] * x * x;
        moments[2] += masses[i] * x * x * x * x;
        if (masses[i] > 0) moments[3] += masses[i] * value;
      }
      std::vector<std::vector<double>> bins;
      for (const Axis& axis : axes) bins.push_back(equation.bins(masses, axis));
      if (count == cells) {
        DiffusionSnapshot snapshot{now, {}, moments[3], std::move(bins), 0};
        snapshot.coordinate.mean = moments[0];
        snapshot.coordinate.second_moment = moments[1];
        snapshot.coordinate.fourth_moment = moments[2];
        result.push_back(std::move(snapshot));
        continue;
      }
      // The error is proportional to dx^2.
      const auto extrapolated = [](double coarse, double fine) { return fine + (fine - coarse) / 3; };
      DiffusionSnapshot& snapshot = result[s];
      snapshot.coordinate.mean = extrapolated(*snapshot.coordinate.mean, moments[0]);
      snapshot.coordinate.second_moment = extrapolated(*snapshot.coordinate.second_moment, moments[1]);
      snapshot.coordinate.fourth_moment = extrapolated(*snapshot.coordinate.fourth_moment, moments[2]);
      snapshot.coordinate.variance =
          *snapshot.coordinate.second_moment - *snapshot.coordinate.mean * *snapshot.coordinate.mean;
      snapshot.mean_loss = extrapolated(snapshot.mean_loss, moments[3]);
      for (std::size_t a = 0; a < axes.size(); ++a) {
        double total = 0, change = 0;
        for (std::size_t i = 0; i < bins[a].size(); ++i) {
          double& p = snapshot.bins[a][i];
          change += 0.5 * std::abs(bins[a][i] - p);
          p = std::max(0.0, extrapolated(p, bins[a][i]));
          total += p;
        }
        for (double& p : snapshot.bins[a]) p /= total;
        snapshot.resolution = std::max(snapshot.resolution, change);
      }
    }
  }
  return result;
}

namespace {

/// Does the chain follow dx = -L' dt + sqrt(2T) dW in its own time, to the order of the step?
bool follows(const Chain& chain) {
  const StepMap& map = *chain.map;
  const Minimum& minimum = chain.minima.front();
  const double curvature = minimum.curvatures.empty() ? 0 : minimum.curvatures.front();
  const double reach = curvature > 0 ? std::sqrt(chain.temperature / curvature) : 0.1;
  const loss::Function slope(*chain.problem, chain.problem->gradient()[0]);
  std::vector<double> state(map.rows()), next(map.rows()), still(map.draws());
  for (const double side : {-1.0, 1.0}) {
    const double x = minimum.point[0] + side * reach;
    state[0] = x;
    map(state, still, next);
    const double mobility = (x - next[0]) / (chain.time_per_step * slope(x));
    if (!(std::abs(mobility - 1) <= 1e-9 + chain.time_per_step * std::max(curvature, 0.1))) return false;
  }
  return true;
}

Prediction predict(const Chain& chain, std::span<const std::vector<Axis>> axes) {
  Prediction prediction;
  prediction.name = "fokker-planck";
  const auto refuse = [&](std::string reason) {
    prediction.not_applicable = std::move(reason);
    return prediction;
  };
  if (!chain.map) return refuse(chain.not_applicable);
  if (chain.problem->dimension() != 1) return refuse("the equation is solved in one dimension");
  if (chain.state_dependent_noise || !(chain.temperature > 0)) return refuse("there is no one temperature");
  if (chain.map->changes()) return refuse("the step changes with its number");
  if (chain.minima.empty()) return refuse(why_no_minimum(*chain.problem));
  if (chain.rule->mass) return refuse(chain.rule->name + " has velocities: it follows another equation");
  if (!follows(chain)) return refuse("the steps do not follow dx = -L' dt + sqrt(2T) dW in the run's time");
  if (chain.family == nullptr) return refuse("there is no stationary law");
  if (std::string reason = chain.family->not_applicable(chain.temperature); !reason.empty()) return refuse(reason);

  const double t = chain.temperature;
  const auto [lower, upper] = chain.family->coordinate_range(t, 0, 1e-24);
  double width = upper - lower;
  for (const Minimum& minimum : chain.minima)
    if (minimum.curvatures.front() > 0) width = std::min(width, std::sqrt(t / minimum.curvatures.front()));
  try {
    const LineDiffusion diffusion(
        [loss = loss::Function(*chain.problem, chain.problem->value())](double x) { return loss(x); }, t,
        {lower, upper}, 0.5 * width);
    prediction.relaxation_rate = diffusion.relaxation_rate() * chain.time_per_step;

    const Minimum& lowest = chain.minima.front();
    if (const auto barrier = barrier_beside_lowest(*chain.problem, chain.minima)) {
      prediction.mean_first_passage_time = diffusion.mean_first_passage_time(lowest.point[0], barrier->place);
      if (lowest.curvatures.front() > 0 && barrier->curvature < 0)
        prediction.kramers_rate =
            kramers_rate(lowest.curvatures.front(), barrier->curvature, barrier->value - lowest.value, t);
    }
  } catch (const InputError& error) {
    return refuse(error.what());
  }
  prediction.coordinates = chain.problem->coordinates();
  prediction.marginals.resize(1);
  for (const std::vector<Axis>& set : axes)
    prediction.bins.push_back({set, {}, "the equation's stationary law is Gibbs', which is compared under that name"});
  return prediction;
}

}  // namespace

/// The equation that the chain follows as its step goes to 0, dx = -L' dt + sqrt(2T) dW, T = eta sigma^2 / 2: its
/// slowest relaxation (per step of the run), the mean first passage from the lowest minimum to the barrier beside it,
/// and Kramers' formula for that, sqrt(L'' |L''_barrier|) / (2 pi) exp(-height / T), which is off by O(T). A particle
/// at the barrier returns half of the time, so that wells are left at the rate 1 / (2 mean first passage time).
/// Densities at given times are by FokkerPlanck.
Predictor fokker_planck() {
  return {"fokker-planck",
          "relaxation, first passage and Kramers' rate of the equation of the small-step limit, in 1-D", predict};
}

}  // namespace isotherm::theory
