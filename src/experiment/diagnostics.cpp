#include "experiment/diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/simulation.hpp"
#include "loss/row_function.hpp"
#include "theory/minima.hpp"
#include "theory/relaxation.hpp"

namespace isotherm {
namespace {

constexpr std::uint64_t most_samples = 4096;
constexpr std::size_t fewest_samples = 8;                      // of which autocorrelations are looked at
constexpr std::uint64_t most_values = std::uint64_t{1} << 22;  // of tracked particles, all observables together
constexpr std::uint64_t fewest_chains = 16;
static_assert(engine::block_size == loss::examples_of_a_row);
constexpr double free_operations = 0x1p28;  // of arithmetic: 0.1 to 0.3 s on one core
constexpr double share_of_run = 0.01;

/// Is there a law that the particles should have settled in?
bool settles(const Plan& plan) {
  if (!plan.chain.not_applicable.empty() || plan.minima.empty()) return false;
  // Following particles takes the loss at each sample: too long where that is a sum over all data.
  if (plan.problem->examples() && !plan.problem->is_quadratic_data()) return false;
  return plan.family == nullptr || !(plan.gibbs_temperature() > 0) ||
         plan.family->not_applicable(plan.gibbs_temperature()).empty();
}

/// On a periodic axis a coordinate is an angle: its own mean goes where it likes.
std::vector<bool> unbounded_coordinates(const Plan& plan) {
  std::vector<bool> unbounded(plan.simulation.dimension, false);
  for (const std::vector<Axis>& axes : plan.axes())
    for (const Axis& axis : axes)
      for (std::size_t c = 0; c < unbounded.size(); ++c)
        if (axis.periodic && axis.expression == plan.problem->coordinates()[c]) unbounded[c] = true;
  return unbounded;
}

std::uint64_t first_sample(const engine::Simulation& simulation) {
  return simulation.last_step() - (simulation.samples() - 1) * simulation.thinning;
}

/// Positions and losses of the first particles at the start and at the first samples.
struct Tracks {
  std::size_t chains = 0, samples = 0;
  std::vector<std::vector<double>> series;  ///< by observable, chain after chain
  std::vector<std::vector<double>> starts;  ///< by observable

  std::vector<double> start(std::size_t chain) const {
    std::vector<double> point;
    for (std::size_t c = 0; c + 1 < starts.size(); ++c) point.push_back(starts[c][chain]);
    return point;
  }
  std::vector<double> at(std::size_t chain, std::size_t sample) const {
    std::vector<double> point;
    for (std::size_t c = 0; c + 1 < series.size(); ++c) point.push_back(series[c][chain * samples + sample]);
    return point;
  }
};

/// How much to track; no samples where it would cost too much.
Tracks size_tracks(const engine::Simulation& simulation) {
  Tracks tracks;
  const std::uint64_t observables = simulation.dimension + 1;
  std::uint64_t samples = std::min(simulation.samples(), most_samples);
  std::uint64_t chains = std::min<std::uint64_t>(simulation.particles, engine::block_size);
  if (chains * samples * observables > most_values) {
    chains = std::min(chains, std::max(fewest_chains, most_values / (samples * observables)));
    samples = std::min(samples, most_values / (chains * observables));
  }
  // One block is the least that can be advanced.
  const auto operations = static_cast<double>(engine::block_size * (simulation.step.instructions.size() + 1));
  const double run = static_cast<double>(simulation.blocks()) * static_cast<double>(simulation.last_step());
  const double steps = std::max(share_of_run * run, free_operations / operations);
  const double affordable = 1 + std::floor((steps - static_cast<double>(first_sample(simulation))) /
                                           static_cast<double>(simulation.thinning));
  if (affordable < static_cast<double>(samples)) samples = affordable < 1 ? 0 : static_cast<std::uint64_t>(affordable);
  if (samples == 0) return tracks;
  tracks.chains = static_cast<std::size_t>(chains);
  tracks.samples = static_cast<std::size_t>(samples);
  return tracks;
}

/// Particles that leave the finite numbers are left out.
void leave_out_lost(Tracks& tracks) {
  std::vector<std::size_t> kept;
  for (std::size_t c = 0; c < tracks.chains; ++c) {
    const bool finite = std::all_of(tracks.series.begin(), tracks.series.end(), [&](const std::vector<double>& series) {
      const auto begin = series.begin() + static_cast<std::ptrdiff_t>(c * tracks.samples);
      return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(tracks.samples),
                         [](double x) { return std::isfinite(x); });
    });
    if (finite) kept.push_back(c);
  }
  for (std::vector<double>& series : tracks.series) {
    for (std::size_t k = 0; k < kept.size(); ++k)
      std::copy_n(series.begin() + static_cast<std::ptrdiff_t>(kept[k] * tracks.samples), tracks.samples,
                  series.begin() + static_cast<std::ptrdiff_t>(k * tracks.samples));
    series.resize(kept.size() * tracks.samples);
  }
  for (std::vector<double>& starts : tracks.starts) {
    for (std::size_t k = 0; k < kept.size(); ++k) starts[k] = starts[kept[k]];
    starts.resize(kept.size());
  }
  tracks.chains = kept.size();
}

Tracks track(const Plan& plan) {
  Tracks tracks = size_tracks(plan.simulation);
  if (tracks.samples == 0) return tracks;
  engine::Simulation simulation = plan.simulation;
  simulation.histograms.clear();
  const std::unique_ptr<engine::Engine> engine = engine::make_cpu_engine(simulation, 1, plan.simd);
  const loss::RowFunction loss(*plan.problem, plan.problem->value());
  const std::size_t dimension = simulation.dimension;
  // Samples are read particle by particle, and looked at chain by chain: some of them at a time, a cache line of each
  // chain.
  constexpr std::size_t kept = 8;
  std::vector<std::vector<double>> rows((dimension + 1) * kept, std::vector<double>(engine::block_size));
  std::vector<const double*> coordinates(dimension);
  const auto read = [&](std::size_t place) {
    for (std::size_t c = 0; c < dimension; ++c) {
      std::vector<double>& row = rows[c * kept + place];
      engine->read_row(c, row);
      coordinates[c] = row.data();
    }
    loss(coordinates, rows[dimension * kept + place]);
  };
  const auto store = [&](std::vector<std::vector<double>>& series, std::size_t samples, std::size_t first,
                         std::size_t count) {
    for (std::size_t o = 0; o <= dimension; ++o)
      for (std::size_t i = 0; i < tracks.chains; ++i)
        for (std::size_t n = 0; n < count; ++n) series[o][i * samples + first + n] = rows[o * kept + n][i];
  };

  engine->start({0, 1});
  tracks.starts.assign(dimension + 1, std::vector<double>(tracks.chains));
  read(0);
  store(tracks.starts, 1, 0, 1);
  tracks.series.resize(dimension + 1);
  for (std::vector<double>& series : tracks.series) series.resize(tracks.chains * tracks.samples);
  std::uint64_t step = 0, next = first_sample(simulation);
  for (std::size_t first = 0; first < tracks.samples; first += kept) {
    const std::size_t count = std::min(kept, tracks.samples - first);
    for (std::size_t n = 0; n < count; ++n) {
      engine->advance(step, next);
      step = next;
      next += simulation.thinning;
      read(n);
    }
    store(tracks.series, tracks.samples, first, count);
  }
  leave_out_lost(tracks);
  return tracks;
}

std::size_t nearest_minimum(const std::vector<theory::Minimum>& minima, std::span<const double> point) {
  std::size_t nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t m = 0; m < minima.size(); ++m) {
    double square = 0;
    for (std::size_t c = 0; c < point.size(); ++c)
      square += (point[c] - minima[m].point[c]) * (point[c] - minima[m].point[c]);
    if (square < least) least = square, nearest = m;
  }
  return nearest;
}

/// The coordinates whose sign a reflection changes.
using Reflection = std::vector<bool>;

std::vector<double> reflected(std::vector<double> point, const Reflection& reflection) {
  for (std::size_t c = 0; c < point.size(); ++c)
    if (reflection[c]) point[c] = -point[c];
  return point;
}

/// Those of all coordinates together and of each alone that leave loss, noise and start unchanged. Noise that is
/// correlated or depends on the place is known to be symmetric as a whole only.
std::vector<Reflection> reflections(const Plan& plan, const Tracks& tracks) {
  if (!plan.chain.symmetric_start) return {};
  const std::size_t dimension = plan.simulation.dimension;
  std::vector<Reflection> candidates = {Reflection(dimension, true)};
  if (dimension > 1 && plan.experiment.covariance.empty() && plan.experiment.preconditioner.empty() &&
      !plan.chain.state_dependent_noise)
    for (std::size_t c = 0; c < dimension; ++c) {
      candidates.emplace_back(dimension, false);
      candidates.back()[c] = true;
    }
  const loss::Function loss(*plan.problem, plan.problem->value());
  constexpr std::size_t probes = 16;
  constexpr double rounding = 1e-12;
  const auto holds = [&](const Reflection& reflection) {
    for (std::size_t i = 0; i < std::min(probes, tracks.chains); ++i)
      for (const std::vector<double>& point : {tracks.start(i), tracks.at(i, 0)}) {
        const double here = loss(point), there = loss(reflected(point, reflection));
        if (!(std::abs(here - there) <= rounding * (std::abs(here) + std::abs(there)))) return false;
      }
    return true;
  };
  std::erase_if(candidates, [&](const Reflection& reflection) { return !holds(reflection); });
  return candidates;
}

/// Of each minimum the first of those that mirror it, itself if there is none.
std::vector<std::size_t> mirrored_wells(const std::vector<theory::Minimum>& minima,
                                        const std::vector<Reflection>& symmetries) {
  std::vector<std::size_t> well(minima.size());
  for (std::size_t m = 0; m < minima.size(); ++m) well[m] = m;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t m = 0; m < minima.size(); ++m)
      for (const Reflection& reflection : symmetries) {
        const std::size_t image = nearest_minimum(minima, reflected(minima[m].point, reflection));
        const std::size_t first = std::min(well[m], well[image]);
        changed = changed || well[m] != first || well[image] != first;
        well[m] = well[image] = first;
      }
  }
  return well;
}

/// Wells that more than a tenth of a particle should be in, by exp(-L/T) about their minima; all without a temperature.
std::size_t count_wells(const Plan& plan, const std::vector<std::size_t>& well) {
  const double t = plan.scales.temperature;
  std::vector<double> log_weight(plan.minima.size(), 0.0);
  if (t > 0)
    for (std::size_t m = 0; m < plan.minima.size(); ++m) {
      log_weight[m] = -(plan.minima[m].value - plan.minima.front().value) / t;
      for (const double h : plan.minima[m].curvatures)
        if (h > 0) log_weight[m] -= 0.5 * std::log(h);
    }
  const double most = *std::max_element(log_weight.begin(), log_weight.end());
  const double least = most - std::log(10 * static_cast<double>(plan.simulation.particles));
  std::vector<bool> counts(plan.minima.size(), false);
  for (std::size_t m = 0; m < plan.minima.size(); ++m) counts[well[m]] = counts[well[m]] || log_weight[m] > least;
  return static_cast<std::size_t>(std::count(counts.begin(), counts.end(), true));
}

/// At most how fast wells exchange particles, per step, where the run was too short for that.
std::optional<double> frozen_exchange(const Plan& plan, const Tracks& tracks) {
  const std::vector<bool> unbounded = unbounded_coordinates(plan);
  if (tracks.chains == 0 || plan.minima.size() < 2 ||
      std::find(unbounded.begin(), unbounded.end(), true) != unbounded.end())
    return std::nullopt;
  const std::vector<std::size_t> well = mirrored_wells(plan.minima, reflections(plan, tracks));
  if (count_wells(plan, well) < 2) return std::nullopt;
  double changed_since_start = 0, changed_since_first = 0;
  for (std::size_t i = 0; i < tracks.chains; ++i) {
    const std::size_t last = well[nearest_minimum(plan.minima, tracks.at(i, tracks.samples - 1))];
    changed_since_start += last != well[nearest_minimum(plan.minima, tracks.start(i))];
    changed_since_first += last != well[nearest_minimum(plan.minima, tracks.at(i, 0))];
  }
  // Three standard deviations of a Poisson law above; 3 where nothing was seen. Two wells relax at twice the rate.
  const auto rate = [&](double changed, std::uint64_t steps) {
    const double at_most = (changed + 3 * std::sqrt(changed) + 3) / static_cast<double>(tracks.chains);
    return 2 * at_most / static_cast<double>(steps);
  };
  // On its way to its first well a particle passes others: what is seen since the start is a bound, too.
  const std::uint64_t sampled = (tracks.samples - 1) * plan.simulation.thinning;
  const double least =
      std::min(rate(changed_since_start, first_sample(plan.simulation) + sampled), rate(changed_since_first, sampled));
  if (least * static_cast<double>(plan.simulation.last_step()) >= 1) return std::nullopt;
  return least;
}

void follow_particles(const Plan& plan, const Tracks& tracks, verdict::Diagnostics& diagnostics) {
  if (tracks.chains == 0) return;
  const std::vector<bool> unbounded = unbounded_coordinates(plan);
  std::optional<double> slowest;
  for (std::size_t o = 0; o < tracks.series.size(); ++o) {
    if (o < unbounded.size() && unbounded[o]) continue;
    const auto take_larger = [](std::optional<double>& largest, const std::optional<double>& value) {
      if (value && (!largest || *value > *largest)) largest = value;
    };
    take_larger(diagnostics.nested_r_hat, verdict::nested_r_hat(tracks.series[o], tracks.chains, tracks.starts[o]));
    if (tracks.samples < fewest_samples) continue;
    take_larger(slowest, verdict::inefficiency(tracks.series[o], tracks.chains));
    take_larger(diagnostics.r_hat, verdict::split_r_hat(tracks.series[o], tracks.chains));
  }
  if (!slowest) return;
  const engine::Simulation& simulation = plan.simulation;
  diagnostics.autocorrelation_time = *slowest * static_cast<double>(simulation.thinning);
  // Particles are independent, however long each of them remembers.
  const auto particles = static_cast<double>(simulation.particles), samples = static_cast<double>(simulation.samples());
  diagnostics.effective_sample_size = particles * std::max(1.0, samples / *slowest);
}

/// Steps until a mode of this rate is below the noise.
std::uint64_t steps_at(double rate, std::uint64_t particles) {
  if (!(rate > 0)) return std::numeric_limits<std::uint64_t>::max();
  theory::Relaxation relaxation;
  relaxation.rate = rate;
  return theory::burn_in_steps(relaxation, particles);
}

/// Per step, of the slowest mode of the chain itself.
std::optional<double> slowest_rate(std::span<const theory::Prediction> predictions) {
  for (const char* name : {"exact-chain", "lyapunov"})
    for (const theory::Prediction& prediction : predictions)
      if (prediction.name == name && prediction.not_applicable.empty() && prediction.relaxation_rate)
        return prediction.relaxation_rate;
  return std::nullopt;
}

void check_mixing(const Plan& plan, const Tracks& tracks, std::span<const theory::Prediction> predictions,
                  verdict::Diagnostics& diagnostics) {
  const std::uint64_t run = plan.simulation.last_step() - plan.schedule.constant_after;
  const auto had_time = [&](double rate) { return run >= steps_at(rate, plan.simulation.particles); };
  const auto conclude = [&](double rate, bool mixed) {
    // With a single well a run that is too short has not finished its burn-in.
    if (mixed || plan.minima.size() > 1) diagnostics.mixed = mixed;
    diagnostics.exchange_rate = rate;
  };
  const bool in_one_dimension = plan.equilibration && plan.equilibration->relaxation.verified;
  const bool mirrored = in_one_dimension            ? plan.equilibration->symmetric
                        : plan.chain.map == nullptr ? false
                                                    : tracks.chains == 0 || !reflections(plan, tracks).empty();
  if (const auto rate = slowest_rate(predictions); rate && (!mirrored || had_time(*rate)))
    return conclude(*rate, had_time(*rate));
  const bool overdamped = plan.dynamics->rows.empty();
  if (in_one_dimension) {
    // From a symmetric start wells that mirror each other have equal weights at all times.
    const theory::Relaxation& relaxation = plan.equilibration->relaxation;
    const double rate = mirrored ? relaxation.rate : relaxation.unmixed_rate;
    if (overdamped) {
      conclude(rate, had_time(rate));
      diagnostics.mixed_by_symmetry = diagnostics.mixed == true && !had_time(relaxation.unmixed_rate);
      diagnostics.within_wells = mirrored;
      return;
    }
    // With inertia the equation's rate is that of strong friction.
    if (had_time(rate)) conclude(rate, true);
  }
  if (const auto at_most = frozen_exchange(plan, tracks)) {
    diagnostics.mixed = false;
    diagnostics.exchange_rate = *at_most;
    diagnostics.exchange_is_at_most = true;
  }
}

void check_burn_in(const Plan& plan, const std::vector<verdict::Drift>& drifts, verdict::Diagnostics& diagnostics) {
  if (drifts.empty()) return;
  const auto clearest = std::min_element(drifts.begin(), drifts.end(),
                                         [](const auto& a, const auto& b) { return std::abs(a.t) > std::abs(b.t); });
  diagnostics.burn_in_sufficient = clearest->p_value >= verdict::drift_significance;
  if (*diagnostics.burn_in_sufficient) return;
  diagnostics.drift = *clearest;
  const std::uint64_t settled = plan.schedule.constant_after, done = plan.simulation.burn_in;
  std::uint64_t needed = 0;
  if (plan.equilibration) needed = plan.equilibration->steps;
  if (needed + settled <= done && diagnostics.autocorrelation_time)  // 2 / rate, of the slowest that was seen
    needed = steps_at(2 / *diagnostics.autocorrelation_time, plan.simulation.particles);
  if (needed + settled > done && needed < std::numeric_limits<std::uint64_t>::max() / 2)
    diagnostics.sufficient_burn_in = needed + settled;
}

}  // namespace

EndWatch::EndWatch(const Plan& plan, int threads)
    : dimension_(plan.simulation.dimension),
      unbounded_(unbounded_coordinates(plan)),
      first_step_(first_sample(plan.simulation)) {
  if (plan.simulation.samples() < 2 || !settles(plan)) return;
  // The law of reshuffled examples depends on the place in the epoch.
  const engine::Batch& batch = plan.simulation.batch;
  if (batch.sampling == engine::Sampling::reshuffle &&
      (plan.simulation.last_step() - first_step_) * batch.per_step() % batch.steps_per_epoch() != 0)
    return;
  engine::SnapshotPlan watched = plan.snapshot;
  watched.histograms.clear();
  watched.moments_only = true;
  const std::string simd = plan.simd.empty() ? engine::simd_targets().front() : plan.simd;
  const auto watch = [&](std::optional<engine::SnapshotCollector>& collector, std::uint64_t step) {
    collector.emplace(watched, step, plan.time(step), "", threads, simd);
  };
  watch(first_, first_step_);
  if (plan.simulation.blocks() > end_of_watch) watch(last_, plan.simulation.last_step());
}

EndWatch::Sums EndWatch::empty() const {
  Sums sums;
  if (first_) sums.first = first_->empty();
  if (last_) sums.last = last_->empty();
  return sums;
}

void EndWatch::add_first(const engine::Engine& engine, engine::BlockRange blocks, Sums& sums) {
  first_->add(engine, blocks, sums.first);
}

void EndWatch::add_last(const engine::Engine& engine, engine::BlockRange blocks, Sums& sums) {
  if (last_) last_->add(engine, blocks, sums.last);
}

std::vector<verdict::Drift> EndWatch::drifts(const Sums& sums, const Snapshot& last) const {
  if (!first_) return {};
  return verdict::find_drifts(first_->finish(sums.first), last_ ? last_->finish(sums.last) : last, dimension_,
                              unbounded_);
}

verdict::Diagnostics diagnose(const Plan& plan, const EndWatch& watch, const EndWatch::Sums& watched,
                              const Snapshot& last, std::span<const theory::Prediction> predictions) {
  verdict::Diagnostics diagnostics;
  if (!settles(plan)) return diagnostics;
  diagnostics.first_sample = watch.first_step();
  diagnostics.steps_run = plan.simulation.last_step();
  const Tracks tracks = track(plan);
  follow_particles(plan, tracks, diagnostics);
  check_mixing(plan, tracks, predictions, diagnostics);
  // Particles that all sit in one well tell nothing of the others.
  if (diagnostics.mixed == false) diagnostics.effective_sample_size.reset();
  check_burn_in(plan, watch.drifts(watched, last), diagnostics);
  return diagnostics;
}

}  // namespace isotherm
