#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>

#include "engine/cpu/aligned_buffer.hpp"
#include "engine/cpu/constant_table.hpp"
#include "engine/cpu/example_source.hpp"
#include "engine/cpu/linear_batch.hpp"
#include "engine/cpu/number_source.hpp"
#include "engine/cpu/stages.hpp"
#include "engine/cpu/tape.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::engine {
namespace {

using cpu::AlignedBuffer;
using cpu::AxisConstants;
using cpu::ConstantTable;
using cpu::ExampleSource;
using cpu::ExampleTable;
using cpu::LinearBatch;
using cpu::NumberLayout;
using cpu::NumberSource;
using cpu::RowLayout;
using cpu::Stages;
using cpu::Tape;

constexpr std::size_t largest_part = 4 * block_size;

struct Caches {
  std::size_t first_level = std::size_t{32} << 10, second_level = std::size_t{256} << 10;  ///< bytes
};

/// Those of this CPU.
Caches caches() {
  Caches result;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  const long first = sysconf(_SC_LEVEL1_DCACHE_SIZE), second = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (first > 0) result.first_level = static_cast<std::size_t>(first);
  if (second > 0) result.second_level = static_cast<std::size_t>(second);
#endif
  return result;
}

/// As many particles as a part may have: what a call costs beside its particles, and what a row waits for the row
/// before it, is shared by all. The rows should fit the first-level cache; but short rows cost more than rows that come
/// from the second level, so that a part is no less than a block unless it would fill half of that.
std::size_t part_size(std::size_t rows, std::size_t real_bytes, std::size_t hoist_bytes) {
  static const Caches cache = caches();
  std::size_t part = largest_part;
  const auto budget = [&] { return part > block_size ? cache.first_level : cache.second_level / 2; };
  while (part > cpu::smallest_part && part * (rows * real_bytes + hoist_bytes) > budget()) part /= 2;
  return part;
}

/// Particles that are advanced together: a piece of a block, or up to `largest_part / block_size` blocks.
struct Part {
  std::uint64_t particle = 0;  ///< the first
  std::size_t size = 0;
};

/// Values of changing constants that are tabulated at a time: what many steps need, and small beside a chunk.
constexpr std::size_t table_budget = 1 << 18;

/// As Linux knows it, or "CPU".
std::string processor_name() {
  std::ifstream information("/proc/cpuinfo");
  for (std::string line; std::getline(information, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

template <class real>
std::vector<real> rounded(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

template <class real>
class CpuEngine final : public Engine {
 public:
  CpuEngine(const Simulation& simulation, int threads, const Stages<real>& stages)
      : simulation_(simulation),
        stages_(stages),
        threads_(threads > 0 ? threads : omp_get_num_procs()),
        linear_(linear_form()),
        table_(example_table()),
        data_(simulation.observe_data.table ? ExampleTable<real>(*simulation.observe_data.table, true)
                                            : ExampleTable<real>()),
        numbers_(simulation.draws, simulation.step, after_columns()),
        fresh_(fresh_numbers()),
        start_numbers_(simulation.start_draws, simulation.start, simulation.state_rows),
        start_tape_(simulation.start, stages,
                    {simulation.state_rows, start_numbers_.draw_rows(0), start_numbers_.end_row()}, 0),
        track_tape_(simulation.track, stages, after_numbers(), simulation.first_tracked_row()),
        data_tape_(simulation.observe_data.program, stages, after_numbers(), first_data_sum()),
        observe_tape_(simulation.observe, stages, after_numbers(), std::nullopt),
        step_constants_(simulation.step, simulation.step_constants, simulation.fill_step_constants),
        track_constants_(simulation.track, simulation.track_constants, simulation.fill_track_constants),
        observe_constants_(rounded<real>(simulation.observe_constants)),
        start_constants_(rounded<real>(simulation.start_constants)),
        batch_constants_(rounded<real>(simulation.batch.constants)),
        data_constants_(rounded<real>(simulation.observe_data.constants)) {
    rows_ =
        std::max({start_tape_.rows(), track_tape_.rows(), data_tape_.rows(), observe_tape_.rows(), after_columns()});
    make_batch_tapes();
    for (std::size_t t = 0; t < numbers_.tapes(); ++t) {
      RowLayout layout = after_numbers();
      layout.draw_rows = numbers_.draw_rows(t);
      step_tapes_.emplace_back(simulation.step, stages, layout, 0);
      rows_ = std::max(rows_, step_tapes_.back().rows());
    }
    part_size_ = part_size(rows_, sizeof(real), stages.hoist_bytes);

    for (const HistogramPlan& plan : simulation.histograms) {
      BinningPlan binning;
      for (const Axis& axis : plan.axes) {
        const double scale = static_cast<double>(axis.bins) / (axis.upper - axis.lower);
        binning.axes.push_back({static_cast<real>(axis.lower), static_cast<real>(axis.upper), static_cast<real>(scale),
                                static_cast<real>(axis.bins), axis.periodic});
        binning.extents.push_back(axis.extent());
      }
      binning.results = plan.results;
      binning.table_offset = table_size_;
      binning.slots =
          std::accumulate(binning.extents.begin(), binning.extents.end(), std::size_t{1}, std::multiplies<>());
      binning.groups = histogram_groups(binning.slots);
      table_size_ += binning.groups * (binning.slots + 1);
      binnings_.push_back(std::move(binning));
    }
    workspaces_.resize(static_cast<std::size_t>(threads_));
  }

  std::string backend() const override { return "cpu"; }
  std::string device() const override { return processor_name(); }
  std::string simd() const override { return stages_.target; }
  int threads() const override { return threads_; }

  std::uint64_t preferred_chunk() const override {
    // Enough blocks for every thread to stay in each for many steps, few enough to stay small in any dimension.
    constexpr std::uint64_t state_budget = 64 << 20;
    const std::uint64_t affordable = state_budget / (block_size * simulation_.state_rows * sizeof(real));
    const std::uint64_t wanted = std::clamp<std::uint64_t>(affordable, 16, 1024);
    return std::max<std::uint64_t>(wanted, 16 * static_cast<std::uint64_t>(threads_)) * block_size;
  }

  void start(BlockRange blocks) override {
    hold(blocks);
    for_each_part([this](Workspace& work, const Part& part) {
      real* rows = work.rows.data();
      std::fill_n(rows, simulation_.state_rows * part.size, real(0));
      work.numbers.forget();
      for (NumberSource<real>& fresh : work.fresh) fresh.forget();
      work.start_numbers.forget();
      work.start_numbers.begin(part.particle, part.size, 0);
      work.start_numbers.next(rows);
      start_tape_.run(rows, start_constants_.data(), part.size);
      store_state(rows, part);
    });
  }

  void hold(BlockRange blocks) override {
    blocks_ = blocks;
    const std::size_t needed = blocks.size() * block_size * simulation_.state_rows;
    if (state_.size() < needed) state_ = AlignedBuffer<real>(needed);
  }

  void advance(std::uint64_t first_step, std::uint64_t last_step) override {
    const std::size_t changing = step_constants_.changing() + track_constants_.changing();
    while (first_step < last_step) {
      std::uint64_t stop = last_step;
      if (changing != 0) stop = std::min(stop, first_step + std::max<std::uint64_t>(1, table_budget / changing));
      step_constants_.tabulate(first_step, stop);
      track_constants_.tabulate(first_step, stop);
      for_each_part([=, this](Workspace& work, const Part& part) { advance_part(work, part, first_step, stop); });
      first_step = stop;
    }
  }

  void read_row(std::size_t row, std::span<double> out) const override {
    constexpr std::int64_t worth_a_thread = 32;
    const std::int64_t blocks = static_cast<std::int64_t>(out.size() / block_size);
    const int threads = static_cast<int>(std::min<std::int64_t>(threads_, blocks / worth_a_thread + 1));
#pragma omp parallel for num_threads(threads) if (threads > 1)
    for (std::int64_t b = 0; b < blocks; ++b) {
      const auto block = static_cast<std::size_t>(b);
      std::copy_n(state_.data() + place(block, row), block_size, out.data() + block * block_size);
    }
  }

  void write_row(std::size_t row, std::span<const double> values) override {
    for (std::size_t block = 0; block < blocks_.size(); ++block) {
      real* target = state_.data() + place(block, row);
      for (std::size_t i = 0; i < block_size; ++i) target[i] = static_cast<real>(values[block * block_size + i]);
    }
  }

  void collect(std::vector<Histogram>& histograms) override {
    for (Workspace& work : workspaces_) {
      if (work.table.size() == 0) continue;
      for (std::size_t h = 0; h < binnings_.size(); ++h) {
        const BinningPlan& binning = binnings_[h];
        std::uint64_t* table = work.table.data() + binning.table_offset;
        for (std::size_t group = 0; group < binning.groups; ++group) {
          for (std::size_t i = 0; i < binning.slots; ++i)
            histograms[h].counts[group * binning.slots + i] += table[group * (binning.slots + 1) + i];
          histograms[h].nonfinite[group] += table[group * (binning.slots + 1) + binning.slots];
        }
      }
      std::fill_n(work.table.data(), work.table.size(), 0);
    }
  }

 private:
  /// One histogram in the engine's precision; its counts are `groups` tables of slots + 1 (the last: not finite).
  struct BinningPlan {
    std::vector<AxisConstants<real>> axes;
    std::vector<std::size_t> extents;
    std::vector<std::size_t> results;
    std::size_t slots = 0, groups = 1, table_offset = 0;
  };

  /// What one thread works in.
  struct Workspace {
    AlignedBuffer<real> rows;
    NumberSource<real> numbers, start_numbers;
    std::vector<NumberSource<real>> fresh;  ///< one for each law of examples that are drawn fresh
    ExampleSource<real> examples;
    AlignedBuffer<std::int32_t> slots;
    std::vector<real> step_constants, track_constants;
    AlignedBuffer<std::uint64_t> table;
  };

  /// Where a row of one of the held blocks begins.
  std::size_t place(std::size_t block, std::size_t row) const {
    return (block * simulation_.state_rows + row) * block_size;
  }

  // Rows: the state, the sums over the batch and over all data, the columns of an example, random numbers, and what is
  // temporary. Temporary rows must not overwrite the numbers of the steps and examples that follow.
  std::size_t first_data_sum() const { return simulation_.state_rows + simulation_.batch.sums(); }
  std::size_t first_column() const { return first_data_sum() + simulation_.observe_data.sums(); }
  std::size_t after_columns() const { return first_column() + std::max(simulation_.batch.columns(), data_.columns()); }
  RowLayout after_numbers() const {
    return {first_column(), {}, fresh_.empty() ? numbers_.end_row() : fresh_.back().end_row(), first_column()};
  }

  std::optional<LinearBatch> linear_form() const {
    const Batch& batch = simulation_.batch;
    if (batch.empty() || !batch.table || !batch.fresh.empty() || !batch.weights.empty() ||
        stages_.linear_batches[0][0] == nullptr)
      return std::nullopt;
    return cpu::linear_batch(batch.program, simulation_.state_rows);
  }
  ExampleTable<real> example_table() const {
    if (!simulation_.batch.table) return {};
    if (linear_) return {*simulation_.batch.table, linear_->columns};
    return {*simulation_.batch.table, false};
  }

  std::vector<NumberLayout<real>> fresh_numbers() const {
    std::vector<NumberLayout<real>> layouts;
    for (const FreshDraws& draws : simulation_.batch.fresh)
      layouts.emplace_back(DrawLayout{draws.law, draws.purpose, 1, draws.numbers}, simulation_.batch.program,
                           layouts.empty() ? numbers_.end_row() : layouts.back().end_row(), draws.first);
    return layouts;
  }

  /// Numbers of several laws come in groups of their own lengths, all powers of two: tape t finds those that are t-th
  /// in the longest.
  void make_batch_tapes() {
    const Batch& batch = simulation_.batch;
    if (batch.empty()) return;
    RowLayout layout = after_numbers();
    std::size_t tapes = 1;
    for (const NumberLayout<real>& numbers : fresh_) tapes = std::max(tapes, numbers.tapes());
    for (std::size_t t = 0; t < tapes; ++t) {
      layout.draw_rows.clear();
      for (std::size_t f = 0; f < fresh_.size(); ++f) {
        layout.draw_rows.resize(batch.fresh[f].first);
        for (const std::uint32_t row : fresh_[f].draw_rows(t % fresh_[f].tapes())) layout.draw_rows.push_back(row);
      }
      batch_tapes_.emplace_back(batch.program, stages_, layout, simulation_.state_rows);
      rows_ = std::max(rows_, batch_tapes_.back().rows());
    }
  }

  template <class Work>
  void for_each_part(const Work& work_on) {
    const std::uint64_t first = blocks_.first * block_size, particles = blocks_.size() * block_size;
    // Parts of several blocks only where there is work for every thread.
    std::size_t size = part_size_;
    while (size > block_size && particles < 4 * size * static_cast<std::size_t>(threads_)) size /= 2;
    const std::int64_t parts = static_cast<std::int64_t>((particles + size - 1) / size);
#pragma omp parallel num_threads(threads_)
    {
      Workspace& work = workspaces_[static_cast<std::size_t>(omp_get_thread_num())];
      if (work.rows.size() == 0) prepare(work);
        // Handed out one by one: a core that the machine lends to somebody else must not hold up the rest.
#pragma omp for schedule(dynamic)
      for (std::int64_t p = 0; p < parts; ++p) {
        const std::uint64_t offset = static_cast<std::uint64_t>(p) * size;
        work_on(work,
                Part{first + offset, static_cast<std::size_t>(std::min<std::uint64_t>(size, particles - offset))});
      }
    }
  }

  void prepare(Workspace& work) {
    work.rows = AlignedBuffer<real>(rows_ * part_size_);
    work.numbers = NumberSource<real>(numbers_, stages_, simulation_.seed, part_size_);
    work.start_numbers = NumberSource<real>(start_numbers_, stages_, simulation_.seed, part_size_);
    for (const NumberLayout<real>& layout : fresh_)
      work.fresh.emplace_back(layout, stages_, simulation_.seed, part_size_);
    if (table_.rows() != 0 && !simulation_.batch.empty())
      work.examples = ExampleSource<real>(simulation_.batch, table_, stages_, simulation_.seed, part_size_);
    work.slots = AlignedBuffer<std::int32_t>(2 * part_size_);
    work.step_constants = step_constants_.values();
    work.track_constants = track_constants_.values();
    work.table = AlignedBuffer<std::uint64_t>(table_size_);
  }

  /// Calls visit(state, row, n) for each stretch of n values that lie together in the state and in a row of the part.
  template <class Visit>
  void for_each_stretch(real* rows, const Part& part, const Visit& visit) {
    const std::size_t n = std::min(part.size, block_size);
    for (std::size_t done = 0; done < part.size; done += n) {
      const std::uint64_t place = part.particle + done - blocks_.first * block_size;
      real* state = state_.data() + place / block_size * block_size * simulation_.state_rows + place % block_size;
      for (std::size_t r = 0; r < simulation_.state_rows; ++r)
        visit(state + r * block_size, rows + r * part.size + done, n);
    }
  }
  void load_state(real* rows, const Part& part) {
    for_each_stretch(rows, part, [](const real* state, real* row, std::size_t n) { std::copy_n(state, n, row); });
  }
  void store_state(real* rows, const Part& part) {
    for_each_stretch(rows, part, [](real* state, const real* row, std::size_t n) { std::copy_n(row, n, state); });
  }

  void advance_part(Workspace& work, const Part& part, std::uint64_t first_step, std::uint64_t last_step) {
    real* rows = work.rows.data();
    load_state(rows, part);
    work.numbers.begin(part.particle, part.size, first_step);
    for (NumberSource<real>& fresh : work.fresh)
      fresh.begin(part.particle, part.size, simulation_.batch.first_example(first_step * simulation_.batch.per_step()));
    if (table_.rows() != 0) work.examples.begin(part.particle, part.size);
    std::uint64_t next_sample = first_sample_after(first_step);
    for (std::uint64_t step = first_step; step < last_step;) {
      const std::size_t tape = work.numbers.next(rows);
      if (!batch_tapes_.empty()) sum_batch(work, part, step);
      step_constants_.put(step, work.step_constants.data());
      step_tapes_[tape].run(rows, work.step_constants.data(), part.size);
      track_constants_.put(step, work.track_constants.data());
      track_tape_.run(rows, work.track_constants.data(), part.size);
      if (++step == next_sample) {
        observe(work, part);
        next_sample += simulation_.thinning;
        if (next_sample > simulation_.last_step()) next_sample = 0;
      }
    }
    store_state(rows, part);
  }

  /// The sums of the update from state `step`, example after example.
  void sum_batch(Workspace& work, const Part& part, std::uint64_t step) {
    real* rows = work.rows.data();
    const Batch& plan = simulation_.batch;
    if (linear_) {
      const auto stage = stages_.linear_batches[linear_->terms - 1][linear_->subtracts];
      const std::uint64_t examples = plan.size_of_step(step);
      for (std::uint64_t b = 0; b < examples;) {
        const std::size_t taken = static_cast<std::size_t>(std::min(examples - b, cpu::most_examples));
        stage(*linear_, table_.row(0), table_.stride(), work.examples.rows_of(step, b, taken), taken, b == 0, rows,
              part.size);
        b += taken;
      }
      return;
    }
    std::fill_n(rows + simulation_.state_rows * part.size, plan.sums() * part.size, real(0));
    real* columns = rows + first_column() * part.size;
    for (std::uint64_t batch = step * plan.per_step(); batch < (step + 1) * plan.per_step(); ++batch) {
      if (!plan.weights.empty())
        std::fill_n(columns + plan.weight_column() * part.size, part.size, static_cast<real>(plan.weight(batch)));
      const std::uint64_t examples = plan.size_of_step(batch);
      for (std::uint64_t b = 0; b < examples; ++b) {
        std::size_t tape = 0;
        for (NumberSource<real>& fresh : work.fresh) tape = std::max(tape, fresh.next(rows));
        if (table_.rows() != 0)
          stages_.columns(table_.row(0), table_.stride(), table_.columns(), work.examples.rows_of(batch, b, 1), columns,
                          part.size);
        batch_tapes_[tape].run(rows, batch_constants_.data(), part.size);
      }
    }
  }

  /// The sums over all data that observing needs: a row has the same columns for all particles.
  void sum_data(Workspace& work, const Part& part) {
    if (simulation_.observe_data.empty()) return;
    real* rows = work.rows.data();
    std::fill_n(rows + first_data_sum() * part.size, simulation_.observe_data.sums() * part.size, real(0));
    for (std::size_t r = 0; r < data_.rows(); ++r) {
      for (std::size_t c = 0; c < data_.columns(); ++c)
        std::fill_n(rows + (first_column() + c) * part.size, part.size, data_.row(r)[c]);
      data_tape_.run(rows, data_constants_.data(), part.size);
    }
  }

  /// The first sampled step after `step`; 0 if there is none.
  std::uint64_t first_sample_after(std::uint64_t step) const {
    const std::uint64_t after = std::max(step, simulation_.burn_in), last = simulation_.last_step();
    if (after >= last || simulation_.histograms.empty()) return 0;
    return last - (last - after - 1) / simulation_.thinning * simulation_.thinning;
  }

  void observe(Workspace& work, const Part& part) {
    real* rows = work.rows.data();
    sum_data(work, part);
    observe_tape_.run(rows, observe_constants_.data(), part.size);
    for (const BinningPlan& binning : binnings_) {
      for (std::size_t a = 0; a < binning.axes.size(); ++a)
        stages_.bin(rows + observe_tape_.result_row(binning.results[a]) * part.size, binning.axes[a],
                    work.slots.data() + a * part.size, part.size);
      const std::size_t n = std::min(part.size, block_size);
      for (std::size_t done = 0; done < part.size; done += n) {
        const std::uint64_t first = part.particle + done;
        if (first >= simulation_.particles) break;
        const std::size_t group = binning.groups == 1 ? 0 : first / block_size % group_count;
        count(binning, work.slots.data() + done, part.size,
              static_cast<std::size_t>(std::min<std::uint64_t>(n, simulation_.particles - first)),
              work.table.data() + binning.table_offset + group * (binning.slots + 1));
      }
    }
  }

  /// Counts n particles into the table of their group. The slots of axis a begin at slots + a * stride.
  static void count(const BinningPlan& binning, const std::int32_t* slots, std::size_t stride, std::size_t n,
                    std::uint64_t* table) {
    if (binning.axes.size() == 1) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < n; ++i) ++table[slots[i]];
      return;
    }
    const std::int32_t* second = slots + stride;
    const std::size_t rows_extent = binning.extents[0], columns_extent = binning.extents[1];
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t a = static_cast<std::size_t>(slots[i]), b = static_cast<std::size_t>(second[i]);
      ++table[a < rows_extent && b < columns_extent ? a * columns_extent + b : binning.slots];
    }
  }

  Simulation simulation_;
  const Stages<real>& stages_;
  int threads_;
  std::optional<LinearBatch>
      linear_;                       ///< the batch's program, where it has that form and the target has a stage for it
  ExampleTable<real> table_, data_;  ///< of the batch; of all data, with weights
  NumberLayout<real> numbers_;
  std::vector<NumberLayout<real>> fresh_;  ///< of examples that are drawn fresh
  NumberLayout<real> start_numbers_;
  Tape<real> start_tape_, track_tape_, data_tape_, observe_tape_;
  std::vector<Tape<real>> batch_tapes_;
  std::vector<Tape<real>> step_tapes_;  ///< one for each NumberLayout::tapes()
  ConstantTable<real> step_constants_, track_constants_;
  std::vector<real> observe_constants_, start_constants_, batch_constants_, data_constants_;
  std::vector<BinningPlan> binnings_;
  std::size_t rows_ = 0, part_size_ = 0, table_size_ = 0;
  BlockRange blocks_;
  AlignedBuffer<real> state_;  ///< block by block, row by row
  std::vector<Workspace> workspaces_;
};

template <class real>
std::unique_ptr<Engine> make_engine(const Simulation& simulation, int threads, const std::string& target) {
  const Stages<real>* stages = cpu::find_stages<real>(target);
  if (stages == nullptr) {
    std::string known;
    for (const std::string& name : simd_targets()) known += (known.empty() ? "" : ", ") + name;
    throw InputError("SIMD target '" + target + "' is not available here; there are " + known);
  }
  return std::make_unique<CpuEngine<real>>(simulation, threads, *stages);
}

}  // namespace

std::unique_ptr<Engine> make_cpu_engine(const Simulation& simulation, int threads, const std::string& simd) {
  const std::string target = simd.empty() ? simd_targets().front() : simd;
  return simulation.precision == Precision::single ? make_engine<float>(simulation, threads, target)
                                                   : make_engine<double>(simulation, threads, target);
}

}  // namespace isotherm::engine
