#include "experiment/diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/simulation.hpp"
#include "theory/minima.hpp"
#include "theory/relaxation.hpp"

namespace isotherm {
namespace {

constexpr std::uint64_t most_samples = 4096, fewest_samples = 8;
constexpr std::uint64_t most_values = std::uint64_t{1} << 22;  // of tracked particles, all observables together
constexpr std::uint64_t fewest_chains = 16;
constexpr double free_operations = 0x1p28;  // of arithmetic: 0.1 to 0.3 s on one core
constexpr double share_of_run = 0.01;

/// Is there a law that the particles should have settled in?
bool settles(const Plan& plan) {
  if (!plan.chain.not_applicable.empty() || plan.minima.empty()) return false;
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

/// Positions and losses of the first particles at the first samples.
struct Tracks {
  std::size_t chains = 0, samples = 0;
  std::vector<std::vector<double>> series;  ///< by observable, chain after chain
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
  const double operations = static_cast<double>(engine::block_size * (simulation.step.instructions.size() + 1));
  const double run = static_cast<double>(simulation.blocks()) * static_cast<double>(simulation.last_step());
  const double steps = std::max(share_of_run * run, free_operations / operations);
  const double affordable = 1 + std::floor((steps - static_cast<double>(first_sample(simulation))) /
                                           static_cast<double>(simulation.thinning));
  if (affordable < static_cast<double>(samples)) samples = affordable < 1 ? 0 : static_cast<std::uint64_t>(affordable);
  if (samples < fewest_samples) return tracks;
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
  tracks.chains = kept.size();
}

Tracks track(const Plan& plan) {
  Tracks tracks = size_tracks(plan.simulation);
  if (tracks.samples == 0) return tracks;
  engine::Simulation simulation = plan.simulation;
  simulation.histograms.clear();
  const std::unique_ptr<engine::Engine> engine = engine::make_cpu_engine(simulation, 1, plan.simd);
  const loss::Function loss(*plan.problem, plan.problem->value());
  const std::size_t dimension = simulation.dimension;
  tracks.series.assign(dimension + 1, std::vector<double>(tracks.chains * tracks.samples));
  std::vector<std::vector<double>> rows(dimension, std::vector<double>(engine::block_size));
  std::vector<double> point(dimension);

  engine->start({0, 1});
  std::uint64_t step = 0, next = first_sample(simulation);
  for (std::size_t n = 0; n < tracks.samples; ++n) {
    engine->advance(step, next);
    step = next;
    next += simulation.thinning;
    for (std::size_t c = 0; c < dimension; ++c) engine->read_row(c, rows[c]);
    for (std::size_t i = 0; i < tracks.chains; ++i) {
      for (std::size_t c = 0; c < dimension; ++c) point[c] = tracks.series[c][i * tracks.samples + n] = rows[c][i];
      tracks.series[dimension][i * tracks.samples + n] = loss(point);
    }
  }
  leave_out_lost(tracks);
  return tracks;
}

/// The minimum nearest to a tracked particle.
std::size_t nearest_minimum(const std::vector<theory::Minimum>& minima, const Tracks& tracks, std::size_t chain,
                            std::size_t sample) {
  std::size_t nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t m = 0; m < minima.size(); ++m) {
    double square = 0;
    for (std::size_t c = 0; c < minima[m].point.size(); ++c) {
      const double away = tracks.series[c][chain * tracks.samples + sample] - minima[m].point[c];
      square += away * away;
    }
    if (square < least) least = square, nearest = m;
  }
  return nearest;
}

/// Where theory knows no rate: so few particles changed wells that the whole run was shorter than one relaxation time.
void look_for_frozen_wells(const Plan& plan, const Tracks& tracks, verdict::Diagnostics& diagnostics) {
  const bool known = plan.equilibration && plan.equilibration->relaxation.verified;
  const std::vector<bool> unbounded = unbounded_coordinates(plan);
  // From a symmetric start the weights may be right as they are.
  if (known || plan.minima.size() < 2 || plan.chain.symmetric_start ||
      std::find(unbounded.begin(), unbounded.end(), true) != unbounded.end())
    return;
  double changed = 0;
  for (std::size_t i = 0; i < tracks.chains; ++i)
    changed +=
        nearest_minimum(plan.minima, tracks, i, 0) != nearest_minimum(plan.minima, tracks, i, tracks.samples - 1);
  // Three standard deviations of a Poisson law above; 3 where nothing was seen. Two wells relax at twice the rate.
  const double at_most = (changed + 3 * std::sqrt(changed) + 3) / static_cast<double>(tracks.chains);
  const auto steps = static_cast<double>((tracks.samples - 1) * plan.simulation.thinning);
  const double rate = 2 * at_most / steps;
  if (rate * static_cast<double>(plan.simulation.last_step()) >= 1) return;
  diagnostics.mixed = false;
  diagnostics.exchange_rate = rate;
  diagnostics.exchange_is_at_most = true;
}

void follow_particles(const Plan& plan, verdict::Diagnostics& diagnostics) {
  const Tracks tracks = track(plan);
  if (tracks.chains == 0) return;
  look_for_frozen_wells(plan, tracks, diagnostics);
  const std::vector<bool> unbounded = unbounded_coordinates(plan);
  std::optional<double> slowest;
  for (std::size_t o = 0; o < tracks.series.size(); ++o) {
    if (o < unbounded.size() && unbounded[o]) continue;
    const auto take_larger = [](std::optional<double>& largest, const std::optional<double>& value) {
      if (value && (!largest || *value > *largest)) largest = value;
    };
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

void check_mixing(const Plan& plan, verdict::Diagnostics& diagnostics) {
  if (!plan.equilibration || !plan.equilibration->relaxation.verified) return;
  const auto& [relaxation, steps, symmetric] = *plan.equilibration;
  // From a symmetric start wells that mirror each other have equal weights at all times.
  const double rate = symmetric ? relaxation.rate : relaxation.unmixed_rate;
  const std::uint64_t run = plan.simulation.last_step() - plan.schedule.constant_after;
  const bool had_time = run >= steps_at(rate, plan.simulation.particles);
  // With a single well a run that is too short has not finished its burn-in.
  if (had_time || plan.minima.size() > 1) diagnostics.mixed = had_time;
  diagnostics.exchange_rate = rate;
}

void check_burn_in(const Plan& plan, const EndWatch& watch, const Snapshot& last, verdict::Diagnostics& diagnostics) {
  const std::vector<verdict::Drift> drifts = watch.drifts(last);
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
  engine::SnapshotPlan watched = plan.snapshot;
  watched.histograms.clear();
  const std::string simd = plan.simd.empty() ? engine::simd_targets().front() : plan.simd;
  const auto collector = [&](std::uint64_t step) {
    return std::make_unique<engine::SnapshotCollector>(watched, step, plan.time(step), "", threads, simd);
  };
  first_ = collector(first_step_);
  if (plan.simulation.blocks() > end_of_watch) last_ = collector(plan.simulation.last_step());
}

void EndWatch::add_last(const engine::Engine& engine, engine::BlockRange blocks) {
  if (last_) last_->add(engine, blocks);
}

std::vector<verdict::Drift> EndWatch::drifts(const Snapshot& last) const {
  if (!first_) return {};
  return verdict::find_drifts(first_->finish(), last_ ? last_->finish() : last, dimension_, unbounded_);
}

verdict::Diagnostics diagnose(const Plan& plan, const EndWatch& watch, const Snapshot& last) {
  verdict::Diagnostics diagnostics;
  if (!settles(plan)) return diagnostics;
  diagnostics.first_sample = watch.first_step();
  diagnostics.steps_run = plan.simulation.last_step();
  follow_particles(plan, diagnostics);
  check_mixing(plan, diagnostics);
  // Particles that all sit in one well tell nothing of the others.
  if (diagnostics.mixed == false) diagnostics.effective_sample_size.reset();
  check_burn_in(plan, watch, last, diagnostics);
  return diagnostics;
}

}  // namespace isotherm
