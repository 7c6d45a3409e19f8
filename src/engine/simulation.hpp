#pragma once
// What an engine executes: programs, constants, axes and the sampling schedule, with everything resolved. Nothing here
// knows which loss or update rule it came from.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "isotherm/experiment/experiment.hpp"
#include "isotherm/experiment/measurement.hpp"
#include "isotherm/random/law.hpp"
#include "isotherm/random/purpose.hpp"
#include "loss/examples.hpp"
#include "loss/program.hpp"

namespace isotherm::engine {

inline constexpr std::size_t block_size = 256;  ///< particles; the unit of sums and of scheduling
inline constexpr std::size_t group_count = 64;  ///< group of a particle = block number mod 64

/// Counts carry the group as an axis while that is affordable, so that time averages have standard errors.
constexpr std::size_t histogram_groups(std::size_t slots) {
  return group_count * slots <= (1u << 22) ? group_count : 1;
}

/// Which random numbers a step (or the start) sees. Draw (k, c) of step n is number (n K + k) S + c of its purpose
/// and particle, with S the dimension rounded up to 1, 2 or a multiple of 4; the Leaf index of draw (k, c) is k * S +
/// c.
struct DrawLayout {
  using Law = random::Law;
  Law law = Law::none;
  random::Purpose purpose = random::Purpose::gradient_noise;
  std::size_t per_step = 0;  ///< K
  std::size_t dimension = 1;
  std::size_t stride() const { return dimension <= 2 ? dimension : (dimension + 3) / 4 * 4; }
  std::size_t numbers_per_step() const { return law == Law::none ? 0 : per_step * stride(); }
};

/// One histogram to fill while moving: for each axis the result of Simulation::observe that it counts.
struct HistogramPlan {
  std::string name;
  std::vector<Axis> axes;
  std::vector<std::size_t> results;
};

/// How a step chooses its examples among the rows of a table. `reshuffle`: each particle goes through all rows in an
/// order of its own in each epoch; the last batch of an epoch is short where the batch size does not divide the rows.
enum class Sampling { with_replacement, without_replacement, reshuffle };

/// Raw random numbers of one example that are drawn fresh. Number k of the example that e others came before, counted
/// from step 0 (Batch::first_example), is number e S + k of its purpose and particle, S being `numbers` rounded up to
/// 1, 2 or a multiple of 4; a program knows it as draw first + k.
struct FreshDraws {
  random::Law law = random::Law::none;
  random::Purpose purpose = random::Purpose::example_normal;
  std::size_t first = 0, numbers = 0;
  std::size_t stride() const { return numbers <= 2 ? numbers : (numbers + 3) / 4 * 4; }
};

/// The examples of a step. `program` is run once for each, in order; its results are the new values of sums that are 0
/// before the first, and that Simulation::step sees as state rows from Simulation::state_rows on.
///
/// A step that is a combination of k gradients takes k batches, one after the other: the update from state n to state
/// n + 1 those of numbers k n ... k n + k - 1. Then an example's column number weight_column() is the weight of its
/// gradient, divided by the examples of its batch. Everything below counts batches, which are steps where k = 1.
struct Batch {
  loss::Program program;          ///< reads state rows, sums, constants, columns of a row, and fresh draws
  std::vector<double> constants;  ///< none changes from step to step
  std::shared_ptr<const loss::Examples> table;  ///< of the rows; null: examples are nothing but fresh draws
  Sampling sampling = Sampling::with_replacement;
  std::uint64_t size = 1;         ///< B
  std::vector<FreshDraws> fresh;  ///< at most one for each raw law
  std::vector<double> weights;    ///< of the gradients of a step, sum 1; empty: it takes one, and no column says so
  bool empty() const { return program.results.empty(); }
  std::size_t sums() const { return program.results.size(); }
  std::uint64_t per_step() const { return weights.empty() ? 1 : weights.size(); }
  std::size_t weight_column() const { return table ? table->columns() : 0; }
  std::size_t columns() const { return weight_column() + !weights.empty(); }
  std::uint64_t steps_per_epoch() const { return (table->rows + size - 1) / size; }
  /// Examples of a batch, the position of the first in its epoch (reshuffle only), and how many came before it.
  std::uint64_t first_position(std::uint64_t n) const { return n % steps_per_epoch() * size; }
  std::uint64_t size_of_step(std::uint64_t n) const {
    if (sampling != Sampling::reshuffle) return size;
    return std::min<std::uint64_t>(size, table->rows - first_position(n));
  }
  std::uint64_t first_example(std::uint64_t n) const {
    return sampling != Sampling::reshuffle ? n * size : n / steps_per_epoch() * table->rows + first_position(n);
  }
  double weight(std::uint64_t n) const { return weights[n % per_step()] / static_cast<double>(size_of_step(n)); }
};

/// A pass over all data that a program needs before it is run: as Batch, once for each row, in order. The columns of a
/// row are the same for all particles.
struct DataPass {
  loss::Program program;
  std::vector<double> constants;
  std::shared_ptr<const loss::Examples> table;
  bool empty() const { return program.results.empty(); }
  std::size_t sums() const { return program.results.size(); }
};

struct Simulation {
  std::uint64_t particles = 0;
  std::uint64_t seed = 0;
  std::size_t dimension = 1;
  std::size_t state_rows = 1;  ///< positions first, then the rule's own rows, then those of `track`
  Precision precision = Precision::single;

  loss::Program start;     ///< results: every state row at step 0
  DrawLayout start_draws;  ///< per_step = 1, step 0
  Batch batch;             ///< of `step`; empty: no examples
  loss::Program step;      ///< results: every state row after one step, those of `track` left out
  DrawLayout draws;
  /// Running averages of what is observed: a program of its own, run on the state after each step, so that observing
  /// never changes a trajectory. Its results are the new values of the last state rows, from first_tracked_row() on.
  loss::Program track;
  std::size_t first_tracked_row() const { return state_rows - track.results.size(); }
  DataPass observe_data;  ///< of `observe`, whose sums follow those of the batch
  loss::Program observe;  ///< results: one for each distinct expression on `histograms`
  std::vector<HistogramPlan> histograms;

  /// Sampled steps: n > burn_in with (burn_in + steps - n) divisible by thinning, n <= burn_in + steps.
  std::uint64_t burn_in = 0, steps = 0, thinning = 1;
  std::uint64_t last_step() const { return burn_in + steps; }
  std::uint64_t samples() const { return steps == 0 ? 0 : (steps - 1) / thinning + 1; }
  bool is_sample(std::uint64_t step) const {
    return step > burn_in && step <= last_step() && (last_step() - step) % thinning == 0;
  }

  /// Values of constants [step_constants_begin, end) of `step` for the update from state n to state n + 1, appended;
  /// the rest do not change. All in double; an engine rounds once.
  std::vector<double> start_constants, step_constants, track_constants,
      observe_constants;  ///< full tables; step-level ones as of step 0
  std::function<void(std::uint64_t n, std::span<double> step_level)> fill_step_constants;   ///< empty if there are none
  std::function<void(std::uint64_t n, std::span<double> step_level)> fill_track_constants;  ///< likewise, of `track`

  std::uint64_t blocks() const { return (particles + block_size - 1) / block_size; }
};

/// Blocks [first, last).
struct BlockRange {
  std::uint64_t first = 0, last = 0;
  std::uint64_t size() const { return last - first; }
};

/// Advances blocks of particles. A caller starts a range of blocks (a chunk), advances it in segments, reads its state
/// where it needs snapshots, and goes to the next. Counts accumulate over all chunks until collected.
class Engine {
 public:
  virtual ~Engine() = default;
  /// "cpu" or "cuda"; the device in words; the SIMD target in use ("" on cuda).
  virtual std::string backend() const = 0;
  virtual std::string device() const = 0;
  virtual std::string simd() const = 0;
  virtual int threads() const = 0;

  /// Particles that fit in memory at a time, a multiple of block_size; what Plan uses when --chunk is not given.
  virtual std::uint64_t preferred_chunk() const = 0;
  /// Puts these blocks at step 0, replacing those held before.
  virtual void start(BlockRange blocks) = 0;
  /// From the state after first_step updates to that after last_step, counting every sampled step n with
  /// first_step < n <= last_step. May stop and go on at any step.
  virtual void advance(std::uint64_t first_step, std::uint64_t last_step) = 0;
  /// Puts these blocks, replacing those held before, at a state that is to come by write_row, every row once: then
  /// `advance` goes on as if they had never left. What an engine keeps of a particle is its rows and nothing else.
  virtual void hold(BlockRange blocks) = 0;
  /// State row `row` of all held particles, as read_row gave it.
  virtual void write_row(std::size_t row, std::span<const double> values) = 0;
  /// State row `row` of the first out.size() held particles (a multiple of block_size; padding included), as double,
  /// which holds what the engine's precision holds.
  virtual void read_row(std::size_t row, std::span<double> out) const = 0;
  /// Adds the counts so far to `histograms` (one for each HistogramPlan, sized by make_histograms) and forgets them.
  /// May come between any two segments.
  virtual void collect(std::vector<Histogram>& histograms) = 0;
};

/// Empty histograms for the plan: groups = 64 where 64 * slots <= 2^22, else 1.
std::vector<Histogram> make_histograms(const Simulation& simulation);

/// `simd` "" takes the best target of this CPU; "scalar", "AVX2", "AVX3" force one (InputError if it is not here).
std::unique_ptr<Engine> make_cpu_engine(const Simulation& simulation, int threads, const std::string& simd = "");
/// Null with a reason when there is no usable device, driver or NVRTC.
std::unique_ptr<Engine> make_cuda_engine(const Simulation& simulation, int device, std::string& why_not);

/// SIMD targets compiled in and usable here, best first; always ends with "scalar".
std::vector<std::string> simd_targets();

}  // namespace isotherm::engine
