#include "experiment/measurer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/statistics/hill.hpp"
#include "verdict/diagnostics.hpp"
#include "verdict/verdict.hpp"

namespace isotherm {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The segment that takes about a tenth of a second at the speed seen so far.
class SegmentLength {
 public:
  explicit SegmentLength(std::size_t dimension) : steps_(std::max<std::uint64_t>(1, 64 / (1 + dimension / 16))) {}
  std::uint64_t next() const { return steps_; }
  void took(std::uint64_t steps, double seconds) {
    constexpr double target = 0.1;
    const double ideal = static_cast<double>(steps) * target / std::max(seconds, 1e-6);
    steps_ = static_cast<std::uint64_t>(std::clamp(ideal, 1.0, std::min(1e7, 4.0 * static_cast<double>(steps_))));
  }

 private:
  std::uint64_t steps_;
};

/// The step at which the first particle of this block left the finite numbers: the block is run again, since it can be.
std::optional<std::uint64_t> find_first_nonfinite_step(const Plan& plan, std::uint64_t block) {
  engine::Simulation simulation = plan.simulation;
  simulation.histograms.clear();
  const std::unique_ptr<engine::Engine> engine = engine::make_cpu_engine(simulation, 1);
  std::vector<double> row(engine::block_size);
  const auto broken = [&] {
    for (std::size_t c = 0; c < simulation.dimension; ++c) {
      engine->read_row(c, row);
      const std::uint64_t present =
          std::min<std::uint64_t>(engine::block_size, simulation.particles - block * engine::block_size);
      for (std::uint64_t i = 0; i < present; ++i)
        if (!std::isfinite(row[i])) return true;
    }
    return false;
  };
  const std::uint64_t last = simulation.last_step();
  const auto stride = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(last))) + 1;
  engine->start({block, block + 1});
  if (broken()) return 0;
  for (std::uint64_t step = 0; step < last;) {
    const std::uint64_t next = std::min(step + stride, last);
    engine->advance(step, next);
    if (broken()) {
      engine->start({block, block + 1});
      engine->advance(0, step);
      while (true) {
        engine->advance(step, step + 1);
        ++step;
        if (broken()) return step;
      }
    }
    step = next;
  }
  return std::nullopt;
}

/// Rows in an engine's precision, block after block, from and to an engine that holds these blocks.
template <class real>
class RowsOf {
 public:
  RowsOf(const engine::Simulation& simulation, std::uint64_t blocks)
      : rows_(simulation.state_rows), blocks_(blocks), row_(blocks * engine::block_size) {}

  std::vector<std::byte> read(const engine::Engine& engine) {
    std::vector<std::byte> bytes(blocks_ * rows_ * block_);
    for (std::size_t r = 0; r < rows_; ++r) {
      engine.read_row(r, row_);
      for_each_block(r, [&](std::size_t at, double* values) {
        real rounded[engine::block_size];
        std::copy_n(values, engine::block_size, rounded);
        std::memcpy(bytes.data() + at, rounded, block_);
      });
    }
    return bytes;
  }

  void write(engine::Engine& engine, const std::vector<std::byte>& bytes) {
    for (std::size_t r = 0; r < rows_; ++r) {
      for_each_block(r, [&](std::size_t at, double* values) {
        real exact[engine::block_size];
        std::memcpy(exact, bytes.data() + at, block_);
        std::copy_n(exact, engine::block_size, values);
      });
      engine.write_row(r, row_);
    }
  }

 private:
  template <class Visit>
  void for_each_block(std::size_t row, const Visit& visit) {
    for (std::size_t b = 0; b < blocks_; ++b) visit((b * rows_ + row) * block_, row_.data() + b * engine::block_size);
  }

  static constexpr std::size_t block_ = engine::block_size * sizeof(real);
  std::size_t rows_, blocks_;
  std::vector<double> row_;
};

std::vector<std::byte> read_rows(const engine::Engine& engine, const engine::Simulation& simulation,
                                 std::uint64_t blocks) {
  return simulation.precision == Precision::single ? RowsOf<float>(simulation, blocks).read(engine)
                                                   : RowsOf<double>(simulation, blocks).read(engine);
}

void write_rows(engine::Engine& engine, const engine::Simulation& simulation, const Piece& piece) {
  if (simulation.precision == Precision::single)
    RowsOf<float>(simulation, piece.blocks.size()).write(engine, piece.rows);
  else
    RowsOf<double>(simulation, piece.blocks.size()).write(engine, piece.rows);
}

/// Looks at some of the particles that an engine holds, so that somebody who watches sees where a run is going.
class Glance {
 public:
  explicit Glance(const Plan& plan) : plan_(plan) {}

  /// The engine holds other particles now.
  void begin_chunk() { looks_.clear(); }

  /// At most once in a second, and for at most 2 % of the time.
  void look(const engine::Engine& engine, engine::BlockRange blocks, std::uint64_t step, Progress& progress) {
    if (Clock::now() < next_) return;
    const Clock::time_point begin = Clock::now();
    estimate_alpha(engine, blocks, step, progress);
    if (step > plan_.simulation.burn_in) follow(engine, progress);
    constexpr double interval = 1, rest = 50;
    const double wait = std::max(interval, rest * seconds_since(begin));
    next_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(wait));
  }

 private:
  static constexpr std::uint64_t most_blocks = 64;
  static constexpr std::size_t fewest_looks = 8, most_looks = 256;

  void estimate_alpha(const engine::Engine& engine, engine::BlockRange blocks, std::uint64_t step, Progress& progress) {
    if (plan_.family == nullptr || !plan_.gibbs_not_applicable.empty()) return;
    if (!collector_) {
      engine::SnapshotPlan seen = plan_.snapshot;
      seen.histograms.clear();
      const std::string simd = plan_.simd.empty() ? engine::simd_targets().front() : plan_.simd;
      collector_.emplace(seen, step, 0, "", 1, simd);
      // Its meshes follow what it is asked: what was looked at must not move a digit of the result.
      family_ = std::make_unique<theory::GibbsFamily>(*plan_.problem);
    }
    engine::SnapshotSums sums = collector_->empty();
    collector_->add(engine, {blocks.first, std::min(blocks.last, blocks.first + most_blocks)}, sums);
    const auto alpha =
        verdict::estimate_alpha(collector_->finish(sums), family_.get(), plan_.scales).maximum_likelihood;
    progress.alpha = alpha ? std::optional(alpha->value) : std::nullopt;
    progress.alpha_standard_error = alpha ? std::optional(alpha->standard_error) : std::nullopt;
  }

  /// The first block's positions since the burn-in; of too many looks every other one is forgotten.
  void follow(const engine::Engine& engine, Progress& progress) {
    const std::size_t dimension = plan_.simulation.dimension;
    const auto chains =
        static_cast<std::size_t>(std::min<std::uint64_t>(engine::block_size, plan_.simulation.particles));
    if (looks_.size() == most_looks) {
      for (std::size_t i = 0; 2 * i < most_looks; ++i) looks_[i] = std::move(looks_[2 * i]);
      looks_.resize(most_looks / 2);
    }
    std::vector<double>& now = looks_.emplace_back(dimension * engine::block_size);
    for (std::size_t c = 0; c < dimension; ++c)
      engine.read_row(c, std::span(now).subspan(c * engine::block_size, engine::block_size));
    progress.r_hat.reset();
    if (looks_.size() < fewest_looks) return;
    std::vector<double> series(chains * looks_.size());
    for (std::size_t c = 0; c < dimension; ++c) {
      for (std::size_t i = 0; i < chains; ++i)
        for (std::size_t n = 0; n < looks_.size(); ++n)
          series[i * looks_.size() + n] = looks_[n][c * engine::block_size + i];
      const std::optional<double> r_hat = verdict::split_r_hat(series, chains);
      if (r_hat && std::isfinite(*r_hat)) progress.r_hat = std::max(*r_hat, progress.r_hat.value_or(0));
    }
  }

  const Plan& plan_;
  std::optional<engine::SnapshotCollector> collector_;
  std::unique_ptr<theory::GibbsFamily> family_;
  std::vector<std::vector<double>> looks_;  ///< by look: coordinate after coordinate of one block
  Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
};

/// Nothing is lost: every histogram holds particles x samples entries, whatever became of the particles.
void check_totals(const Measurement& measurement) {
  const auto check = [](const Histogram& histogram, std::uint64_t expected) {
    if (histogram.entries() != expected)
      throw RunError("histogram '" + histogram.name + "' holds " + std::to_string(histogram.entries()) +
                     " entries instead of " + std::to_string(expected) +
                     ": this is a defect of isotherm, please report it");
  };
  for (const Histogram& histogram : measurement.histograms)
    check(histogram, measurement.particles * measurement.samples);
  for (const Snapshot& snapshot : measurement.snapshots)
    for (const Histogram& histogram : snapshot.histograms) check(histogram, measurement.particles);
}

/// With one sample the time-averaged histogram is the last snapshot: it keeps its name and can be tested as one.
void drop_duplicate_snapshot(Measurement& measurement) {
  if (measurement.samples != 1) return;
  measurement.snapshots.back().histograms.clear();
  for (Histogram& histogram : measurement.histograms) {
    histogram.single_snapshot = true;
    histogram.step = measurement.burn_in + measurement.steps;
  }
}

}  // namespace

Measurer::Measurer(const Plan& plan, int threads)
    : plan_(plan),
      simulation_(plan.simulation),
      watch_(plan, threads),
      final_positions_(
          plan.simulation.dimension, plan.simulation.particles,
          plan.heavy_tails && tail_count(plan.simulation.particles) > 0 ? tail_count(plan.simulation.particles) + 1 : 0,
          threads) {
  std::map<std::uint64_t, std::string> steps;
  for (const std::uint64_t step : plan.experiment.snapshots) steps[step] = "@" + std::to_string(step);
  steps[simulation_.last_step()] = "@last";
  const std::string simd = plan.simd.empty() ? engine::simd_targets().front() : plan.simd;
  for (const auto& [step, suffix] : steps)
    collectors_.emplace_back(plan.snapshot, step, plan.time(step), suffix, threads, simd);
  constexpr std::size_t most_paired = 8;
  if (simulation_.dimension >= 2 && simulation_.dimension <= most_paired)
    pairs_.emplace(simulation_.dimension, simulation_.particles, threads);
}

MeasurementState Measurer::nothing() const {
  MeasurementState state;
  state.histograms = engine::make_histograms(simulation_);
  for (const engine::SnapshotCollector& collector : collectors_) state.snapshots.push_back(collector.empty());
  if (pairs_) state.pairs = pairs_->empty();
  state.final_positions = final_positions_.empty();
  state.watch = watch_.empty();
  return state;
}

MeasurementState Measurer::beginning() const {
  MeasurementState state = nothing();
  state.pieces.push_back({{0, simulation_.blocks()}, 0, {}});
  return state;
}

/// Works off the pieces of one state, chunk by chunk.
class Measurer::Worker {
 public:
  Worker(Measurer& measurer, engine::Engine& engine, MeasurementState& state, const Control& control)
      : measurer_(measurer),
        simulation_(measurer.simulation_),
        engine_(engine),
        state_(state),
        control_(control),
        segment_(simulation_.dimension),
        glance_(measurer.plan_),
        seconds_before_(state.seconds) {
    progress_.particle_steps_before = state.particle_steps;
    progress_.particle_steps_total = state.particle_steps + particle_steps_left(state.pieces, simulation_);
  }

  void run() {
    const std::uint64_t chunk = measurer_.plan_.chunk != 0 ? measurer_.plan_.chunk : engine_.preferred_chunk();
    // What was started first, so that its rows need not be kept.
    std::stable_partition(state_.pieces.begin(), state_.pieces.end(), [](const Piece& p) { return p.started(); });
    while (!state_.pieces.empty()) {
      Piece& first = state_.pieces.front();
      std::uint64_t blocks = chunk / engine::block_size;
      if (!first.started() && first.blocks.first < EndWatch::end_of_watch)
        blocks = std::min(blocks, EndWatch::end_of_watch - first.blocks.first);
      current_ = split(first, blocks, simulation_);
      if (first.blocks.size() == 0) state_.pieces.erase(state_.pieces.begin());
      advance_chunk();
      current_.reset();
      keep_or_stop();
    }
    engine_.collect(state_.histograms);
    state_.seconds = seconds_before_ + seconds_since(begin_);
  }

 private:
  /// The current piece, from where it is to its end. What is measured at a step is measured at once: in between there
  /// is no state that could go on.
  void advance_chunk() {
    const engine::BlockRange blocks = current_->blocks;
    glance_.begin_chunk();
    if (current_->started()) {
      engine_.hold(blocks);
      write_rows(engine_, simulation_, *current_);
      current_->rows = {};
    } else {
      engine_.start(blocks);
    }
    const std::uint64_t begin = current_->step;
    EndWatch& watch = measurer_.watch_;
    bool first_sample_to_come = watch.watches(blocks) && watch.first_step() >= begin;
    for (std::size_t c = 0; c < measurer_.collectors_.size(); ++c) {
      engine::SnapshotCollector& collector = measurer_.collectors_[c];
      const std::uint64_t step = collector.step();
      if (step < begin) continue;
      if (first_sample_to_come && watch.first_step() <= step) {
        advance_to(watch.first_step(), true);
        watch.add_first(engine_, blocks, state_.watch);
        first_sample_to_come = false;
      }
      const bool paired = measurer_.pairs_ && step == simulation_.last_step();
      if (paired) {
        advance_to(step - 1, true);
        measurer_.pairs_->before(engine_, blocks);
      }
      // Positions of the step before are in no checkpoint.
      advance_to(step, !paired);
      if (paired) measurer_.pairs_->after(engine_, blocks, *state_.pairs);
      collector.add(engine_, blocks, state_.snapshots[c]);
    }
    measurer_.final_positions_.add(engine_, blocks, state_.final_positions);
    if (watch.watches(blocks)) watch.add_last(engine_, blocks, state_.watch);
    if (control_.positions != nullptr) hand_over(blocks);
  }

  void hand_over(engine::BlockRange blocks) {
    const std::size_t dimension = simulation_.dimension;
    const std::uint64_t first = blocks.first * engine::block_size,
                        particles = std::min(blocks.last * engine::block_size, simulation_.particles) - first;
    std::vector<double> row(blocks.size() * engine::block_size), positions(particles * dimension);
    for (std::size_t c = 0; c < dimension; ++c) {
      engine_.read_row(c, row);
      for (std::uint64_t i = 0; i < particles; ++i) positions[i * dimension + c] = row[i];
    }
    control_.positions->take(first, positions);
  }

  void advance_to(std::uint64_t target, bool may_stop) {
    const engine::BlockRange blocks = current_->blocks;
    const std::uint64_t particles =
        std::min(blocks.last * engine::block_size, simulation_.particles) - blocks.first * engine::block_size;
    while (current_->step < target) {
      const std::uint64_t step = current_->step, next = std::min(step + segment_.next(), target);
      const Clock::time_point start = Clock::now();
      engine_.advance(step, next);
      segment_.took(next - step, seconds_since(start));
      state_.particle_steps += particles * (next - step);
      current_->step = next;
      if (may_stop) keep_or_stop();
      report();
    }
  }

  void keep_or_stop() {
    const bool stop = control_.stop != nullptr && control_.stop->load();
    if (control_.keeper != nullptr && (stop || control_.keeper->due())) keep();
    if (stop) throw Stopped("stopped");
  }

  void report() {
    if (!control_.on_progress) return;
    progress_.seconds = seconds_since(begin_);
    progress_.particle_steps_done = state_.particle_steps;
    glance_.look(engine_, current_->blocks, current_->step, progress_);
    control_.on_progress(progress_);
  }

  void keep() {
    engine_.collect(state_.histograms);
    state_.seconds = seconds_before_ + seconds_since(begin_);
    if (!current_) return control_.keeper->keep(state_);
    current_->rows = read_rows(engine_, simulation_, current_->blocks.size());
    state_.pieces.push_back(std::move(*current_));
    control_.keeper->keep(state_);
    *current_ = std::move(state_.pieces.back());
    state_.pieces.pop_back();
    current_->rows = {};
  }

  Measurer& measurer_;
  const engine::Simulation& simulation_;
  engine::Engine& engine_;
  MeasurementState& state_;  ///< without the piece that the engine holds
  const Control& control_;
  std::optional<Piece> current_;  ///< that the engine holds; its rows are there
  SegmentLength segment_;
  Glance glance_;
  Progress progress_;
  Clock::time_point begin_ = Clock::now();
  double seconds_before_;
};

void Measurer::work(engine::Engine& engine, MeasurementState& state, const Control& control) {
  Worker(*this, engine, state, control).run();
}

Measurement Measurer::finish(const MeasurementState& state) const {
  Measurement measurement;
  measurement.particles = simulation_.particles;
  measurement.burn_in = simulation_.burn_in;
  measurement.steps = simulation_.steps;
  measurement.thinning = simulation_.thinning;
  measurement.samples = simulation_.samples();
  measurement.histograms = state.histograms;
  for (std::size_t c = 0; c < collectors_.size(); ++c)
    measurement.snapshots.push_back(collectors_[c].finish(state.snapshots[c]));
  if (pairs_) {
    measurement.pairs = engine::PairCollector::finish(*state.pairs);
    const std::size_t width = measurement.pairs->total.size();
    if (width != 0 && width != 2 * simulation_.dimension)
      throw RunError("pairs of positions in " + std::to_string(width) + " numbers");
  }
  measurement.final_positions = engine::FinalPositionCollector::finish(state.final_positions);
  check_totals(measurement);
  if (const auto block = state.snapshots.back().first_nonfinite_block)
    measurement.first_nonfinite_step = find_first_nonfinite_step(plan_, *block);
  if (measurement.last().nonfinite == measurement.particles)
    throw RunError("every particle is non-finite; those of the first block began to leave at step " +
                   std::to_string(measurement.first_nonfinite_step.value_or(0)) +
                   ": the dynamics diverges on this loss; use a smaller --" + (plan_.dynamics->uses_dt ? "dt" : "eta"));
  drop_duplicate_snapshot(measurement);
  return measurement;
}

}  // namespace isotherm
